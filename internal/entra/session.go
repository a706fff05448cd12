package entra

import (
	"slices"
	"strings"
	"time"
)

// AudienceSingleTenant is the sign-in audience of every App session: accounts of its own tenant only.
const AudienceSingleTenant = "AzureADMyOrg"

// Session is what an App session shall be.
type Session struct {
	UniqueName         string // empty: leave as it is
	DisplayName        string
	Notes              string
	Owners             []string // object ids; nil: not managed
	Access             Access
	Consent            bool // grant exactly Access for the whole tenant; false: leave grants alone
	AssignmentRequired bool
	Secret             *SecretTerms // at most one of Secret and Certificate; neither: credentials are not managed
	Certificate        *Certificate
	Follows            string        // key id of the secret that is to be followed by a new one though it is still good
	OverlapDays        int           // that what a new credential of the same kind follows stays; 0: it goes at once
	Unproven           *IssuedSecret // the present secret where an earlier update could not see it accepted at sign-in
	Answers            bool          // the present secret is what an earlier update has made of a request for a rotation
	VerifySignIn       bool          // a new secret must sign in with all consented permissions
	DirectoryRole      string        // template id; empty for none
	Owned              Owned
}

// Owned is what the provider knows to be its own on the registration, from the state.
type Owned struct {
	SecretKeyID       string
	Fresh             bool     // the secret was made by this very create or update
	Superseded        []string // key ids of secrets of ours that the present one has replaced
	Retiring          []Retiring
	CertificateSHA256 string   // upper-case hexadecimal
	OldCertificates   []string // SHA-256 of further certificates of ours, which the next apply removes
	DirectoryRole     string   // template id of the role that it assigned
}

// predecessor names the credential that the next secret follows: the present secret or the last that there was by its
// key id, or else the certificate, which an update that goes over to a secret replaces.
func (o Owned) predecessor() string {
	all := o.predecessors()
	return all[len(all)-1]
}

// precedes tells whether a secret that names this predecessor follows one of ours.
func (o Owned) precedes(predecessor string) bool {
	return predecessor != "" && slices.ContainsFunc(o.predecessors(), func(id string) bool { return strings.EqualFold(id, predecessor) })
}

// predecessors name what is ours, the last one best; they begin with an empty one.
func (o Owned) predecessors() []string {
	all := []string{""}
	for _, sha256 := range append(slices.Clone(o.OldCertificates), o.CertificateSHA256) {
		if sha256 != "" {
			all = append(all, certificateLabel(sha256))
		}
	}
	all = append(all, o.Superseded...)
	for _, r := range o.Retiring {
		all = append(all, r.KeyID)
	}
	if o.SecretKeyID != "" {
		all = append(all, o.SecretKeyID)
	}
	return all
}

// SecretTerms are the terms of the next client secret.
type SecretTerms struct{ ValidDays int }

// Expiry returns when a secret made at the time ends.
func (t SecretTerms) Expiry(made time.Time) time.Time { return made.AddDate(0, 0, t.ValidDays).UTC() }

// Certificate is a public certificate by which the session signs in.
type Certificate struct {
	DER       []byte
	SHA1      string // upper-case hexadecimal, as Windows and sapio365 show it
	SHA256    string // upper-case hexadecimal; the identity of the certificate
	Subject   string
	NotBefore time.Time
	NotAfter  time.Time
}

// Registration is what stands behind an App session, or the register of access roles, in a tenant.
type Registration struct {
	TenantID         string
	ObjectID         string // object id of the application
	ClientID         string // application id
	UniqueName       string
	DisplayName      string
	Notes            string
	Audience         string
	Tags             []string
	Manifest         Access // permissions the application declares; names are empty where the catalogue lacks them
	Secrets          []Secret
	Keys             []Key
	Owners           []Owner
	ServicePrincipal *ServicePrincipal // nil while there is none
	Roles            []GrantedRole
	Scopes           []GrantedScopes
	DirectoryRoles   []AssignedDirectoryRole
	CreatedByAppID   string         // application id of the client that made the registration
	CreatorID        string         // object id of the caller that made it; empty when that is not known
	AppRoles         []AppRole      // that the application declares; read of a register only
	Rivals           []Registration // other registers that the tenant lists, perhaps gone by now; read of a register only
}

// Provisioning tells whether a create of the registration has begun and not ended.
func (r Registration) Provisioning() bool { return ProvisioningNonce(r.Tags) != "" }

// Secret is a client secret as the tenant shows it, without its value.
type Secret struct {
	KeyID       string
	DisplayName string
	ExpiresAt   time.Time
}

// Key is a certificate as the tenant shows it.
type Key struct {
	KeyID       string
	DisplayName string
	Identifier  string // customKeyIdentifier as the tenant shows it: mostly, and not always, the SHA-1
	SHA1        string // upper-case hexadecimal; empty when the tenant does not tell
	SHA256      string // upper-case hexadecimal; empty when the tenant does not hand the certificate out
	ExpiresAt   time.Time
}

// IssuedSecret is a new client secret with the value that the tenant tells only once.
type IssuedSecret struct {
	Secret
	Value string
}

// Owner is an owner of the application.
type Owner struct {
	ObjectID string
	Hidden   bool // the creating or the present caller, which keeps its ownership unless it is listed
}

// ServicePrincipal is the identity of a registration in the tenant.
type ServicePrincipal struct {
	ObjectID           string
	AssignmentRequired bool
	AppRoles           []AppRole `json:",omitempty"` // that it has taken over from the application; read of a register only
}

// GrantedRole is a granted application permission.
type GrantedRole struct {
	AssignmentID string
	Resource     API
	RoleID       string
}

// GrantedScopes are the delegated permissions granted on one API for the whole tenant.
type GrantedScopes struct {
	GrantID  string
	Resource API
	Names    []string
}

// AssignedDirectoryRole is a directory role that the session holds for the whole tenant.
type AssignedDirectoryRole struct {
	AssignmentID string
	TemplateID   string
}

const defaultRole = "00000000-0000-0000-0000-000000000000"

// consent returns the permission that an assigned role grants; ok is false where it grants none: the default role of
// an API without roles, and the access roles of sapio365.
func (g GrantedRole) consent() (p Permission, ok bool) {
	if g.RoleID == defaultRole || g.Resource.KeepsAccessRoles() {
		return Permission{}, false
	}
	p = Permission{API: g.Resource.ID, Kind: Application, ID: g.RoleID}
	if known, found := (PermissionRef{API: p.API, Kind: p.Kind, Text: p.ID}).Resolve(); found {
		p.Name = known.Name
	}
	for _, published := range g.Resource.Permissions {
		if published.Kind == Application && published.ID == g.RoleID {
			p.Name = published.Name
		}
	}
	return p, true
}

// Granted is the access that the tenant has really consented to.
func (r Registration) Granted() Access {
	var granted Access
	for _, role := range r.Roles {
		if p, ok := role.consent(); ok {
			granted = append(granted, p)
		}
	}
	for _, scopes := range r.Scopes {
		for _, name := range scopes.Names {
			granted = append(granted, Permission{API: scopes.Resource.ID, Kind: Delegated, Name: name})
		}
	}
	return NewAccess(granted...)
}

// MissingConsents are the declared permissions that are not granted.
func (r Registration) MissingConsents(declared Access) Access {
	return declared.minus(r.Granted(), Permission.consentKey)
}

// ExtraConsents are the granted permissions that are not declared.
func (r Registration) ExtraConsents(declared Access) Access {
	return r.Granted().minus(declared, Permission.consentKey)
}

// HoldsDirectoryRole tells whether the session holds the built-in role.
func (r Registration) HoldsDirectoryRole(templateID string) bool {
	return slices.ContainsFunc(r.DirectoryRoles, func(a AssignedDirectoryRole) bool { return a.TemplateID == templateID })
}

// Secret finds a client secret by its key id.
func (r Registration) Secret(keyID string) (Secret, bool) {
	for _, secret := range r.Secrets {
		if keyID != "" && strings.EqualFold(secret.KeyID, keyID) {
			return secret, true
		}
	}
	return Secret{}, false
}

// Key finds a certificate by the SHA-256 of its DER.
func (r Registration) Key(sha256 string) (Key, bool) {
	for _, key := range r.Keys {
		if sha256 != "" && key.SHA256 == sha256 {
			return key, true
		}
	}
	return Key{}, false
}

// UnmanagedCredentials counts the secrets and certificates that are not ours.
func (r Registration) UnmanagedCredentials(owned Owned) int {
	count := 0
	for _, secret := range r.Secrets {
		if !strings.EqualFold(secret.KeyID, owned.SecretKeyID) && !slices.Contains(owned.Superseded, secret.KeyID) &&
			!owned.hasRetired(secret.KeyID) {
			count++
		}
	}
	for _, key := range r.Keys {
		if !ourKey(key, owned, false) {
			count++
		}
	}
	return count
}
