package partner

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// Schema describes the data source.
func (d *customersDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	text := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "The customers of a Microsoft partner, from the partner's own tenant: those with a granular delegated admin " +
			"relationship (GDAP), and those with a contract (reseller, advisor, syndication). Each tenant comes once.\n\n" +
			"That a customer is listed does not let the provider into its tenant; see the guide " +
			"[Many customers](../guides/msp.md).",
		Attributes: map[string]schema.Attribute{
			"tenant_id": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: tfkit.AboutTenant(" of the partner"),
				Validators:          []validator.String{tfkit.TenantID()},
			},
			"sources": schema.SetAttribute{
				Optional: true, ElementType: types.StringType,
				MarkdownDescription: "Where to look, each one of `delegated_admin`, `contract`. Default: both; in the cloud `china`, which has no delegated admin " +
					"relationships, `contract` alone. The permission for a source that is left out is not needed.",
				Validators: []validator.Set{
					setvalidator.SizeAtLeast(1), setvalidator.NoNullValues(),
					setvalidator.ValueStringsAre(stringvalidator.OneOf(string(entra.DelegatedAdmin), string(entra.Contract))),
				},
			},
			"customers": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The customers, sorted by display name and then by tenant ID.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"tenant_id": text("ID (GUID) of the customer's tenant, in lower case, for example " + tfkit.ExampleCustomerID + "."),
					"display_name": text("Name of the customer, for example `Contoso`: that of the delegated admin relationship, or else that of the contract, which is a copy " +
						"from when the contract was made."),
					"default_domain": text("The customer's default domain when the contract was made, for example `contoso.com`. Null without a contract."),
					"relationship": text("In which source the customer shows, one of `" + string(entra.DelegatedAdmin) + "`, `" + string(entra.Contract) +
						"` or `" + both + "`."),
					"status": text("Status of the delegated admin relationship, of several the one that is the most in force. One of `active`, `activating`, " +
						"`approved`, `approvalPending`, `created`, `terminationRequested`, `terminating`, `expiring`, " +
						"`expired`, `terminated`; `expiring` is over, and being taken down. Null without such a relationship: a contract has no status."),
				}},
			},
		},
	}
}
