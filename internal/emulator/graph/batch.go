package graph

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/conditions"
)

// batch is a batch on its way through the service.
type batch struct {
	*Service
	caller  Caller
	request Request
	parts   []batchPart
	answers map[string]Response // by the ids of the parts
}

// serveBatch answers the requests of a batch in the order of their dependencies. The batch succeeds whatever becomes of
// its parts. Any graph of dependencies is accepted, though the reference advises to have none or a single chain.
func (s *Service) serveBatch(ctx context.Context, caller Caller, r Request) Response {
	parts, err := readBatch(r)
	if err != nil {
		return s.Refusal(err, r.ID, r.ClientRequestID)
	}
	b := &batch{s, caller, r, parts, make(map[string]Response, len(parts))}
	for _, part := range parts {
		s.intrude(caller, part.request(r), false)
	}
	for len(b.answers) < len(parts) {
		ready := slices.DeleteFunc(slices.Clone(parts), func(part batchPart) bool {
			return b.answered(part.ID) || !b.answered(part.DependsOn...)
		})
		if len(ready) == 0 {
			return s.Refusal(badQuery("The requests of the batch depend on each other in a circle."), r.ID, r.ClientRequestID)
		}
		b.serveTogether(ctx, ready)
	}
	return b.response()
}

func (b *batch) answered(ids ...string) bool {
	return !slices.ContainsFunc(ids, func(id string) bool { _, ok := b.answers[id]; return !ok })
}

// serveTogether answers parts that do not wait for each other. They are delayed together and carried out in their order.
func (b *batch) serveTogether(ctx context.Context, parts []batchPart) {
	requests := make([]Request, len(parts))
	decisions := make([]conditions.Decision, len(parts))
	var delay time.Duration
	for i, part := range parts {
		requests[i] = part.request(b.request)
		if _, failed := b.failedDependency(part); !failed {
			decisions[i] = requests[i].decide(true)
			delay = max(delay, decisions[i].Delay)
		}
	}
	conditions.Wait(ctx, delay)
	for i, part := range parts {
		b.answers[part.ID] = b.serve(part, requests[i], decisions[i])
	}
}

// serve answers one part.
func (b *batch) serve(part batchPart, r Request, decision conditions.Decision) Response {
	if other, failed := b.failedDependency(part); failed {
		return b.Refusal(&Error{Status: http.StatusFailedDependency, Code: "FailedDependency",
			Message: fmt.Sprintf("The request was not executed because the request '%s' it depends on failed.", other)},
			r.ID, r.ClientRequestID)
	}
	return b.under(decision, r, func() Response {
		if b.conflicts(part, r) {
			return b.Refusal(fault(&conditions.Answer{Status: http.StatusConflict}), r.ID, r.ClientRequestID)
		}
		return b.serveSingle(b.caller, r)
	})
}

// failedDependency returns the first request that the part depends on and that failed.
func (b *batch) failedDependency(part batchPart) (id string, failed bool) {
	for _, other := range part.DependsOn {
		if b.answers[other].Status >= http.StatusBadRequest {
			return other, true
		}
	}
	return "", false
}

// conflicts tells whether a part is refused because another one, which it does not wait for, has written to the same
// application.
func (b *batch) conflicts(part batchPart, r Request) bool {
	if r.Conditions == nil {
		return false
	}
	written := b.written(r)
	if written == "" {
		return false
	}
	for _, other := range b.parts {
		// A part that has been answered waits for none that has not.
		if b.answered(other.ID) && b.answers[other.ID].Status < http.StatusBadRequest && !b.waits(part, other.ID) &&
			b.written(other.request(b.request)) == written {
			return r.Conditions.Conflict(r.Method, r.route().Name)
		}
	}
	return false
}

// written identifies the application that a request writes to, "" for none.
func (b *batch) written(r Request) string {
	route := r.route()
	if !conditions.WritesApplication(r.Method, route.Name) {
		return ""
	}
	b.Directory.Lock()
	defer b.Directory.Unlock()
	app, found := foreignTarget(b.caller.Tenant, route.Keys[0])
	if !found {
		return route.Keys[0].Text
	}
	return app.ID
}

// waits tells whether a part waits for another one, itself or through others.
func (b *batch) waits(part batchPart, id string) bool {
	return slices.ContainsFunc(part.DependsOn, func(other string) bool {
		i := slices.IndexFunc(b.parts, func(p batchPart) bool { return p.ID == other })
		return other == id || b.waits(b.parts[i], id)
	})
}

func (b *batch) response() Response {
	response := Response{Status: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}}
	entries := make([]any, 0, len(b.parts))
	for _, part := range b.parts {
		path, query := part.target()
		response.Parts = append(response.Parts, Part{part.Method, path, query, b.answers[part.ID].Status})
		entries = append(entries, partEntry(part.ID, b.answers[part.ID]))
	}
	b.shuffle(entries)
	response.Body = map[string]any{"responses": entries}
	return response
}

func partEntry(id string, answer Response) map[string]any {
	headers := map[string]string{}
	for name := range answer.Header {
		headers[name] = answer.Header.Get(name)
	}
	entry := map[string]any{"id": id, "status": answer.Status, "headers": headers}
	if answer.Body != nil {
		entry["body"] = answer.Body
	}
	return entry
}

// shuffle brings the responses of a batch out of order, as the service may, the same way in every run.
func (s *Service) shuffle(entries []any) {
	s.shuffleLock.Lock()
	defer s.shuffleLock.Unlock()
	s.random.Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
}
