package accessrole_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
)

// The register of another tenant that is out of reach is null, with a warning, as with the other data sources: the
// resources of the other tenants are planned and applied.
func TestAccAccessRolesData_brokenTenant(t *testing.T) {
	t.Parallel()
	s, customer := newScene(t), newScene(t)
	s.run(resource.TestStep{
		Config: s.Provider() + roles() + block(`data "sapio365_access_roles" "customer"`, []string{fmt.Sprintf("tenant_id = %q", customer.ID())}),
		Check:  resource.TestCheckNoResourceAttr("data.sapio365_access_roles.customer", "client_id"),
	})
}
