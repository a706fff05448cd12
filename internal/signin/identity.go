package signin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/singleflight"

	"github.com/sapio365/terraform-provider-sapio365/internal/pki"
)

const (
	// refreshBefore is how long before its end a token is replaced.
	refreshBefore = 5 * time.Minute
	// signInTimeout bounds one sign-in with its repetitions.
	signInTimeout = 5 * time.Minute
	// maxAttempts counts the repetitions after passing failures, too.
	maxAttempts = 6
	// firstPause doubles with every repetition, unless the answer says how long to wait.
	firstPause = time.Second
)

// Config says who signs in and where.
type Config struct {
	// TenantID is the tenant when Token is asked for none.
	TenantID string
	// ClientID is the application, or the user-assigned managed identity.
	ClientID   string
	Cloud      Cloud
	Credential Credential
	// Tenants are the tenants, by id in lower case, in which somebody else signs in.
	Tenants map[string]Login
	// HTTPClient reaches Entra ID and OIDC endpoints. Managed identities and
	// the Azure CLI do not use it.
	HTTPClient *http.Client
	// Clock decides when a cached token is due; time.Now if nil.
	Clock func() time.Time
}

// Login is who signs in to a tenant.
type Login struct {
	// ClientID is as that of Config.
	ClientID   string
	Credential Credential
}

// Identity signs in and keeps one token per tenant. It is safe for concurrent use.
type Identity struct {
	cfg     Config
	issuer  issuer            // where nobody else signs in
	issuers map[string]issuer // of Config.Tenants
	flights singleflight.Group

	mu      sync.Mutex
	tenants map[string]*tenantToken
}

type tenantToken struct {
	token     Token
	refreshAt time.Time
	// generation counts the calls of Forget, so that a sign-in that was under
	// way does not bring back what was to be forgotten.
	generation int
}

// New checks the configuration; it neither reads a token nor connects.
func New(cfg Config) (*Identity, error) {
	if cfg.Credential == nil {
		return nil, errors.New("no credential")
	}
	if cfg.HTTPClient == nil {
		return nil, errors.New("no HTTP client")
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	i := &Identity{cfg: cfg, issuers: map[string]issuer{}, tenants: map[string]*tenantToken{}}
	var err error
	if i.issuer, err = cfg.Credential.issuer(cfg); err != nil {
		return nil, err
	}
	for tenantID, login := range cfg.Tenants {
		if login.Credential == nil {
			return nil, fmt.Errorf("tenant %s: no credential", tenantID)
		}
		if i.issuers[tenantID], err = login.Credential.issuer(cfg.as(login)); err != nil {
			return nil, fmt.Errorf("tenant %s: %w", tenantID, err)
		}
	}
	return i, nil
}

// as is the configuration with another one who signs in.
func (c Config) as(login Login) Config {
	c.ClientID, c.Credential = login.ClientID, login.Credential
	return c
}

// standsIn tells whether the tenant is another one than the configured, and nobody else is named for it.
func (c Config) standsIn(tenantID string) bool {
	_, named := c.Tenants[tenantID]
	return !named && !strings.EqualFold(tenantID, c.TenantID)
}

// of is who signs in to the tenant.
func (i *Identity) of(tenantID string) (Config, issuer) {
	if login, ok := i.cfg.Tenants[tenantID]; ok {
		return i.cfg.as(login), i.issuers[tenantID]
	}
	return i.cfg, i.issuer
}

// Token is a token for Microsoft Graph in the tenant; the configured one if
// tenantID is empty. In another tenant the same application signs in, which
// must be known there, unless the configuration names another one for it.
// Concurrent calls share one sign-in.
//
// Errors: *Error, *WrongTenantError, *AssertionError, *UnusableError,
// *UnreachableError, *UntrustedError, or the context's.
func (i *Identity) Token(ctx context.Context, tenantID string) (Token, error) {
	if tenantID == "" {
		tenantID = i.cfg.TenantID
	}
	tenantID = strings.ToLower(tenantID)
	if token, ok := i.cached(tenantID); ok {
		return token, nil
	}
	// Detached from the first caller, because others wait for the same sign-in.
	detached := context.WithoutCancel(ctx)
	result := i.flights.DoChan(tenantID, func() (any, error) { return i.refresh(detached, tenantID) })
	select {
	case <-ctx.Done():
		return Token{}, fmt.Errorf("signing in to tenant %s: %w", tenantID, ctx.Err())
	case r := <-result:
		token, _ := r.Val.(Token)
		return token, r.Err
	}
}

// Forget drops the cached token of the tenant (the configured one if empty):
// after a consent has changed, because permissions are fixed when a token is
// issued, or when Graph refused it.
func (i *Identity) Forget(tenantID string) {
	if tenantID == "" {
		tenantID = i.cfg.TenantID
	}
	tenantID = strings.ToLower(tenantID)
	i.mu.Lock()
	defer i.mu.Unlock()
	entry := i.entry(tenantID)
	*entry = tenantToken{generation: entry.generation + 1}
	i.flights.Forget(tenantID)
}

// entry needs the lock.
func (i *Identity) entry(tenantID string) *tenantToken {
	if i.tenants[tenantID] == nil {
		i.tenants[tenantID] = &tenantToken{}
	}
	return i.tenants[tenantID]
}

func (i *Identity) cached(tenantID string) (Token, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	entry := i.entry(tenantID)
	return entry.token, i.cfg.Clock().Before(entry.refreshAt)
}

func (i *Identity) refresh(ctx context.Context, tenantID string) (Token, error) {
	// A caller may have found no token just before another one's sign-in ended.
	if token, ok := i.cached(tenantID); ok {
		return token, nil
	}
	i.mu.Lock()
	generation := i.entry(tenantID).generation
	i.mu.Unlock()

	cfg, issuer := i.of(tenantID)
	token, err := signIn(ctx, cfg, issuer, tenantID, cfg.Cloud.GraphScope())

	i.mu.Lock()
	defer i.mu.Unlock()
	entry, now := i.entry(tenantID), i.cfg.Clock()
	if err != nil {
		if now.Before(entry.token.ExpiresAt) {
			return entry.token, nil // Replacing it early has failed, but it is still good.
		}
		return Token{}, err
	}
	if entry.generation == generation {
		lifetime := token.ExpiresAt.Sub(now)
		entry.token = token
		entry.refreshAt = token.ExpiresAt.Add(-min(refreshBefore, lifetime/2))
	}
	return token, nil
}

// SignInRequest is a sign-in as another application.
type SignInRequest struct {
	TenantID string
	ClientID string
	// Secret or KeyPair, exactly one.
	Secret  string
	KeyPair *pki.KeyPair
	// Source is where the credential was configured, for errors; "the request" if empty.
	Source string
	// Scope is Graph's if empty.
	Scope string
}

// SignInAs signs another application in, once and without any cache, to see
// whether its credential works and what its token holds. Errors are those of
// Token.
func (i *Identity) SignInAs(ctx context.Context, req SignInRequest) (Token, error) {
	cfg := i.cfg
	cfg.TenantID, cfg.ClientID = req.TenantID, req.ClientID
	source := cmp.Or(req.Source, "the request")
	switch {
	case (req.Secret != "") == (req.KeyPair != nil):
		return Token{}, errors.New("exactly one of a secret and a key pair is needed to sign in")
	case req.Secret != "":
		cfg.Credential = NewSecret(req.Secret, source)
	default:
		credential, err := NewCertificate(*req.KeyPair, source)
		if err != nil {
			return Token{}, err
		}
		cfg.Credential = credential
	}
	issuer, err := cfg.Credential.issuer(cfg)
	if err != nil {
		return Token{}, err
	}
	scope := req.Scope
	if scope == "" {
		scope = cfg.Cloud.GraphScope()
	}
	return signIn(ctx, cfg, issuer, strings.ToLower(req.TenantID), scope)
}

// signIn gets a new token and makes sure that it is one of the tenant.
func signIn(ctx context.Context, cfg Config, issuer issuer, tenantID, scope string) (Token, error) {
	if _, err := uuid.Parse(tenantID); err != nil {
		return Token{}, fmt.Errorf("tenant %q: not a GUID", tenantID)
	}
	ctx, cancel := context.WithTimeout(ctx, signInTimeout)
	defer cancel()
	who := subject{
		tenantID: tenantID, clientID: cfg.ClientID, kind: cfg.Credential.Kind(), source: cfg.Credential.Source(), cloud: cfg.Cloud,
		standsIn: cfg.standsIn(tenantID),
	}
	answer, err := issueWithRetry(ctx, issuer, who, scope)
	if err != nil {
		return Token{}, err
	}
	claims, err := parseClaims(answer.value)
	if err != nil {
		return Token{}, who.refused("the tenant of the token cannot be checked: "+err.Error(), "")
	}
	if claims.TenantID != tenantID {
		return Token{}, &WrongTenantError{Asked: tenantID, Got: claims.TenantID, Kind: who.kind, Source: who.source}
	}
	// The lifetime counts, not the date: the server's clock may be another.
	lifetime := time.Until(answer.expiresOn)
	return Token{Value: answer.value, ExpiresAt: cfg.Clock().Add(lifetime), Claims: claims}, nil
}

func issueWithRetry(ctx context.Context, issuer issuer, who subject, scope string) (issued, error) {
	pause := firstPause
	for attempt := 1; ; attempt++ {
		answer, err := issuer.issue(ctx, who.tenantID, scope)
		if err == nil {
			return answer, nil
		}
		err = who.translate(ctx, err)
		asked, again := transient(err)
		wait := max(pause, asked)
		deadline, _ := ctx.Deadline()
		if !again || attempt == maxAttempts || time.Until(deadline) < wait {
			return issued{}, err
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return issued{}, err
		case <-timer.C:
		}
		pause *= 2
	}
}
