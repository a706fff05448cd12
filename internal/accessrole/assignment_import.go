package accessrole

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// assignmentImportForm is the import ID with a tenant.
const assignmentImportForm = "TENANT_ID/ACCESS_ROLES_ID/PRINCIPAL_ID/ROLE NAME"

// ImportState takes an import ID, or since Terraform 1.12 an identity. Reading does the rest.
func (r *assignmentResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	var id assignmentIdentity
	if req.ID == "" {
		resp.Diagnostics.Append(req.Identity.Get(ctx, &id)...)
	} else {
		id = parseAssignmentID(req.ID)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	id.TenantID = r.Provider.ImportedTenant(id.TenantID, assignmentImportForm, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	ids := []types.String{id.TenantID, id.AccessRolesID, id.PrincipalID}
	for _, part := range ids {
		if !entra.IsGUID(part.ValueString()) {
			resp.Diagnostics.AddError("Malformed import ID", fmt.Sprintf(
				"%q is no import ID of an access role assignment. Give ACCESS_ROLES_ID/PRINCIPAL_ID/ROLE NAME when the register is in the "+
					"provider's tenant, for example 11111111-2222-3333-4444-555555555555/66666666-7777-8888-9999-000000000000/General Manager, "+
					"or %s. The first three are GUIDs: the tenant, the client ID of the register, the object ID of who holds the role.%s",
				shownID(req.ID, id), assignmentImportForm, tfkit.AboutDomain(ctx, id.TenantID)))
			return
		}
	}
	if problem := unknownRole(id.Role.ValueString()); problem != "" {
		resp.Diagnostics.AddError("Malformed import ID", fmt.Sprintf("In the import ID %q, %s", shownID(req.ID, id), problem))
		return
	}
	state := assignmentModel{TenantID: lower(id.TenantID), AccessRolesID: lower(id.AccessRolesID), PrincipalID: lower(id.PrincipalID), Role: id.Role}
	whole := strings.Join([]string{state.TenantID.ValueString(), state.AccessRolesID.ValueString(), state.PrincipalID.ValueString(), state.Role.ValueString()}, "/")
	if r.Provider.ImportedTwice("an "+assignmentSubject, whole, &resp.Diagnostics) {
		return
	}
	for name, value := range map[string]types.String{
		"tenant_id": state.TenantID, "access_roles_id": state.AccessRolesID, "principal_id": state.PrincipalID, "role": state.Role,
	} {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), value)...)
	}
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
}

// parseAssignmentID reads "[tenant_id/]access_roles_id/principal_id/role name". What has another form has no ids.
func parseAssignmentID(id string) assignmentIdentity {
	parts := strings.Split(id, "/")
	if len(parts) == 3 {
		parts = append([]string{""}, parts...)
	}
	if len(parts) != 4 {
		return assignmentIdentity{}
	}
	return assignmentIdentity{
		TenantID: types.StringValue(parts[0]), AccessRolesID: types.StringValue(parts[1]),
		PrincipalID: types.StringValue(parts[2]), Role: types.StringValue(parts[3]),
	}
}

// shownID is what the user wrote, for messages.
func shownID(id string, parsed assignmentIdentity) string {
	if id != "" {
		return id
	}
	return strings.Join([]string{
		parsed.TenantID.ValueString(), parsed.AccessRolesID.ValueString(), parsed.PrincipalID.ValueString(), parsed.Role.ValueString(),
	}, "/")
}
