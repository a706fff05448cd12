package signin_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/signin"
)

// transport answers requests with a function, and counts them.
type transport struct {
	answer func(*http.Request) (*http.Response, error)
	count  atomic.Int32
}

func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	t.count.Add(1)
	return t.answer(r)
}

func answering(status int, body string) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Status: http.StatusText(status), Body: io.NopCloser(strings.NewReader(body))}, nil
	}
}

func TestDomains(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other, err := w.server.Tenant(emulator.TenantOptions{Domain: "fabrikam.onmicrosoft.com"})
	if err != nil {
		t.Fatal(err)
	}
	counting := &transport{answer: w.server.Client().Transport.RoundTrip}
	domains := signin.NewDomains(&http.Client{Transport: counting}, w.server.URL())
	var asking sync.WaitGroup
	for _, domain := range []string{"fabrikam.onmicrosoft.com", "Fabrikam.OnMicrosoft.com", "fabrikam.onmicrosoft.com"} {
		asking.Go(func() {
			if got, err := domains.Tenant(t.Context(), domain); got != other.ID() || err != nil {
				t.Errorf("%s: got %q, %v; want %s", domain, got, err, other.ID())
			}
		})
	}
	asking.Wait()
	for range 2 {
		_, err := domains.Tenant(t.Context(), "nowhere.example.com")
		var unknown *signin.UnknownDomainError
		if !errors.As(err, &unknown) || unknown.Domain != "nowhere.example.com" || !strings.Contains(err.Error(), "nowhere.example.com") {
			t.Errorf("got %v", err)
		}
	}
	if got := counting.count.Load(); got != 2 {
		t.Errorf("%d requests for two domains", got)
	}
}

// What is no answer about a tenant is an error that is not taken for an unknown domain.
func TestDomainsWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	const issuer = `{"issuer": "https://login.microsoftonline.com/` + "%s" + `/v2.0"}`
	for name, test := range map[string]struct {
		answer func(*http.Request) (*http.Response, error)
		asked  int32 // for two domains
	}{
		"a page of a proxy":     {answering(http.StatusForbidden, "<html>"), 2},
		"another error":         {answering(http.StatusBadRequest, `{"error": "invalid_request", "error_codes": [90013]}`), 2},
		"an issuer for all":     {answering(http.StatusOK, strings.ReplaceAll(issuer, "%s", "{tenantid}")), 2},
		"an issuer of nobody":   {answering(http.StatusOK, `{"issuer": "https://login.microsoftonline.com"}`), 2},
		"no issuer":             {answering(http.StatusOK, `{"issuer": "::"}`), 2},
		"nobody, whatever else": {func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			counting := &transport{answer: test.answer}
			domains := signin.NewDomains(&http.Client{Transport: counting}, "https://login.example.com")
			for _, domain := range []string{"contoso.com", "fabrikam.com"} {
				got, err := domains.Tenant(t.Context(), domain)
				var unknown *signin.UnknownDomainError
				if got != "" || err == nil || errors.As(err, &unknown) {
					t.Errorf("%s: got %q, %v", domain, got, err)
				}
			}
			if got := counting.count.Load(); got != test.asked {
				t.Errorf("%d requests, want %d", got, test.asked)
			}
		})
	}
}

func TestIsDomain(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"contoso.com": true, "Contoso.OnMicrosoft.com": true, "xn--mnchen-3ya.example": true, "3m.com": true,
		"": false, "contoso": false, ".com": false, "contoso.": false, "a..b": false, "-a.com": false, "a-.com": false,
		"https://contoso.com": false, "contoso.com/x": false, "jane@contoso.com": false, "a b.com": false, "münchen.de": false,
		"../../etc": false, strings.Repeat("a.", 127) + "com": false,
	} {
		if got := signin.IsDomain(text); got != want {
			t.Errorf("%q: got %t", text, got)
		}
	}
}
