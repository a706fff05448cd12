package appsession_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
)

// azuread stands for the provider hashicorp/azuread in a configuration that is migrated: it has what that makes of an App
// session, with the attributes that matter here, and fails the test where it is to delete any of it.
type azuread struct {
	t      *testing.T
	tenant acctest.Tenant
	made   map[string]any // the application
}

// factories serve it beside the provider under test.
func (a azuread) factories() map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){
		"sapio365": acctest.Factories["sapio365"],
		"azuread":  func() (tfprotov6.ProviderServer, error) { return providerserver.NewProtocol6(a)(), nil },
	}
}

// Metadata names the provider.
func (a azuread) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "azuread"
}

// Schema has nothing in it.
func (a azuread) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

// Configure needs nothing.
func (a azuread) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {
}

// DataSources are none.
func (a azuread) DataSources(context.Context) []func() datasource.DataSource { return nil }

// Resources are the application and what belongs to it.
func (a azuread) Resources(context.Context) []func() resource.Resource {
	var all []func() resource.Resource
	for _, name := range []string{"application", "service_principal", "application_password"} {
		all = append(all, func() resource.Resource { return azureadResource{a, name} })
	}
	return all
}

type azureadResource struct {
	azuread
	name string
}

type azureadModel struct {
	DisplayName   types.String `tfsdk:"display_name"`
	ApplicationID types.String `tfsdk:"application_id"` // /applications/<object id>
	ClientID      types.String `tfsdk:"client_id"`
	ID            types.String `tfsdk:"id"`
}

// Metadata names the resource.
func (r azureadResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "azuread_" + r.name
}

// Schema is the same for all.
func (r azureadResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	kept := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"display_name":   schema.StringAttribute{Optional: true},
		"application_id": schema.StringAttribute{Optional: true},
		"client_id":      schema.StringAttribute{Optional: true, Computed: true, PlanModifiers: kept},
		"id":             schema.StringAttribute{Computed: true, PlanModifiers: kept},
	}}
}

// Create makes it.
func (r azureadResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan azureadModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	plan.ID = types.StringValue("/applications/" + fmt.Sprint(r.made["id"]))
	switch r.name {
	case "service_principal":
		r.tenant.Graph(r.t, http.MethodPost, "/servicePrincipals", map[string]any{"appId": plan.ClientID.ValueString()})
	case "application_password":
		r.tenant.Graph(r.t, http.MethodPost, plan.ApplicationID.ValueString()+"/addPassword", map[string]any{})
	}
	if plan.ClientID.IsUnknown() {
		plan.ClientID = types.StringValue(fmt.Sprint(r.made["appId"]))
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
}

// Read finds it as it was.
func (r azureadResource) Read(_ context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	resp.State = req.State
}

// Update is asked for nothing.
func (r azureadResource) Update(context.Context, resource.UpdateRequest, *resource.UpdateResponse) {
	r.t.Errorf("azuread_%s was updated", r.name)
}

// Delete must not be asked for.
func (r azureadResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {
	r.t.Errorf("azuread_%s was deleted", r.name)
}
