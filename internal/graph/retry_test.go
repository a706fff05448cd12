package graph

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

func TestThrottledPartIsSentAgainAlone(t *testing.T) {
	t.Parallel()
	for name, retryAfter := range map[string]func() string{
		"in seconds": func() string { return "42" },
		"as a date":  func() string { return time.Now().Add(42 * time.Second).UTC().Format(http.TimeFormat) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				throttled := refusal(http.StatusTooManyRequests, "TooManyRequests", "Slow down.", "retry-after", retryAfter())
				tenant, s, _ := newTenant(t, each(map[string]batchResponse{"/b": throttled}), each(nil))
				err := tenant.run(t.Context(), plan{calls: []*call{posting("/a"), posting("/b"), getting("/c")}})
				if err != nil {
					t.Fatal(err)
				}
				s.wantRequests()
				at := s.seen[1].at - s.seen[0].at
				if got := s.urls()[1]; !slices.Equal(got, []string{"/b"}) || at < 42*time.Second || at > 42*time.Second+gatherWindow {
					t.Errorf("after %s came %v, want /b alone after 42s", at, got)
				}
			})
		})
	}
}

func TestThrottledPartHoldsEverybodyInTheTenantBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		throttled := refusal(http.StatusTooManyRequests, "TooManyRequests", "Slow down.", "retry-after", "42")
		tenant, s, _ := newTenant(t, each(map[string]batchResponse{"/a": throttled}), each(nil), each(nil))
		first := make(chan error)
		go func() { first <- tenant.run(t.Context(), plan{calls: []*call{getting("/a")}}) }()
		time.Sleep(time.Second)
		if err := errors.Join(tenant.run(t.Context(), plan{calls: []*call{getting("/b")}}), <-first); err != nil {
			t.Fatal(err)
		}
		for _, b := range s.seen[1:] {
			if b.at < 42*time.Second {
				t.Errorf("%s was sent after %s although the tenant had asked for 42 seconds", describe(b.parts), b.at)
			}
		}
	})
}

func TestPartThatTheServiceFailsOn(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusInternalServerError, http.StatusServiceUnavailable, http.StatusGatewayTimeout} {
		failed := refusal(status, "Service_InternalServerError", "Try later.")
		synctest.Test(t, func(t *testing.T) {
			script := []step{}
			for range maxFailures + 1 {
				script = append(script, each(map[string]batchResponse{"/a": failed}))
			}
			tenant, s, _ := newTenant(t, script...)
			err := tenant.run(t.Context(), plan{calls: []*call{getting("/a"), patching("/b")}})
			if e := graphError(t, err, entra.ErrUnavailable); e.Status != status {
				t.Errorf("error %v, want status %d", e, status)
			}
			s.wantRequests()
			if got := s.urls()[1]; !slices.Equal(got, []string{"/a"}) {
				t.Errorf("sent again: %v", got)
			}
		})
		synctest.Test(t, func(t *testing.T) {
			tenant, s, _ := newTenant(t, each(map[string]batchResponse{"/a": failed}))
			err := tenant.run(t.Context(), plan{calls: []*call{posting("/a"), posting("/b")}})
			if e := graphError(t, err, entra.ErrUncertain); e.Status != status || e.Operation != "make /a" {
				t.Errorf("error %v", e)
			}
			s.wantRequests()
		})
	}
}

func TestPartWithoutAnswer(t *testing.T) {
	t.Parallel()
	silent := each(map[string]batchResponse{"/a": {}})
	synctest.Test(t, func(t *testing.T) {
		tenant, s, _ := newTenant(t, silent, each(nil))
		if err := tenant.run(t.Context(), plan{calls: []*call{getting("/a"), posting("/b")}}); err != nil {
			t.Fatal(err)
		}
		s.wantRequests()
		if got := s.urls()[1]; !slices.Equal(got, []string{"/a"}) {
			t.Errorf("sent again: %v, want /a", got)
		}
	})
	tenant, s, _ := newTenant(t, silent)
	wantKind(t, tenant.run(t.Context(), plan{calls: []*call{posting("/a"), getting("/b")}}), entra.ErrUncertain)
	s.wantRequests()
}

func TestConcurrentWriteIsTriedAgain(t *testing.T) {
	t.Parallel()
	conflict := each(map[string]batchResponse{"/a": refusal(http.StatusConflict, "Conflict", "Concurrent write.")})
	synctest.Test(t, func(t *testing.T) {
		tenant, s, _ := newTenant(t, conflict, conflict, each(nil))
		if err := tenant.run(t.Context(), plan{calls: []*call{posting("/a")}}); err != nil {
			t.Fatal(err)
		}
		s.wantRequests()
	})
	synctest.Test(t, func(t *testing.T) {
		tenant, s, _ := newTenant(t, slices.Repeat([]step{conflict}, maxFailures+1)...)
		wantKind(t, tenant.run(t.Context(), plan{calls: []*call{posting("/a")}}), entra.ErrConflict)
		s.wantRequests()
	})
}

func TestWhatIsThereAlreadyIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	present := refusal(http.StatusConflict, "Request_MultipleObjectsWithSameKeyValue", "Permission entry already exists.")
	tenant, s, _ := newTenant(t, each(map[string]batchResponse{"/a": present}))
	wantKind(t, tenant.run(t.Context(), plan{calls: []*call{posting("/a")}}), entra.ErrAlreadyExists)
	s.wantRequests()
}

// absent is the answer to a part that refers to what is not replicated yet.
var absent = refusal(http.StatusNotFound, "Request_ResourceNotFound", "Resource 'x' does not exist.")

func TestReplicationIsWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		lagging := each(map[string]batchResponse{"/b": absent})
		tenant, s, _ := newTenant(t, lagging, lagging, lagging, each(nil))
		err := tenant.run(t.Context(), plan{calls: []*call{posting("/a"), posting("/b").waitingFor(missing)}})
		if err != nil {
			t.Fatal(err)
		}
		s.wantRequests()
		for _, later := range s.urls()[1:] {
			if !slices.Equal(later, []string{"/b"}) {
				t.Errorf("sent again: %v, want /b", later)
			}
		}
	})
}

func TestAbsenceIsNotWaitedForWithoutReason(t *testing.T) {
	t.Parallel()
	tenant, s, _ := newTenant(t, each(map[string]batchResponse{"/a": absent}))
	wantKind(t, tenant.run(t.Context(), plan{calls: []*call{getting("/a")}}), entra.ErrNotFound)
	s.wantRequests()
}

func TestPatienceEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tenant, s, _ := newTenant(t, slices.Repeat([]step{each(map[string]batchResponse{"/a": absent})}, 20)...)
		c := posting("/a").waitingBriefly(time.Minute, missing)
		wantKind(t, tenant.run(t.Context(), plan{calls: []*call{c}}), entra.ErrNotFound)
		if at := s.seen[len(s.seen)-1].at; at < time.Minute || at > time.Minute+20*time.Second {
			t.Errorf("gave up after %s, want about a minute", at)
		}
	})
}

func TestPatienceEndsWithTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tenant, _, _ := newTenant(t, slices.Repeat([]step{each(map[string]batchResponse{"/a": absent})}, 100)...)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		c := posting("/a").waitingFor(missing)
		e := graphError(t, tenant.run(ctx, plan{calls: []*call{c, patching("/b")}}), entra.ErrNotYetVisible)
		if e.Operation != "make /a" || e.Request != "POST /a" || e.Remedy != "gave up after 5m0s" ||
			e.Message != "Resource 'x' does not exist." || !errors.Is(e, context.DeadlineExceeded) {
			t.Errorf("error %+v, want what was waited for, and for how long", e)
		}
	})
}

func TestForbiddenTellsWhatWouldDo(t *testing.T) {
	t.Parallel()
	denied := refusal(http.StatusForbidden, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
	tenant, s, _ := newTenant(t, each(map[string]batchResponse{"/a?$select=id": denied}))
	c := posting("/a?$select=id")
	c.right = entra.AssignAppRoles
	e := graphError(t, tenant.run(t.Context(), plan{calls: []*call{c}}), entra.ErrForbidden)
	s.wantRequests()
	if !slices.Equal(e.Needs, []string{"AppRoleAssignment.ReadWrite.All", "Application.Read.All"}) ||
		!slices.Equal(e.Holds, []string{"Application.Read.All"}) {
		t.Errorf("needs %v, holds %v", e.Needs, e.Holds)
	}
	if e.Request != "POST /a" || e.Code != "Authorization_RequestDenied" || e.Status != http.StatusForbidden {
		t.Errorf("error %v", e)
	}
}

func TestPollingEndsWithTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tenant, _, _ := newTenant(t)
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
		defer cancel()
		looks := 0
		err := tenant.wait(ctx, waiting{forWhat: "see it gone"}, func() (bool, error) { looks++; return false, nil })
		e := graphError(t, err, entra.ErrNotYetVisible)
		if e.Operation != "see it gone" || e.Remedy != "gave up after 1m30s" || !errors.Is(e, context.DeadlineExceeded) {
			t.Errorf("error %+v", e)
		}
		if looks < 8 || looks > 20 {
			t.Errorf("looked %d times in 90 s", looks)
		}
	})
}

func TestPausesGrowAndAreCapped(t *testing.T) {
	t.Parallel()
	for attempt, middle := range map[int]time.Duration{
		1: 500 * time.Millisecond, 2: time.Second, 3: 2 * time.Second, 4: 4 * time.Second, 5: 8 * time.Second,
		6: 15 * time.Second, 7: 15 * time.Second, 1000: 15 * time.Second,
	} {
		different := map[time.Duration]bool{}
		for range 100 {
			d := pause(attempt)
			different[d] = true
			if d < middle*3/4 || d > middle*5/4 {
				t.Fatalf("attempt %d waits %s, want %s give or take a quarter", attempt, d, middle)
			}
		}
		if len(different) < 10 {
			t.Errorf("attempt %d always waits alike", attempt)
		}
	}
}

// What may pass or may be meant for good is waited out for a while.
func TestBriefWaits(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		refusal  batchResponse
		call     func(*tenant, context.Context) *call
		patience time.Duration
	}{
		"an app role that is not copied yet": {
			refusal(http.StatusBadRequest, "Request_BadRequest", "Permission being assigned was not found on application"),
			func(t *tenant, ctx context.Context) *call {
				return t.assignAppRole(ctx, entra.GrantRole{Permission: entra.Permission{ID: role}}, principal, resource)
			}, grantPatience,
		},
		"a certificate of the future": {
			refusal(http.StatusBadRequest, "KeyCredentialsInvalidStartDate", "Key credential start date is invalid."),
			func(t *tenant, ctx context.Context) *call {
				return t.patchApplication(ctx, "add a certificate", appObject, body{"keyCredentials": []body{}})
			}, keyDatePatience,
		},
	} {
		refuse := func(*http.Request, []batchRequest) (*http.Response, error) {
			response := c.refusal
			response.ID = "0"
			content, err := json.Marshal(map[string]any{"responses": []batchResponse{response}})
			return httpAnswer(http.StatusOK, string(content)), err
		}
		t.Run(name+" passes", func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tenant, s, _ := newTenant(t, refuse, refuse, refuse, each(nil))
				if err := tenant.run(t.Context(), plan{calls: []*call{c.call(tenant, t.Context())}}); err != nil {
					t.Error(err)
				}
				s.wantRequests()
			})
		})
		t.Run(name+" does not pass", func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tenant, s, _ := newTenant(t, slices.Repeat([]step{refuse}, 100)...)
				wantKind(t, tenant.run(t.Context(), plan{calls: []*call{c.call(tenant, t.Context())}}), entra.ErrInvalid)
				if took := time.Since(s.began); took < c.patience || took > c.patience+2*longPause {
					t.Errorf("gave up after %s", took)
				}
			})
		})
	}
}
