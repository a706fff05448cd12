package rotation

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// Schema describes the action.
func (a *rotateAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Asks for a new client secret of an App session before that is due. The action makes no secret, because it could " +
			"not return it: it marks the registration with the tag `sapio365:rotate-requested`. The next plan of the `sapio365_app_session` shows " +
			"a new secret, and its apply makes it, signs in with it, lets the overlap of the one before it begin, and takes the tag off last.\n\n" +
			"Needs Terraform 1.14. Under `access_enforcement` the provider's identity must be one that may change App sessions.",
		Attributes: map[string]schema.Attribute{
			"client_id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: tfkit.AboutClientID,
				Validators:          []validator.String{tfkit.GUID("client ID")},
			},
			"tenant_id": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: tfkit.AboutTenant(" of the App session"),
				Validators:          []validator.String{tfkit.TenantID()},
			},
			"revoke_now": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Also remove, at once, every client secret of the App session that the provider has made, those in their overlap " +
					"included. **This is an outage**: whoever signs in with them cannot do so until the next apply of the App session. Secrets and " +
					"certificates of others stay. Tokens that were issued before are good until they end, usually within an hour. Default `false`.",
			},
		},
	}
}
