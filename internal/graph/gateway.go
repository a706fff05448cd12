package graph

import (
	"context"
	"net/http"
	"strings"
	"sync"

	"github.com/microsoft/kiota-abstractions-go/authentication"
	kiota "github.com/microsoft/kiota-http-go"
	kiotajson "github.com/microsoft/kiota-serialization-json-go"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// Token is a caller's access token for Microsoft Graph.
type Token struct {
	Value          string
	ObjectID       string   // of the user or service principal that calls
	Name           string   // the user's sign-in name or the application's display name; may be empty
	User           bool     // a user, or else a service principal
	DirectoryRoles []string // template ids of the directory roles that the token carries
	Permissions    []string // Microsoft Graph permissions that the token carries
}

func (t Token) holder() entra.Holder {
	return entra.Holder{
		ObjectID: t.ObjectID, Name: t.Name, User: t.User, Permissions: t.Permissions, DirectoryRoles: t.DirectoryRoles,
	}
}

// TokenSource signs the caller in.
type TokenSource interface {
	// Token returns a valid token of the tenant, from a cache where possible.
	Token(ctx context.Context, tenantID string) (Token, error)
	// Forget drops a cached token that Microsoft Graph refused.
	Forget(tenantID string)
}

// Options are what a gateway is made of.
type Options struct {
	Endpoint   string // https://host[:port] of Microsoft Graph
	HTTPClient *http.Client
	Tokens     TokenSource
	SignIns    entra.SignIns
	Clock      entra.Clock
	UserAgent  string
}

// Gateway reaches any number of tenants. It is safe for concurrent use.
type Gateway struct {
	options Options
	adapter *kiota.NetHttpRequestAdapter // serialises; requests are sent by the gateway itself
	mu      sync.Mutex
	tenants map[string]*tenant
}

var (
	_ entra.Sessions     = (*Gateway)(nil)
	_ entra.SessionIndex = (*Gateway)(nil)
	_ entra.Permissions  = (*Gateway)(nil)
	_ entra.Callers      = (*Gateway)(nil)
	_ entra.OnPremises   = (*Gateway)(nil)
	_ entra.Policies     = (*Gateway)(nil)
	_ entra.Tenants      = (*Gateway)(nil)
	_ entra.Partners     = (*Gateway)(nil)
)

// New makes a gateway. It performs no I/O.
func New(options Options) (*Gateway, error) {
	options.Endpoint = strings.TrimSuffix(options.Endpoint, "/")
	if options.SignIns == nil {
		options.SignIns = noSignIns{}
	}
	adapter, err := kiota.NewNetHttpRequestAdapterWithParseNodeFactoryAndSerializationWriterFactoryAndHttpClient(
		&authentication.AnonymousAuthenticationProvider{},
		kiotajson.NewJsonParseNodeFactory(), kiotajson.NewJsonSerializationWriterFactory(), options.HTTPClient)
	if err != nil {
		return nil, err
	}
	return &Gateway{options: options, adapter: adapter, tenants: map[string]*tenant{}}, nil
}

// tenant is what the gateway keeps of one tenant: its way in, and what it has learnt.
type tenant struct {
	*Gateway
	id      string
	limiter limiter
	apis    apiCache
	claims  claims
	locks   keyedLocks
	held    holderLists
	self    callerCache

	policies     policyCache
	organization organization
	looks        keptLooks
	gatherer     gatherer
}

func (g *Gateway) tenant(id string) *tenant {
	id = strings.ToLower(id)
	g.mu.Lock()
	defer g.mu.Unlock()
	t, ok := g.tenants[id]
	if !ok {
		t = &tenant{Gateway: g, id: id}
		g.tenants[id] = t
	}
	return t
}

// keyedLocks serialises the read-modify-write of single objects.
type keyedLocks struct {
	mu    sync.Mutex
	locks map[string]*sync.Mutex
}

// lock locks the key and returns what unlocks it.
func (k *keyedLocks) lock(key string) func() {
	k.mu.Lock()
	if k.locks == nil {
		k.locks = map[string]*sync.Mutex{}
	}
	l, ok := k.locks[key]
	if !ok {
		l = &sync.Mutex{}
		k.locks[key] = l
	}
	k.mu.Unlock()
	l.Lock()
	return l.Unlock
}
