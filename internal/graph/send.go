package graph

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

const batchPath = "/v1.0/$batch"

// maxAnswer bounds what is read of one answer: the largest single object, Microsoft Graph's own service principal,
// has about half a megabyte.
const maxAnswer = 64 << 20

// send sends the calls as one batch and gives each its answer. It sends again while that is harmless. Calls whose
// answer was lost, and that must not be repeated, get an error of the kind ErrUncertain; the returned error is one
// that concerns all of them.
func (t *tenant) send(ctx context.Context, calls []*call, serial bool) error {
	body, err := encodeBatch(calls, serial)
	if err != nil {
		return fmt.Errorf("a batch cannot be encoded: %w", err)
	}
	repeatable := true
	for _, c := range calls {
		repeatable = repeatable && !c.once
	}
	signedInAnew := false
	for attempt := 1; ; attempt++ {
		reply, err := t.post(ctx, body)
		switch {
		case err != nil && ctx.Err() != nil:
			return t.lost(calls, ctx.Err(), nil)
		case err != nil && (!repeatable || attempt > maxFailures || !isTransport(err)):
			return t.lost(calls, err, nil)
		case err != nil:
			// Every call may be sent again.
		case reply.status == http.StatusOK:
			return decodeBatch(reply.body, calls)
		case reply.status == http.StatusUnauthorized && !signedInAnew:
			signedInAnew = true
			t.options.Tokens.Forget(t.id)
			continue
		case reply.status == http.StatusTooManyRequests:
			t.gate.hold(t.options.Clock.Now().Add(max(retryAfter(reply.header, t.options.Clock.Now()), pause(attempt))))
			tflog.Info(ctx, "throttled by Microsoft Graph", map[string]any{
				"tenant_id": t.id, "retry_after": reply.header.Get("Retry-After"),
			})
			continue
		case reply.status < http.StatusInternalServerError || !repeatable || attempt > maxFailures:
			return t.lost(calls, nil, reply)
		}
		if err := t.options.Clock.Wait(ctx, pause(attempt)); err != nil {
			return err
		}
	}
}

// lost gives up on a batch that got no usable answer. When the batch holds a call that must not be repeated, nobody
// knows what came of it, and a look has to tell.
func (t *tenant) lost(calls []*call, cause error, reply *answer) error {
	reached := isTransport(cause) || reply != nil && reply.status >= http.StatusInternalServerError
	uncertain := reached && slices.ContainsFunc(calls, func(c *call) bool { return c.once })
	var whole error
	for _, c := range calls {
		e := &entra.GraphError{Operation: c.operation, Request: "POST " + batchPath, Cause: cause, Kind: entra.ErrUnavailable}
		if reply != nil {
			odata := parseODataError(reply.body)
			e.Status, e.Code, e.Message = reply.status, odata.Code, odata.Message
			e.RequestID, e.ClientRequestID = odata.RequestID, odata.ClientRequestID
			e.Kind = kindOf(&answer{status: reply.status, odata: odata})
		}
		if uncertain {
			e.Kind = entra.ErrUncertain
		}
		c.err = e
		if whole == nil {
			whole = e
		}
	}
	return whole
}

// transportError is a failure to get an answer, as opposed to a failure to ask.
type transportError struct{ cause error }

func (e *transportError) Error() string { return e.cause.Error() }
func (e *transportError) Unwrap() error { return e.cause }

// post sends one HTTP request. Its error is a *transportError when the request may have reached the service.
func (t *tenant) post(ctx context.Context, body []byte) (*answer, error) {
	if err := t.gate.pass(ctx, t.options.Clock); err != nil {
		return nil, err
	}
	token, err := t.options.Tokens.Token(ctx, t.id)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, t.options.Endpoint+batchPath, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	clientRequestID := uuid.NewString()
	request.Header.Set("Authorization", "Bearer "+token.Value)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", t.options.UserAgent)
	request.Header.Set("Client-Request-Id", clientRequestID)
	// net/http repeats a request on a broken kept-alive connection when it thinks that harmless. Only this package
	// knows what is: without GetBody the transport cannot.
	request.GetBody = nil
	began := t.options.Clock.Now()
	response, err := t.options.HTTPClient.Do(request)
	if err != nil {
		return nil, &transportError{cause: err}
	}
	defer response.Body.Close() //nolint:errcheck // nothing is written
	content, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return nil, &transportError{cause: err}
	}
	tflog.Debug(ctx, "Microsoft Graph answered", map[string]any{
		"tenant_id": t.id, "status": response.StatusCode, "client_request_id": clientRequestID,
		"milliseconds": t.options.Clock.Now().Sub(began) / time.Millisecond, "bytes": len(content),
	})
	return &answer{status: response.StatusCode, header: response.Header, body: content}, nil
}

func isTransport(err error) bool {
	var transport *transportError
	return errors.As(err, &transport)
}
