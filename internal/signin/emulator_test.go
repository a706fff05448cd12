package signin_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/pki"
	"github.com/sapio365/terraform-provider-sapio365/internal/signin"
)

type world struct {
	server *emulator.Server
	tenant *emulator.Tenant
	caller emulator.Identity
}

func newWorld(t *testing.T) world {
	t.Helper()
	server, err := emulator.Start(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	tenant, err := server.Tenant(emulator.TenantOptions{})
	if err != nil {
		t.Fatal(err)
	}
	caller, err := tenant.Caller("pipeline", "Application.Read.All")
	if err != nil {
		t.Fatal(err)
	}
	return world{server: server, tenant: tenant, caller: caller}
}

func (w world) identity(t *testing.T, change func(*signin.Config)) *signin.Identity {
	t.Helper()
	cloud, _ := signin.LookupCloud("public")
	cloud.LoginEndpoint, cloud.GraphEndpoint = w.server.URL(), w.server.URL()
	cfg := signin.Config{
		TenantID:   w.tenant.ID(),
		ClientID:   w.caller.ClientID,
		Cloud:      cloud,
		Credential: signin.NewSecret(w.caller.ClientSecret, "client_secret"),
		HTTPClient: w.server.Client(),
	}
	if change != nil {
		change(&cfg)
	}
	identity, err := signin.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return identity
}

// do works as the tenant's administrator.
func (w world) do(t *testing.T, method, path string, body any) map[string]any {
	t.Helper()
	status, answer, err := w.tenant.Do(method, path, body)
	if err != nil {
		t.Fatal(err)
	}
	if status >= http.StatusBadRequest {
		t.Fatalf("%s %s: %d %v", method, path, status, answer)
	}
	return answer
}

func (w world) signIns() int {
	count := 0
	for _, request := range w.tenant.Requests() {
		if request.Kind == "token" && strings.HasSuffix(request.Path, "/token") {
			count++
		}
	}
	return count
}

func newKeyPair(t *testing.T) pki.KeyPair {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "pipeline"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return pki.KeyPair{Certificate: pki.Certificate{DER: der, X509: certificate}, Chain: []*x509.Certificate{certificate}, Key: key}
}

func TestEmulatedSecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token, err := w.identity(t, nil).Token(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	got := token.Claims
	if got.TenantID != w.tenant.ID() || got.ObjectID != w.caller.ObjectID || got.AppID != w.caller.ClientID || got.IDType != signin.IDTypeApp ||
		!slices.Equal(got.Roles, []string{"Application.Read.All"}) {
		t.Errorf("got %+v", got)
	}
	if left := time.Until(token.ExpiresAt); left < 10*time.Minute || left > 25*time.Hour {
		t.Errorf("expires in %s", left)
	}
}

func TestEmulatedCertificate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pair, stranger := newKeyPair(t), newKeyPair(t)
	w.do(t, http.MethodPatch, "/applications/"+w.caller.ApplicationObjectID, map[string]any{"keyCredentials": []any{map[string]any{
		"type": "AsymmetricX509Cert", "usage": "Verify", "key": base64.StdEncoding.EncodeToString(pair.Certificate.DER),
	}}})
	identity := w.identity(t, nil)
	request := signin.SignInRequest{TenantID: w.tenant.ID(), ClientID: w.caller.ClientID, KeyPair: &pair}
	if token, err := identity.SignInAs(t.Context(), request); err != nil || token.Claims.ObjectID != w.caller.ObjectID {
		t.Errorf("got %v, %v", token, err)
	}
	request.KeyPair = &stranger
	var refused *signin.Error
	if _, err := identity.SignInAs(t.Context(), request); !errors.As(err, &refused) || refused.Code != "AADSTS700027" || refused.Hint == "" {
		t.Errorf("a certificate that is not registered: got %v", err)
	}
}

func TestEmulatedRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const nobody = "99999999-9999-4999-8999-999999999999"
	tests := map[string]struct {
		change func(*signin.Config)
		code   string
	}{
		"wrong secret":        {func(c *signin.Config) { c.Credential = signin.NewSecret("wr0ng~secret", "client_secret") }, "AADSTS7000215"},
		"unknown tenant":      {func(c *signin.Config) { c.TenantID = nobody }, "AADSTS90002"},
		"unknown application": {func(c *signin.Config) { c.ClientID = nobody }, "AADSTS700016"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := w.identity(t, test.change).Token(t.Context(), "")
			var refused *signin.Error
			if !errors.As(err, &refused) || refused.Code != test.code || refused.Hint == "" || refused.CorrelationID == "" {
				t.Fatalf("got %v, want %s with a remedy and ids", err, test.code)
			}
			if strings.Contains(err.Error(), "wr0ng~secret") || strings.ContainsAny(refused.Description, "\r\n") {
				t.Errorf("message %q", err)
			}
		})
	}
}

func TestEmulatedUntrustedAuthority(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: x509.NewCertPool()}}
	_, err := w.identity(t, func(c *signin.Config) { c.HTTPClient = &http.Client{Transport: transport} }).Token(t.Context(), "")
	var untrusted *signin.UntrustedError
	if !errors.As(err, &untrusted) || !untrusted.UnknownAuthority {
		t.Errorf("got %v", err)
	}
}

func TestEmulatedEndpointThatIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.server.Close()
	_, err := w.identity(t, nil).Token(t.Context(), "")
	var unreachable *signin.UnreachableError
	if !errors.As(err, &unreachable) || !strings.Contains(w.server.URL(), unreachable.Endpoint) {
		t.Errorf("got %v", err)
	}
}

func TestEmulatedCallersShareOneSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	identity := w.identity(t, nil)
	w.tenant.ResetRequests()
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() {
			if _, err := identity.Token(context.Background(), ""); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := w.signIns(); got != 1 {
		t.Errorf("%d token requests, want 1", got)
	}
}

func TestEmulatedConsentShowsAfterForget(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	identity := w.identity(t, nil)
	if _, err := identity.Token(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	assignments := w.do(t, http.MethodGet, "/servicePrincipals/"+w.caller.ObjectID+"/appRoleAssignments", nil)
	granted, _ := assignments["value"].([]any)
	if len(granted) != 1 {
		t.Fatalf("granted %v", granted)
	}
	only, _ := granted[0].(map[string]any)
	id, _ := only["id"].(string)
	w.do(t, http.MethodDelete, "/servicePrincipals/"+w.caller.ObjectID+"/appRoleAssignments/"+id, nil)

	for _, step := range []struct {
		forget bool
		roles  int
	}{{false, 1}, {true, 0}} {
		if step.forget {
			identity.Forget("")
		}
		token, err := identity.Token(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		if len(token.Claims.Roles) != step.roles {
			t.Errorf("forgotten %v: roles %v", step.forget, token.Claims.Roles)
		}
	}
}
