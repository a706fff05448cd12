package signin

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	homeTenant  = "11111111-1111-4111-8111-111111111111"
	otherTenant = "22222222-2222-4222-8222-222222222222"
	application = "33333333-3333-4333-8333-333333333333"
	secretValue = "s3cret~value"
)

// entra is a token endpoint without network: use it as an HTTP client's transport.
type entra struct {
	// answer replaces the answer to a token request if it is set.
	answer func(tenantID string, form url.Values) (status int, body any, header http.Header)

	mu     sync.Mutex
	hosts  map[string]bool
	tokens []tokenRequest
}

type tokenRequest struct {
	tenantID string
	form     url.Values
}

func (e *entra) client() *http.Client { return &http.Client{Transport: e} }

func (e *entra) RoundTrip(req *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	e.ServeHTTP(recorder, req)
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	resp := recorder.Result()
	resp.Request = req
	return resp, nil
}

func (e *entra) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	host := r.URL.Host
	if host == "" {
		host = r.Host
	}
	e.mu.Lock()
	if e.hosts == nil {
		e.hosts = map[string]bool{}
	}
	e.hosts[host] = true
	e.mu.Unlock()

	tenantID, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	base := "https://" + host + "/" + tenantID
	switch rest {
	case "v2.0/.well-known/openid-configuration":
		reply(w, http.StatusOK, map[string]string{
			"authorization_endpoint": base + "/oauth2/v2.0/authorize",
			"token_endpoint":         base + "/oauth2/v2.0/token",
			"issuer":                 base + "/v2.0",
		})
	case "oauth2/v2.0/token":
		e.token(w, r, tenantID)
	default:
		reply(w, http.StatusNotFound, nil)
	}
}

func (e *entra) token(w http.ResponseWriter, r *http.Request, tenantID string) {
	if err := r.ParseForm(); err != nil {
		reply(w, http.StatusBadRequest, nil)
		return
	}
	e.mu.Lock()
	e.tokens = append(e.tokens, tokenRequest{tenantID: tenantID, form: r.PostForm})
	e.mu.Unlock()
	status, body, header := http.StatusOK, any(tokenBody(map[string]any{"tid": tenantID})), http.Header(nil)
	if e.answer != nil {
		status, body, header = e.answer(tenantID, r.PostForm)
	}
	for name, values := range header {
		w.Header()[name] = values
	}
	reply(w, status, body)
}

func (e *entra) requests() []tokenRequest {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]tokenRequest(nil), e.tokens...)
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // A recorder does not fail; a caller that has gone away does not matter.
}

// tokenBody is a successful answer; the token lives an hour.
func tokenBody(claims map[string]any) map[string]any {
	return map[string]any{"token_type": "Bearer", "expires_in": 3600, "access_token": unsigned(claims)}
}

func unsigned(claims map[string]any) string {
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"none"}`)) + "." + encode(payload) + "." + encode([]byte("signature"))
}

// refusal is an error as Entra ID phrases it.
func refusal(status, code int, message string) func(string, url.Values) (int, any, http.Header) {
	return func(string, url.Values) (int, any, http.Header) {
		return status, map[string]any{
			"error": "invalid_client",
			"error_description": fmt.Sprintf("AADSTS%d: %s Trace ID: 0f0f0f0f-0000-4000-8000-000000000001 "+
				"Correlation ID: 0f0f0f0f-0000-4000-8000-000000000002 Timestamp: 2026-01-02 03:04:05Z", code, message),
			"error_codes":    []int{code},
			"trace_id":       "0f0f0f0f-0000-4000-8000-000000000001",
			"correlation_id": "0f0f0f0f-0000-4000-8000-000000000002",
		}, nil
	}
}

func publicCloud(t *testing.T) Cloud {
	t.Helper()
	cloud, ok := LookupCloud("public")
	if !ok {
		t.Fatal("no public cloud")
	}
	return cloud
}

// newIdentity signs in at the fake with a secret, unless cfg says otherwise.
func newIdentity(t *testing.T, fake *entra, change func(*Config)) *Identity {
	t.Helper()
	cfg := Config{
		TenantID:   homeTenant,
		ClientID:   application,
		Cloud:      publicCloud(t),
		Credential: NewSecret(secretValue, "client_secret"),
		HTTPClient: fake.client(),
	}
	if change != nil {
		change(&cfg)
	}
	identity, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return identity
}

// clock is set by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
