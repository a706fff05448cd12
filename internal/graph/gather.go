package graph

import (
	"context"
	"sync"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

const (
	// gatherWindow is how long a batch that is not full waits for the calls of other sessions. It is short beside the
	// latency of the service, and long beside the time in which Terraform starts its parallel operations.
	gatherWindow = 10 * time.Millisecond
	// refillWindow is how long it waits when another batch has come back: until Terraform has passed the results on and
	// has started what comes next.
	refillWindow = 30 * time.Millisecond
	// holdWindow is how long it waits while another batch is on its way: the sessions which that one serves are about to
	// ask for more. It is the usual latency of the service, so that a batch in trouble does not hold the others up.
	holdWindow = 200 * time.Millisecond
)

// gatherer packs the independent calls of all sessions of a tenant into batches that are as full as can be.
type gatherer struct {
	mu       sync.Mutex
	waiting  []*ticket
	window   time.Duration      // that runs for the waiting calls; zero for none
	stop     context.CancelFunc // stops it
	underway int                // batches that have not come back
}

// ticket is a call on its way. The batch works on a copy, because the caller may leave before the answer is there.
type ticket struct {
	call     call
	deadline time.Time // of the caller; zero for none
	arrived  chan struct{}
	left     bool
	shipment *shipment // nil while it waits
}

// shipment is a batch on its way. It goes on as long as one of its callers is there to wait for it.
type shipment struct {
	ctx     context.Context //nolint:containedctx // of no single caller
	cancel  context.CancelFunc
	callers int // tickets whose caller has not left
}

// sendTogether sends the calls in batches that other sessions share, and gives each its answer or an error. The
// returned error is that of the first call without an answer.
func (t *tenant) sendTogether(ctx context.Context, calls []*call) error {
	tickets := make([]*ticket, len(calls))
	deadline, _ := ctx.Deadline()
	for i, c := range calls {
		tickets[i] = &ticket{call: *c, deadline: deadline, arrived: make(chan struct{})}
	}
	t.gatherer.join(ctx, t, tickets)
	var failure error
	gone := false
	for i, c := range calls {
		if !gone && !tickets[i].wait(ctx) {
			t.gatherer.leave(tickets[i:])
			gone = true
		}
		if !gone || t.gatherer.delivered(tickets[i]) {
			c.answer, c.err = tickets[i].call.answer, tickets[i].call.err
		} else {
			c.err = t.left(ctx, tickets[i])
		}
		if failure == nil && c.answer == nil {
			failure = c.err
		}
	}
	return failure
}

// wait waits for the answer, and reports false when the caller's time is over first.
func (k *ticket) wait(ctx context.Context) bool {
	select {
	case <-k.arrived:
		return true
	case <-ctx.Done():
		return false
	}
}

// delivered tells, once the caller has left, whether there is an outcome all the same: one that had come before, or
// that of a batch for which nobody waits any more, which says how far it came.
func (g *gatherer) delivered(k *ticket) bool {
	g.mu.Lock()
	ended := k.shipment != nil && k.shipment.callers == 0
	g.mu.Unlock()
	if ended {
		<-k.arrived
	}
	select {
	case <-k.arrived:
		return true
	default:
		return false
	}
}

// left is the outcome of a call whose caller went before it was answered.
func (t *tenant) left(ctx context.Context, k *ticket) error {
	e := &entra.GraphError{Kind: entra.ErrUnavailable, Operation: k.call.operation, Request: "POST " + batchPath, Cause: ctx.Err()}
	switch throttled := t.gate.closed(ctx, t.options.Clock); {
	case throttled != nil: // what is throttled has not been carried out
		e.Kind, e.Cause = entra.ErrThrottled, throttled
	case k.call.once && k.shipment != nil:
		e.Kind = entra.ErrUncertain
	}
	return e
}

// join adds tickets. Full batches leave at once, the rest when the window closes.
func (g *gatherer) join(ctx context.Context, t *tenant, tickets []*ticket) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting = append(g.waiting, tickets...)
	for len(g.waiting) >= maxBatch {
		g.ship(ctx, t, g.waiting[:maxBatch:maxBatch])
		g.waiting = g.waiting[maxBatch:]
	}
	window := gatherWindow
	if g.underway > 0 {
		window = holdWindow
	}
	g.closeAfter(ctx, t, window)
}

// closeAfter has the waiting calls leave after the window, unless they do so earlier. The caller holds the lock.
func (g *gatherer) closeAfter(ctx context.Context, t *tenant, window time.Duration) {
	if len(g.waiting) == 0 || g.window != 0 && g.window <= window {
		return
	}
	g.stopWindow()
	var running context.Context
	running, g.stop = context.WithCancel(context.WithoutCancel(ctx))
	g.window = window
	go func() {
		if t.options.Clock.Wait(running, window) != nil {
			return // the calls have left
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		if running.Err() == nil {
			g.ship(ctx, t, g.waiting)
			g.waiting = nil
		}
	}()
}

func (g *gatherer) stopWindow() {
	if g.stop != nil {
		g.stop()
	}
	g.window, g.stop = 0, nil
}

// ship sends the tickets as one batch, without those whose caller has left. The caller holds the lock.
func (g *gatherer) ship(ctx context.Context, t *tenant, tickets []*ticket) {
	g.stopWindow()
	s := &shipment{}
	var calls []*call
	var aboard []*ticket
	var deadline time.Time
	forEver := false
	for _, ticket := range tickets {
		if ticket.left {
			continue
		}
		ticket.shipment = s
		s.callers++
		calls = append(calls, &ticket.call)
		aboard = append(aboard, ticket)
		forEver = forEver || ticket.deadline.IsZero()
		if ticket.deadline.After(deadline) {
			deadline = ticket.deadline
		}
	}
	if len(calls) == 0 {
		return
	}
	ctx = context.WithoutCancel(ctx)
	if forEver {
		s.ctx, s.cancel = context.WithCancel(ctx)
	} else {
		s.ctx, s.cancel = context.WithDeadline(ctx, deadline)
	}
	g.underway++
	go func() {
		defer s.cancel()
		_ = t.send(s.ctx, calls, false) // the calls hold their errors
		for _, ticket := range aboard {
			close(ticket.arrived)
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		g.underway--
		g.closeAfter(ctx, t, refillWindow)
	}()
}

// endIfAlone ends a batch for which nobody waits. When its time is over it ends by itself, and says so.
func (s *shipment) endIfAlone() {
	deadline, limited := s.ctx.Deadline()
	if s.callers == 0 && (!limited || time.Until(deadline) > 0) {
		s.cancel()
	}
}

// leave takes the tickets of one caller back. A batch for which nobody waits any more is ended.
func (g *gatherer) leave(tickets []*ticket) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, ticket := range tickets {
		if ticket.left {
			continue
		}
		ticket.left = true
		if s := ticket.shipment; s != nil {
			s.callers--
			s.endIfAlone()
		}
	}
}
