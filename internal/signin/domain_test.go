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

// counted counts the requests.
type counted struct {
	http.RoundTripper
	count atomic.Int32
}

func (c *counted) RoundTrip(r *http.Request) (*http.Response, error) {
	c.count.Add(1)
	return c.RoundTripper.RoundTrip(r)
}

// always is the same answer to every request.
type always struct {
	status int
	body   string
	err    error
}

func (a always) RoundTrip(*http.Request) (*http.Response, error) {
	if a.err != nil {
		return nil, a.err
	}
	return &http.Response{StatusCode: a.status, Status: http.StatusText(a.status), Body: io.NopCloser(strings.NewReader(a.body))}, nil
}

func TestDomains(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other, err := w.server.Tenant(emulator.TenantOptions{Domain: "fabrikam.onmicrosoft.com"})
	if err != nil {
		t.Fatal(err)
	}
	counting := &counted{RoundTripper: w.server.Client().Transport}
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
	for name, test := range map[string]struct {
		answer always
		asked  int32 // for two domains
	}{
		"a page of a proxy":     {always{status: http.StatusForbidden, body: "<html>"}, 2},
		"another error":         {always{status: http.StatusBadRequest, body: `{"error": "invalid_request", "error_codes": [90013]}`}, 2},
		"an issuer for all":     {always{status: http.StatusOK, body: `{"issuer": "https://login.microsoftonline.com/{tenantid}/v2.0"}`}, 2},
		"an issuer of nobody":   {always{status: http.StatusOK, body: `{"issuer": "https://login.microsoftonline.com"}`}, 2},
		"no issuer":             {always{status: http.StatusOK, body: `{"issuer": "::"}`}, 2},
		"nobody, whatever else": {always{err: io.ErrUnexpectedEOF}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			counting := &counted{RoundTripper: test.answer}
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
