package accessrole_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/conditions"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// whole checks that a register is as it shall be, in the state and in the tenant.
func (s scene) whole(displayName string) resource.TestCheckFunc {
	checks := []resource.TestCheckFunc{
		resource.TestCheckResourceAttr(rolesAddress, "tenant_id", s.ID()),
		resource.TestCheckResourceAttr(rolesAddress, "display_name", displayName),
		resource.TestCheckResourceAttrPair(rolesAddress, "id", rolesAddress, "client_id"),
		resource.TestCheckResourceAttr(rolesAddress, "assignment_required", "true"),
		resource.TestCheckResourceAttr(rolesAddress, "sign_in_audience", "AzureADMyOrg"),
		resource.TestCheckResourceAttr(rolesAddress, "tag", "sapio365:access-roles"),
		resource.TestCheckResourceAttr(rolesAddress, "roles.%", "7"),
	}
	for _, role := range entra.AccessRoles {
		checks = append(checks, resource.TestCheckResourceAttr(rolesAddress, "roles."+role.Name, role.ID))
	}
	return resource.ComposeAggregateTestCheckFunc(append(checks, with(rolesAddress, func(found map[string]string) error {
		application, principal := s.application(found["client_id"]), s.servicePrincipal(found["client_id"])
		if application["id"] != found["application_object_id"] || principal["id"] != found["service_principal_id"] {
			return fmt.Errorf("the state names %s and %s", found["application_object_id"], found["service_principal_id"])
		}
		if application["displayName"] != displayName || !strings.HasPrefix(fmt.Sprint(application["uniqueName"]), "sapio365-access-roles") ||
			strings.Contains(fmt.Sprint(application["tags"]), "provisioning") || principal["appRoleAssignmentRequired"] != true {
			return fmt.Errorf("the application is %v", application)
		}
		if all := s.registers(); len(all) != 1 {
			return fmt.Errorf("there are %d registers", len(all))
		}
		return s.declared(principal)
	}))...)
}

// declared sees that the service principal has all access roles, enabled and for everybody.
func (s scene) declared(principal map[string]any) error {
	found := map[any]map[string]any{}
	declared, _ := principal["appRoles"].([]any)
	for _, item := range declared {
		role, _ := item.(map[string]any)
		found[role["id"]] = role
	}
	for _, role := range entra.AccessRoles {
		have := found[role.ID]
		members := fmt.Sprint(have["allowedMemberTypes"])
		if have["isEnabled"] != true || have["displayName"] != role.Name || have["value"] != role.Value ||
			!strings.Contains(members, "User") || !strings.Contains(members, "Application") {
			return fmt.Errorf("the role %q is %v", role.Name, have)
		}
	}
	return nil
}

func TestAccAccessRoles(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	var clientID same
	s.run(
		resource.TestStep{
			Config: s.Provider() + roles(),
			Check: resource.ComposeAggregateTestCheckFunc(
				s.whole("sapio365 Access & Restrictions"), clientID.remember(rolesAddress, "client_id"),
				resource.TestCheckResourceAttr(rolesAddress, "owners.#", "0"),
			),
		},
		resource.TestStep{
			Config:           s.Provider() + roles(`display_name = "Who may do what"`),
			ConfigPlanChecks: planned(rolesAddress, plancheck.ResourceActionUpdate),
			Check:            resource.ComposeAggregateTestCheckFunc(s.whole("Who may do what"), clientID.remember(rolesAddress, "client_id")),
		},
		resource.TestStep{
			Config:           s.Provider() + roles(),
			ConfigPlanChecks: planned(rolesAddress, plancheck.ResourceActionUpdate),
			Check:            resource.ComposeAggregateTestCheckFunc(s.whole("sapio365 Access & Restrictions"), clientID.remember(rolesAddress, "client_id")),
		},
		resource.TestStep{
			Config: s.Provider() + roles(), ResourceName: rolesAddress, ImportState: true, ImportStateVerify: true,
		},
		resource.TestStep{
			Config: s.Provider() + roles(), ResourceName: rolesAddress, ImportState: true, ImportStateVerify: true,
			ImportStateIdFunc: func(*terraform.State) (string, error) { return s.ID() + "/" + clientID.value, nil },
		},
		resource.TestStep{
			Config: s.Provider() + roles(), ResourceName: rolesAddress, ImportState: true, ImportStateId: "roles",
			ExpectError: regexp.MustCompile(`(?s)no import ID of a register.*TENANT_ID`),
		},
	)
}

func TestAccAccessRoles_owners(t *testing.T) {
	t.Parallel()
	acctest.NeedsAllApplications(t, "it manages owners")
	s := newScene(t)
	owner := s.User(t, "Owner")
	s.run(
		resource.TestStep{Config: s.Provider() + roles()},
		resource.TestStep{
			Config:           s.Provider() + roles(fmt.Sprintf("owners = [%q]", owner)),
			ConfigPlanChecks: planned(rolesAddress, plancheck.ResourceActionUpdate),
			Check:            resource.TestCheckTypeSetElemAttr(rolesAddress, "owners.*", owner),
		},
		resource.TestStep{Config: s.Provider() + roles(), ConfigPlanChecks: emptyPlan},
		resource.TestStep{
			Config:           s.Provider() + roles(`owners = []`),
			ConfigPlanChecks: planned(rolesAddress, plancheck.ResourceActionUpdate),
			Check:            resource.TestCheckResourceAttr(rolesAddress, "owners.#", "0"),
		},
	)
}

// A role that the next plan knows at once, so that what depends on it is planned as well.
func TestAccAccessRoles_idsAreKnownBeforeTheApply(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.run(resource.TestStep{
		Config: s.Provider() + roles() + "output \"manager\" {\n  value = sapio365_access_roles.test.roles[\"General Manager\"]\n}\n",
		ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
			plancheck.ExpectKnownOutputValue("manager", isRole("General Manager")),
		}},
	})
}

// A create that is refused half-way leaves a registration that the next apply finishes, under the same client ID.
func TestAccAccessRoles_resume(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	refused := conditions.Conditions{Rules: []conditions.Rule{{
		Method: http.MethodPatch, Path: "applications/{}", Of: conditions.BatchParts, From: 2, // after the application is made
		Answer: &conditions.Answer{Status: http.StatusForbidden, Code: "Authorization_RequestDenied"},
	}}}
	s.SetConditions(t, refused)
	var clientID string
	s.run(
		resource.TestStep{
			Config:      s.Provider() + roles(),
			ExpectError: regexp.MustCompile(`(?s)Application\.ReadWrite\.OwnedBy.*0 of 7 access\s+roles.*declare the access\s+roles.*next apply`),
		},
		resource.TestStep{
			PreConfig: func() {
				left := s.registers()
				if len(left) != 1 || !strings.Contains(fmt.Sprint(left[0]["tags"]), "sapio365:provisioning:") {
					t.Fatalf("the broken create left %v", left)
				}
				clientID = fmt.Sprint(left[0]["appId"])
				s.SetConditions(t, conditions.Conditions{})
			},
			Config: s.Provider() + roles(),
			Check: resource.ComposeAggregateTestCheckFunc(s.whole("sapio365 Access & Restrictions"), with(rolesAddress, func(found map[string]string) error {
				if found["client_id"] != clientID {
					return fmt.Errorf("the client ID was %s and is %s", clientID, found["client_id"])
				}
				return nil
			})),
		},
	)
}

// A deleted register keeps its name: the next one takes another, or is the deleted one. What is purged is gone.
func TestAccAccessRoles_deleted(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	var first same
	again, recovered := s.Provider(), s.Provider("recover_soft_deleted = true", "permanently_delete = true")
	s.run(
		resource.TestStep{Config: again + roles(), Check: first.remember(rolesAddress, "client_id")},
		resource.TestStep{Config: again + roles(), Destroy: true},
		resource.TestStep{Config: again + roles(), Check: s.whole("sapio365 Access & Restrictions")},
		resource.TestStep{Config: again + roles(), Destroy: true},
		resource.TestStep{
			Config: recovered + roles(),
			Check:  resource.ComposeAggregateTestCheckFunc(s.whole("sapio365 Access & Restrictions"), first.remember(rolesAddress, "client_id")),
		},
		resource.TestStep{Config: recovered + roles(), Destroy: true},
		resource.TestStep{
			PreConfig: func() {
				for _, item := range s.List(t, "/directory/deletedItems/microsoft.graph.application") {
					if item["appId"] == first.value {
						t.Error("the deleted items still hold the register")
					}
				}
			},
			Config: recovered + roles(),
		},
	)
}

// The data source finds the register, made by the resource or not.
func TestAccAccessRoles_dataSource(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	const address = "data.sapio365_access_roles.test"
	data := "data \"sapio365_access_roles\" \"test\" {}\n"
	dependent := "data \"sapio365_access_roles\" \"test\" {\n  depends_on = [sapio365_access_roles.test]\n}\n"
	pairs := func() resource.TestCheckFunc {
		var checks []resource.TestCheckFunc
		for _, attribute := range []string{
			"id", "client_id", "display_name", "tenant_id", "application_object_id", "service_principal_id", "assignment_required",
			"sign_in_audience", "tag", "roles.%", "roles.General Manager", "owners.#",
		} {
			checks = append(checks, resource.TestCheckResourceAttrPair(address, attribute, rolesAddress, attribute))
		}
		return resource.ComposeAggregateTestCheckFunc(checks...)
	}
	s.run(
		resource.TestStep{
			Config:      s.Provider() + data,
			ExpectError: regexp.MustCompile(`(?s)has no register of\s+access\s+roles.*resource "sapio365_access_roles" "this" \{\}`),
		},
		resource.TestStep{Config: s.Provider() + roles() + dependent, Check: pairs()},
		resource.TestStep{
			Config: s.Provider() + roles(`display_name = "Roles"`) + "data \"sapio365_access_roles\" \"test\" {\n  tenant_id = \"" + s.ID() +
				"\"\n  depends_on = [sapio365_access_roles.test]\n}\n",
			Check: pairs(),
		},
	)
}
