package appsession_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
)

// Another unique name makes another session; the first one goes.
func TestAccAppSession_replace(t *testing.T) {
	t.Parallel()
	p := newProbe(t)
	replaced := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
		plancheck.ExpectResourceAction(address, plancheck.ResourceActionReplace),
	}}
	seen := map[string]bool{}
	another := withSession(func(found map[string]string) error {
		if seen[found["client_id"]] {
			return fmt.Errorf("the client ID %s is the same", found["client_id"])
		}
		seen[found["client_id"]] = true
		return nil
	})
	run(t, p.tenant,
		resource.TestStep{Config: p.tenant.Provider() + p.session(readUsers, p.unique("first")), Check: another},
		resource.TestStep{
			Config:           p.tenant.Provider() + p.session(readUsers, p.unique("second")),
			ConfigPlanChecks: replaced,
			Check: resource.ComposeAggregateTestCheckFunc(another, resource.TestCheckResourceAttr(address, "unique_name", p.tenant.UniqueName("second")),
				signsInWithSecret(p.tenant, "User.Read.All")),
		},
	)
}
