package graph

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

const (
	firstPause = 500 * time.Millisecond
	longPause  = 15 * time.Second
)

// pause is how long to wait before the attempt with the number, counted from 1: doubling, capped, and spread by a
// quarter so that resources that fail together do not return together.
func pause(attempt int) time.Duration {
	d := longPause
	if attempt < 6 {
		d = min(firstPause<<(attempt-1), longPause)
	}
	return d + time.Duration((rand.Float64()-0.5)*0.5*float64(d)) //nolint:gosec // jitter, no secret
}

// retryAfter reads the header that tells when to come back: in seconds, or as a date. Zero means it does not say.
func retryAfter(header http.Header, now time.Time) time.Duration {
	value := header.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil && seconds > 0 {
		return time.Duration(seconds) * time.Second
	}
	if date, err := http.ParseTime(value); err == nil {
		return max(date.Sub(now), 0)
	}
	return 0
}

// gate holds all requests to a tenant back while the tenant asks for it.
type gate struct {
	mu    sync.Mutex
	until time.Time
}

// hold keeps the gate closed until the time, if that is later than what is already asked for.
func (g *gate) hold(until time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if until.After(g.until) {
		g.until = until
	}
}

// pass waits until the gate is open.
func (g *gate) pass(ctx context.Context, clock entra.Clock) error {
	for {
		g.mu.Lock()
		until := g.until
		g.mu.Unlock()
		left := until.Sub(clock.Now())
		if left <= 0 {
			return ctx.Err()
		}
		if err := clock.Wait(ctx, left); err != nil {
			return cmp.Or(g.closed(ctx, clock), err)
		}
	}
}

// closed is the error of a context that ended while the gate is closed; nil when it is open.
func (g *gate) closed(ctx context.Context, clock entra.Clock) error {
	g.mu.Lock()
	until := g.until
	g.mu.Unlock()
	if !until.After(clock.Now()) {
		return nil
	}
	return fmt.Errorf("%w by Microsoft Graph until %s: %w", entra.ErrThrottled, until.UTC().Format(time.RFC3339), ctx.Err())
}
