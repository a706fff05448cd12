package graph_test

import (
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// rival runs something before the n-th request.
type rival struct {
	base  http.RoundTripper
	count atomic.Int64
	n     int64
	run   func()
}

func (i *rival) RoundTrip(r *http.Request) (*http.Response, error) {
	if i.count.Add(1) == i.n {
		i.run()
	}
	return i.base.RoundTrip(r)
}

// TestTwoRunsCreateOneSession has another run create the same session at every step of a create. One of the two
// succeeds, and the session has the secret that this one was told.
func TestTwoRunsCreateOneSession(t *testing.T) {
	t.Parallel()
	session := secretSession(t, "Raced")
	for n := int64(1); n <= requestsOf(t, session); n++ {
		t.Run(fmt.Sprintf("before request %d", n), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, emulator.TenantOptions{})
			var second entra.Result
			var secondErr error
			between := &rival{base: w.server.Client().Transport, n: n}
			first := w.another(between, w.tenant.Admin(), &skippingClock{})
			between.run = func() {
				second, secondErr = w.Create(t.Context(), w.tenant.ID(), session, entra.CreateOptions{})
			}
			result, err := first.Create(t.Context(), w.tenant.ID(), session, entra.CreateOptions{})
			if (err == nil) == (secondErr == nil) {
				t.Fatalf("the runs end with %v and %v, want one success", err, secondErr)
			}
			winner := result
			if secondErr == nil {
				winner = second
			}
			var lost *entra.LostClaimError
			var taken *entra.NameTakenError
			if loser := errors.Join(err, secondErr); !errors.As(loser, &lost) && !errors.As(loser, &taken) {
				t.Errorf("the loser ends with %v", loser)
			}
			found, err := w.Read(t.Context(), w.tenant.ID(), entra.Ref{ClientID: winner.Registration.ClientID})
			if err != nil {
				t.Fatal(err)
			}
			if len(found.Secrets) != 1 || winner.Issued == nil || found.Secrets[0].KeyID != winner.Issued.KeyID {
				t.Errorf("the session has %d secrets, and the winner knows %+v", len(found.Secrets), winner.Issued != nil)
			}
			if applications := w.applications(session.DisplayName); len(applications) != 1 {
				t.Errorf("%d applications", len(applications))
			}
		})
	}
}
