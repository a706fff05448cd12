package sessiondata

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// Schema describes the data source.
func (d *sessionsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: fmt.Sprintf("The App sessions of a tenant, whoever made them: the registrations that carry the tag `%s`. To see "+
			"which credentials are about to expire, which creates have not come to their end, and what to import.\n\n"+
			"A thousand sessions are listed in a few requests. Under the provider's `access_enforcement` the caller must hold the access "+
			"role \"Access App sessions\".", entra.TagAppSession),
		Attributes: map[string]schema.Attribute{
			"tenant_id": tenantAttribute(),
			"display_name_prefix": schema.StringAttribute{
				Optional: true, MarkdownDescription: prefixDescription,
			},
			"expiring_within_days": schema.Int64Attribute{
				Optional: true, MarkdownDescription: expiringDescription,
			},
			"client_ids": schema.SetAttribute{
				Optional: true, ElementType: types.StringType,
				MarkdownDescription: clientIDsDescription,
				Validators:          []validator.Set{setvalidator.NoNullValues(), setvalidator.ValueStringsAre(tfkit.GUID("client ID"))},
			},
			"include_consent": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Whether to compare what is declared with what is granted, for `missing_consents`. It takes one more request for " +
					"every ten sessions. Default `false`.",
			},
			"sessions": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The App sessions, sorted by display name and then by client ID.",
				NestedObject:        schema.NestedAttributeObject{Attributes: listedAttributes()},
			},
		},
	}
}

func listedAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"client_id":    computed("Application (client) ID."),
		"display_name": computed("Name of the App session and of its registration."),
		"unique_name":  computed("Alternate key of the registration. Null where it has none."),
		"authentication": computed(fmt.Sprintf("By what the session signs in: `%s` or `%s`. Where it has both, the kind of which this "+
			"provider made one, or else of which one ends last. Null without any credential.", entra.BySecret, entra.ByCertificate)),
		"credential_expires_at": computed("When the credential of that kind expires that ends last, RFC 3339 in UTC: of those that this provider " +
			"made, or else of all. Null without any credential."),
		"provisioning": flag("Whether the session is still being created, or a create of it broke: apply its resource again."),
		"unmanaged_credentials": number("Number of secrets and certificates on the registration that do not carry the label of this provider. " +
			"A certificate that was there before the session was imported counts."),
		"missing_consents": labels("Declared permissions that are not granted for the whole tenant. Null without `include_consent`."),
		"import_id":        computed("ID by which the resource `sapio365_app_session` imports the session: `tenant_id/client_id`."),
	}
}
