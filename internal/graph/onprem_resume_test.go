package graph_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/graph"
)

// onPremOperations are what is broken off, each on settings as they have to be before.
var onPremOperations = []struct {
	name     string
	requests int64 // of an undisturbed run
	before   *entra.OnPrem
	after    *entra.OnPrem
	run      func(w *world, on *graph.Gateway, ref entra.OnPremRef) error
}{
	{"create", 3, nil, &twoDomains, func(w *world, on *graph.Gateway, ref entra.OnPremRef) error {
		_, err := on.CreateOnPrem(w.Context(), w.tenant.ID(), ref.ClientID, twoDomains, hybridOnly)
		return err
	}},
	{"update", 3, &twoDomains, &otherDomains, func(w *world, on *graph.Gateway, ref entra.OnPremRef) error {
		_, err := on.UpdateOnPrem(w.Context(), w.tenant.ID(), ref, otherDomains, hybridOnly)
		return err
	}},
	{"delete", 2, &twoDomains, nil, func(w *world, on *graph.Gateway, ref entra.OnPremRef) error {
		return on.DeleteOnPrem(w.Context(), w.tenant.ID(), ref)
	}},
	{"delete without hints", 3, &twoDomains, nil, func(w *world, on *graph.Gateway, ref entra.OnPremRef) error {
		return on.DeleteOnPrem(w.Context(), w.tenant.ID(), entra.OnPremRef{ClientID: ref.ClientID})
	}},
}

// TestOnPremSurvivesAnInterruption loses one request, or its answer, at every step; and then everything from that step
// on, so that a new process has to finish.
func TestOnPremSurvivesAnInterruption(t *testing.T) {
	t.Parallel()
	for _, operation := range onPremOperations {
		for n := int64(1); n <= operation.requests; n++ {
			for _, before := range []bool{true, false} {
				for _, last := range []int64{n, forever} {
					t.Run(fmt.Sprintf("%s, requests %d to %d, before %t", operation.name, n, last, before), func(t *testing.T) {
						t.Parallel()
						w, clientID := newHybridWorld(t)
						ref := entra.OnPremRef{ClientID: clientID}
						if operation.before != nil {
							ref = w.createOnPrem(clientID, *operation.before)
						}
						broken := &fault{base: w.server.Client().Transport, first: n, last: last, before: before}
						err := operation.run(w, w.another(broken, w.tenant.Admin(), &skippingClock{}), ref)
						if last == n && (err != nil || broken.count.Load() < operation.requests) {
							t.Fatalf("%d requests, %v", broken.count.Load(), err)
						}
						if last == forever {
							if !errors.Is(err, errBroken) {
								t.Fatalf("error %v, want the broken connection", err)
							}
							w.restart()
							if err := operation.run(w, w.Gateway, ref); err != nil {
								t.Fatalf("the next run: %v", err)
							}
						}
						if operation.after == nil {
							w.wantNoOnPrem(clientID)
						} else {
							w.wantOnPrem(clientID, *operation.after)
						}
					})
				}
			}
		}
	}
}

// A create that broke off before the values were written is finished with other settings, too.
func TestOnPremIsFinishedOtherwise(t *testing.T) {
	t.Parallel()
	w, clientID := newHybridWorld(t)
	w.defineByHand(clientID, entra.OnPremDomains) // as far as it came
	w.createOnPrem(clientID, otherDomains)
	w.wantOnPrem(clientID, otherDomains)
}
