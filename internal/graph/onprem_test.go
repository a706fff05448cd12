package graph_test

import (
	"errors"
	"net/http"
	"reflect"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// The life of settings, and what it costs.
func TestOnPremLife(t *testing.T) {
	t.Parallel()
	w, clientID := newHybridWorld(t)
	cost := func(stage string, want int) {
		t.Helper()
		if got := w.roundTrips(); got != want {
			t.Errorf("%s: %d round trips, want %d", stage, got, want)
		}
	}
	w.roundTrips()
	ref := w.createOnPrem(clientID, twoDomains)
	cost("create", 3) // a look, the writes, a look
	w.wantOnPrem(clientID, twoDomains)
	w.restart()
	if have := w.readOnPrem(ref); !have.Shows(twoDomains) || !reflect.DeepEqual(have.Hints(ref.Hints), ref.Hints) {
		t.Errorf("read %+v, hints %+v, want %+v", have, have.Hints(ref.Hints), ref.Hints)
	}
	cost("read", 1)
	ref = w.updateOnPrem(ref, otherDomains)
	cost("update", 3)
	w.wantOnPrem(clientID, otherDomains)
	w.restart()
	if err := w.DeleteOnPrem(t.Context(), w.tenant.ID(), ref); err != nil {
		t.Fatal(err)
	}
	cost("delete", 2) // the writes, a look
	w.wantNoOnPrem(clientID)
	if err := w.DeleteOnPrem(t.Context(), w.tenant.ID(), ref); err != nil {
		t.Errorf("a second delete: %v", err)
	}
	if have := w.readOnPrem(ref); have.Exists() {
		t.Errorf("read after the delete: %+v", have)
	}
}

// Without hints, as after an import, everything is found as well.
func TestOnPremWithoutHints(t *testing.T) {
	t.Parallel()
	w, clientID := newHybridWorld(t)
	known := w.createOnPrem(clientID, twoDomains)
	w.restart()
	w.roundTrips()
	ref := entra.OnPremRef{ClientID: clientID}
	have := w.readOnPrem(ref)
	if got := have.Hints(ref.Hints); !have.Shows(twoDomains) || !reflect.DeepEqual(got, known.Hints) {
		t.Errorf("read %+v, hints %+v", have, got)
	}
	if got := w.roundTrips(); got != 1 {
		t.Errorf("%d round trips", got)
	}
	w.updateOnPrem(ref, otherDomains)
	w.wantOnPrem(clientID, otherDomains)
	for range 2 {
		if err := w.DeleteOnPrem(t.Context(), w.tenant.ID(), ref); err != nil {
			t.Fatal(err)
		}
		w.wantNoOnPrem(clientID)
	}
}

// Writes are one batch, in order: definitions before values, and on the way back values before definitions.
func TestOnPremOrderOfWrites(t *testing.T) {
	t.Parallel()
	w, clientID := newHybridWorld(t)
	writes := func() (methods []string) {
		for _, request := range w.tenant.Requests() {
			for _, part := range request.Parts {
				if part.Method != http.MethodGet {
					methods = append(methods, part.Method)
				}
			}
		}
		w.tenant.ResetRequests()
		return methods
	}
	w.tenant.ResetRequests()
	ref := w.createOnPrem(clientID, twoDomains)
	if got := writes(); !slices.Equal(got, []string{"POST", "POST", "POST", "PATCH"}) {
		t.Errorf("create: %v", got)
	}
	if err := w.DeleteOnPrem(t.Context(), w.tenant.ID(), ref); err != nil {
		t.Fatal(err)
	}
	if got := writes(); !slices.Equal(got, []string{"PATCH", "DELETE", "DELETE", "DELETE"}) {
		t.Errorf("delete: %v", got)
	}
}

// Settings that are there are neither overwritten nor shared.
func TestOnPremTaken(t *testing.T) {
	t.Parallel()
	w, clientID := newHybridWorld(t)
	w.createOnPrem(clientID, twoDomains)
	_, err := w.CreateOnPrem(t.Context(), w.tenant.ID(), clientID, otherDomains, hybridOnly)
	var taken *entra.OnPremTakenError
	if !errors.As(err, &taken) || taken.ClientID != clientID {
		t.Fatal(err)
	}
	w.wantOnPrem(clientID, twoDomains)
	w.createOnPrem(clientID, twoDomains) // the same: a create whose answer was lost
	w.wantOnPrem(clientID, twoDomains)
}

// Two resources of one run that write to the same session take turns, and the second finds that it is not alone.
func TestOnPremOneAtATime(t *testing.T) {
	t.Parallel()
	w, clientID := newHybridWorld(t)
	errs := make(chan error, 2)
	for _, want := range []entra.OnPrem{twoDomains, otherDomains} {
		if err := w.CheckOnPrem(t.Context(), w.tenant.ID(), clientID, hybridOnly); err != nil {
			t.Fatal(err)
		}
		go func() {
			_, err := w.CreateOnPrem(t.Context(), w.tenant.ID(), clientID, want, hybridOnly)
			errs <- err
		}()
	}
	first, second := <-errs, <-errs
	var taken *entra.OnPremTakenError
	if (first == nil) == (second == nil) || !errors.As(errors.Join(first, second), &taken) {
		t.Errorf("they end with %v and %v", first, second)
	}
}

// Refreshes travel together: those of sessions, and those of settings.
func TestOnPremRefreshSharesABatch(t *testing.T) {
	t.Parallel()
	shared, err := emulator.New(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		w := newWorldOn(t, shared, emulator.TenantOptions{Hybrid: true}, entra.SystemClock{})
		result, want := w.create(secretSession(t, "Hybrid"))
		session := refOf(result.Registration, want)
		refs := []entra.OnPremRef{w.createOnPrem(session.ClientID, twoDomains)}
		for range 3 {
			refs = append(refs, w.createOnPrem(w.session(entra.TagAppSession), otherDomains))
		}
		w.Gateway = w.another(w.server.Client().Transport, w.tenant.Admin(), entra.SystemClock{})
		w.roundTrips()
		var group sync.WaitGroup
		group.Go(func() {
			if have, err := w.Read(t.Context(), w.tenant.ID(), session); err != nil || have.Fingerprint() != session.Hints.Seen {
				t.Errorf("the session is not as it was: %v", err)
			}
		})
		for _, ref := range refs {
			group.Go(func() {
				if have, err := w.ReadOnPrem(t.Context(), w.tenant.ID(), ref); err != nil || have.Values.Fingerprint() != ref.Hints.Seen {
					t.Errorf("the settings are not as they were: %v", err)
				}
			})
		}
		group.Wait()
		if got := w.roundTrips(); got != 1 {
			t.Errorf("%d round trips", got)
		}
	})
}
