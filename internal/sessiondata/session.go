package sessiondata

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

var (
	_ datasource.DataSourceWithConfigure      = (*sessionDataSource)(nil)
	_ datasource.DataSourceWithValidateConfig = (*sessionDataSource)(nil)
)

type sessionDataSource struct{ tfkit.DataBase }

// NewDataSource makes the data source sapio365_app_session.
func NewDataSource() datasource.DataSource { return &sessionDataSource{} }

// Metadata names the data source.
func (d *sessionDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_app_session"
}

// ValidateConfig checks what is known of the configuration.
func (d *sessionDataSource) ValidateConfig(
	ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse,
) {
	var config sessionModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	config.validate(&resp.Diagnostics)
}

// Read finds the App session. Of a tenant of its own that is out of reach, everything is null.
func (d *sessionDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var config sessionModel
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
	l := lookOf(d.Provider, "Could not read the App session", tenantID, &resp.Diagnostics)
	if l.enter(ctx) {
		have, err := d.Provider.Index.FindSession(ctx, tenantID, config.key())
		if err == nil {
			resp.Diagnostics.Append(unfinished(have)...)
			resp.Diagnostics.Append(resp.State.Set(ctx, config.read(have, d.Provider.Cloud))...)
			return
		}
		l.explain(err, config)
	}
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(resp.State.Set(ctx, config.unread())...)
	}
}

// explain shows what is the matter with the key at its attribute.
func (l look) explain(err error, config sessionModel) {
	var none *entra.NoSessionError
	var several *entra.AmbiguousSessionError
	at := path.Root(config.keyAttribute())
	switch {
	case errors.As(err, &none):
		l.diags.AddAttributeError(at, "No such App session", notFound(none, l.failure.TenantID))
	case errors.As(err, &several):
		l.diags.AddAttributeError(at, "Ambiguous display name", ambiguous(several, l.failure.TenantID))
	default:
		l.failed(err)
	}
}

func ambiguous(e *entra.AmbiguousSessionError, tenantID string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "In tenant %s, %s:\n", tenantID, e.Error())
	for _, candidate := range e.Candidates {
		fmt.Fprintf(&b, "  - client ID %s", candidate.ClientID)
		if candidate.UniqueName != "" {
			fmt.Fprintf(&b, ", unique name %q", candidate.UniqueName)
		}
		if !candidate.IsSession() {
			b.WriteString(", without the tag of App sessions")
		}
		b.WriteByte('\n')
	}
	b.WriteString("\nSay which one is meant: set client_id or unique_name instead of display_name.")
	return b.String()
}

// unfinished warns of a session that is not complete.
func unfinished(have entra.Registration) diag.Diagnostics {
	if !have.Provisioning() {
		return nil
	}
	return diag.Diagnostics{diag.NewWarningDiagnostic("Unfinished App session", fmt.Sprintf(
		"The App session %q, client ID %s, is being created, or an earlier create of it broke: parts of it may be missing. Apply the "+
			"configuration with its resource again, which finishes it.", have.DisplayName, have.ClientID))}
}
