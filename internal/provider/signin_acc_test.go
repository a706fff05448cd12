package provider_test

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

// nowhere is an endpoint at which nobody listens.
const nowhere = "https://127.0.0.1:1"

// ownCredentials is why a test needs an emulated tenant.
const ownCredentials = "it makes the credentials that the provider signs in with"

// reaching are the arguments of a provider that signs in to the tenant with a secret.
func reaching(tenant acctest.Emulated, identity emulator.Identity) arguments {
	return arguments{
		"tenant_id": tenant.ID(), "client_id": identity.ClientID, "client_secret": identity.ClientSecret, "use_cli": "false",
		"graph_endpoint": tenant.Server.URL(), "login_endpoint": tenant.Server.URL(), "access_enforcement": "off",
		"ca_certificate_path": tenant.Environment()["SAPIO365_CA_CERTIFICATE_PATH"],
	}
}

// A sign-in that fails is an error of the plan: soon, explained, and without the secret.
func TestAccProvider_signInRefused(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, ownCredentials, emulator.TenantOptions{})
	expired := tenant.Graph(t, http.MethodPost, "/applications/"+tenant.Admin().ApplicationObjectID+"/addPassword", map[string]any{
		"passwordCredential": map[string]any{"startDateTime": "2020-01-01T00:00:00Z", "endDateTime": "2021-01-01T00:00:00Z"},
	})["secretText"]
	host := regexp.QuoteMeta(strings.TrimPrefix(tenant.Server.URL(), "https://"))
	const wrong = "not~the~secret~of~this~application"
	for name, row := range map[string]struct {
		further arguments
		says    string
	}{
		"wrong secret": {arguments{"client_secret": wrong},
			`the client secret from client_secret: AADSTS7000215: .*Give its value, not its id`},
		"expired secret": {arguments{"client_secret": fmt.Sprint(expired)},
			`the client secret from client_secret: AADSTS7000222: .*has expired\. Create a new one`},
		"unknown tenant": {arguments{"tenant_id": anyID},
			`Signing in to tenant ` + anyID + ` .*AADSTS90002: .*No tenant ` + anyID + ` .*Check tenant_id`},
		"unknown client": {arguments{"client_id": anyID},
			`AADSTS700016: .*The application ` + anyID + ` is not in tenant ` + tenant.ID() + `\. Check client_id`},
		"login not reachable": {arguments{"login_endpoint": nowhere}, `127\.0\.0\.1:1 cannot be reached: .*refused.*Check environment, login_endpoint`},
		"untrusted":           {arguments{"ca_certificate_path": ""}, host + ` is not trusted: .*set ca_certificate_path`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := reaching(tenant, tenant.Admin()).with(row.further)
			refuses(t, config, row.says, true, 30*time.Second)
		})
	}
	// The way to Microsoft Graph is tried several times before a run that may be half-way is given up.
	t.Run("graph not reachable", func(t *testing.T) {
		t.Parallel()
		refuses(t, reaching(tenant, tenant.Admin()).with(arguments{"graph_endpoint": nowhere}),
			`Could not create the App session.*127\.0\.0\.1:1.*refused.*Check .*graph_endpoint`, false, 30*time.Second)
	})
}

// refuses insists on an error that is like the pattern, comes within the limit and keeps the secret.
func refuses(t *testing.T, config arguments, pattern string, planOnly bool, limit time.Duration) {
	t.Helper()
	began := time.Now()
	refusals := acctest.Refused(t, resource.TestStep{Config: config.block() + session, PlanOnly: planOnly})
	if took := time.Since(began); took > limit {
		t.Errorf("the error came after %s", took)
	}
	if !slices.ContainsFunc(refusals, regexp.MustCompile(pattern).MatchString) {
		t.Errorf("no error matches %s:\n%s", pattern, strings.Join(refusals, "\n"))
	}
	if secret := config["client_secret"]; strings.Contains(strings.Join(refusals, "\n"), secret) {
		t.Error("the error repeats the secret")
	}
}

// A request that is refused names the permission that it takes and those that the token holds.
func TestAccProvider_forbidden(t *testing.T) {
	t.Parallel()
	const certificate = "certificate = { value = %q }\n exchange_online_powershell = {}"
	public, _ := acctest.Certificate(t, time.Hour)
	base := []string{"Application.ReadWrite.OwnedBy", "Application.Read.All", "AppRoleAssignment.ReadWrite.All"}
	for name, row := range map[string]struct {
		holds   []string
		session string
		needs   string
	}{
		"Application.ReadWrite": {[]string{"Application.Read.All", "AppRoleAssignment.ReadWrite.All"}, "", `Application\.ReadWrite\.OwnedBy`},
		"AppRoleAssignment.ReadWrite.All": {[]string{"Application.ReadWrite.OwnedBy", "Application.Read.All"}, "",
			`AppRoleAssignment\.ReadWrite\.All`},
		"DelegatedPermissionGrant.ReadWrite.All": {append(slices.Clone(base), "Directory.Read.All"),
			`permissions = { "Microsoft Graph" = { delegated = ["User.Read"] } }`, `DelegatedPermissionGrant\.ReadWrite\.All`},
		"RoleManagement.ReadWrite.Directory": {append(slices.Clone(base), "Directory.Read.All"),
			fmt.Sprintf(certificate, public), `RoleManagement\.ReadWrite\.Directory`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tenant := acctest.NewEmulated(t, ownCredentials, emulator.TenantOptions{})
			body := "display_name = \"Acceptance\"\n" + row.session
			if !strings.Contains(body, "permissions") {
				body += "\npermissions = { \"Microsoft Graph\" = { application = [\"User.Read.All\"] } }"
			}
			caller := tenant.Caller(t, row.holds...)
			config := reaching(tenant, caller).block() + "resource \"sapio365_app_session\" \"test\" {\n" + body + "\n}\n"
			text := strings.Join(acctest.Refused(t, resource.TestStep{Config: config}), "\n")
			slices.Sort(row.holds)
			pattern := `answered 403 Authorization_RequestDenied.*Least permissions that would do: [^:]*` + row.needs + `.*The token holds: ([^:]*)\. A Global Administrator .* can grant them`
			found := regexp.MustCompile(pattern).FindStringSubmatch(text)
			if found == nil {
				t.Fatalf("no error matches %s:\n%s", pattern, text)
			}
			holds := strings.Split(found[1], ", ")
			if slices.Sort(holds); !slices.Equal(holds, row.holds) {
				t.Errorf("the token holds %v, the error says %v", row.holds, holds)
			}
			if strings.Contains(text, caller.ClientSecret) {
				t.Error("the error repeats the secret")
			}
		})
	}
}
