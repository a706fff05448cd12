package graph

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// near answers every part with the report that a limit is near.
func near(share string) step {
	return func(r *http.Request, parts []batchRequest) (*http.Response, error) {
		answers := map[string]batchResponse{}
		for _, p := range parts {
			answers[p.URL] = batchResponse{
				Status: http.StatusNoContent, Headers: map[string]string{"x-ms-throttle-limit-percentage": share},
			}
		}
		return each(answers)(r, parts)
	}
}

// repeat makes calls to addresses of their own.
func repeat(n int, one func(string) *call, prefix string) []*call {
	calls := make([]*call, n)
	for i := range calls {
		calls[i] = one(fmt.Sprintf("/%s/%d", prefix, i))
	}
	return calls
}

// Requests are spaced once the service has said that a limit is near, and no longer when it has stopped saying so.
func TestSlowingDownBeforeTheLimit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		share string
		make  func(string) *call
		apart time.Duration // batches of twenty
	}{
		"far from it":        {"0.79", posting, 0},
		"no number":          {"much", posting, 0},
		"near it, writing":   {"0.8", posting, time.Second},
		"beyond it, reading": {"1.2", getting, 40 * time.Second / unitsPerSecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tenant, s, _ := newTenant(t, near(c.share), near(c.share), near(c.share), near(c.share), each(nil), each(nil))
				if err := tenant.run(t.Context(), plan{calls: []*call{getting("/first")}}); err != nil {
					t.Fatal(err)
				}
				if err := tenant.run(t.Context(), plan{calls: repeat(60, c.make, "many")}); err != nil {
					t.Fatal(err)
				}
				for i, b := range s.seen[2:4] {
					if apart := b.at - s.seen[i+1].at; apart < c.apart || apart > c.apart+gatherWindow {
						t.Errorf("batch %d left %s after the one before, want %s", i+2, apart, c.apart)
					}
				}
				time.Sleep(nearFor + time.Second)
				if err := tenant.run(t.Context(), plan{calls: repeat(40, c.make, "later")}); err != nil {
					t.Fatal(err)
				}
				s.wantRequests()
				if apart := s.seen[5].at - s.seen[4].at; apart != 0 {
					t.Errorf("still %s apart when the limit is far again", apart)
				}
			})
		})
	}
}

// When a tenant that was throttled opens again, not everything goes at once.
func TestSpacedAfterThrottling(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tenant, s, _ := newTenant(t, each(nil), each(nil), each(nil))
		tenant.limiter.hold(time.Now().Add(time.Minute))
		if err := tenant.run(t.Context(), plan{calls: repeat(60, posting, "many")}); err != nil {
			t.Fatal(err)
		}
		for i, want := range []time.Duration{time.Minute, time.Minute + time.Second, time.Minute + 2*time.Second} {
			if at := s.seen[i].at; at < want || at > want+gatherWindow {
				t.Errorf("batch %d left after %s, want %s", i, at, want)
			}
		}
	})
}

// A session with a single call does not wait until one with hundreds is through.
func TestSpacedBatchesAreFair(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		script := []step{near("0.9")}
		for range 11 {
			script = append(script, near("0.9"))
		}
		tenant, s, _ := newTenant(t, script...)
		if err := tenant.run(t.Context(), plan{calls: []*call{getting("/first")}}); err != nil {
			t.Fatal(err)
		}
		var sessions sync.WaitGroup
		sessions.Go(func() {
			if err := tenant.run(t.Context(), plan{calls: repeat(200, posting, "large")}); err != nil {
				t.Error(err)
			}
		})
		time.Sleep(1500 * time.Millisecond) // two batches of the large one have left
		began := time.Now()
		var small time.Duration
		sessions.Go(func() {
			if err := tenant.run(t.Context(), plan{calls: []*call{posting("/small")}}); err != nil {
				t.Error(err)
			}
			small = time.Since(began)
		})
		sessions.Wait()
		s.wantRequests()
		if large := time.Since(began); small > time.Second || large < 8*time.Second {
			t.Errorf("the small session took %s, the large one %s", small, large)
		}
	})
}

// The end of a session's time says that it was throttled, and until when.
func TestThrottledBeyondTheTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tenant, s, _ := newTenant(t)
		tenant.limiter.hold(time.Now().Add(time.Hour))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err := tenant.run(ctx, plan{calls: []*call{posting("/a")}})
		wantKind(t, err, entra.ErrThrottled)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		s.wantRequests()
	})
}

// When the tenant asks to be left alone while batches have their times already, they take new ones.
func TestSpacedAfterThrottlingInBetween(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tenant, s, _ := newTenant(t, slices.Repeat([]step{near("0.9")}, 5)...)
		if err := tenant.run(t.Context(), plan{calls: []*call{getting("/first")}}); err != nil {
			t.Fatal(err)
		}
		var sessions sync.WaitGroup
		for session := range 4 {
			sessions.Go(func() {
				c := posting(fmt.Sprint("/", session))
				if err := tenant.run(t.Context(), plan{calls: []*call{c, posting(c.url + "/more")}, serial: true}); err != nil {
					t.Error(err)
				}
			})
		}
		time.Sleep(time.Millisecond)
		tenant.limiter.hold(time.Now().Add(time.Minute))
		sessions.Wait()
		s.wantRequests()
		if at := s.seen[2].at; at < time.Minute {
			t.Errorf("a batch that had its time already left after %s, before the tenant wanted it", at)
		}
		for i, b := range s.seen[3:] {
			if apart := b.at - s.seen[i+2].at; apart < 100*time.Millisecond {
				t.Errorf("batch %d left %s after the one before", i+3, apart)
			}
		}
	})
}
