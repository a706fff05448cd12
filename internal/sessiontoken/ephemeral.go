// Package sessiontoken is the Terraform face of a sign-in as an App session: the ephemeral resource
// sapio365_app_session_token, and the action sapio365_verify_sign_in.
package sessiontoken

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/ephemeral"

	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

var (
	_ ephemeral.EphemeralResourceWithConfigure      = (*tokenResource)(nil)
	_ ephemeral.EphemeralResourceWithValidateConfig = (*tokenResource)(nil)
)

type tokenResource struct{ tfkit.EphemeralBase }

// NewEphemeralResource makes the ephemeral resource sapio365_app_session_token.
func NewEphemeralResource() ephemeral.EphemeralResource { return &tokenResource{} }

// Metadata names the ephemeral resource.
func (r *tokenResource) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_app_session_token"
}

// ValidateConfig checks what is known of the configuration.
func (r *tokenResource) ValidateConfig(
	ctx context.Context, req ephemeral.ValidateConfigRequest, resp *ephemeral.ValidateConfigResponse,
) {
	var config model
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	config.validate(&resp.Diagnostics)
}

// Open signs in as the App session. Unlike a data source, it has no value to fall back on where a tenant is out of reach:
// a token that is not one would only make its user fail in a less obvious place.
func (r *tokenResource) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var config model
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	token, tenantID, ok := config.attempt(ctx, r.Provider, &resp.Diagnostics)
	if !ok {
		return
	}
	config.settle(tenantID, r.Provider.Cloud.GraphScope())
	config.fill(token)
	resp.Diagnostics.Append(resp.Result.Set(ctx, config)...)
}
