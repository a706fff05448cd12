package appsession

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// IdentitySchema describes what identifies an App session in an import.
func (r *sessionResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = tfkit.RegistrationIdentitySchema()
}

// ImportState takes an import ID or an identity. Reading does the rest.
func (r *sessionResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	r.Provider.ImportRegistration(ctx, "an App session", "client_id", req, resp)
}

// Imported sets the resource to what it is after an import of the registration that was found, without importing it. It
// fails as entra.Sessions.Read does.
func Imported(
	ctx context.Context, p *tfkit.Provider, tenantID string, found entra.Registration, into *tfsdk.Resource,
) (diag.Diagnostics, error) {
	r := &sessionResource{Base: tfkit.Base{Provider: p}}
	diags := into.SetAttribute(ctx, path.Root("tenant_id"), tenantID)
	diags.Append(into.SetAttribute(ctx, path.Root("client_id"), found.ClientID)...)
	var prior model
	if diags.Append(into.Get(ctx, &prior)...); diags.HasError() {
		return diags, nil
	}
	ctx, cancel := context.WithTimeout(ctx, limits.Read)
	defer cancel()
	ref := prior.ref(memory{})
	ref.ObjectID = found.ObjectID
	registration, err := p.Sessions.Read(ctx, tenantID, ref)
	if err != nil {
		return diags, err
	}
	state, _ := r.refresh(ctx, prior, registration, memory{})
	return append(diags, into.Set(ctx, state)...), nil
}
