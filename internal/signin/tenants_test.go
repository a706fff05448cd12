package signin

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Where the configuration names somebody else for a tenant, that one signs in there, and nowhere else.
func TestAnotherIdentityInOneTenant(t *testing.T) {
	t.Parallel()
	const theirApplication = "99999999-0000-4000-8000-000000000000"
	fake := &entra{}
	identity := newIdentity(t, fake, func(c *Config) {
		c.Tenants = map[string]Login{otherTenant: {ClientID: theirApplication, Credential: NewSecret("theirs", "the entry")}}
	})
	for _, tenantID := range []string{homeTenant, otherTenant, ""} {
		if _, err := identity.Token(t.Context(), tenantID); err != nil {
			t.Fatal(err)
		}
	}
	signIns := fake.requests()
	if len(signIns) != 2 {
		t.Fatalf("%d sign-ins, want one for each tenant", len(signIns))
	}
	for i, want := range []string{application, theirApplication} {
		if got := signIns[i].form.Get("client_id"); got != want {
			t.Errorf("sign-in %d was that of %s, want %s", i, got, want)
		}
	}
	if got := signIns[1].form.Get("client_secret"); got != "theirs" {
		t.Errorf("the other tenant got the secret %q", got)
	}
}

// An application of several tenants signs in to each with whatever credential it has.
func TestHomeApplicationInOtherTenants(t *testing.T) {
	t.Parallel()
	for name, credential := range map[string]Credential{
		"secret": NewSecret(secretValue, "test"), "federated": NewOIDCToken("assertion", "test"),
	} {
		fake := &entra{}
		identity := newIdentity(t, fake, func(c *Config) { c.Credential = credential })
		for _, tenantID := range []string{homeTenant, otherTenant} {
			token, err := identity.Token(t.Context(), tenantID)
			if err != nil || token.Claims.TenantID != tenantID {
				t.Errorf("%s: got %v, %v", name, token, err)
			}
		}
		for i, request := range fake.requests() {
			credentials := request.form.Get("client_secret") + request.form.Get("client_assertion")
			if request.form.Get("client_id") != application || credentials != map[string]string{"secret": secretValue, "federated": "assertion"}[name] {
				t.Errorf("%s: sign-in %d was with %v", name, i, request.form)
			}
		}
	}
}

// A refusal in such a tenant names whose it is, and keeps nobody else from signing in.
func TestRefusalOfAnotherIdentity(t *testing.T) {
	t.Parallel()
	fake := &entra{answer: func(path string, form url.Values) (int, any, http.Header) {
		if form.Get("client_secret") == "theirs" {
			return http.StatusUnauthorized, map[string]any{"error": "invalid_client", "error_description": "AADSTS7000215: Invalid."}, nil
		}
		return http.StatusOK, tokenBody(map[string]any{"tid": homeTenant}), nil
	}}
	identity := newIdentity(t, fake, func(c *Config) {
		c.Tenants = map[string]Login{otherTenant: {ClientID: application, Credential: NewSecret("theirs", "the entry")}}
	})
	_, err := identity.Token(t.Context(), otherTenant)
	var refused *Error
	if !errors.As(err, &refused) || refused.Source != "the entry" || refused.Tenant != otherTenant {
		t.Errorf("got %v", err)
	}
	if _, err := identity.Token(t.Context(), homeTenant); err != nil {
		t.Error(err)
	}
}

// In a tenant of others that does not know the application, the entry that is missing is as likely as the consent.
func TestRefusalOfTheHomeApplication(t *testing.T) {
	t.Parallel()
	fake := &entra{answer: func(string, url.Values) (int, any, http.Header) {
		return http.StatusBadRequest, map[string]any{"error": "unauthorized_client", "error_description": "AADSTS700016: Not found."}, nil
	}}
	const hint = "takes an entry in tenants"
	login := Login{ClientID: application, Credential: NewSecret("theirs", "the entry")}
	for name, test := range map[string]struct {
		tenantID string
		tenants  map[string]Login
		hints    bool
	}{
		"another tenant":  {otherTenant, nil, true},
		"its own":         {homeTenant, nil, false},
		"one of an entry": {otherTenant, map[string]Login{otherTenant: login}, false},
	} {
		_, err := newIdentity(t, fake, func(c *Config) { c.Tenants = test.tenants }).Token(t.Context(), test.tenantID)
		if err == nil || strings.Contains(err.Error(), hint) != test.hints {
			t.Errorf("%s: got %v", name, err)
		}
	}
	_, err := newIdentity(t, fake, nil).SignInAs(t.Context(), SignInRequest{TenantID: otherTenant, ClientID: application, Secret: "s"})
	if err == nil || strings.Contains(err.Error(), hint) {
		t.Errorf("as another application: got %v", err)
	}
}

// What a credential waits for is told as it is.
func TestCredentialNotYetKnown(t *testing.T) {
	t.Parallel()
	cause := errors.New("known after the apply")
	identity := newIdentity(t, &entra{}, func(c *Config) { c.Tenants = map[string]Login{otherTenant: {Credential: NotYet(cause)}} })
	if _, err := identity.Token(t.Context(), otherTenant); !errors.Is(err, cause) {
		t.Errorf("got %v", err)
	}
	if _, err := New(Config{Credential: NewSecret("s", ""), HTTPClient: http.DefaultClient, Tenants: map[string]Login{otherTenant: {}}}); err == nil {
		t.Error("a tenant without credential is accepted")
	}
}
