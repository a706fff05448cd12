package sessiondata

import (
	"cmp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra/catalogue"
	"github.com/sapio365/terraform-provider-sapio365/internal/signin"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// sessionModel is the data source sapio365_app_session as Terraform keeps it.
type sessionModel struct {
	ClientID    types.String `tfsdk:"client_id"`
	UniqueName  types.String `tfsdk:"unique_name"`
	DisplayName types.String `tfsdk:"display_name"`
	TenantID    types.String `tfsdk:"tenant_id"`

	ID                   types.String `tfsdk:"id"`
	Description          types.String `tfsdk:"description"`
	Owners               types.Set    `tfsdk:"owners"`
	Permissions          types.Map    `tfsdk:"permissions"`
	AssignmentRequired   types.Bool   `tfsdk:"assignment_required"`
	ApplicationObjectID  types.String `tfsdk:"application_object_id"`
	ServicePrincipalID   types.String `tfsdk:"service_principal_id"`
	SignInAudience       types.String `tfsdk:"sign_in_audience"`
	Provisioning         types.Bool   `tfsdk:"provisioning"`
	Authentication       types.String `tfsdk:"authentication"`
	SecretKeyID          types.String `tfsdk:"client_secret_key_id"`
	SecretExpiresAt      types.String `tfsdk:"client_secret_expires_at"`
	Thumbprint           types.String `tfsdk:"certificate_thumbprint"`
	ThumbprintSHA256     types.String `tfsdk:"certificate_thumbprint_sha256"`
	CertificateExpiresAt types.String `tfsdk:"certificate_expires_at"`
	CredentialCount      types.Int64  `tfsdk:"credential_count"`
	UnmanagedCredentials types.Int64  `tfsdk:"unmanaged_credentials"`
	ConsentGranted       types.Bool   `tfsdk:"admin_consent_granted"`
	ConsentURL           types.String `tfsdk:"admin_consent_url"`
	MissingConsents      types.Set    `tfsdk:"missing_consents"`
	ExtraConsents        types.Set    `tfsdk:"extra_consents"`
	ExchangeReady        types.Bool   `tfsdk:"exchange_powershell_ready"`
}

// keys are the attributes by which a session is found.
func (m sessionModel) keys() (names []string, values map[string]types.String) {
	return []string{"client_id", "unique_name", "display_name"},
		map[string]types.String{"client_id": m.ClientID, "unique_name": m.UniqueName, "display_name": m.DisplayName}
}

// keyAttribute is the one of them that is set.
func (m sessionModel) keyAttribute() string {
	names, values := m.keys()
	for _, name := range names {
		if !values[name].IsNull() {
			return name
		}
	}
	return names[0]
}

// validate checks that there is exactly one key, as far as that is known.
func (m sessionModel) validate(diags *diag.Diagnostics) {
	names, values := m.keys()
	var set []string
	for _, name := range names {
		value := values[name]
		if !value.IsNull() {
			set = append(set, name)
		}
		if tfkit.IsSet(value) && strings.TrimSpace(value.ValueString()) == "" {
			diags.AddAttributeError(path.Root(name), "Nothing to look for", name+" is empty. Leave it out, or say which App session is meant.")
		}
	}
	switch {
	case len(set) == 0:
		diags.AddAttributeError(path.Root(names[0]), "Nothing says which App session is meant",
			"Set one of "+strings.Join(names, ", ")+".")
	case len(set) > 1:
		for _, name := range set[1:] {
			diags.AddAttributeError(path.Root(name), "The App session is named twice",
				set[0]+" and "+name+" are both set. Keep one of them.")
		}
	}
}

func (m sessionModel) key() entra.SessionKey {
	return entra.SessionKey{
		ClientID: strings.ToLower(m.ClientID.ValueString()), UniqueName: m.UniqueName.ValueString(), DisplayName: m.DisplayName.ValueString(),
	}
}

// unread is what is known of a session that could not be looked at.
func (m sessionModel) unread() sessionModel {
	return sessionModel{
		ClientID: m.ClientID, UniqueName: m.UniqueName, DisplayName: m.DisplayName, TenantID: m.TenantID,
		Owners: types.SetNull(types.StringType), Permissions: types.MapNull(tfkit.PermissionsType),
		MissingConsents: types.SetNull(types.StringType), ExtraConsents: types.SetNull(types.StringType),
	}
}

// read takes over what was found. What the configuration sets stays as it is written.
func (m sessionModel) read(have entra.Registration, cloud signin.Cloud) sessionModel {
	configured := m.unread()
	m = configured
	m.ID, m.ClientID = types.StringValue(have.ClientID), types.StringValue(have.ClientID)
	m.UniqueName, m.DisplayName = tfkit.OrNull(have.UniqueName), types.StringValue(have.DisplayName)
	m.Description, m.SignInAudience = tfkit.OrNull(have.Notes), tfkit.OrNull(have.Audience)
	m.ApplicationObjectID = types.StringValue(have.ObjectID)
	if have.ServicePrincipal != nil {
		m.ServicePrincipalID = types.StringValue(have.ServicePrincipal.ObjectID)
		m.AssignmentRequired = types.BoolValue(have.ServicePrincipal.AssignmentRequired)
	}
	m.Owners = tfkit.ShownOwners(m.Owners, have.Owners)
	m.Provisioning = types.BoolValue(have.Provisioning())
	m.readCredentials(have)
	m.Permissions = permissionsOf(have.Manifest)
	missing := have.MissingConsents(have.Manifest)
	m.MissingConsents, m.ExtraConsents = tfkit.SetOf(missing.Labels()), tfkit.SetOf(have.ExtraConsents(have.Manifest).Labels())
	m.ConsentGranted = types.BoolValue(len(missing) == 0)
	m.ConsentURL = types.StringValue(cloud.AdminConsentURL(strings.ToLower(m.TenantID.ValueString()), have.ClientID))
	m.ExchangeReady = types.BoolValue(have.ExchangeReady(cloud.IsUSGovernment()))
	switch {
	case !configured.ClientID.IsNull():
		m.ClientID = configured.ClientID
	case !configured.UniqueName.IsNull():
		m.UniqueName = configured.UniqueName
	case !configured.DisplayName.IsNull():
		m.DisplayName = configured.DisplayName
	}
	return m
}

func (m *sessionModel) readCredentials(have entra.Registration) {
	kind, _ := have.Authentication()
	m.Authentication = tfkit.OrNull(string(kind))
	if secret, ok := have.LastSecret(); ok {
		m.SecretKeyID, m.SecretExpiresAt = types.StringValue(secret.KeyID), timestamp(secret.ExpiresAt)
	}
	if key, ok := have.LastKey(); ok {
		m.Thumbprint, m.ThumbprintSHA256 = tfkit.OrNull(key.SHA1), tfkit.OrNull(key.SHA256)
		m.CertificateExpiresAt = timestamp(key.ExpiresAt)
	}
	m.CredentialCount = types.Int64Value(int64(len(have.Secrets) + len(have.Keys)))
	m.UnmanagedCredentials = types.Int64Value(int64(have.UnlabelledCredentials()))
}

// permissionsOf groups permissions as the resource has them: a kind of which an API has none is null.
func permissionsOf(access entra.Access) types.Map {
	names := tfkit.PermissionNames{}
	for _, p := range access {
		names.Add(cmp.Or(catalogue.APIName(p.API), p.API), p.Kind, cmp.Or(p.Name, p.ID))
	}
	return names.Value(types.SetNull(types.StringType))
}
