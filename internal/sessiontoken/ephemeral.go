// Package sessiontoken is the Terraform face of a sign-in as an App session: the ephemeral resource
// sapio365_app_session_token.
package sessiontoken

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

var (
	_ ephemeral.EphemeralResourceWithConfigure      = (*tokenResource)(nil)
	_ ephemeral.EphemeralResourceWithValidateConfig = (*tokenResource)(nil)
)

type tokenResource struct{ tfkit.EphemeralBase }

// NewEphemeralResource makes the ephemeral resource sapio365_app_session_token.
func NewEphemeralResource() ephemeral.EphemeralResource { return &tokenResource{} }

// limit is the time for one sign-in with everything before it.
const limit = 5 * time.Minute

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
	config.validate(&resp.Diagnostics) // what was unknown before
	if resp.Diagnostics.HasError() {
		return
	}
	tenantID := config.tenant(r.Provider.TenantID)
	if tenantID == "" {
		resp.Diagnostics.AddAttributeError(path.Root("tenant_id"), "Tenant not known",
			"tenant_id is not set, and the provider's will only be known after an apply. Set tenant_id on the ephemeral resource.")
		return
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	failure := tfkit.Failure{Summary: "Could not sign in as the App session", TenantID: tenantID}
	resp.Diagnostics.Append(r.Provider.Authorize(ctx, failure, entra.ReadSessions)...)
	if resp.Diagnostics.HasError() {
		return
	}
	request, err := config.request(tenantID)
	if err == nil {
		config.settle(tenantID, r.Provider.Cloud.GraphScope())
		err = r.signIn(ctx, request, &config)
	}
	if err != nil {
		failure.Err = err
		resp.Diagnostics.Append(explain(failure)...)
		return
	}
	resp.Diagnostics.Append(resp.Result.Set(ctx, config)...)
}

// explain adds to the diagnostics of a failure for how long it was waited for it to pass.
func explain(failure tfkit.Failure) diag.Diagnostics {
	var late *notAcceptedError
	if !errors.As(failure.Err, &late) {
		return failure.Diagnostics()
	}
	var diags diag.Diagnostics
	for _, d := range failure.Diagnostics() {
		diags.AddError(d.Summary(), fmt.Sprintf("%s\n\nA new application or credential takes a while to be accepted. This one was not within %s.",
			d.Detail(), late.waited.Round(time.Second)))
	}
	return diags
}
