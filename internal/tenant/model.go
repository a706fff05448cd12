package tenant

import (
	"maps"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// model is the data source as Terraform keeps it.
type model struct {
	TenantID           types.String `tfsdk:"tenant_id"`
	DisplayName        types.String `tfsdk:"display_name"`
	DefaultDomain      types.String `tfsdk:"default_domain"`
	Hybrid             types.Bool   `tfsdk:"hybrid"`
	Caller             types.Object `tfsdk:"caller"`
	SecretsAllowed     types.Bool   `tfsdk:"secrets_allowed"`
	MaxSecretDays      types.Int64  `tfsdk:"max_secret_days"`
	MaxCertificateDays types.Int64  `tfsdk:"max_certificate_days"`
	CallerPermissions  types.Set    `tfsdk:"caller_permissions"`
	MissingPermissions types.Map    `tfsdk:"missing_permissions"`
	CallerAccessRoles  types.Set    `tfsdk:"caller_access_roles"`
}

var (
	callerTypes = map[string]attr.Type{
		"object_id": types.StringType, "type": types.StringType, "name": types.StringType, "credential_source": types.StringType,
	}
	permissionsType = types.SetType{ElemType: types.StringType}
)

// Kinds of callers.
const (
	user             = "user"
	servicePrincipal = "service_principal"
)

// unread is what is known of a tenant that could not be looked at.
func unread(config model) model {
	return model{
		TenantID: config.TenantID, Caller: types.ObjectNull(callerTypes),
		CallerPermissions: types.SetNull(types.StringType), MissingPermissions: types.MapNull(permissionsType),
		CallerAccessRoles: types.SetNull(types.StringType),
	}
}

// read is what was found of the tenant. Parts that the caller may not read are null.
func read(config model, found findings, holder entra.Holder, source string) model {
	m, facts := unread(config), found.TenantFacts
	m.DisplayName, m.DefaultDomain = tfkit.OrNull(facts.Organization.DisplayName), tfkit.OrNull(facts.Organization.DefaultDomain)
	if facts.OrganizationRefused == nil {
		m.Hybrid = types.BoolValue(facts.Organization.Synchronised)
	}
	m.rule(facts)
	kind := servicePrincipal
	if holder.User {
		kind = user
	}
	m.Caller = types.ObjectValueMust(callerTypes, map[string]attr.Value{
		"object_id": types.StringValue(holder.ObjectID), "type": types.StringValue(kind), "name": tfkit.OrNull(holder.Name),
		"credential_source": types.StringValue(source),
	})
	m.CallerPermissions = sorted(holder.Permissions)
	if found.callerRefused == nil {
		m.CallerAccessRoles = sorted(slices.Collect(maps.Keys(found.caller.AccessRoles)))
	}
	missing := map[string]attr.Value{}
	for _, subject := range entra.Subjects {
		missing[subject.Type] = sorted(holder.MissingForAll(subject))
	}
	m.MissingPermissions = types.MapValueMust(permissionsType, missing)
	return m
}

// rule takes over what the policies say of an application that is made now.
func (m *model) rule(facts entra.TenantFacts) {
	if facts.RulesRefused != nil {
		return
	}
	m.SecretsAllowed = types.BoolValue(facts.Rules.AllowSecrets())
	m.MaxSecretDays = daysOrNull(facts.Rules.MaxSecretLifetime())
	if !facts.Rules.AllowSecrets() {
		m.MaxSecretDays = types.Int64Value(0)
	}
	m.MaxCertificateDays = daysOrNull(facts.Rules.MaxCertificateLifetime())
}

func daysOrNull(limit time.Duration) types.Int64 {
	if limit == 0 {
		return types.Int64Null()
	}
	return types.Int64Value(int64(entra.WholeDays(limit)))
}

// sorted is the set in the order in which people look for a name.
func sorted(values []string) types.Set {
	return tfkit.SetOf(slices.Compact(slices.Sorted(slices.Values(values))))
}
