package graph_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/conditions"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// inALateTenant runs the test where users show late to those who look at them for the purposes, with a register and a user
// that was made a moment ago.
func inALateTenant(t *testing.T, late time.Duration, purposes []directory.Purpose, test func(w *world, r entra.Registration, user string)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		server, err := emulator.New(emulator.Options{})
		if err != nil {
			t.Fatal(err)
		}
		w := newWorldOn(t, server, emulator.TenantOptions{}, entra.SystemClock{})
		register := w.createRegister(register)
		var lags []conditions.Lag
		for _, purpose := range purposes {
			lags = append(lags, conditions.Lag{Kind: directory.User, Purpose: purpose, Delay: late, Probability: 1})
		}
		if err := w.tenant.SetConditions(conditions.Conditions{Lags: lags}); err != nil {
			t.Fatal(err)
		}
		test(w, register, w.user("late"))
	})
}

// A principal may take minutes to be known everywhere, also one that is seen at once.
func TestAssignWaitsForThePrincipal(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		late     time.Duration
		purposes []directory.Purpose
	}{
		"not seen yet":       {3 * time.Minute, []directory.Purpose{directory.Read, directory.Reference}},
		"seen, and no more":  {3 * time.Minute, []directory.Purpose{directory.Reference}},
		"seen for very long": {12 * time.Minute, []directory.Purpose{directory.Reference}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inALateTenant(t, c.late, c.purposes, func(w *world, r entra.Registration, user string) {
				began := time.Now()
				w.assign(holding(r, 0, user))
				if took := time.Since(began); took < c.late || took > c.late+time.Minute {
					t.Errorf("it took %s", took)
				}
			})
		})
	}
}

// A principal that is seen is waited for until the time is over, and the error tells how long that was.
func TestAssignToAPrincipalThatStaysLate(t *testing.T) {
	t.Parallel()
	inALateTenant(t, time.Hour, []directory.Purpose{directory.Reference}, func(w *world, r entra.Registration, user string) {
		ctx, cancel := context.WithTimeout(w.Context(), 15*time.Minute)
		defer cancel()
		_, err := w.RoleAssignments().Assign(ctx, w.tenant.ID(), holding(r, 0, user))
		var late *entra.GraphError
		if !errors.Is(err, entra.ErrNotYetVisible) || !errors.As(err, &late) || late.Remedy != "gave up after 15m0s" {
			t.Errorf("error %v", err)
		}
	})
}

// One that nobody sees may be late, or have never existed, and nothing tells which.
func TestAssignToAPrincipalThatNobodySees(t *testing.T) {
	t.Parallel()
	purposes := []directory.Purpose{directory.Read, directory.Reference}
	inALateTenant(t, time.Hour, purposes, func(w *world, r entra.Registration, user string) {
		began := time.Now()
		_, err := w.RoleAssignments().Assign(w.Context(), w.tenant.ID(), holding(r, 0, user))
		var none *entra.NoPrincipalError
		if !errors.As(err, &none) || none.PrincipalID != user || !strings.Contains(err.Error(), "not there, or not known everywhere yet") {
			t.Errorf("error %v", err)
		}
		if took := time.Since(began); took < 5*time.Minute || took > 7*time.Minute {
			t.Errorf("it took %s", took)
		}
	})
}
