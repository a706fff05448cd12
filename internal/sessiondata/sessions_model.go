package sessiondata

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// sessionsModel is the data source sapio365_app_sessions as Terraform keeps it.
type sessionsModel struct {
	choice
	TenantID       types.String `tfsdk:"tenant_id"`
	ClientIDs      types.Set    `tfsdk:"client_ids"`
	IncludeConsent types.Bool   `tfsdk:"include_consent"`
	Sessions       types.List   `tfsdk:"sessions"`
}

var listedType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"client_id": types.StringType, "display_name": types.StringType, "unique_name": types.StringType,
	"authentication": types.StringType, "credential_expires_at": types.StringType, "provisioning": types.BoolType,
	"unmanaged_credentials": types.Int64Type, "missing_consents": types.SetType{ElemType: types.StringType},
	"import_id": types.StringType,
}}

// unread is what is known of sessions that could not be listed.
func (m sessionsModel) unread() sessionsModel {
	m.Sessions = types.ListNull(listedType)
	return m
}

// read takes over what was listed.
func (m sessionsModel) read(found []entra.Registration, tenantID string) sessionsModel {
	sessions := make([]attr.Value, len(found))
	for i, have := range found {
		kind, ends := have.Authentication()
		missing := types.SetNull(types.StringType)
		if m.IncludeConsent.ValueBool() {
			missing = tfkit.SetOf(have.MissingConsents(have.Manifest).Labels())
		}
		sessions[i] = types.ObjectValueMust(listedType.AttrTypes, map[string]attr.Value{
			"client_id": types.StringValue(have.ClientID), "display_name": types.StringValue(have.DisplayName),
			"unique_name": tfkit.OrNull(have.UniqueName), "authentication": tfkit.OrNull(string(kind)),
			"credential_expires_at": timestamp(ends), "provisioning": types.BoolValue(have.Provisioning()),
			"unmanaged_credentials": types.Int64Value(int64(have.UnlabelledCredentials())), "missing_consents": missing,
			"import_id": types.StringValue(tenantID + "/" + have.ClientID),
		})
	}
	m.Sessions = types.ListValueMust(listedType, sessions)
	return m
}
