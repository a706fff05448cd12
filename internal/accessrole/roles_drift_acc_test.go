package accessrole_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
)

// driftScene is the register in the tenant when somebody changes it.
type driftScene struct {
	scene
	object, principal string
}

// rewrite disables all roles and then writes them as change says.
func (d driftScene) rewrite(change func(roles []any) []any) {
	write := func(change func([]any) []any) {
		declared, _ := d.Graph(d.t, http.MethodGet, "/applications/"+d.object, nil)["appRoles"].([]any)
		for _, item := range declared {
			role, _ := item.(map[string]any)
			delete(role, "origin")
		}
		d.patch(map[string]any{"appRoles": change(declared)})
	}
	var before []any
	write(func(roles []any) []any {
		disabled := make([]any, len(roles))
		for i, item := range roles {
			copied := map[string]any{}
			role, _ := item.(map[string]any)
			for name, value := range role {
				copied[name] = value
			}
			copied["isEnabled"] = false
			disabled[i] = copied
		}
		before = roles
		return disabled
	})
	write(func([]any) []any { return change(before) })
}

func (d driftScene) patch(body map[string]any) {
	d.Graph(d.t, http.MethodPatch, "/applications/"+d.object, body)
}

// set sets a property of a role.
func set(roles []any, at int, property string, value any) []any {
	role, _ := roles[at].(map[string]any)
	role[property] = value
	return roles
}

const foreignRoleID = "ffffffff-0000-4000-8000-000000000001"

var foreignRole = map[string]any{
	"id": foreignRoleID, "allowedMemberTypes": []any{"User"}, "displayName": "Theirs", "description": "Not ours", "value": "Theirs.Do",
	"isEnabled": true,
}

// drifts are changes behind Terraform's back.
var drifts = map[string]struct {
	make   func(d driftScene)
	action plancheck.ResourceActionType
}{
	"role removed":  {func(d driftScene) { d.rewrite(func(r []any) []any { return r[1:] }) }, plancheck.ResourceActionUpdate},
	"role disabled": {func(d driftScene) { d.rewrite(func(r []any) []any { return set(r, 2, "isEnabled", false) }) }, plancheck.ResourceActionUpdate},
	"role renamed":  {func(d driftScene) { d.rewrite(func(r []any) []any { return set(r, 3, "displayName", "Else") }) }, plancheck.ResourceActionUpdate},
	"role of other value": {func(d driftScene) { d.rewrite(func(r []any) []any { return set(r, 4, "value", "Else") }) },
		plancheck.ResourceActionUpdate},
	"all roles removed, one of others added": {func(d driftScene) { d.rewrite(func([]any) []any { return []any{foreignRole} }) },
		plancheck.ResourceActionUpdate},
	"one of others added": {func(d driftScene) { d.rewrite(func(r []any) []any { return append(r, foreignRole) }) }, plancheck.ResourceActionNoop},
	"assignment not required": {func(d driftScene) {
		d.Graph(d.t, http.MethodPatch, "/servicePrincipals/"+d.principal, map[string]any{"appRoleAssignmentRequired": false})
	}, plancheck.ResourceActionUpdate},
	"service principal deleted": {func(d driftScene) {
		d.Graph(d.t, http.MethodDelete, "/servicePrincipals/"+d.principal, nil)
	}, plancheck.ResourceActionUpdate},
	"renamed":        {func(d driftScene) { d.patch(map[string]any{"displayName": "Else"}) }, plancheck.ResourceActionUpdate},
	"tag taken away": {func(d driftScene) { d.patch(map[string]any{"tags": []any{"theirs"}}) }, plancheck.ResourceActionUpdate},
	"opened":         {func(d driftScene) { d.patch(map[string]any{"signInAudience": "AzureADMultipleOrgs"}) }, plancheck.ResourceActionUpdate},
	"described":      {func(d driftScene) { d.patch(map[string]any{"description": "Theirs"}) }, plancheck.ResourceActionNoop},
	"deleted":        {func(d driftScene) { d.Graph(d.t, http.MethodDelete, "/applications/"+d.object, nil) }, plancheck.ResourceActionCreate},
}

// What somebody changes by hand shows in the next plan, and the apply puts it right. Roles of others stay.
func TestAccAccessRoles_drift(t *testing.T) {
	t.Parallel()
	for name, drift := range drifts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			var object, principal, clientID same
			steps := []resource.TestStep{
				{Config: s.Provider() + roles(), Check: resource.ComposeAggregateTestCheckFunc(
					object.remember(rolesAddress, "application_object_id"), principal.remember(rolesAddress, "service_principal_id"),
					clientID.remember(rolesAddress, "client_id"))},
				{
					PreConfig:        func() { drift.make(driftScene{s, object.value, principal.value}) },
					Config:           s.Provider() + roles(),
					ConfigPlanChecks: planned(rolesAddress, drift.action),
					Check:            s.whole("sapio365 Access & Restrictions"),
				},
				{Config: s.Provider() + roles(), ConfigPlanChecks: emptyPlan},
			}
			if drift.action != plancheck.ResourceActionCreate {
				steps[2].Check = resource.ComposeAggregateTestCheckFunc(clientID.remember(rolesAddress, "client_id"), func(*terraform.State) error {
					return s.keepsForeign(object.value, name == "one of others added" || name == "all roles removed, one of others added")
				})
			}
			s.run(steps...)
		})
	}
}

// keepsForeign sees whether the role of others is there as it was.
func (s scene) keepsForeign(objectID string, kept bool) error {
	declared, _ := s.Graph(s.t, http.MethodGet, "/applications/"+objectID, nil)["appRoles"].([]any)
	for _, item := range declared {
		role, _ := item.(map[string]any)
		if role["id"] != foreignRoleID {
			continue
		}
		for property, value := range foreignRole {
			if fmt.Sprint(role[property]) != fmt.Sprint(value) {
				return fmt.Errorf("the %s of the role of others is %v", property, role[property])
			}
		}
		if kept {
			return nil
		}
	}
	if kept {
		return fmt.Errorf("the role of others is gone: %v", declared)
	}
	return nil
}
