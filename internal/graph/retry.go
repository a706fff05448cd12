package graph

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// maxFailures is how often a call is sent again after the service failed on it: for about a minute and a half.
const maxFailures = 10

// retries decides, after each sending, what becomes of the calls.
type retries struct {
	tenant   *tenant
	began    time.Time
	attempt  int
	failures map[*call]int
	announce map[string]bool
}

func newRetries(t *tenant) *retries {
	return &retries{
		tenant: t, began: t.options.Clock.Now(), failures: map[*call]int{}, announce: map[string]bool{},
	}
}

type verdict int

const (
	settled    verdict = iota // there is an outcome
	again                     // send once more after a pause
	dependency                // waits for the call before it
)

// sift settles the calls that have an outcome, waits as long as the others need, and returns those to send again.
func (r *retries) sift(ctx context.Context, pending []*call, serial bool) ([]*call, error) {
	var next []*call
	var wait time.Duration
	failed := false
	for _, c := range pending {
		if serial && failed {
			// Of no kind: what the earlier step met says nothing about this one.
			c.err = fmt.Errorf("could not %s: an earlier step failed, so this one was not attempted", c.operation)
			continue
		}
		v, delay := r.judge(ctx, c)
		if v == settled {
			failed = failed || c.err != nil
			continue
		}
		wait = max(wait, delay)
		next = append(next, c)
	}
	if len(next) == 0 {
		return nil, nil
	}
	r.attempt++
	if wait == 0 {
		wait = pause(r.attempt)
	}
	if err := r.tenant.options.Clock.Wait(ctx, wait); err != nil {
		return next, r.outOfTime(next, err)
	}
	for _, c := range next {
		c.answer = nil
	}
	return next, nil
}

// judge looks at one call after a sending. delay is the pause that the service asks for, if it does.
func (r *retries) judge(ctx context.Context, c *call) (v verdict, delay time.Duration) {
	a := c.answer
	switch {
	case c.err != nil:
		return settled, 0
	case a == nil || a.status == http.StatusFailedDependency:
		return dependency, 0
	case a.ok():
		return settled, 0
	case a.status == http.StatusTooManyRequests:
		r.say(ctx, c, "throttled by Microsoft Graph")
		now := r.tenant.options.Clock.Now()
		delay := retryAfter(a.header, now)
		r.tenant.limiter.hold(now.Add(delay)) // what is asked of one is meant for all
		return again, delay
	case a.status >= http.StatusInternalServerError && c.once:
		c.err = r.uncertain(c)
		return settled, 0
	case a.status >= http.StatusInternalServerError && r.failures[c] < maxFailures:
		r.failures[c]++
		return again, retryAfter(a.header, r.tenant.options.Clock.Now())
	case r.worthWaiting(c):
		r.say(ctx, c, "waiting for Microsoft Entra ID to replicate what this needs")
		return again, 0
	case a.status == http.StatusConflict && !alreadyExists(a) && r.failures[c] < maxFailures:
		r.failures[c]++
		return again, 0
	}
	c.err = c.failure(r.tenant.token(ctx))
	return settled, 0
}

// worthWaiting tells whether what the call met will pass, as far as can be told. What is not there after a deletion that
// the service failed on has most likely been deleted.
func (r *retries) worthWaiting(c *call) bool {
	if c.notYet != nil && c.notYet(c.answer) {
		return true
	}
	if c.method == http.MethodDelete && r.failures[c] > 0 {
		return false
	}
	return c.perhaps != nil && c.perhaps(c.answer) && r.tenant.options.Clock.Now().Sub(r.began) < c.patience
}

// say logs once per call and reason why it takes longer.
func (r *retries) say(ctx context.Context, c *call, why string) {
	key := why + c.operation
	if r.announce[key] {
		return
	}
	r.announce[key] = true
	tflog.Info(ctx, why, map[string]any{
		"operation": c.operation, "status": c.answer.status, "code": c.answer.odata.Code, "tenant_id": r.tenant.id,
	})
}

func (r *retries) uncertain(c *call) error {
	return &entra.GraphError{
		Kind: entra.ErrUncertain, Operation: c.operation, Request: c.method + " " + pathOf(c.url),
		Status: c.answer.status, Code: c.answer.odata.Code, Message: c.answer.odata.Message,
		RequestID: c.answer.odata.RequestID, ClientRequestID: c.answer.odata.ClientRequestID,
	}
}

// outOfTime says what was still being waited for when the context ended.
func (r *retries) outOfTime(waiting []*call, cause error) error {
	e := &entra.GraphError{Kind: entra.ErrNotYetVisible, Cause: cause}
	var operations []string
	for _, c := range waiting {
		operations = append(operations, c.operation)
		if c.answer == nil || e.Request != "" && c.answer.status != http.StatusTooManyRequests {
			continue
		}
		if e.Request = c.method + " " + pathOf(c.url); c.answer.status == http.StatusTooManyRequests {
			e.Kind = entra.ErrThrottled
		}
		e.Status, e.Code, e.Message, e.RequestID = c.answer.status, c.answer.odata.Code, c.answer.odata.Message, c.answer.odata.RequestID
	}
	e.Operation = strings.Join(operations, ", ")
	e.Remedy = gaveUp(r.tenant.options.Clock.Now().Sub(r.began))
	return e
}

// token is the caller's, with which a refused request was sent; empty where there is none any more.
func (t *tenant) token(ctx context.Context) Token {
	token, err := t.options.Tokens.Token(ctx, t.id)
	if err != nil {
		return Token{}
	}
	return token
}

// otherThanAbsence returns the first error that says more than that an object is not there.
func otherThanAbsence(calls []*call) error {
	for _, c := range calls {
		if c.err != nil && !errors.Is(c.err, entra.ErrNotFound) {
			return c.err
		}
	}
	return nil
}
