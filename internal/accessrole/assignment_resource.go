package accessrole

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

var (
	_ resource.ResourceWithConfigure      = (*assignmentResource)(nil)
	_ resource.ResourceWithValidateConfig = (*assignmentResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*assignmentResource)(nil)
	_ resource.ResourceWithImportState    = (*assignmentResource)(nil)
	_ resource.ResourceWithIdentity       = (*assignmentResource)(nil)
)

type assignmentResource struct{ tfkit.Base }

// NewAssignmentResource makes the resource sapio365_access_role_assignment.
func NewAssignmentResource() resource.Resource { return &assignmentResource{} }

// Metadata names the resource.
func (r *assignmentResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_access_role_assignment"
}

// ValidateConfig checks what the configuration says on its own.
func (r *assignmentResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config assignmentModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(config.validate()...)
	}
}

// Create assigns the role. A role that is assigned already is adopted.
func (r *assignmentResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan assignmentModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, limits.Create)
	defer cancel()
	resp.Diagnostics.Append(r.Provider.Authorize(ctx, assignmentFailure("Could not assign the access role", plan, nil), entra.AssignRoles)...)
	if resp.Diagnostics.HasError() {
		return
	}
	made, err := r.Provider.RoleAssignments.Assign(ctx, plan.tenant(), plan.assignment())
	if err != nil {
		resp.Diagnostics.Append(locateAssignment(assignmentFailure("Could not assign the access role", plan, err), false)...)
		return
	}
	state := plan.observed(made)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
}

// Read brings the state in line with the tenant.
func (r *assignmentResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var prior assignmentModel
	resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, limits.Read)
	defer cancel()
	resp.Diagnostics.Append(resp.Identity.Set(ctx, prior.identity())...) // whatever comes of it, also when it is gone
	found, err := r.Provider.RoleAssignments.Read(ctx, prior.tenant(), prior.assignment())
	switch {
	case errors.Is(err, entra.ErrNotFound) && prior.isImported():
		resp.Diagnostics.AddError("Nothing to import", fmt.Sprintf("In tenant %s, %s does not have the access role %q by the register %s. Give the "+
			"object ID of the user, group or service principal, and the client ID of the register.",
			prior.tenant(), prior.PrincipalID.ValueString(), prior.Role.ValueString(), prior.AccessRolesID.ValueString()))
	case errors.Is(err, entra.ErrNotFound):
		resp.State.RemoveResource(ctx)
	case err != nil:
		problem := assignmentFailure("Could not read the access role assignment", prior, err)
		resp.Diagnostics.Append(r.Provider.Unreadable(problem, assignmentSubject, prior.isImported())...)
	default:
		resp.Diagnostics.Append(resp.State.Set(ctx, prior.observed(found))...)
	}
}

// Update has nothing to do in the tenant: whatever changes makes another assignment.
func (r *assignmentResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan assignmentModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
}

// Delete withdraws the role.
func (r *assignmentResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var prior assignmentModel
	resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, limits.Delete)
	defer cancel()
	failed := assignmentFailure("Could not withdraw the access role", prior, nil)
	failed.Removes = true
	if resp.Diagnostics.Append(r.Provider.Authorize(ctx, failed, entra.AssignRoles)...); resp.Diagnostics.HasError() {
		return
	}
	if failed.Err = r.Provider.RoleAssignments.Withdraw(ctx, prior.tenant(), prior.assignment()); failed.Err != nil {
		resp.Diagnostics.Append(failed.Diagnostics()...)
	}
}

func assignmentFailure(summary string, m assignmentModel, err error) tfkit.Failure {
	return tfkit.Failure{Summary: summary, TenantID: m.tenant(), Err: err}
}
