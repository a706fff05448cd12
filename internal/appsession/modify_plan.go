package appsession

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// ModifyPlan sets every computed attribute, and checks what can be checked before an apply. A plan without changes
// reaches no tenant.
func (r *sessionResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	p := planning{providerTenant: r.Provider.PlannedTenant()}
	if !req.State.Raw.IsNull() {
		p.prior = &model{}
		resp.Diagnostics.Append(req.State.Get(ctx, p.prior)...)
		if !resp.Diagnostics.HasError() && p.prior.isImported() {
			resp.Diagnostics.Append(notRead())
		}
	}
	if resp.Diagnostics.HasError() {
		return
	}
	if req.Plan.Raw.IsNull() {
		resp.Diagnostics.Append(r.preflightDestroy(ctx, req)...)
		return
	}
	resp.Diagnostics.Append(req.Config.Get(ctx, &p.config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &p.proposed)...)
	kept, diags := loadMemory(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	p.answer = kept.answer
	out := p.plan()
	resp.Diagnostics.Append(out.diags...)
	resp.RequiresReplace = out.replace
	resp.Diagnostics.Append(resp.Plan.Set(ctx, out.plan)...)
	resp.Diagnostics.Append(out.plan.warnOfExpiry(r.Provider.Clock.Now())...)
	if resp.Diagnostics.HasError() || resp.Plan.Raw.Equal(req.State.Raw) {
		return
	}
	if len(out.replace) > 0 {
		resp.Diagnostics.Append(r.preflightDestroy(ctx, req)...)
		return // planned once more, as a create
	}
	resp.Diagnostics.Append(r.preflight(ctx, preflight{plan: out.plan, config: p.config, prior: p.prior, kept: kept})...)
}

func (r *sessionResource) preflightDestroy(ctx context.Context, req resource.ModifyPlanRequest) diag.Diagnostics {
	var prior model
	diags := req.State.Get(ctx, &prior)
	kept, private := loadMemory(ctx, req.Private)
	if diags.Append(private...); diags.HasError() {
		return diags
	}
	rights := entra.RightsToDelete(prior.ref(kept))
	return append(diags, r.Provider.PreflightDestroy(ctx, prior.TenantID, "App session", limits.Read, rights, nil)...)
}
