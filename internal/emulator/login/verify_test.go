package login

import (
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
)

func TestVerify(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s := New(directory.New(func() time.Time { return now }), "https://127.0.0.1:4433")
	other := New(s.Directory, s.BaseURL)
	token := func(by *Service, audience string, expires time.Duration) string {
		body, _ := by.issue(jwt.MapClaims{"aud": audience, "exp": now.Add(expires).Unix(), "tid": "t"}).Body.(map[string]any)
		text, _ := body["access_token"].(string)
		return text
	}
	for name, test := range map[string]struct {
		token string
		want  error
	}{
		"for the emulated Graph":      {token(s, "https://127.0.0.1:4433", time.Hour), nil},
		"by another loopback name":    {token(s, "https://localhost:4433/", time.Hour), nil},
		"for the global Graph":        {token(s, "https://graph.microsoft.com", time.Hour), nil},
		"for Graph's application id":  {token(s, "00000003-0000-0000-c000-000000000000", time.Hour), nil},
		"for another server":          {token(s, "https://127.0.0.1:4434", time.Hour), ErrAudience},
		"for Exchange":                {token(s, "https://outlook.office365.com", time.Hour), ErrAudience},
		"for the Graph of China":      {token(s, "https://microsoftgraph.chinacloudapi.cn", time.Hour), ErrAudience},
		"expired":                     {token(s, "https://graph.microsoft.com", -time.Second), ErrExpiredToken},
		"signed by another authority": {token(other, "https://graph.microsoft.com", time.Hour), ErrSignature},
		"malformed":                   {"x.y", ErrMalformedToken},
		"missing":                     {"", ErrMissingToken},
	} {
		if _, err := s.Verify(test.token); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
	}
}

func TestIsTokenAudience(t *testing.T) {
	t.Parallel()
	s := New(directory.New(time.Now), "https://127.0.0.1:4433")
	id, foreign := "00000000-0000-0000-0000-00000000000a", "00000000-0000-0000-0000-00000000000b"
	tenant, _ := s.Directory.AddTenant(id, "Contoso", "contoso.onmicrosoft.com")
	tenant.Add(&directory.Object{Kind: directory.Domain, ID: tenant.Domain, Properties: map[string]any{"isVerified": true}})
	s.Directory.AddTenant(foreign, "Fabrikam", "fabrikam.onmicrosoft.com")
	for audience, want := range map[string]bool{
		"https://127.0.0.1:4433/" + id + "/oauth2/v2.0/token":            true,
		"https://localhost:4433/" + tenant.Domain + "/v2.0":              true,
		"https://127.0.0.1:4433/" + id + "/":                             true,
		"https://127.0.0.1:4433/" + foreign + "/oauth2/v2.0/token":       false,
		"https://127.0.0.1:4433/" + id + "/oauth2/v2.0/authorize":        false,
		"https://login.microsoftonline.com/" + id + "/oauth2/v2.0/token": false,
		"http://127.0.0.1:4433/" + id + "/oauth2/v2.0/token":             false,
	} {
		if got := s.isTokenAudience(audience, tenant); got != want {
			t.Errorf("%s: got %v", audience, got)
		}
	}
}

func TestIsOwnHost(t *testing.T) {
	t.Parallel()
	s := New(directory.New(time.Now), "https://127.0.0.1:4433")
	for text, want := range map[string]bool{
		"https://[::1]:4433": true, "https://localhost": false, "https://example.com:4433": false, "": false,
	} {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.isOwnHost(u); got != want {
			t.Errorf("%s: got %v", text, got)
		}
	}
}
