package graph_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/conditions"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// Whatever somebody does to the settings by hand, the next read shows it, the update repairs it, and the delete takes it
// away.
func TestOnPremDrift(t *testing.T) {
	t.Parallel()
	for name, tamper := range map[string]func(w *world, clientID string){
		"a connection taken out": func(w *world, clientID string) {
			w.patchExtension(clientID, entra.OnPremDomains, []string{`{"n":1,"d":"contoso.local"}`})
		},
		"no JSON": func(w *world, clientID string) {
			w.patchExtension(clientID, entra.OnPremDomains, []string{"contoso.local"})
		},
		"domains":    func(w *world, clientID string) { w.patchExtension(clientID, entra.OnPremDomains, nil) },
		"server":     func(w *world, clientID string) { w.patchExtension(clientID, entra.OnPremConnectServer, nil) },
		"GUID":       func(w *world, clientID string) { w.patchExtension(clientID, entra.OnPremConsistencyGUID, false) },
		"definition": func(w *world, clientID string) { w.undefine(clientID, entra.OnPremConnectServer) },
		"domains defined anew": func(w *world, clientID string) {
			w.undefine(clientID, entra.OnPremDomains)
			w.defineByHand(clientID, entra.OnPremDomains)
			w.patchExtension(clientID, entra.OnPremDomains, []string{"x"})
		},
		"all values": func(w *world, clientID string) {
			for _, property := range entra.OnPremProperties {
				w.patchExtension(clientID, property, nil)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, clientID := newHybridWorld(t)
			ref := w.createOnPrem(clientID, twoDomains)
			tamper(w, clientID)
			w.restart()
			have := w.readOnPrem(ref)
			if have.Shows(twoDomains) || !have.Exists() {
				t.Fatalf("read %+v", have)
			}
			ref.Hints = have.Hints(ref.Hints)
			if again := w.readOnPrem(ref); again.Shows(twoDomains) || !again.Exists() {
				t.Fatalf("read again %+v", again)
			}
			w.restart()
			w.updateOnPrem(ref, twoDomains)
			w.wantOnPrem(clientID, twoDomains)

			tamper(w, clientID)
			w.restart()
			if err := w.DeleteOnPrem(t.Context(), w.tenant.ID(), ref); err != nil {
				t.Fatal(err)
			}
			if left := w.list(extensionPath(clientID)); len(left) > 0 {
				t.Errorf("left: %v", left)
			}
		})
	}
}

// Settings whose definitions are gone, and applications that are gone, are gone; but not at first sight.
func TestOnPremGone(t *testing.T) {
	t.Parallel()
	for name, remove := range map[string]func(w *world, clientID string){
		"definitions": func(w *world, clientID string) { w.undefine(clientID, entra.OnPremProperties...) },
		"application": func(w *world, clientID string) {
			w.do(http.MethodDelete, "/applications(appId='"+clientID+"')", nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, clientID := newHybridWorld(t)
			ref := w.createOnPrem(clientID, twoDomains)
			remove(w, clientID)
			w.restart()
			w.roundTrips()
			have, err := w.ReadOnPrem(t.Context(), w.tenant.ID(), ref)
			if have.Exists() || (err != nil) != (name == "application") || err != nil && !errors.Is(err, entra.ErrNotFound) {
				t.Errorf("read %+v, %v", have, err)
			}
			if looks := w.roundTrips(); looks < 3 {
				t.Errorf("believed after %d looks", looks)
			}
			if err := w.DeleteOnPrem(t.Context(), w.tenant.ID(), ref); err != nil {
				t.Error(err)
			}
			var gone *entra.NoAppSessionError
			_, err = w.UpdateOnPrem(t.Context(), w.tenant.ID(), ref, otherDomains, hybridOnly)
			if errors.As(err, &gone) != (name == "application") {
				t.Errorf("update: %v", err)
			}
		})
	}
}

// Definitions that fit are adopted, whoever made them; others are named.
func TestOnPremAdoption(t *testing.T) {
	t.Parallel()
	w, clientID := newHybridWorld(t)
	id := w.defineByHand(clientID, entra.OnPremDomains, func(d map[string]any) { d["targetObjects"] = []string{"User", "Application"} })
	w.defineByHand(clientID, entra.OnPremConsistencyGUID)
	ref := w.createOnPrem(clientID, twoDomains)
	if ref.Hints.Definitions[entra.OnPremDomains.Name] != id || len(ref.Hints.Definitions) != 3 {
		t.Errorf("definitions %v", ref.Hints.Definitions)
	}

	for name, change := range map[string]func(map[string]any){
		"type":         func(d map[string]any) { d["dataType"] = "Integer" },
		"multi-valued": func(d map[string]any) { d["isMultiValued"] = false },
		"target":       func(d map[string]any) { d["targetObjects"] = []string{"User"} },
	} {
		w, clientID := newHybridWorld(t)
		id := w.defineByHand(clientID, entra.OnPremDomains, change)
		_, err := w.CreateOnPrem(t.Context(), w.tenant.ID(), clientID, twoDomains, hybridOnly)
		var mismatch *entra.ExtensionMismatchError
		if !errors.As(err, &mismatch) || mismatch.Definition.ID != id || mismatch.ClientID != clientID {
			t.Errorf("other %s: %v", name, err)
		}
		if left := w.list(extensionPath(clientID)); len(left) != 1 {
			t.Errorf("other %s: definitions %v", name, left)
		}
	}
}

// A session without a service principal never gets its extensions; it is said why, and a delete ends all the same.
func TestOnPremWithoutServicePrincipal(t *testing.T) {
	t.Parallel()
	w, clientID := newHybridWorld(t)
	ref := w.createOnPrem(clientID, twoDomains)
	w.do(http.MethodDelete, "/servicePrincipals(appId='"+clientID+"')", nil)
	var unavailable *entra.UnavailableExtensionsError
	if _, err := w.UpdateOnPrem(t.Context(), w.tenant.ID(), ref, otherDomains, hybridOnly); !errors.As(err, &unavailable) {
		t.Errorf("update: %v", err)
	}
	if err := w.DeleteOnPrem(t.Context(), w.tenant.ID(), ref); err != nil {
		t.Errorf("delete: %v", err)
	}
	if left := w.list(extensionPath(clientID)); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// someLag is one of the kinds of what replicas have not seen yet, with delays as they are seen on bad days.
func someLag(r *rand.Rand) conditions.Lag {
	kinds := []directory.Kind{"", directory.Application, directory.ExtensionProperty, directory.ServicePrincipal}
	purposes := []directory.Purpose{"", directory.Read, directory.List, directory.Reference, directory.Target}
	lag := conditions.Lag{
		Kind: kinds[r.IntN(len(kinds))], Purpose: purposes[r.IntN(len(purposes))],
		Delay: time.Duration(100+r.IntN(9000)) * time.Millisecond, Probability: 0.1 + 0.9*r.Float64(),
	}
	if lag.Kind == directory.ExtensionProperty && lag.Purpose == directory.Reference {
		lag.Delay *= 20 // definitions have been seen to take minutes
	}
	return lag
}

// TestOnPremSeeds takes settings through their lives in tenants whose replicas lag, and where all sorts of things go
// wrong, by schedules that follow from a seed. What a new process then reads has to be what was asked for.
func TestOnPremSeeds(t *testing.T) {
	t.Parallel()
	shared, err := emulator.New(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(fewSeeds) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { liveOnPrem(t, shared, seed) })
		})
	}
}

func liveOnPrem(t *testing.T, shared *emulator.Server, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 2))
	l := &life{world: newWorldOn(t, shared, emulator.TenantOptions{Hybrid: true}, entra.SystemClock{})}
	clientID := l.session(entra.TagAppSession)
	if random.IntN(3) > 0 {
		l.faults = faultsOf(random, seed)
	}
	for range 1 + random.IntN(3) {
		l.faults.Lags = append(l.faults.Lags, someLag(random))
	}
	l.faults.Seed = seed
	l.goWrong()
	ref := entra.OnPremRef{ClientID: clientID}
	write := func(stage string, want entra.OnPrem) {
		l.operate(stage, func(ctx context.Context) error {
			var have entra.OnPremRecord
			var err error
			if ref.Hints.ObjectID == "" {
				have, err = l.CreateOnPrem(ctx, l.tenant.ID(), clientID, want, hybridOnly)
			} else {
				have, err = l.UpdateOnPrem(ctx, l.tenant.ID(), ref, want, hybridOnly)
			}
			ref.Hints = have.Hints(ref.Hints)
			return err
		})
		l.calm()
		l.wantOnPrem(clientID, want)
		l.goWrong()
		l.operate("plan after the "+stage, func(ctx context.Context) error {
			have, err := l.ReadOnPrem(ctx, l.tenant.ID(), ref)
			if err == nil && !have.Shows(want) {
				t.Fatalf("the plan after the %s shows %+v\nunder %s", stage, have.Values, l.described())
			}
			return err
		})
	}
	write("create", twoDomains)
	write("update", otherDomains)
	write("second update", twoDomains)
	l.operate("delete", func(ctx context.Context) error { return l.DeleteOnPrem(ctx, l.tenant.ID(), ref) })
	l.calm()
	l.wantNoOnPrem(clientID)
}
