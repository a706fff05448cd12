package graph_test

import (
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// groupOf makes a group with the member and returns its id.
func (w *world) groupOf(name, member string) string {
	w.Helper()
	id := w.group(name)
	w.do(http.MethodPost, "/groups/"+id+"/members/$ref", map[string]any{"@odata.id": w.server.URL() + "/v1.0/directoryObjects/" + member})
	return id
}

// give assigns an access role to a principal.
func (w *world) give(register entra.Registration, role, principalID string) {
	w.Helper()
	found, ok := entra.AccessRoleByName(role)
	if !ok {
		w.Fatalf("no access role %q", role)
	}
	w.assign(entra.RoleAssignment{RegisterID: register.ClientID, Role: found, PrincipalID: principalID})
}

func (w *world) caller() entra.Caller {
	w.Helper()
	caller, err := w.Caller(w.Context(), w.tenant.ID())
	if err != nil {
		w.Fatal(err)
	}
	return caller
}

func TestCallerInATenantWithoutAccessRoles(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	caller := w.caller()
	if caller.ObjectID != w.tenant.Admin().ObjectID || caller.Name != "Administrator" || caller.User || caller.AppSession ||
		caller.GlobalAdministrator || len(caller.AccessRoles) != 0 || caller.AccessRolesID != "" {
		t.Errorf("caller %+v", caller)
	}
}

// Roles count directly and by direct membership of a group, and no deeper.
func TestCallerHoldsAccessRoles(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	register := w.createRegister(register)
	self := w.tenant.Admin().ObjectID
	group := w.groupOf("Operators", self)
	outer := w.groupOf("Everybody", group)
	w.give(register, "Access App sessions", self)
	w.give(register, "General Manager", group)
	w.give(register, "Comments Manager", outer)
	w.give(register, "Enforced logout", w.group("Others"))
	w.restart()
	caller := w.caller()
	if len(caller.AccessRoles) != 2 || caller.AccessRoles["Access App sessions"] != "directly" ||
		caller.AccessRoles["General Manager"] != `by the group "Operators"` || caller.AccessRolesID != register.ClientID {
		t.Errorf("caller %+v", caller)
	}
}

// What this process assigns counts at once; what somebody else assigns, in the next process.
func TestAssignmentToTheCallerCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	register := w.createRegister(register)
	if caller := w.caller(); len(caller.AccessRoles) != 0 {
		t.Fatalf("caller %+v", caller)
	}
	role, _ := entra.AccessRoleByName("General Manager")
	want := entra.RoleAssignment{RegisterID: register.ClientID, Role: role, PrincipalID: w.tenant.Admin().ObjectID}
	made, err := w.RoleAssignments().Assign(t.Context(), w.tenant.ID(), want)
	if err != nil {
		t.Fatal(err)
	}
	if caller := w.caller(); !caller.Holds("General Manager") {
		t.Errorf("after the assignment the caller is %+v", caller)
	}
	if err := w.RoleAssignments().Withdraw(t.Context(), w.tenant.ID(), made); err != nil {
		t.Fatal(err)
	}
	if caller := w.caller(); caller.Holds("General Manager") {
		t.Errorf("after the withdrawal the caller is %+v", caller)
	}
}

func TestCallerIsAnAppSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	result, want := w.create(secretSession(t, "Session"))
	have := w.wantComplete(result.Registration, want)
	reader, ok := entra.PermissionRef{API: "00000003-0000-0000-c000-000000000000", Kind: entra.Application, Text: "Directory.Read.All"}.Resolve()
	if !ok {
		t.Fatal("no such permission")
	}
	want.Access = entra.NewAccess(append(want.Access, reader)...)
	w.update(refOf(have, want), want)
	w.Gateway = w.another(w.server.Client().Transport, emulator.Identity{
		ClientID: have.ClientID, ClientSecret: result.Issued.Value, ObjectID: have.ServicePrincipal.ObjectID,
	}, &skippingClock{})
	if caller := w.caller(); !caller.AppSession || caller.Name != "Session" {
		t.Errorf("caller %+v", caller)
	}
}

func TestCallerIsAGlobalAdministrator(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	w.do(http.MethodPost, "/roleManagement/directory/roleAssignments", map[string]any{
		"principalId": w.tenant.Admin().ObjectID, "roleDefinitionId": entra.GlobalAdministrator, "directoryScopeId": "/",
	})
	if caller := w.caller(); !caller.GlobalAdministrator {
		t.Errorf("caller %+v", caller)
	}
}

func TestCallerThatMayNotRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	weak, err := w.tenant.Caller("Weak", "User.Read.All")
	if err != nil {
		t.Fatal(err)
	}
	w.Gateway = w.another(w.server.Client().Transport, weak, &skippingClock{})
	_, err = w.Caller(t.Context(), w.tenant.ID())
	var refused *entra.GraphError
	if !errors.Is(err, entra.ErrForbidden) || !errors.As(err, &refused) || len(refused.Needs) != 1 || refused.Needs[0] != "Application.Read.All" {
		t.Errorf("error %v", err)
	}
	w.do(http.MethodGet, "/servicePrincipals/"+weak.ObjectID, nil)
}

// Any number of sessions that ask at the same time share two round trips, and those that ask later need none.
func TestCallerIsLookedUpOnce(t *testing.T) {
	t.Parallel()
	distant, err := emulator.Start(emulator.Options{Latency: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(distant.Close)
	w := newWorldOn(t, distant, emulator.TenantOptions{}, entra.SystemClock{})
	w.createRegister(register)
	w.Gateway = w.another(distant.Client().Transport, w.tenant.Admin(), entra.SystemClock{})
	w.tenant.ResetRequests()
	for range 2 {
		var sessions sync.WaitGroup
		for range 10 {
			sessions.Go(func() {
				if _, err := w.Caller(t.Context(), w.tenant.ID()); err != nil {
					t.Error(err)
				}
			})
		}
		sessions.Wait()
	}
	if n := w.roundTrips(); n != 2 {
		t.Errorf("%d round trips, want 2", n)
	}
}
