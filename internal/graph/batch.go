package graph

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
)

// maxBatch is the number of requests that Microsoft Graph takes in one $batch.
const maxBatch = 20

// plan is a set of calls to be carried out together.
type plan struct {
	calls  []*call
	serial bool // one after the other, each only when the one before has succeeded; else all at once
}

type batchRequest struct {
	ID        string            `json:"id"`
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers,omitempty"`
	Body      json.RawMessage   `json:"body,omitempty"`
	DependsOn []string          `json:"dependsOn,omitempty"`
}

type batchResponse struct {
	ID      string            `json:"id"`
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    json.RawMessage   `json:"body"`
}

// encodeBatch writes the calls as the body of a $batch request. Their ids are their positions.
func encodeBatch(calls []*call, serial bool) ([]byte, error) {
	requests := make([]batchRequest, len(calls))
	for i, c := range calls {
		requests[i] = batchRequest{ID: strconv.Itoa(i), Method: c.method, URL: c.url, Headers: c.headers, Body: c.body}
		if serial && i > 0 {
			requests[i].DependsOn = []string{strconv.Itoa(i - 1)}
		}
	}
	return json.Marshal(map[string]any{"requests": requests})
}

// decodeBatch hands the answers, which come in any order, to their calls.
func decodeBatch(body []byte, calls []*call) error {
	var envelope struct {
		Responses []batchResponse `json:"responses"`
	}
	if err := json.Unmarshal(body, &envelope); err != nil {
		return err
	}
	for _, response := range envelope.Responses {
		i, err := strconv.Atoi(response.ID)
		if err != nil || i < 0 || i >= len(calls) {
			continue
		}
		a := &answer{status: response.Status, header: http.Header{}, body: response.Body}
		for name, value := range response.Headers {
			a.header.Set(name, value)
		}
		if !a.ok() {
			a.odata = parseODataError(a)
		}
		calls[i].answer = a
	}
	for _, c := range calls {
		if c.answer == nil {
			c.answer = &answer{status: http.StatusBadGateway, odata: odataError{Message: "the batch has no answer to this request"}}
		}
	}
	return nil
}

// run carries a plan out: it sends the calls in as few batches as they fit in, sends again what may be sent again,
// waits for what is not replicated yet, and leaves every call with an answer or an error. The returned error is the
// first of them, in the order of the calls. Nothing is sent when one of the calls could not be built.
func (t *tenant) run(ctx context.Context, p plan) error {
	if err := firstError(p.calls); err != nil {
		return abandon(p.calls, err)
	}
	pending := slices.Clone(p.calls)
	retries := newRetries(t)
	for len(pending) > 0 {
		if err := t.dispatch(ctx, pending, p.serial); err != nil {
			return abandon(pending, err)
		}
		var err error
		if pending, err = retries.sift(ctx, pending, p.serial); err != nil {
			return abandon(pending, err)
		}
	}
	return firstError(p.calls)
}

// dispatch sends the calls once. Only independent ones share batches with those of other sessions: Microsoft Graph
// wants a batch to be wholly parallel or wholly serial.
func (t *tenant) dispatch(ctx context.Context, calls []*call, serial bool) error {
	if !serial {
		return t.sendTogether(ctx, calls)
	}
	for chunk := range slices.Chunk(calls, maxBatch) {
		if err := t.send(ctx, chunk, true); err != nil {
			return err
		}
		if slices.ContainsFunc(chunk, func(c *call) bool { return c.answer == nil || !c.answer.ok() }) {
			break
		}
	}
	return nil
}

// abandon gives every call that has no outcome the error that ended the run.
func abandon(pending []*call, err error) error {
	for _, c := range pending {
		if c.err == nil && (c.answer == nil || !c.answer.ok()) {
			c.err = err
		}
	}
	return err
}

func firstError(calls []*call) error {
	for _, c := range calls {
		if c.err != nil {
			return c.err
		}
	}
	return nil
}

// list runs the calls, which read collections, and follows their pages to the end. For each call it returns its pages.
func (t *tenant) list(ctx context.Context, others []*call, collections ...*call) ([][]*call, error) {
	pages := make([][]*call, len(collections))
	todo := slices.Concat(others, collections)
	open := slices.Clone(collections)
	for i, c := range collections {
		pages[i] = []*call{c}
	}
	for len(todo) > 0 {
		// An absent object is an answer too: the caller decides what it means.
		if t.run(ctx, plan{calls: todo}) != nil {
			if err := otherThanAbsence(todo); err != nil {
				return nil, err
			}
		}
		todo = nil
		for i, c := range open {
			if c == nil || c.err != nil {
				open[i] = nil
				continue
			}
			if open[i] = t.nextPage(c); open[i] != nil {
				pages[i] = append(pages[i], open[i])
				todo = append(todo, open[i])
			}
		}
	}
	return pages, nil
}

// follow reads the pages after one that has been read, to the end.
func (t *tenant) follow(ctx context.Context, first *call) ([]*call, error) {
	pages := []*call{first}
	for next := t.nextPage(first); next != nil; next = t.nextPage(next) {
		if err := t.run(ctx, plan{calls: []*call{next}}); err != nil {
			return nil, err
		}
		pages = append(pages, next)
	}
	return pages, nil
}
