package accessrole

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

func assignment() assignmentModel {
	return assignmentModel{
		TenantID: str(homeTenant), AccessRolesID: str(clientID), Role: str("General Manager"), PrincipalID: str(ownerID),
		ID: str("assignment"), PrincipalType: str("User"), PrincipalName: str("Nadia"),
	}
}

// Nothing of an assignment changes in place; what is only spelled otherwise is no change.
func TestPlanOfAnAssignment(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change  func(*assignmentModel)
		replace string
	}{
		"nothing":   {func(*assignmentModel) {}, ""},
		"no tenant": {func(m *assignmentModel) { m.TenantID = types.StringNull() }, ""},
		"ids in upper case": {func(m *assignmentModel) {
			m.AccessRolesID, m.PrincipalID = str(strings.ToUpper(clientID)), str(strings.ToUpper(ownerID))
		}, ""},
		"another role":              {func(m *assignmentModel) { m.Role = str("Comments Manager") }, "role"},
		"another principal":         {func(m *assignmentModel) { m.PrincipalID = str(objectID) }, "principal_id"},
		"a principal not known yet": {func(m *assignmentModel) { m.PrincipalID = types.StringUnknown() }, "principal_id"},
		"another register":          {func(m *assignmentModel) { m.AccessRolesID = str(objectID) }, "access_roles_id"},
		"a register not known yet":  {func(m *assignmentModel) { m.AccessRolesID = types.StringUnknown() }, "access_roles_id"},
		"another tenant":            {func(m *assignmentModel) { m.TenantID = str(otherTenant) }, "tenant_id"},
	} {
		prior, config := assignment(), assignment()
		config.ID, config.PrincipalType, config.PrincipalName = types.StringNull(), types.StringNull(), types.StringNull()
		c.change(&config)
		plan, replace, diags := planAssignment(config, &prior, str(homeTenant))
		if diags.HasError() {
			t.Errorf("%s: %v", name, diags)
		}
		if c.replace == "" {
			if len(replace) > 0 || plan != prior {
				t.Errorf("%s is planned as %+v, replacing %v", name, plan, replace)
			}
			continue
		}
		if len(replace) != 1 || replace[0].String() != c.replace || !plan.ID.IsUnknown() {
			t.Errorf("%s replaces %v: %+v", name, replace, plan)
		}
	}
	created, replace, _ := planAssignment(assignment(), nil, str(homeTenant))
	if len(replace) > 0 || !created.ID.IsUnknown() || !created.PrincipalType.IsUnknown() || !created.PrincipalName.IsUnknown() {
		t.Errorf("a new one is planned as %+v", created)
	}
}

func TestAssignmentMapping(t *testing.T) {
	t.Parallel()
	m := assignment()
	want := entra.RoleAssignment{RegisterID: clientID, Role: entra.AccessRoles[2], PrincipalID: ownerID, ID: "assignment"}
	if got := m.assignment(); got != want {
		t.Errorf("asked for %+v", got)
	}
	observed := m.observed(entra.RoleAssignment{ID: "another", PrincipalType: "User", PrincipalName: ""})
	if observed.ID != str("another") || !observed.PrincipalName.IsNull() || observed.PrincipalID != m.PrincipalID {
		t.Errorf("observed %+v", observed)
	}
	m.AccessRolesID = str(strings.ToUpper(clientID))
	if id := m.identity(); id.AccessRolesID != str(clientID) || id.Role != m.Role || id.TenantID != str(homeTenant) {
		t.Errorf("identity %+v", id)
	}
}

func TestAssignmentImportID(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		clientID + "/" + ownerID + "/General Manager":                     "/" + clientID + "/" + ownerID + "/General Manager",
		homeTenant + "/" + clientID + "/" + ownerID + "/Enforced logout":  homeTenant + "/" + clientID + "/" + ownerID + "/Enforced logout",
		clientID + "/" + ownerID:                                          "///",
		homeTenant + "/" + clientID + "/" + ownerID + "/Enforced/logout/": "///",
	} {
		if got := shownID("", parseAssignmentID(id)); got != want {
			t.Errorf("%q is read as %q", id, got)
		}
	}
}
