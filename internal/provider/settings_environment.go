package provider

import "strings"

// environmentVariables lists, in order of precedence, the variables that stand
// in for each attribute: this provider's own, then those of HashiCorp's
// azuread provider, then those of the pipeline, then those of Azure's SDKs.
var environmentVariables = map[string][]string{
	"tenant_id":                   {"SAPIO365_TENANT_ID", "ARM_TENANT_ID", "AZURE_TENANT_ID"},
	"client_id":                   {"SAPIO365_CLIENT_ID", "ARM_CLIENT_ID", "AZURE_CLIENT_ID"},
	"client_secret":               {"SAPIO365_CLIENT_SECRET", "ARM_CLIENT_SECRET", "AZURE_CLIENT_SECRET"},
	"client_secret_file_path":     {"SAPIO365_CLIENT_SECRET_FILE_PATH", "ARM_CLIENT_SECRET_FILE_PATH"},
	"client_certificate":          {"SAPIO365_CLIENT_CERTIFICATE", "ARM_CLIENT_CERTIFICATE"},
	"client_certificate_path":     {"SAPIO365_CLIENT_CERTIFICATE_PATH", "ARM_CLIENT_CERTIFICATE_PATH", "AZURE_CLIENT_CERTIFICATE_PATH"},
	"client_certificate_password": {"SAPIO365_CLIENT_CERTIFICATE_PASSWORD", "ARM_CLIENT_CERTIFICATE_PASSWORD", "AZURE_CLIENT_CERTIFICATE_PASSWORD"},
	"use_oidc":                    {"SAPIO365_USE_OIDC", "ARM_USE_OIDC"},
	"oidc_token":                  {"SAPIO365_OIDC_TOKEN", "ARM_OIDC_TOKEN"},
	"oidc_token_file_path":        {"SAPIO365_OIDC_TOKEN_FILE_PATH", "ARM_OIDC_TOKEN_FILE_PATH", federatedTokenFile},
	"oidc_request_url":            {"SAPIO365_OIDC_REQUEST_URL", "ARM_OIDC_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_URL", "SYSTEM_OIDCREQUESTURI"},
	"oidc_request_token":          {"SAPIO365_OIDC_REQUEST_TOKEN", "ARM_OIDC_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "SYSTEM_ACCESSTOKEN"},
	"ado_pipeline_service_connection_id": {"SAPIO365_ADO_PIPELINE_SERVICE_CONNECTION_ID", "ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID",
		"ARM_OIDC_AZURE_SERVICE_CONNECTION_ID"},
	"use_cli":                   {"SAPIO365_USE_CLI", "ARM_USE_CLI"},
	"use_msi":                   {"SAPIO365_USE_MSI", "ARM_USE_MSI"},
	"use_aks_workload_identity": {"SAPIO365_USE_AKS_WORKLOAD_IDENTITY", "ARM_USE_AKS_WORKLOAD_IDENTITY"},
	"environment":               {"SAPIO365_ENVIRONMENT", "ARM_ENVIRONMENT"},
	"graph_endpoint":            {"SAPIO365_GRAPH_ENDPOINT"},
	"login_endpoint":            {"SAPIO365_LOGIN_ENDPOINT"},
	"ca_certificate_path":       {"SAPIO365_CA_CERTIFICATE_PATH"},
	"access_enforcement":        {"SAPIO365_ACCESS_ENFORCEMENT"},
	"permanently_delete":        {"SAPIO365_PERMANENTLY_DELETE"},
	"recover_soft_deleted":      {"SAPIO365_RECOVER_SOFT_DELETED"},
}

// federatedTokenFile is set by AKS in pods with a workload identity.
const federatedTokenFile = "AZURE_FEDERATED_TOKEN_FILE"

// generation orders sources of different attributes of one kind of
// credential: the configuration first, then the environment as above.
type generation int

const (
	fromConfiguration generation = iota
	fromOwnVariable
	fromAzureADVariable
	fromPipelineVariable
	fromAzureVariable
)

func generationOf(variable string) generation {
	switch prefix, _, _ := strings.Cut(variable, "_"); prefix {
	case "SAPIO365":
		return fromOwnVariable
	case "ARM":
		return fromAzureADVariable
	case "AZURE":
		return fromAzureVariable
	default:
		return fromPipelineVariable
	}
}

// pipelineVariables of the kind of pipeline that is not this one mean nothing.
func pipelineVariables(variables []string, azureDevOps bool) []string {
	var relevant []string
	for _, variable := range variables {
		foreign := strings.HasPrefix(variable, "SYSTEM_") && !azureDevOps || strings.HasPrefix(variable, "ACTIONS_") && azureDevOps
		if !foreign {
			relevant = append(relevant, variable)
		}
	}
	return relevant
}

// azureADClouds are the names that the azuread provider has for our clouds.
var azureADClouds = map[string]string{
	"global":         "public",
	"usgovernmentl4": "usgovernment",
	"usgovernmentl5": "dod",
}
