package graph

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// gaveUp says in an error how long something was waited for.
func gaveUp(after time.Duration) string { return "gave up after " + after.Round(time.Second).String() }

// isOver tells whether the error is the end of a context.
func isOver(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// wait asks until done says so. It ends with the error of done, or one that says what it waited for when the context
// ends.
func (t *tenant) wait(ctx context.Context, forWhat string, done func() (bool, error)) error {
	began := t.options.Clock.Now()
	for attempt := 1; ; attempt++ {
		ok, err := done()
		if ok || err != nil {
			return err
		}
		if attempt == 1 {
			tflog.Info(ctx, "waiting to "+forWhat, map[string]any{"tenant_id": t.id})
		}
		if err := t.options.Clock.Wait(ctx, pause(attempt)); err != nil {
			return &entra.GraphError{
				Kind: entra.ErrNotYetVisible, Operation: forWhat, Remedy: gaveUp(t.options.Clock.Now().Sub(began)), Cause: err,
			}
		}
	}
}

// sayWaiting logs once what the reads do not show yet.
func (t *tenant) sayWaiting(ctx context.Context, attempt int, missing []entra.Change) {
	if attempt > 1 || len(missing) == 0 {
		return
	}
	tflog.Info(ctx, "waiting until Microsoft Entra ID shows the changes", map[string]any{
		"tenant_id": t.id, "missing": len(missing), "first": missing[0].Describe(),
	})
}
