package provider

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/sapio365/terraform-provider-sapio365/internal/signin"
)

const (
	tenantID = "11111111-1111-4111-8111-111111111111"
	clientID = "22222222-2222-4222-8222-222222222222"
)

type variables map[string]string

func (v variables) get(name string) string { return v[name] }

type files map[string]string

func (f files) read(path string) ([]byte, error) {
	content, ok := f[path]
	if !ok {
		return nil, errors.New("no such file")
	}
	return []byte(content), nil
}

// signedIn is a complete environment, in the lowest generation.
func signedIn(more variables) variables {
	all := variables{"AZURE_TENANT_ID": tenantID, "AZURE_CLIENT_ID": clientID}
	for name, value := range more {
		all[name] = value
	}
	return all
}

func noFiles(path string) ([]byte, error) { return nil, fmt.Errorf("unexpected read of %s", path) }

// attributeCase knows a valid value of an attribute and how to configure it.
type attributeCase struct {
	value     func(rank int) string
	configure func(cfg *Configuration, value string)
	// observed is what came out; nil where Sources alone tells.
	observed func(Settings) string
	// beside is what else must be set for the attribute to be in use.
	beside variables
}

func guidOf(rank int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", rank) }

func alternating(rank int) string { return fmt.Sprint(rank%2 == 0) }

func wordOf(rank int) string { return fmt.Sprintf("value-%d", rank) }

func pointer[T any](v T) *T { return &v }

var attributeCases = map[string]attributeCase{
	"tenant_id":               {value: guidOf, configure: func(c *Configuration, v string) { c.TenantID = &v }, observed: func(s Settings) string { return s.TenantID }},
	"client_id":               {value: guidOf, configure: func(c *Configuration, v string) { c.ClientID = &v }, observed: func(s Settings) string { return s.ClientID }},
	"client_secret":           {value: wordOf, configure: func(c *Configuration, v string) { c.ClientSecret = &v }},
	"client_secret_file_path": {value: wordOf, configure: func(c *Configuration, v string) { c.ClientSecretFilePath = &v }},
	"client_certificate":      {value: func(int) string { return keyPairPEM() }, configure: func(c *Configuration, v string) { c.ClientCertificate = &v }},
	"client_certificate_path": {value: wordOf, configure: func(c *Configuration, v string) { c.ClientCertificatePath = &v }},
	"client_certificate_password": {value: wordOf, configure: func(c *Configuration, v string) { c.ClientCertificatePassword = &v },
		beside: variables{"ARM_CLIENT_CERTIFICATE_PATH": "value-0"}},
	"use_oidc": {value: alternating, configure: func(c *Configuration, v string) { c.UseOIDC = pointer(v == "true") },
		observed: func(s Settings) string { return fmt.Sprint(s.Credential.Kind() == signin.KindOIDC) }, beside: variables{"ARM_OIDC_TOKEN": "token"}},
	"oidc_token":           {value: wordOf, configure: func(c *Configuration, v string) { c.OIDCToken = &v }, beside: variables{"ARM_USE_OIDC": "true"}},
	"oidc_token_file_path": {value: wordOf, configure: func(c *Configuration, v string) { c.OIDCTokenFilePath = &v }, beside: variables{"ARM_USE_OIDC": "true"}},
	"ado_pipeline_service_connection_id": {value: wordOf, configure: func(c *Configuration, v string) { c.ADOPipelineServiceConnectionID = &v },
		beside: variables{"ARM_USE_OIDC": "true", "SYSTEM_OIDCREQUESTURI": "https://ci.example", "SYSTEM_ACCESSTOKEN": "token"}},
	"oidc_request_url": {value: wordOf, configure: func(c *Configuration, v string) { c.OIDCRequestURL = &v },
		beside: variables{"ARM_USE_OIDC": "true", "ARM_OIDC_REQUEST_TOKEN": "token"}},
	"oidc_request_token": {value: wordOf, configure: func(c *Configuration, v string) { c.OIDCRequestToken = &v },
		beside: variables{"ARM_USE_OIDC": "true", "ARM_OIDC_REQUEST_URL": "https://ci.example"}},
	"use_cli": {value: alternating, configure: func(c *Configuration, v string) { c.UseCLI = pointer(v == "true") },
		observed: func(s Settings) string { return fmt.Sprint(s.Credential != nil) }},
	"use_msi": {value: alternating, configure: func(c *Configuration, v string) { c.UseMSI = pointer(v == "true") },
		observed: func(s Settings) string { return fmt.Sprint(s.Credential.Kind() == signin.KindManagedIdentity) }},
	"use_aks_workload_identity": {value: alternating, configure: func(c *Configuration, v string) { c.UseAKSWorkloadIdentity = pointer(v == "true") },
		observed: func(s Settings) string { return fmt.Sprint(s.Credential.Kind() == signin.KindAKSWorkloadIdentity) },
		beside:   variables{federatedTokenFile: "token"}},
	"environment": {value: func(rank int) string { return signin.CloudNames()[rank] }, configure: func(c *Configuration, v string) { c.Environment = &v },
		observed: func(s Settings) string { return s.Cloud.Name }},
	"graph_endpoint": {value: endpointOf, configure: func(c *Configuration, v string) { c.GraphEndpoint = &v },
		observed: func(s Settings) string { return s.Cloud.GraphEndpoint }},
	"login_endpoint": {value: endpointOf, configure: func(c *Configuration, v string) { c.LoginEndpoint = &v },
		observed: func(s Settings) string { return s.Cloud.LoginEndpoint }},
	"ca_certificate_path": {value: wordOf, configure: func(c *Configuration, v string) { c.CACertificatePath = &v },
		observed: func(s Settings) string { return wordOf(len(s.CACertificates) - 1) }},
	"access_enforcement": {value: func(int) string { return "off" }, configure: func(c *Configuration, v string) { c.AccessEnforcement = &v }},
	"permanently_delete": {value: alternating, configure: func(c *Configuration, v string) { c.PermanentlyDelete = pointer(v == "true") },
		observed: func(s Settings) string { return fmt.Sprint(s.PermanentlyDelete) }},
	"recover_soft_deleted": {value: alternating, configure: func(c *Configuration, v string) { c.RecoverSoftDeleted = pointer(v == "true") },
		observed: func(s Settings) string { return fmt.Sprint(s.RecoverSoftDeleted) }},
}

func endpointOf(rank int) string { return fmt.Sprintf("https://host-%d.example:8443", rank) }

// TestPrecedence sets every attribute in every combination of its sources; the
// first source in order must win and must be named.
func TestPrecedence(t *testing.T) {
	t.Parallel()
	for attribute, names := range environmentVariables {
		test, ok := attributeCases[attribute]
		if !ok {
			t.Errorf("%s has no case", attribute)
			continue
		}
		t.Run(attribute, func(t *testing.T) {
			t.Parallel()
			if attribute == "oidc_request_url" || attribute == "oidc_request_token" {
				names = pipelineVariables(names, false)
			}
			sources := append([]string{sourceConfiguration}, names...)
			for chosen := 1; chosen < 1<<len(sources); chosen++ {
				checkPrecedence(t, attribute, test, sources, chosen)
			}
		})
	}
}

func checkPrecedence(t *testing.T, attribute string, test attributeCase, sources []string, chosen int) {
	t.Helper()
	cfg, environment := Configuration{}, variables{}
	if attribute != "tenant_id" {
		cfg.TenantID = pointer(tenantID)
	}
	if attribute != "client_id" {
		cfg.ClientID = pointer(clientID)
	}
	for name, value := range test.beside {
		environment[name] = value
	}
	winner := -1
	for rank, source := range sources {
		if chosen&(1<<rank) == 0 {
			continue
		}
		if winner < 0 {
			winner = rank
		}
		if source == sourceConfiguration {
			test.configure(&cfg, test.value(rank))
		} else {
			environment[source] = test.value(rank)
		}
	}
	content := files{}
	for rank := range sources {
		content[wordOf(rank)] = keyPairPEM()
		if attribute == "ca_certificate_path" {
			content[wordOf(rank)] = strings.Repeat(certificatePEM(), rank+1) // their number tells the files apart
		}
	}
	settings, problems := ResolveSettings(cfg, environment.get, content.read)
	if attribute == "use_cli" && test.value(winner) == "false" {
		if len(problems) != 1 || problems[0].Summary != "Missing credentials" {
			t.Errorf("sources %b: %v, want missing credentials", chosen, problems)
		}
	} else if len(problems) > 0 {
		t.Errorf("sources %b: %v", chosen, problems)
		return
	}
	if got := settings.Sources[attribute]; got != sources[winner] {
		t.Errorf("sources %b: %q won, want %q", chosen, got, sources[winner])
	}
	if test.observed == nil {
		return
	}
	if got, want := test.observed(settings), test.value(winner); got != want {
		t.Errorf("sources %b: got %q, want %q", chosen, got, want)
	}
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	settings, problems := ResolveSettings(Configuration{}, variables{"SAPIO365_TENANT_ID": " " + strings.ToUpper(tenantID)}.get, noFiles)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	public, _ := signin.LookupCloud("public")
	if settings.TenantID != tenantID || settings.ClientID != "" || settings.Cloud != public ||
		settings.PermanentlyDelete || settings.RecoverSoftDeleted || settings.CACertificates != nil {
		t.Errorf("got %+v", settings)
	}
	if settings.Credential.Kind() != signin.KindAzureCLI || settings.Credential.Source() != "use_cli (default)" {
		t.Errorf("credential %s from %s", settings.Credential.Kind(), settings.Credential.Source())
	}
	for attribute, want := range map[string]string{"tenant_id": "SAPIO365_TENANT_ID", "environment": "default", "use_cli": "default", "access_enforcement": "default"} {
		if got := settings.Sources[attribute]; got != want {
			t.Errorf("%s from %q, want %q", attribute, got, want)
		}
	}
}

func TestEmptyStringsAreNotSet(t *testing.T) {
	t.Parallel()
	empty := pointer("")
	settings, problems := ResolveSettings(Configuration{TenantID: empty, ClientID: empty, ClientSecret: empty, ClientSecretFilePath: empty, ClientCertificate: empty, Environment: empty},
		signedIn(variables{"ARM_CLIENT_SECRET": "secret", "SAPIO365_CLIENT_SECRET": ""}).get, noFiles)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if settings.Credential.Source() != "ARM_CLIENT_SECRET" || settings.Sources["tenant_id"] != "AZURE_TENANT_ID" {
		t.Errorf("got %+v", settings.Sources)
	}
}

func TestCloudNamesOfAzureADComeFromItsVariableOnly(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{"global": "public", "PUBLIC": "public", "usgovernmentl4": "usgovernment", "usgovernmentl5": "dod", "dod": "dod", "China": "china"} {
		settings, problems := ResolveSettings(Configuration{}, signedIn(variables{"ARM_ENVIRONMENT": given}).get, noFiles)
		if len(problems) > 0 || settings.Cloud.Name != want {
			t.Errorf("ARM_ENVIRONMENT=%s: %q, %v", given, settings.Cloud.Name, problems)
		}
		_, problems = ResolveSettings(Configuration{Environment: &given}, signedIn(nil).get, noFiles)
		if refused := len(problems) > 0; refused == (given == "dod") {
			t.Errorf("environment = %q: %v", given, problems)
		}
	}
}

func TestEndpointsReplaceThoseOfTheCloud(t *testing.T) {
	t.Parallel()
	cfg := Configuration{Environment: pointer("china"), LoginEndpoint: pointer("https://127.0.0.1:8443/")}
	settings, problems := ResolveSettings(cfg, signedIn(nil).get, noFiles)
	china, _ := signin.LookupCloud("china")
	china.LoginEndpoint = "https://127.0.0.1:8443"
	if len(problems) > 0 || settings.Cloud != china {
		t.Errorf("got %+v, %v", settings.Cloud, problems)
	}
}
