package accessrole

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

var _ datasource.DataSourceWithConfigure = (*rolesDataSource)(nil)

type rolesDataSource struct{ tfkit.DataBase }

// NewDataSource makes the data source sapio365_access_roles.
func NewDataSource() datasource.DataSource { return &rolesDataSource{} }

// Metadata names the data source.
func (d *rolesDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_access_roles"
}

// Schema describes the data source.
func (d *rolesDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	computed := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: description + "\n\nThe data source finds the register of a tenant by its tag.",
		Attributes: map[string]schema.Attribute{
			"tenant_id": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: tfkit.AboutTenant(""),
				Validators:          []validator.String{tfkit.TenantID()},
			},
			"display_name": computed("Name of the registration, for example `" + entra.DefaultRegisterName + "`."),
			"owners": schema.SetAttribute{
				Computed: true, ElementType: types.StringType,
				MarkdownDescription: tfkit.AboutOwnersFound,
			},
			"id":                    computed(about.id),
			"client_id":             computed(about.clientID),
			"application_object_id": computed(about.objectID),
			"service_principal_id":  computed(about.principalID),
			"assignment_required":   schema.BoolAttribute{Computed: true, MarkdownDescription: about.assignmentRequired},
			"sign_in_audience":      computed(about.audience + " For example `" + entra.AudienceSingleTenant + "`, those of this tenant only."),
			"tag":                   computed(about.tag),
			"roles":                 schema.MapAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: about.roles},
		},
	}
}

// Read finds the register of the tenant. That of a tenant of its own that is out of reach is null, with a warning.
func (d *rolesDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var config model
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if d.Provider.DataTenant(&config.TenantID, &resp.Diagnostics) == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, limits.Read)
	defer cancel()
	have, err := d.Provider.Registers.Find(ctx, config.tenant())
	if err != nil {
		problem := failure("Could not read the access roles", config, err)
		if d.Provider.IsForeignOutOfReach(problem) {
			resp.Diagnostics.Append(problem.Apart("What was to be read is null, and the other tenants go on.")...)
			resp.Diagnostics.Append(resp.State.Set(ctx, config)...) // what is computed is null in it
			return
		}
		resp.Diagnostics.Append(problem.Diagnostics()...)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, config.refreshed(have))...)
}
