package accessrole

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
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

// ModifyPlan sets every computed attribute, and checks what can be checked before an apply. A plan without changes reaches
// no tenant.
func (r *assignmentResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		resp.Diagnostics.Append(r.preflightDestroy(ctx, req)...)
		return
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
	if len(replace) > 0 {
		resp.Diagnostics.Append(r.preflightDestroy(ctx, req)...)
		return // planned once more, as a create
	}
	resp.Diagnostics.Append(r.preflight(ctx, plan)...)
}

func (r *assignmentResource) preflightDestroy(ctx context.Context, req resource.ModifyPlanRequest) diag.Diagnostics {
	var prior assignmentModel
	if diags := req.State.Get(ctx, &prior); diags.HasError() {
		return diags
	}
	rights := []entra.Right{entra.ReadAccessRoles, entra.WithdrawAccessRoles}
	return r.Provider.PreflightDestroy(ctx, prior.TenantID, assignmentSubject, limits.Read, rights, nil)
}

// preflight checks a plan that changes something: that the provider can sign in, that the register and the principal are
// there, as far as they are known, and that the caller may assign roles.
func (r *assignmentResource) preflight(ctx context.Context, plan assignmentModel) diag.Diagnostics {
	check := func(ctx context.Context, holder entra.Holder) (diag.Diagnostics, error) {
		rights := []entra.Right{entra.ReadAccessRoles, entra.AssignAccessRoles}
		return r.Provider.CheckRights(holder, plan.tenant(), rights, nil), r.Provider.RoleAssignments.Check(ctx, plan.tenant(), plan.assignment())
	}
	explain := func(failure tfkit.Failure) diag.Diagnostics { return locateAssignment(failure, true) }
	return r.Provider.Preflight(ctx, plan.TenantID, assignmentSubject, limits.Read, check, explain)
}

// locateAssignment attaches errors to the attributes that they are about. What is no register while it is planned is only
// warned of: a registration that is there may become one by the same apply.
func locateAssignment(failure tfkit.Failure, planned bool) diag.Diagnostics {
	var all diag.Diagnostics
	for _, err := range tfkit.Errors(failure.Err) {
		one := failure
		one.Err = err
		var stranger *entra.NotARegisterError
		var principal *entra.NoPrincipalError
		at := path.Empty()
		switch {
		case errors.As(err, &stranger):
			at, one.Summary = path.Root("access_roles_id"), "Not a register of access roles"
		case errors.As(err, &principal) && principal.Type == "":
			at, one.Summary = path.Root("principal_id"), "Principal not found"
		case errors.As(err, &principal):
			at, one.Summary = path.Root("principal_id"), "Nobody who can hold a role"
		}
		found := one.Diagnostics()
		if planned && stranger != nil && stranger.DisplayName != "" {
			found = one.Warnings("Unless this very apply makes it one, it will refuse the assignment.")
		}
		for _, d := range found {
			if !at.Equal(path.Empty()) {
				d = diag.WithPath(at, d)
			}
			all.Append(d)
		}
	}
	return all
}
