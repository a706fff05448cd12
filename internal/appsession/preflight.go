package appsession

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// preflight is a plan that changes something, to be checked against its tenant. Nothing that it finds shows in the planned
// values.
type preflight struct {
	plan, config model
	prior        *model // nil for a create
	kept         memory
}

// preflight checks that a new certificate is still valid, that the provider can sign in to the tenant, that the permissions
// which the catalogue lacks exist there, that the tenant's policies allow a new credential, and that the caller may do what
// is planned.
func (r *sessionResource) preflight(ctx context.Context, p preflight) diag.Diagnostics {
	var diags diag.Diagnostics
	if p.addsCertificate() {
		diags.Append(p.plan.validateExpiry(p.config, r.Provider.Clock.Now())...)
	}
	further := func(ctx context.Context, holder entra.Holder) (diag.Diagnostics, error) {
		// At the same time, so that they share a request.
		var found diag.Diagnostics
		var access entra.Access
		var err error
		var looks sync.WaitGroup
		looks.Go(func() { found = r.checkPolicy(ctx, p) })
		looks.Go(func() { access, err = r.checkPermissions(ctx, p) })
		looks.Wait()
		return append(found, r.checkRights(p, access, holder)...), err
	}
	return append(diags, r.Provider.Preflight(ctx, p.plan.TenantID, "App session", limits.Read, further, p.plan.locate)...)
}

// checkPermissions looks up, in the tenant, the permissions that neither the catalogue nor an earlier look-up knows,
// and the ids that are new and in no catalogue: an id is enough to declare a permission, but may be of none. It returns
// the permissions that are declared, as far as they are known.
func (r *sessionResource) checkPermissions(ctx context.Context, p preflight) (entra.Access, error) {
	refs, all := p.plan.declaredRefs()
	access, _ := p.kept.resolutions.split(refs)
	if !all {
		return access, nil
	}
	var declared []entra.PermissionRef
	if p.prior != nil {
		declared, _ = p.prior.declaredRefs()
	}
	refs = slices.DeleteFunc(refs, func(ref entra.PermissionRef) bool {
		found, ok := p.kept.resolutions.resolve(ref)
		return ok && (found.Name != "" || slices.Contains(declared, ref))
	})
	looked, err := r.lookUp(ctx, p.plan.tenant(), refs)
	return append(access, looked...), err
}

// addsSecret and addsCertificate tell whether the plan adds a credential of the kind.
func (p preflight) addsSecret() bool {
	return p.plan.Authentication.ValueString() == bySecret && p.plan.SecretKeyID.IsUnknown()
}

func (p preflight) addsCertificate() bool {
	return tfkit.IsSet(p.plan.ThumbprintSHA256) && (p.prior == nil || !p.plan.ThumbprintSHA256.Equal(p.prior.ThumbprintSHA256))
}

// checkPolicy asks the tenant's app management policies about a new credential. Whoever may not read them is told once.
func (r *sessionResource) checkPolicy(ctx context.Context, p preflight) diag.Diagnostics {
	if !p.addsSecret() && !p.addsCertificate() {
		return nil
	}
	objectID := ""
	if p.prior != nil {
		objectID = p.prior.ApplicationObjectID.ValueString()
	}
	failure := tfkit.Failure{Summary: "Could not check the credential against the tenant's policies", TenantID: p.plan.tenant()}
	rules, err := r.Provider.Policies.CredentialRules(ctx, p.plan.tenant(), objectID)
	if err != nil {
		if errors.Is(err, entra.ErrForbidden) && !r.Provider.Once("policies of "+p.plan.tenant()) {
			return nil
		}
		failure.Err = err
		return failure.Warnings("The plan was made without this check. If a policy forbids the credential, the apply will say so.")
	}
	failure.Summary, failure.Err = "Credential against the tenant's policy", p.breaks(rules)
	var broken *entra.PolicyError
	if !errors.As(failure.Err, &broken) {
		return nil
	}
	if broken.Exempts {
		return failure.Warnings("The policy exempts some callers. Unless the provider's identity is one of them, the apply will be refused.")
	}
	var diags diag.Diagnostics
	at := p.attribute(broken)
	for _, d := range failure.Diagnostics() {
		diags.AddAttributeError(at, d.Summary(), d.Detail())
	}
	return diags
}

// breaks returns *entra.PolicyError when the new credential is against the rules.
func (p preflight) breaks(rules entra.CredentialRules) error {
	if p.addsSecret() {
		if days := numberOf(p.plan.ClientSecret, "valid_days"); days.IsUnknown() && rules.AllowSecrets() {
			return nil // it is known at the apply, if at all
		}
		return rules.CheckSecret(entra.SecretTerms{ValidDays: p.plan.secretDays().valid})
	}
	session, err := p.plan.session(nil, p.config)
	if err != nil || session.Certificate == nil {
		return nil //nolint:nilerr // what is malformed has been refused by the validation
	}
	return rules.CheckCertificate(*session.Certificate)
}

// attribute is what has to be changed for the policy.
func (p preflight) attribute(broken *entra.PolicyError) path.Path {
	secret := path.Root("client_secret")
	switch {
	case !broken.Secret:
		return certificatePath
	case broken.Forbidden || !tfkit.IsSet(p.config.ClientSecret) || numberOf(p.config.ClientSecret, "valid_days").IsNull():
		return secret
	}
	return secret.AtName("valid_days")
}

// checkRights compares what the apply is going to do with what the holder may do.
func (r *sessionResource) checkRights(p preflight, access entra.Access, holder entra.Holder) diag.Diagnostics {
	plan := p.plan
	if plan.Authentication.ValueString() == byCertificate && !tfkit.IsSet(plan.ThumbprintSHA256) {
		plan.Authentication = types.StringNull() // which certificate it is, the apply will know
	}
	access = append(access, plan.impliedAccess(r.Provider.Cloud.IsUSGovernment())...)
	want, err := plan.session(entra.NewAccess(access...), p.config)
	if err != nil {
		return nil //nolint:nilerr // what is malformed has been refused by the validation
	}
	have := entra.Registration{Tags: entra.KindSession.ClaimedTags(nil, "planned"), Owners: []entra.Owner{{ObjectID: holder.ObjectID, Hidden: true}}}
	looks := []entra.Right{entra.ReadApplications, entra.ReadDelegatedGrants}
	roles := !plan.Exchange.IsNull()
	if p.prior != nil {
		ref := p.prior.ref(p.kept)
		want.Owned, roles = ref.Owned, roles || ref.DirectoryRoles
		have = p.prior.registration(r.declared(*p.prior, p.kept.resolutions))
	}
	if roles {
		looks = append(looks, entra.ReadDirectoryRoles)
	}
	return r.Provider.CheckRights(holder, plan.tenant(), looks, entra.Diff(want, have, "planned", r.Provider.Clock.Now()))
}
