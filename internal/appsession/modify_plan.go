package appsession

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// ModifyPlan sets every computed attribute, and checks what can be checked before an apply. A plan without changes
// reaches no tenant.
func (r *sessionResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return // a destroy
	}
	p := planning{providerTenant: r.Provider.PlannedTenant()}
	resp.Diagnostics.Append(req.Config.Get(ctx, &p.config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &p.proposed)...)
	if !req.State.Raw.IsNull() {
		p.prior = &model{}
		resp.Diagnostics.Append(req.State.Get(ctx, p.prior)...)
	}
	kept, diags := loadMemory(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
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
	resp.Diagnostics.Append(r.preflight(ctx, out.plan, p.prior, kept.resolutions)...)
}

// preflight checks a plan that changes something: that a new certificate is still valid, that the provider can sign in
// to the tenant, and that the permissions which the catalogue lacks exist there.
func (r *sessionResource) preflight(ctx context.Context, plan model, prior *model, known resolutions) diag.Diagnostics {
	var diags diag.Diagnostics
	if prior == nil || !plan.ThumbprintSHA256.Equal(prior.ThumbprintSHA256) {
		diags.Append(plan.validateExpiry(r.Provider.Clock.Now())...)
	}
	further := func(ctx context.Context) error { return r.checkPermissions(ctx, plan, prior, known) }
	diags.Append(r.Provider.Preflight(ctx, plan.TenantID, "App session", limits.Read, further, plan.locate)...)
	return diags
}

// checkPermissions looks up, in the tenant, the permissions that neither the catalogue nor an earlier look-up knows,
// and the ids that are new and in no catalogue: an id is enough to declare a permission, but may be of none.
func (r *sessionResource) checkPermissions(ctx context.Context, plan model, prior *model, known resolutions) error {
	refs, all := plan.declaredRefs()
	if !all {
		return nil
	}
	var declared []entra.PermissionRef
	if prior != nil {
		declared, _ = prior.declaredRefs()
	}
	refs = slices.DeleteFunc(refs, func(ref entra.PermissionRef) bool {
		p, ok := known.resolve(ref)
		return ok && (p.Name != "" || slices.Contains(declared, ref))
	})
	_, err := r.lookUp(ctx, plan.tenant(), refs)
	return err
}
