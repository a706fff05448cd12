package emulator

import (
	"net/url"
	"slices"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
)

// The kinds of requests in the log.
const (
	KindGraph = "graph"
	KindToken = "token"
)

// Request is an entry in the log of a tenant.
type Request struct {
	Time        time.Time
	Kind        string // KindGraph or KindToken
	Method      string
	Path, Query string // path without /v1.0, and query, both unescaped
	Status      int
	Parts       []Request // the parts of a $batch, in the order of the request
	CallerID    string    // app id of the caller
}

// unescape makes path and query readable; clients differ in what they escape.
func (r *Request) unescape() {
	if path, err := url.PathUnescape(r.Path); err == nil {
		r.Path = path
	}
	if query, err := url.QueryUnescape(r.Query); err == nil {
		r.Query = query
	}
}

// record adds a request to the log of its tenant. One without a tenant is only told to the logger.
func (s *Server) record(tenant *directory.Tenant, entry Request) {
	entry.Time = s.options.Clock()
	entry.unescape()
	for i := range entry.Parts {
		entry.Parts[i].Time = entry.Time
		entry.Parts[i].unescape()
	}
	id := ""
	if tenant != nil {
		id = tenant.ID
	}
	s.options.Log.Info("request", "tenant", id, "kind", entry.Kind, "method", entry.Method, "path", entry.Path,
		"query", entry.Query, "status", entry.Status, "parts", len(entry.Parts), "caller", entry.CallerID)
	t := s.byState(tenant)
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.requests = append(t.requests, entry)
}

// Requests returns the log of the tenant's requests, token requests included, in the order of their answers.
func (t *Tenant) Requests() []Request {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.requests)
}

// ResetRequests empties the log.
func (t *Tenant) ResetRequests() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.requests = nil
}
