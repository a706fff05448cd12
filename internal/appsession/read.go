package appsession

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// refreshed is the state as a reading of the registration shows it.
func (m model) refreshed(o observation, view manifestView, now time.Time) model {
	if m.isImported() {
		o.declared = view.manifest
		m.importFrom(o)
	}
	view.implied = m.impliedAccess(o.cloud.IsUSGovernment())
	m.PermissionProfile, m.Permissions = view.refreshPermissions(m.PermissionProfile, m.Permissions)
	prior := m
	m.refreshCredentials(o, now)
	m.refreshRotation(o.Registration, o.answer, now)
	o.lapsed = o.lapsed.after(prior, m, o.Registration)
	m.observe(o)
	m.DisplayName = types.StringValue(o.DisplayName)
	if o.Notes != m.Description.ValueString() {
		m.Description = tfkit.OrNull(o.Notes)
	}
	if o.ServicePrincipal != nil {
		m.AssignmentReq = types.BoolValue(o.ServicePrincipal.AssignmentRequired)
	}
	m.refreshExchange(o, view)
	return m
}

// importFrom fills what an import cannot know from its id: the choices that are not visible in the tenant take their
// defaults. Where consent is not what is declared, it is left alone until the configuration says otherwise. Exchange
// Online PowerShell is recognised by all that it consists of.
func (m *model) importFrom(o observation) {
	agree := len(o.MissingConsents(o.declared)) == 0 && len(o.ExtraConsents(o.declared)) == 0
	m.AdminConsent, m.VerifySignIn = types.BoolValue(agree), types.BoolValue(false)
	manage := entra.ExchangeManageAsApp(o.cloud.IsUSGovernment())
	if !keysOf(o.Manifest)[keyOf(manage)] || len(o.Keys) == 0 {
		return
	}
	for _, role := range entra.ExchangeRoles {
		if o.HoldsDirectoryRole(role.TemplateID) {
			m.Exchange = exchangeValue(types.StringValue(role.Name))
			return
		}
	}
}

// refreshCredentials takes away what is gone or has expired, so that the next plan shows it coming back.
func (m *model) refreshCredentials(o observation, now time.Time) {
	if keyID := m.SecretKeyID.ValueString(); keyID != "" {
		secret, ok := o.Secret(keyID)
		if ok && secret.ExpiresAt.After(now) {
			m.SecretExpiresAt = tfkit.Timestamp(secret.ExpiresAt)
		} else {
			m.setSecret(types.StringNull())
		}
	}
	if tfkit.IsSet(m.ThumbprintSHA256) {
		if _, ok := o.Key(m.ThumbprintSHA256.ValueString()); !ok {
			m.setCertificate(types.StringNull())
		}
	}
}

// refreshExchange takes the role out of the state when the session lacks it, or lacks the permission that goes with
// it, so that the next plan shows it coming back.
func (m *model) refreshExchange(o observation, view manifestView) {
	role := m.directoryRole()
	if role == "" {
		return
	}
	if !o.HoldsDirectoryRole(role) || len(view.implied.MissingFrom(view.manifest)) > 0 {
		m.Exchange = exchangeValue(types.StringNull())
	}
}

func exchangeValue(role types.String) types.Object {
	return types.ObjectValueMust(exchangeTypes, map[string]attr.Value{"role": role})
}

// partlyApplied is the state after an update that failed: what was there before, as the update has left it, and the
// secret that it made, on the terms of the plan.
func (m model) partlyApplied(plan model, result entra.Result, o observation, known resolutions, now time.Time) (model, error) {
	state := m.refreshed(o, manifestView{manifest: o.Manifest, resolve: known.resolve}, now)
	if result.Issued == nil {
		return state, nil
	}
	state.Authentication, state.ClientSecret = types.StringValue(bySecret), plan.ClientSecret
	err := state.issue(*result.Issued)
	state.Retiring = state.retire(m, o.Registration, false, now)
	state.refreshRotation(o.Registration, o.answer, now)
	state.UnmanagedCredentials = types.Int64Value(int64(o.UnmanagedCredentials(o.lapsed.addTo(state.owned()))))
	return state, err
}
