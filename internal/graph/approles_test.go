package graph_test

import (
	"net/http"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/conditions"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// Somebody adds roles between the read and the write: one that is enabled, so that the write is refused, and one that is
// not, so that the write takes it away. Both stay, as they were, beside ours.
func TestRolesThatSlipIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	have := w.createRegister(register)
	w.setRoles(have, func(roles []any) []any { return roles[2:] })
	second := foreignRole(false)
	second["id"], second["value"] = "ffffffff-0000-4000-8000-000000000002", "Theirs.Too"
	add := func(role map[string]any) func() {
		return func() {
			w.do(http.MethodPatch, "/applications/"+have.ObjectID, map[string]any{"appRoles": append(w.roles(have), role)})
		}
	}
	between := &interloper{
		base: w.server.Client().Transport, property: "appRoles", runs: []func(){add(foreignRole(true)), add(second)},
	}
	w.Gateway = w.another(between, w.tenant.Admin(), &skippingClock{})
	updated, err := w.Registers().Update(t.Context(), w.tenant.ID(), registerRef(have), register)
	if err != nil {
		t.Fatal(err)
	}
	w.wantRegister(updated, register)
	theirs := foreignRoles(w.roles(have))
	for _, want := range []any{foreignRole(true), second} {
		isIt := func(role any) bool { return reflect.DeepEqual(role, want) }
		if len(between.runs) != 0 || len(theirs) != 2 || !slices.ContainsFunc(theirs, isIt) {
			t.Errorf("the roles of others are %v, want also %v", theirs, want)
		}
	}
}

// A service principal takes its application's roles over late. Bringing a register in line waits for that, so that roles
// can be assigned as soon as it is over.
func TestRegisterWaitsForTheServicePrincipal(t *testing.T) {
	t.Parallel()
	shared, err := emulator.New(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		w := newWorldOn(t, shared, emulator.TenantOptions{}, entra.SystemClock{})
		nadia, have := w.user("nadia"), w.createRegister(register)
		w.setRoles(have, func(roles []any) []any { return roles[:5] })
		const late = 5 * time.Minute
		err := w.tenant.SetConditions(conditions.Conditions{Lags: []conditions.Lag{
			{Kind: directory.ServicePrincipal, Purpose: directory.Copy, Delay: late, Probability: 1},
		}})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		have, err = w.Registers().Update(t.Context(), w.tenant.ID(), registerRef(have), register)
		if took := time.Since(began); err != nil || took < late || took > late+time.Minute {
			t.Errorf("the update took %s: %v", took, err)
		}
		began = time.Now()
		w.assign(holding(have, 6, nadia))
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("assigning took %s", took)
		}
	})
}
