package graph_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/conditions"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/graph"
)

// mayManage asks who calls, to hold it to the rule that lets it manage sessions.
func (w *world) mayManage() error {
	w.Helper()
	caller, err := w.Caller(w.Context(), w.tenant.ID(), entra.ManageSessions)
	if err != nil {
		return err
	}
	return entra.ManageSessions.Check(caller)
}

// assignByHand assigns access roles on a service principal as the portal would.
func (w *world) assignByHand(resourceID, principalID string, roles ...string) {
	w.Helper()
	for _, name := range roles {
		role, ok := entra.AccessRoleByName(name)
		if !ok {
			w.Fatal(name)
		}
		w.do(http.MethodPost, "/servicePrincipals/"+resourceID+"/appRoleAssignedTo", map[string]any{
			"principalId": principalID, "resourceId": resourceID, "appRoleId": role.ID,
		})
	}
}

// Whoever may register applications could make a second register and give itself all roles there: then nobody can tell
// whose roles count.
func TestCallerBesideASecondRegister(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	w.createRegister(register)
	var roles []any
	for _, role := range entra.AccessRoles {
		roles = append(roles, map[string]any{
			"id": role.ID, "displayName": role.Name, "description": role.Description, "value": role.Value, "isEnabled": true,
			"allowedMemberTypes": []any{"Application", "User"},
		})
	}
	forged := w.do(http.MethodPost, "/applications", map[string]any{"displayName": "Mine", "tags": []any{entra.TagAccessRoles}, "appRoles": roles})
	principal, _ := w.do(http.MethodPost, "/servicePrincipals", map[string]any{"appId": forged["appId"]})["id"].(string)
	w.assignByHand(principal, w.tenant.Admin().ObjectID, entra.RoleAccessAppSessions, entra.RoleGeneralManager)
	w.restart()
	var second *entra.SecondRegisterError
	if err := w.mayManage(); !errors.As(err, &second) || len(second.Registers) != 2 {
		t.Errorf("%v", err)
	}
}

// inVirtualTime is a world in virtual time whose replicas lag behind.
func inVirtualTime(t *testing.T) *world {
	t.Helper()
	server, err := emulator.New(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return newWorldOn(t, server, emulator.TenantOptions{}, entra.SystemClock{})
}

func (w *world) lag(lag conditions.Lag) {
	w.Helper()
	if err := w.tenant.SetConditions(conditions.Conditions{Lags: []conditions.Lag{lag}}); err != nil {
		w.Fatal(err)
	}
}

// The register, the assignments and what they allow may be of the same run, also while lists lack the register.
func TestCallerOfTheRunThatMakesTheRegister(t *testing.T) {
	t.Parallel()
	for _, purpose := range []directory.Purpose{directory.List, directory.Read} {
		synctest.Test(t, func(t *testing.T) {
			w := inVirtualTime(t)
			w.lag(conditions.Lag{Kind: directory.Application, Purpose: purpose, Delay: 20 * time.Second, Probability: 1})
			if err := w.mayManage(); err == nil {
				t.Error("there is no register yet")
			}
			have := w.createRegister(register)
			w.give(have, entra.RoleAccessAppSessions, w.tenant.Admin().ObjectID)
			w.give(have, entra.RoleGeneralManager, w.tenant.Admin().ObjectID)
			if err := w.mayManage(); err != nil {
				t.Errorf("%s: %v", purpose, err)
			}
		})
	}
}

// Of replicas of which half lag behind, one that shows the assignments is enough, and a refusal takes several that agree.
func TestCallerOfALaggingTenant(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := inVirtualTime(t)
		have := w.createRegister(register)
		time.Sleep(time.Hour)
		w.lag(conditions.Lag{Kind: directory.AppRoleAssignment, Purpose: directory.List, Delay: time.Minute, Probability: 0.5})
		w.assignByHand(have.ServicePrincipal.ObjectID, w.tenant.Admin().ObjectID, entra.RoleAccessAppSessions, entra.RoleGeneralManager)
		time.Sleep(5 * time.Second)
		refused := 0
		for range 20 {
			w.Gateway = w.another(w.server.Client().Transport, w.tenant.Admin(), entra.SystemClock{})
			if w.mayManage() != nil {
				refused++
			}
		}
		if refused > 0 {
			t.Errorf("%d of 20 processes refused a caller that holds the roles", refused)
		}
	})
}

// A refusal is looked for once by all that ask in a short time.
func TestRefusalsAreShared(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	w.createRegister(register)
	w.restart()
	w.roundTrips()
	for range 5 {
		if w.mayManage() == nil {
			t.Error("it holds nothing")
		}
	}
	if n := w.roundTrips(); n > 2*3 {
		t.Errorf("%d round trips", n)
	}
}

// A register that is gone gives nobody anything, and roles that are not sapio365's are no access roles.
func TestCallerWithoutTheRegister(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	have := w.createRegister(register)
	const foreign = "99999999-0000-4000-8000-0000000000aa"
	w.setRoles(have, func(roles []any) []any {
		return append(roles, map[string]any{
			"id": foreign, "displayName": "Foreign", "description": "x", "value": "Foreign", "isEnabled": true, "allowedMemberTypes": []any{"Application"},
		})
	})
	w.do(http.MethodPost, "/servicePrincipals/"+have.ServicePrincipal.ObjectID+"/appRoleAssignedTo", map[string]any{
		"principalId": w.tenant.Admin().ObjectID, "resourceId": have.ServicePrincipal.ObjectID, "appRoleId": foreign,
	})
	w.give(have, entra.RoleGeneralManager, w.tenant.Admin().ObjectID)
	if caller := w.caller(); len(caller.AccessRoles) != 1 || !caller.Holds(entra.RoleGeneralManager) {
		t.Errorf("access roles %v", caller.AccessRoles)
	}
	if err := w.Registers().Delete(t.Context(), w.tenant.ID(), registerRef(have), entra.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	if caller := w.caller(); len(caller.AccessRoles) != 0 || caller.AccessRolesID != "" {
		t.Errorf("after the register is gone the caller is %+v", caller)
	}
}

// person signs a user in, by the token of an application.
type person struct {
	graph.TokenSource
	objectID string
	roles    []string
}

func (p person) Token(ctx context.Context, tenantID string) (graph.Token, error) {
	token, err := p.TokenSource.Token(ctx, tenantID)
	token.User, token.ObjectID, token.Name, token.DirectoryRoles = true, p.objectID, "nadia@contoso.com", p.roles
	return token, err
}

// A user's roles count directly, by its groups, and by the directory roles in its token.
func TestCallerIsAUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	have := w.createRegister(register)
	nadia, omar := w.user("nadia"), w.user("omar")
	group := w.groupOf("Operators", nadia)
	w.give(have, entra.RoleAccessAppSessions, nadia)
	w.give(have, entra.RoleGeneralManager, group)
	w.give(have, entra.RoleAccessAppSessions, omar)
	for name, c := range map[string]struct {
		objectID string
		roles    []string
		may      bool
	}{
		"directly and by a group":      {nadia, nil, true},
		"without a General Manager":    {omar, nil, false},
		"as a Global Administrator":    {omar, []string{entra.GlobalAdministrator}, true},
		"as another administrator":     {omar, []string{"158c047a-c907-4556-b7ef-446551a6b5f7"}, false},
		"a Global Administrator alone": {w.user("pia"), []string{entra.GlobalAdministrator}, false},
	} {
		gateway, err := graph.New(graph.Options{
			Endpoint: w.server.URL(), HTTPClient: w.server.Client(), Clock: &skippingClock{}, UserAgent: "gateway-test",
			Tokens: person{&signIn{server: w.server, identity: w.tenant.Admin(), tokens: map[string]graph.Token{}}, c.objectID, c.roles},
		})
		if err != nil {
			t.Fatal(err)
		}
		caller, err := gateway.Caller(t.Context(), w.tenant.ID(), entra.ManageSessions)
		if err != nil || !caller.User || caller.Name != "nadia@contoso.com" || (entra.ManageSessions.Check(caller) == nil) != c.may {
			t.Errorf("%s: %+v, %v", name, caller, err)
		}
	}
}
