package graph_test

import (
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // thumbprints are made of it
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra/catalogue"
	"github.com/sapio365/terraform-provider-sapio365/internal/graph"
)

// server is the one emulator of the test binary. Every test has a tenant of its own on it.
var server = sync.OnceValue(func() *emulator.Server {
	started, err := emulator.Start(emulator.Options{})
	if err != nil {
		panic(err)
	}
	return started
})

// skippingClock tells the time and skips all waits.
type skippingClock struct {
	mu      sync.Mutex
	skipped time.Duration
}

func (c *skippingClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().UTC().Add(c.skipped)
}

func (c *skippingClock) Wait(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.skipped += d
	return ctx.Err()
}

// signIn gets tokens with a client secret, and keeps them.
type signIn struct {
	server   *emulator.Server
	identity emulator.Identity
	mu       sync.Mutex
	tokens   map[string]graph.Token
}

func (s *signIn) Token(ctx context.Context, tenantID string) (graph.Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if token, ok := s.tokens[tenantID]; ok {
		return token, nil
	}
	token, err := getToken(ctx, s.server, tenantID, s.identity.ClientID, s.identity.ClientSecret, s.server.URL())
	if err != nil {
		return graph.Token{}, err
	}
	s.tokens[tenantID] = token
	return token, nil
}

// getToken signs in with a client secret. What is refused fails with *entra.SignInRefusedError.
func getToken(ctx context.Context, server *emulator.Server, tenantID, clientID, secret, resource string) (graph.Token, error) {
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {secret}, "scope": {resource + "/.default"},
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL()+"/"+tenantID+"/oauth2/v2.0/token",
		strings.NewReader(form.Encode()))
	if err != nil {
		return graph.Token{}, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := server.Client().Do(request)
	if err != nil {
		return graph.Token{}, err
	}
	defer func() { _ = response.Body.Close() }()
	var answer struct {
		AccessToken string `json:"access_token"`
		Codes       []int  `json:"error_codes"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return graph.Token{}, err
	}
	if response.StatusCode != http.StatusOK {
		return graph.Token{}, &entra.SignInRefusedError{
			NotYet: slices.Contains([]int{7000215, 700016, 7000229}, answer.Codes[0]), Blocked: answer.Codes[0] == 53003,
			Cause: fmt.Errorf("sign-in answered %v", answer.Codes),
		}
	}
	return readToken(answer.AccessToken)
}

func (s *signIn) Forget(tenantID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.tokens, tenantID)
}

func readToken(value string) (graph.Token, error) {
	parts := strings.Split(value, ".")
	if len(parts) != 3 {
		return graph.Token{}, fmt.Errorf("a token of %d parts", len(parts))
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return graph.Token{}, err
	}
	var claims struct {
		ObjectID string   `json:"oid"`
		Roles    []string `json:"roles"`
		WIDs     []string `json:"wids"`
	}
	err = json.Unmarshal(payload, &claims)
	return graph.Token{
		Value: value, ObjectID: claims.ObjectID, Permissions: claims.Roles, DirectoryRoles: claims.WIDs,
	}, err
}

// world is a tenant and a gateway to it.
type world struct {
	*graph.Gateway
	testing.TB
	server  *emulator.Server
	tenant  *emulator.Tenant
	signIns atomic.Int32 // as an App session
}

func newWorld(tb testing.TB, options emulator.TenantOptions) *world {
	tb.Helper()
	return newWorldOn(tb, server(), options, &skippingClock{})
}

func newWorldOn(tb testing.TB, on *emulator.Server, options emulator.TenantOptions, clock entra.Clock) *world {
	tb.Helper()
	tenant, err := on.Tenant(options)
	if err != nil {
		tb.Fatal(err)
	}
	w := &world{TB: tb, server: on, tenant: tenant}
	w.Gateway = w.another(on.Client().Transport, tenant.Admin(), clock)
	return w
}

// another makes a gateway that remembers nothing, as a new process would.
func (w *world) another(transport http.RoundTripper, as emulator.Identity, clock entra.Clock) *graph.Gateway {
	w.Helper()
	gateway, err := graph.New(graph.Options{
		Endpoint: w.server.URL(), HTTPClient: &http.Client{Transport: transport}, Clock: clock, UserAgent: "gateway-test",
		Tokens: &signIn{server: w.server, identity: as, tokens: map[string]graph.Token{}}, SignIns: w,
	})
	if err != nil {
		w.Fatal(err)
	}
	return gateway
}

// SignIn signs in as an App session.
func (w *world) SignIn(ctx context.Context, tenantID, clientID, secret, api string) ([]string, error) {
	w.signIns.Add(1)
	token, err := getToken(ctx, w.server, tenantID, clientID, secret, cmp.Or(api, w.server.URL()))
	return token.Permissions, err
}

// restart replaces the gateway by one that remembers nothing.
func (w *world) restart() {
	w.Helper()
	w.Gateway = w.another(w.server.Client().Transport, w.tenant.Admin(), &skippingClock{})
}

// do performs a request as the portal would.
func (w *world) do(method, path string, body any) map[string]any {
	w.Helper()
	status, response, err := w.tenant.Do(method, path, body)
	if err != nil || status >= http.StatusBadRequest {
		w.Fatalf("%s %s: %d %v %v", method, path, status, response, err)
	}
	return response
}

// list reads a collection as the portal would.
func (w *world) list(path string) []any {
	w.Helper()
	items, ok := w.do(http.MethodGet, path, nil)["value"].([]any)
	if !ok {
		w.Fatalf("%s is no collection", path)
	}
	return items
}

// roundTrips counts the requests to Microsoft Graph since the last count. Sign-in is none.
func (w *world) roundTrips() int {
	n := 0
	for _, r := range w.tenant.Requests() {
		if r.Kind == emulator.KindGraph {
			n++
		}
	}
	w.tenant.ResetRequests()
	return n
}

// create creates the session and returns it with what the provider would know of it afterwards.
func (w *world) create(want entra.Session) (entra.Result, entra.Session) {
	w.Helper()
	result, err := w.Create(w.Context(), w.tenant.ID(), want, entra.CreateOptions{})
	if err != nil {
		w.Fatal(err)
	}
	return result, owning(want, result)
}

func (w *world) update(ref entra.Ref, want entra.Session) (entra.Result, entra.Session) {
	w.Helper()
	result, err := w.Update(w.Context(), w.tenant.ID(), ref, want)
	if err != nil {
		w.Fatal(err)
	}
	return result, owning(want, result)
}

// owning is the session with what the result made its own.
func owning(want entra.Session, result entra.Result) entra.Session {
	want.Owned.Superseded = nil
	switch {
	case result.Issued != nil:
		want.Owned.SecretKeyID = result.Issued.KeyID
	case want.Secret == nil:
		want.Owned.SecretKeyID = ""
	}
	want.Owned.CertificateSHA256 = ""
	if want.Certificate != nil {
		want.Owned.CertificateSHA256 = want.Certificate.SHA256
	}
	want.Owned.DirectoryRole = want.DirectoryRole
	return want
}

// refOf is what the state keeps of a registration.
func refOf(r entra.Registration, want entra.Session) entra.Ref {
	return entra.Ref{
		ClientID: r.ClientID, ObjectID: r.ObjectID, ServicePrincipalID: r.ServicePrincipal.ObjectID,
		DirectoryRoles: want.DirectoryRole != "", Owned: want.Owned, Hints: r.Hints(),
	}
}

func permissionOf(tb testing.TB, kind entra.PermissionKind, name string) entra.Permission {
	tb.Helper()
	p, ok := entra.PermissionRef{API: catalogue.MicrosoftGraph, Kind: kind, Text: name}.Resolve()
	if !ok {
		tb.Fatalf("no %s permission %s", kind, name)
	}
	return p
}

// secretSession is a small session with a client secret.
func secretSession(tb testing.TB, name string) entra.Session {
	tb.Helper()
	return entra.Session{
		DisplayName: name, Notes: "made by a test", Consent: true, AssignmentRequired: true,
		Secret: &entra.SecretTerms{ValidDays: 180},
		Access: entra.NewAccess(permissionOf(tb, entra.Application, "User.Read.All"),
			permissionOf(tb, entra.Application, "Group.Read.All"), permissionOf(tb, entra.Delegated, "User.Read")),
	}
}

// referenceSession is the session that the provider is measured by: 40 application and 10 delegated permissions of
// Microsoft Graph, a certificate, and Exchange Online PowerShell.
func referenceSession(tb testing.TB, name string) entra.Session {
	tb.Helper()
	access := []entra.Permission{entra.ExchangeManageAsApp(false)}
	for kind, n := range map[entra.PermissionKind]int{entra.Application: 40, entra.Delegated: 10} {
		for _, entry := range catalogue.All(catalogue.MicrosoftGraph, kind) {
			if n > 0 && entry.Standing == catalogue.Published {
				access = append(access, entra.Permission{API: entry.API, Kind: kind, ID: entry.ID, Name: entry.Name})
				n--
			}
		}
	}
	certificate := newCertificate(tb, name)
	return entra.Session{
		DisplayName: name, Consent: true, AssignmentRequired: true, Access: entra.NewAccess(access...),
		Certificate: &certificate, DirectoryRole: entra.ExchangeRoles[0].TemplateID,
	}
}

func newCertificate(tb testing.TB, name string) entra.Certificate {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour).UTC().Truncate(time.Second),
		NotAfter:  time.Now().Add(1000 * time.Hour).UTC().Truncate(time.Second),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		tb.Fatal(err)
	}
	sum1, sum256 := sha1.Sum(der), sha256.Sum256(der) //nolint:gosec // see the import
	return entra.Certificate{
		DER: der, SHA1: fmt.Sprintf("%X", sum1), SHA256: fmt.Sprintf("%X", sum256), Subject: template.Subject.String(),
		NotBefore: template.NotBefore, NotAfter: template.NotAfter,
	}
}
