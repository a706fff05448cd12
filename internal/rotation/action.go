// Package rotation is the Terraform face of a request for a new client secret: the action sapio365_rotate_secret.
package rotation

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

var (
	_ action.ActionWithConfigure  = (*rotateAction)(nil)
	_ action.ActionWithModifyPlan = (*rotateAction)(nil)
)

type rotateAction struct{ tfkit.ActionBase }

// NewAction makes the action sapio365_rotate_secret.
func NewAction() action.Action { return &rotateAction{} }

// model is the action as Terraform passes it on.
type model struct {
	ClientID  types.String `tfsdk:"client_id"`
	TenantID  types.String `tfsdk:"tenant_id"`
	RevokeNow types.Bool   `tfsdk:"revoke_now"`
}

// limit is the time for the whole of it. Most of that only a tenant that throttles takes.
const limit = 10 * time.Minute

// Metadata names the action.
func (a *rotateAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_rotate_secret"
}

// ModifyPlan says before anything happens what a revocation means.
func (a *rotateAction) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	var config model
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if config.RevokeNow.ValueBool() {
		resp.Diagnostics.AddAttributeWarning(path.Root("revoke_now"), outage, "The client secrets of the App session that the provider has made "+
			"are removed at once. Whoever signs in with them cannot do so until the next apply of the App session has made the next one.")
	}
}

// Invoke asks for the new secret. An action cannot return a value, so it makes none itself: the App session's own resource
// does, which also keeps or seals it.
func (a *rotateAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var config model
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	tenantID := strings.ToLower(cmp.Or(config.TenantID.ValueString(), a.Provider.TenantID))
	if tenantID == "" {
		resp.Diagnostics.AddAttributeError(path.Root("tenant_id"), "Tenant not known",
			"tenant_id is not set, and the provider's will only be known after an apply. Set tenant_id here.")
		return
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	failure := tfkit.Failure{Summary: "Could not ask for a new client secret", TenantID: tenantID}
	if resp.Diagnostics.Append(a.Provider.Authorize(ctx, failure, entra.ManageSessions)...); resp.Diagnostics.HasError() {
		return
	}
	clientID, revoke := config.ClientID.ValueString(), config.RevokeNow.ValueBool()
	if revoke {
		say(resp, "Asking for a new client secret, and removing the present ones at once: an outage until the next apply of the App session.")
	}
	request, err := a.Provider.Rotations.RequestRotation(ctx, tenantID, clientID, revoke)
	if err != nil {
		failure.Err = err
		resp.Diagnostics.Append(explain(failure, request)...)
		return
	}
	report(resp, request, revoke)
}

func say(resp *action.InvokeResponse, message string) {
	resp.SendProgress(action.InvokeProgressEvent{Message: message})
}
