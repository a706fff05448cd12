package graph_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// held stops before its n-th request until it is released.
type held struct {
	base    http.RoundTripper
	count   atomic.Int64
	n       int64
	reached func()
	release chan struct{}
}

func (h *held) RoundTrip(r *http.Request) (*http.Response, error) {
	if h.count.Add(1) == h.n {
		h.reached()
		<-h.release
	}
	return h.base.RoundTrip(r)
}

// TestTwoRunsInterleaved starts another create of the same session at every step of a create, holds it at each of its own
// steps, and lets it go on when the first has ended. Never do both succeed; who succeeds keeps the credential, and where
// nobody does, the next create does, or names the session to import, whose certificate is the configuration's. What the
// other had under way may still arrive, so the description can be the other's until the next apply.
func TestTwoRunsInterleaved(t *testing.T) {
	t.Parallel()
	for name, session := range breakable(t) {
		steps := requestsOf(t, session)
		for n := int64(1); n <= steps; n++ {
			for m := int64(1); m <= steps; m++ {
				t.Run(fmt.Sprintf("%s, before request %d, held at %d", name, n, m), func(t *testing.T) {
					t.Parallel()
					interleave(t, session, n, m)
				})
			}
		}
	}
}

func interleave(t *testing.T, session entra.Session, n, m int64) {
	t.Helper()
	w := newWorld(t, emulator.TenantOptions{})
	otherwise := session
	otherwise.Notes = "made by the other"
	reached, ended := make(chan struct{}), make(chan struct{})
	reach := sync.OnceFunc(func() { close(reached) })
	slow := &held{base: w.server.Client().Transport, n: m, reached: reach, release: make(chan struct{})}
	second := outcome{session: otherwise, gateway: w.another(slow, w.tenant.Admin(), &skippingClock{})}
	between := &rival{base: w.server.Client().Transport, n: n, run: func() {
		go func() {
			defer close(ended)
			defer reach() // also when it ends before
			second.create(t, w.tenant.ID())
		}()
		<-reached
	}}
	first := outcome{session: session, gateway: w.another(between, w.tenant.Admin(), &skippingClock{})}
	first.create(t, w.tenant.ID())
	close(slow.release)
	<-ended
	wantOneOutcome(w, first, second)
}

// wantOneOutcome fails unless one of the runs has made the session, or none of them and the next one can.
func wantOneOutcome(w *world, first, second outcome) {
	w.Helper()
	if first.err == nil && second.err == nil {
		w.Errorf("both runs think that they have made the session: %s and %s", first.result.Registration.ClientID, second.result.Registration.ClientID)
	}
	if first.err != nil && second.err != nil {
		third := outcome{session: first.session, gateway: w}
		third.create(w.TB, w.tenant.ID())
		switch {
		case third.err == nil:
			w.wantOne(third.result, owning(third.session, third.result))
		case !third.namesImport():
			w.Errorf("after two runs that failed, the next one fails: %v", third.err)
		}
	}
	for _, run := range []outcome{first, second} {
		if run.err != nil {
			continue
		}
		want := owning(run.session, run.result)
		if again, _ := w.update(refOf(run.result.Registration, want), want); again.Issued != nil {
			w.Error("its secret is gone")
		}
		w.wantOne(run.result, want)
	}
}

// outcome is what became of a run that creates a session.
type outcome struct {
	session entra.Session
	gateway entra.Sessions
	result  entra.Result
	err     error
}

// namesImport tells whether the run was refused because there is the session to import, with the certificate of the
// configuration.
func (o *outcome) namesImport() bool {
	var taken *entra.NameTakenError
	return o.session.Secret == nil && errors.As(o.err, &taken) && taken.ClientID != "" && !taken.Foreign
}

func (o *outcome) create(t testing.TB, tenantID string) {
	t.Helper()
	o.result, o.err = o.gateway.Create(t.Context(), tenantID, o.session, entra.CreateOptions{})
}

// TestThirdRunTakesOver has another run claim, for good, what a run is about to finish that an earlier one has left. That
// run gives up, and leaves the registration to the other, unless it came first.
func TestThirdRunTakesOver(t *testing.T) {
	t.Parallel()
	session := secretSession(t, "Left")
	third := entra.TagProvisioning(entra.NewNonce())
	for n, ended := int64(1), false; !ended; n++ {
		w := newWorld(t, emulator.TenantOptions{})
		broken := &fault{base: w.server.Client().Transport, first: 4, last: forever, before: true}
		if _, err := w.another(broken, w.tenant.Admin(), &skippingClock{}).Create(t.Context(), w.tenant.ID(), session, entra.CreateOptions{}); err == nil {
			t.Fatal("the first run has not broken off")
		}
		claims := func() {
			w.do(http.MethodPatch, "/applications/"+fmt.Sprint(w.applications(session.DisplayName)[0]["id"]),
				map[string]any{"tags": []string{entra.TagAppSession, third}})
		}
		between := &rival{base: w.server.Client().Transport, n: n, run: claims}
		second := outcome{session: session, gateway: w.another(between, w.tenant.Admin(), &skippingClock{})}
		second.create(t, w.tenant.ID())
		ended = between.count.Load() < n // it was done before the third could claim
		left := slices.Contains(tagsOf(w.applications(session.DisplayName)[0]), third)
		var lost *entra.LostClaimError
		if left != errors.As(second.err, &lost) || !left && second.err != nil {
			t.Errorf("before request %d: the third run's claim is left: %t, and the second ends with %v", n, left, second.err)
		}
	}
}
