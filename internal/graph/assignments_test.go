package graph_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra/catalogue"
)

// user makes a user and returns the object id.
func (w *world) user(name string) string {
	w.Helper()
	return fmt.Sprint(w.do(http.MethodPost, "/users", map[string]any{
		"accountEnabled": true, "displayName": name, "mailNickname": name, "userPrincipalName": name + "@" + w.tenant.Domain(),
		"passwordProfile": map[string]any{"password": "Correct-horse-7"},
	})["id"])
}

func (w *world) group(name string) string {
	w.Helper()
	return fmt.Sprint(w.do(http.MethodPost, "/groups", map[string]any{
		"displayName": name, "mailEnabled": false, "mailNickname": name, "securityEnabled": true,
	})["id"])
}

func (w *world) servicePrincipal(name string) string {
	w.Helper()
	caller, err := w.tenant.Caller(name)
	if err != nil {
		w.Fatal(err)
	}
	return caller.ObjectID
}

// holding is the assignment of the n-th access role.
func holding(r entra.Registration, n int, principalID string) entra.RoleAssignment {
	return entra.RoleAssignment{RegisterID: r.ClientID, Role: entra.AccessRoles[n], PrincipalID: principalID}
}

func (w *world) assign(want entra.RoleAssignment) entra.RoleAssignment {
	w.Helper()
	made, err := w.RoleAssignments().Assign(w.Context(), w.tenant.ID(), want)
	if err != nil {
		w.Fatal(err)
	}
	return made
}

// assigned lists who holds roles of the register, as the portal shows it.
func (w *world) assigned(r entra.Registration) []any {
	w.Helper()
	return w.list("/servicePrincipals/" + r.ServicePrincipal.ObjectID + "/appRoleAssignedTo?$top=999")
}

func TestAssign(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	register := w.createRegister(register)
	for kind, principal := range map[string]struct{ id, name string }{
		"User": {w.user("nadia"), "nadia"}, "Group": {w.group("helpdesk"), "helpdesk"},
		"ServicePrincipal": {w.servicePrincipal("pipeline"), "pipeline"},
	} {
		want := holding(register, 0, strings.ToUpper(principal.id))
		made := w.assign(want)
		if made.ID == "" || made.PrincipalType != kind || made.PrincipalName != principal.name || made.Role != want.Role ||
			made.PrincipalID != principal.id || made.RegisterID != register.ClientID {
			t.Errorf("%s: %+v", kind, made)
		}
		if again := w.assign(want); again != made {
			t.Errorf("%s, assigned twice: %+v, was %+v", kind, again, made)
		}
		w.restart()
		if read, err := w.RoleAssignments().Read(t.Context(), w.tenant.ID(), want); err != nil || read != made {
			t.Errorf("%s is read as %+v: %v", kind, read, err)
		}
	}
	if held := w.assigned(register); len(held) != 3 {
		t.Errorf("%d assignments", len(held))
	}
}

func TestWithdraw(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	register := w.createRegister(register)
	principal := w.user("nadia")
	made, other := w.assign(holding(register, 0, principal)), w.assign(holding(register, 1, principal))
	outdated := made
	outdated.ID = "assigned-anew"
	for _, ref := range []entra.RoleAssignment{outdated, made, holding(register, 0, principal)} { // what is gone is no error
		if err := w.RoleAssignments().Withdraw(t.Context(), w.tenant.ID(), ref); err != nil {
			t.Fatal(err)
		}
		if _, err := w.RoleAssignments().Read(t.Context(), w.tenant.ID(), ref); !errors.Is(err, entra.ErrNotFound) {
			t.Errorf("reading it: %v", err)
		}
	}
	if read, err := w.RoleAssignments().Read(t.Context(), w.tenant.ID(), other); err != nil || read != other {
		t.Errorf("the other one: %v", err)
	}
	if err := w.Registers().Delete(t.Context(), w.tenant.ID(), registerRef(register), entra.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.RoleAssignments().Read(t.Context(), w.tenant.ID(), other); !errors.Is(err, entra.ErrNotFound) {
		t.Errorf("reading it without the register: %v", err)
	}
	if err := w.RoleAssignments().Withdraw(t.Context(), w.tenant.ID(), other); err != nil {
		t.Errorf("withdrawing it without the register: %v", err)
	}
}

// Whoever holds a role of the register lists many pages of assignments.
func TestAssignmentsOnManyPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	register := w.createRegister(register)
	role := entra.AccessRoles[3]
	var last string
	for n := range 1005 {
		last = w.user(fmt.Sprint("user", n))
		w.do(http.MethodPost, "/servicePrincipals/"+register.ServicePrincipal.ObjectID+"/appRoleAssignedTo", map[string]any{
			"principalId": last, "resourceId": register.ServicePrincipal.ObjectID, "appRoleId": role.ID,
		})
	}
	if read, err := w.RoleAssignments().Read(t.Context(), w.tenant.ID(), holding(register, 3, last)); err != nil || read.PrincipalName != "user1004" {
		t.Errorf("read %+v: %v", read, err)
	}
}

func TestRefusedAssignments(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	register := w.createRegister(register)
	session, _ := w.create(secretSession(t, "A session"))
	nadia := w.user("nadia")
	const nobody = "99999999-0000-4000-8000-000000000001"
	for name, c := range map[string]struct {
		want  entra.RoleAssignment
		check func(error) bool
	}{
		"to nobody": {holding(register, 0, nobody), func(err error) bool {
			var none *entra.NoPrincipalError
			return errors.As(err, &none) && none.PrincipalID == nobody && none.Type == ""
		}},
		"to an application": {holding(register, 0, session.Registration.ObjectID), func(err error) bool {
			var none *entra.NoPrincipalError
			return errors.As(err, &none) && none.Type == "application"
		}},
		"of what is a session": {holding(session.Registration, 0, nadia), func(err error) bool {
			var stranger *entra.NotARegisterError
			return errors.As(err, &stranger) && stranger.DisplayName == "A session" && stranger.ClientID == session.Registration.ClientID
		}},
		"of Microsoft Graph": {holding(entra.Registration{ClientID: catalogue.MicrosoftGraph}, 0, nadia), func(err error) bool {
			var stranger *entra.NotARegisterError
			return errors.As(err, &stranger) && stranger.DisplayName == "Microsoft Graph"
		}},
		"of nothing": {holding(entra.Registration{ClientID: nobody}, 0, nadia), func(err error) bool {
			var stranger *entra.NotARegisterError
			return errors.As(err, &stranger) && stranger.DisplayName == ""
		}},
	} {
		if _, err := w.RoleAssignments().Assign(t.Context(), w.tenant.ID(), c.want); !c.check(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.setRoles(register, func(roles []any) []any { return roles[1:] })
	var refusal *entra.GraphError
	if _, err := w.RoleAssignments().Assign(t.Context(), w.tenant.ID(), holding(register, 0, nadia)); !errors.As(err, &refusal) ||
		!strings.Contains(refusal.Remedy, "bring the register in line") {
		t.Errorf("a role that the register lacks: %v", err)
	}
	if held := w.assigned(register); len(held) != 0 {
		t.Errorf("%d assignments", len(held))
	}
}

// A register whose service principal was made anew is found again.
func TestAssignToARegisterMadeAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	register, nadia := w.createRegister(register), w.user("nadia")
	w.assign(holding(register, 0, nadia))
	w.do(http.MethodDelete, "/servicePrincipals/"+register.ServicePrincipal.ObjectID, nil)
	w.do(http.MethodPost, "/servicePrincipals", map[string]any{"appId": register.ClientID})
	if made := w.assign(holding(register, 0, nadia)); made.PrincipalName != "nadia" {
		t.Errorf("assigned %+v", made)
	}
}

// TestAssignSurvivesAnInterruption loses one request, or its answer, at every step.
func TestAssignSurvivesAnInterruption(t *testing.T) {
	t.Parallel()
	for n := int64(1); n <= 3; n++ {
		for _, before := range []bool{true, false} {
			t.Run(fmt.Sprintf("request %d, before %t", n, before), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, emulator.TenantOptions{})
				register, nadia := w.createRegister(register), w.user("nadia")
				broken := &fault{base: w.server.Client().Transport, first: n, last: n, before: before}
				w.Gateway = w.another(broken, w.tenant.Admin(), &skippingClock{})
				made := w.assign(holding(register, 0, nadia))
				if held := w.assigned(register); len(held) != 1 || broken.count.Load() <= n {
					t.Errorf("%d assignments after %d requests", len(held), broken.count.Load())
				}
				broken.first, broken.last = broken.count.Load()+n, broken.count.Load()+n
				if err := w.RoleAssignments().Withdraw(t.Context(), w.tenant.ID(), made); err != nil {
					t.Fatal(err)
				}
				if held := w.assigned(register); len(held) != 0 {
					t.Errorf("%d assignments", len(held))
				}
			})
		}
	}
}

func TestLeastPermissionsOfAssignments(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	register, nadia := w.createRegister(register), w.user("nadia")
	caller, err := w.tenant.Caller("Pipeline", entra.AssignAppRoles.Least()...)
	if err != nil {
		t.Fatal(err)
	}
	direct := w.server.Client().Transport
	gateway := w.another(direct, caller, &skippingClock{})
	made, err := gateway.RoleAssignments().Assign(t.Context(), w.tenant.ID(), holding(register, 0, nadia))
	if err != nil {
		t.Fatal(err)
	}
	var none *entra.NoPrincipalError
	if _, err := gateway.RoleAssignments().Assign(t.Context(), w.tenant.ID(), holding(register, 0, register.ObjectID)); !errors.As(err, &none) {
		t.Errorf("to an application: %v", err)
	}
	if err := gateway.RoleAssignments().Withdraw(t.Context(), w.tenant.ID(), made); err != nil {
		t.Error(err)
	}
	reader, err := w.tenant.Caller("Reader", entra.ReadApplications.Least()...)
	if err != nil {
		t.Fatal(err)
	}
	weak := w.another(direct, reader, &skippingClock{})
	var refusal *entra.GraphError
	if _, err := weak.RoleAssignments().Assign(t.Context(), w.tenant.ID(), holding(register, 0, nadia)); !errors.As(err, &refusal) ||
		len(refusal.Needs) == 0 || refusal.Needs[0] != "AppRoleAssignment.ReadWrite.All" {
		t.Errorf("a reader assigns: %v", err)
	}
	if _, err := weak.RoleAssignments().Read(t.Context(), w.tenant.ID(), made); !errors.Is(err, entra.ErrNotFound) {
		t.Errorf("a reader reads: %v", err)
	}
}

// TestAssignmentsShareOneList refreshes many assignments of one register as Terraform does, ten at a time. They take one
// list; those that are gone take a few more, whatever their number.
func TestAssignmentsShareOneList(t *testing.T) {
	t.Parallel()
	shared, err := emulator.New(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		w := newWorldOn(t, shared, emulator.TenantOptions{}, entra.SystemClock{})
		register := w.createRegister(register)
		const many = 100
		var made [many]entra.RoleAssignment
		inTens(many, func(n int) { made[n] = w.assign(holding(register, n%7, w.user(fmt.Sprint("user", n)))) })
		refresh := func() (gone int) {
			w.Gateway = w.another(w.server.Client().Transport, w.tenant.Admin(), entra.SystemClock{})
			var lock sync.Mutex
			inTens(many, func(n int) {
				read, err := w.RoleAssignments().Read(t.Context(), w.tenant.ID(), made[n])
				lock.Lock()
				defer lock.Unlock()
				if errors.Is(err, entra.ErrNotFound) {
					gone++
				} else if err != nil || read != made[n] {
					t.Errorf("%d is read as %+v: %v", n, read, err)
				}
			})
			return gone
		}
		w.roundTrips()
		if gone := refresh(); gone > 0 {
			t.Errorf("%d are gone", gone)
		}
		if n := w.roundTrips(); n != 1 {
			t.Errorf("a refresh took %d round trips, want 1", n)
		}
		for n := range 20 {
			w.do(http.MethodDelete, "/servicePrincipals/"+register.ServicePrincipal.ObjectID+"/appRoleAssignedTo/"+made[5*n].ID, nil)
		}
		if gone := refresh(); gone != 20 {
			t.Errorf("%d are gone, want 20", gone)
		}
		if n := w.roundTrips(); n > 30 {
			t.Errorf("a refresh took %d round trips", n)
		}
	})
}

// inTens does something many times, ten at a time.
func inTens(many int, do func(n int)) {
	var group sync.WaitGroup
	running := make(chan struct{}, 10)
	for n := range many {
		running <- struct{}{}
		group.Go(func() {
			defer func() { <-running }()
			do(n)
		})
	}
	group.Wait()
}

// A list may be out of date when it is asked about what it lacks, and is then made anew.
func TestListsAreNotBelievedForLong(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	register, nadia := w.createRegister(register), w.user("nadia")
	made := w.assign(holding(register, 0, nadia))
	later := holding(register, 1, nadia)
	w.restart()
	if _, err := w.RoleAssignments().Read(t.Context(), w.tenant.ID(), made); err != nil {
		t.Fatal(err)
	}
	w.do(http.MethodPost, "/users/"+nadia+"/appRoleAssignments", map[string]any{
		"principalId": nadia, "resourceId": register.ServicePrincipal.ObjectID, "appRoleId": later.Role.ID,
	})
	if read, err := w.RoleAssignments().Read(t.Context(), w.tenant.ID(), later); err != nil || read.ID == "" {
		t.Errorf("read %+v: %v", read, err)
	}
	w.do(http.MethodDelete, "/users/"+nadia+"/appRoleAssignments/"+made.ID, nil)
	clock := &skippingClock{skipped: time.Hour}
	w.Gateway = w.another(w.server.Client().Transport, w.tenant.Admin(), clock)
	if _, err := w.RoleAssignments().Read(t.Context(), w.tenant.ID(), made); !errors.Is(err, entra.ErrNotFound) {
		t.Errorf("what is gone: %v", err)
	}
}
