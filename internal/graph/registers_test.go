package graph_test

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

var register = entra.Register{DisplayName: entra.DefaultRegisterName}

func (w *world) createRegister(want entra.Register) entra.Registration {
	w.Helper()
	have, err := w.Registers().Create(w.Context(), w.tenant.ID(), want, entra.CreateOptions{})
	if err != nil {
		w.Fatal(err)
	}
	return have
}

// registerRef is what the state keeps of a register.
func registerRef(r entra.Registration) entra.Ref {
	ref := entra.Ref{ClientID: r.ClientID, ObjectID: r.ObjectID, Hints: r.Hints()}
	if r.ServicePrincipal != nil {
		ref.ServicePrincipalID = r.ServicePrincipal.ObjectID
	}
	return ref
}

// tagged lists the applications with the tag, finished or not.
func (w *world) tagged() []map[string]any {
	w.Helper()
	var all []map[string]any
	for _, item := range w.list("/applications?$filter=tags/any(t:t eq '" + entra.TagAccessRoles + "')") {
		application, ok := item.(map[string]any)
		if !ok {
			w.Fatalf("an application is a %T", item)
		}
		all = append(all, application)
	}
	return all
}

// wantRegister stops the test unless a fresh look finds the register just as it shall be, and no other one.
func (w *world) wantRegister(r entra.Registration, want entra.Register) entra.Registration {
	w.Helper()
	have, err := w.Registers().Read(w.Context(), w.tenant.ID(), entra.Ref{ClientID: r.ClientID})
	if err != nil {
		w.Fatal(err)
	}
	if left := want.Changes(have, "", time.Time{}); len(left) > 0 {
		w.Fatalf("%d changes are left to do, the first: %s", len(left), left[0].Describe())
	}
	if !want.Arrived(have) || have.Provisioning() {
		w.Fatalf("the register is unfinished: %+v", have)
	}
	if got := w.tagged(); len(got) != 1 || got[0]["appId"] != have.ClientID {
		w.Fatalf("%d registers", len(got))
	}
	if got := w.list("/servicePrincipals?$filter=appId eq '" + have.ClientID + "'"); len(got) != 1 {
		w.Fatalf("%d service principals", len(got))
	}
	return have
}

func TestCreateRegister(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	w.roundTrips()
	have := w.createRegister(register)
	if n := w.roundTrips(); n > 5 {
		t.Errorf("%d round trips, want at most 5", n)
	}
	have = w.wantRegister(have, register)
	if have.UniqueName != "sapio365-access-roles" || have.DisplayName != "sapio365 Access & Restrictions" ||
		have.Audience != entra.AudienceSingleTenant || len(have.Secrets)+len(have.Keys) != 0 ||
		!slices.Equal(have.Tags, []string{entra.TagAccessRoles}) || !have.ServicePrincipal.AssignmentRequired {
		t.Errorf("registration %+v", have)
	}
	if len(have.Owners) != 1 || !have.Owners[0].Hidden {
		t.Errorf("owners %+v, want the creating identity, hidden", have.Owners)
	}
	for i, declared := range have.AppRoles {
		if want := entra.AccessRoles[i].AppRole(); !reflect.DeepEqual(declared, want) {
			t.Errorf("declared is %+v, want %+v", declared, want)
		}
	}
	w.roundTrips()
	if _, err := w.Registers().Read(t.Context(), w.tenant.ID(), registerRef(have)); err != nil {
		t.Fatal(err)
	}
	if n := w.roundTrips(); n != 1 {
		t.Errorf("a read took %d round trips", n)
	}
	again, err := w.Registers().Update(t.Context(), w.tenant.ID(), registerRef(have), register)
	if n := w.roundTrips(); err != nil || n != 1 || again.Fingerprint() != have.Fingerprint() {
		t.Errorf("an update of nothing took %d round trips: %v", n, err)
	}
}

func TestRegisterWithOwners(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	other, err := w.tenant.Caller("Colleague")
	if err != nil {
		t.Fatal(err)
	}
	want := entra.Register{DisplayName: "Roles", Owners: []string{other.ObjectID}}
	if have := w.wantRegister(w.createRegister(want), want); len(have.Owners) != 2 || have.DisplayName != "Roles" {
		t.Errorf("%q is owned by %+v", have.DisplayName, have.Owners)
	}
}

// foreignRole is an app role of somebody else, as the portal writes it.
func foreignRole(enabled bool) map[string]any {
	return map[string]any{
		"id": "ffffffff-0000-4000-8000-000000000001", "allowedMemberTypes": []any{"Application"}, "displayName": "Theirs",
		"description": "Not ours", "value": "Theirs.Do", "isEnabled": enabled,
	}
}

// roles are the application's app roles as Microsoft Graph shows them, without what it alone writes.
func (w *world) roles(r entra.Registration) []any {
	w.Helper()
	roles, _ := w.do(http.MethodGet, "/applications/"+r.ObjectID, nil)["appRoles"].([]any)
	for _, role := range roles {
		if role, ok := role.(map[string]any); ok {
			delete(role, "origin")
		}
	}
	return roles
}

// setRoles has somebody rewrite the app roles: what is enabled is disabled first.
func (w *world) setRoles(r entra.Registration, change func(roles []any) []any) {
	w.Helper()
	roles := w.roles(r)
	disabled := make([]any, len(roles))
	for i, role := range roles {
		copied := map[string]any{}
		for name, value := range role.(map[string]any) { //nolint:forcetypeassert // it is one
			copied[name] = value
		}
		copied["isEnabled"] = false
		disabled[i] = copied
	}
	w.do(http.MethodPatch, "/applications/"+r.ObjectID, map[string]any{"appRoles": disabled})
	w.do(http.MethodPatch, "/applications/"+r.ObjectID, map[string]any{"appRoles": change(roles)})
}

// rolesDrift are changes of the register by hand, and whether they are to be repaired.
var rolesDrift = map[string]struct {
	ours   bool
	change func(w *world, r entra.Registration)
}{
	"roles missing": {true, func(w *world, r entra.Registration) {
		w.setRoles(r, func(roles []any) []any { return roles[2:] })
	}},
	"roles disabled": {true, func(w *world, r entra.Registration) {
		w.setRoles(r, func(roles []any) []any { return edited(roles, 3, "isEnabled", false) })
	}},
	"role renamed": {true, func(w *world, r entra.Registration) {
		w.setRoles(r, func(roles []any) []any { return edited(roles, 4, "displayName", "Log readers") })
	}},
	"role for users only": {true, func(w *world, r entra.Registration) {
		w.setRoles(r, func(roles []any) []any { return edited(roles, 5, "allowedMemberTypes", []any{"User"}) })
	}},
	"all at once": {true, func(w *world, r entra.Registration) {
		w.setRoles(r, func(roles []any) []any {
			return append(edited(edited(roles[1:], 0, "value", "Other"), 1, "isEnabled", false), foreignRole(true))
		})
	}},
	"a role of others": {false, func(w *world, r entra.Registration) {
		w.setRoles(r, func(roles []any) []any { return append(roles, foreignRole(false)) })
	}},
	"anybody may come in": {true, func(w *world, r entra.Registration) {
		w.do(http.MethodPatch, "/servicePrincipals/"+r.ServicePrincipal.ObjectID, map[string]any{"appRoleAssignmentRequired": false})
	}},
	"service principal deleted": {true, func(w *world, r entra.Registration) {
		w.do(http.MethodDelete, "/servicePrincipals/"+r.ServicePrincipal.ObjectID, nil)
	}},
	"tags taken away": {true, func(w *world, r entra.Registration) {
		w.do(http.MethodPatch, "/applications/"+r.ObjectID, map[string]any{"tags": []any{"theirs"}})
	}},
	"renamed": {true, func(w *world, r entra.Registration) {
		w.do(http.MethodPatch, "/applications/"+r.ObjectID, map[string]any{"displayName": "Roles"})
	}},
	"open to other tenants": {true, func(w *world, r entra.Registration) {
		w.do(http.MethodPatch, "/applications/"+r.ObjectID, map[string]any{"signInAudience": "AzureADMultipleOrgs"})
	}},
	"notes": {false, func(w *world, r entra.Registration) {
		w.do(http.MethodPatch, "/applications/"+r.ObjectID, map[string]any{"notes": "by hand"})
	}},
}

func edited(roles []any, at int, property string, value any) []any {
	role, _ := roles[at].(map[string]any)
	role[property] = value
	return roles
}

// What somebody changes by hand is found and put right; roles of others stay as they are.
func TestDriftOfARegister(t *testing.T) {
	t.Parallel()
	for name, drift := range rolesDrift {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, emulator.TenantOptions{})
			begun := w.createRegister(register)
			drift.change(w, begun)
			w.restart()
			have, err := w.Registers().Read(t.Context(), w.tenant.ID(), registerRef(begun))
			if err != nil {
				t.Fatal(err)
			}
			if found := len(register.Changes(have, "", time.Time{})) > 0; found != drift.ours {
				t.Fatalf("drift was found: %t", found)
			}
			theirs := foreignRoles(w.roles(begun))
			updated, err := w.Registers().Update(t.Context(), w.tenant.ID(), registerRef(have), register)
			if err != nil {
				t.Fatal(err)
			}
			have = w.wantRegister(updated, register)
			if got := foreignRoles(w.roles(begun)); have.ClientID != begun.ClientID || !reflect.DeepEqual(got, theirs) {
				t.Errorf("the roles of others were %v and are %v", theirs, got)
			}
			if name == "tags taken away" && !slices.Equal(have.Tags, []string{"theirs", entra.TagAccessRoles}) {
				t.Errorf("tags %v", have.Tags)
			}
		})
	}
}

func foreignRoles(roles []any) []any {
	return slices.DeleteFunc(roles, func(role any) bool {
		id := fmt.Sprint(role.(map[string]any)["id"]) //nolint:forcetypeassert // it is one
		return slices.ContainsFunc(entra.AccessRoles, func(access entra.AccessRole) bool { return access.ID == id })
	})
}

// A role of others that has the value of an access role stands in the way, and is named. The role that is to be rewritten
// stays enabled: those who hold it would lose it for nothing.
func TestRegisterWithATakenValue(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	have := w.createRegister(register)
	theirs := foreignRole(true)
	theirs["value"] = entra.AccessRoles[0].Value
	w.setRoles(have, func(roles []any) []any { return append(edited(roles[1:], 0, "displayName", "Elevation"), theirs) })
	before := w.roles(have)
	_, err := w.Registers().Update(t.Context(), w.tenant.ID(), registerRef(have), register)
	var taken *entra.RoleValueTakenError
	var incomplete *entra.IncompleteError
	if !errors.As(err, &taken) || taken.Holder.DisplayName != "Theirs" || !errors.As(err, &incomplete) || incomplete.Kind != entra.KindRegister {
		t.Errorf("error %v", err)
	}
	if after := w.roles(have); !reflect.DeepEqual(after, before) {
		t.Errorf("the roles were %v and are %v", before, after)
	}
}

func TestDeleteRegister(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		options entra.DeleteOptions
		deleted int
	}{"soft": {entra.DeleteOptions{}, 1}, "permanently": {entra.DeleteOptions{Permanently: true}, 0}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, emulator.TenantOptions{})
			have := w.createRegister(entra.Register{DisplayName: "Roles"})
			for _, ref := range []entra.Ref{registerRef(have), {ClientID: have.ClientID}} { // what is gone is no error
				if err := w.Registers().Delete(t.Context(), w.tenant.ID(), ref, c.options); err != nil {
					t.Fatal(err)
				}
				w.wantGone(have, c.deleted)
			}
			if _, err := w.Registers().Read(t.Context(), w.tenant.ID(), registerRef(have)); !errors.Is(err, entra.ErrNotFound) {
				t.Errorf("reading it: %v", err)
			}
		})
	}
}

func TestLeastPermissionsOfARegister(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	caller, err := w.tenant.Caller("Pipeline", entra.ManageApplications.Least()...)
	if err != nil {
		t.Fatal(err)
	}
	gateway := w.another(w.server.Client().Transport, caller, &skippingClock{})
	have, err := gateway.Registers().Create(t.Context(), w.tenant.ID(), register, entra.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	w.wantRegister(have, register)
	want := entra.Register{DisplayName: "Roles"}
	if have, err = gateway.Registers().Update(t.Context(), w.tenant.ID(), registerRef(have), want); err != nil {
		t.Fatal(err)
	}
	w.wantRegister(have, want)
	if _, err := gateway.Registers().Find(t.Context(), w.tenant.ID()); err != nil {
		t.Error(err)
	}
	reader, err := w.tenant.Caller("Reader", entra.ReadApplications.Least()...)
	if err != nil {
		t.Fatal(err)
	}
	weak := w.another(w.server.Client().Transport, reader, &skippingClock{})
	if err := weak.Registers().Delete(t.Context(), w.tenant.ID(), registerRef(have), entra.DeleteOptions{}); !errors.Is(err, entra.ErrForbidden) ||
		!strings.Contains(fmt.Sprint(err), "delete the application") {
		t.Errorf("a reader deletes: %v", err)
	}
	if err := gateway.Registers().Delete(t.Context(), w.tenant.ID(), registerRef(have), entra.DeleteOptions{}); err != nil {
		t.Error(err)
	}
}
