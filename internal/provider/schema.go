package provider

import (
	"fmt"
	"maps"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/provider/schema"

	"github.com/sapio365/terraform-provider-sapio365/internal/signin"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

func providerSchema() schema.Schema {
	attributes := describer{environment: true}.credential()
	maps.Copy(attributes, describer{environment: true}.beside())
	attributes["tenants"] = schema.MapNestedAttribute{
		Optional: true,
		MarkdownDescription: "Tenants with an identity of their own, by tenant ID (GUID), for example " + tfkit.ExampleCustomerID + ": where a resource names such a tenant, its entry signs in " +
			"instead of the provider's own identity. In an entry the same order of kinds counts, `use_cli` is off by default, and neither the " +
			"provider's arguments nor environment variables stand in for what is missing, apart from those by which a pipeline or AKS hands " +
			"out its OIDC tokens. The provider's own `tenant_id` cannot have an entry. Default: none.",
		NestedObject: schema.NestedAttributeObject{Attributes: describer{}.credential()},
	}
	return schema.Schema{
		MarkdownDescription: "Manages sapio365 App sessions in Microsoft Entra ID: app registrations with exactly the permissions, consent and " +
			"credential that they need.\n\n" +
			"When several kinds of credential are configured, the first of these is used: certificate, client secret, OIDC, AKS workload " +
			"identity, managed identity, Azure CLI. Within one kind the configuration comes before the environment. Nothing signs in until " +
			"Microsoft Graph is needed.",
		Attributes: attributes,
	}
}

// describer makes attributes, with the environment variables that stand in for them or without.
type describer struct{ environment bool }

func (d describer) text(name, description string) schema.StringAttribute {
	return schema.StringAttribute{Optional: true, MarkdownDescription: d.described(name, description)}
}

func (d describer) secret(name, description string) schema.StringAttribute {
	return schema.StringAttribute{Optional: true, Sensitive: true, MarkdownDescription: d.described(name, description)}
}

func (d describer) flag(name, description string) schema.BoolAttribute {
	return schema.BoolAttribute{Optional: true, MarkdownDescription: d.described(name, description)}
}

// credential are the attributes that say who signs in.
func (d describer) credential() map[string]schema.Attribute {
	useCLI := "Whether to sign in as the user of the Azure CLI. Default `true`."
	if !d.environment {
		useCLI = "Whether to sign in as the user of the Azure CLI. Default `false`."
	}
	return map[string]schema.Attribute{
		"client_id": d.text("client_id", "Application (client) ID to sign in as; with `use_msi` that of a user-assigned identity; for "+
			"example "+tfkit.ExampleClientID+". Not needed for the Azure CLI and a system-assigned identity."),
		"client_secret":           d.secret("client_secret", "Client secret of `client_id`, for example `var.client_secret`."),
		"client_secret_file_path": d.text("client_secret_file_path", "File that holds the client secret, for example `/run/secrets/client-secret`."),
		"client_certificate": d.secret("client_certificate", "Certificate of `client_id` with its RSA private key: PEM, or a "+
			"PKCS#12 (PFX) archive in base64, for example `filebase64(\"terraform.pfx\")`."),
		"client_certificate_path": d.text("client_certificate_path", "File that holds the certificate with its private key: PEM or PKCS#12 (PFX), for "+
			"example `/run/secrets/terraform.pfx`."),
		"client_certificate_password": d.secret("client_certificate_password", "Password of the PKCS#12 (PFX) archive, for example `var.pfx_password`."),
		"use_oidc": d.flag("use_oidc", "Whether to sign in with a token of another identity provider (workload identity federation), for "+
			"example in GitHub Actions, GitLab or Azure DevOps. Default `false`."),
		"oidc_token": d.secret("oidc_token", "The OIDC token itself, for example `var.oidc_token`. It expires within minutes; prefer a file or a request URL."),
		"oidc_token_file_path": d.text("oidc_token_file_path", "File that holds the OIDC token, for example "+
			"`/var/run/secrets/oidc/token`; read again at every sign-in."),
		"oidc_request_url": d.text("oidc_request_url", "URL that hands out an OIDC token at every sign-in, for example "+
			"`https://oidc.contoso.com/token`. GitHub Actions and Azure DevOps "+
			"set it by themselves."),
		"oidc_request_token": d.secret("oidc_request_token", "Bearer token for `oidc_request_url`, for example `var.oidc_request_token`."),
		"ado_pipeline_service_connection_id": d.text("ado_pipeline_service_connection_id", "ID of the Azure DevOps service connection whose "+
			"identity signs in, for example `e7a4c0d2-91b6-4f38-8c5e-20d9b7f3a164`."),
		"use_cli": d.flag("use_cli", useCLI),
		"use_msi": d.flag("use_msi", "Whether to sign in with the managed identity of the Azure machine. Default `false`."),
		"use_aks_workload_identity": d.flag("use_aks_workload_identity", "Whether to sign in with the workload identity of the pod in Azure "+
			"Kubernetes Service. Default `false`."),
	}
}

// beside are the attributes of the block that say where it works, and how.
func (d describer) beside() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"tenant_id": d.text("tenant_id", "ID (GUID) of the tenant to work in, unless a resource names another, for example "+
			tfkit.ExampleTenantID+". It has to be given, here or by the environment."),
		"environment": d.text("environment", fmt.Sprintf("The Microsoft cloud, one of `%s`. Default `public`.", strings.Join(signin.CloudNames(), "`, `"))),
		"graph_endpoint": d.text("graph_endpoint", "Microsoft Graph in place of the cloud's own, `https://host` or `https://host:port` "+
			"without a path, for example `https://127.0.0.1:8443` of the emulator."),
		"login_endpoint": d.text("login_endpoint", "Sign-in in place of the cloud's own, of the same form as `graph_endpoint`, for "+
			"example `https://127.0.0.1:8443`."),
		"ca_certificate_path": d.text("ca_certificate_path", "PEM file with further certificate authorities to trust: the emulator's, or that "+
			"of a proxy that inspects TLS, for example `ca.pem`."),
		"access_enforcement": d.text("access_enforcement", "What to do when the identity that Terraform runs as breaks sapio365's access rules, "+
			"judged by the access roles that Microsoft Entra ID keeps (`sapio365_access_roles`). One of `enforce`, `warn`, `off`: `enforce` refuses before anything is written, "+
			"also when it cannot be determined who calls; `warn` writes and warns; `off` looks nothing up. Default `enforce`. See the guide "+
			"on access roles."),
		"permanently_delete": d.flag("permanently_delete", "Whether destroying an App session also purges it, instead of leaving it in the "+
			"tenant's deleted items for 30 days. Default `false`."),
		"recover_soft_deleted": d.flag("recover_soft_deleted", "Whether creating an App session restores a deleted one with the same unique "+
			"name, with its client ID. Default `false`."),
	}
}

// described adds to a description the environment variables that stand in for the attribute.
func (d describer) described(name, description string) string {
	if !d.environment {
		return description
	}
	return fmt.Sprintf("%s Environment: `%s`.", description, strings.Join(environmentVariables[name], "`, `"))
}
