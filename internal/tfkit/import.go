package tfkit

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// RegistrationIdentity is the identity of a registration: what an import needs.
type RegistrationIdentity struct {
	TenantID types.String `tfsdk:"tenant_id"`
	ClientID types.String `tfsdk:"client_id"`
}

// RegistrationIdentitySchema describes what identifies a registration in an import.
func RegistrationIdentitySchema() identityschema.Schema {
	return identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"tenant_id": identityschema.StringAttribute{OptionalForImport: true, Description: "Tenant ID; the provider's when left out."},
		"client_id": identityschema.StringAttribute{RequiredForImport: true, Description: "Application (client) ID."},
	}}
}

// ImportRegistration takes an import ID, or since Terraform 1.12 an identity. attribute is the one that has the client ID,
// beside id. Reading does the rest.
func (p *Provider) ImportRegistration(
	ctx context.Context, subject, attribute string, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	var id RegistrationIdentity
	if req.ID == "" {
		resp.Diagnostics.Append(req.Identity.Get(ctx, &id)...)
	} else {
		id = parseRegistrationID(req.ID)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	id.TenantID = p.ImportedTenant(id.TenantID, "TENANT_ID/CLIENT_ID", &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if !entra.IsGUID(id.TenantID.ValueString()) || !entra.IsGUID(id.ClientID.ValueString()) {
		resp.Diagnostics.AddError("Malformed import ID", fmt.Sprintf(
			"%q is no import ID of %s. Give the client ID alone when it is in the provider's tenant, for example "+
				"11111111-2222-3333-4444-555555555555, or TENANT_ID/CLIENT_ID, for example "+
				"99999999-8888-7777-6666-555555555555/11111111-2222-3333-4444-555555555555. "+
				"Both are GUIDs; the client ID is the application ID, not an object ID.%s", importID(req.ID, id), subject,
			AboutDomain(ctx, id.TenantID)))
		return
	}
	tenantID, clientID := strings.ToLower(id.TenantID.ValueString()), strings.ToLower(id.ClientID.ValueString())
	if p.ImportedTwice(subject, tenantID+"/"+clientID, &resp.Diagnostics) {
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("tenant_id"), tenantID)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(attribute), clientID)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), clientID)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, RegistrationIdentity{
		TenantID: types.StringValue(tenantID), ClientID: types.StringValue(clientID),
	})...)
}

// ImportedTwice refuses the second import of the same thing by one run. Two resources would undo each other's changes, and
// what is destroyed with one of them is still managed by the other.
func (p *Provider) ImportedTwice(subject, id string, diags *diag.Diagnostics) bool {
	if p.Once("import of " + subject + " " + id) {
		return false
	}
	diags.AddError("Imported twice", fmt.Sprintf(
		"Another resource of this configuration imports %s %s, too. Keep one import block and one resource for it: two would undo each "+
			"other's changes, and destroying one would destroy what the other manages.", subject, id))
	return true
}

// ImportedTenant is the tenant of what is imported: the named one, or else the provider's. form is the import ID that
// names one.
func (p *Provider) ImportedTenant(named types.String, form string, diags *diag.Diagnostics) types.String {
	if named.ValueString() == "" {
		named = p.PlannedTenant()
	}
	if named.IsUnknown() {
		diags.AddError("Tenant not known", "The provider's tenant_id will only be known after an apply. Import with "+form+".")
	}
	return named
}

// NothingToImport is what an import of a registration ends with that is not there. subject is such as "App session".
func NothingToImport(subject, tenantID, clientID string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Nothing to import", fmt.Sprintf(
		"In tenant %s there is no %s with the client ID %s. Give the application (client) ID: the object IDs of the app registration and of "+
			"its service principal are others. What is in another tenant is imported with TENANT_ID/CLIENT_ID. What has been deleted has to be "+
			"restored first.", tenantID, subject, clientID))
}

// parseRegistrationID reads "client_id" or "tenant_id/client_id".
func parseRegistrationID(id string) RegistrationIdentity {
	tenantID, clientID, both := strings.Cut(id, "/")
	if !both {
		return RegistrationIdentity{TenantID: types.StringNull(), ClientID: types.StringValue(id)}
	}
	return RegistrationIdentity{TenantID: types.StringValue(tenantID), ClientID: types.StringValue(clientID)}
}

// importID is what the user wrote, for messages.
func importID(id string, parsed RegistrationIdentity) string {
	if id != "" {
		return id
	}
	return parsed.TenantID.ValueString() + "/" + parsed.ClientID.ValueString()
}
