package accessrole_test

import (
	"fmt"
	"net/http"
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra/catalogue"
)

// invite makes the provider's application, which is one of several tenants, known in the customer's, with what it needs
// there. It returns the object id of its service principal.
func (s scene) invite(customer scene) string {
	s.t.Helper()
	s.Graph(s.t, http.MethodPatch, "/applications/"+s.Admin().ApplicationObjectID, map[string]any{"signInAudience": "AzureADMultipleOrgs"})
	principal := fmt.Sprint(customer.Graph(s.t, http.MethodPost, "/servicePrincipals", map[string]any{"appId": s.Admin().ClientID})["id"])
	api := customer.servicePrincipal(catalogue.MicrosoftGraph)["id"]
	for _, name := range []string{"Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All", "Directory.Read.All"} {
		permission, _ := catalogue.ByName(catalogue.MicrosoftGraph, catalogue.Application, name)
		customer.Graph(s.t, http.MethodPost, fmt.Sprintf("/servicePrincipals/%v/appRoleAssignedTo", api), map[string]any{
			"principalId": principal, "resourceId": api, "appRoleId": permission.ID,
		})
	}
	return principal
}

// A tenant that is out of reach does not stop the others: its state stays, its plan is made with a warning, and only
// what is to be done in it fails.
func TestAccAccessRoles_brokenTenant(t *testing.T) {
	t.Parallel()
	s, customer := newScene(t), newScene(t)
	principal := s.invite(customer)
	nadia, omar := customer.User(t, "Nadia"), s.User(t, "Omar")
	theirs := func(lines ...string) string {
		return block(`resource "sapio365_access_roles" "customer"`, append(lines, fmt.Sprintf("tenant_id = %q", customer.ID()))) +
			block(`resource "sapio365_access_role_assignment" "customer"`, []string{
				"access_roles_id = sapio365_access_roles.customer.id", fmt.Sprintf("tenant_id = %q", customer.ID()),
				`role = "General Manager"`, fmt.Sprintf("principal_id = %q", nadia),
			})
	}
	const customerRoles = "sapio365_access_roles.customer"
	var clientID same
	s.run(
		resource.TestStep{Config: s.Provider() + roles() + theirs(), Check: resource.ComposeAggregateTestCheckFunc(
			clientID.remember(customerRoles, "client_id"), resource.TestCheckResourceAttr(customerRoles, "tenant_id", customer.ID()))},
		resource.TestStep{
			PreConfig: func() { customer.Graph(t, http.MethodDelete, "/servicePrincipals/"+principal, nil) },
			Config:    s.Provider() + roles() + theirs(), ConfigPlanChecks: emptyPlan,
		},
		resource.TestStep{
			Config: s.Provider() + roles(`display_name = "Ours"`) + theirs() + holder("test", "General Manager", omar),
			Check: resource.ComposeAggregateTestCheckFunc(
				s.whole("Ours"), s.holds("General Manager: "+omar), clientID.remember(customerRoles, "client_id")),
		},
		resource.TestStep{
			Config:           s.Provider() + roles(`display_name = "Ours"`) + theirs(`display_name = "Theirs"`),
			ConfigPlanChecks: planned(customerRoles, plancheck.ResourceActionUpdate),
			ExpectError:      regexp.MustCompile(`(?s)Could not change the access roles.*` + customer.ID()),
		},
		resource.TestStep{
			PreConfig: func() { s.invite(customer) },
			Config:    s.Provider() + roles(`display_name = "Ours"`) + theirs(`display_name = "Theirs"`),
			Check: resource.ComposeAggregateTestCheckFunc(
				clientID.remember(customerRoles, "client_id"), resource.TestCheckResourceAttr(customerRoles, "display_name", "Theirs")),
		},
	)
	if left := customer.registers(); len(left) > 0 {
		t.Errorf("%d registers are left at the customer", len(left))
	}
}

// Another tenant_id makes another register, and the assignments follow.
func TestAccAccessRoles_otherTenant(t *testing.T) {
	t.Parallel()
	s, customer := newScene(t), newScene(t)
	s.invite(customer)
	s.run(
		resource.TestStep{Config: s.Provider() + roles()},
		resource.TestStep{
			Config:           s.Provider() + roles(fmt.Sprintf("tenant_id = %q", customer.ID())),
			ConfigPlanChecks: planned(rolesAddress, plancheck.ResourceActionReplace),
			Check:            customer.whole("sapio365 Access & Restrictions"),
		},
		resource.TestStep{
			Config:      s.Provider() + roles(),
			ExpectError: regexp.MustCompile(`(?s)register of access roles lives\s+in\s+tenant\s+` + customer.ID() + `.*provider's\s+tenant\s+is\s+` + s.ID()),
		},
		resource.TestStep{Config: s.Provider() + roles(fmt.Sprintf("tenant_id = %q", customer.ID()))},
	)
	if left := customer.registers(); len(left) > 0 {
		t.Errorf("%d registers are left at the customer", len(left))
	}
}

// A provider whose configuration will only be known after the apply plans, and has nothing to say of what is there.
func TestAccAccessRoles_unknownProvider(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	unknown := `resource "terraform_data" "secret" {
  input = "changed"
}
` + s.Provider(`client_certificate_path = terraform_data.secret.output == "" ? "" : null`)
	known := s.Provider() + roles() + holder("test", "General Manager", s.User(t, "Nadia"))
	s.run(
		resource.TestStep{Config: known},
		resource.TestStep{Config: unknown + roles(), PlanOnly: true, ExpectNonEmptyPlan: true},
		resource.TestStep{Config: known, ConfigPlanChecks: emptyPlan},
	)
}
