package sessiontoken

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// Schema describes the ephemeral resource.
func (r *tokenResource) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "An access token of an App session: signs in as sapio365 would, and returns the token and what it allows. It exists " +
			"for one run of Terraform and is kept neither in the state nor in a plan.\n\n" +
			"The session signs in with its own credential, not with the provider's. Under `access_enforcement` the provider's identity must " +
			"hold sapio365's access role `Access App sessions`. A new session or credential takes a while to be accepted, which is waited for, " +
			"up to 90 seconds; a wrong credential is refused in the same words, so that it is refused only then.",
		Attributes: map[string]schema.Attribute{
			"client_id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: tfkit.AboutClientID,
				Validators:          []validator.String{tfkit.GUID("client ID")},
			},
			"tenant_id": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: tfkit.AboutTenant(" to sign in to"),
				Validators:          []validator.String{tfkit.TenantID()},
			},
			"client_secret": schema.StringAttribute{
				Optional: true, Sensitive: true,
				MarkdownDescription: aboutSecret,
			},
			"private_key_pem": schema.StringAttribute{
				Optional: true, Sensitive: true,
				MarkdownDescription: aboutKey,
			},
			"certificate_pem": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: aboutCertificate,
			},
			"scope": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "What the token is for: the application ID URI or application (client) ID of an API, followed by `/.default`, " +
					"for example `https://outlook.office365.com/.default`. Default: Microsoft Graph of the provider's `environment`, such as " +
					"`https://graph.microsoft.com/.default`.",
			},
			"access_token": schema.StringAttribute{
				Computed: true, Sensitive: true,
				MarkdownDescription: "The token, to be sent as `Authorization: Bearer`, for example `eyJ0eXAiOiJKV1Qi…`.",
			},
			"expires_at": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "When the token ends, usually an hour after it was issued, " + tfkit.FormTime + ".",
			},
			"roles": schema.SetAttribute{
				Computed: true, ElementType: types.StringType,
				MarkdownDescription: "Names of the application permissions that the token holds on the API, for example `User.Read.All`. They are " +
					"those that were granted when it was issued. Empty where the session has none there.",
			},
		},
	}
}
