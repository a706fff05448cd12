package tenant_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
)

func TestMain(m *testing.M) { acctest.Main(m) }

const (
	address      = "data.sapio365_tenant.test"
	ownCallers   = "it makes the identity that the provider signs in as"
	setsPolicies = "it changes the policies of the whole tenant"
)

const block = "data \"sapio365_tenant\" \"test\" {}\n"

func has(attributes map[string]knownvalue.Check) []statecheck.StateCheck {
	var checks []statecheck.StateCheck
	for path, check := range attributes {
		at := tfjsonpath.New(strings.Split(path, ".")[0])
		for _, step := range strings.Split(path, ".")[1:] {
			at = at.AtMapKey(step)
		}
		checks = append(checks, statecheck.ExpectKnownValue(address, at, check))
	}
	return checks
}

func set(values ...string) knownvalue.Check {
	checks := make([]knownvalue.Check, len(values))
	for i, value := range values {
		checks[i] = knownvalue.StringExact(value)
	}
	return knownvalue.SetExact(checks)
}

func read(t *testing.T, config string, attributes map[string]knownvalue.Check) {
	t.Helper()
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps:                    []resource.TestStep{{Config: config, ConfigStateChecks: has(attributes)}},
	})
}

// Whatever the tenant is, it has a name and a domain, and the provider knows who it is there.
func TestAccTenant(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewTenant(t)
	read(t, tenant.Provider()+block, map[string]knownvalue.Check{
		"tenant_id": knownvalue.StringExact(tenant.ID()), "display_name": knownvalue.NotNull(), "default_domain": knownvalue.NotNull(),
		"hybrid": knownvalue.NotNull(), "caller.object_id": knownvalue.NotNull(), "caller.credential_source": knownvalue.NotNull(),
		"missing_permissions.sapio365_tenant": knownvalue.NotNull(),
	})
}

func TestAccTenant_everything(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, setsPolicies, emulator.TenantOptions{DisplayName: "Fabrikam", Domain: "fabrikam.example", Hybrid: true})
	rule := func(kind string, lifetime any) []any {
		return []any{map[string]any{
			"restrictionType": kind, "state": "enabled", "maxLifetime": lifetime,
			"restrictForAppsCreatedAfterDateTime": "2020-01-01T00:00:00Z",
		}}
	}
	restrict := func(secrets []any) {
		tenant.Graph(t, http.MethodPatch, "/policies/defaultAppManagementPolicy", map[string]any{
			"isEnabled": true, "applicationRestrictions": map[string]any{
				"passwordCredentials": secrets, "keyCredentials": rule("asymmetricKeyLifetime", "P1Y"),
			},
		})
	}
	caller := tenant.Caller(t, "Application.ReadWrite.OwnedBy", "Directory.Read.All", "Policy.Read.All")
	config := tenant.ProviderAs(caller) + block
	read(t, config, map[string]knownvalue.Check{
		"tenant_id": knownvalue.StringExact(tenant.ID()), "display_name": knownvalue.StringExact("Fabrikam"),
		"default_domain": knownvalue.StringExact("fabrikam.example"), "hybrid": knownvalue.Bool(true),
		"caller.object_id": knownvalue.StringExact(caller.ObjectID), "caller.type": knownvalue.StringExact("service_principal"),
		"caller.name": knownvalue.StringExact(t.Name()), "caller.credential_source": knownvalue.StringExact("client_secret"),
		"secrets_allowed": knownvalue.Bool(true), "max_secret_days": knownvalue.Null(), "max_certificate_days": knownvalue.Null(),
		"caller_permissions":                  set("Application.ReadWrite.OwnedBy", "Directory.Read.All", "Policy.Read.All"),
		"missing_permissions.sapio365_tenant": set(), "caller_access_roles": set(),
		"missing_permissions.sapio365_app_session": set("AppRoleAssignment.ReadWrite.All", "Application.ReadWrite.All",
			"DelegatedPermissionGrant.ReadWrite.All", "RoleManagement.ReadWrite.Directory"),
	})
	restrict(rule("passwordLifetime", "P90D"))
	read(t, config, map[string]knownvalue.Check{
		"secrets_allowed": knownvalue.Bool(true), "max_secret_days": knownvalue.Int64Exact(90), "max_certificate_days": knownvalue.Int64Exact(365),
	})
	restrict(rule("passwordAddition", nil))
	read(t, config, map[string]knownvalue.Check{"secrets_allowed": knownvalue.Bool(false), "max_secret_days": knownvalue.Int64Exact(0)})
}

// What the caller may not read is null, and what its token says is there all the same.
func TestAccTenant_unreadable(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, ownCallers, emulator.TenantOptions{})
	caller := tenant.Caller(t, "User.Read.All")
	read(t, tenant.ProviderAs(caller)+block, map[string]knownvalue.Check{
		"display_name": knownvalue.Null(), "default_domain": knownvalue.Null(), "hybrid": knownvalue.Null(),
		"secrets_allowed": knownvalue.Null(), "max_secret_days": knownvalue.Null(), "max_certificate_days": knownvalue.Null(),
		"caller.object_id": knownvalue.StringExact(caller.ObjectID), "caller_permissions": set("User.Read.All"),
		"missing_permissions.sapio365_tenant": set("Application.Read.All", "Organization.Read.All", "Policy.Read.All"),
		"caller_access_roles":                 knownvalue.Null(),
	})
}

// The access roles are those that the caller holds when the data source is read.
func TestAccTenant_accessRoles(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, ownCallers, emulator.TenantOptions{})
	read(t, tenant.Provider()+fmt.Sprintf(`
resource "sapio365_access_roles" "test" {}

resource "sapio365_access_role_assignment" "test" {
  access_roles_id = sapio365_access_roles.test.id
  role            = "General Manager"
  principal_id    = %q
}

data "sapio365_tenant" "test" {
  depends_on = [sapio365_access_role_assignment.test]
}
`, tenant.Admin().ObjectID), map[string]knownvalue.Check{"caller_access_roles": set("General Manager")})
}

// A tenant that is out of reach is an error where it is the provider's own, and null where it is another.
func TestAccTenant_outOfReach(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, "it needs a second tenant", emulator.TenantOptions{})
	other := acctest.NewEmulated(t, "it needs a second tenant", emulator.TenantOptions{})
	foreign := fmt.Sprintf("data \"sapio365_tenant\" \"test\" {\n  tenant_id = %q\n}\n", strings.ToUpper(other.ID()))
	read(t, tenant.Provider()+foreign, map[string]knownvalue.Check{
		"tenant_id": knownvalue.StringExact(strings.ToUpper(other.ID())), "display_name": knownvalue.Null(), "caller": knownvalue.Null(),
		"missing_permissions": knownvalue.Null(),
	})
	identity := tenant.Admin()
	identity.ClientSecret = "not~the~secret"
	refusals := acctest.Refused(t, resource.TestStep{Config: tenant.ProviderAs(identity) + block})
	if !regexp.MustCompile(`Could not read the tenant .*AADSTS7000215`).MatchString(refusals[0]) {
		t.Error(refusals)
	}
}

func TestAccTenant_badInput(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, "its domain is known", emulator.TenantOptions{Domain: "contoso-input.example"})
	refusals := acctest.Refused(t, resource.TestStep{
		Config: tenant.Provider() + "data \"sapio365_tenant\" \"test\" {\n  tenant_id = \"contoso-input.example\"\n}\n",
	})
	if !strings.Contains(refusals[0], "GUID") || !strings.Contains(refusals[0], "tenant_id") {
		t.Error(refusals)
	}
}
