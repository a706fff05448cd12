package partner_test

import (
	"fmt"
	"regexp"
	"slices"
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
	contoso, fabrikam, adatum = "aaaaaaaa-0000-4000-8000-000000000001", "bbbbbbbb-0000-4000-8000-000000000002", "cccccccc-0000-4000-8000-000000000003"

	seedsCustomers = "customers of a partner cannot be made through Microsoft Graph"
)

var customers = []emulator.Customer{
	{TenantID: contoso, DisplayName: "Contoso", Domain: "contoso.example", Relationship: "active", Contract: "ResellerPartner"},
	{TenantID: contoso, DisplayName: "Contoso", Relationship: "terminated"},
	{TenantID: fabrikam, DisplayName: "fabrikam", Relationship: "approvalPending"},
	{TenantID: adatum, DisplayName: "Adatum", Domain: "adatum.example", Contract: "BreadthPartner"},
	{Relationship: "created"},
}

func block(lines ...string) string {
	return "data \"sapio365_customers\" \"test\" {\n" + strings.Join(lines, "\n") + "\n}\n"
}

// listed are the customers as "tenant name domain relationship status".
func listed(rows ...string) statecheck.StateCheck {
	checks := make([]knownvalue.Check, len(rows))
	for i, row := range rows {
		value := func(text string) knownvalue.Check {
			if text == "-" {
				return knownvalue.Null()
			}
			return knownvalue.StringExact(text)
		}
		fields := strings.Fields(row)
		checks[i] = knownvalue.ObjectExact(map[string]knownvalue.Check{
			"tenant_id": value(fields[0]), "display_name": value(fields[1]), "default_domain": value(fields[2]),
			"relationship": value(fields[3]), "status": value(fields[4]),
		})
	}
	return statecheck.ExpectKnownValue("data.sapio365_customers.test", tfjsonpath.New("customers"), knownvalue.ListExact(checks))
}

func read(t *testing.T, config string, checks ...statecheck.StateCheck) {
	t.Helper()
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps:                    []resource.TestStep{{Config: config, ConfigStateChecks: checks}},
	})
}

func TestAccCustomers(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, seedsCustomers, emulator.TenantOptions{Customers: customers})
	identity := tenant.Caller(t, "DelegatedAdminRelationship.Read.All", "Directory.Read.All")
	read(t, tenant.ProviderAs(identity)+block(), listed(
		adatum+" Adatum adatum.example contract -", contoso+" Contoso contoso.example both active",
		fabrikam+" fabrikam - delegated_admin approvalPending"))
	delegated := tenant.Caller(t, "DelegatedAdminRelationship.Read.All")
	read(t, tenant.ProviderAs(delegated)+block(`sources = ["delegated_admin"]`), listed(
		contoso+" Contoso - delegated_admin active", fabrikam+" fabrikam - delegated_admin approvalPending"))
	contracts := tenant.Caller(t, "Directory.Read.All")
	read(t, tenant.ProviderAs(contracts)+block(`sources = ["contract"]`), listed(
		adatum+" Adatum adatum.example contract -", contoso+" Contoso contoso.example contract -"))
}

// Who has no customers has an empty list.
func TestAccCustomers_none(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, seedsCustomers, emulator.TenantOptions{})
	identity := tenant.Caller(t, "DelegatedAdminRelationship.Read.All", "Directory.Read.All")
	read(t, tenant.ProviderAs(identity)+block(), listed())
}

// A source that may not be read is an error that names the permission, and the way to do without.
func TestAccCustomers_forbidden(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, seedsCustomers, emulator.TenantOptions{Customers: customers})
	for holds, needs := range map[string]string{
		"Directory.Read.All":                  "DelegatedAdminRelationship.Read.All",
		"DelegatedAdminRelationship.Read.All": "Directory.Read.All",
	} {
		refusals := acctest.Refused(t, resource.TestStep{Config: tenant.ProviderAs(tenant.Caller(t, holds)) + block()})
		pattern := regexp.MustCompile(`Could not list the customers .*Least permissions that would do: ` + regexp.QuoteMeta(needs) +
			`\. .*set sources to \["delegated_admin"\] or \["contract"\]`)
		if len(refusals) != 1 || !pattern.MatchString(refusals[0]) {
			t.Errorf("with %s: no error matches %s:\n%s", holds, pattern, strings.Join(refusals, "\n"))
		}
	}
}

// A partner's tenant that is out of reach is an error where it is the provider's own, and null where it is another.
func TestAccCustomers_outOfReach(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, seedsCustomers, emulator.TenantOptions{})
	other := acctest.NewEmulated(t, seedsCustomers, emulator.TenantOptions{Customers: customers})
	foreign := block(fmt.Sprintf("tenant_id = %q", other.ID()))
	read(t, tenant.Provider()+foreign, statecheck.ExpectKnownValue("data.sapio365_customers.test", tfjsonpath.New("customers"), knownvalue.Null()))
	identity := tenant.Admin()
	identity.ClientSecret = "not~the~secret"
	refusals := acctest.Refused(t, resource.TestStep{Config: tenant.ProviderAs(identity) + block()})
	if !regexp.MustCompile(`Could not list the customers .*AADSTS7000215`).MatchString(refusals[0]) {
		t.Error(refusals)
	}
}

func TestAccCustomers_badInput(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, seedsCustomers, emulator.TenantOptions{})
	for line, says := range map[string]string{
		`tenant_id = "contoso.com"`:           `is not a GUID`,
		`sources = []`:                        `sources.*at least 1`,
		`sources = ["delegated_admin", null]`: `(?i)null`,
		`sources = ["gdap"]`:                  `"delegated_admin" "contract"`,
	} {
		refusals := acctest.Refused(t, resource.TestStep{Config: tenant.Provider() + block(line)})
		if !slices.ContainsFunc(refusals, regexp.MustCompile(says).MatchString) {
			t.Errorf("%s: no error matches %s:\n%s", line, says, strings.Join(refusals, "\n"))
		}
	}
}
