// Package examples_test applies every example of the documentation with the real Terraform CLI.
package examples_test

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/terraform-plugin-testing/config"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/terraformcli"
)

func TestMain(m *testing.M) { acctest.Main(m) }

// directories lists the directories that hold examples to apply. Those of actions take Terraform 1.14: older ones do not
// know their blocks.
func directories(t *testing.T) []string {
	t.Helper()
	var found []string
	patterns := []string{"resources/*", "data-sources/*", "ephemeral-resources/*", "functions/*"}
	if hasActions(t) {
		patterns = append(patterns, "actions/*")
	}
	for _, pattern := range patterns {
		matches, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, matches...)
	}
	if len(found) == 0 {
		t.Fatal("found no examples")
	}
	return found
}

// hasActions tells whether the CLI of the tests knows actions.
func hasActions(t *testing.T) bool {
	t.Helper()
	path := os.Getenv("TF_ACC_TERRAFORM_PATH")
	if path == "" || filepath.Base(path) == "tofu" {
		return false
	}
	found, err := terraformcli.Version(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	return found.Core().GreaterThanOrEqual(version.Must(version.NewVersion("1.14.0")))
}

// Each example applies, plans no change afterwards, and destroys.
func TestAccExamples(t *testing.T) {
	t.Parallel()
	for _, directory := range directories(t) {
		t.Run(directory, func(t *testing.T) {
			t.Parallel()
			tenant := tenantOf(t, directory)
			copied := t.TempDir()
			copyExample(t, directory, copied, tenant.Name())
			certificate, _ := acctest.Certificate(t, 365*24*time.Hour)
			write(t, filepath.Join(copied, "certificate.pem"), []byte(certificate))
			write(t, filepath.Join(copied, "provider.tf"), []byte(required+tenant.Provider()))
			apply(t, tenant, copied, variablesOf(t, directory, tenant))
		})
	}
}

// required is what a configuration has to say to call the provider's functions.
const required = `
terraform {
  required_providers {
    sapio365 = {
      source = "hashicorp/sapio365" # where the test's provider is served
    }
  }
}
`

// tenantOf is the tenant that an example is applied in.
func tenantOf(t *testing.T, directory string) acctest.Tenant {
	t.Helper()
	switch {
	case strings.Contains(directory, "access_role"):
		return acctest.NewEmulated(t, "a tenant has one register of access roles only", emulator.TenantOptions{}).Tenant
	case filepath.Base(directory) == "sapio365_customers":
		return partnerTenant(t)
	case filepath.Base(directory) == "sapio365_app_session_onprem":
		return acctest.NewEmulated(t, "on-premises settings want a hybrid one", emulator.TenantOptions{Hybrid: true}).Tenant
	}
	return acctest.NewTenant(t)
}

// partnerTenant is one with customers, and with an identity that may list them.
func partnerTenant(t *testing.T) acctest.Tenant {
	t.Helper()
	return acctest.NewEmulated(t, "its customers are made up", emulator.TenantOptions{Customers: []emulator.Customer{
		{TenantID: "4fdbff88-9d6b-42e0-9713-45c922ba8001", DisplayName: "Contoso", Domain: "contoso.example", Relationship: "active", Contract: "ResellerPartner"},
		{TenantID: "1c0fa218-5dec-49db-8247-cfa457af8116", DisplayName: "Fabrikam", Relationship: "expired"},
	}}).As(t, "DelegatedAdminRelationship.Read.All", "Directory.Read.All")
}

// variablesOf makes in the tenant what an example takes from elsewhere, and returns the variables by which it does so.
func variablesOf(t *testing.T, directory string, tenant acctest.Tenant) config.Variables {
	t.Helper()
	switch filepath.ToSlash(directory) {
	case "resources/sapio365_access_role_assignment":
		return config.Variables{"helpdesk_group_id": config.StringVariable(tenant.Group(t, "Helpdesk"))}
	case "data-sources/sapio365_access_roles":
		makeRegister(t, tenant)
		return config.Variables{"auditors_group_id": config.StringVariable(tenant.Group(t, "Auditors"))}
	case "ephemeral-resources/sapio365_certificate":
		return config.Variables{"pfx_password": config.StringVariable("correct horse battery staple")}
	}
	return nil
}

// makeRegister makes a register of access roles that is none of the example's.
func makeRegister(t *testing.T, tenant acctest.Tenant) {
	t.Helper()
	var roles []any
	for _, role := range entra.AccessRoles {
		declared := role.AppRole()
		roles = append(roles, map[string]any{
			"id": declared.ID, "value": declared.Value, "displayName": declared.DisplayName, "description": declared.Description,
			"allowedMemberTypes": declared.Members, "isEnabled": declared.Enabled,
		})
	}
	made := tenant.Graph(t, http.MethodPost, "/applications", map[string]any{
		"displayName": "Roles of the tenant", "tags": []any{entra.TagAccessRoles}, "appRoles": roles,
	})
	tenant.Graph(t, http.MethodPost, "/servicePrincipals", map[string]any{"appId": made["appId"], "appRoleAssignmentRequired": true})
}

// The provider's own example takes its arguments from variables; the endpoints of the emulator come from the
// environment, as everything may.
func TestAccProviderExample(t *testing.T) {
	tenant := acctest.NewEmulated(t, "it sets client_secret and the endpoints", emulator.TenantOptions{})
	copied := t.TempDir()
	copyExample(t, "provider", copied, tenant.Name())
	write(t, filepath.Join(copied, "session.tf"), []byte(`
resource "sapio365_app_session" "test" {
  display_name       = "`+tenant.Name()+`"
  permission_profile = "read_only"
}
`))
	t.Setenv("TF_ACC_PROVIDER_NAMESPACE", "sapio365") // the example names its source
	for name, value := range tenant.Environment() {
		t.Setenv(name, value)
	}
	admin := tenant.Admin()
	apply(t, tenant.Tenant, copied, config.Variables{
		"tenant_id":     config.StringVariable(tenant.ID()),
		"client_id":     config.StringVariable(admin.ClientID),
		"client_secret": config.StringVariable(admin.ClientSecret),
	})
}

// apply applies the configuration, sees that nothing is left to do, and destroys.
func apply(t *testing.T, tenant acctest.Tenant, directory string, variables config.Variables) {
	t.Helper()
	c := resource.TestCase{
		CheckDestroy: tenant.CheckDestroy,
		Steps: []resource.TestStep{
			{
				ProtoV6ProviderFactories: acctest.Factories,
				ConfigDirectory:          config.StaticDirectory(directory), ConfigVariables: variables,
			},
			{
				ProtoV6ProviderFactories: acctest.Factories,
				ConfigDirectory:          config.StaticDirectory(directory), ConfigVariables: variables,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{acctest.NothingPlanned()}},
			},
		},
	}
	if opensEphemerals(t, directory) {
		acctest.TestOpening(t, c)
		return
	}
	resource.Test(t, c)
}

// opensEphemerals tells whether a configuration has an ephemeral resource.
func opensEphemerals(t *testing.T, directory string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(directory, "*.tf"))
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(files, func(file string) bool {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(string(content), "\nephemeral \"")
	})
}

// displayName is the beginning of a display name in a configuration.
var displayName = regexp.MustCompile(`(?m)^ *display_name *= "`)

// copyExample copies the configuration, with every display name after the given name.
func copyExample(t *testing.T, from, to, name string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(from, "*.tf"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s has no example: %v", from, err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(to, filepath.Base(file)), displayName.ReplaceAll(content, []byte("${0}"+name+", ")))
	}
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}
