package conditions

import (
	"context"
	"time"
)

// Wait returns after a delay, or when the context ends.
func Wait(ctx context.Context, delay time.Duration) {
	if delay <= 0 {
		return
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
