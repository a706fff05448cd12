package accessrole

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// planAssignment plans an assignment. Nothing of it can be changed in place; an id that is only spelled otherwise is no
// change. prior is nil for a create.
func planAssignment(config assignmentModel, prior *assignmentModel, providerTenant types.String) (assignmentModel, path.Paths, diag.Diagnostics) {
	plan := config
	tenant := tfkit.TenantPlan{Subject: assignmentSubject, Configured: config.TenantID, State: types.StringNull(), Provider: providerTenant}
	unknown := types.StringUnknown()
	plan.ID, plan.PrincipalType, plan.PrincipalName = unknown, unknown, unknown
	if prior == nil {
		var diags diag.Diagnostics
		plan.TenantID, _, diags = tenant.Plan()
		return plan, nil, diags
	}
	tenant.State = prior.TenantID
	var replace path.Paths
	planned, moved, diags := tenant.Plan()
	if plan.TenantID = planned; moved {
		replace.Append(path.Root("tenant_id"))
	}
	keep := func(name string, planned *types.String, state types.String, same bool) {
		if same && !planned.IsUnknown() {
			*planned = state
			return
		}
		replace.Append(path.Root(name))
	}
	keep("access_roles_id", &plan.AccessRolesID, prior.AccessRolesID, tfkit.SameID(config.AccessRolesID.ValueString(), prior.AccessRolesID.ValueString()))
	keep("principal_id", &plan.PrincipalID, prior.PrincipalID, tfkit.SameID(config.PrincipalID.ValueString(), prior.PrincipalID.ValueString()))
	keep("role", &plan.Role, prior.Role, config.Role.Equal(prior.Role))
	if len(replace) == 0 {
		plan.ID, plan.PrincipalType, plan.PrincipalName = prior.ID, prior.PrincipalType, prior.PrincipalName
	}
	return plan, replace, diags
}

// ModifyPlan sets every computed attribute, and checks that the tenant can be reached. A plan without changes reaches no
// tenant.
func (r *assignmentResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return // a destroy
	}
	var config assignmentModel
	var prior *assignmentModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if !req.State.Raw.IsNull() {
		prior = &assignmentModel{}
		resp.Diagnostics.Append(req.State.Get(ctx, prior)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	plan, replace, diags := planAssignment(config, prior, r.Provider.PlannedTenant())
	resp.Diagnostics.Append(diags...)
	resp.RequiresReplace = replace
	resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
	if resp.Diagnostics.HasError() || resp.Plan.Raw.Equal(req.State.Raw) {
		return
	}
	resp.Diagnostics.Append(r.Provider.Preflight(ctx, plan.TenantID, assignmentSubject, limits.Read, nil, nil)...)
}
