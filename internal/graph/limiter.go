package graph

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// What the smallest tenants may use, by Microsoft's page on throttling limits: 3,500 resource units in 10 seconds, and
// 3,000 writes in 150.
const (
	unitsPerSecond  = 350
	writesPerSecond = 20
	// readUnits and writeUnits are what most of the requests of this package cost.
	readUnits, writeUnits = 2, 1
	// nearLimit is the share of a limit from which on the service reports it, and from which on requests are spaced.
	nearLimit = 0.8
	// nearFor is how long such a report counts: the time in which the service counts resource units.
	nearFor = 10 * time.Second
)

// limiter keeps the requests to one tenant within what it allows. It knows of two things: until when the tenant has
// asked to be left alone, and whether it has said that a limit is near. Then requests are spaced as the smallest tenant
// could bear them for ever, in the order in which they came.
type limiter struct {
	mu     sync.Mutex
	closed time.Time // nothing leaves before
	near   time.Time // requests that leave before are spaced
	next   time.Time // when the next spaced request may leave
}

// hold keeps everything back until the time, if that is later than what is already asked for. What leaves afterwards is
// spaced for a while, because everybody has been waiting for that moment.
func (l *limiter) hold(until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if until.After(l.closed) {
		l.closed, l.near = until, until.Add(nearFor)
	}
}

// observe takes in what an answer says of the limits. It reports whether a limit has come near only now.
func (l *limiter) observe(header http.Header, now time.Time) bool {
	share, err := strconv.ParseFloat(header.Get("X-Ms-Throttle-Limit-Percentage"), 64)
	if err != nil || share < nearLimit {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	news := !now.Before(l.near)
	if until := now.Add(nearFor); until.After(l.near) {
		l.near = until
	}
	return news
}

// opens tells when a request may leave that is sent now.
func (l *limiter) opens(now time.Time) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.earliest(now)
}

func (l *limiter) earliest(now time.Time) time.Time {
	at := later(now, l.closed)
	if at.Before(l.near) {
		at = later(at, l.next)
	}
	return at
}

// reserve returns when the calls may leave, and counts on their doing so. Those that are held back queue up behind each
// other.
func (l *limiter) reserve(now time.Time, calls []*call) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := l.earliest(now)
	l.next = at.Add(spacing(calls))
	return at
}

// spacing is the time in which the smallest tenant earns what the calls cost.
func spacing(calls []*call) time.Duration {
	units, writes := 0, 0
	for _, c := range calls {
		if c.method == http.MethodGet {
			units += readUnits
		} else {
			units, writes = units+writeUnits, writes+1
		}
	}
	return max(time.Duration(units)*time.Second/unitsPerSecond, time.Duration(writes)*time.Second/writesPerSecond)
}

// pass waits until the reserved time. When the tenant has asked to be left alone in the meantime, the calls take a new
// slot after that.
func (l *limiter) pass(ctx context.Context, clock entra.Clock, slot time.Time, calls []*call) error {
	for {
		l.mu.Lock()
		held := l.closed.After(slot)
		l.mu.Unlock()
		if held {
			slot = l.reserve(clock.Now(), calls)
		}
		left := slot.Sub(clock.Now())
		if left <= 0 {
			return ctx.Err()
		}
		if err := clock.Wait(ctx, left); err != nil {
			return cmp.Or(l.throttled(ctx, clock), err)
		}
	}
}

// throttled is the error of a context that ended while the tenant wants to be left alone; nil when it does not.
func (l *limiter) throttled(ctx context.Context, clock entra.Clock) error {
	l.mu.Lock()
	until := l.closed
	l.mu.Unlock()
	if !until.After(clock.Now()) {
		return nil
	}
	return fmt.Errorf("%w by Microsoft Graph until %s: %w", entra.ErrThrottled, until.UTC().Format(time.RFC3339), ctx.Err())
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// observe takes in what the answers to a batch say of the tenant's limits.
func (t *tenant) observe(ctx context.Context, whole http.Header, calls []*call) {
	now := t.options.Clock.Now()
	news := t.limiter.observe(whole, now)
	for _, c := range calls {
		news = t.limiter.observe(c.answer.header, now) || news
	}
	if news {
		tflog.Info(ctx, "slowing down, because a limit of requests to the tenant is near", map[string]any{"tenant_id": t.id})
	}
}
