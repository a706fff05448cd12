package accessrole

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// register is what the plan asks of the domain. Owners come from the configuration, because the plan also shows those
// that are not managed.
func (m model) register(configuredOwners types.Set) entra.Register {
	return entra.Register{DisplayName: m.DisplayName.ValueString(), Owners: tfkit.WantedOwners(configuredOwners)}
}

// ref points to the register that the state describes.
func (m model) ref(hints entra.Hints) entra.Ref {
	return entra.Ref{
		Kind: entra.KindRegister, ClientID: m.ClientID.ValueString(), ObjectID: m.ApplicationObjectID.ValueString(),
		ServicePrincipalID: m.ServicePrincipalID.ValueString(), Hints: hints,
	}
}

// registration is what the state says of the tenant's side.
func (m model) registration() entra.Registration {
	have := entra.Registration{
		DisplayName: m.DisplayName.ValueString(), Audience: m.SignInAudience.ValueString(), Owners: tfkit.StoredOwners(m.Owners),
	}
	if tfkit.IsSet(m.Tag) {
		have.Tags = []string{m.Tag.ValueString()}
	}
	for name := range m.Roles.Elements() {
		if role, ok := entra.AccessRoleByName(name); ok {
			have.AppRoles = append(have.AppRoles, role.AppRole())
		}
	}
	if tfkit.IsSet(m.ServicePrincipalID) {
		have.ServicePrincipal = &entra.ServicePrincipal{
			ObjectID: m.ServicePrincipalID.ValueString(), AssignmentRequired: m.AssignmentRequired.ValueBool(),
		}
	}
	return have
}

// isImported tells whether the state holds nothing but what an import gives.
func (m model) isImported() bool { return m.DisplayName.IsNull() }

// tenant is the tenant of the register, in lower case as identities and tokens have it.
func (m model) tenant() string { return strings.ToLower(m.TenantID.ValueString()) }

func (m model) identity() tfkit.RegistrationIdentity {
	return tfkit.RegistrationIdentity{TenantID: types.StringValue(m.tenant()), ClientID: m.ClientID}
}

// rolesValue maps the names of roles to their ids.
func rolesValue(roles []entra.AccessRole) types.Map {
	ids := map[string]attr.Value{}
	for _, role := range roles {
		ids[role.Name] = types.StringValue(role.ID)
	}
	return types.MapValueMust(types.StringType, ids)
}

// refreshed is the state as a reading of the register shows it. What is not as it shall be leaves the state, so that the
// next plan shows it coming back.
func (m model) refreshed(have entra.Registration) model {
	m.DisplayName = types.StringValue(have.DisplayName)
	m.Owners = tfkit.ShownOwners(m.Owners, have.Owners)
	m.ID, m.ClientID = types.StringValue(have.ClientID), types.StringValue(have.ClientID)
	m.ApplicationObjectID = types.StringValue(have.ObjectID)
	m.ServicePrincipalID, m.AssignmentRequired = types.StringNull(), types.BoolNull()
	if have.ServicePrincipal != nil {
		m.ServicePrincipalID = types.StringValue(have.ServicePrincipal.ObjectID)
		m.AssignmentRequired = types.BoolValue(have.ServicePrincipal.AssignmentRequired)
	}
	m.SignInAudience = tfkit.OrNull(have.Audience)
	m.Tag = types.StringNull()
	if have.IsRegister() {
		m.Tag = types.StringValue(entra.TagAccessRoles)
	}
	m.Roles = rolesValue(entra.AccessRolesIn(have.AppRoles))
	return m
}

// applied is the state after an apply that succeeded: what was planned, and what the apply decided where the plan left
// that open. Building it from the plan keeps a lagging read from contradicting what was just written.
func (m model) applied(have entra.Registration) model {
	actual := m.refreshed(have)
	tfkit.Settle(&m.Owners, actual.Owners)
	tfkit.Settle(&m.ID, actual.ID)
	tfkit.Settle(&m.ClientID, actual.ClientID)
	tfkit.Settle(&m.ApplicationObjectID, actual.ApplicationObjectID)
	tfkit.Settle(&m.ServicePrincipalID, actual.ServicePrincipalID)
	return m
}
