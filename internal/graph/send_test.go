package graph

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

func TestThrottledBatchResumesWhenItMay(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		retryAfter  func() string
		least, most time.Duration
	}{
		"in seconds":          {func() string { return "315" }, 315 * time.Second, 315 * time.Second},
		"as a date":           {func() string { return time.Now().Add(90 * time.Second).UTC().Format(http.TimeFormat) }, 90 * time.Second, 90 * time.Second},
		"a date of the past":  {func() string { return "Mon, 02 Jan 1995 15:04:05 GMT" }, 375 * time.Millisecond, 625 * time.Millisecond},
		"without a header":    {func() string { return "" }, 375 * time.Millisecond, 625 * time.Millisecond},
		"with a strange one":  {func() string { return "soon" }, 375 * time.Millisecond, 625 * time.Millisecond},
		"less than the pause": {func() string { return "0" }, 375 * time.Millisecond, 625 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tenant, s, _ := newTenant(t, whole(http.StatusTooManyRequests, "", "Retry-After", c.retryAfter()), each(nil))
				if err := tenant.run(t.Context(), plan{calls: []*call{posting("/a")}}); err != nil {
					t.Fatal(err)
				}
				s.wantRequests()
				if at := s.seen[1].at; at < c.least || at > c.most+gatherWindow {
					t.Errorf("sent again after %s, want between %s and %s", at, c.least, c.most)
				}
			})
		})
	}
}

func TestThrottlingIsNoFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var script []step
		for range 3 * maxFailures {
			script = append(script, whole(http.StatusTooManyRequests, "", "Retry-After", "30"))
		}
		script = append(script, reset, each(nil))
		tenant, s, _ := newTenant(t, script...)
		if err := tenant.run(t.Context(), plan{calls: []*call{getting("/a")}}); err != nil {
			t.Fatal(err)
		}
		s.wantRequests()
	})
}

func TestThrottlingHoldsEverybodyInTheTenantBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tenant, s, _ := newTenant(t, whole(http.StatusTooManyRequests, "", "Retry-After", "60"), each(nil), each(nil))
		first := make(chan error)
		go func() { first <- tenant.run(t.Context(), plan{calls: []*call{getting("/a")}}) }()
		time.Sleep(2 * gatherWindow) // the first is on its way
		if err := errors.Join(tenant.run(t.Context(), plan{calls: []*call{getting("/b")}}), <-first); err != nil {
			t.Fatal(err)
		}
		s.wantRequests()
		for _, b := range s.seen[1:] {
			if b.at < 60*time.Second {
				t.Errorf("%s was sent after %s although the tenant had asked for a minute", describe(b.parts), b.at)
			}
		}
	})
}

func TestThrottledBeyondTheDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tenant, s, _ := newTenant(t, whole(http.StatusTooManyRequests, "", "Retry-After", "3600"))
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
		defer cancel()
		e := graphError(t, tenant.run(ctx, plan{calls: []*call{posting("/a")}}), entra.ErrThrottled)
		s.wantRequests()
		if e.Operation != "make /a" || e.Remedy != "gave up after 15m0s" || !errors.Is(e, context.DeadlineExceeded) {
			t.Errorf("error %v, remedy %q, want what was tried, and for how long", e, e.Remedy)
		}
	})
}

func TestRefusedTokenIsReplacedOnce(t *testing.T) {
	t.Parallel()
	unauthorized := whole(http.StatusUnauthorized, `{"error":{"code":"InvalidAuthenticationToken","message":"Expired."}}`)
	synctest.Test(t, func(t *testing.T) {
		tenant, s, source := newTenant(t, unauthorized, each(nil))
		if err := tenant.run(t.Context(), plan{calls: []*call{posting("/a")}}); err != nil {
			t.Fatal(err)
		}
		s.wantRequests()
		if source.forgotten != 1 || source.issued != 2 || s.seen[0].authorization == s.seen[1].authorization {
			t.Errorf("forgot %d tokens and got %d, want 1 and 2", source.forgotten, source.issued)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		tenant, s, source := newTenant(t, unauthorized, unauthorized)
		e := graphError(t, tenant.run(t.Context(), plan{calls: []*call{posting("/a")}}), entra.ErrUnauthorized)
		s.wantRequests()
		if source.forgotten != 1 || e.Code != "InvalidAuthenticationToken" || e.Status != http.StatusUnauthorized {
			t.Errorf("forgot %d tokens, error %v", source.forgotten, e)
		}
	})
}

func TestNoTokenNoRequest(t *testing.T) {
	t.Parallel()
	tenant, s, source := newTenant(t)
	source.err = errors.New("AADSTS700016")
	e := graphError(t, tenant.run(t.Context(), plan{calls: []*call{posting("/a")}}), entra.ErrUnavailable)
	s.wantRequests()
	if !errors.Is(e, source.err) {
		t.Errorf("error %v does not tell the cause", e)
	}
}

func TestLostAnswers(t *testing.T) {
	t.Parallel()
	unreadable := whole(http.StatusOK, "<html>sign in to the hotel's network</html>")
	gateway := whole(http.StatusBadGateway, "")
	for name, broken := range map[string]step{"reset": reset, "unreadable": unreadable, "bad gateway": gateway} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tenant, s, _ := newTenant(t, broken, broken, each(nil))
				if err := tenant.run(t.Context(), plan{calls: []*call{getting("/a"), patching("/b")}}); err != nil {
					t.Fatalf("what may be repeated was not: %v", err)
				}
				s.wantRequests()
			})
			synctest.Test(t, func(t *testing.T) {
				tenant, s, _ := newTenant(t, broken, each(nil))
				calls := []*call{patching("/a"), posting("/b")}
				wantKind(t, tenant.run(t.Context(), plan{calls: calls}), entra.ErrUncertain)
				s.wantRequests()
				wantKind(t, calls[1].err, entra.ErrUncertain)
				if got := s.urls()[1]; calls[0].err != nil || !slices.Equal(got, []string{"/a"}) {
					t.Errorf("sent again: %v, want /a alone, which ended with %v", got, calls[0].err)
				}
			})
			synctest.Test(t, func(t *testing.T) {
				tenant, s, _ := newTenant(t, broken)
				calls := []*call{patching("/a"), posting("/b")}
				wantKind(t, tenant.run(t.Context(), plan{calls: calls, serial: true}), entra.ErrUncertain)
				s.wantRequests()
				for _, c := range calls {
					wantKind(t, c.err, entra.ErrUncertain)
				}
			})
		})
	}
}

func TestTheTransportNeverRepeats(t *testing.T) {
	t.Parallel()
	tenant, s, _ := newTenant(t, each(nil))
	if err := tenant.run(t.Context(), plan{calls: []*call{posting("/a")}}); err != nil {
		t.Fatal(err)
	}
	if s.seen[0].repeatable {
		t.Error("net/http could send the batch again by itself")
	}
}

func TestServiceThatStaysDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var script []step
		for range maxFailures + 1 {
			script = append(script, whole(http.StatusServiceUnavailable, "busy", "Retry-After", "20",
				"request-id", "r-1", "client-request-id", "c-1"))
		}
		tenant, s, _ := newTenant(t, script...)
		e := graphError(t, tenant.run(t.Context(), plan{calls: []*call{getting("/a")}}), entra.ErrUnavailable)
		s.wantRequests()
		if e.Status != http.StatusServiceUnavailable || e.Message != "busy" || e.RequestID != "r-1" || e.ClientRequestID != "c-1" {
			t.Errorf("error %+v", e)
		}
		if at := s.seen[maxFailures].at; at < maxFailures*20*time.Second {
			t.Errorf("the last attempt came after %s, before the service had asked for", at)
		}
	})
}

func TestWrongEndpointIsNotTakenForAbsence(t *testing.T) {
	t.Parallel()
	tenant, _, _ := newTenant(t, whole(http.StatusNotFound, "404 page not found"))
	err := tenant.run(t.Context(), plan{calls: []*call{getting("/applications/1")}})
	if wantKind(t, err, entra.ErrUnavailable); errors.Is(err, entra.ErrNotFound) {
		t.Error("a server that is not Microsoft Graph makes applications disappear")
	}
}

func TestDeadlineDuringARequest(t *testing.T) {
	t.Parallel()
	hanging := func(r *http.Request, _ []batchRequest) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	for kind, c := range map[error]*call{entra.ErrUncertain: posting("/a"), entra.ErrUnavailable: getting("/a")} {
		synctest.Test(t, func(t *testing.T) {
			tenant, s, _ := newTenant(t, hanging)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			e := graphError(t, tenant.run(ctx, plan{calls: []*call{c}}), kind)
			s.wantRequests()
			if !errors.Is(e, context.DeadlineExceeded) || e.Remedy != "gave up after 1m0s" || e.ClientRequestID == "" {
				t.Errorf("error %+v, want the end of the time, the wait and the request's id", e)
			}
		})
	}
}

// A call that makes Microsoft Graph refuse the whole batch fails alone.
func TestOneCallSpoilsTheBatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pick := func(r *http.Request, parts []batchRequest) (*http.Response, error) {
			for _, p := range parts {
				if p.URL == "/bad" {
					return httpAnswer(http.StatusBadRequest, `{"error":{"code":"BadRequest","message":"Invalid batch payload format."}}`), nil
				}
			}
			return each(nil)(r, parts)
		}
		tenant, s, _ := newTenant(t, slices.Repeat([]step{pick}, 9)...)
		calls := append(repeat(12, posting, "good"), posting("/bad"))
		calls = append(calls, repeat(3, posting, "fine")...)
		e := graphError(t, tenant.run(t.Context(), plan{calls: calls}), entra.ErrInvalid)
		if e.Operation != "make /bad" || e.Code != "BadRequest" {
			t.Errorf("error %v", e)
		}
		for i, c := range calls {
			if (c.err != nil) != (i == 12) {
				t.Errorf("%s: %v", c.operation, c.err)
			}
		}
		sent := map[string]int{}
		for _, b := range s.seen {
			if len(b.parts) > 0 && !slices.ContainsFunc(b.parts, func(p batchRequest) bool { return p.URL == "/bad" }) {
				for _, p := range b.parts {
					sent[p.URL]++
				}
			}
		}
		for url, n := range sent {
			if n != 1 {
				t.Errorf("%s was carried out %d times", url, n)
			}
		}
	})
}
