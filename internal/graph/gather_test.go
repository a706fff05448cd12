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

// What ten sessions ask at the same time shares batches that are as full as can be.
func TestConcurrentPlansShareBatches(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tenant, s, _ := newTenant(t, each(nil), each(nil), each(nil), each(nil))
		var sessions sync.WaitGroup
		for session := range 10 {
			sessions.Go(func() {
				var calls []*call
				for part := range 7 {
					calls = append(calls, getting(fmt.Sprintf("/%d/%d", session, part)))
				}
				if err := tenant.run(t.Context(), plan{calls: calls}); err != nil {
					t.Error(err)
				}
			})
		}
		sessions.Wait()
		s.wantRequests()
		sizes := []int{}
		for _, urls := range s.urls() {
			sizes = append(sizes, len(urls))
		}
		slices.Sort(sizes)
		if !slices.Equal(sizes, []int{10, 20, 20, 20}) {
			t.Errorf("batches of %v", sizes)
		}
	})
}

// A batch that is not full waits for the one under way, whose sessions are about to ask for more, but not for ever.
func TestHoldingWhileABatchIsUnderWay(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		latency time.Duration
		at      time.Duration // when the second batch leaves
		parts   int
	}{
		"that comes back":         {50 * time.Millisecond, 50*time.Millisecond + gatherWindow, 2},
		"that does not come back": {time.Minute, 2*gatherWindow + holdWindow, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tenant, s, _ := newTenant(t, slowly(c.latency, each(nil)), each(nil))
				var sessions sync.WaitGroup
				ask := func(urls ...string) {
					for _, url := range urls {
						if err := tenant.run(t.Context(), plan{calls: []*call{getting(url)}}); err != nil {
							t.Error(err)
						}
					}
				}
				asks := []string{"/a"}
				if c.parts == 2 {
					asks = append(asks, "/more")
				}
				sessions.Go(func() { ask(asks...) })
				time.Sleep(2 * gatherWindow)
				sessions.Go(func() { ask("/b") })
				sessions.Wait()
				s.wantRequests()
				if at, got := s.seen[1].at, s.urls()[1]; at != c.at || len(got) != c.parts {
					t.Errorf("%v left after %s, want %d parts after %s", got, at, c.parts, c.at)
				}
			})
		})
	}
}

// Nobody waits for longer because others keep coming.
func TestHoldingIsNotProlonged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const apart, callers = 3 * holdWindow / 10, 10
		tenant, s, _ := newTenant(t, slowly(time.Minute, each(nil)), each(nil), each(nil), each(nil))
		var sessions sync.WaitGroup
		ask := func(url string) {
			sessions.Go(func() {
				if err := tenant.run(t.Context(), plan{calls: []*call{getting(url)}}); err != nil {
					t.Error(err)
				}
			})
		}
		ask("/slow")
		time.Sleep(2 * gatherWindow) // it is under way
		for caller := range callers {
			ask(fmt.Sprint("/", caller))
			time.Sleep(apart)
		}
		sessions.Wait()
		s.wantRequests()
		for i, b := range s.seen[1:] {
			if longest := 2*gatherWindow + holdWindow + time.Duration(4*i)*apart; b.at != longest || len(b.parts) > 4 {
				t.Errorf("%s left after %s, want %s", describe(b.parts), b.at, longest)
			}
		}
	})
}

// A session that gives up leaves the others in its batch alone.
func TestLeavingASharedBatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tenant, s, _ := newTenant(t, slowly(time.Minute, each(nil)))
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		stays := make(chan error)
		go func() { stays <- tenant.run(t.Context(), plan{calls: []*call{getting("/stays")}}) }()
		leaving := []*call{getting("/read"), posting("/write")}
		err := tenant.run(ctx, plan{calls: leaving})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want the end of the time", err)
		}
		wantKind(t, leaving[0].err, entra.ErrUnavailable)
		wantKind(t, leaving[1].err, entra.ErrUncertain)
		if err := <-stays; err != nil {
			t.Errorf("the other session ends with %v", err)
		}
		s.wantRequests()
	})
}

// A batch goes on for whoever is left, and is ended with the last one: nothing is carried out for nobody.
func TestABatchOfNobodyIsEnded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var ended time.Duration
		tenant, s, _ := newTenant(t, func(r *http.Request, parts []batchRequest) (*http.Response, error) {
			began := time.Now()
			response, err := slowly(time.Hour, each(nil))(r, parts)
			ended = time.Since(began)
			return response, err
		})
		var sessions sync.WaitGroup
		for _, patience := range []time.Duration{time.Minute, 2 * time.Minute} {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(gatherWindow+patience, cancel)
			sessions.Go(func() {
				if err := tenant.run(ctx, plan{calls: []*call{getting("/a")}}); !errors.Is(err, context.Canceled) {
					t.Errorf("error %v, want the cancellation", err)
				}
			})
		}
		sessions.Wait()
		s.wantRequests()
		if ended != 2*time.Minute {
			t.Errorf("the request ended after %s", ended)
		}
	})
}

// A session that gives up before its batch has left takes its calls along.
func TestLeavingBeforeTheBatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tenant, s, _ := newTenant(t, each(nil))
		ctx, cancel := context.WithCancel(t.Context())
		stays := make(chan error)
		go func() { stays <- tenant.run(t.Context(), plan{calls: []*call{getting("/stays")}}) }()
		go func() {
			time.Sleep(gatherWindow / 2)
			cancel()
		}()
		if err := tenant.run(ctx, plan{calls: []*call{posting("/leaves")}}); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want the cancellation", err)
		}
		if err := <-stays; err != nil {
			t.Errorf("the other session ends with %v", err)
		}
		s.wantRequests()
		if got := s.urls()[0]; !slices.Equal(got, []string{"/stays"}) {
			t.Errorf("sent %v", got)
		}
	})
}

// Terraform refreshes ten sessions at a time and starts the next one some milliseconds after one has ended.
func TestManySessionsFillTheirBatches(t *testing.T) {
	t.Parallel()
	const sessions, parallelism, parts = 100, 10, 6
	synctest.Test(t, func(t *testing.T) {
		tenant, s, _ := newTenant(t, slices.Repeat([]step{slowly(100*time.Millisecond, each(nil))}, sessions)...)
		next := make(chan int)
		var workers sync.WaitGroup
		for worker := range parallelism {
			workers.Go(func() {
				for session := range next {
					time.Sleep(time.Duration(1+(worker*7+session*3)%20) * time.Millisecond)
					var calls []*call
					for part := range parts {
						calls = append(calls, getting(fmt.Sprintf("/%d/%d", session, part)))
					}
					if err := tenant.run(t.Context(), plan{calls: calls}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		for session := range sessions {
			next <- session
		}
		close(next)
		workers.Wait()
		if least := sessions * parts / maxBatch; len(s.seen) > least+3 {
			t.Errorf("%d batches, %d would do", len(s.seen), least)
		}
	})
}

// Whoever is alone does not wait for others after the first time.
func TestASessionOnItsOwnDoesNotWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const latency, steps = 100 * time.Millisecond, 5
		tenant, s, _ := newTenant(t, slices.Repeat([]step{slowly(latency, each(nil))}, steps)...)
		for range steps {
			if err := tenant.run(t.Context(), plan{calls: []*call{getting("/a")}}); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(s.began); took != gatherWindow+steps*latency {
			t.Errorf("it took %s", took)
		}
	})
}

// What does not fit into one batch leaves without waiting for it when there is nobody else to fill the next one.
func TestASessionOnItsOwnFillsSeveralBatches(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const latency = 100 * time.Millisecond
		tenant, s, _ := newTenant(t, slices.Repeat([]step{slowly(latency, each(nil))}, 4)...)
		for range 2 {
			if err := tenant.run(t.Context(), plan{calls: many(maxBatch + 1)}); err != nil {
				t.Fatal(err)
			}
		}
		s.wantRequests()
		if took := time.Since(s.began); took > 2*(latency+gatherWindow) {
			t.Errorf("it took %s", took)
		}
	})
}

// A caller that leaves before its calls have does not count any more.
func TestWhoHasLeftIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tenant, _, _ := newTenant(t, each(nil))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := tenant.run(ctx, plan{calls: []*call{getting("/a")}}); err == nil {
			t.Error("a call of nobody was sent")
		}
		if tenant.gatherer.active != 0 || len(tenant.gatherer.waiting) != 0 {
			t.Errorf("%d callers are waited for, %d calls wait", tenant.gatherer.active, len(tenant.gatherer.waiting))
		}
	})
}

// A batch that has come back is let go: a tenant that is not asked anything any more keeps none of its answers.
func TestWhatHasComeBackIsLetGo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tenant, s, _ := newTenant(t, each(nil), each(nil))
		var calls []*call
		for part := range maxBatch + 1 {
			calls = append(calls, getting(fmt.Sprintf("/%d", part)))
		}
		if err := tenant.run(t.Context(), plan{calls: calls}); err != nil {
			t.Fatal(err)
		}
		s.wantRequests()
		if n := cap(tenant.gatherer.waiting); n != 0 {
			t.Errorf("room for %d calls is kept", n)
		}
	})
}
