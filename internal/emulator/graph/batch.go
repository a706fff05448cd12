package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/conditions"
)

// maxParts is how many requests one batch holds.
const maxParts = 20

// batchPart is one request in the body of a batch.
type batchPart struct {
	ID        string            `json:"id"`
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	Body      json.RawMessage   `json:"body"`
	DependsOn []string          `json:"dependsOn"`
}

func (p batchPart) header() http.Header {
	header := http.Header{}
	for name, value := range p.Headers {
		header.Set(name, value)
	}
	return header
}

func (p batchPart) hasBody() bool {
	return len(p.Body) > 0 && !bytes.Equal(p.Body, []byte("null"))
}

// serveBatch answers the requests of a batch in the order of their dependencies. The batch succeeds whatever becomes of
// its parts. Any graph of dependencies is accepted, though the reference advises to have none or a single chain.
func (s *Service) serveBatch(ctx context.Context, caller Caller, r Request) Response {
	parts, err := readBatch(r)
	if err != nil {
		return s.Refusal(err, r.ID, r.ClientRequestID)
	}
	answers := make(map[string]Response, len(parts))
	for len(answers) < len(parts) {
		ready := slices.DeleteFunc(slices.Clone(parts), func(part batchPart) bool {
			_, done := answers[part.ID]
			return done || !allAnswered(part.DependsOn, answers)
		})
		if len(ready) == 0 {
			return s.Refusal(badQuery("The requests of the batch depend on each other in a circle."), r.ID, r.ClientRequestID)
		}
		s.serveTogether(ctx, caller, r, ready, answers)
	}
	response := Response{Status: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}}
	entries := make([]any, 0, len(parts))
	for _, part := range parts {
		path, query := part.target()
		response.Parts = append(response.Parts, Part{part.Method, path, query, answers[part.ID].Status})
		entries = append(entries, partEntry(part.ID, answers[part.ID]))
	}
	s.shuffle(entries)
	response.Body = map[string]any{"responses": entries}
	return response
}

// readBatch reads and verifies the body of a batch as a whole.
func readBatch(r Request) ([]batchPart, *Error) {
	if r.Method != http.MethodPost {
		return nil, &Error{Status: http.StatusMethodNotAllowed, Code: codeBadRequest,
			Message: "Specified HTTP method is not allowed for the request target."}
	}
	var batch struct {
		Requests []batchPart `json:"requests"`
	}
	if err := json.Unmarshal(r.Body, &batch); err != nil || len(batch.Requests) == 0 {
		return nil, badQuery("Invalid batch payload format.")
	}
	if len(batch.Requests) > maxParts {
		return nil, badQuery("Number of batch request steps exceeds the maximum value of %d.", maxParts)
	}
	ids := map[string]bool{}
	for i, part := range batch.Requests {
		switch {
		case part.ID == "" || part.Method == "" || part.URL == "":
			return nil, badQuery("Invalid batch payload format: every request needs an id, a method and a url.")
		case ids[part.ID]:
			return nil, badQuery("Request Id '%s' has to be unique in a batch.", part.ID)
		case strings.Contains(strings.SplitN(part.URL, "?", 2)[0], "://") || strings.HasPrefix(part.URL, "//"):
			return nil, badQuery("Request url of id '%s' has to be relative to the version of the batch.", part.ID)
		case part.hasBody() && part.header().Get("Content-Type") == "":
			return nil, badQuery("Write request id : %s does not contain Content-Type header or body.", part.ID)
		}
		ids[part.ID] = true
		batch.Requests[i].Method = strings.ToUpper(part.Method)
	}
	for _, part := range batch.Requests {
		for _, other := range part.DependsOn {
			if !ids[other] {
				return nil, badQuery("Request id '%s' depends on id '%s', which the batch does not have.", part.ID, other)
			}
		}
	}
	return batch.Requests, nil
}

func (p batchPart) target() (path, query string) {
	path, query, _ = strings.Cut("/"+strings.TrimPrefix(p.URL, "/"), "?")
	return path, strings.ReplaceAll(query, " ", "%20")
}

func allAnswered(ids []string, answers map[string]Response) bool {
	return !slices.ContainsFunc(ids, func(id string) bool { _, ok := answers[id]; return !ok })
}

// serveTogether answers parts that do not wait for each other. They are delayed together and carried out in their order.
func (s *Service) serveTogether(ctx context.Context, caller Caller, batch Request, parts []batchPart, answers map[string]Response) {
	requests := make([]Request, len(parts))
	decisions := make([]conditions.Decision, len(parts))
	var delay time.Duration
	for i, part := range parts {
		requests[i] = part.request(batch)
		if _, failed := part.failedDependency(answers); !failed {
			decisions[i] = requests[i].decide(true)
			delay = max(delay, decisions[i].Delay)
		}
	}
	conditions.Wait(ctx, delay)
	for i, part := range parts {
		request := requests[i]
		if other, failed := part.failedDependency(answers); failed {
			answers[part.ID] = s.Refusal(&Error{Status: http.StatusFailedDependency, Code: "FailedDependency",
				Message: fmt.Sprintf("The request was not executed because the request '%s' it depends on failed.", other)},
				request.ID, request.ClientRequestID)
			continue
		}
		answers[part.ID] = s.under(decisions[i], request, func() Response { return s.serveSingle(caller, request) })
	}
}

// request is the part as a request of its own.
func (p batchPart) request(batch Request) Request {
	r := Request{Method: p.Method, Header: p.header(), ID: uuid.NewString(), ClientRequestID: batch.ClientRequestID,
		Conditions: batch.Conditions}
	r.Path, r.Query = p.target()
	if p.hasBody() {
		r.Body = p.Body
	}
	return r
}

// failedDependency returns the first request that the part depends on and that failed.
func (p batchPart) failedDependency(answers map[string]Response) (id string, failed bool) {
	for _, other := range p.DependsOn {
		if answers[other].Status >= http.StatusBadRequest {
			return other, true
		}
	}
	return "", false
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
