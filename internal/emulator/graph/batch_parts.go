package graph

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/google/uuid"
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
