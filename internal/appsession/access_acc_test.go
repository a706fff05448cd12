package appsession_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

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
	return string(content)
}

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

	module := func(name string, lines ...string) string {
		path, err := filepath.Abs(filepath.Join("..", "..", "examples", "bootstrap", name))
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("module %q {\n  source = %q\n%s\n}\n", name, path, strings.Join(lines, "\n"))
	}
	administrated := tenant.ProviderUnder(entra.Enforce, pipeline) + aliased(tenant.ProviderUnder(entra.Enforce, admin)) +
		module("administrator", "providers = { sapio365 = sapio365.administrator }", fmt.Sprintf("pipeline_object_id = %q", pipeline.ObjectID))
	run(t, tenant.Tenant,
		resource.TestStep{Config: administrated},
		resource.TestStep{
			Config: administrated + module("pipeline"),
			Check:  resource.TestCheckResourceAttr("module.pipeline.sapio365_app_session.reporting", "admin_consent_granted", "true"),
		},
		resource.TestStep{Config: administrated}, // the pipeline deletes its session while it still may
	)
}

// aliased gives a provider block the name administrator.
func aliased(block string) string {
	return strings.Replace(block, "{\n", "{\n  alias = \"administrator\"\n", 1)
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
			line += "provider = sapio365.administrator\n"
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
	administrated := provider + aliased(tenant.ProviderUnder(entra.Enforce, admin)) + proposed.String()
	run(t, p.tenant,
		resource.TestStep{Config: administrated + p.session(readUsers,
			"depends_on = [sapio365_access_role_assignment.access_app_sessions, sapio365_access_role_assignment.general_manager]")},
	)
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
	blind := tenant.Caller(t, "Application.ReadWrite.OwnedBy")
	refusal := strings.Join(acctest.Refused(t, resource.TestStep{
		Config: tenant.ProviderUnder(entra.Enforce, blind) + p.session(readUsers),
	}), "\n")
	if !strings.Contains(refusal, "GroupMember.Read.All") {
		t.Errorf("the refusal is\n%s", refusal)
	}
}
