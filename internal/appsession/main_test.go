package appsession_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
)

func TestMain(m *testing.M) { acctest.Main(m) }

// address is the session that the acceptance tests are about.
const address = "sapio365_app_session.test"

// session is the resource block with these lines.
func session(lines ...string) string {
	return "resource \"sapio365_app_session\" \"test\" {\n  " + strings.Join(lines, "\n  ") + "\n}\n"
}

const readUsers = `permissions = { "Microsoft Graph" = { application = ["User.Read.All"] } }`

func certificateLine(pem string) string {
	return "certificate = {\n value = <<EOT\n" + pem + "EOT\n}"
}

// run drives the steps and then sees that nothing of the test is left in the tenant.
func run(t *testing.T, tenant acctest.Tenant, steps ...resource.TestStep) {
	t.Helper()
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps:                    steps,
		CheckDestroy:             tenant.CheckDestroy,
	})
}

const exchangeAdministrator = "29232cdf-9323-42fd-ade2-1d097af3e4de"

// attributes reads the session's attributes in a check.
func attributes(state *terraform.State) (map[string]string, error) {
	found, ok := state.RootModule().Resources[address]
	if !ok {
		return nil, fmt.Errorf("%s is not in the state", address)
	}
	return found.Primary.Attributes, nil
}

// withSession hands the session's attributes to a check of the tenant.
func withSession(check func(map[string]string) error) resource.TestCheckFunc {
	return func(state *terraform.State) error {
		found, err := attributes(state)
		if err != nil {
			return err
		}
		return check(found)
	}
}

// probe reads the tenant's side of a session.
type probe struct {
	t      *testing.T
	tenant acctest.Tenant
}

func newProbe(t *testing.T) probe {
	t.Helper()
	return probe{t: t, tenant: acctest.NewTenant(t)}
}

// session is a session of the test's own, with these further lines.
func (p probe) session(lines ...string) string {
	return session(append([]string{fmt.Sprintf("display_name = %q", p.tenant.Name())}, lines...)...)
}

func (p probe) application(clientID string) map[string]any {
	p.t.Helper()
	return p.tenant.Graph(p.t, "GET", "/applications(appId='"+clientID+"')", nil)
}

func (p probe) servicePrincipal(clientID string) map[string]any {
	p.t.Helper()
	return p.tenant.Graph(p.t, "GET", "/servicePrincipals(appId='"+clientID+"')", nil)
}

// unique is the line of a unique name of the test's own.
func (p probe) unique(word string) string {
	return fmt.Sprintf("unique_name = %q", p.tenant.UniqueName(word))
}

// grantedRoles lists the ids of the app roles that the session holds.
func (p probe) grantedRoles(clientID string) []string {
	p.t.Helper()
	var ids []string
	for _, assignment := range p.assignments(clientID) {
		ids = append(ids, fmt.Sprint(assignment["appRoleId"]))
	}
	slices.Sort(ids)
	return ids
}

func (p probe) assignments(clientID string) []map[string]any {
	p.t.Helper()
	principal := fmt.Sprint(p.servicePrincipal(clientID)["id"])
	return p.tenant.List(p.t, "/servicePrincipals/"+principal+"/appRoleAssignments?$top=999")
}

// api returns the object id of the service principal of an API.
func (p probe) api(appID string) string {
	p.t.Helper()
	return fmt.Sprint(p.servicePrincipal(appID)["id"])
}

// client remembers the client ID between steps.
type client struct{ id string }

// remember keeps the client ID the first time and afterwards insists on it.
func (c *client) remember() resource.TestCheckFunc {
	return withSession(func(found map[string]string) error {
		if c.id == "" {
			c.id = found["client_id"]
		}
		if c.id == "" || c.id != found["client_id"] {
			return fmt.Errorf("the client ID was %q and is %q", c.id, found["client_id"])
		}
		return nil
	})
}

// importID gives an import id that is known only when the step runs.
func importID(id func() string) resource.ImportStateIdFunc {
	return func(*terraform.State) (string, error) { return id(), nil }
}
