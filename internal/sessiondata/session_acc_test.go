package sessiondata_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

func TestMain(m *testing.M) { acctest.Main(m) }

const resourceAddress = "sapio365_app_session.test"

// session is an App session, whose name ends with the word.
func session(tenant acctest.Tenant, word string, lines ...string) string {
	return fmt.Sprintf("resource \"sapio365_app_session\" \"test\" {\n  display_name = %q\n  %s\n}\n",
		tenant.Name()+" "+word, strings.Join(lines, "\n  "))
}

const readUsers = `permissions = { "Microsoft Graph" = { application = ["User.Read.All"], delegated = ["User.Read"] } }`

// data is a data source sapio365_app_session.
func data(name string, lines ...string) string {
	return fmt.Sprintf("data \"sapio365_app_session\" %q {\n  %s\n}\n", name, strings.Join(lines, "\n  "))
}

func run(t *testing.T, tenant acctest.Tenant, steps ...resource.TestStep) {
	t.Helper()
	resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories, CheckDestroy: tenant.CheckDestroy, Steps: steps})
}

// same checks that the data source shows what the resource knows.
func same(name string, attributes ...string) []statecheck.StateCheck {
	var checks []statecheck.StateCheck
	for _, attribute := range attributes {
		checks = append(checks, statecheck.CompareValuePairs(resourceAddress, tfjsonpath.New(attribute),
			"data.sapio365_app_session."+name, tfjsonpath.New(attribute), compare.ValuesSame()))
	}
	return checks
}

func has(address string, attributes map[string]knownvalue.Check) []statecheck.StateCheck {
	var checks []statecheck.StateCheck
	for name, check := range attributes {
		checks = append(checks, statecheck.ExpectKnownValue(address, tfjsonpath.New(name), check))
	}
	return checks
}

func labels(values ...string) knownvalue.Check {
	checks := make([]knownvalue.Check, len(values))
	for i, value := range values {
		checks[i] = knownvalue.StringExact(value)
	}
	return knownvalue.SetExact(checks)
}

// shared are attributes that the resource and the data source have in common.
var shared = []string{
	"id", "client_id", "tenant_id", "display_name", "description", "unique_name", "owners", "authentication", "client_secret_key_id",
	"client_secret_expires_at", "certificate_thumbprint", "certificate_thumbprint_sha256", "certificate_expires_at",
	"admin_consent_granted", "admin_consent_url", "missing_consents", "extra_consents", "application_object_id",
	"service_principal_id", "sign_in_audience", "assignment_required", "exchange_powershell_ready", "unmanaged_credentials",
}

// Whatever it is found by, the data source shows what the resource knows.
func TestAccAppSessionData(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewTenant(t)
	var checks []statecheck.StateCheck
	config := tenant.Provider() + session(tenant, "Jane's", readUsers, `description = "made by a test"`)
	for _, key := range []string{"client_id", "unique_name", "display_name"} {
		config += data(key, key+" = sapio365_app_session.test."+key)
		checks = append(checks, same(key, append(shared, "permissions")...)...)
	}
	run(t, tenant, resource.TestStep{Config: config, ConfigStateChecks: checks})
}

func TestAccAppSessionData_exchange(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewTenant(t)
	certificate, _ := acctest.Certificate(t, 365*24*time.Hour)
	config := tenant.Provider() + data("test", "client_id = sapio365_app_session.test.client_id") + session(tenant, "Exchange", readUsers,
		fmt.Sprintf("certificate = { value = %q }", certificate), "exchange_online_powershell = {}", "assignment_required = false")
	checks := append(same("test", shared...), has("data.sapio365_app_session.test", map[string]knownvalue.Check{
		"exchange_powershell_ready": knownvalue.Bool(true), "authentication": knownvalue.StringExact("certificate"),
		"credential_count": knownvalue.Int64Exact(1), "client_secret_key_id": knownvalue.Null(), "certificate_thumbprint": knownvalue.NotNull(),
		"permissions": knownvalue.MapPartial(map[string]knownvalue.Check{"Office 365 Exchange Online": knownvalue.ObjectExact(
			map[string]knownvalue.Check{"application": labels("Exchange.ManageAsApp"), "delegated": knownvalue.Null()})}),
	})...)
	run(t, tenant, resource.TestStep{Config: config, ConfigStateChecks: checks})
}

// What has changed behind Terraform's back shows, though nothing of the resource is read.
func TestAccAppSessionData_drift(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewTenant(t)
	made := tenant.Provider() + session(tenant, "Drift", readUsers, "client_secret = {}")
	run(t, tenant, resource.TestStep{Config: made, ExpectNonEmptyPlan: true, Check: func(state *terraform.State) error {
		found := state.RootModule().Resources[resourceAddress].Primary.Attributes
		principal := "/servicePrincipals/" + found["service_principal_id"]
		for _, assignment := range tenant.List(t, principal+"/appRoleAssignments") {
			tenant.Graph(t, http.MethodDelete, principal+"/appRoleAssignments/"+fmt.Sprint(assignment["id"]), nil)
		}
		tenant.Graph(t, http.MethodPost, "/applications/"+found["application_object_id"]+"/addPassword", map[string]any{
			"passwordCredential": map[string]any{"displayName": "portal", "endDateTime": time.Now().AddDate(2, 0, 0).UTC().Format(time.RFC3339)},
		})
		resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories, Steps: []resource.TestStep{{
			Config: tenant.Provider() + data("test", fmt.Sprintf("unique_name = %q", found["unique_name"])),
			ConfigStateChecks: has("data.sapio365_app_session.test", map[string]knownvalue.Check{
				"client_id": knownvalue.StringExact(found["client_id"]), "admin_consent_granted": knownvalue.Bool(false),
				"missing_consents":     labels("Microsoft Graph: User.Read.All (application)"),
				"client_secret_key_id": knownvalue.StringExact(found["client_secret_key_id"]),
				"credential_count":     knownvalue.Int64Exact(2), "unmanaged_credentials": knownvalue.Int64Exact(1),
			}),
		}}})
		return nil
	}})
}

// A registration of somebody else is found by its client ID, and told from the session of the same name.
func TestAccAppSessionData_ambiguous(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, "registrations of others are left in it", emulator.TenantOptions{})
	twin := tenant.Graph(t, http.MethodPost, "/applications", map[string]any{"displayName": tenant.Name() + " Twin"})
	clientID := fmt.Sprint(twin["appId"])
	made := tenant.Provider() + session(tenant.Tenant, "Twin", readUsers)
	run(t, tenant.Tenant, resource.TestStep{
		Config: made + data("test", fmt.Sprintf("client_id = %q", strings.ToUpper(clientID))),
		ConfigStateChecks: has("data.sapio365_app_session.test", map[string]knownvalue.Check{
			"client_id": knownvalue.StringExact(strings.ToUpper(clientID)), "id": knownvalue.StringExact(clientID),
			"authentication": knownvalue.Null(), "service_principal_id": knownvalue.Null(), "assignment_required": knownvalue.Null(),
			"unique_name": knownvalue.Null(), "permissions": knownvalue.MapExact(nil),
		}),
		Check: func(state *terraform.State) error {
			found := state.RootModule().Resources[resourceAddress].Primary.Attributes
			refusals := acctest.Refused(t, resource.TestStep{
				Config: tenant.Provider() + data("test", fmt.Sprintf("display_name = %q", tenant.Name()+" Twin")),
			})
			for _, part := range []string{"Ambiguous display name", "display_name = ", clientID + ", without the tag", found["client_id"], found["unique_name"]} {
				if !strings.Contains(refusals[0], part) {
					t.Errorf("%s lacks %s", refusals[0], part)
				}
			}
			return nil
		},
	})
}

func TestAccAppSessionData_badInput(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, "nothing is in it", emulator.TenantOptions{})
	const absent = "client_id = \"8ba3c1f0-3c5d-4f0e-9a8c-2f6f0d3b7e11\""
	for name, tt := range map[string]struct {
		arguments string
		says      []string
	}{
		"nothing":   {"", []string{"Nothing says which App session is meant"}},
		"two keys":  {absent + "\nunique_name = \"x\"", []string{"unique_name = ", "named twice"}},
		"empty":     {`display_name = ""`, []string{"display_name = ", "Nothing to look for"}},
		"no GUID":   {`client_id = "finance"`, []string{"client_id = ", "Not a client ID"}},
		"tenant":    {absent + "\ntenant_id = \"contoso.com\"", []string{"tenant_id = ", "Not a tenant ID"}},
		"absent id": {absent, []string{"client_id = ", "No such App session", "8ba3c1f0-3c5d-4f0e-9a8c-2f6f0d3b7e11", tenant.ID()}},
		"no name":   {`unique_name = "finance"`, []string{"unique_name = ", "No such App session", `unique name "finance"`}},
		"no label":  {`display_name = "Finance"`, []string{"display_name = ", "No such App session", `display name "Finance"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refusals := acctest.Refused(t, resource.TestStep{Config: tenant.Provider() + data("test", tt.arguments)})
			for _, part := range tt.says {
				if !strings.Contains(refusals[0], part) {
					t.Errorf("%s lacks %s", refusals[0], part)
				}
			}
		})
	}
}

// Whoever may not see App sessions is told the rule; with the access role, reading permissions are enough.
func TestAccAppSessionData_accessRule(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, "access roles are assigned in it", emulator.TenantOptions{})
	caller := tenant.Caller(t, "Application.Read.All", "DelegatedPermissionGrant.Read.All")
	both := "data \"sapio365_app_sessions\" \"test\" {\n include_consent = true\n}\n"
	run(t, tenant.Tenant, resource.TestStep{
		Config: tenant.ProviderUnder(entra.IgnoreAccess, tenant.Admin()) + session(tenant.Tenant, "Secret", readUsers) + fmt.Sprintf(`
resource "sapio365_access_roles" "test" {}

resource "sapio365_access_role_assignment" "test" {
  access_roles_id = sapio365_access_roles.test.id
  role            = "Access App sessions"
  principal_id    = %q
}
`, caller.ObjectID),
		Check: func(state *terraform.State) error {
			found := state.RootModule().Resources[resourceAddress].Primary.Attributes
			one := data("test", fmt.Sprintf("client_id = %q", found["client_id"]))
			stranger := tenant.Caller(t, "Application.Read.All", "DelegatedPermissionGrant.Read.All")
			for _, config := range []string{one, both} {
				refusal := strings.Join(acctest.Refused(t, resource.TestStep{Config: tenant.ProviderUnder(entra.Enforce, stranger) + config}), "\n")
				for _, part := range []string{stranger.ObjectID, `"Access App sessions"`, "see App sessions", "access_enforcement"} {
					if !strings.Contains(refusal, part) {
						t.Errorf("the refusal lacks %s:\n%s", part, refusal)
					}
				}
				if strings.Contains(refusal, found["unique_name"]) {
					t.Errorf("the refusal tells of the session:\n%s", refusal)
				}
			}
			resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories, Steps: []resource.TestStep{{
				Config: tenant.ProviderUnder(entra.Enforce, caller) + one + both,
				ConfigStateChecks: append(has("data.sapio365_app_session.test", map[string]knownvalue.Check{"admin_consent_granted": knownvalue.Bool(true)}),
					has("data.sapio365_app_sessions.test", map[string]knownvalue.Check{"sessions": knownvalue.ListSizeExact(1)})...),
			}}})
			return nil
		},
	})
}

// Of a tenant of its own that is out of reach everything is null; the provider's own is an error.
func TestAccAppSessionData_outOfReach(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, "it needs a second tenant", emulator.TenantOptions{})
	other := acctest.NewEmulated(t, "it needs a second tenant", emulator.TenantOptions{})
	at := fmt.Sprintf("tenant_id = %q", strings.ToUpper(other.ID()))
	run(t, tenant.Tenant, resource.TestStep{
		Config: tenant.Provider() + data("test", at, `unique_name = "finance"`) + "data \"sapio365_app_sessions\" \"test\" {\n" + at + "\n}\n",
		ConfigStateChecks: append(has("data.sapio365_app_session.test", map[string]knownvalue.Check{
			"tenant_id": knownvalue.StringExact(strings.ToUpper(other.ID())), "unique_name": knownvalue.StringExact("finance"),
			"client_id": knownvalue.Null(), "permissions": knownvalue.Null(), "credential_count": knownvalue.Null(),
		}), has("data.sapio365_app_sessions.test", map[string]knownvalue.Check{"sessions": knownvalue.Null()})...),
	})
	identity := tenant.Admin()
	identity.ClientSecret = "not~the~secret"
	refusals := acctest.Refused(t, resource.TestStep{Config: tenant.ProviderAs(identity) + data("test", `unique_name = "finance"`)})
	if !strings.Contains(refusals[0], "AADSTS7000215") {
		t.Error(refusals)
	}
}
