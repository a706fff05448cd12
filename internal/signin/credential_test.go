package signin

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/sapio365/terraform-provider-sapio365/internal/pki"
)

var testKeyPair = sync.OnceValue(func() pki.KeyPair {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "pipeline"}, NotBefore: time.Now(), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return pki.KeyPair{Certificate: pki.Certificate{DER: der, X509: certificate}, Chain: []*x509.Certificate{certificate}, Key: key}
})

func TestSecretIsSent(t *testing.T) {
	t.Parallel()
	fake := &entra{}
	if _, err := newIdentity(t, fake, nil).Token(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	form := fake.requests()[0].form
	for field, want := range map[string]string{"grant_type": "client_credentials", "client_id": application, "client_secret": secretValue} {
		if form.Get(field) != want {
			t.Errorf("%s is not what was configured", field)
		}
	}
}

func TestOIDCTokenIsSent(t *testing.T) {
	t.Parallel()
	fake := &entra{}
	identity := newIdentity(t, fake, func(c *Config) { c.Credential = NewOIDCToken("federated\n", "oidc_token") })
	if _, err := identity.Token(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	if got := fake.requests()[0].form.Get("client_assertion"); got != "federated" {
		t.Errorf("sent %q", got)
	}
}

func TestCertificateSignsTheAssertion(t *testing.T) {
	t.Parallel()
	pair := testKeyPair()
	credential, err := NewCertificate(pair, "client_certificate")
	if err != nil {
		t.Fatal(err)
	}
	fake := &entra{}
	if _, err := newIdentity(t, fake, func(c *Config) { c.Credential = credential }).Token(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	assertion := fake.requests()[0].form.Get("client_assertion")
	endpoint := "https://login.microsoftonline.com/" + homeTenant + "/oauth2/v2.0/token"
	_, err = jwt.Parse(assertion, func(*jwt.Token) (any, error) { return pair.Key.Public(), nil },
		jwt.WithAudience(endpoint), jwt.WithIssuer(application), jwt.WithSubject(application), jwt.WithExpirationRequired())
	if err != nil {
		t.Error(err)
	}
}

func TestCertificateMustBeRSA(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pair := testKeyPair()
	pair.Key = key
	if _, err := NewCertificate(pair, "client_certificate"); err == nil {
		t.Error("an elliptic curve key was accepted")
	}
}

func TestTokenFileIsReadAtEverySignIn(t *testing.T) {
	t.Parallel()
	for _, newCredential := range []func(path, source string) Credential{NewOIDCTokenFile, NewAKSWorkloadIdentity} {
		path := filepath.Join(t.TempDir(), "token")
		credential := newCredential(path, "oidc_token_file_path")
		t.Run(string(credential.Kind()), func(t *testing.T) {
			t.Parallel()
			fake := &entra{}
			identity := newIdentity(t, fake, func(c *Config) { c.Credential = credential })
			for _, content := range []string{"first", "second\n"} {
				if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
				if _, err := identity.Token(t.Context(), ""); err != nil {
					t.Fatal(err)
				}
				identity.Forget("")
			}
			requests := fake.requests()
			for i, want := range []string{"first", "second"} {
				if got := requests[i].form.Get("client_assertion"); got != want {
					t.Errorf("sign-in %d sent %q, want %q", i+1, got, want)
				}
			}
		})
	}
}

// ci is a continuous integration system's OIDC endpoint beside Entra ID.
func ci(fake *entra, status int, answer any, seen *http.Request) *http.Client {
	return &http.Client{Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
		if req.URL.Host != "ci.example" {
			return fake.RoundTrip(req)
		}
		*seen = *req
		recorder := httptest.NewRecorder()
		reply(recorder, status, answer)
		return recorder.Result(), nil
	})}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func TestOIDCTokenIsRequestedFromThePipeline(t *testing.T) {
	t.Parallel()
	gitHub := NewOIDCRequest("https://ci.example/token?api-version=2.0", "job-token", "oidc_request_url")
	azureDevOps := NewAzurePipelines("https://ci.example/oidc", "job-token", "connection", "oidc_request_url")
	tests := map[string]struct {
		credential    Credential
		cloud         string
		answer        map[string]string
		method, query string
	}{
		"GitHub Actions":        {gitHub, "public", map[string]string{"value": "federated"}, "GET", "api-version=2.0&audience=api%3A%2F%2FAzureADTokenExchange"},
		"GitHub Actions, China": {gitHub, "china", map[string]string{"value": "federated"}, "GET", "api-version=2.0&audience=api%3A%2F%2FAzureADTokenExchangeChina"},
		"audience given in URL": {NewOIDCRequest("https://ci.example/token?audience=own", "job-token", "x"), "public", map[string]string{"value": "federated"}, "GET", "audience=own"},
		"Azure DevOps":          {azureDevOps, "public", map[string]string{"oidcToken": "federated"}, "POST", "api-version=7.1&serviceConnectionId=connection"},
		"Azure DevOps, US Gov":  {azureDevOps, "usgovernment", map[string]string{"oidcToken": "federated"}, "POST", "api-version=7.1&serviceConnectionId=connection"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake, seen := &entra{}, http.Request{}
			identity := newIdentity(t, fake, func(c *Config) {
				c.Credential, c.HTTPClient = test.credential, ci(fake, http.StatusOK, test.answer, &seen)
				c.Cloud, _ = LookupCloud(test.cloud)
			})
			if _, err := identity.Token(t.Context(), ""); err != nil {
				t.Fatal(err)
			}
			if seen.Method != test.method || seen.URL.RawQuery != test.query || seen.Header.Get("Authorization") != "Bearer job-token" {
				t.Errorf("asked with %s %s", seen.Method, seen.URL)
			}
			if got := fake.requests()[0].form.Get("client_assertion"); got != "federated" {
				t.Errorf("signed in with %q", got)
			}
		})
	}
}

func TestOIDCTokenThatCannotBeHad(t *testing.T) {
	t.Parallel()
	request := NewOIDCRequest("https://ci.example/token", secretValue, "oidc_request_url")
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		credential Credential
		status     int
		answer     any
		want       string
	}{
		"missing file":     {NewOIDCTokenFile(filepath.Join(t.TempDir(), "missing"), "oidc_token_file_path"), 0, nil, "oidc_token_file_path"},
		"empty file":       {NewOIDCTokenFile(empty, "oidc_token_file_path"), 0, nil, "is empty"},
		"refused":          {request, http.StatusForbidden, nil, "id-token: write"},
		"without token":    {request, http.StatusOK, map[string]string{}, "without a token"},
		"not JSON object":  {request, http.StatusOK, "words", "did not answer in JSON"},
		"refused, Azure":   {NewAzurePipelines("https://ci.example/oidc", secretValue, "c", "oidc_request_url"), http.StatusUnauthorized, nil, "SYSTEM_ACCESSTOKEN"},
		"not a URL at all": {NewOIDCRequest("://"+secretValue, "t", "oidc_request_url"), 0, nil, "not a URL"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake, seen := &entra{}, http.Request{}
			_, err := newIdentity(t, fake, func(c *Config) {
				c.Credential, c.HTTPClient = test.credential, ci(fake, test.status, test.answer, &seen)
			}).Token(t.Context(), "")
			var failed *AssertionError
			if !errors.As(err, &failed) || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), secretValue) {
				t.Errorf("got %v, want an AssertionError with %q", err, test.want)
			}
		})
	}
}

func TestSignInAs(t *testing.T) {
	t.Parallel()
	fake := &entra{}
	identity := newIdentity(t, fake, nil)
	pair := testKeyPair()
	const session = "44444444-4444-4444-8444-444444444444"
	requests := []SignInRequest{
		{TenantID: otherTenant, ClientID: session, Secret: "of the session"},
		{TenantID: otherTenant, ClientID: session, Secret: "of the session"},
		{TenantID: otherTenant, ClientID: session, KeyPair: &pair, Scope: "https://outlook.office365.com/.default"},
	}
	for _, request := range requests {
		if _, err := identity.SignInAs(t.Context(), request); err != nil {
			t.Fatal(err)
		}
	}
	sent := fake.requests()
	if len(sent) != len(requests) {
		t.Fatalf("%d token requests, want %d: none may come from a cache", len(sent), len(requests))
	}
	for i, request := range sent {
		if request.tenantID != otherTenant || request.form.Get("client_id") != session || (request.form.Get("client_secret") != "") != (requests[i].Secret != "") {
			t.Errorf("request %d is not for the session", i)
		}
	}
	if scope := sent[2].form.Get("scope"); !strings.HasPrefix(scope, requests[2].Scope) {
		t.Errorf("scope %q", scope)
	}
	for _, incomplete := range []SignInRequest{{TenantID: otherTenant, ClientID: session}, {TenantID: otherTenant, ClientID: session, Secret: "s", KeyPair: &pair}} {
		if _, err := identity.SignInAs(t.Context(), incomplete); err == nil {
			t.Error("accepted neither or both credentials")
		}
	}
}

// Not parallel: azidentity reads the environment.
func TestManagedIdentity(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-IDENTITY-HEADER") != "header" || r.URL.Query().Get("client_id") != application {
			reply(w, http.StatusBadRequest, map[string]string{"error": "invalid_request", "error_description": "Identity not found"})
			return
		}
		reply(w, http.StatusOK, map[string]any{"access_token": unsigned(map[string]any{"tid": homeTenant}), "expires_on": fmt.Sprint(time.Now().Add(time.Hour).Unix()), "token_type": "Bearer"})
	}))
	t.Cleanup(server.Close)
	t.Setenv("IDENTITY_ENDPOINT", server.URL)
	t.Setenv("IDENTITY_HEADER", "header")
	identity := newIdentity(t, &entra{}, func(c *Config) { c.Credential = NewManagedIdentity("use_msi") })
	if token, err := identity.Token(t.Context(), ""); err != nil || token.Claims.TenantID != homeTenant {
		t.Errorf("got %v, %v", token, err)
	}
	var wrong *WrongTenantError
	if _, err := identity.Token(t.Context(), otherTenant); !errors.As(err, &wrong) {
		t.Errorf("another tenant: got %v", err)
	}
	stranger := newIdentity(t, &entra{}, func(c *Config) { c.Credential, c.ClientID = NewManagedIdentity("use_msi"), otherTenant })
	var refused *Error
	if _, err := stranger.Token(t.Context(), ""); !errors.As(err, &refused) || refused.Description != "Identity not found" {
		t.Errorf("unknown identity: got %v", err)
	}
}

// Not parallel: PATH is changed.
func TestAzureCLI(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in for az is a shell script")
	}
	directory := t.TempDir()
	t.Setenv("PATH", directory+string(os.PathListSeparator)+os.Getenv("PATH"))
	script := func(body string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(directory, "az"), []byte("#!/bin/sh\n"+body+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	signIn := func(tenantID string) (Token, error) {
		return newIdentity(t, &entra{}, func(c *Config) { c.Credential = NewAzureCLI("use_cli") }).Token(t.Context(), tenantID)
	}

	script(fmt.Sprintf(`echo '{"accessToken":%q,"expires_on":%d}'`, unsigned(map[string]any{"tid": homeTenant, "scp": "User.Read"}), time.Now().Add(time.Hour).Unix()))
	if token, err := signIn(homeTenant); err != nil || token.Claims.IDType != IDTypeUser {
		t.Errorf("got %v, %v", token, err)
	}
	var wrong *WrongTenantError
	if _, err := signIn(otherTenant); !errors.As(err, &wrong) || !strings.Contains(err.Error(), "az login --tenant "+otherTenant) {
		t.Errorf("another tenant: got %v", err)
	}

	script(`echo "ERROR: AADSTS50076: Due to a configuration change, you must use multi-factor authentication. Trace ID: x" >&2; exit 1`)
	var refused *Error
	if _, err := signIn(homeTenant); !errors.As(err, &refused) || refused.Code != "AADSTS50076" || !strings.Contains(refused.Hint, "az login") {
		t.Errorf("expired login: got %v", err)
	}
	script(`echo "Please run 'az login' to setup account." >&2; exit 1`)
	if _, err := signIn(homeTenant); !errors.As(err, &refused) || !strings.Contains(err.Error(), "az login --tenant "+homeTenant) {
		t.Errorf("not logged in: got %v", err)
	}
}
