package appsession

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

var (
	_ resource.ResourceWithConfigure      = (*sessionResource)(nil)
	_ resource.ResourceWithValidateConfig = (*sessionResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*sessionResource)(nil)
	_ resource.ResourceWithImportState    = (*sessionResource)(nil)
	_ resource.ResourceWithIdentity       = (*sessionResource)(nil)
	_ resource.ResourceWithMoveState      = (*sessionResource)(nil)
)

type sessionResource struct{ tfkit.Base }

// NewResource makes the resource sapio365_app_session.
func NewResource() resource.Resource { return &sessionResource{} }

// Metadata names the resource.
func (r *sessionResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_app_session"
}

// ValidateConfig checks what the configuration says on its own.
func (r *sessionResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config model
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(config.validate()...)
	}
}

// Create makes the registration, or finishes the one that an earlier, broken create left. When it fails no state is
// written, so that the next apply creates again and finds what is there.
func (r *sessionResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan, config model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel, limit, diags := tfkit.WithLimit(ctx, "create", limits.Create, plan.Timeouts.Create)
	defer cancel()
	resp.Diagnostics.Append(diags...)
	failure := tfkit.Failure{Summary: "Could not create the App session", TenantID: plan.tenant(), Limit: limit}
	if resp.Diagnostics.Append(r.Provider.Authorize(ctx, failure, entra.ManageSessions)...); resp.Diagnostics.HasError() {
		return
	}

	want, learnt, diags := r.want(ctx, plan, config, failure)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	result, err := r.Provider.Sessions.Create(ctx, plan.tenant(), want, entra.CreateOptions{
		UniqueName: config.UniqueName.ValueString(), RecoverSoftDeleted: r.Provider.RecoverSoftDeleted,
	})
	if err != nil {
		failure.Err = err
		resp.Diagnostics.Append(failure.Diagnostics()...)
		return
	}
	state, err := plan.applied(want, result, r.observe(result.Registration, want.Access), nil, r.Provider.Clock.Now())
	if err != nil {
		resp.Diagnostics.Append(unsealed(err))
	}
	kept := memory{hints: result.Registration.Hints(), resolutions: learnt}
	resp.Diagnostics.Append(store(ctx, state, kept, &resp.State, resp.Identity, resp.Private)...)
}

// Read brings the state in line with the tenant.
func (r *sessionResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var prior model
	resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	kept, diags := loadMemory(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	moved := prior.TenantID.IsNull()
	if moved {
		prior.TenantID = types.StringValue(r.Provider.TenantID)
	}
	ctx, cancel, limit, diags := tfkit.WithLimit(ctx, "read", limits.Read, prior.Timeouts.Read)
	defer cancel()
	resp.Diagnostics.Append(diags...)
	failure := tfkit.Failure{Summary: "Could not read the App session", TenantID: prior.tenant(), Limit: limit}

	resp.Diagnostics.Append(resp.Identity.Set(ctx, prior.identity())...) // whatever comes of it, also when it is gone
	registration, err := r.Provider.Sessions.Read(ctx, prior.tenant(), prior.ref(kept))
	switch {
	case errors.Is(err, entra.ErrNotFound) && moved:
		resp.Diagnostics.Append(prior.movedElsewhere())
		return
	case errors.Is(err, entra.ErrNotFound) && prior.isImported():
		resp.Diagnostics.Append(tfkit.NothingToImport("app registration", prior.tenant(), prior.ClientID.ValueString()))
		return
	case errors.Is(err, entra.ErrNotFound):
		resp.State.RemoveResource(ctx)
		return
	case err != nil:
		failure.Err = err
		resp.Diagnostics.Append(r.Provider.Unreadable(failure, "App session", prior.isImported())...)
		return
	}
	state, kept := r.refresh(ctx, prior, registration, kept)
	resp.Diagnostics.Append(store(ctx, state, kept, &resp.State, resp.Identity, resp.Private)...)
}

// refresh is the state, and what is kept beside it, as the registration shows them.
func (r *sessionResource) refresh(ctx context.Context, prior model, found entra.Registration, kept memory) (model, memory) {
	view := manifestView{manifest: found.Manifest, resolve: kept.resolutions.resolve}
	if prior.isImported() {
		view.manifest, kept.resolutions = r.named(ctx, prior.tenant(), view.manifest)
	}
	o := r.observe(found, r.declared(prior, kept.resolutions))
	o.lapsed, o.answer = kept.lapsed, kept.answer
	state := prior.refreshed(o, view, r.Provider.Clock.Now())
	kept.lapsed, kept.answer = kept.lapsed.after(prior, state, found), kept.answerAfter(state, found)
	kept.hints = state.hints(kept, found)
	return state, kept
}

// Update brings the registration in line with the plan. What it achieved is stored also when it fails: the value of a
// new secret is told only once.
func (r *sessionResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, config, prior model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	kept, diags := loadMemory(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel, limit, diags := tfkit.WithLimit(ctx, "update", limits.Update, plan.Timeouts.Update)
	defer cancel()
	resp.Diagnostics.Append(diags...)
	failure := tfkit.Failure{Summary: "Could not change the App session", TenantID: plan.tenant(), Limit: limit}
	if resp.Diagnostics.Append(r.Provider.Authorize(ctx, failure, entra.ManageSessions)...); resp.Diagnostics.HasError() {
		return
	}

	want, learnt, diags := r.want(ctx, plan, config, failure)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	ref := prior.ref(kept)
	want.Owned = ref.Owned
	if plan.SecretKeyID.IsUnknown() {
		want.Follows = prior.SecretKeyID.ValueString()
	} else {
		want.Unproven, want.Answers = prior.unproven(kept.answer), prior.isAnswer(kept.answer)
	}
	result, err := r.Provider.Sessions.Update(ctx, plan.tenant(), ref, want)
	if err != nil {
		failure.Err = err
		resp.Diagnostics.Append(failure.Diagnostics()...)
	}
	if result.Registration.ClientID == "" {
		return
	}
	o := r.observe(result.Registration, want.Access)
	now := r.Provider.Clock.Now()
	state, sealing := plan.applied(want, result, o, &prior, now)
	next := memory{resolutions: learnt}
	if err != nil {
		o.lapsed, o.answer = kept.lapsed.withAdded(want.Certificate, prior, result.Registration), kept.answerAmong(result)
		state, sealing = prior.partlyApplied(plan, result, o, kept.resolutions.with(learnt), now)
		next.resolutions = kept.resolutions.with(learnt)
		next.lapsed, next.answer = o.lapsed.after(prior, state, result.Registration), o.answer
	}
	next.hints = state.hints(next, result.Registration)
	if sealing != nil {
		resp.Diagnostics.Append(unsealed(sealing))
	}
	resp.Diagnostics.Append(prior.adopts(want, result.Registration)...)
	resp.Diagnostics.Append(store(ctx, state, next, &resp.State, resp.Identity, resp.Private)...)
}

// Delete removes the registration and what it was given.
func (r *sessionResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var prior model
	resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	kept, diags := loadMemory(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel, limit, diags := tfkit.WithLimit(ctx, "delete", limits.Delete, prior.Timeouts.Delete)
	defer cancel()
	resp.Diagnostics.Append(diags...)

	failure := tfkit.Failure{Summary: "Could not delete the App session", TenantID: prior.tenant(), Limit: limit, Removes: true}
	if resp.Diagnostics.Append(r.Provider.Authorize(ctx, failure, entra.ManageSessions)...); resp.Diagnostics.HasError() {
		return
	}

	ref, options := prior.ref(kept), entra.DeleteOptions{Permanently: r.Provider.PermanentlyDelete}
	if failure.Err = r.Provider.Sessions.Delete(ctx, prior.tenant(), ref, options); failure.Err != nil {
		resp.Diagnostics.Append(failure.Diagnostics()...)
	}
}

// unsealed says that a new secret was given up. It is a warning, because an error would have Terraform make the whole
// session anew.
func unsealed(err error) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(sealedToPath, "The client secret could not be sealed", fmt.Sprintf(
		"The new client secret could not be sealed to client_secret.sealed_to (%v), and was given up. Apply again, which makes another one and "+
			"removes this one.", err))
}

// store writes what is kept between runs.
func store(
	ctx context.Context, m model, kept memory, state *tfsdk.State, id *tfsdk.ResourceIdentity, private tfkit.PrivateWriter,
) diag.Diagnostics {
	diags := state.Set(ctx, m)
	diags.Append(id.Set(ctx, m.identity())...)
	diags.Append(kept.save(ctx, private)...)
	return diags
}
