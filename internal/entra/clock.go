package entra

import (
	"context"
	"math/rand/v2"
	"time"
)

// Clock tells the time and waits. Everything that depends on time takes one, so that tests can turn it.
type Clock interface {
	Now() time.Time
	// Wait returns nil after d, or the context's error when that ends first.
	Wait(ctx context.Context, d time.Duration) error
}

// SystemClock is the clock of the machine.
type SystemClock struct{}

// Now returns the current time in UTC, the zone of every time in Microsoft Graph.
func (SystemClock) Now() time.Time { return time.Now().UTC() }

// Wait waits for d or the end of ctx.
func (SystemClock) Wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Pause is how long to wait before the attempt with the number, counted from 1: doubling from the first, capped, and
// spread by a quarter so that what fails together does not return together.
func Pause(attempt int, first, longest time.Duration) time.Duration {
	d := first
	for ; attempt > 1 && d < longest; attempt-- {
		d *= 2
	}
	d = min(d, longest)
	return d + time.Duration((rand.Float64()-0.5)*0.5*float64(d)) //nolint:gosec // jitter, no secret
}
