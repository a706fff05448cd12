package tfkit

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// TenantPlan is what a plan needs to know of the tenant of a resource.
type TenantPlan struct {
	Subject    string       // the resource in messages: "App session"
	Configured types.String // what the configuration says
	State      types.String // what the state says; null for a create
	Provider   types.String // the provider's tenant; unknown while the provider block's values are
}

// Plan returns the planned tenant_id, and whether it is another one than that of the state.
func (p TenantPlan) Plan() (planned types.String, replace bool, diags diag.Diagnostics) {
	switch {
	case p.State.IsNull() && p.Configured.IsNull():
		return p.Provider, false, nil
	case p.State.IsNull():
		return p.Configured, false, nil
	case !p.Configured.IsNull() && !p.Configured.IsUnknown() && SameID(p.Configured.ValueString(), p.State.ValueString()):
		return p.State, false, nil
	case !p.Configured.IsNull():
		return p.Configured, true, nil
	}
	state, provider := p.State.ValueString(), p.Provider.ValueString()
	if provider != "" && !SameID(state, provider) {
		diags.AddAttributeError(path.Root("tenant_id"), "The provider's tenant has changed", fmt.Sprintf(
			"This %s lives in tenant %s, tenant_id is not set, and the provider's tenant is %s now. Choose one way out:\n"+
				"  - keep it where it is: set tenant_id = %q on the resource;\n"+
				"  - make a new one in the other tenant and delete this one: set tenant_id = %q on the resource;\n"+
				"  - if the provider's tenant is a mistake, correct its tenant_id (or SAPIO365_TENANT_ID).",
			p.Subject, state, provider, state, provider))
	}
	return p.State, false, diags
}

// PlannedTenant is the provider's tenant as a value of a plan.
func (p *Provider) PlannedTenant() types.String {
	if p.TenantID == "" {
		return types.StringUnknown()
	}
	return types.StringValue(p.TenantID)
}

// Unreadable decides what a failed refresh means. A tenant of its own that is out of reach must not stop the others, so
// the state stays as it is, with a warning; the same goes for a provider whose configuration is not known yet. What is
// being imported has no state that could stay.
func (p *Provider) Unreadable(failure Failure, subject string, imported bool) diag.Diagnostics {
	var unknown *UnknownSettingsError
	switch {
	case imported:
		return failure.Diagnostics()
	case errors.As(failure.Err, &unknown):
		return failure.Warnings("The state of the " + subject + " was kept as it is.")
	case p.IsForeignOutOfReach(failure):
		return failure.Apart("The state of the " + subject + " was kept as it is, and the other tenants go on." + p.consentHint(failure))
	}
	return failure.Diagnostics()
}

// consentHint tells how the provider gets into the tenant, where the failure does not say so already and may be about that.
func (p *Provider) consentHint(failure Failure) string {
	if nobodyAsked(failure.Err) {
		return ""
	}
	login := p.LoginTo(failure.TenantID)
	if login.ClientID == "" {
		return " The identity that runs the provider must be able to sign in to tenant " + failure.TenantID + "."
	}
	page := p.Cloud.AdminConsentURL(failure.TenantID, login.ClientID)
	if strings.Contains(failure.Err.Error(), page) {
		return ""
	}
	return fmt.Sprintf(" If the provider's application is not accepted in tenant %s yet, an administrator there can do so: %s", failure.TenantID, page)
}

// Preflight checks a plan that changes something in the tenant: that the provider can sign in, and what further checks
// of whom it is signed in as: it returns what it has found, and why it could not look at the rest. A tenant that is not
// known yet is left to the apply. explain turns the failure into diagnostics; nil for the usual ones.
func (p *Provider) Preflight(
	ctx context.Context, tenantID types.String, subject string, limit time.Duration,
	further func(context.Context, entra.Holder) (diag.Diagnostics, error), explain func(Failure) diag.Diagnostics,
) diag.Diagnostics {
	if !p.Ready() || tenantID.IsNull() || tenantID.IsUnknown() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tenant := strings.ToLower(tenantID.ValueString())
	var found diag.Diagnostics
	holder, err := p.SignIn(ctx, tenant)
	if err == nil {
		found, err = further(ctx, holder)
	}
	failure := Failure{Summary: "Could not check the " + subject + " against its tenant", TenantID: tenant, Err: err}
	var unknown *UnknownSettingsError
	switch {
	case failure.Err == nil, errors.As(failure.Err, &unknown): // the apply will know
		return found
	case p.IsForeignOutOfReach(failure):
		return append(failure.Apart("The plan was made without this check; applying it will fail while this lasts."+p.consentHint(failure)), found...)
	case explain != nil:
		return append(explain(failure), found...)
	}
	return append(failure.Diagnostics(), found...)
}

// IsForeignOutOfReach tells whether the failure is that a tenant other than the provider's own cannot be worked in, which
// must not stop the others.
func (p *Provider) IsForeignOutOfReach(failure Failure) bool {
	return p.IsForeign(failure.TenantID) && IsTenantOutOfReach(failure.Err)
}

// DataTenant puts the provider's tenant in where none is configured, and returns the tenant in lower case. It is empty, with
// an error, where it is not known.
func (p *Provider) DataTenant(configured *types.String, diags *diag.Diagnostics) string {
	if configured.IsNull() {
		*configured = p.PlannedTenant()
	}
	if configured.IsUnknown() {
		diags.AddAttributeError(path.Root("tenant_id"), "Tenant not known",
			"tenant_id is not set, and the provider's will only be known after an apply. Set tenant_id here.")
	}
	return strings.ToLower(configured.ValueString())
}
