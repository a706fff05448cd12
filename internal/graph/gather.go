package graph

import (
	"context"
	"sync"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// gatherWindow is how long a batch that is not full waits for the calls of other sessions. It is short beside the
// latency of the service, and long beside the time in which Terraform starts its parallel operations.
const gatherWindow = 10 * time.Millisecond

// lane gathers calls, of whatever session, into batches that are as full as can be. Calls that must not be repeated
// have a lane of their own, so that a lost answer to one of them leaves no doubt about a read of another session.
type lane struct {
	mu      sync.Mutex
	waiting []*ticket
	closing bool // the window of the waiting calls is running
}

// ticket is a call on its way. The batch works on a copy, because the caller may leave before the answer is there.
type ticket struct {
	ctx     context.Context //nolint:containedctx // of the caller, which the batch outlives
	call    call
	arrived chan struct{}
}

// sendTogether sends the calls in batches that other sessions share, and gives each its answer. The returned error
// concerns all of those that have none.
func (t *tenant) sendTogether(ctx context.Context, calls []*call) error {
	tickets := make([]*ticket, len(calls))
	var once, repeatable []*ticket
	for i, c := range calls {
		tickets[i] = &ticket{ctx: ctx, call: *c, arrived: make(chan struct{})}
		if c.once {
			once = append(once, tickets[i])
		} else {
			repeatable = append(repeatable, tickets[i])
		}
	}
	t.repeatable.join(t, repeatable)
	t.once.join(t, once)
	var failure error
	for i, c := range calls {
		select {
		case <-tickets[i].arrived:
			c.answer, c.err = tickets[i].call.answer, tickets[i].call.err
			if failure == nil && c.answer == nil {
				failure = c.err
			}
		case <-ctx.Done():
			left := t.left(ctx, calls[i:])
			if failure == nil {
				failure = left
			}
			return failure
		}
	}
	return failure
}

// left is the outcome of calls whose caller went before they were answered.
func (t *tenant) left(ctx context.Context, calls []*call) error {
	for _, c := range calls {
		kind := entra.ErrUnavailable
		if c.once {
			kind = entra.ErrUncertain
		}
		c.err = &entra.GraphError{Kind: kind, Operation: c.operation, Request: "POST " + batchPath, Cause: ctx.Err()}
	}
	return calls[0].err
}

// join adds tickets. Full batches leave at once, the rest when the window closes.
func (l *lane) join(t *tenant, tickets []*ticket) {
	if len(tickets) == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting = append(l.waiting, tickets...)
	for len(l.waiting) >= maxBatch {
		go t.ship(l.waiting[:maxBatch:maxBatch])
		l.waiting = l.waiting[maxBatch:]
	}
	if len(l.waiting) > 0 && !l.closing {
		l.closing = true
		go l.close(t)
	}
}

// close waits for the window to end and ships what has gathered.
func (l *lane) close(t *tenant) {
	_ = t.options.Clock.Wait(context.Background(), gatherWindow) // a background context does not end
	l.mu.Lock()
	tickets := l.waiting
	l.waiting, l.closing = nil, false
	l.mu.Unlock()
	if len(tickets) > 0 {
		t.ship(tickets)
	}
}

// ship sends the tickets as one batch. It goes on as long as one of the callers is there to wait for it.
func (t *tenant) ship(tickets []*ticket) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(tickets[0].ctx))
	defer cancel()
	var callers sync.WaitGroup
	for _, ticket := range tickets {
		callers.Go(func() {
			select {
			case <-ticket.ctx.Done():
			case <-ctx.Done():
			}
		})
	}
	go func() {
		callers.Wait()
		cancel()
	}()
	calls := make([]*call, len(tickets))
	for i, ticket := range tickets {
		calls[i] = &ticket.call
	}
	// The error is that of the calls, which hold it.
	if err := t.send(ctx, calls, false); err != nil {
		for _, c := range calls {
			if c.err == nil && c.answer == nil {
				c.err = err
			}
		}
	}
	for _, ticket := range tickets {
		close(ticket.arrived)
	}
}
