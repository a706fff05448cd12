package appsession_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
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

// The role goes with the block also when the tenant has drifted in the meantime, so that the state shows the block as
// incomplete.
func TestAccAppSession_exchangeRemovedAfterDrift(t *testing.T) {
	t.Parallel()
	p := newProbe(t)
	pem, _ := acctest.Certificate(t, 200*24*time.Hour)
	var c client
	run(t, p.tenant,
		resource.TestStep{
			Config: p.tenant.Provider() + p.session(readUsers, certificateLine(pem), `exchange_online_powershell = {}`),
			Check:  c.remember(),
		},
		resource.TestStep{
			PreConfig: func() {
				p.tenant.Graph(t, http.MethodPatch, fmt.Sprintf("/applications/%v", p.application(c.id)["id"]), map[string]any{
					"requiredResourceAccess": []any{},
				})
			},
			Config: p.tenant.Provider() + p.session(readUsers, certificateLine(pem)),
			Check: resource.ComposeAggregateTestCheckFunc(c.remember(),
				withSession(func(map[string]string) error { return nothingAssigned(p, c.id) })),
		},
	)
}
