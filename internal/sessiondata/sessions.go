package sessiondata

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"

	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

var (
	_ datasource.DataSourceWithConfigure      = (*sessionsDataSource)(nil)
	_ datasource.DataSourceWithValidateConfig = (*sessionsDataSource)(nil)
)

type sessionsDataSource struct{ tfkit.DataBase }

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
	l := lookOf(d.Provider, "Could not list the App sessions", tenantID, &resp.Diagnostics)
	clientIDs, _ := tfkit.Members(config.ClientIDs)
	if found, ok := l.list(ctx, config.choice, clientIDs, config.IncludeConsent.ValueBool()); ok {
		resp.Diagnostics.Append(resp.State.Set(ctx, config.read(found, tenantID))...)
		return
	}
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(resp.State.Set(ctx, config.unread())...)
	}
}
