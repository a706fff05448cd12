package appsession

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// ImportState takes an import ID, or since Terraform 1.12 an identity. Reading does the rest.
func (r *sessionResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	var id identity
	if req.ID == "" {
		resp.Diagnostics.Append(req.Identity.Get(ctx, &id)...)
	} else {
		id = parseImportID(req.ID)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	if id.TenantID.ValueString() == "" {
		id.TenantID = r.providerTenant()
	}
	if id.TenantID.IsUnknown() {
		resp.Diagnostics.AddError("Tenant not known", "The provider's tenant_id will only be known after an apply. Import with TENANT_ID/CLIENT_ID.")
		return
	}
	if !entra.IsGUID(id.TenantID.ValueString()) || !entra.IsGUID(id.ClientID.ValueString()) {
		resp.Diagnostics.AddError("Malformed import ID", fmt.Sprintf(
			"%q is no import ID of an App session. Give the client ID alone when the session is in the provider's tenant, for example "+
				"11111111-2222-3333-4444-555555555555, or TENANT_ID/CLIENT_ID, for example "+
				"99999999-8888-7777-6666-555555555555/11111111-2222-3333-4444-555555555555. "+
				"Both are GUIDs; the client ID is the application ID, not an object ID.", importID(req.ID, id)))
		return
	}
	tenantID, clientID := strings.ToLower(id.TenantID.ValueString()), strings.ToLower(id.ClientID.ValueString())
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("tenant_id"), tenantID)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("client_id"), clientID)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), clientID)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity{
		TenantID: types.StringValue(tenantID), ClientID: types.StringValue(clientID),
	})...)
}

// parseImportID reads "client_id" or "tenant_id/client_id".
func parseImportID(id string) identity {
	tenantID, clientID, both := strings.Cut(id, "/")
	if !both {
		return identity{TenantID: types.StringNull(), ClientID: types.StringValue(id)}
	}
	return identity{TenantID: types.StringValue(tenantID), ClientID: types.StringValue(clientID)}
}

// importID is what the user wrote, for messages.
func importID(id string, parsed identity) string {
	if id != "" {
		return id
	}
	return parsed.TenantID.ValueString() + "/" + parsed.ClientID.ValueString()
}
