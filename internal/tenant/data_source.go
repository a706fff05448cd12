// Package tenant is the Terraform face of a tenant as a whole: the data source sapio365_tenant.
package tenant

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

var _ datasource.DataSourceWithConfigure = (*tenantDataSource)(nil)

type tenantDataSource struct{ tfkit.DataBase }

// NewDataSource makes the data source sapio365_tenant.
func NewDataSource() datasource.DataSource { return &tenantDataSource{} }

// Metadata names the data source.
func (d *tenantDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_tenant"
}

// limit is the time for one read.
const limit = 5 * time.Minute

// Read looks at the tenant. What the caller may not read is null, with a warning; so is everything of a tenant of its own
// that is out of reach, which must not stop the others.
func (d *tenantDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var config model
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	tenantID := d.Provider.DataTenant(&config.TenantID, &resp.Diagnostics)
	if tenantID == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	failure := tfkit.Failure{Summary: "Could not read the tenant", TenantID: tenantID}
	holder, err := d.Provider.SignIn(ctx, tenantID)
	var found findings
	if err == nil {
		found, err = d.look(ctx, tenantID)
	}
	if err != nil {
		failure.Err = err
		if d.Provider.IsForeignOutOfReach(failure) {
			resp.Diagnostics.Append(failure.Apart("What was to be read is null, and the other tenants go on.")...)
			resp.Diagnostics.Append(resp.State.Set(ctx, unread(config))...)
			return
		}
		resp.Diagnostics.Append(failure.Diagnostics()...)
		return
	}
	for _, part := range []struct {
		summary string
		err     error
	}{
		{"Could not read the tenant's name, domain and synchronisation", found.OrganizationRefused},
		{"Could not read the tenant's policies for credentials", found.RulesRefused},
		{"Could not read the caller's access roles", found.callerRefused},
	} {
		if part.err != nil {
			failure.Summary, failure.Err = part.summary, part.err
			resp.Diagnostics.Append(failure.Warnings("What was to be read is null.")...)
		}
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, read(config, found, holder, d.Provider.LoginTo(tenantID).Source))...)
}

// findings are what was found out about a tenant.
type findings struct {
	entra.TenantFacts
	caller        entra.Caller
	callerRefused error // why that is empty: an error of the kind ErrForbidden
}

// look makes all look-ups at the same time, so that they share requests.
func (d *tenantDataSource) look(ctx context.Context, tenantID string) (findings, error) {
	var found findings
	var failed error
	var looks sync.WaitGroup
	looks.Go(func() { found.caller, found.callerRefused = d.Provider.Callers.Caller(ctx, tenantID) })
	looks.Go(func() { found.TenantFacts, failed = d.Provider.Tenants.Tenant(ctx, tenantID) })
	looks.Wait()
	if failed == nil && found.callerRefused != nil && !errors.Is(found.callerRefused, entra.ErrForbidden) {
		failed = found.callerRefused
	}
	return found, failed
}
