package tfkit

import (
	"strings"
	"testing"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// A refusal shows who calls, the rule, and the configuration that would satisfy it.
func TestAccessDenied(t *testing.T) {
	t.Parallel()
	const tenant, caller, register = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222", "33333333-3333-4333-8333-333333333333"
	pipeline := entra.Caller{TenantID: tenant, ObjectID: caller, Name: "Pipeline"}
	known := pipeline
	known.AccessRolesID = register
	known.AccessRoles = map[string]string{"General Manager": `by the group "Operators"`}
	session := pipeline
	session.AppSession = true
	for name, c := range map[string]struct {
		rule   entra.AccessRule
		caller entra.Caller
		says   []string
		not    []string
	}{
		"without a register": {entra.ManageSessions, pipeline, []string{
			`The service principal "Pipeline" (object ID ` + caller + `) may not create, change or delete App sessions`,
			"Nothing was written.", "The caller holds in tenant " + tenant + ": nothing of that kind.",
			`resource "sapio365_access_roles" "this" {`,
			`resource "sapio365_access_role_assignment" "access_app_sessions" {`, `role            = "Access App sessions"`,
			`role            = "General Manager"`, `principal_id    = "` + caller + `"`,
			"access_roles_id = sapio365_access_roles.this.client_id", `access_enforcement = "warn"`,
		}, nil},
		"with a register": {entra.ManageSessions, known, []string{
			`General Manager (by the group "Operators")`, `access_roles_id = "` + register + `"`, `role            = "Access App sessions"`,
		}, []string{`resource "sapio365_access_roles"`, `role            = "General Manager"`}},
		"an App session": {entra.ManageSessions, session, []string{
			"is an App session, and may not", "Run Terraform as a user",
		}, []string{"resource \""}},
		"assigning": {entra.AssignRoles, pipeline, []string{
			"may not manage access roles", "is a Global Administrator or holds", `role            = "General Manager"`,
		}, []string{`role            = "Access App sessions"`}},
	} {
		failure := Failure{Summary: "Could not", TenantID: tenant, Err: c.rule.Check(c.caller)}
		diags := failure.Diagnostics()
		if len(diags) != 1 {
			t.Fatalf("%s: %d diagnostics", name, len(diags))
		}
		text := diags[0].Detail()
		for _, part := range c.says {
			if !strings.Contains(text, part) {
				t.Errorf("%s lacks %q:\n%s", name, part, text)
			}
		}
		for _, part := range c.not {
			if strings.Contains(text, part) {
				t.Errorf("%s holds %q:\n%s", name, part, text)
			}
		}
	}
}
