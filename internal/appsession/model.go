// Package appsession is the Terraform face of App sessions: the resource sapio365_app_session.
package appsession

import (
	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// model is the resource as Terraform keeps it, in configuration, plan and state alike.
type model struct {
	DisplayName       types.String   `tfsdk:"display_name"`
	TenantID          types.String   `tfsdk:"tenant_id"`
	Description       types.String   `tfsdk:"description"`
	UniqueName        types.String   `tfsdk:"unique_name"`
	Owners            types.Set      `tfsdk:"owners"`
	PermissionProfile types.String   `tfsdk:"permission_profile"`
	Permissions       types.Map      `tfsdk:"permissions"`
	AdminConsent      types.Bool     `tfsdk:"admin_consent"`
	ClientSecret      types.Object   `tfsdk:"client_secret"`
	Certificate       types.Object   `tfsdk:"certificate"`
	Exchange          types.Object   `tfsdk:"exchange_online_powershell"`
	AssignmentReq     types.Bool     `tfsdk:"assignment_required"`
	VerifySignIn      types.Bool     `tfsdk:"verify_sign_in"`
	Timeouts          timeouts.Value `tfsdk:"timeouts"`

	ID                   types.String `tfsdk:"id"`
	ClientID             types.String `tfsdk:"client_id"`
	ApplicationObjectID  types.String `tfsdk:"application_object_id"`
	ServicePrincipalID   types.String `tfsdk:"service_principal_id"`
	SignInAudience       types.String `tfsdk:"sign_in_audience"`
	Authentication       types.String `tfsdk:"authentication"`
	SecretValue          types.String `tfsdk:"client_secret_value"`
	SecretSealed         types.String `tfsdk:"client_secret_sealed"`
	SecretKeyID          types.String `tfsdk:"client_secret_key_id"`
	SecretExpiresAt      types.String `tfsdk:"client_secret_expires_at"`
	Thumbprint           types.String `tfsdk:"certificate_thumbprint"`
	ThumbprintSHA256     types.String `tfsdk:"certificate_thumbprint_sha256"`
	CertificateExpiresAt types.String `tfsdk:"certificate_expires_at"`
	RotationDueAt        types.String `tfsdk:"rotation_due_at"`
	RotationPending      types.Bool   `tfsdk:"rotation_pending"`
	Retiring             types.List   `tfsdk:"retiring_credentials"`
	ConsentGranted       types.Bool   `tfsdk:"admin_consent_granted"`
	ConsentURL           types.String `tfsdk:"admin_consent_url"`
	MissingConsents      types.Set    `tfsdk:"missing_consents"`
	ExtraConsents        types.Set    `tfsdk:"extra_consents"`
	UnmanagedCredentials types.Int64  `tfsdk:"unmanaged_credentials"`
	ExchangeReady        types.Bool   `tfsdk:"exchange_powershell_ready"`
}

// The values of authentication.
const (
	bySecret      = "client_secret"
	byCertificate = "certificate"
)

// defaultExchangeRole names the role that Exchange Online PowerShell gets when none is chosen.
var defaultExchangeRole = entra.ExchangeRoles[0].Name

// Types of the nested attributes.
var (
	exchangeTypes = map[string]attr.Type{"role": types.StringType}
	secretTypes   = map[string]attr.Type{
		"valid_days": types.Int64Type, "rotate_before_days": types.Int64Type, "overlap_days": types.Int64Type, "sealed_to": types.StringType,
	}
	certificateTypes = map[string]attr.Type{
		"value": types.StringType, "value_wo": types.StringType, "value_wo_password": types.StringType,
		"value_wo_version": types.Int64Type, "overlap_days": types.Int64Type,
	}
)

// text returns an attribute of a nested object, null or unknown as the object itself is.
func text(object types.Object, name string) types.String {
	if object.IsUnknown() {
		return types.StringUnknown()
	}
	if value, ok := object.Attributes()[name].(types.String); ok {
		return value
	}
	return types.StringNull()
}
