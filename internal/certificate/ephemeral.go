// Package certificate is the Terraform face of key pairs that the provider generates: the ephemeral resource
// sapio365_certificate.
package certificate

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/ephemeral"

	"github.com/sapio365/terraform-provider-sapio365/internal/pki"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

var (
	_ ephemeral.EphemeralResourceWithConfigure      = (*certificateResource)(nil)
	_ ephemeral.EphemeralResourceWithValidateConfig = (*certificateResource)(nil)
)

type certificateResource struct{ tfkit.EphemeralBase }

// NewEphemeralResource makes the ephemeral resource sapio365_certificate.
func NewEphemeralResource() ephemeral.EphemeralResource { return &certificateResource{} }

// Metadata names the ephemeral resource.
func (r *certificateResource) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_certificate"
}

// ValidateConfig checks what is known of the configuration.
func (r *certificateResource) ValidateConfig(
	ctx context.Context, req ephemeral.ValidateConfigRequest, resp *ephemeral.ValidateConfigResponse,
) {
	var config model
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	config.validate(&resp.Diagnostics)
}

// Open generates the key pair. It asks no tenant, so it works also while the provider cannot sign in yet.
func (r *certificateResource) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var config model
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	config.validate(&resp.Diagnostics) // what was unknown before
	if resp.Diagnostics.HasError() {
		return
	}
	config.settle()
	pair, err := pki.Generate(config.request(r.Provider.Clock.Now()))
	if err == nil {
		err = config.fill(pair)
	}
	if err != nil {
		resp.Diagnostics.AddError("Could not generate the certificate", err.Error())
		return
	}
	resp.Diagnostics.Append(resp.Result.Set(ctx, config)...)
}
