package sessiondata_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

const listAddress = "data.sapio365_app_sessions.test"

// list is a data source sapio365_app_sessions.
func list(lines ...string) string {
	return "data \"sapio365_app_sessions\" \"test\" {\n  " + strings.Join(lines, "\n  ") + "\n}\n"
}

// listed checks that there are just these sessions, in this order.
func listed(sessions ...map[string]knownvalue.Check) map[string]knownvalue.Check {
	checks := make([]knownvalue.Check, len(sessions))
	for i, session := range sessions {
		checks[i] = knownvalue.ObjectPartial(session)
	}
	return map[string]knownvalue.Check{"sessions": knownvalue.ListExact(checks)}
}

// Any tenant may hold sessions of others; those of the test are told by their name.
func TestAccAppSessions(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewTenant(t)
	made := tenant.Provider() + session(tenant, "Listed", readUsers, "client_secret = { valid_days = 20, rotate_before_days = 5 }")
	run(t, tenant, resource.TestStep{Config: made, Check: func(state *terraform.State) error {
		found := state.RootModule().Resources[resourceAddress].Primary.Attributes
		want := map[string]knownvalue.Check{
			"client_id": knownvalue.StringExact(found["client_id"]), "display_name": knownvalue.StringExact(found["display_name"]),
			"unique_name": knownvalue.StringExact(found["unique_name"]), "authentication": knownvalue.StringExact("client_secret"),
			"credential_expires_at": knownvalue.StringExact(found["client_secret_expires_at"]), "provisioning": knownvalue.Bool(false),
			"unmanaged_credentials": knownvalue.Int64Exact(0), "missing_consents": knownvalue.Null(),
			"import_id": knownvalue.StringExact(tenant.ID() + "/" + found["client_id"]),
		}
		prefix := fmt.Sprintf("display_name_prefix = %q", strings.ToUpper(tenant.Name()))
		steps := []resource.TestStep{
			{Config: tenant.Provider() + list(prefix), ConfigStateChecks: has(listAddress, listed(want))},
			{Config: tenant.Provider() + list(prefix, "expiring_within_days = 19"), ConfigStateChecks: has(listAddress, listed())},
			{Config: tenant.Provider() + list(prefix, "expiring_within_days = 21"), ConfigStateChecks: has(listAddress, listed(want))},
		}
		resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories, Steps: steps})
		return nil
	}})
}

func TestAccAppSessions_everything(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, "its registrations are counted", emulator.TenantOptions{})
	application := func(name string, tags ...any) string {
		made := tenant.Graph(t, http.MethodPost, "/applications", map[string]any{
			"displayName": name, "tags": append([]any{}, tags...),
			"requiredResourceAccess": []any{map[string]any{
				"resourceAppId":  "00000003-0000-0000-c000-000000000000",
				"resourceAccess": []any{map[string]any{"id": "df021288-bdef-4463-88db-98f22de89214", "type": "Role"}},
			}},
		})
		tenant.Graph(t, http.MethodPost, "/applications/"+fmt.Sprint(made["id"])+"/addPassword", map[string]any{})
		return fmt.Sprint(made["appId"])
	}
	adopted := application("Adopted")
	begun := application("Begun", entra.TagAppSession, entra.TagProvisioning("0123456789abcdef"))
	application("Not listed")
	lacks := labels("Microsoft Graph: User.Read.All (application)")
	resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories, Steps: []resource.TestStep{
		{
			Config: tenant.Provider() + list(fmt.Sprintf("client_ids = [%q, %q]", strings.ToUpper(adopted), begun), "include_consent = true"),
			ConfigStateChecks: has(listAddress, listed(
				map[string]knownvalue.Check{
					"client_id": knownvalue.StringExact(adopted), "unique_name": knownvalue.Null(), "provisioning": knownvalue.Bool(false),
					"missing_consents": lacks, "unmanaged_credentials": knownvalue.Int64Exact(1),
				},
				map[string]knownvalue.Check{"client_id": knownvalue.StringExact(begun), "provisioning": knownvalue.Bool(true), "missing_consents": lacks},
			)),
		},
		{Config: tenant.Provider() + list(), ConfigStateChecks: has(listAddress, listed(map[string]knownvalue.Check{"client_id": knownvalue.StringExact(begun)}))},
	}})
}

func TestAccAppSessions_badInput(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, "nothing is in it", emulator.TenantOptions{})
	for name, tt := range map[string]struct {
		arguments string
		says      []string
	}{
		"prefix":   {`display_name_prefix = ""`, []string{"display_name_prefix = ", "Nothing to look for"}},
		"days":     {"expiring_within_days = -1", []string{"expiring_within_days = ", "out of range"}},
		"no GUIDs": {`client_ids = ["finance"]`, []string{"client_ids = ", "Not a client ID"}},
		"absent":   {`client_ids = ["8ba3c1f0-3c5d-4f0e-9a8c-2f6f0d3b7e11"]`, []string{"client_ids = ", "No such app registration", "8ba3c1f0"}},
		"tenant":   {`tenant_id = "contoso.com"`, []string{"tenant_id = ", "Not a tenant ID"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refusals := acctest.Refused(t, resource.TestStep{Config: tenant.Provider() + list(tt.arguments)})
			for _, part := range tt.says {
				if !strings.Contains(refusals[0], part) {
					t.Errorf("%s lacks %s", refusals[0], part)
				}
			}
		})
	}
}
