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
		MarkdownDescription: fmt.Sprintf("The App sessions of a tenant: the registrations that carry the tag `%s`, in whatever state or in none, "+
			"and those that `client_ids` names. To see which credentials are about to expire, which creates have not come to their end, and "+
			"what to import.\n\n"+
			"This provider gives the tag to the sessions that it makes, and to an imported one with its first change. One that sapio365 or a "+
			"person has made has none before that: name its client ID.\n\n"+
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
		"client_id":      computed("Application (client) ID, for example " + tfkit.ExampleClientID + "."),
		"display_name":   computed(tfkit.AboutSessionName + "."),
		"unique_name":    computed(uniqueName + " Null where it has none."),
		"authentication": computed(authentication),
		"credential_expires_at": computed("When the credential of that kind expires that ends last (of those that this provider made, or else of " +
			"all), " + tfkit.FormTime + ". Null without any credential."),
		"provisioning": flag("Whether the session is still being created, or a create of it broke: apply its resource again."),
		"unmanaged_credentials": number("Number of secrets and certificates on the registration that do not carry the label of this provider, " +
			"for example `1`. A certificate that was there before the session was imported counts."),
		"missing_consents": labels("Declared permissions that are not granted for the whole tenant. Null without `include_consent`."),
		"import_id": computed("ID by which the resource `sapio365_app_session` imports the session, tenant and client ID, for example " +
			"`9d2c1a75-0d0e-4b6e-8a53-5d1f2c3b4a10/4f0a3c1e-6a52-4f1e-9a3d-8b1b6f0c2d11`."),
	}
}
