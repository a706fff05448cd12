package graph

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

const batchPath = "/v1.0/$batch"

// maxAnswer bounds what is read of one answer: the largest single object, Microsoft Graph's own service principal,
// has about half a megabyte.
const maxAnswer = 64 << 20

// send sends the calls as one batch and gives each its answer. It sends again while that is harmless. Calls that must
// not be repeated, and may have been carried out when the answer is lost, get an error of the kind ErrUncertain; those
// beside them are sent again without them, but for the ones of a serial batch, which build on each other. The returned
// error is one that ended the sending.
func (t *tenant) send(ctx context.Context, calls []*call, serial bool) error {
	return t.sendAt(ctx, t.limiter.reserve(t.options.Clock.Now(), calls), new(atomic.Bool), calls, serial)
}

// sendAt is send for calls that the limiter expects at the time. It sets sent while a request may have reached the
// service and has not been answered.
func (t *tenant) sendAt(ctx context.Context, slot time.Time, sent *atomic.Bool, calls []*call, serial bool) error {
	began := t.options.Clock.Now()
	repeatable := !slices.ContainsFunc(calls, func(c *call) bool { return c.once })
	signedInAnew := false
	for throttled, failed := 0, 0; ; {
		body, err := encodeBatch(calls, serial)
		if err != nil {
			return abandon(calls, fmt.Errorf("a batch cannot be encoded: %w", err))
		}
		reply, err := t.post(ctx, slot, sent, calls, body)
		if err == nil && reply.status == http.StatusOK {
			if err = decodeBatch(reply.body, calls); err == nil {
				t.observe(ctx, reply.header, calls)
				return nil
			}
			reply, err = nil, &transportError{cause: fmt.Errorf("the answer to the batch cannot be read: %w", err)}
		}
		switch {
		case reply != nil && reply.status == http.StatusUnauthorized && !signedInAnew:
			signedInAnew = true
			t.options.Tokens.Forget(t.id)
			slot = t.limiter.reserve(t.options.Clock.Now(), calls)
			continue
		case refusedAsAWhole(reply) && !serial && len(calls) > 1:
			half := len(calls) / 2
			return cmp.Or(t.send(ctx, calls[:half], false), t.send(ctx, calls[half:], false))
		case reply != nil && reply.status == http.StatusTooManyRequests:
			throttled++
			t.throttle(ctx, reply, throttled)
			slot = t.limiter.reserve(t.options.Clock.Now(), calls)
			continue
		case ctx.Err() != nil || !mayRepeat(reply, err, failed, repeatable || !serial):
			return t.lost(began, calls, err, reply)
		}
		failed++
		for _, c := range calls {
			c.resent = c.resent || mayRecover(reply, err)
		}
		if !repeatable && mayRecover(reply, err) {
			var once []*call
			if once, calls = partition(calls); len(calls) == 0 {
				return t.lost(began, once, err, reply)
			}
			_ = t.lost(began, once, err, reply) // the calls hold it, the others go on
			repeatable = true
		}
		delay := pause(failed)
		if reply != nil {
			delay = max(delay, retryAfter(reply.header, t.options.Clock.Now()))
		}
		if waitErr := t.options.Clock.Wait(ctx, delay); waitErr != nil {
			return t.lost(began, calls, errors.Join(err, waitErr), reply)
		}
		slot = t.limiter.reserve(t.options.Clock.Now(), calls)
	}
}

// refusedAsAWhole tells whether a batch was refused before any of its calls was carried out. One of them is to blame,
// and the others, which may be another session's, are not to suffer for it.
func refusedAsAWhole(reply *answer) bool {
	return reply != nil && (reply.status == http.StatusBadRequest || reply.status == http.StatusRequestEntityTooLarge)
}

// partition separates the calls that must not be repeated from the others.
func partition(calls []*call) (once, repeatable []*call) {
	for _, c := range calls {
		if c.once {
			once = append(once, c)
		} else {
			repeatable = append(repeatable, c)
		}
	}
	return once, repeatable
}

// throttle holds all requests to the tenant back as long as the answer asks for.
func (t *tenant) throttle(ctx context.Context, reply *answer, attempt int) {
	now := t.options.Clock.Now()
	delay := max(retryAfter(reply.header, now), pause(attempt))
	t.limiter.hold(now.Add(delay))
	tflog.Info(ctx, "throttled by Microsoft Graph", map[string]any{
		"tenant_id": t.id, "resumes_in": delay.Round(time.Second).String(),
	})
}

// mayRecover tells whether a batch that failed like this may have reached the service, and may succeed another time.
func mayRecover(reply *answer, err error) bool {
	var transport *transportError
	return errors.As(err, &transport) && !transport.unsent || reply != nil && reply.status >= http.StatusInternalServerError
}

// lost gives up on a batch that got no usable answer. When it reached the service, and some of its calls must not be
// repeated, nobody knows what became of any of them.
func (t *tenant) lost(began time.Time, calls []*call, cause error, reply *answer) error {
	kind := entra.ErrUnavailable
	var odata odataError
	status := 0
	switch {
	case mayRecover(reply, cause) && slices.ContainsFunc(calls, func(c *call) bool { return c.once }):
		kind = entra.ErrUncertain
	case errors.Is(cause, entra.ErrThrottled):
		kind = entra.ErrThrottled
	}
	var transport *transportError
	if errors.As(cause, &transport) {
		odata.ClientRequestID = transport.clientRequestID
	}
	if reply != nil {
		status, odata = reply.status, parseODataError(reply)
		if status == http.StatusUnauthorized || status == http.StatusForbidden || refusedAsAWhole(reply) {
			kind = kindOf(reply)
		}
	}
	remedy := ""
	if isOver(cause) {
		remedy = gaveUp(t.options.Clock.Now().Sub(began))
	}
	for _, c := range calls {
		c.err = &entra.GraphError{
			Kind: kind, Operation: c.operation, Request: "POST " + batchPath, Status: status, Code: odata.Code,
			Message: odata.Message, RequestID: odata.RequestID, ClientRequestID: odata.ClientRequestID,
			Remedy: remedy, Cause: cause,
		}
	}
	return calls[0].err
}

// transportError is a failure to get an answer, as opposed to a failure to sign in.
type transportError struct {
	cause           error
	clientRequestID string
	unsent          bool // there was no connection, so that the request cannot have reached the service
}

func (e *transportError) Error() string { return e.cause.Error() }
func (e *transportError) Unwrap() error { return e.cause }

// post sends one HTTP request at the time, or later when the tenant asks for that. Its error is a *transportError when the request may have reached the service.
func (t *tenant) post(ctx context.Context, slot time.Time, sent *atomic.Bool, calls []*call, body []byte) (*answer, error) {
	if err := t.limiter.pass(ctx, t.options.Clock, slot, calls); err != nil {
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
	sent.Store(true)
	response, err := t.options.HTTPClient.Do(request)
	if err != nil {
		return nil, &transportError{cause: err, clientRequestID: clientRequestID, unsent: unsent(err)}
	}
	defer response.Body.Close() //nolint:errcheck // nothing is written
	content, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return nil, &transportError{cause: err, clientRequestID: clientRequestID}
	}
	tflog.Debug(ctx, "Microsoft Graph answered", map[string]any{
		"tenant_id": t.id, "status": response.StatusCode, "client_request_id": clientRequestID,
		"milliseconds": t.options.Clock.Now().Sub(began) / time.Millisecond, "bytes": len(content),
	})
	sent.Store(false)
	return &answer{status: response.StatusCode, header: response.Header, body: content}, nil
}

// unsent tells whether a request failed before there was a connection to send it over: the address cannot be reached,
// or the service is not trusted.
func unsent(err error) bool {
	var network *net.OpError
	var untrusted *tls.CertificateVerificationError
	return errors.As(err, &untrusted) || errors.As(err, &network) && network.Op == "dial"
}

// maxDials is how often a connection is tried again: what refuses one is rather a wrong address than a passing fault.
const maxDials = 2

// mayRepeat tells whether a batch that failed like this for the given time may be sent again.
func mayRepeat(reply *answer, err error, failed int, repeatable bool) bool {
	var transport *transportError
	if errors.As(err, &transport) && transport.unsent {
		return failed < maxDials
	}
	return repeatable && failed < maxFailures && mayRecover(reply, err)
}
