package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

const (
	testTenant = "11111111-1111-4111-8111-111111111111"
	testHost   = "https://graph.test"
	testToken  = "eyJ-the-token-that-nobody-may-see"
)

// service plays Microsoft Graph: each batch it receives gets the answer of the next step of its script.
type service struct {
	t     *testing.T
	began time.Time
	steps []step

	mu   sync.Mutex
	seen []batch
}

// batch is one HTTP request as the service saw it.
type batch struct {
	at            time.Duration // since the service began
	authorization string
	repeatable    bool // the transport could send it again by itself
	parts         []batchRequest
}

// step answers one batch.
type step func(*http.Request, []batchRequest) (*http.Response, error)

func (s *service) RoundTrip(r *http.Request) (*http.Response, error) {
	var envelope struct {
		Requests []batchRequest `json:"requests"`
	}
	if err := json.NewDecoder(r.Body).Decode(&envelope); err != nil {
		s.t.Errorf("the body of a batch is not JSON: %v", err)
	}
	s.mu.Lock()
	n := len(s.seen)
	s.seen = append(s.seen, batch{
		at: time.Since(s.began), authorization: r.Header.Get("Authorization"), repeatable: r.GetBody != nil,
		parts: envelope.Requests,
	})
	s.mu.Unlock()
	if r.Method != http.MethodPost || r.URL.String() != testHost+"/v1.0/$batch" {
		s.t.Errorf("request %s %s, want a batch", r.Method, r.URL)
	}
	if n >= len(s.steps) {
		s.t.Errorf("unexpected request %d: %s", n+1, describe(envelope.Requests))
		return nil, errors.New("the script is over")
	}
	return s.steps[n](r, envelope.Requests)
}

// urls lists the parts of every batch.
func (s *service) urls() [][]string {
	all := make([][]string, len(s.seen))
	for i, b := range s.seen {
		for _, p := range b.parts {
			all[i] = append(all[i], p.URL)
		}
	}
	return all
}

// wantRequests stops the test unless the script was played to its end.
func (s *service) wantRequests() {
	s.t.Helper()
	if len(s.seen) != len(s.steps) {
		s.t.Fatalf("%d requests, want %d: %v", len(s.seen), len(s.steps), s.urls())
	}
}

func describe(parts []batchRequest) string {
	var lines []string
	for _, p := range parts {
		lines = append(lines, p.Method+" "+p.URL)
	}
	return strings.Join(lines, ", ")
}

// tokens plays sign-in and counts.
type tokens struct {
	mu                sync.Mutex
	issued, forgotten int
	err               error
}

func (s *tokens) Token(context.Context, string) (Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.issued == s.forgotten {
		s.issued++
	}
	return Token{
		Value: fmt.Sprintf("%s-%d", testToken, s.issued), ObjectID: "caller", Permissions: []string{"Application.Read.All"},
	}, s.err
}

func (s *tokens) Forget(string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forgotten++
}

// newTenant makes a tenant whose requests get the answers of the script.
func newTenant(t *testing.T, steps ...step) (*tenant, *service, *tokens) {
	t.Helper()
	s := &service{t: t, began: time.Now(), steps: steps}
	source := &tokens{}
	gateway, err := New(Options{
		Endpoint: testHost, HTTPClient: &http.Client{Transport: s}, Tokens: source, Clock: entra.SystemClock{},
		UserAgent: "test",
	})
	if err != nil {
		t.Fatal(err)
	}
	return gateway.tenant(testTenant), s, source
}

// httpAnswer is the answer to a whole request; headers come in pairs.
func httpAnswer(status int, body string, headers ...string) *http.Response {
	header := http.Header{}
	for i := 0; i+1 < len(headers); i += 2 {
		header.Set(headers[i], headers[i+1])
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body))}
}

// whole answers a batch as a whole.
func whole(status int, body string, headers ...string) step {
	return func(*http.Request, []batchRequest) (*http.Response, error) {
		return httpAnswer(status, body, headers...), nil
	}
}

// reset breaks the connection.
func reset(*http.Request, []batchRequest) (*http.Response, error) {
	return nil, errors.New("connection reset by peer")
}

// slowly answers after the time.
func slowly(d time.Duration, then step) step {
	return func(r *http.Request, parts []batchRequest) (*http.Response, error) {
		select {
		case <-time.After(d):
			return then(r, parts)
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
}

// each answers every part of a batch by its address, the last part first. A part without an entry gets a 204, one with
// the status 0 no answer.
func each(answers map[string]batchResponse) step {
	return func(_ *http.Request, parts []batchRequest) (*http.Response, error) {
		responses := []batchResponse{}
		for _, p := range parts {
			response, ok := answers[p.URL]
			if !ok {
				response.Status = http.StatusNoContent
			}
			if ok && response.Status == 0 {
				continue
			}
			response.ID = p.ID
			responses = append(responses, response)
		}
		slices.Reverse(responses)
		body, err := json.Marshal(map[string]any{"responses": responses})
		return httpAnswer(http.StatusOK, string(body)), err
	}
}

// copies answers what a batch asks for several times from replicas of their own: the first copy of a part as the first
// step does, the second one as the second, and all further ones as the last.
func copies(replicas ...step) step {
	return func(r *http.Request, parts []batchRequest) (*http.Response, error) {
		responses := []batchResponse{}
		asked := map[string]int{}
		for _, p := range parts {
			response, err := replicas[min(asked[p.URL], len(replicas)-1)](r, []batchRequest{p})
			if err != nil {
				return nil, err
			}
			asked[p.URL]++
			var one struct{ Responses []batchResponse }
			if err := json.NewDecoder(response.Body).Decode(&one); err != nil {
				return nil, err
			}
			responses = append(responses, one.Responses...)
		}
		body, err := json.Marshal(map[string]any{"responses": responses})
		return httpAnswer(http.StatusOK, string(body)), err
	}
}

// refusal is the answer to a part that Microsoft Graph refuses; headers come in pairs.
func refusal(status int, code, message string, headers ...string) batchResponse {
	body, err := json.Marshal(map[string]any{"error": map[string]any{"code": code, "message": message}})
	if err != nil {
		panic(err)
	}
	response := batchResponse{Status: status, Body: body, Headers: map[string]string{}}
	for i := 0; i+1 < len(headers); i += 2 {
		response.Headers[headers[i]] = headers[i+1]
	}
	return response
}

func found(body string) batchResponse {
	return batchResponse{Status: http.StatusOK, Body: json.RawMessage(body)}
}

func getting(url string) *call {
	return &call{operation: "read " + url, right: entra.ReadApplications, method: http.MethodGet, url: url}
}

func patching(url string) *call {
	return &call{operation: "write " + url, right: entra.ManageApplications, method: http.MethodPatch, url: url}
}

func posting(url string) *call {
	return &call{operation: "make " + url, right: entra.ManageApplications, method: http.MethodPost, url: url, once: true}
}

// wantKind is graphError for tests that look at nothing but the kind.
func wantKind(t *testing.T, err, kind error) {
	t.Helper()
	_ = graphError(t, err, kind)
}

// graphError stops the test unless the error is Microsoft Graph's and of the kind.
func graphError(t *testing.T, err, kind error) *entra.GraphError {
	t.Helper()
	var e *entra.GraphError
	if !errors.As(err, &e) || !errors.Is(err, kind) {
		t.Fatalf("error %v, want one of Microsoft Graph of the kind %q", err, kind)
	}
	return e
}
