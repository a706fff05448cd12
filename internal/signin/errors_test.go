package signin

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

func TestRefusalsAreExplained(t *testing.T) {
	t.Parallel()
	tests := map[int]string{
		7000215: "Give its value, not its id",
		7000222: "has expired",
		700016:  "https://login.microsoftonline.com/" + homeTenant + "/adminconsent?client_id=" + application,
		90002:   `No tenant ` + homeTenant + ` in the cloud "public"`,
		900023:  "Check tenant_id",
		700027:  "uploaded to that application",
		700024:  "Check the clock",
		7000112: "disabled",
		65001:   "adminconsent",
		50105:   "requires an assignment",
		53003:   "Conditional Access",
		530033:  "Conditional Access",
		70021:   "federated credential",
		700211:  "issuer",
		700212:  "audience",
		700213:  "subject",
		90014:   "client_id",
	}
	for code, hint := range tests {
		t.Run(strconv.Itoa(code), func(t *testing.T) {
			t.Parallel()
			fake := &entra{answer: refusal(http.StatusUnauthorized, code, "Message of Entra ID.")}
			_, err := newIdentity(t, fake, nil).Token(t.Context(), "")
			var refused *Error
			if !errors.As(err, &refused) {
				t.Fatalf("got %v", err)
			}
			want := Error{
				Tenant: homeTenant, ClientID: application, Kind: KindSecret, Source: "client_secret",
				Code: "AADSTS" + strconv.Itoa(code), Description: "Message of Entra ID.", Hint: refused.Hint,
				CorrelationID: "0f0f0f0f-0000-4000-8000-000000000002", TraceID: "0f0f0f0f-0000-4000-8000-000000000001",
				Status: http.StatusUnauthorized,
			}
			if *refused != want {
				t.Errorf("got  %+v\nwant %+v", *refused, want)
			}
			if !strings.Contains(refused.Hint, hint) || strings.Contains(refused.Hint, "{") {
				t.Errorf("hint %q, want %q in it", refused.Hint, hint)
			}
			if text := err.Error(); !strings.Contains(text, refused.Code) || !strings.Contains(text, refused.Hint) || strings.Contains(text, secretValue) {
				t.Errorf("message %q", text)
			}
		})
	}
}

func TestEveryExplanationIsFilledIn(t *testing.T) {
	t.Parallel()
	who := subject{tenantID: homeTenant, clientID: application, cloud: publicCloud(t), standsIn: true}
	for code := range explanations {
		if text := who.explain("AADSTS" + code); text == "" || strings.ContainsAny(text, "{}") {
			t.Errorf("%s: %q", code, text)
		}
	}
	if text := who.explain("AADSTS1"); text != "" {
		t.Errorf("an unknown code is explained: %q", text)
	}
}

func TestRefusalsInOtherShapes(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", maxDescription)
	tests := map[string]struct {
		status int
		body   any
		want   Error
	}{
		"description in lines":   {400, map[string]any{"error": "invalid_request", "error_description": "AADSTS900023: Specified tenant.\r\nTrace ID: x\r\n"}, Error{Code: "AADSTS900023", Description: "Specified tenant."}},
		"code only in the list":  {400, map[string]any{"error": "invalid_request", "error_codes": []int{90002}}, Error{Code: "AADSTS90002", Description: "invalid_request"}},
		"without a code":         {400, map[string]any{"error": "invalid_scope", "error_description": "No."}, Error{Description: "No."}},
		"not from Entra ID":      {403, "blocked by proxy", Error{Description: "HTTP 403 without an explanation"}},
		"success without token":  {200, map[string]any{"expires_in": 3600}, Error{Description: "the answer is not one of Entra ID's sign-in"}},
		"success in other words": {200, "<html>" + secretValue, Error{Description: "the answer is not one of Entra ID's sign-in"}},
		"token that is opaque":   {200, map[string]any{"access_token": secretValue, "expires_in": 3600, "token_type": "Bearer"}, Error{Description: "the tenant of the token cannot be checked: the access token is not a JWT"}},
		"endless description":    {400, map[string]any{"error": "x", "error_description": long}, Error{Description: strings.Repeat("é", maxDescription/2) + "…"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := &entra{answer: func(string, url.Values) (int, any, http.Header) { return test.status, test.body, nil }}
			_, err := newIdentity(t, fake, nil).Token(t.Context(), "")
			var refused *Error
			if !errors.As(err, &refused) || refused.Code != test.want.Code || refused.Description != test.want.Description {
				t.Errorf("got %v", err)
			}
			if strings.Contains(err.Error(), secretValue) {
				t.Error("repeats the answer, which may hold a token")
			}
		})
	}
}

// over is an identity that signs in at a real server.
func over(t *testing.T, endpoint string, roots *x509.CertPool) *Identity {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	t.Cleanup(transport.CloseIdleConnections)
	return newIdentity(t, &entra{}, func(c *Config) {
		c.Cloud.LoginEndpoint = endpoint
		c.HTTPClient = &http.Client{Transport: transport}
	})
}

func TestCustomEndpoint(t *testing.T) {
	t.Parallel()
	fake := &entra{}
	server := httptest.NewTLSServer(fake)
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())

	if _, err := over(t, server.URL, roots).Token(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	if len(fake.hosts) != 1 || len(fake.requests()) != 1 {
		t.Errorf("asked %v", fake.hosts)
	}
}

func TestUntrustedEndpoint(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(&entra{})
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // The refused handshakes are the point.
	server.StartTLS()
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	otherName := strings.Replace(server.URL, "127.0.0.1", "localhost", 1) // Not in httptest's certificate.

	var untrusted *UntrustedError
	_, err := over(t, server.URL, x509.NewCertPool()).Token(t.Context(), "")
	if !errors.As(err, &untrusted) || !untrusted.UnknownAuthority || !strings.Contains(err.Error(), "ca_certificate_path") {
		t.Errorf("unknown authority: got %v", err)
	}
	_, err = over(t, otherName, roots).Token(t.Context(), "")
	if !errors.As(err, &untrusted) || untrusted.UnknownAuthority || strings.Contains(err.Error(), "ca_certificate_path") {
		t.Errorf("other name: got %v", err)
	}
}

func TestUnreachableEndpoint(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	var unreachable *UnreachableError
	_, err = over(t, "https://"+address, nil).Token(t.Context(), "")
	if !errors.As(err, &unreachable) || unreachable.Endpoint != address || !strings.Contains(err.Error(), "login_endpoint") {
		t.Errorf("got %v", err)
	}
}

func TestTransient(t *testing.T) {
	t.Parallel()
	at := func(err error) error { return &url.Error{Op: "Post", URL: "https://login.example/token", Err: err} }
	tests := map[string]struct {
		err  error
		want bool
	}{
		"connection cut":        {at(io.ErrUnexpectedEOF), true},
		"connection reset":      {at(&net.OpError{Op: "read", Err: errors.New("connection reset by peer")}), true},
		"connection refused":    {at(&net.OpError{Op: "dial", Err: errors.New("connection refused")}), false},
		"unknown host":          {at(&net.OpError{Op: "dial", Err: &net.DNSError{Name: "login.example"}}), false},
		"too late":              {at(context.DeadlineExceeded), false},
		"not about the network": {errors.New("x"), false},
	}
	for name, test := range tests {
		if _, got := transient(networkError(test.err)); got != test.want {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}
