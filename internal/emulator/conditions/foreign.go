package conditions

import (
	"fmt"
	"net/http"
	"strings"
)

// ForeignWriter is somebody at the portal who changes the same applications at the same time.
type ForeignWriter struct {
	// Probability, above 0 and up to 1, is how likely somebody comes in before a write to an application.
	Probability float64
	// Certificates and Secrets are what is added to the application; at least one of them.
	Certificates, Secrets bool
	// Between lets somebody come in right before the write, also in the middle of a batch: between a read of the
	// certificates and the write that depends on it. Nothing that a client can do saves a certificate that slips in there,
	// as Graph writes them as a whole and has no conditional writes. Otherwise it happens before the HTTP request with the
	// write in it, so that a batch that reads before it writes shows what is about to be lost.
	Between bool
}

func (f ForeignWriter) check() error {
	if !f.Certificates && !f.Secrets {
		return fmt.Errorf("certificates: neither certificates nor secrets are added")
	}
	return checkProbability(f.Probability)
}

// Intrusion is what the foreign writer does before a write.
type Intrusion struct {
	Certificate, Secret bool
}

// Intrude decides whether the foreign writer comes in before a request, which may be any. Each call for a write to an
// application counts as a write of its own. between tells that the request is about to be carried out, as opposed to the
// HTTP request that it is in.
func (e *Engine) Intrude(method, route string, between bool) (Intrusion, bool) {
	if e == nil || e.conditions.ForeignWriter == nil || !WritesApplication(method, route) {
		return Intrusion{}, false
	}
	f := e.conditions.ForeignWriter
	if f.Between != between || !chance(e.conditions.Seed, f.Probability, "foreign", method, route, e.count(foreignWrites, method, route)) {
		return Intrusion{}, false
	}
	return Intrusion{f.Certificates, f.Secrets}, true
}

// Conflict decides whether a write is refused because of another one to the same application, at the same time in the
// same batch.
func (e *Engine) Conflict(method, route string) bool {
	if e == nil || e.conditions.Conflicts == 0 {
		return false
	}
	return chance(e.conditions.Seed, e.conditions.Conflicts, "conflict", method, route, e.count(conflicts, method, route))
}

// WritesApplication tells whether a request writes to an application that exists, or to what belongs to it.
func WritesApplication(method, route string) bool {
	return method != http.MethodGet && (route == "applications/{}" || strings.HasPrefix(route, "applications/{}/"))
}
