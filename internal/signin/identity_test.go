package signin

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestTokenCarriesTheClaims(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		claims map[string]any
		want   Claims
	}{
		"application, v1": {
			claims: map[string]any{"tid": strings.ToUpper(homeTenant), "oid": "o", "appid": application, "idtyp": "app", "app_displayname": "Pipeline",
				"roles": []string{"Application.ReadWrite.All"}, "wids": []string{"w"}},
			want: Claims{TenantID: homeTenant, ObjectID: "o", AppID: application, Name: "Pipeline", IDType: IDTypeApp,
				Roles: []string{"Application.ReadWrite.All"}, Scopes: []string{}, WIDs: []string{"w"}},
		},
		"application, v2 without idtyp": {
			claims: map[string]any{"tid": homeTenant, "azp": application},
			want:   Claims{TenantID: homeTenant, AppID: application, IDType: IDTypeApp, Scopes: []string{}},
		},
		"user": {
			claims: map[string]any{"tid": homeTenant, "upn": "a@contoso.com", "app_displayname": "CLI", "scp": "User.Read Directory.Read.All"},
			want:   Claims{TenantID: homeTenant, Name: "a@contoso.com", IDType: IDTypeUser, Scopes: []string{"User.Read", "Directory.Read.All"}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := &entra{answer: func(string, url.Values) (int, any, http.Header) { return http.StatusOK, tokenBody(test.claims), nil }}
			token, err := newIdentity(t, fake, nil).Token(t.Context(), "")
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(token.Claims, test.want) {
				t.Errorf("got %+v\nwant %+v", token.Claims, test.want)
			}
		})
	}
}

func TestTokenStaysInItsCloud(t *testing.T) {
	t.Parallel()
	for _, name := range CloudNames() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cloud, _ := LookupCloud(name)
			fake := &entra{}
			if _, err := newIdentity(t, fake, func(c *Config) { c.Cloud = cloud }).Token(t.Context(), ""); err != nil {
				t.Fatal(err)
			}
			host := strings.TrimPrefix(cloud.LoginEndpoint, "https://")
			if len(fake.hosts) != 1 || !fake.hosts[host] {
				t.Errorf("asked %v, want only %s", fake.hosts, host)
			}
			if got, want := fake.requests()[0].form.Get("scope"), cloud.GraphEndpoint+"/.default"; !strings.HasPrefix(got, want) {
				t.Errorf("scope %q, want %q", got, want)
			}
		})
	}
}

// Not parallel: MSAL reads the environment.
func TestNoVariableMovesTheSignIn(t *testing.T) {
	t.Setenv("MSAL_FORCE_REGION", "westeurope")
	t.Setenv("AZURE_AUTHORITY_HOST", "https://login.chinacloudapi.cn")
	fake := &entra{}
	if _, err := newIdentity(t, fake, nil).Token(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	if len(fake.hosts) != 1 || !fake.hosts["login.microsoftonline.com"] {
		t.Errorf("asked %v", fake.hosts)
	}
}

func TestTokenOfAnotherTenantUsesItsAuthority(t *testing.T) {
	t.Parallel()
	fake := &entra{}
	identity := newIdentity(t, fake, nil)
	for _, tenantID := range []string{"", otherTenant, strings.ToUpper(otherTenant), homeTenant} {
		token, err := identity.Token(t.Context(), tenantID)
		if err != nil {
			t.Fatal(err)
		}
		want := strings.ToLower(tenantID)
		if want == "" {
			want = homeTenant
		}
		if token.Claims.TenantID != want {
			t.Errorf("asked for %q, got a token of %s", tenantID, token.Claims.TenantID)
		}
	}
	requests := fake.requests()
	if len(requests) != 2 || requests[0].tenantID != homeTenant || requests[1].tenantID != otherTenant {
		t.Errorf("token requests: %+v, want one per tenant", requests)
	}
}

func TestTokenOfTheWrongTenantIsRefused(t *testing.T) {
	t.Parallel()
	fake := &entra{answer: func(string, url.Values) (int, any, http.Header) {
		return http.StatusOK, tokenBody(map[string]any{"tid": homeTenant}), nil
	}}
	_, err := newIdentity(t, fake, nil).Token(t.Context(), otherTenant)
	var wrong *WrongTenantError
	if !errors.As(err, &wrong) || wrong.Asked != otherTenant || wrong.Got != homeTenant {
		t.Fatalf("got %v", err)
	}
}

func TestTokenNeedsATenantID(t *testing.T) {
	t.Parallel()
	fake := &entra{}
	for _, tenantID := range []string{"contoso.onmicrosoft.com", "common", "../" + homeTenant} {
		if _, err := newIdentity(t, fake, nil).Token(t.Context(), tenantID); err == nil {
			t.Errorf("%q was accepted", tenantID)
		}
	}
	if len(fake.hosts) != 0 {
		t.Error("connected")
	}
}

func TestPassingFailuresAreRepeated(t *testing.T) {
	t.Parallel()
	failing := func(status int, header http.Header, times int) func(string, url.Values) (int, any, http.Header) {
		return func(tenantID string, _ url.Values) (int, any, http.Header) {
			if times--; times >= 0 {
				return status, nil, header
			}
			return http.StatusOK, tokenBody(map[string]any{"tid": tenantID}), nil
		}
	}
	tests := map[string]struct {
		answer   func(string, url.Values) (int, any, http.Header)
		requests int
		waited   time.Duration
		fails    bool
	}{
		"unavailable twice":      {failing(http.StatusServiceUnavailable, nil, 2), 3, 3 * time.Second, false},
		"unavailable five times": {failing(http.StatusServiceUnavailable, nil, 5), 6, 31 * time.Second, false},
		"unavailable six times":  {failing(http.StatusServiceUnavailable, nil, 6), 6, 31 * time.Second, true},
		"throttled":              {failing(http.StatusTooManyRequests, http.Header{"Retry-After": {"17"}}, 1), 2, 17 * time.Second, false},
		"throttled for too long": {failing(http.StatusTooManyRequests, http.Header{"Retry-After": {"600"}}, 1), 1, 0, true},
		"refused":                {refusal(http.StatusUnauthorized, 7000215, "Invalid client secret provided."), 1, 0, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				fake := &entra{answer: test.answer}
				start := time.Now()
				_, err := newIdentity(t, fake, nil).Token(t.Context(), "")
				if (err != nil) != test.fails {
					t.Errorf("got %v", err)
				}
				if got := len(fake.requests()); got != test.requests {
					t.Errorf("%d token requests, want %d", got, test.requests)
				}
				if got := time.Since(start); got != test.waited {
					t.Errorf("waited %s, want %s", got, test.waited)
				}
			})
		})
	}
}

func TestNothingPrintsASecret(t *testing.T) {
	t.Parallel()
	fake := &entra{}
	identity := newIdentity(t, fake, nil)
	token, err := identity.Token(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	oidc := NewOIDCToken(secretValue, "oidc_token")
	request := NewOIDCRequest("https://ci.example", secretValue, "oidc_request_token")
	for _, value := range []any{identity.cfg, identity.cfg.Credential, oidc, request, token, &token, []Token{token}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			printed := fmt.Sprintf(verb, value)
			if strings.Contains(printed, secretValue) || strings.Contains(printed, token.Value) {
				t.Errorf("%s of %T prints a secret", verb, value)
			}
		}
	}
	encoded, err := json.Marshal(map[string]any{"token": token})
	if err != nil {
		t.Fatal(err)
	}
	var logged strings.Builder
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("signed in", "token", token, "credential", oidc)
	if strings.Contains(string(encoded)+logged.String(), token.Value) || strings.Contains(logged.String(), secretValue) {
		t.Error("JSON or the log has a secret")
	}
}

func TestNewRefusesAnIncompleteConfiguration(t *testing.T) {
	t.Parallel()
	complete := Config{TenantID: homeTenant, ClientID: application, Cloud: publicCloud(t), Credential: NewSecret("x", "y"), HTTPClient: http.DefaultClient}
	tests := map[string]func(*Config){
		"no credential":  func(c *Config) { c.Credential = nil },
		"no HTTP client": func(c *Config) { c.HTTPClient = nil },
		"empty secret":   func(c *Config) { c.Credential = NewSecret("", "client_secret") },
	}
	if _, err := New(complete); err != nil {
		t.Fatal(err)
	}
	for name, change := range tests {
		cfg := complete
		change(&cfg)
		if _, err := New(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
