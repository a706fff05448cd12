package appsession_test

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/config"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

const asksWhoCalls = "access roles are assigned in it, and Global Administrators are made"

// entitled is what a caller needs besides the access roles.
var entitled = []string{
	"Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All", "Directory.Read.All",
	"RoleManagement.Read.Directory",
}

// administrator makes an identity that is a Global Administrator.
func administrator(t *testing.T, tenant acctest.Emulated) emulator.Identity {
	t.Helper()
	identity := tenant.Caller(t, entitled...)
	tenant.Graph(t, http.MethodPost, "/roleManagement/directory/roleAssignments", map[string]any{
		"principalId": identity.ObjectID, "roleDefinitionId": entra.GlobalAdministrator, "directoryScopeId": "/",
	})
	return identity
}

// example reads a file of the examples.
func example(t *testing.T, path ...string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(append([]string{"..", "..", "examples"}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	return itsProvider.ReplaceAllString(string(content), "")
}

// itsProvider says where an example has the provider from. The test has another one.
var itsProvider = regexp.MustCompile(`(?ms)^terraform \{.*?^\}\n`)

// In a tenant where nobody holds a role, the pipeline is refused before it has written anything; a Global Administrator
// lets it in; then it works.
func TestAccAppSession_bootstrap(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, asksWhoCalls, emulator.TenantOptions{})
	pipeline, admin := tenant.Caller(t, entitled...), administrator(t, tenant)
	asPipeline := tenant.ProviderUnder(entra.Enforce, pipeline) + example(t, "bootstrap", "pipeline", "main.tf")

	tenant.ResetRequests()
	refusal := strings.Join(acctest.Refused(t, resource.TestStep{Config: asPipeline}), "\n")
	for _, part := range []string{pipeline.ObjectID, `"Access App sessions"`, `"General Manager"`, "sapio365_access_role_assignment", "access_enforcement"} {
		if !strings.Contains(refusal, part) {
			t.Errorf("the refusal lacks %s:\n%s", part, refusal)
		}
	}
	for _, request := range tenant.Requests() {
		for _, part := range request.Parts {
			if part.Method != http.MethodGet {
				t.Errorf("%s %s was sent all the same", part.Method, part.Path)
			}
		}
	}

	letIn(t, tenant, resource.TestStep{
		Config:          tenant.ProviderUnder(entra.Enforce, admin) + example(t, "bootstrap", "administrator", "main.tf"),
		ConfigVariables: config.Variables{"pipeline_object_id": config.StringVariable(pipeline.ObjectID)},
	}, resource.TestStep{
		Config: asPipeline, Check: resource.TestCheckResourceAttr("sapio365_app_session.reporting", "admin_consent_granted", "true"),
	})
}

// The quick start is one apply of a Global Administrator, under the rules.
func TestAccAppSession_quickStart(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, asksWhoCalls, emulator.TenantOptions{})
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories, CheckDestroy: tenant.CheckDestroy,
		Steps: []resource.TestStep{{
			Config: tenant.ProviderUnder(entra.Enforce, administrator(t, tenant)) + example(t, "quick-start", "main.tf"),
			Check:  resource.TestCheckResourceAttr("sapio365_app_session.reports", "admin_consent_granted", "true"),
		}},
	})
}

// letIn has an administrator apply the configuration, runs the step of somebody else while that is in place, and takes
// it away again. The two are cases of their own, because the provider under test has one configuration at a time.
func letIn(t *testing.T, tenant acctest.Emulated, administrated, step resource.TestStep) {
	t.Helper()
	administrated.Check = func(*terraform.State) error {
		resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories, Steps: []resource.TestStep{step}})
		return nil
	}
	run(t, tenant.Tenant, administrated)
}

// What the refusal proposes, applied by an administrator, satisfies the rule.
func TestAccAppSession_refusalSaysHow(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, asksWhoCalls, emulator.TenantOptions{})
	p := probe{t, tenant.Tenant}
	pipeline, admin := tenant.Caller(t, entitled...), administrator(t, tenant)
	provider := tenant.ProviderUnder(entra.Enforce, pipeline)
	var said string
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps:                    []resource.TestStep{{Config: provider + p.session(readUsers)}},
		ErrorCheck: func(err error) error {
			said = err.Error()
			return nil
		},
	})
	var proposed strings.Builder
	inside := false
	for line := range strings.Lines(said) {
		line = strings.TrimLeft(line, "│ ")
		switch {
		case strings.HasPrefix(line, `resource "sapio365_access`) && strings.HasSuffix(line, "{\n"):
			inside = true
		case !inside:
			continue
		case line == "}\n":
			inside = false
		}
		proposed.WriteString(line)
	}
	if n := strings.Count(proposed.String(), "resource "); n != 3 {
		t.Fatalf("the refusal proposes %d resources:\n%s", n, said)
	}
	letIn(t, tenant, resource.TestStep{Config: tenant.ProviderUnder(entra.Enforce, admin) + proposed.String()}, resource.TestStep{Config: provider + p.session(readUsers)})
}

// An App session never manages App sessions, whatever it holds.
func TestAccAppSession_asAppSession(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, asksWhoCalls, emulator.TenantOptions{})
	p := probe{t, tenant.Tenant}
	session := administrator(t, tenant)
	tenant.Graph(t, http.MethodPatch, "/applications/"+session.ApplicationObjectID, map[string]any{"tags": []any{entra.TagAppSession}})
	refusal := strings.Join(acctest.Refused(t, resource.TestStep{
		Config: tenant.ProviderUnder(entra.Enforce, session) + p.session(readUsers),
	}), "\n")
	if !strings.Contains(refusal, "Run Terraform as a user") || strings.Contains(refusal, "sapio365_access_role_assignment") {
		t.Errorf("the refusal is\n%s", refusal)
	}
	// It may not be told off by a warning alone, either; but when told to, the provider goes on.
	run(t, p.tenant, resource.TestStep{Config: tenant.ProviderUnder(entra.WarnOfAccess, session) + p.session(readUsers)})
}

// Who may not be asked about cannot be let in.
func TestAccAppSession_undeterminedCaller(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, asksWhoCalls, emulator.TenantOptions{})
	p := probe{t, tenant.Tenant}
	blind := tenant.Caller(t, "User.Read.All")
	refusal := strings.Join(acctest.Refused(t, resource.TestStep{
		Config: tenant.ProviderUnder(entra.Enforce, blind) + p.session(readUsers),
	}), "\n")
	if !strings.Contains(refusal, "could not be determined") || !strings.Contains(refusal, "Application.Read.All") {
		t.Errorf("the refusal is\n%s", refusal)
	}
}
