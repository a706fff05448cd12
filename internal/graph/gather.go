package graph

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

const (
	// gatherWindow is how long a batch that is not full waits for the calls of other sessions after the last one has
	// joined it. It is short beside the latency of the service, and long beside the time in which Terraform starts its
	// parallel operations.
	gatherWindow = 10 * time.Millisecond
	// refillWindow is the same while some of those whom a batch has just served have not come back with more: until
	// Terraform has passed the results on and has started what comes next.
	refillWindow = 60 * time.Millisecond
	// holdWindow is how long a call waits at most for others to join it, and how long it waits while a batch of other
	// sessions is on its way: these are about to ask for more. It is the usual latency of the service, so that a batch in
	// trouble does not hold the others up.
	holdWindow = 200 * time.Millisecond
)

// gatherer packs the independent calls of all sessions of a tenant into batches that are as full as can be.
type gatherer struct {
	mu       sync.Mutex
	waiting  []*ticket
	began    time.Time // when the oldest of them joined
	due      time.Time // when they leave although they do not fill a batch
	refilled time.Time // when a batch came back the last time
	underway int       // batches that have not come back
	active   int       // callers that wait for answers
	expected int       // callers that have been served lately and may come back with more
	alone    bool      // there was but one of them
	backlog  bool      // full batches have had to wait for the limiter
	rearm    context.CancelFunc
}

// ticket is a call on its way. The batch works on a copy, because the caller may leave before the answer is there.
type ticket struct {
	call     call
	caller   *caller
	arrived  chan struct{}
	left     bool
	shipment *shipment // nil while it waits
}

// caller is whoever sends calls together.
type caller struct {
	deadline time.Time // zero for none
	open     int       // tickets that have not arrived
}

// shipment is a batch on its way. It goes on as long as one of its callers is there to wait for it.
type shipment struct {
	ctx     context.Context //nolint:containedctx // of no single caller
	cancel  context.CancelFunc
	callers int // tickets whose caller has not left
	sent    atomic.Bool
}

// sendTogether sends the calls in batches that other sessions share, and gives each its answer or an error. The
// returned error is that of the first call without an answer.
func (t *tenant) sendTogether(ctx context.Context, calls []*call) error {
	tickets := make([]*ticket, len(calls))
	deadline, _ := ctx.Deadline()
	from := &caller{deadline: deadline, open: len(calls)}
	for i, c := range calls {
		tickets[i] = &ticket{call: *c, caller: from, arrived: make(chan struct{})}
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
	switch throttled := t.limiter.throttled(ctx, t.options.Clock); {
	case k.call.once && k.shipment != nil && k.shipment.sent.Load():
		e.Kind = entra.ErrUncertain
	case throttled != nil: // what is throttled has not been carried out
		e.Kind, e.Cause = entra.ErrThrottled, throttled
	}
	return e
}

// join adds tickets. Full batches leave at once, the rest when nothing has joined it for a while.
func (g *gatherer) join(ctx context.Context, t *tenant, tickets []*ticket) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := t.options.Clock.Now()
	if len(g.waiting) == 0 {
		g.began = now
	}
	g.waiting = append(g.waiting, tickets...)
	g.active++
	g.expected = max(g.expected-1, 0)
	g.quiet(now)
	g.dispatch(ctx, t)
}

// quiet sets when the waiting calls leave if nothing more happens. The caller holds the lock.
func (g *gatherer) quiet(now time.Time) {
	window := gatherWindow
	switch {
	case g.underway > 0 && g.active+g.expected > 1:
		window = holdWindow
	case now.Sub(g.refilled) >= holdWindow:
		g.expected = 0
	case g.expected > 0:
		window = refillWindow
	case g.alone: // and is back
		window = 0
	}
	g.due = earlier(now.Add(window), g.began.Add(holdWindow))
}

// dispatch sends what may leave now, and comes back when the rest may. The caller holds the lock.
func (g *gatherer) dispatch(ctx context.Context, t *tenant) {
	g.disarm()
	for len(g.waiting) > 0 {
		now := t.options.Clock.Now()
		at := t.limiter.opens(now)
		if len(g.waiting) < maxBatch {
			at = later(at, g.due)
		}
		if at.After(now) {
			g.backlog = len(g.waiting) >= maxBatch
			g.comeBack(ctx, t, at.Sub(now))
			return
		}
		if len(g.waiting) < maxBatch {
			g.expected = 0 // whoever was expected has not come
		}
		g.ship(ctx, t, g.next())
		g.began = now
	}
	g.backlog = false
}

// disarm forgets about coming back. The caller holds the lock.
func (g *gatherer) disarm() {
	if g.rearm != nil {
		g.rearm()
		g.rearm = nil
	}
}

// comeBack dispatches again after the time, unless that happens earlier. The caller holds the lock.
func (g *gatherer) comeBack(ctx context.Context, t *tenant, after time.Duration) {
	ctx = context.WithoutCancel(ctx)
	var waiting context.Context
	waiting, g.rearm = context.WithCancel(ctx)
	go func() {
		if t.options.Clock.Wait(waiting, after) != nil {
			return
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		if waiting.Err() == nil {
			g.dispatch(ctx, t)
		}
	}()
}

// next takes the tickets of the next batch: in their order, so that a session's calls stay together; but where batches
// have to be spaced, of each caller in turn, so that one with many calls does not keep the others waiting. The caller
// holds the lock.
func (g *gatherer) next() []*ticket {
	if len(g.waiting) <= maxBatch || !g.backlog {
		n := min(len(g.waiting), maxBatch)
		batch := g.waiting[:n:n]
		g.waiting = append([]*ticket(nil), g.waiting[n:]...) // an array of its own, so that the batch is let go
		return batch
	}
	turns := make([]int, len(g.waiting)) // how many tickets of the same caller come before each
	seen := map[*caller]int{}
	for i, k := range g.waiting {
		turns[i] = seen[k.caller]
		seen[k.caller]++
	}
	var batch []*ticket
	for turn := 0; len(batch) < maxBatch; turn++ {
		for i, k := range g.waiting {
			if turns[i] == turn && len(batch) < maxBatch {
				batch = append(batch, k)
			}
		}
	}
	g.waiting = slices.DeleteFunc(g.waiting, func(k *ticket) bool { return slices.Contains(batch, k) })
	return batch
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// ship sends the tickets as one batch. The caller holds the lock.
func (g *gatherer) ship(ctx context.Context, t *tenant, tickets []*ticket) {
	s := &shipment{callers: len(tickets)}
	calls := make([]*call, len(tickets))
	var deadline time.Time
	forEver := false
	for i, ticket := range tickets {
		ticket.shipment, calls[i] = s, &ticket.call
		forEver = forEver || ticket.caller.deadline.IsZero()
		deadline = later(deadline, ticket.caller.deadline)
	}
	ctx = context.WithoutCancel(ctx)
	if forEver {
		s.ctx, s.cancel = context.WithCancel(ctx)
	} else {
		s.ctx, s.cancel = context.WithDeadline(ctx, deadline)
	}
	g.underway++
	slot := t.limiter.reserve(t.options.Clock.Now(), calls) // under the lock, so that the next batch finds it taken
	go func() {
		defer s.cancel()
		_ = t.sendAt(s.ctx, slot, &s.sent, calls, false) // the calls hold their errors
		g.mu.Lock()
		defer g.mu.Unlock()
		now := t.options.Clock.Now()
		if now.Sub(g.refilled) >= holdWindow {
			g.expected = 0
		}
		g.underway, g.refilled = g.underway-1, now
		for _, ticket := range tickets {
			close(ticket.arrived)
			if ticket.caller.open--; ticket.caller.open == 0 {
				g.active--
				g.expected++
			}
		}
		g.alone = g.expected == 1
		if len(g.waiting) > 0 {
			g.quiet(g.refilled)
			g.dispatch(ctx, t)
		}
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
		} else if ticket.caller.open--; ticket.caller.open == 0 {
			g.active--
		}
	}
	g.waiting = slices.DeleteFunc(g.waiting, func(k *ticket) bool { return k.left })
	if len(g.waiting) == 0 {
		g.disarm()
	}
}
