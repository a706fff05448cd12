package graph

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// waiting is what a wait is about.
type waiting struct {
	forWhat  string        // in the infinitive: "see the service principal"
	detail   func() string // what exactly is missing, if there is more to say than forWhat; nil for no more
	patience time.Duration // how long at most; zero for as long as the context lasts
	attempts int           // how often at least, however long that takes: a tenant that throttles answers late
}

// errPatience says that a wait has lasted for as long as it may, though there is time left.
var errPatience = errors.New("the patience of the wait is over")

// wait asks until ask says that there is nothing left to wait for. Its error is that of ask; or, when patience or the
// context is over, one of the kind ErrNotYetVisible that says what was waited for and for how long, and wraps
// errPatience or the end of the context.
func (t *tenant) wait(ctx context.Context, w waiting, ask func() (bool, error)) error {
	began := t.options.Clock.Now()
	for attempt := 1; ; attempt++ {
		ok, err := ask()
		if ok || err != nil {
			return err
		}
		if attempt == 1 {
			tflog.Info(ctx, "waiting to "+w.what(), map[string]any{"tenant_id": t.id})
		}
		if w.patience > 0 && attempt >= w.attempts && t.options.Clock.Now().Sub(began) > w.patience {
			return t.gaveUp(began, w.what(), errPatience)
		}
		if err := t.options.Clock.Wait(ctx, pause(attempt)); err != nil {
			return t.gaveUp(began, w.what(), err)
		}
	}
}

func (w waiting) what() string {
	if w.detail == nil {
		return w.forWhat
	}
	return w.forWhat + w.detail()
}

// gaveUp is the error of a wait that has ended without what it waited for.
func (t *tenant) gaveUp(began time.Time, forWhat string, cause error) error {
	return &entra.GraphError{
		Kind: entra.ErrNotYetVisible, Operation: forWhat, Cause: cause,
		Remedy: gaveUp(t.options.Clock.Now().Sub(began)),
	}
}

// gaveUp says in an error how long something was waited for.
func gaveUp(after time.Duration) string { return "gave up after " + after.Round(time.Second).String() }

// isOver tells whether the error is the end of a context.
func isOver(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}
