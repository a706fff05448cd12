package accessrole

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
	_ resource.ResourceWithConfigure      = (*rolesResource)(nil)
	_ resource.ResourceWithValidateConfig = (*rolesResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*rolesResource)(nil)
	_ resource.ResourceWithImportState    = (*rolesResource)(nil)
	_ resource.ResourceWithIdentity       = (*rolesResource)(nil)
)

type rolesResource struct{ tfkit.Base }

// NewResource makes the resource sapio365_access_roles.
func NewResource() resource.Resource { return &rolesResource{} }

// Metadata names the resource.
func (r *rolesResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_access_roles"
}

// ValidateConfig checks what the configuration says on its own.
func (r *rolesResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config model
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	tfkit.CheckDisplayName(config.DisplayName, &resp.Diagnostics)
	tfkit.CheckOwners(config.Owners, &resp.Diagnostics)
}

// ImportState takes an import ID or an identity. Reading does the rest.
func (r *rolesResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	r.Provider.ImportRegistration(ctx, "a "+subject, "client_id", req, resp)
}

// Create makes the register, or finishes the one that an earlier, broken create left. When it fails no state is written,
// so that the next apply creates again and finds what is there.
func (r *rolesResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan, config model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, limits.Create)
	defer cancel()
	resp.Diagnostics.Append(r.Provider.Authorize(ctx, failure("Could not create the access roles", plan, nil), entra.AssignRoles)...)
	if resp.Diagnostics.HasError() {
		return
	}
	have, err := r.Provider.Registers.Create(ctx, plan.tenant(), plan.register(config.Owners), entra.CreateOptions{
		RecoverSoftDeleted: r.Provider.RecoverSoftDeleted,
	})
	if err != nil {
		resp.Diagnostics.Append(failure("Could not create the access roles", plan, err).Diagnostics()...)
		return
	}
	resp.Diagnostics.Append(store(ctx, plan.applied(have), have.Hints(), &resp.State, resp.Identity, resp.Private)...)
}

// Read brings the state in line with the tenant.
func (r *rolesResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var prior model
	var hints entra.Hints
	resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	resp.Diagnostics.Append(tfkit.LoadPrivate(ctx, req.Private, slots(&hints))...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, limits.Read)
	defer cancel()
	resp.Diagnostics.Append(resp.Identity.Set(ctx, prior.identity())...) // whatever comes of it, also when it is gone
	have, err := r.Provider.Registers.Read(ctx, prior.tenant(), prior.ref(hints))
	switch {
	case errors.Is(err, entra.ErrNotFound) && prior.isImported():
		resp.Diagnostics.Append(tfkit.NothingToImport("register of access roles", prior.tenant(), prior.ClientID.ValueString()))
		return
	case errors.Is(err, entra.ErrNotFound):
		resp.State.RemoveResource(ctx)
		return
	case err != nil:
		problem := failure("Could not read the access roles", prior, err)
		resp.Diagnostics.Append(r.Provider.Unreadable(problem, subject, prior.isImported())...)
		return
	}
	resp.Diagnostics.Append(store(ctx, prior.refreshed(have), have.Hints(), &resp.State, resp.Identity, resp.Private)...)
}

// Update brings the register in line with the plan. What it achieved is stored also when it fails.
func (r *rolesResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, config, prior model
	var hints entra.Hints
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	resp.Diagnostics.Append(tfkit.LoadPrivate(ctx, req.Private, slots(&hints))...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, limits.Update)
	defer cancel()
	resp.Diagnostics.Append(r.Provider.Authorize(ctx, failure("Could not change the access roles", plan, nil), entra.AssignRoles)...)
	if resp.Diagnostics.HasError() {
		return
	}
	have, err := r.Provider.Registers.Update(ctx, plan.tenant(), prior.ref(hints), plan.register(config.Owners))
	state := plan.applied(have)
	if err != nil {
		resp.Diagnostics.Append(failure("Could not change the access roles", plan, err).Diagnostics()...)
		state = prior.refreshed(have)
	}
	if have.ClientID == "" {
		return
	}
	resp.Diagnostics.Append(store(ctx, state, have.Hints(), &resp.State, resp.Identity, resp.Private)...)
}

// Delete removes the register with all that is assigned on it.
func (r *rolesResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var prior model
	var hints entra.Hints
	resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	resp.Diagnostics.Append(tfkit.LoadPrivate(ctx, req.Private, slots(&hints))...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, limits.Delete)
	defer cancel()
	failed := failure("Could not delete the access roles", prior, nil)
	failed.Removes = true
	if resp.Diagnostics.Append(r.Provider.Authorize(ctx, failed, entra.AssignRoles)...); resp.Diagnostics.HasError() {
		return
	}
	options := entra.DeleteOptions{Permanently: r.Provider.PermanentlyDelete}
	if failed.Err = r.Provider.Registers.Delete(ctx, prior.tenant(), prior.ref(hints), options); failed.Err != nil {
		resp.Diagnostics.Append(failed.Diagnostics()...)
	}
}

func failure(summary string, m model, err error) tfkit.Failure {
	return tfkit.Failure{Summary: summary, TenantID: m.tenant(), Err: err}
}

// slots are the values of the private state by their keys.
func slots(hints *entra.Hints) map[string]any { return map[string]any{"hints": hints} }

// store writes what is kept between runs.
func store(
	ctx context.Context, m model, hints entra.Hints, state *tfsdk.State, id *tfsdk.ResourceIdentity, private tfkit.PrivateWriter,
) diag.Diagnostics {
	diags := state.Set(ctx, m)
	diags.Append(id.Set(ctx, m.identity())...)
	diags.Append(tfkit.SavePrivate(ctx, private, slots(&hints))...)
	return diags
}
