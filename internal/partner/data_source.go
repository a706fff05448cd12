// Package partner is the Terraform face of a partner's tenant: the data source sapio365_customers.
package partner

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

var _ datasource.DataSourceWithConfigure = (*customersDataSource)(nil)

type customersDataSource struct{ tfkit.DataBase }

// NewDataSource makes the data source sapio365_customers.
func NewDataSource() datasource.DataSource { return &customersDataSource{} }

// Metadata names the data source.
func (d *customersDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_customers"
}

// limit is the time for one read.
const limit = 5 * time.Minute

// Read lists the customers. A source that may not be read is an error: a shorter list would destroy what a configuration
// has for the customers that are missing. Of a tenant of its own that is out of reach, the list is null, which no
// configuration can take for an empty one.
func (d *customersDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var config model
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	tenantID := d.Provider.DataTenant(&config.TenantID, &resp.Diagnostics)
	sources := config.sources(d.Provider.Cloud, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	failure := tfkit.Failure{Summary: "Could not list the customers", TenantID: tenantID}
	var found []entra.Customer
	if _, failure.Err = d.Provider.SignIn(ctx, tenantID); failure.Err == nil {
		found, failure.Err = d.Provider.Partners.Customers(ctx, tenantID, sources)
	}
	switch {
	case failure.Err == nil:
		resp.Diagnostics.Append(resp.State.Set(ctx, config.read(found))...)
	case d.Provider.IsForeignOutOfReach(failure):
		resp.Diagnostics.Append(failure.Apart("What was to be read is null, and the other tenants go on.")...)
		resp.Diagnostics.Append(resp.State.Set(ctx, config.unread())...)
	default:
		explain(failure, sources, &resp.Diagnostics)
	}
}

// explain adds to a refusal how to do without the source.
func explain(failure tfkit.Failure, sources []entra.CustomerSource, diags *diag.Diagnostics) {
	for _, err := range tfkit.Errors(failure.Err) {
		failure.Err = err
		if !errors.Is(err, entra.ErrForbidden) || len(sources) < 2 {
			diags.Append(failure.Diagnostics()...)
			continue
		}
		for _, refusal := range failure.Diagnostics() {
			diags.AddAttributeError(path.Root("sources"), refusal.Summary(), refusal.Detail()+"\n\nA shorter list could destroy what there is "+
				"for customers that are missing from it, so there is none. If all customers show in one source, set sources to "+
				"[\"delegated_admin\"] or [\"contract\"], and the permission for the other one is not needed.")
		}
	}
}
