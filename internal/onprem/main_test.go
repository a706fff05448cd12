package onprem_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

func TestMain(m *testing.M) { acctest.Main(m) }

// address is the resource that the acceptance tests are about.
const address = "sapio365_app_session_onprem.test"

// needsHybrid is why a test needs an emulated tenant.
const needsHybrid = "it must be synchronised with an Active Directory"

func newHybrid(t *testing.T) acctest.Emulated {
	t.Helper()
	return acctest.NewEmulated(t, needsHybrid, emulator.TenantOptions{Hybrid: true})
}

// probe reads the tenant's side of on-premises settings.
type probe struct {
	t      *testing.T
	tenant acctest.Tenant
}

// session is an App session of the test's own.
func (p probe) session() string {
	return fmt.Sprintf(`
resource "sapio365_app_session" "test" {
  display_name = %q
  permissions  = { "Microsoft Graph" = { application = ["User.Read.All"] } }
}
`, p.tenant.Name())
}

// settings is the resource block with these lines.
func settings(name string, lines ...string) string {
	return fmt.Sprintf("resource \"sapio365_app_session_onprem\" %q {\n  %s\n}\n", name, strings.Join(lines, "\n  "))
}

const ofTheSession = "app_session_id = sapio365_app_session.test.client_id"

// connections is the line of these domain connections.
func connections(all ...string) string {
	return "domain_connections = [\n" + strings.Join(all, ",\n") + "\n]"
}

// Domain connections as a configuration has them.
const (
	contoso  = `{ domain = "contoso.local", username = "CONTOSO\\svc", credential_secret_id = "https://contoso.vault.azure.net/secrets/svc" }`
	fabrikam = `{ domain = "fabrikam.local", domain_controller = "dc1.fabrikam.local" }`
	tailspin = `{ domain = "tailspin.local", domain_controller = "dc7.tailspin.local" }`
)

// The same as the domain has them.
var (
	isContoso = entra.DomainConnection{
		Domain: "contoso.local", Username: `CONTOSO\svc`, CredentialSecretID: "https://contoso.vault.azure.net/secrets/svc",
	}
	isFabrikam = entra.DomainConnection{Domain: "fabrikam.local", DomainController: "dc1.fabrikam.local"}
	isTailspin = entra.DomainConnection{Domain: "tailspin.local", DomainController: "dc7.tailspin.local"}
)

// configured is the whole configuration: a session and its settings with these lines.
func (p probe) configured(lines ...string) string {
	return p.tenant.Provider() + p.session() + settings("test", append([]string{ofTheSession}, lines...)...)
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

// withClientID hands the client ID of the session to a check of the tenant.
func withClientID(check func(clientID string) error) resource.TestCheckFunc {
	return func(state *terraform.State) error {
		found, ok := state.RootModule().Resources["sapio365_app_session.test"]
		if !ok {
			return fmt.Errorf("the session is not in the state")
		}
		return check(found.Primary.Attributes["client_id"])
	}
}

func application(clientID string) string { return "/applications(appId='" + clientID + "')" }

// record is what the tenant holds, read without the provider's help.
func (p probe) record(clientID string) entra.OnPremRecord {
	p.t.Helper()
	names := []string{"id"}
	for _, property := range entra.OnPremProperties {
		names = append(names, property.FullName(clientID))
	}
	shown := p.tenant.Graph(p.t, http.MethodGet, application(clientID)+"?$select="+strings.Join(names, ","), nil)
	raw := map[string]json.RawMessage{}
	for _, property := range entra.OnPremProperties {
		if value, ok := shown[property.FullName(clientID)]; ok {
			content, err := json.Marshal(value)
			if err != nil {
				p.t.Fatal(err)
			}
			raw[property.Name] = content
		}
	}
	values := entra.DecodeOnPrem(raw)
	record := entra.OnPremRecord{Values: &values, Definitions: map[string]entra.ExtensionDefinition{}}
	for _, definition := range p.definitions(clientID) {
		name, _ := definition["name"].(string)
		record.Definitions[name] = entra.ExtensionDefinition{ID: fmt.Sprint(definition["id"])}
	}
	return record
}

func (p probe) definitions(clientID string) []map[string]any {
	p.t.Helper()
	return slices.DeleteFunc(p.tenant.List(p.t, application(clientID)+"/extensionProperties"), func(d map[string]any) bool {
		return !strings.Contains(fmt.Sprint(d["name"]), "_sapio365_onprem_")
	})
}

// holds checks that the tenant holds exactly the settings.
func (p probe) holds(want entra.OnPrem) resource.TestCheckFunc {
	return withClientID(func(clientID string) error {
		if have := p.record(clientID); !have.Shows(want) || len(have.Definitions) != len(entra.OnPremProperties) {
			return fmt.Errorf("the tenant holds %+v under %v", have.Values, have.Definitions)
		}
		return nil
	})
}

// holdsNothing checks that nothing of settings is left.
func (p probe) holdsNothing() resource.TestCheckFunc {
	return withClientID(func(clientID string) error {
		if have := p.record(clientID); have.Exists() {
			return fmt.Errorf("the tenant still holds %+v under %v", have.Values, have.Definitions)
		}
		return nil
	})
}
