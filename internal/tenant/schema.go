package tenant

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// Schema describes the data source.
func (d *tenantDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	text := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	number := func(description string) schema.Int64Attribute {
		return schema.Int64Attribute{Computed: true, MarkdownDescription: description}
	}
	flag := func(description string) schema.BoolAttribute {
		return schema.BoolAttribute{Computed: true, MarkdownDescription: description}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "A tenant as the provider's identity sees it: what it is called, what its app management policies allow as " +
			"credentials of a new App session, and what the identity may do.\n\n" +
			"Any number of data sources that ask for the same tenant share one look. What the identity may not read " +
			"is null, with a warning that names the permission.",
		Attributes: map[string]schema.Attribute{
			"tenant_id": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: tfkit.AboutTenant(""),
				Validators:          []validator.String{tfkit.TenantID()},
			},
			"display_name":   text("Name of the organization, for example `Contoso`."),
			"default_domain": text("The domain that new users get, for example `contoso.com`."),
			"hybrid": flag("Whether the tenant is synchronised with an Active Directory on-premises; `false` also where it was and is " +
				"no longer."),
			"caller": schema.SingleNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The identity that the provider is signed in as in this tenant.",
				Attributes: map[string]schema.Attribute{
					"object_id": text("Object ID of the user or service principal, for example " + tfkit.ExamplePrincipal + "."),
					"type":      text("One of `" + servicePrincipal + "`, `" + user + "`. A managed identity is a service principal."),
					"name": text("The user's sign-in name or the application's display name, where the token tells it, for example " +
						"`admin@contoso.com`."),
					"credential_source": text("Which of the ways to configure a credential won: the argument, environment variable or file that " +
						"it came from, for example `SAPIO365_CLIENT_SECRET`."),
				},
			},
			"secrets_allowed": flag("Whether the tenant's policies allow client secrets on a registration that is made now. Policies may exempt " +
				"some callers; whether this one is exempt cannot be told."),
			"max_secret_days": number("The longest life of a client secret on such a registration, in whole days, for example `180`; null where there is no " +
				"limit, `0` where secrets are not allowed."),
			"max_certificate_days": number("The longest life of a certificate on such a registration, from its beginning to its end, in whole " +
				"days, for example `365`; null where there is no limit."),
			"caller_permissions": schema.SetAttribute{
				Computed: true, ElementType: types.StringType,
				MarkdownDescription: "Microsoft Graph permissions that the identity's token holds: application permissions, or the delegated ones " +
					"of a user, for example `Application.ReadWrite.OwnedBy`.",
			},
			"caller_access_roles": schema.SetAttribute{
				Computed: true, ElementType: types.StringType,
				MarkdownDescription: "sapio365's access roles that the identity holds, directly or as a direct member of a group, for example " +
					"`Access App sessions`. Empty where the " +
					"tenant has no register of access roles.",
			},
			"missing_permissions": schema.MapAttribute{
				Computed: true, ElementType: permissionsType,
				MarkdownDescription: "By type of resource or data source: the least permissions that the identity lacks to use everything of the " +
					"type, for example `{ sapio365_app_session = [\"Application.ReadWrite.OwnedBy\"] }`; under `data.sapio365_app_session` and `list.sapio365_app_session` those of the data source and of the list that share " +
					"their name with a resource. A configuration " +
					"that does not use everything needs less; the guide [Permissions the provider needs](../guides/permissions.md) says what each is for.",
			},
		},
	}
}
