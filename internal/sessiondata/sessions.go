package sessiondata

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

var (
	_ datasource.DataSourceWithConfigure      = (*sessionsDataSource)(nil)
	_ datasource.DataSourceWithValidateConfig = (*sessionsDataSource)(nil)
)

type sessionsDataSource struct{ base }

// NewListDataSource makes the data source sapio365_app_sessions.
func NewListDataSource() datasource.DataSource { return &sessionsDataSource{} }

// Metadata names the data source.
func (d *sessionsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_app_sessions"
}

// ValidateConfig checks what is known of the configuration.
func (d *sessionsDataSource) ValidateConfig(
	ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse,
) {
	var config sessionsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	config.validate(&resp.Diagnostics)
}

// Read lists the App sessions. Of a tenant of its own that is out of reach, the list is null.
func (d *sessionsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var config sessionsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	config.validate(&resp.Diagnostics) // what was unknown before
	if resp.Diagnostics.HasError() {
		return
	}
	tenantID := d.Provider.DataTenant(&config.TenantID, &resp.Diagnostics)
	if tenantID == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	failure := tfkit.Failure{Summary: "Could not list the App sessions", TenantID: tenantID}
	if d.enter(ctx, failure, &resp.Diagnostics) {
		found, err := d.list(ctx, tenantID, config)
		if err == nil {
			resp.Diagnostics.Append(resp.State.Set(ctx, config.read(found, tenantID))...)
			return
		}
		failure.Err = err
		d.explain(failure, &resp.Diagnostics)
	}
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(resp.State.Set(ctx, config.unread())...)
	}
}

// list chooses before it asks for consent, which takes a part of a batch for each session.
func (d *sessionsDataSource) list(ctx context.Context, tenantID string, config sessionsModel) ([]entra.Registration, error) {
	listed, err := d.Provider.Index.ListSessions(ctx, tenantID, config.query())
	if err != nil {
		return nil, err
	}
	chosen := config.filter(d.Provider.Clock.Now()).Choose(listed)
	if !config.IncludeConsent.ValueBool() {
		return chosen, nil
	}
	return d.Provider.Index.WithConsent(ctx, tenantID, chosen)
}

// explain shows which of the client IDs are not there at their attribute.
func (d *sessionsDataSource) explain(failure tfkit.Failure, diags *diag.Diagnostics) {
	for _, err := range tfkit.Errors(failure.Err) {
		var none *entra.NoSessionError
		if errors.As(err, &none) {
			diags.AddAttributeError(path.Root("client_ids"), "No such app registration", notFound(none, failure.TenantID))
			continue
		}
		failure.Err = err
		d.failed(failure, diags)
	}
}
