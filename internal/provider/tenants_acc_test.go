package provider_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
)

// withTenants is the provider block with entries of tenants: key and body.
func (a arguments) withTenants(entries ...string) string {
	body, _ := strings.CutSuffix(a.block(), "}\n")
	return body + "  tenants = {\n" + strings.Join(entries, "\n") + "\n  }\n}\n"
}

// Entries of tenants that make no sense are told at the entry.
func TestAccProvider_badTenants(t *testing.T) {
	t.Parallel()
	const other = "aaaaaaaa-2222-3333-4444-555555555555"
	good := arguments{
		"tenant_id": anyID, "client_id": anyID, "client_secret": "local.secret", "use_cli": "false",
		"graph_endpoint": nowhere, "login_endpoint": nowhere, "access_enforcement": "off",
	}
	entry := func(key, body string) string { return fmt.Sprintf("%q = { %s }", key, body) }
	const whole = "client_id = \"" + anyID + "\", client_secret = local.secret"
	for name, row := range map[string]struct {
		entries []string
		says    string
	}{
		"domain name": {[]string{entry("contoso.com", whole)},
			`The key "contoso\.com" of tenants is not a GUID\. A domain name can move.*` + nowhere + `/contoso\.com/`},
		"twice": {[]string{entry(other, whole), entry(strings.ToUpper(other), whole)}, `which are the same tenant: the case of letters does not count`},
		"own":   {[]string{entry(anyID, whole)}, `is the provider's own tenant \(tenant_id\)\. Give its credential in the provider block itself`},
		"empty": {[]string{entry(other, "")}, `The entry "` + other + `" of tenants has nothing to sign in with, and environment variables do not stand in`},
		"no client": {[]string{entry(other, "client_secret = local.secret")},
			`Signing in with tenants\["` + other + `"\]\.client_secret needs the application .*Set client_id in the same entry`},
		"both": {[]string{entry(other, whole+", client_secret_file_path = \"x\"")}, `Both client_secret and client_secret_file_path are set\. Remove one`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refusals := acctest.Refused(t, resource.TestStep{Config: secrets + good.withTenants(row.entries...) + session, PlanOnly: true})
			if !slices.ContainsFunc(refusals, regexp.MustCompile(row.says).MatchString) || len(refusals) != 1 {
				t.Errorf("no error matches %s:\n%s", row.says, strings.Join(refusals, "\n"))
			}
			if strings.Contains(strings.Join(refusals, "\n"), secret) {
				t.Error("an error repeats the secret")
			}
		})
	}
}

// An entry whose secret is made by the same apply has its tenant wait, and no other.
func TestAccProvider_tenantNotKnownYet(t *testing.T) {
	t.Parallel()
	home := acctest.NewEmulated(t, ownCredentials, emulator.TenantOptions{})
	customer := acctest.NewEmulated(t, ownCredentials, emulator.TenantOptions{})
	late := fmt.Sprintf("resource \"terraform_data\" \"secret\" {\n  input = %q\n}\n", customer.Admin().ClientSecret)
	provider := reaching(home, home.Admin()).withTenants(fmt.Sprintf("%q = {\n client_id = %q\n client_secret = terraform_data.secret.output\n}",
		customer.ID(), customer.Admin().ClientID))
	theirs := fmt.Sprintf(`
resource "sapio365_app_session" "theirs" {
  tenant_id          = %q
  display_name       = "Acceptance"
  permission_profile = "read_only"
}
`, customer.ID())
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{{
			Config: late + provider + session + theirs,
			Check: func(*terraform.State) error {
				for _, tenant := range []acctest.Emulated{home, customer} {
					if made := tenant.List(t, "/applications?$filter=displayName eq 'Acceptance'"); len(made) != 1 {
						return fmt.Errorf("tenant %s has %d sessions", tenant.ID(), len(made))
					}
				}
				return signedIn(customer)(nil)
			},
		}},
	})
}

// The tenant of a token is checked also where an entry of tenants signed in.
func TestAccProvider_tokenOfAnotherTenantForAnEntry(t *testing.T) {
	t.Parallel()
	home := acctest.NewEmulated(t, ownCredentials, emulator.TenantOptions{})
	asked := acctest.NewEmulated(t, ownCredentials, emulator.TenantOptions{})
	other := acctest.NewEmulated(t, ownCredentials, emulator.TenantOptions{})
	endpoint, authorities := (&confusedLogin{from: asked.ID(), to: other.ID()}).serve(t, asked)
	provider := reaching(home, home.Admin()).with(arguments{"login_endpoint": endpoint, "ca_certificate_path": authorities}).
		withTenants(fmt.Sprintf("%q = {\n client_id = %q\n client_secret = %q\n}", asked.ID(), other.Admin().ClientID, other.Admin().ClientSecret))
	refusals := acctest.Refused(t, resource.TestStep{Config: provider + session + fmt.Sprintf(`
resource "sapio365_app_session" "theirs" {
  tenant_id          = %q
  display_name       = "Acceptance"
  permission_profile = "read_only"
}
`, asked.ID())})
	if len(refusals) != 1 || !regexp.MustCompile(`(?i)asked for a token of tenant `+asked.ID()+`.* gave one of tenant "`+other.ID()).MatchString(refusals[0]) {
		t.Errorf("the errors are:\n%s", strings.Join(refusals, "\n"))
	}
	wroteNothing(t, asked)
	wroteNothing(t, other)
	if made := slices.ContainsFunc(home.Requests(), func(r emulator.Request) bool { return r.Method == http.MethodPost }); !made {
		t.Error("the other tenants did not go on")
	}
}
