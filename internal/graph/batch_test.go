package graph

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// many makes calls to /0, /1 and so on.
func many(n int) []*call {
	calls := make([]*call, n)
	for i := range calls {
		calls[i] = posting(fmt.Sprintf("/%d", i))
	}
	return calls
}

func sizes(s *service) []int {
	var all []int
	for _, b := range s.seen {
		all = append(all, len(b.parts))
	}
	return all
}

func TestBatchesOfTwenty(t *testing.T) {
	t.Parallel()
	for n, want := range map[int][]int{0: nil, 1: {1}, 20: {20}, 21: {20, 1}, 45: {20, 20, 5}} {
		synctest.Test(t, func(t *testing.T) {
			tenant, s, _ := newTenant(t, slices.Repeat([]step{each(nil)}, len(want))...)
			if err := tenant.run(t.Context(), plan{calls: many(n)}); err != nil {
				t.Fatal(err)
			}
			if got := sizes(s); !slices.Equal(got, want) {
				t.Errorf("%d calls went in batches of %v, want %v", n, got, want)
			}
		})
	}
}

func TestAnswersFindTheirCalls(t *testing.T) {
	t.Parallel()
	answers := map[string]batchResponse{}
	calls := many(20)
	for _, c := range calls {
		answers[c.url] = found(`{"url":"` + c.url + `"}`)
	}
	tenant, s, _ := newTenant(t, each(answers))
	if err := tenant.run(t.Context(), plan{calls: calls}); err != nil {
		t.Fatal(err)
	}
	s.wantRequests()
	for _, c := range calls {
		if want := `{"url":"` + c.url + `"}`; string(c.answer.body) != want {
			t.Errorf("%s was answered %s", c.url, c.answer.body)
		}
	}
}

func TestParallelBatchHasNoDependencies(t *testing.T) {
	t.Parallel()
	tenant, s, _ := newTenant(t, each(nil))
	if err := tenant.run(t.Context(), plan{calls: many(3)}); err != nil {
		t.Fatal(err)
	}
	for _, part := range s.seen[0].parts {
		if len(part.DependsOn) > 0 {
			t.Errorf("%s depends on %v", part.URL, part.DependsOn)
		}
	}
}

func TestSerialBatchIsAChain(t *testing.T) {
	t.Parallel()
	tenant, s, _ := newTenant(t, each(nil), each(nil))
	if err := tenant.run(t.Context(), plan{calls: many(22), serial: true}); err != nil {
		t.Fatal(err)
	}
	s.wantRequests()
	for _, b := range s.seen {
		for i, part := range b.parts {
			if i == 0 && len(part.DependsOn) > 0 {
				t.Errorf("the first part depends on %v", part.DependsOn)
			}
			if i > 0 && !slices.Equal(part.DependsOn, []string{b.parts[i-1].ID}) {
				t.Errorf("part %d depends on %v, want on the one before it", i, part.DependsOn)
			}
		}
	}
}

var dependencyFailed = refusal(http.StatusFailedDependency, "FailedDependency", "Not executed.")

func TestSerialBatchGoesOnWhereItWasStopped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		throttled := refusal(http.StatusTooManyRequests, "TooManyRequests", "Slow down.", "Retry-After", "5")
		tenant, s, _ := newTenant(t,
			each(map[string]batchResponse{"/1": throttled, "/2": dependencyFailed, "/3": dependencyFailed}), each(nil))
		calls := many(4)
		if err := tenant.run(t.Context(), plan{calls: calls, serial: true}); err != nil {
			t.Fatal(err)
		}
		s.wantRequests()
		if got := s.urls()[1]; !slices.Equal(got, []string{"/1", "/2", "/3"}) {
			t.Errorf("sent again: %v", got)
		}
		if got := s.seen[1].parts[1].DependsOn; !slices.Equal(got, []string{"0"}) {
			t.Errorf("the rest of the chain depends on %v", got)
		}
	})
}

func TestSerialBatchStopsAtARefusal(t *testing.T) {
	t.Parallel()
	invalid := refusal(http.StatusBadRequest, "Request_BadRequest", "No.")
	tenant, s, _ := newTenant(t, each(map[string]batchResponse{"/1": invalid, "/2": dependencyFailed}))
	calls := many(25)
	for i := 3; i < maxBatch; i++ {
		calls[i].url = "/2"
	}
	e := graphError(t, tenant.run(t.Context(), plan{calls: calls, serial: true}), entra.ErrInvalid)
	s.wantRequests() // the second batch is never sent
	if e.Operation != "make /1" || calls[0].err != nil {
		t.Errorf("error %v, the first call's %v", e, calls[0].err)
	}
	for _, c := range calls[2:] {
		var own *entra.GraphError
		if c.err == nil || errors.As(c.err, &own) {
			t.Errorf("%s ends with %v, want that it was not attempted, and nothing else", c.url, c.err)
		}
	}
}

func TestLostBatchLeavesTheOthersDone(t *testing.T) {
	t.Parallel()
	tenant, s, _ := newTenant(t, each(nil), reset, each(nil))
	calls := many(45)
	wantKind(t, tenant.run(t.Context(), plan{calls: calls}), entra.ErrUncertain)
	s.wantRequests()
	lost := s.urls()[1] // the batches leave at the same time, in any order
	for _, c := range calls {
		if (c.err != nil) != slices.Contains(lost, c.url) {
			t.Errorf("%s ends with %v", c.url, c.err)
		}
	}
}

func TestNothingIsSentWhenACallCannotBeBuilt(t *testing.T) {
	t.Parallel()
	tenant, s, _ := newTenant(t)
	broken := newCall("make /x", entra.ManageApplications, nil, errors.New("a model that cannot be written"))
	calls := []*call{posting("/a"), broken, posting("/b")}
	if err := tenant.run(t.Context(), plan{calls: calls, serial: true}); err == nil || !errors.Is(err, broken.err) {
		t.Errorf("error %v, want %v", err, broken.err)
	}
	s.wantRequests()
}

func TestPagesAreFollowedToTheEnd(t *testing.T) {
	t.Parallel()
	// The links name the host that Microsoft Graph believes to have, which need not be the configured one.
	page := func(id, next string) batchResponse {
		return found(`{"value":[{"id":"` + id + `"}],"@odata.nextLink":"https://graph.microsoft.com/v1.0` + next + `"}`)
	}
	last := found(`{"value":[{"id":"last"}]}`)
	tenant, s, _ := newTenant(t,
		each(map[string]batchResponse{"/x": page("1", "/x?$skiptoken=a%20b"), "/y": last, "/z": absent, "/one": found(`{}`)}),
		each(map[string]batchResponse{"/x?$skiptoken=a%20b": page("2", "/x?$skiptoken=c")}),
		each(map[string]batchResponse{"/x?$skiptoken=c": last}))
	pages, err := tenant.list(t.Context(), []*call{getting("/one")}, getting("/x"), getting("/y"), getting("/z"))
	if err != nil {
		t.Fatal(err)
	}
	s.wantRequests()
	if len(pages[0]) != 3 || len(pages[1]) != 1 || string(pages[0][2].answer.body) != string(last.Body) {
		t.Errorf("pages %d and %d, want 3 and 1", len(pages[0]), len(pages[1]))
	}
	if len(pages[2]) != 1 || !errors.Is(pages[2][0].err, entra.ErrNotFound) {
		t.Errorf("the absent collection ends with %v", pages[2][0].err)
	}
}

func TestHalfACollectionIsAnError(t *testing.T) {
	t.Parallel()
	elsewhere := found(`{"value":[],"@odata.nextLink":"https://graph.microsoft.com/beta/x?$skiptoken=a"}`)
	tenant, _, _ := newTenant(t, each(map[string]batchResponse{"/x": elsewhere}))
	if _, err := tenant.list(t.Context(), nil, getting("/x")); err == nil {
		t.Error("a page that cannot be followed is passed over in silence")
	}
	synctest.Test(t, func(t *testing.T) {
		next := found(`{"value":[],"@odata.nextLink":"https://graph.microsoft.com/v1.0/x?$skiptoken=a"}`)
		denied := refusal(http.StatusForbidden, "Authorization_RequestDenied", "No.")
		tenant, _, _ := newTenant(t, each(map[string]batchResponse{"/x": next}),
			each(map[string]batchResponse{"/x?$skiptoken=a": denied}))
		if _, err := tenant.list(t.Context(), nil, getting("/x")); !errors.Is(err, entra.ErrForbidden) {
			t.Errorf("error %v, want that of the second page", err)
		}
	})
}
