package directory

import (
	"crypto/rand"
	"encoding/base64"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Directory is all tenants. Its lock guards everything below it.
type Directory struct {
	sync.Mutex
	Clock   func() time.Time
	tenants []*Tenant
	byID    map[string]*Tenant
}

// New returns a directory without tenants.
func New(clock func() time.Time) *Directory {
	return &Directory{Clock: clock, byID: map[string]*Tenant{}}
}

// Tenant is one Entra ID tenant.
type Tenant struct {
	ID          string // GUID
	DisplayName string
	Domain      string // the initial domain
	*Store
	// Foreign are the credentials that the foreign writer has added.
	Foreign []ForeignCredential
}

// ForeignCredential is a credential that somebody has added to an application beside its owner.
type ForeignCredential struct {
	ApplicationID string // object id
	KeyID         string
	Certificate   bool // or else a client secret
}

// AddTenant adds an empty tenant. It reports false when the id or the domain is taken.
func (d *Directory) AddTenant(id, displayName, domain string) (*Tenant, bool) {
	if _, taken := d.Tenant(id); taken {
		return nil, false
	}
	if _, taken := d.Tenant(domain); taken {
		return nil, false
	}
	t := &Tenant{ID: strings.ToLower(id), DisplayName: displayName, Domain: domain, Store: newStore(d.Clock)}
	d.tenants = append(d.tenants, t)
	d.byID[t.ID] = t
	return t, true
}

// Tenant finds a tenant by its id or one of its verified domains.
func (d *Directory) Tenant(idOrDomain string) (*Tenant, bool) {
	name := strings.ToLower(idOrDomain)
	if t, ok := d.byID[name]; ok {
		return t, true
	}
	for _, t := range d.tenants {
		if domain, ok := t.View(SignIn, nil).Get(Domain, name); ok && domain.Flag("isVerified") {
			return t, true
		}
	}
	return nil, false
}

// HomeApplication finds the live registration of an application in any tenant, as the replica shows it.
func (d *Directory) HomeApplication(appID string, purpose Purpose, replica Replica) (*Object, *Tenant, bool) {
	for _, t := range d.tenants {
		if o, ok := t.View(purpose, replica).Find(Application, "appId", appID); ok {
			return o, t, true
		}
	}
	return nil, nil, false
}

// Tenants lists all tenants in the order in which they were added.
func (d *Directory) Tenants() []*Tenant { return d.tenants }

// NewID returns the id of a new directory object.
func NewID() string { return uuid.NewString() }

// NewLinkID returns the id of a new assignment or grant, which is opaque and in mixed case.
func NewLinkID() string {
	id := make([]byte, 32)
	_, _ = rand.Read(id) // never fails
	return base64.RawURLEncoding.EncodeToString(id)
}

// NewSecret returns a text for a client secret in the form that Entra ID gives it: 40 characters with a tilde.
func NewSecret() string {
	raw := make([]byte, 30)
	_, _ = rand.Read(raw) // never fails
	text := base64.RawURLEncoding.EncodeToString(raw)
	return text[:3] + "8Q~" + text[6:] // as Microsoft Entra ID marks them
}
