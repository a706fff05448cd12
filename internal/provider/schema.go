package provider

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/signin"
)

// providerModel is the provider block as Terraform hands it over.
type providerModel struct {
	TenantID                       types.String `tfsdk:"tenant_id"`
	ClientID                       types.String `tfsdk:"client_id"`
	ClientSecret                   types.String `tfsdk:"client_secret"`
	ClientSecretFilePath           types.String `tfsdk:"client_secret_file_path"`
	ClientCertificate              types.String `tfsdk:"client_certificate"`
	ClientCertificatePath          types.String `tfsdk:"client_certificate_path"`
	ClientCertificatePassword      types.String `tfsdk:"client_certificate_password"`
	UseOIDC                        types.Bool   `tfsdk:"use_oidc"`
	OIDCToken                      types.String `tfsdk:"oidc_token"`
	OIDCTokenFilePath              types.String `tfsdk:"oidc_token_file_path"`
	OIDCRequestURL                 types.String `tfsdk:"oidc_request_url"`
	OIDCRequestToken               types.String `tfsdk:"oidc_request_token"`
	ADOPipelineServiceConnectionID types.String `tfsdk:"ado_pipeline_service_connection_id"`
	UseCLI                         types.Bool   `tfsdk:"use_cli"`
	UseMSI                         types.Bool   `tfsdk:"use_msi"`
	UseAKSWorkloadIdentity         types.Bool   `tfsdk:"use_aks_workload_identity"`
	Environment                    types.String `tfsdk:"environment"`
	GraphEndpoint                  types.String `tfsdk:"graph_endpoint"`
	LoginEndpoint                  types.String `tfsdk:"login_endpoint"`
	CACertificatePath              types.String `tfsdk:"ca_certificate_path"`
	AccessEnforcement              types.String `tfsdk:"access_enforcement"`
	PermanentlyDelete              types.Bool   `tfsdk:"permanently_delete"`
	RecoverSoftDeleted             types.Bool   `tfsdk:"recover_soft_deleted"`
}

// configuration is the block in plain values, and the names of the attributes whose values are not known yet.
func (m providerModel) configuration() (cfg Configuration, unknown []string) {
	text := func(name string, value types.String) *string {
		if value.IsUnknown() {
			unknown = append(unknown, name)
			return nil
		}
		return value.ValueStringPointer()
	}
	flag := func(name string, value types.Bool) *bool {
		if value.IsUnknown() {
			unknown = append(unknown, name)
			return nil
		}
		return value.ValueBoolPointer()
	}
	cfg = Configuration{
		TenantID:                       text("tenant_id", m.TenantID),
		ClientID:                       text("client_id", m.ClientID),
		ClientSecret:                   text("client_secret", m.ClientSecret),
		ClientSecretFilePath:           text("client_secret_file_path", m.ClientSecretFilePath),
		ClientCertificate:              text("client_certificate", m.ClientCertificate),
		ClientCertificatePath:          text("client_certificate_path", m.ClientCertificatePath),
		ClientCertificatePassword:      text("client_certificate_password", m.ClientCertificatePassword),
		UseOIDC:                        flag("use_oidc", m.UseOIDC),
		OIDCToken:                      text("oidc_token", m.OIDCToken),
		OIDCTokenFilePath:              text("oidc_token_file_path", m.OIDCTokenFilePath),
		OIDCRequestURL:                 text("oidc_request_url", m.OIDCRequestURL),
		OIDCRequestToken:               text("oidc_request_token", m.OIDCRequestToken),
		ADOPipelineServiceConnectionID: text("ado_pipeline_service_connection_id", m.ADOPipelineServiceConnectionID),
		UseCLI:                         flag("use_cli", m.UseCLI),
		UseMSI:                         flag("use_msi", m.UseMSI),
		UseAKSWorkloadIdentity:         flag("use_aks_workload_identity", m.UseAKSWorkloadIdentity),
		Environment:                    text("environment", m.Environment),
		GraphEndpoint:                  text("graph_endpoint", m.GraphEndpoint),
		LoginEndpoint:                  text("login_endpoint", m.LoginEndpoint),
		CACertificatePath:              text("ca_certificate_path", m.CACertificatePath),
		AccessEnforcement:              text("access_enforcement", m.AccessEnforcement),
		PermanentlyDelete:              flag("permanently_delete", m.PermanentlyDelete),
		RecoverSoftDeleted:             flag("recover_soft_deleted", m.RecoverSoftDeleted),
	}
	return cfg, unknown
}

func providerSchema() schema.Schema {
	text := func(name, description string) schema.StringAttribute {
		return schema.StringAttribute{Optional: true, MarkdownDescription: described(name, description)}
	}
	secret := func(name, description string) schema.StringAttribute {
		return schema.StringAttribute{Optional: true, Sensitive: true, MarkdownDescription: described(name, description)}
	}
	flag := func(name, description string) schema.BoolAttribute {
		return schema.BoolAttribute{Optional: true, MarkdownDescription: described(name, description)}
	}
	return schema.Schema{
		MarkdownDescription: "Manages sapio365 App sessions in Microsoft Entra ID: app registrations with exactly the permissions, consent and " +
			"credential that they need.\n\n" +
			"When several kinds of credential are configured, the first of these is used: certificate, client secret, OIDC, AKS workload " +
			"identity, managed identity, Azure CLI. Within one kind the configuration comes before the environment. Nothing signs in until " +
			"Microsoft Graph is needed.",
		Attributes: map[string]schema.Attribute{
			"tenant_id": text("tenant_id", "ID (GUID) of the tenant to work in, unless a resource names another."),
			"client_id": text("client_id", "Application (client) ID to sign in as; with `use_msi` that of a user-assigned identity. "+
				"Not needed for the Azure CLI and a system-assigned identity."),
			"client_secret":           secret("client_secret", "Client secret of `client_id`."),
			"client_secret_file_path": text("client_secret_file_path", "File that holds the client secret."),
			"client_certificate": secret("client_certificate", "Certificate of `client_id` with its RSA private key: PEM, or a "+
				"PKCS#12 (PFX) archive in base64."),
			"client_certificate_path":     text("client_certificate_path", "File that holds the certificate with its private key: PEM or PKCS#12 (PFX)."),
			"client_certificate_password": secret("client_certificate_password", "Password of the PKCS#12 (PFX) archive."),
			"use_oidc": flag("use_oidc", "Whether to sign in with a token of another identity provider (workload identity federation), for "+
				"example in GitHub Actions, GitLab or Azure DevOps. Default `false`."),
			"oidc_token":           secret("oidc_token", "The OIDC token itself. It expires within minutes; prefer a file or a request URL."),
			"oidc_token_file_path": text("oidc_token_file_path", "File that holds the OIDC token; read again at every sign-in."),
			"oidc_request_url": text("oidc_request_url", "URL that hands out an OIDC token at every sign-in. GitHub Actions and Azure DevOps "+
				"set it by themselves."),
			"oidc_request_token": secret("oidc_request_token", "Bearer token for `oidc_request_url`."),
			"ado_pipeline_service_connection_id": text("ado_pipeline_service_connection_id", "ID of the Azure DevOps service connection whose "+
				"identity signs in."),
			"use_cli": flag("use_cli", "Whether to sign in as the user of the Azure CLI. Default `true`."),
			"use_msi": flag("use_msi", "Whether to sign in with the managed identity of the Azure machine. Default `false`."),
			"use_aks_workload_identity": flag("use_aks_workload_identity", "Whether to sign in with the workload identity of the pod in Azure "+
				"Kubernetes Service. Default `false`."),
			"environment": text("environment", fmt.Sprintf("The Microsoft cloud: `%s`. Default `public`.", strings.Join(signin.CloudNames(), "`, `"))),
			"graph_endpoint": text("graph_endpoint", "Microsoft Graph in place of the cloud's own, `https://host` or `https://host:port` "+
				"without a path, for example that of the emulator."),
			"login_endpoint": text("login_endpoint", "Sign-in in place of the cloud's own, of the same form as `graph_endpoint`."),
			"ca_certificate_path": text("ca_certificate_path", "PEM file with further certificate authorities to trust: the emulator's, or that "+
				"of a proxy that inspects TLS."),
			"access_enforcement": text("access_enforcement", "What to do when the identity that Terraform runs as breaks sapio365's access rules, "+
				"judged by the access roles that Microsoft Entra ID keeps (`sapio365_access_roles`): `enforce` refuses before anything is written, "+
				"also when it cannot be determined who calls; `warn` writes and warns; `off` looks nothing up. Default `enforce`. See the guide "+
				"on access roles."),
			"permanently_delete": flag("permanently_delete", "Whether destroying an App session also purges it, instead of leaving it in the "+
				"tenant's deleted items for 30 days. Default `false`."),
			"recover_soft_deleted": flag("recover_soft_deleted", "Whether creating an App session restores a deleted one with the same unique "+
				"name, with its client ID. Default `false`."),
		},
	}
}

// described adds to a description the environment variables that stand in for the attribute.
func described(name, description string) string {
	return fmt.Sprintf("%s Environment: `%s`.", description, strings.Join(environmentVariables[name], "`, `"))
}
