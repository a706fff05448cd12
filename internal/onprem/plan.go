package onprem

import (
	"context"
	"errors"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// ModifyPlan sets every computed attribute, and checks what can be checked before an apply. A plan without changes
// reaches no tenant.
func (r *onpremResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		resp.Diagnostics.Append(r.preflightDestroy(ctx, req)...)
		return
	}
	var config, plan model
	var prior *model
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if !req.State.Raw.IsNull() {
		prior = &model{}
		resp.Diagnostics.Append(req.State.Get(ctx, prior)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	replace, diags := plan.complete(config, prior, r.Provider.PlannedTenant())
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
	resp.Diagnostics.Append(r.preflight(ctx, plan, prior)...)
}

// complete plans what the configuration leaves open, and returns what cannot be changed in place.
func (m *model) complete(config model, prior *model, providerTenant types.String) (path.Paths, diag.Diagnostics) {
	var replace path.Paths
	tenant := tfkit.TenantPlan{Subject: "App session", Configured: config.TenantID, State: types.StringNull(), Provider: providerTenant}
	if prior != nil {
		tenant.State = prior.TenantID
		if tfkit.IsSet(config.AppSessionID) && tfkit.SameID(config.AppSessionID.ValueString(), prior.AppSessionID.ValueString()) {
			m.AppSessionID = prior.AppSessionID // the case is no difference
		} else {
			replace.Append(path.Root("app_session_id"))
		}
	}
	planned, moved, diags := tenant.Plan()
	if m.TenantID = planned; moved {
		replace.Append(path.Root("tenant_id"))
	}
	m.ID = types.StringUnknown()
	if tfkit.IsSet(m.AppSessionID) {
		m.ID = types.StringValue(m.clientID())
	}
	return replace, diags
}

func (r *onpremResource) preflightDestroy(ctx context.Context, req resource.ModifyPlanRequest) diag.Diagnostics {
	var prior model
	if diags := req.State.Get(ctx, &prior); diags.HasError() {
		return diags
	}
	undo := entra.UndoOnPrem(prior.settings().Record())
	return r.Provider.PreflightDestroy(ctx, prior.TenantID, subject, limits.Read, []entra.Right{entra.ReadApplications}, undo)
}

// preflight checks a plan that changes something: that the provider can sign in, that the tenant is synchronised, and that
// there is such a session.
func (r *onpremResource) preflight(ctx context.Context, plan model, prior *model) diag.Diagnostics {
	check := func(ctx context.Context, holder entra.Holder) (diag.Diagnostics, error) {
		return r.checkRights(plan, prior, holder), r.Provider.OnPremises.CheckOnPrem(ctx, plan.tenant(), plan.clientID(), plan.terms())
	}
	explain := func(failure tfkit.Failure) diag.Diagnostics {
		if prior != nil {
			failure.Err = withoutTag(failure.Err)
		}
		return locate(failure, soften)
	}
	return r.Provider.Preflight(ctx, plan.TenantID, subject, limits.Read, check, explain)
}

// checkRights compares what the apply is going to do with what the holder may do. Whether the organization may be read
// shows by itself.
func (r *onpremResource) checkRights(plan model, prior *model, holder entra.Holder) diag.Diagnostics {
	have := entra.OnPremRecord{}
	if prior != nil {
		have = prior.settings().Record()
	}
	changes, _ := entra.DiffOnPrem(plan.settings(), have) // what is malformed has been refused by the validation
	if len(changes) == 0 {
		return nil
	}
	return r.Provider.CheckRights(holder, plan.tenant(), []entra.Right{entra.ReadApplications}, changes)
}

// withoutTag leaves out that the session lacks its tag, which only matters for new settings.
func withoutTag(err error) error {
	return errors.Join(slices.DeleteFunc(tfkit.Errors(err), func(err error) bool {
		var untagged *entra.NotAppSessionError
		return errors.As(err, &untagged)
	})...)
}

// soften tells which problems of a plan need not be ones of its apply: the tag of an imported session may be written in
// the same apply, and what may not be looked at may be as it should be.
func soften(err error) (note string, ok bool) {
	var untagged *entra.NotAppSessionError
	var unknown *entra.UnknownSynchronisationError
	switch {
	case errors.As(err, &untagged):
		return "Unless this very apply changes the session, it will refuse to write the settings.", true
	case errors.As(err, &unknown) && errors.Is(err, entra.ErrForbidden):
		return "The plan was made without this check; applying it will fail while this lasts.", true
	}
	return "", false
}

// hard softens nothing.
func hard(error) (string, bool) { return "", false }

// locate attaches errors to the attributes that they are about. soft tells which of them are warnings, with a note.
func locate(failure tfkit.Failure, soft func(error) (string, bool)) diag.Diagnostics {
	var all diag.Diagnostics
	if failure.Err == nil {
		return nil
	}
	for _, err := range tfkit.Errors(failure.Err) {
		p, summary := attributeOf(err)
		one := failure
		if one.Err = err; summary != "" {
			one.Summary = summary
		}
		found := one.Diagnostics()
		if note, ok := soft(err); ok {
			found = one.Warnings(note)
		}
		for _, d := range found {
			if summary != "" {
				d = diag.WithPath(p, d)
			}
			all.Append(d)
		}
	}
	return all
}

// attributeOf finds what an error is about; the summary is empty for any other error.
func attributeOf(err error) (p path.Path, summary string) {
	var absent *entra.NoAppSessionError
	var foreign *entra.NotAppSessionError
	var taken *entra.OnPremTakenError
	var mismatch *entra.ExtensionMismatchError
	var unavailable *entra.UnavailableExtensionsError
	var cloud *entra.NotSynchronisedError
	var unknown *entra.UnknownSynchronisationError
	var tooLong *entra.ConnectionTooLongError
	session := path.Root("app_session_id")
	switch {
	case errors.As(err, &absent):
		return session, "No such App session"
	case errors.As(err, &foreign):
		return session, "Not an App session"
	case errors.As(err, &taken):
		return session, "The App session has on-premises settings already"
	case errors.As(err, &mismatch):
		return session, "A directory extension stands in the way"
	case errors.As(err, &unavailable):
		return session, "The App session has no service principal"
	case errors.As(err, &cloud):
		return path.Root("require_hybrid"), "The tenant is not hybrid"
	case errors.As(err, &unknown) && errors.Is(err, entra.ErrForbidden):
		return path.Root("require_hybrid"), "Could not see whether the tenant is hybrid"
	case errors.As(err, &tooLong):
		return connectionsPath.AtListIndex(tooLong.Index), "Domain connection too long"
	}
	return path.Empty(), ""
}
