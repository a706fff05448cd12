package onprem

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

var (
	_ resource.ResourceWithConfigure      = (*onpremResource)(nil)
	_ resource.ResourceWithValidateConfig = (*onpremResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*onpremResource)(nil)
	_ resource.ResourceWithImportState    = (*onpremResource)(nil)
	_ resource.ResourceWithIdentity       = (*onpremResource)(nil)
)

type onpremResource struct{ tfkit.Base }

// subject is what messages call the resource.
const subject = "on-premises settings"

// NewResource makes the resource sapio365_app_session_onprem.
func NewResource() resource.Resource { return &onpremResource{} }

// Metadata names the resource.
func (r *onpremResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_app_session_onprem"
}

// ValidateConfig checks what the configuration says on its own.
func (r *onpremResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config model
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(config.validate()...)
	}
}

// Create writes the settings. When it fails no state is written: the next apply finds what is there and finishes it.
func (r *onpremResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel, limit, diags := tfkit.WithLimit(ctx, "create", limits.Create, plan.Timeouts.Create)
	defer cancel()
	resp.Diagnostics.Append(diags...)
	failure := tfkit.Failure{Summary: "Could not write the on-premises settings", TenantID: plan.tenant(), Limit: limit}
	if resp.Diagnostics.Append(r.mayWrite(ctx, plan, failure)...); resp.Diagnostics.HasError() {
		return
	}
	have, err := r.Provider.OnPremises.CreateOnPrem(ctx, plan.tenant(), plan.clientID(), plan.settings(), plan.terms())
	if err != nil {
		failure.Err = err
		resp.Diagnostics.Append(locate(failure, hard)...)
		return
	}
	resp.Diagnostics.Append(store(ctx, plan, have.Hints(entra.OnPremHints{}), &resp.State, resp.Identity, resp.Private)...)
}

// Read brings the state in line with the tenant. Settings of which nothing is left are to be created again.
func (r *onpremResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var prior model
	resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	ref := prior.ref()
	resp.Diagnostics.Append(tfkit.LoadPrivate(ctx, req.Private, slots(&ref.Hints))...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel, limit, diags := tfkit.WithLimit(ctx, "read", limits.Read, prior.Timeouts.Read)
	defer cancel()
	resp.Diagnostics.Append(diags...)
	failure := tfkit.Failure{Summary: "Could not read the on-premises settings", TenantID: prior.tenant(), Limit: limit}

	resp.Diagnostics.Append(resp.Identity.Set(ctx, prior.identity())...) // whatever comes of it, also when they are gone
	have, err := r.Provider.OnPremises.ReadOnPrem(ctx, prior.tenant(), ref)
	gone := errors.Is(err, entra.ErrNotFound) || err == nil && !have.Exists()
	switch {
	case gone && prior.isImported():
		resp.Diagnostics.Append(tfkit.NothingToImport("App session with on-premises settings and", prior.tenant(), prior.clientID()))
	case gone:
		resp.State.RemoveResource(ctx)
	case err != nil:
		failure.Err = err
		resp.Diagnostics.Append(r.Provider.Unreadable(failure, subject, prior.isImported())...)
	default:
		state := prior.refreshed(*have.Values)
		resp.Diagnostics.Append(store(ctx, state, have.Hints(ref.Hints), &resp.State, resp.Identity, resp.Private)...)
	}
}

// Update brings the settings in line with the plan. When it fails the state stays as it was: the next refresh tells how
// far it came.
func (r *onpremResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	ref := plan.ref()
	resp.Diagnostics.Append(tfkit.LoadPrivate(ctx, req.Private, slots(&ref.Hints))...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel, limit, diags := tfkit.WithLimit(ctx, "update", limits.Update, plan.Timeouts.Update)
	defer cancel()
	resp.Diagnostics.Append(diags...)
	failure := tfkit.Failure{Summary: "Could not change the on-premises settings", TenantID: plan.tenant(), Limit: limit}
	if resp.Diagnostics.Append(r.mayWrite(ctx, plan, failure)...); resp.Diagnostics.HasError() {
		return
	}
	have, err := r.Provider.OnPremises.UpdateOnPrem(ctx, plan.tenant(), ref, plan.settings(), plan.terms())
	if err != nil {
		failure.Err = err
		resp.Diagnostics.Append(locate(failure, hard)...)
		return
	}
	resp.Diagnostics.Append(store(ctx, plan, have.Hints(ref.Hints), &resp.State, resp.Identity, resp.Private)...)
}

// Delete takes the settings away, first the values, then their definitions.
func (r *onpremResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var prior model
	resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	ref := prior.ref()
	resp.Diagnostics.Append(tfkit.LoadPrivate(ctx, req.Private, slots(&ref.Hints))...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel, limit, diags := tfkit.WithLimit(ctx, "delete", limits.Delete, prior.Timeouts.Delete)
	defer cancel()
	resp.Diagnostics.Append(diags...)
	failure := tfkit.Failure{Summary: "Could not remove the on-premises settings", TenantID: prior.tenant(), Limit: limit, Removes: true}
	if resp.Diagnostics.Append(r.Provider.Authorize(ctx, failure, entra.ManageSessions)...); resp.Diagnostics.HasError() {
		return
	}
	if failure.Err = r.Provider.OnPremises.DeleteOnPrem(ctx, prior.tenant(), ref); failure.Err != nil {
		resp.Diagnostics.Append(failure.Diagnostics()...)
	}
}

// mayWrite checks, before anything is written, what was unknown to the plan, and that the caller may do it.
func (r *onpremResource) mayWrite(ctx context.Context, plan model, failure tfkit.Failure) diag.Diagnostics {
	diags := plan.validate()
	if !diags.HasError() {
		diags.Append(r.Provider.Authorize(ctx, failure, entra.ManageSessions)...)
	}
	return diags
}

// ImportState takes an import ID or an identity. Reading does the rest.
func (r *onpremResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	r.Provider.ImportRegistration(ctx, "on-premises settings of an App session", "app_session_id", req, resp)
}

// slots are the values of the private state by their keys.
func slots(hints *entra.OnPremHints) map[string]any { return map[string]any{"hints": hints} }

// store writes what is kept between runs.
func store(
	ctx context.Context, m model, hints entra.OnPremHints, state *tfsdk.State, id *tfsdk.ResourceIdentity, private tfkit.PrivateWriter,
) diag.Diagnostics {
	diags := state.Set(ctx, m)
	diags.Append(id.Set(ctx, m.identity())...)
	diags.Append(tfkit.SavePrivate(ctx, private, slots(&hints))...)
	return diags
}
