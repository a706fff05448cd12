package partner

import (
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/signin"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// model is the data source as Terraform keeps it.
type model struct {
	TenantID  types.String `tfsdk:"tenant_id"`
	Sources   types.Set    `tfsdk:"sources"`
	Customers types.List   `tfsdk:"customers"`
}

var customerType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"tenant_id": types.StringType, "display_name": types.StringType, "default_domain": types.StringType,
	"relationship": types.StringType, "status": types.StringType,
}}

// both is the relationship of a customer whom both sources know.
const both = "both"

// sources are those that are configured, or else all that the cloud has.
func (m model) sources(cloud signin.Cloud, diags *diag.Diagnostics) []entra.CustomerSource {
	configured, _ := tfkit.Members(m.Sources)
	if m.Sources.IsNull() {
		if !cloud.HasDelegatedAdmin() {
			return []entra.CustomerSource{entra.Contract}
		}
		return entra.CustomerSources
	}
	if slices.Contains(configured, string(entra.DelegatedAdmin)) && !cloud.HasDelegatedAdmin() {
		diags.AddAttributeError(path.Root("sources"), "No such source in this cloud", "The cloud \""+cloud.Name+
			"\" has no delegated admin relationships. Leave sources out, or set it to [\"contract\"].")
	}
	return slices.DeleteFunc(slices.Clone(entra.CustomerSources), func(source entra.CustomerSource) bool {
		return !slices.Contains(configured, string(source))
	})
}

// unread is what is known of customers that could not be listed.
func (m model) unread() model {
	m.Customers = types.ListNull(customerType)
	return m
}

// read takes over what was listed.
func (m model) read(found []entra.Customer) model {
	customers := make([]attr.Value, len(found))
	for i, customer := range found {
		relationship := both
		if len(customer.Sources) == 1 {
			relationship = string(customer.Sources[0])
		}
		customers[i] = types.ObjectValueMust(customerType.AttrTypes, map[string]attr.Value{
			"tenant_id": types.StringValue(customer.TenantID), "display_name": tfkit.OrNull(customer.DisplayName),
			"default_domain": tfkit.OrNull(customer.DefaultDomain), "relationship": types.StringValue(relationship),
			"status": tfkit.OrNull(customer.Status),
		})
	}
	m.Customers = types.ListValueMust(customerType, customers)
	return m
}
