package tfkit

import (
	"errors"
	"strings"
	"testing"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// Each error about access roles must say what happened, what it means, and what to do.
func TestFailureOfAccessRolesSaysWhatToDo(t *testing.T) {
	t.Parallel()
	const otherID = "cccccccc-0000-4000-8000-000000000002"
	taken := func(change func(*entra.NameTakenError)) error {
		e := &entra.NameTakenError{Kind: entra.KindRegister, UniqueName: "sapio365-access-roles", ClientID: clientID, DisplayName: "Roles"}
		change(e)
		return e
	}
	importBlock := []string{"import {", "to = sapio365_access_roles.NAME", `id = "` + tenantID + "/" + clientID + `"`}
	for name, tt := range map[string]struct {
		err  error
		says []string
	}{
		"there already": {taken(func(*entra.NameTakenError) {}), append(importBlock,
			`"Roles" (client ID `+clientID+")", "only one", "Nothing was changed", "data source sapio365_access_roles")},
		"name held by a stranger": {taken(func(e *entra.NameTakenError) { e.Foreign = true }), append(importBlock,
			`"sapio365-access-roles"`, "not made as a register", "another unique name")},
		"in progress": {taken(func(e *entra.NameTakenError) { e.InProgress = true }), []string{"of this run", "remove one of the two", tenantID}},
		"deleted":     {taken(func(e *entra.NameTakenError) { e.Deleted = true }), []string{"recover_soft_deleted = true", "Purge them"}},
		"deleted stranger": {taken(func(e *entra.NameTakenError) { e.Deleted, e.Foreign = true, true }),
			[]string{"deleted items", "Purge it"}},
		"two": {&entra.SecondRegisterError{Registers: []entra.Registration{
			{ClientID: clientID, DisplayName: "Roles"}, {ClientID: otherID, DisplayName: "Other roles"},
		}}, []string{`"Roles", client ID ` + clientID, `"Other roles", client ID ` + otherID, "take the tag away", entra.TagAccessRoles}},
		"none":       {&entra.NoRegisterError{}, []string{`resource "sapio365_access_roles" "this" {}`, tenantID}},
		"unfinished": {&entra.NoRegisterError{Unfinished: clientID}, []string{clientID, "Apply", "finishes it"}},
		"something else": {&entra.NotARegisterError{ClientID: clientID, DisplayName: "Payroll"},
			[]string{"access_roles_id", `"Payroll"`, clientID, entra.TagAccessRoles}},
		"nothing": {&entra.NotARegisterError{ClientID: clientID}, []string{"access_roles_id", clientID, "attribute id"}},
		"value taken": {&entra.RoleValueTakenError{Role: entra.AccessRoles[0], Holder: entra.AppRole{ID: otherID, DisplayName: "Theirs"}},
			[]string{`"Access App sessions"`, `"Theirs"`, otherID, "another value", "disable it first"}},
		"nobody": {&entra.NoPrincipalError{PrincipalID: otherID}, []string{
			"principal_id", tenantID, otherID, "not there, or not known everywhere yet", "apply again later",
			"a user, a group or a service principal",
		}},
		"application": {&entra.NoPrincipalError{PrincipalID: otherID, Type: "application"},
			[]string{"principal_id", otherID, "app registration", "enterprise application"}},
		"device":     {&entra.NoPrincipalError{PrincipalID: otherID, Type: "device"}, []string{"principal_id", otherID, "type device"}},
		"claim lost": {&entra.LostClaimError{Kind: entra.KindRegister, ClientID: clientID}, []string{"register of access roles " + clientID}},
		"incomplete": {&entra.IncompleteError{
			Kind:         entra.KindRegister,
			Registration: entra.Registration{ClientID: clientID, DisplayName: "Roles", AppRoles: []entra.AppRole{entra.AccessRoles[1].AppRole()}},
			Missing:      []entra.Change{entra.WriteAccessRoles{Roles: entra.AccessRoles[:1]}, entra.FinishProvisioning{Kind: entra.KindRegister}},
			Cause:        errors.New("it broke"),
		}, []string{"It broke", "1 of 7 access roles", `- declare the access roles "Access App sessions"`, "mark the register of access roles as complete"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			diags := Failure{Summary: "It failed", TenantID: tenantID, Err: tt.err}.Diagnostics()
			if len(diags) != 1 {
				t.Fatalf("diagnostics %v", diags)
			}
			for _, part := range tt.says {
				if !strings.Contains(diags[0].Detail(), part) {
					t.Errorf("the message lacks %q:\n%s", part, diags[0].Detail())
				}
			}
		})
	}
}

func TestUnreadyAccess(t *testing.T) {
	t.Parallel()
	p := Unready([]string{"client_id"}, tenantID)
	ctx := t.Context()
	_, created := p.Registers.Create(ctx, tenantID, entra.Register{}, entra.CreateOptions{})
	_, read := p.Registers.Read(ctx, tenantID, entra.Ref{})
	_, found := p.Registers.Find(ctx, tenantID)
	_, updated := p.Registers.Update(ctx, tenantID, entra.Ref{}, entra.Register{})
	_, assigned := p.RoleAssignments.Assign(ctx, tenantID, entra.RoleAssignment{})
	_, looked := p.RoleAssignments.Read(ctx, tenantID, entra.RoleAssignment{})
	for name, err := range map[string]error{
		"create": created, "read": read, "find": found, "update": updated, "assign": assigned, "look": looked,
		"delete":   p.Registers.Delete(ctx, tenantID, entra.Ref{}, entra.DeleteOptions{}),
		"withdraw": p.RoleAssignments.Withdraw(ctx, tenantID, entra.RoleAssignment{}),
	} {
		var unknown *UnknownSettingsError
		if !errors.As(err, &unknown) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
