package accessrole_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
)

func TestMain(m *testing.M) { acctest.Main(m) }

// oneOnly is why the tests need emulated tenants of their own.
const oneOnly = "a tenant has one register of access roles only"

// Addresses of the resources that the acceptance tests are about.
const (
	rolesAddress      = "sapio365_access_roles.test"
	assignmentAddress = "sapio365_access_role_assignment.test"
)

// roles is the block of the register, with these lines.
func roles(lines ...string) string {
	return block(`resource "sapio365_access_roles" "test"`, lines)
}

// holder is the block of an assignment on the register of the test.
func holder(name, role, principalID string) string {
	return block(fmt.Sprintf("resource \"sapio365_access_role_assignment\" %q", name), []string{
		"access_roles_id = sapio365_access_roles.test.id", fmt.Sprintf("role = %q", role), fmt.Sprintf("principal_id = %q", principalID),
	})
}

func block(head string, lines []string) string {
	return head + " {\n  " + strings.Join(lines, "\n  ") + "\n}\n"
}

// scene is the tenant of a test.
type scene struct {
	acctest.Emulated
	t *testing.T
}

func newScene(t *testing.T) scene {
	t.Helper()
	return scene{acctest.NewEmulated(t, oneOnly, emulator.TenantOptions{}), t}
}

// run drives the steps and then sees that nothing is left in the tenant.
func (s scene) run(steps ...resource.TestStep) {
	s.t.Helper()
	resource.Test(s.t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories, Steps: steps,
		CheckDestroy: func(*terraform.State) error {
			if left := s.registers(); len(left) > 0 {
				return fmt.Errorf("%d registers are left in the tenant", len(left))
			}
			return nil
		},
	})
}

func (s scene) registers() []map[string]any {
	s.t.Helper()
	return s.List(s.t, "/applications?$filter=tags/any(t:t eq 'sapio365:access-roles')")
}

func (s scene) application(clientID string) map[string]any {
	s.t.Helper()
	return s.Graph(s.t, http.MethodGet, "/applications(appId='"+clientID+"')", nil)
}

func (s scene) servicePrincipal(clientID string) map[string]any {
	s.t.Helper()
	return s.Graph(s.t, http.MethodGet, "/servicePrincipals(appId='"+clientID+"')", nil)
}

// assigned lists who holds roles of the register.
func (s scene) assigned(clientID string) []map[string]any {
	s.t.Helper()
	return s.List(s.t, "/servicePrincipals(appId='"+clientID+"')/appRoleAssignedTo")
}

// with hands the attributes of a resource to a check of the tenant.
func with(address string, check func(map[string]string) error) resource.TestCheckFunc {
	return func(state *terraform.State) error {
		found, ok := state.RootModule().Resources[address]
		if !ok {
			return fmt.Errorf("%s is not in the state", address)
		}
		return check(found.Primary.Attributes)
	}
}

// same keeps an attribute the first time and afterwards insists on it.
type same struct{ value string }

func (s *same) remember(address, attribute string) resource.TestCheckFunc {
	return with(address, func(found map[string]string) error {
		if s.value == "" {
			s.value = found[attribute]
		}
		if s.value == "" || s.value != found[attribute] {
			return fmt.Errorf("%s of %s was %q and is %q", attribute, address, s.value, found[attribute])
		}
		return nil
	})
}

// planned checks the action that is planned for a resource.
func planned(address string, action plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, action)}}
}

var emptyPlan = resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
