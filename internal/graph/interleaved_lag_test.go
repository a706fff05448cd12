package graph_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/conditions"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// TestTwoRunsOfALaggingTenant starts two creates of one session within seconds, while requests take seconds and replicas lag
// behind by seconds, by schedules that follow from a seed. No write can be made to depend on what is there, so where all
// replicas that are asked lag behind at the wrong moment, both runs or none of them may think that they have made the
// session. That is to stay rare: of 1,000 schedules about 6 end so, and 170 would if the look-up alone decided.
func TestTwoRunsOfALaggingTenant(t *testing.T) {
	t.Parallel()
	shared, err := emulator.New(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var wrong atomic.Uint64
	t.Run("seeds", func(t *testing.T) {
		for seed := uint64(1); seed <= seedsAsked(t); seed++ {
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					if said := raceThrough(t, shared, seed); said != "" {
						wrong.Add(1)
						t.Log(said)
					}
				})
			})
		}
	})
	t.Logf("%d of %d schedules do not end with one owner", wrong.Load(), seedsAsked(t))
	if got, most := wrong.Load(), seedsAsked(t)/12; got > most {
		t.Errorf("%d of %d schedules do not end with one owner, want at most %d", got, seedsAsked(t), most)
	}
}

// raceThrough says what is wrong about the end of a schedule.
func raceThrough(t *testing.T, shared *emulator.Server, seed uint64) string {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 0))
	w := newWorldOn(t, shared, emulator.TenantOptions{}, entra.SystemClock{})
	session := secretSession(t, "Raced")
	if random.IntN(2) == 0 {
		session = referenceSession(t, "Raced")
	}
	lag := conditions.Lag{Kind: directory.Application, Purpose: directory.Read, Delay: seconds(random, 5), Probability: 1}
	if random.IntN(2) == 0 {
		lag.Probability = upTo(random, 0.9)
	}
	slow := conditions.Rule{Path: conditions.Batch, Probability: upTo(random, 0.9), Delay: seconds(random, 3)}
	if err := w.tenant.SetConditions(conditions.Conditions{Seed: seed, Lags: []conditions.Lag{lag}, Rules: []conditions.Rule{slow}}); err != nil {
		t.Fatal(err)
	}
	var runs [2]outcome
	var running sync.WaitGroup
	between := seconds(random, 10)
	for i := range runs {
		runs[i] = outcome{session: session, gateway: w.another(shared.Client().Transport, w.tenant.Admin(), entra.SystemClock{})}
		running.Go(func() {
			time.Sleep(time.Duration(i) * between)
			runs[i].create(t, w.tenant.ID())
		})
	}
	running.Wait()
	w.under()
	return judge(t, w, runs)
}

func judge(t *testing.T, w *world, runs [2]outcome) string {
	t.Helper()
	owner := runs[0]
	switch {
	case runs[0].err == nil && runs[1].err == nil:
		return "both runs think that they have made it"
	case runs[0].err != nil && runs[1].err != nil:
		owner = outcome{session: owner.session, gateway: w}
		if owner.create(t, w.tenant.ID()); owner.namesImport() {
			return ""
		} else if owner.err != nil {
			return fmt.Sprintf("neither run has made it, nor the next one: %v", owner.err)
		}
	case runs[0].err != nil:
		owner = runs[1]
	}
	found, err := w.Read(t.Context(), w.tenant.ID(), entra.Ref{ClientID: owner.result.Registration.ClientID})
	if err != nil {
		t.Fatal(err)
	}
	if owner.result.Issued != nil {
		if _, ok := found.Secret(owner.result.Issued.KeyID); !ok {
			return "the secret of the one that has made it is gone"
		}
	}
	return ""
}
