package graph_test

import (
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

// Before an apply, what is wrong with the register and with the principal is told, each for itself.
func TestCheckOfAnAssignment(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	register := w.createRegister(register)
	session, _ := w.create(secretSession(t, "A session"))
	nadia, crew, pipeline := w.user("nadia"), w.group("crew"), w.servicePrincipal("Pipeline")
	const nobody = "99999999-0000-4000-8000-000000000001"
	nothing := entra.Registration{ClientID: nobody}
	for name, c := range map[string]struct {
		want      entra.RoleAssignment
		register  string // name of what is no register; "nothing" where nothing has the client ID
		principal string // type of what can hold no role; "nothing" where nothing has the object ID
	}{
		"a user":                  {holding(register, 0, nadia), "", ""},
		"a group":                 {holding(register, 0, crew), "", ""},
		"a service principal":     {holding(register, 0, pipeline), "", ""},
		"in upper case":           {holding(entra.Registration{ClientID: strings.ToUpper(register.ClientID)}, 0, strings.ToUpper(nadia)), "", ""},
		"a register to be known":  {holding(entra.Registration{}, 0, nadia), "", ""},
		"a principal to be known": {holding(register, 0, ""), "", ""},
		"an application":          {holding(register, 0, session.Registration.ObjectID), "", "application"},
		"nobody":                  {holding(register, 0, nobody), "", "nothing"},
		"a session":               {holding(session.Registration, 0, nadia), "A session", ""},
		"a session, to nobody":    {holding(session.Registration, 0, nobody), "A session", "nothing"},
		"nothing":                 {holding(nothing, 0, nadia), "nothing", ""},
	} {
		err := w.RoleAssignments().Check(t.Context(), w.tenant.ID(), c.want)
		var stranger *entra.NotARegisterError
		var none *entra.NoPrincipalError
		got := [2]string{}
		if errors.As(err, &stranger) {
			got[0] = or(stranger.DisplayName)
		}
		if errors.As(err, &none) {
			got[1] = or(none.Type)
		}
		if want := [2]string{c.register, c.principal}; got != want || (err != nil) != (want != [2]string{}) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func or(text string) string {
	if text == "" {
		return "nothing"
	}
	return text
}

// The looks share requests, and one register is looked at once. What may not be looked at passes.
func TestCheckOfAnAssignmentCostsLittle(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	register, nadia, crew := w.createRegister(register), w.user("nadia"), w.group("crew")
	w.restart()
	w.roundTrips()
	for i, principal := range []string{nadia, crew} {
		if err := w.RoleAssignments().Check(t.Context(), w.tenant.ID(), holding(register, 0, principal)); err != nil {
			t.Error(err)
		}
		if n := w.roundTrips(); n == 0 || n > 2-i { // the service principal may not have taken the tag over yet
			t.Errorf("%d round trips", n)
		}
	}
	reader, err := w.tenant.Caller("Reader", entra.ReadApplications.Least()...)
	if err != nil {
		t.Fatal(err)
	}
	weak := w.another(w.server.Client().Transport, reader, &skippingClock{})
	if err := weak.RoleAssignments().Check(t.Context(), w.tenant.ID(), holding(register, 0, nadia)); err != nil {
		t.Errorf("a principal that may not be looked at: %v", err)
	}
}

// What was made a moment ago, and is not known everywhere yet, is not taken for a mistake.
func TestCheckOfAnAssignmentLooksAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, err := emulator.New(emulator.Options{})
		if err != nil {
			t.Fatal(err)
		}
		w := newWorldOn(t, server, emulator.TenantOptions{}, entra.SystemClock{})
		register := w.createRegister(register)
		lag := conditions.Lag{Kind: directory.User, Purpose: directory.Read, Delay: 500 * time.Millisecond, Probability: 1}
		if err := w.tenant.SetConditions(conditions.Conditions{Lags: []conditions.Lag{lag}}); err != nil {
			t.Fatal(err)
		}
		late := w.user("late")
		if err := w.RoleAssignments().Check(t.Context(), w.tenant.ID(), holding(register, 0, late)); err != nil {
			t.Error(err)
		}
	})
}
