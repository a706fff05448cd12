package appsession_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
)

const setsPolicies = "it changes the policies of the whole tenant"

const defaultPolicy = "/policies/defaultAppManagementPolicy"

// restrictions are those that Microsoft recommends: no secrets, certificates of half a year.
func restrictions(secret, key map[string]any) map[string]any {
	both := map[string]any{"passwordCredentials": []any{}, "keyCredentials": []any{}}
	for name, rule := range map[string]map[string]any{"passwordCredentials": secret, "keyCredentials": key} {
		if rule != nil {
			rule["state"], rule["restrictForAppsCreatedAfterDateTime"] = "enabled", "2020-01-01T00:00:00Z"
			both[name] = []any{rule}
		}
	}
	return both
}

var (
	noSecrets       = map[string]any{"restrictionType": "passwordAddition"}
	secretsOf90Days = map[string]any{"restrictionType": "passwordLifetime", "maxLifetime": "P90D"}
	keysOf180Days   = map[string]any{"restrictionType": "asymmetricKeyLifetime", "maxLifetime": "P180D"}
)

func restrict(t *testing.T, tenant acctest.Emulated, secret, key map[string]any) {
	t.Helper()
	tenant.Graph(t, http.MethodPatch, defaultPolicy, map[string]any{
		"isEnabled": true, "applicationRestrictions": restrictions(secret, key),
	})
}

// What a policy forbids is refused by the plan, which writes nothing, and what the refusal proposes is accepted.
func TestAccAppSession_policies(t *testing.T) {
	t.Parallel()
	year, _ := acctest.Certificate(t, 365*24*time.Hour)
	days := func(n int) string { return fmt.Sprintf("client_secret = { valid_days = %d }", n) }
	for name, c := range map[string]struct {
		secret, key      map[string]any
		refused, instead string
		says             []string
	}{
		"no secrets":               {noSecrets, nil, "", certificateLine(year), []string{"allows no client secrets", "certificate = {"}},
		"secrets of 90 days":       {secretsOf90Days, nil, days(91), days(90), []string{"at most 90 days", "valid_days = 90"}},
		"certificates of 180 days": {nil, keysOf180Days, certificateLine(year), days(3650), []string{"at most 180 days"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tenant := acctest.NewEmulated(t, setsPolicies, emulator.TenantOptions{})
			restrict(t, tenant, c.secret, c.key)
			p := probe{t, tenant.Tenant}
			refusals := acctest.Refused(t, resource.TestStep{
				Config: p.tenant.Provider() + p.session(readUsers, c.refused), PlanOnly: true,
			})
			for _, part := range append(c.says, "00000000-0000-0000-0000-000000000000") {
				if len(refusals) != 1 || !strings.Contains(refusals[0], part) {
					t.Errorf("not one refusal with %q:\n%s", part, strings.Join(refusals, "\n"))
				}
			}
			wroteNothing(t, tenant)
			run(t, p.tenant, resource.TestStep{Config: p.tenant.Provider() + p.session(readUsers, c.instead)})
		})
	}
}

func wroteNothing(t *testing.T, tenant acctest.Emulated) {
	t.Helper()
	for _, request := range tenant.Requests() {
		for _, part := range request.Parts {
			if part.Method != http.MethodGet {
				t.Errorf("it has written: %s %s", part.Method, part.Path)
			}
		}
	}
}

// A session that exists is judged by its own policy and its own age, and only when it gets a new credential.
func TestAccAppSession_policyOfTheApplication(t *testing.T) {
	t.Parallel()
	year, _ := acctest.Certificate(t, 365*24*time.Hour)
	tenant := acctest.NewEmulated(t, setsPolicies, emulator.TenantOptions{})
	p := probe{t, tenant.Tenant}
	toCertificate := p.tenant.Provider() + p.session(readUsers, certificateLine(year))
	run(t, p.tenant,
		resource.TestStep{Config: p.tenant.Provider() + p.session(readUsers)},
		resource.TestStep{ // the default policy forbids what is there already, and the certificate
			PreConfig: func() { restrict(t, tenant, noSecrets, keysOf180Days) },
			Config:    p.tenant.Provider() + p.session(readUsers, `description = "something else"`),
		},
		resource.TestStep{
			Config: toCertificate, PlanOnly: true, ExpectError: regexp.MustCompile(`default\s+app\s+management\s+policy`),
		},
		resource.TestStep{ // a policy of its own allows the certificate
			PreConfig: func() {
				application := fmt.Sprint(p.tenant.List(t, "/applications?$filter=displayName eq '"+p.tenant.Name()+"'")[0]["id"])
				policy := tenant.Graph(t, http.MethodPost, "/policies/appManagementPolicies", map[string]any{
					"displayName": "Sessions", "isEnabled": true, "restrictions": restrictions(nil, nil),
				})["id"]
				tenant.Graph(t, http.MethodPost, "/applications/"+application+"/appManagementPolicies/$ref", map[string]any{
					"@odata.id": tenant.Server.URL() + "/v1.0/policies/appManagementPolicies/" + fmt.Sprint(policy),
				})
			},
			Config: toCertificate,
		},
	)
}

// Many sessions ask for the policies once per plan, and a plan without changes does not ask.
func TestAccAppSession_policiesAreAskedOnce(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, setsPolicies, emulator.TenantOptions{})
	p := probe{t, tenant.Tenant}
	config := p.tenant.Provider() + fmt.Sprintf(`
resource "sapio365_app_session" "test" {
  count        = 10
  display_name = "%s ${count.index}"
  %s
}
`, p.tenant.Name(), readUsers)
	asked := func() (n int) {
		for _, request := range tenant.Requests() {
			for _, part := range request.Parts {
				if slices.Contains([]string{defaultPolicy, "/v1.0" + defaultPolicy}, part.Path) {
					n++
				}
			}
		}
		tenant.ResetRequests()
		return n
	}
	run(t, p.tenant,
		resource.TestStep{Config: config},
		resource.TestStep{
			PreConfig: func() {
				// The test harness plans, applies, which plans again, and then makes plans without changes.
				if n := asked(); n != 2 {
					t.Errorf("the default policy was read %d times", n)
				}
			},
			Config: config, PlanOnly: true,
		},
	)

}
