package accessrole_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/conditions"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// holds checks who holds which roles of the register, each as "role: principal".
func (s scene) holds(want ...string) resource.TestCheckFunc {
	return with(rolesAddress, func(found map[string]string) error {
		got := []string{}
		for _, assignment := range s.assigned(found["client_id"]) {
			name := fmt.Sprint(assignment["appRoleId"])
			for _, role := range entra.AccessRoles {
				if role.ID == name {
					name = role.Name
				}
			}
			got = append(got, fmt.Sprintf("%s: %v", name, assignment["principalId"]))
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			return fmt.Errorf("assigned is %q, want %q", got, want)
		}
		return nil
	})
}

// A user, a group, and the service principal of a session that is made in the same apply.
func TestAccAccessRoleAssignment(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	user, group := s.User(t, "Nadia"), s.Group(t, "Helpdesk")
	session := fmt.Sprintf("resource \"sapio365_app_session\" \"pipeline\" {\n  display_name = %q\n"+
		"  permission_profile = \"read_only\"\n  admin_consent = false\n}\n", s.Name())
	pipeline := strings.Replace(holder("pipeline", "General Manager", "X"), `"X"`, "sapio365_app_session.pipeline.service_principal_id", 1)
	config := s.Provider() + roles() + session + pipeline +
		holder("test", "Access App sessions", strings.ToUpper(user)) + holder("group", "Can elevate a session", group)
	var id, principal same
	importID := func(tenant string) resource.ImportStateIdFunc {
		return func(state *terraform.State) (string, error) {
			return tenant + state.RootModule().Resources[rolesAddress].Primary.ID + "/" + user + "/Access App sessions", nil
		}
	}
	s.run(
		resource.TestStep{Config: config, Check: resource.ComposeAggregateTestCheckFunc(
			id.remember(assignmentAddress, "id"),
			principal.remember("sapio365_app_session.pipeline", "service_principal_id"),
			func(state *terraform.State) error {
				return s.holds("Access App sessions: "+user, "Can elevate a session: "+group, "General Manager: "+principal.value)(state)
			},
			resource.TestCheckResourceAttr(assignmentAddress, "principal_type", "User"),
			resource.TestCheckResourceAttr(assignmentAddress, "principal_display_name", s.Name()+" Nadia"),
			resource.TestCheckResourceAttr(assignmentAddress, "tenant_id", s.ID()),
			resource.TestCheckResourceAttr("sapio365_access_role_assignment.group", "principal_type", "Group"),
			resource.TestCheckResourceAttr("sapio365_access_role_assignment.pipeline", "principal_type", "ServicePrincipal"),
		)},
		resource.TestStep{ // the same ids, spelled otherwise
			Config:           strings.Replace(config, strings.ToUpper(user), user, 1),
			ConfigPlanChecks: emptyPlan,
		},
		resource.TestStep{
			Config: config, ResourceName: assignmentAddress, ImportState: true, ImportStateVerify: true,
			ImportStateVerifyIgnore: []string{"principal_id"}, // spelled otherwise
			ImportStateIdFunc:       importID(""),
		},
		resource.TestStep{
			Config: config, ResourceName: assignmentAddress, ImportState: true, ImportStateVerify: true,
			ImportStateVerifyIgnore: []string{"principal_id"}, ImportStateIdFunc: importID(s.ID() + "/"),
		},
		resource.TestStep{
			Config:           strings.Replace(config, `"Access App sessions"`, `"Comments Manager"`, 1),
			ConfigPlanChecks: planned(assignmentAddress, plancheck.ResourceActionReplace),
			Check: func(state *terraform.State) error {
				return s.holds("Comments Manager: "+user, "Can elevate a session: "+group, "General Manager: "+principal.value)(state)
			},
		},
		resource.TestStep{
			Config: s.Provider() + roles() + session + pipeline,
			Check: func(state *terraform.State) error {
				return s.holds("General Manager: " + principal.value)(state)
			},
		},
	)
}

// What is assigned already is adopted, what somebody has withdrawn comes back, and what somebody has assigned stays.
func TestAccAccessRoleAssignment_drift(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	nadia, omar := s.User(t, "Nadia"), s.User(t, "Omar")
	manager, _ := entra.AccessRoleByName("General Manager")
	var principal same
	assign := func(user string) {
		s.Graph(t, http.MethodPost, "/servicePrincipals/"+principal.value+"/appRoleAssignedTo", map[string]any{
			"principalId": user, "resourceId": principal.value, "appRoleId": manager.ID,
		})
	}
	config := s.Provider() + roles() + holder("test", "General Manager", nadia)
	s.run(
		resource.TestStep{Config: s.Provider() + roles(), Check: principal.remember(rolesAddress, "service_principal_id")},
		resource.TestStep{
			PreConfig: func() { assign(nadia); assign(omar) },
			Config:    config,
			Check:     s.holds("General Manager: "+nadia, "General Manager: "+omar),
		},
		resource.TestStep{Config: config, ConfigPlanChecks: emptyPlan},
		resource.TestStep{
			PreConfig: func() {
				for _, assignment := range s.List(t, "/servicePrincipals/"+principal.value+"/appRoleAssignedTo") {
					s.Graph(t, http.MethodDelete, fmt.Sprintf("/servicePrincipals/%s/appRoleAssignedTo/%v", principal.value, assignment["id"]), nil)
				}
				assign(omar)
			},
			Config:           config,
			ConfigPlanChecks: planned(assignmentAddress, plancheck.ResourceActionCreate),
			Check:            s.holds("General Manager: "+nadia, "General Manager: "+omar),
		},
		resource.TestStep{ // the service principal goes and comes back without its assignments
			PreConfig:        func() { s.Graph(t, http.MethodDelete, "/servicePrincipals/"+principal.value, nil) },
			Config:           config,
			ConfigPlanChecks: planned(assignmentAddress, plancheck.ResourceActionCreate),
			Check:            s.holds("General Manager: " + nadia),
		},
		resource.TestStep{Config: config, ConfigPlanChecks: emptyPlan},
	)
}

// What is known to be no register, or nobody who can hold a role, is refused: in the plan where it is known by then. One
// faulty assignment does not keep the others from being made.
func TestAccAccessRoleAssignment_refused(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	nadia := s.User(t, "Nadia")
	withID := func(id string) string {
		return block(`resource "sapio365_access_role_assignment" "test"`, []string{
			fmt.Sprintf("access_roles_id = %q", id), `role = "General Manager"`, fmt.Sprintf("principal_id = %q", nadia),
		})
	}
	const noPrincipal = `(?s)principal_id: \S+ is the object ID\s+of an\s+app\s+registration.*enterprise\s+application`
	later := strings.Replace(holder("test", "General Manager", "X"), `"X"`, "sapio365_access_roles.test.application_object_id", 1)
	s.run(
		resource.TestStep{
			Config:      s.Provider() + roles() + holder("test", "General Manager", s.Admin().ApplicationObjectID),
			PlanOnly:    true,
			ExpectError: regexp.MustCompile(noPrincipal),
		},
		resource.TestStep{
			Config:      s.Provider() + withID(anyID),
			PlanOnly:    true,
			ExpectError: regexp.MustCompile(`(?s)Not a register of access roles.*access_roles_id: no registration has the client ID\s+` + anyID),
		},
		resource.TestStep{
			Config:      s.Provider() + roles() + later + holder("nadia", "General Manager", nadia),
			ExpectError: regexp.MustCompile(noPrincipal),
		},
		resource.TestStep{
			PreConfig: func() {
				if held := s.assigned(fmt.Sprint(s.registers()[0]["appId"])); len(held) != 1 {
					t.Errorf("%d assignments, want the good one", len(held))
				}
			},
			Config:      s.Provider() + roles() + withID(s.Admin().ClientID),
			ExpectError: regexp.MustCompile(`(?s)access_roles_id:\s+"Administrator.*is\s+no\s+register of\s+access roles.*sapio365:access-roles`),
		},
	)
}

// A caller that may not assign is told what it needs, and who can grant it.
func TestAccAccessRoleAssignment_forbidden(t *testing.T) {
	t.Parallel()
	acctest.NeedsAllApplications(t, "another caller has made the register")
	s := newScene(t)
	weak := s.Caller(t, "Application.ReadWrite.OwnedBy", "Application.Read.All")
	s.run(resource.TestStep{
		Config:      s.ProviderAs(weak) + roles() + holder("test", "General Manager", s.User(t, "Nadia")),
		ExpectError: regexp.MustCompile(`(?s)Could not assign the access role.*AppRoleAssignment\.ReadWrite\.All and\s+Application\.Read\.All`),
	}, resource.TestStep{Config: s.Provider() + roles(), Destroy: true})
}

// The answer to an assignment is lost: it is looked for and not made twice.
func TestAccAccessRoleAssignment_lostAnswer(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	nadia := s.User(t, "Nadia")
	s.SetConditions(t, conditions.Conditions{Rules: []conditions.Rule{{
		Method: http.MethodPost, Path: "servicePrincipals/{}/appRoleAssignedTo", Of: conditions.BatchParts, To: 1, Applied: true,
		Answer: &conditions.Answer{Status: http.StatusGatewayTimeout},
	}}})
	config := s.Provider() + roles() + holder("test", "Enforced logout", nadia)
	s.run(
		resource.TestStep{Config: config, Check: s.holds("Enforced logout: " + nadia)},
		resource.TestStep{Config: config, ConfigPlanChecks: emptyPlan},
	)
}

// A plan without changes reads all assignments of a register in one list.
func TestAccAccessRoleAssignment_many(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	const many = 60
	var principals []string
	for n := range many {
		principals = append(principals, fmt.Sprintf("%q", s.User(t, fmt.Sprint("user", n))))
	}
	config := s.Provider() + roles() + "locals {\n  users = [" + strings.Join(principals, ", ") + "]\n}\n" + block(
		`resource "sapio365_access_role_assignment" "test"`, []string{
			"count = length(local.users)", "access_roles_id = sapio365_access_roles.test.id", `role = "Access App sessions"`,
			"principal_id = local.users[count.index]",
		})
	s.run(
		resource.TestStep{Config: config},
		resource.TestStep{
			PreConfig:        s.ResetRequests,
			Config:           config,
			ConfigPlanChecks: emptyPlan,
			Check: func(*terraform.State) error {
				lists := 0
				for _, request := range s.Requests() {
					for _, part := range request.Parts {
						if strings.HasSuffix(part.Path, "/appRoleAssignedTo") {
							lists++
						}
					}
				}
				// The step runs Terraform several times, each with a provider of its own.
				if runs := tokens(s.Requests()); lists == 0 || lists > 2*runs {
					return fmt.Errorf("%d lists in %d runs", lists, runs)
				}
				return nil
			},
		},
	)
}

// tokens counts how often a provider signed in.
func tokens(requests []emulator.Request) int {
	count := 0
	for _, request := range requests {
		if request.Kind == "token" {
			count++
		}
	}
	return count
}
