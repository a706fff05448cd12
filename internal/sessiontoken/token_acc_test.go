package sessiontoken_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/conditions"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

func TestMain(m *testing.M) { acctest.Main(m) }

// session is an App session with permissions on two APIs.
func session(tenant acctest.Tenant, credential string) string {
	return fmt.Sprintf(`
resource "sapio365_app_session" "test" {
  display_name = %q
  permissions = {
    "Microsoft Graph"            = { application = ["User.Read.All", "Group.Read.All"] }
    "Office 365 Exchange Online" = { application = ["Mailbox.Migration"] }
  }
%s
}
`, tenant.Name(), credential)
}

const (
	address = "ephemeral.sapio365_app_session_token.test"
	secret  = "  client_secret = sapio365_app_session.test.client_secret_value\n"
)

// token asks for a token of the session, and echoes it.
func token(arguments string) string {
	return "ephemeral \"sapio365_app_session_token\" \"test\" {\n  client_id = sapio365_app_session.test.client_id\n" + arguments + "}\n" +
		acctest.Echo(address)
}

func run(t *testing.T, tenant acctest.Tenant, steps ...resource.TestStep) {
	t.Helper()
	acctest.TestOpening(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Echoing(), CheckDestroy: tenant.CheckDestroy, Steps: steps})
}

// has checks what is echoed.
func has(attributes map[string]knownvalue.Check) []statecheck.StateCheck {
	var checks []statecheck.StateCheck
	for name, check := range attributes {
		checks = append(checks, statecheck.ExpectKnownValue("echo.test", tfjsonpath.New("data").AtMapKey(name), check))
	}
	return checks
}

func names(values ...string) knownvalue.Check {
	checks := make([]knownvalue.Check, len(values))
	for i, value := range values {
		checks[i] = knownvalue.StringExact(value)
	}
	return knownvalue.SetExact(checks)
}

// isOfSession checks that the token is one of the session, signed in to with the kind of credential (appidacr), and that
// it ends when it is said to.
func isOfSession(kind string) resource.TestCheckFunc {
	return func(s *terraform.State) error {
		resources := s.RootModule().Resources
		echoed := resources["echo.test"].Primary.Attributes
		claims := jwt.MapClaims{}
		if _, _, err := jwt.NewParser().ParseUnverified(echoed["data.access_token"], claims); err != nil {
			return err
		}
		if want := resources["sapio365_app_session.test"].Primary.Attributes["client_id"]; claims["appid"] != want || claims["appidacr"] != kind {
			return fmt.Errorf("the token is of %v, with the credential of kind %v", claims["appid"], claims["appidacr"])
		}
		said, err := time.Parse("2006-01-02T15:04:05Z", echoed["data.expires_at"])
		if err != nil {
			return err
		}
		ends, err := claims.GetExpirationTime()
		if err != nil {
			return err
		}
		if ends.Sub(said).Abs() > 30*time.Second {
			return fmt.Errorf("it ends at %s, and is said to end at %s", ends, said)
		}
		return nil
	}
}

func TestAccAppSessionToken_secret(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewTenant(t)
	run(t, tenant, resource.TestStep{
		Config: tenant.Provider() + session(tenant, "") + token(secret),
		ConfigStateChecks: has(map[string]knownvalue.Check{
			"tenant_id": knownvalue.StringExact(tenant.ID()), "scope": knownvalue.StringExact(tenant.Cloud.GraphScope()),
			"roles": names("Group.Read.All", "User.Read.All"),
		}),
		Check: isOfSession("1"),
	})
}

func TestAccAppSessionToken_keyPair(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewTenant(t)
	certificate, pair := acctest.Certificate(t, 365*24*time.Hour)
	key, err := pair.PrivateKeyPEM()
	if err != nil {
		t.Fatal(err)
	}
	run(t, tenant, resource.TestStep{
		Config: tenant.Provider() + session(tenant, fmt.Sprintf("  certificate = { value = %q }\n", certificate)) +
			token(fmt.Sprintf("  private_key_pem = %q\n  certificate_pem = %q\n", key, certificate)),
		ConfigStateChecks: has(map[string]knownvalue.Check{"roles": names("Group.Read.All", "User.Read.All")}),
		Check:             isOfSession("2"),
	})
}

// A scope chooses another API, and a tenant in capitals stays as it is written.
func TestAccAppSessionToken_scope(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewTenant(t)
	const exchange = "https://outlook.office365.com/.default"
	written := strings.ToUpper(tenant.ID())
	run(t, tenant, resource.TestStep{
		Config: tenant.Provider() + session(tenant, "") + token(secret+fmt.Sprintf("  scope = %q\n  tenant_id = %q\n", exchange, written)),
		ConfigStateChecks: has(map[string]knownvalue.Check{
			"scope": knownvalue.StringExact(exchange), "roles": names("Mailbox.Migration"), "tenant_id": knownvalue.StringExact(written),
		}),
		Check: isOfSession("1"),
	})
}

// Servers that do not know the session yet are waited for.
func TestAccAppSessionToken_newSession(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, "its replicas are late", emulator.TenantOptions{})
	tenant.SetConditions(t, conditions.Conditions{Lags: []conditions.Lag{
		{Kind: directory.Application, Purpose: directory.SignIn, Delay: 3 * time.Second, Probability: 1},
		{Kind: directory.ServicePrincipal, Purpose: directory.SignIn, Delay: 4 * time.Second, Probability: 1},
	}})
	tenant.ResetRequests()
	run(t, tenant.Tenant, resource.TestStep{Config: tenant.Provider() + session(tenant.Tenant, "") + token(secret), Check: isOfSession("1")})
	refused := 0
	for _, request := range tenant.Requests() {
		if request.Kind == emulator.KindToken && request.Status >= http.StatusBadRequest {
			refused++
		}
	}
	if refused == 0 {
		t.Error("no sign-in was refused, so nothing was waited for")
	}
}

// given is a configuration that asks for a token of an application that is there already.
func given(identity emulator.Identity) string {
	return fmt.Sprintf("ephemeral \"sapio365_app_session_token\" \"test\" {\n  client_id     = %q\n  client_secret = %q\n}\n",
		identity.ClientID, identity.ClientSecret)
}

// A refusal that will not pass is explained at once.
func TestAccAppSessionToken_refused(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, "it disables an application", emulator.TenantOptions{})
	disabled := tenant.Caller(t, "User.Read.All")
	tenant.Graph(t, http.MethodPatch, "/servicePrincipals/"+disabled.ObjectID, map[string]any{"accountEnabled": false})
	refusals := acctest.Refused(t, resource.TestStep{Config: tenant.Provider() + given(disabled)})
	if !regexp.MustCompile(`Could not sign in as the App session .*client_secret: AADSTS7000112.* disabled .*Enterprise applications`).MatchString(refusals[0]) ||
		strings.Contains(refusals[0], disabled.ClientSecret) {
		t.Error(refusals)
	}
}

// Whoever may not see App sessions gets no token of one; with the access role it is given out.
func TestAccAppSessionToken_accessRule(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, "access roles are assigned in it", emulator.TenantOptions{})
	application := tenant.Caller(t, "User.Read.All")
	caller := tenant.Caller(t, "Application.Read.All")
	config := tenant.ProviderUnder(entra.Enforce, caller) + given(application)

	tenant.ResetRequests()
	refusal := strings.Join(acctest.Refused(t, resource.TestStep{Config: config}), "\n")
	for _, part := range []string{caller.ObjectID, `"Access App sessions"`, "see App sessions", "sapio365_access_role_assignment", "access_enforcement"} {
		if !strings.Contains(refusal, part) {
			t.Errorf("the refusal lacks %s:\n%s", part, refusal)
		}
	}
	for _, request := range tenant.Requests() {
		if request.Kind == emulator.KindToken && request.CallerID == application.ClientID {
			t.Error("it signed in all the same")
		}
	}

	assigned := fmt.Sprintf(`
resource "sapio365_access_roles" "test" {}

resource "sapio365_access_role_assignment" "test" {
  access_roles_id = sapio365_access_roles.test.id
  role            = "Access App sessions"
  principal_id    = %q
}
`, caller.ObjectID)
	resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories, CheckDestroy: tenant.CheckDestroy, Steps: []resource.TestStep{{
		Config: tenant.ProviderUnder(entra.IgnoreAccess, tenant.Admin()) + assigned,
		Check: func(*terraform.State) error {
			acctest.TestOpening(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Echoing(), Steps: []resource.TestStep{{
				Config: config + acctest.Echo(address), ConfigStateChecks: has(map[string]knownvalue.Check{"roles": names("User.Read.All")}),
			}}})
			return nil
		},
	}}})
}

func TestAccAppSessionToken_badInput(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, "nothing is asked of it", emulator.TenantOptions{})
	for name, tt := range map[string]struct{ arguments, says string }{
		"nothing":   {"", "Nothing says with what"},
		"two kinds": {"client_secret = \"x\"\nprivate_key_pem = \"x\"\n", "Two kinds of credentials"},
		"half":      {"certificate_pem = \"x\"\n", "private_key_pem is not set"},
		"scope":     {"client_secret = \"x\"\nscope = \"User.Read.All\"\n", "/.default"},
		"tenant":    {"client_secret = \"x\"\ntenant_id = \"contoso.com\"\n", "Not a tenant ID"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refusals := acctest.Refused(t, resource.TestStep{Config: tenant.Provider() +
				"ephemeral \"sapio365_app_session_token\" \"test\" {\nclient_id = \"8ba3c1f0-3c5d-4f0e-9a8c-2f6f0d3b7e11\"\n" + tt.arguments + "}\n"})
			if !strings.Contains(refusals[0], tt.says) {
				t.Error(refusals)
			}
		})
	}
}
