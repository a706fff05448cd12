package accessrole

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// assignmentModel is an assignment of an access role as Terraform keeps it.
type assignmentModel struct {
	TenantID      types.String `tfsdk:"tenant_id"`
	AccessRolesID types.String `tfsdk:"access_roles_id"`
	Role          types.String `tfsdk:"role"`
	PrincipalID   types.String `tfsdk:"principal_id"`

	ID            types.String `tfsdk:"id"`
	PrincipalType types.String `tfsdk:"principal_type"`
	PrincipalName types.String `tfsdk:"principal_display_name"`
}

// assignmentIdentity is the identity of an assignment: what an import needs.
type assignmentIdentity struct {
	TenantID      types.String `tfsdk:"tenant_id"`
	AccessRolesID types.String `tfsdk:"access_roles_id"`
	Role          types.String `tfsdk:"role"`
	PrincipalID   types.String `tfsdk:"principal_id"`
}

// assignmentSubject is how messages name the resource.
const assignmentSubject = "access role assignment"

func (m assignmentModel) tenant() string { return strings.ToLower(m.TenantID.ValueString()) }

func (m assignmentModel) identity() assignmentIdentity {
	return assignmentIdentity{
		TenantID: types.StringValue(m.tenant()), AccessRolesID: lower(m.AccessRolesID), Role: m.Role, PrincipalID: lower(m.PrincipalID),
	}
}

func lower(id types.String) types.String { return types.StringValue(strings.ToLower(id.ValueString())) }

// isImported tells whether the state holds nothing but what an import gives.
func (m assignmentModel) isImported() bool { return m.ID.IsNull() }

// assignment is what the plan or the state means. The role's name has been checked where it came from.
func (m assignmentModel) assignment() entra.RoleAssignment {
	role, _ := entra.AccessRoleByName(m.Role.ValueString())
	return entra.RoleAssignment{
		RegisterID: m.AccessRolesID.ValueString(), Role: role, PrincipalID: m.PrincipalID.ValueString(), ID: m.ID.ValueString(),
	}
}

// observed is the state with what the tenant tells of the assignment.
func (m assignmentModel) observed(found entra.RoleAssignment) assignmentModel {
	m.ID = types.StringValue(found.ID)
	m.PrincipalType = tfkit.OrNull(found.PrincipalType)
	m.PrincipalName = tfkit.OrNull(found.PrincipalName)
	return m
}

// validate checks what a configuration says on its own. Unknown values pass: they are checked again when they are known.
func (m assignmentModel) validate() diag.Diagnostics {
	var diags diag.Diagnostics
	if id := m.AccessRolesID; tfkit.IsSet(id) && !entra.IsGUID(id.ValueString()) {
		diags.AddAttributeError(path.Root("access_roles_id"), "Not a client ID", fmt.Sprintf(
			"access_roles_id is %q, which is not a GUID. Give the client ID of the register, for example sapio365_access_roles.this.id.",
			id.ValueString()))
	}
	if id := m.PrincipalID; tfkit.IsSet(id) && !entra.IsGUID(id.ValueString()) {
		diags.AddAttributeError(path.Root("principal_id"), "Not an object ID", fmt.Sprintf(
			"principal_id is %q, which is not a GUID. Give the object ID of a user, a group or a service principal, not a user name or "+
				"a display name.", id.ValueString()))
	}
	if role := m.Role; tfkit.IsSet(role) {
		if problem := unknownRole(role.ValueString()); problem != "" {
			diags.AddAttributeError(path.Root("role"), "Unknown access role", problem)
		}
	}
	return diags
}

// unknownRole says what is wrong with the name of a role; empty when nothing is.
func unknownRole(name string) string {
	if _, known := entra.AccessRoleByName(name); known {
		return ""
	}
	names := entra.AccessRoleNames()
	hint := ""
	if nearest := entra.Nearest(name, names); nearest != "" {
		hint = fmt.Sprintf(" Did you mean %q?", nearest)
	}
	return fmt.Sprintf("role is %q, which is not one of sapio365's access roles.%s Use one of: %s.", name, hint, strings.Join(names, ", "))
}
