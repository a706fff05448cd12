package sessiontoken

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/sapio365/terraform-provider-sapio365/internal/signin"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

var (
	_ action.ActionWithConfigure      = (*verifyAction)(nil)
	_ action.ActionWithValidateConfig = (*verifyAction)(nil)
)

type verifyAction struct{ tfkit.ActionBase }

// NewAction makes the action sapio365_verify_sign_in.
func NewAction() action.Action { return &verifyAction{} }

// Metadata names the action.
func (a *verifyAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_verify_sign_in"
}

// Schema describes the action. The framework knows neither sensitive attributes of actions nor accepts, as of 1.19, a value
// for a write-only one: the protocol does not tell it that the client would.
func (a *verifyAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Signs in as an App session, and reports which application permissions the token holds. A sign-in that is " +
			"refused is an error, with what it means. Nothing is changed, and the token is thrown away.\n\n" +
			"Needs Terraform 1.14. Terraform keeps the arguments of an action in a saved plan, and accepts no ephemeral values for them: where the " +
			"credential comes from a vault, the ephemeral resource `sapio365_app_session_token` does the same and leaves nothing behind. Under `access_enforcement` the provider's identity must hold sapio365's access role `Access App sessions`. " +
			"A new session or credential takes a while to be accepted, which is waited for, up to 90 seconds; a wrong credential is refused in " +
			"the same words, so that it is refused only then.",
		Attributes: map[string]schema.Attribute{
			"client_id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: tfkit.AboutClientID,
				Validators:          []validator.String{tfkit.GUID("client ID")},
			},
			"tenant_id": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: tfkit.AboutTenant(" to sign in to"),
				Validators:          []validator.String{tfkit.TenantID()},
			},
			"client_secret": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: aboutSecret,
			},
			"private_key_pem": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: aboutKey,
			},
			"certificate_pem": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: aboutCertificate,
			},
			"scope": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "What to sign in for: the application ID URI or application (client) ID of an API, followed by `/.default`, " +
					"for example `https://outlook.office365.com/.default`. Default: Microsoft Graph of the provider's `environment`, such as " +
					"`https://graph.microsoft.com/.default`.",
			},
		},
	}
}

// ValidateConfig checks what is known of the configuration.
func (a *verifyAction) ValidateConfig(ctx context.Context, req action.ValidateConfigRequest, resp *action.ValidateConfigResponse) {
	var config input
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if !resp.Diagnostics.HasError() {
		config.validate(&resp.Diagnostics)
	}
}

// Invoke signs in as the App session, and tells what the token allows.
func (a *verifyAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var config input
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	token, tenantID, ok := config.attempt(ctx, a.Provider, &resp.Diagnostics)
	if !ok {
		return
	}
	config.settle(tenantID, a.Provider.Cloud.GraphScope())
	resp.SendProgress(action.InvokeProgressEvent{Message: config.success(tenantID, token)})
}

// success tells of a sign-in, without anything of the token but what it allows.
func (i input) success(tenantID string, token signin.Token) string {
	with := "client_secret"
	if i.ClientSecret.IsNull() {
		with = "private_key_pem"
	}
	roles := strings.Join(slices.Sorted(slices.Values(token.Claims.Roles)), ", ")
	return fmt.Sprintf("The App session %s signed in to tenant %s with %s. Application permissions for %s: %s.",
		i.ClientID.ValueString(), tenantID, with, i.Scope.ValueString(), cmp.Or(roles, "none"))
}
