package accessrole

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// planning is all that a plan depends on.
type planning struct {
	config         model
	proposed       model        // the configuration with the defaults, and the state where the configuration says nothing
	prior          *model       // the state; nil for a create
	providerTenant types.String // unknown while the provider block's values are
}

// planned is the outcome: every computed attribute is known, or unknown because the apply decides it.
type planned struct {
	plan    model
	replace path.Paths // what cannot be changed in place
	diags   diag.Diagnostics
}

func (p planning) plan() planned {
	out := planned{plan: p.proposed}
	tenant := tfkit.TenantPlan{Subject: subject, Configured: p.config.TenantID, State: types.StringNull(), Provider: p.providerTenant}
	present := types.SetUnknown(types.StringType)
	if p.prior != nil {
		tenant.State, present = p.prior.TenantID, p.prior.Owners
	}
	var replace bool
	if out.plan.TenantID, replace, out.diags = tenant.Plan(); replace {
		out.replace.Append(path.Root("tenant_id"))
	}
	out.plan.Owners = tfkit.PlanOwners(p.config.Owners, present)
	p.planIDs(&out.plan)
	out.plan.AssignmentRequired = types.BoolValue(true)
	out.plan.SignInAudience = types.StringValue(entra.AudienceSingleTenant)
	out.plan.Tag = types.StringValue(entra.TagAccessRoles)
	out.plan.Roles = rolesValue(entra.AccessRoles)
	return out
}

// planIDs plans the ids, which only a create makes, except that of a service principal that has gone.
func (p planning) planIDs(plan *model) {
	if p.prior == nil {
		unknown := types.StringUnknown()
		plan.ID, plan.ClientID, plan.ApplicationObjectID, plan.ServicePrincipalID = unknown, unknown, unknown, unknown
		return
	}
	plan.ID, plan.ClientID = p.prior.ID, p.prior.ClientID
	plan.ApplicationObjectID, plan.ServicePrincipalID = p.prior.ApplicationObjectID, p.prior.ServicePrincipalID
	if plan.ServicePrincipalID.IsNull() {
		plan.ServicePrincipalID = types.StringUnknown()
	}
}

// ModifyPlan sets every computed attribute, and checks that the tenant can be reached. A plan without changes reaches no
// tenant.
func (r *rolesResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		resp.Diagnostics.Append(r.preflightDestroy(ctx, req)...)
		return
	}
	p := planning{providerTenant: r.Provider.PlannedTenant()}
	resp.Diagnostics.Append(req.Config.Get(ctx, &p.config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &p.proposed)...)
	if !req.State.Raw.IsNull() {
		p.prior = &model{}
		resp.Diagnostics.Append(req.State.Get(ctx, p.prior)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	out := p.plan()
	resp.Diagnostics.Append(out.diags...)
	resp.RequiresReplace = out.replace
	resp.Diagnostics.Append(resp.Plan.Set(ctx, out.plan)...)
	if resp.Diagnostics.HasError() || resp.Plan.Raw.Equal(req.State.Raw) {
		return
	}
	if len(out.replace) > 0 {
		resp.Diagnostics.Append(r.preflightDestroy(ctx, req)...)
		return // planned once more, as a create
	}
	resp.Diagnostics.Append(r.preflight(ctx, out.plan, p)...)
}

func (r *rolesResource) preflightDestroy(ctx context.Context, req resource.ModifyPlanRequest) diag.Diagnostics {
	var prior model
	if diags := req.State.Get(ctx, &prior); diags.HasError() {
		return diags
	}
	return r.Provider.PreflightDestroy(ctx, prior.TenantID, subject, limits.Read, entra.RightsToDelete(entra.Ref{}), nil)
}

// preflight checks a plan that changes something: that the provider can sign in, and that it may do what is planned.
func (r *rolesResource) preflight(ctx context.Context, plan model, p planning) diag.Diagnostics {
	check := func(_ context.Context, holder entra.Holder) (diag.Diagnostics, error) {
		have := entra.Registration{
			Tags: entra.KindRegister.ClaimedTags(nil, "planned"), Owners: []entra.Owner{{ObjectID: holder.ObjectID, Hidden: true}},
		}
		if p.prior != nil {
			have = p.prior.registration()
		}
		changes := plan.register(p.config.Owners).Changes(have, "planned", r.Provider.Clock.Now())
		return r.Provider.CheckRights(holder, plan.tenant(), []entra.Right{entra.ReadApplications}, changes), nil
	}
	return r.Provider.Preflight(ctx, plan.TenantID, subject, limits.Read, check, nil)
}
