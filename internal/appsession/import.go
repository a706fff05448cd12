package appsession

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"

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
