package appsession

import (
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// planning is all that a plan depends on. Neither the clock nor the tenant is among it: Terraform plans twice, and both
// plans must agree.
type planning struct {
	config         model
	proposed       model        // the configuration with the defaults, and the state where the configuration says nothing
	prior          *model       // the state; nil for a create
	providerTenant types.String // unknown while the provider block's values are
	answer         string       // key id of the secret that answers a request for a rotation; from the private state
}

// planned is the outcome: every computed attribute is known, or unknown because the apply decides it.
type planned struct {
	plan    model
	replace path.Paths // what cannot be changed in place
	diags   diag.Diagnostics
}

func (p planning) plan() planned {
	out := planned{plan: p.proposed}
	p.planTenant(&out)
	p.planUniqueName(&out)
	p.planOwners(&out)
	p.planRegistration(&out.plan)
	p.planCredentials(&out.plan)
	p.planConsent(&out.plan)
	p.planExchange(&out)
	return out
}

func (p planning) planTenant(out *planned) {
	plan := tfkit.TenantPlan{Subject: "App session", Configured: p.config.TenantID, State: types.StringNull(), Provider: p.providerTenant}
	if p.prior != nil {
		plan.State = p.prior.TenantID
	}
	tenant, replace, diags := plan.Plan()
	out.plan.TenantID = tenant
	out.diags.Append(diags...)
	if replace {
		out.replace.Append(path.Root("tenant_id"))
	}
}

func (p planning) planUniqueName(out *planned) {
	configured := p.config.UniqueName
	switch {
	case p.prior == nil && configured.IsNull():
		out.plan.UniqueName = types.StringUnknown()
	case p.prior == nil || p.prior.UniqueName.IsNull() && !configured.IsNull():
		out.plan.UniqueName = configured
	case configured.IsNull() || configured.Equal(p.prior.UniqueName):
		out.plan.UniqueName = p.prior.UniqueName
	default:
		out.plan.UniqueName = configured
		out.replace.Append(path.Root("unique_name"))
	}
}

func (p planning) planOwners(out *planned) {
	present := types.SetUnknown(types.StringType)
	if p.prior != nil {
		present = p.prior.Owners
	}
	out.plan.Owners = tfkit.PlanOwners(p.config.Owners, present)
}

// planRegistration plans the ids, which only a create makes, except that of a service principal that has gone.
func (p planning) planRegistration(plan *model) {
	plan.SignInAudience = types.StringValue(entra.AudienceSingleTenant)
	if p.prior == nil {
		unknown := types.StringUnknown()
		plan.ID, plan.ClientID, plan.ApplicationObjectID, plan.ServicePrincipalID = unknown, unknown, unknown, unknown
		plan.ConsentURL = unknown
		return
	}
	plan.ID, plan.ClientID = p.prior.ID, p.prior.ClientID
	plan.ApplicationObjectID, plan.ServicePrincipalID = p.prior.ApplicationObjectID, p.prior.ServicePrincipalID
	plan.ConsentURL = p.prior.ConsentURL
	if plan.ServicePrincipalID.IsNull() {
		plan.ServicePrincipalID = types.StringUnknown()
	}
}

func (p planning) planConsent(plan *model) {
	unknown := types.SetUnknown(types.StringType)
	switch {
	case plan.AdminConsent.ValueBool():
		plan.MissingConsents, plan.ExtraConsents = tfkit.SetOf(nil), tfkit.SetOf(nil)
		plan.ConsentGranted = types.BoolValue(true)
	case p.prior == nil || plan.AdminConsent.IsUnknown() || p.declaresOther(*plan):
		plan.MissingConsents, plan.ExtraConsents = unknown, unknown
		plan.ConsentGranted = types.BoolUnknown()
	default:
		plan.MissingConsents, plan.ExtraConsents = p.prior.MissingConsents, p.prior.ExtraConsents
		plan.ConsentGranted = p.prior.ConsentGranted
	}
}

// declaresOther tells whether the plan declares other permissions than the state.
func (p planning) declaresOther(plan model) bool {
	return !plan.PermissionProfile.Equal(p.prior.PermissionProfile) || !plan.Permissions.Equal(p.prior.Permissions) ||
		!plan.Exchange.Equal(p.prior.Exchange)
}

func (p planning) planExchange(out *planned) {
	plan := &out.plan
	if tfkit.IsSet(plan.Exchange) && plan.Certificate.IsNull() && plan.Authentication.ValueString() == bySecret {
		out.diags.Append(exchangeBySecret())
	}
	switch {
	case plan.Exchange.IsNull():
		plan.ExchangeReady = types.BoolValue(false)
	case tfkit.IsSet(plan.Exchange) && plan.AdminConsent.ValueBool():
		plan.ExchangeReady = types.BoolValue(true)
	case p.prior == nil || plan.AdminConsent.IsUnknown() || !plan.Exchange.Equal(p.prior.Exchange):
		plan.ExchangeReady = types.BoolUnknown()
	default:
		plan.ExchangeReady = p.prior.ExchangeReady
	}
}
