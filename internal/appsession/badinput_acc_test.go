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
	"github.com/sapio365/terraform-provider-sapio365/internal/entra/catalogue"
)

// countsRequests is why a test that looks at the log of requests needs an emulated tenant.
const countsRequests = "it looks at the requests that the tenant got"

// named gives a name that no tenant ever sees.
const named = `display_name = "Acceptance"`

// badInput is a session that must be refused.
type badInput struct {
	name  string   // of the resource
	lines []string // of the resource block
	line  string   // how the line of the configuration begins that Terraform must show; empty when it can show none
	says  string   // regular expression of what the error must say: the attribute, what is wrong, what to do
}

// declared is a configuration with one resource for each row: Terraform tells all their errors in one run.
func declared(rows []badInput) string {
	var b strings.Builder
	for _, row := range rows {
		fmt.Fprintf(&b, "resource \"sapio365_app_session\" %q {\n  %s\n}\n", row.name, strings.Join(row.lines, "\n  "))
	}
	return b.String()
}

// expect looks for the error of every row among those that Terraform printed.
func expect(t *testing.T, refusals []string, rows []badInput) {
	t.Helper()
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			elsewhere := func(refusal string) bool {
				return !strings.Contains(refusal, " with sapio365_app_session."+row.name+",")
			}
			about := slices.DeleteFunc(slices.Clone(refusals), elsewhere)
			pattern := regexp.MustCompile(` \d+: ` + regexp.QuoteMeta(row.line) + `.*` + row.says)
			if !slices.ContainsFunc(about, pattern.MatchString) {
				t.Errorf("no error matches %s:\n%s", pattern, strings.Join(about, "\n"))
			}
		})
	}
}

// permissionsOf are the lines of a session with these permissions.
func permissionsOf(permissions string) []string {
	return []string{named, "permissions = {", permissions, "}"}
}

// with are the lines of a session that is good but for these.
func with(lines ...string) []string { return append([]string{named, readUsers}, lines...) }

var graphNames = func() []string {
	var names []string
	for _, entry := range catalogue.All(catalogue.MicrosoftGraph, catalogue.Application) {
		names = append(names, fmt.Sprintf("%q", entry.Name))
	}
	return names
}()

func graphPermissions(n int) string {
	return `"Microsoft Graph" = { application = [` + strings.Join(graphNames[:n], ", ") + `] }`
}

func apis(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "\"11111111-2222-3333-4444-%012d\" = { application = [\"Read.All\"] }\n", i)
	}
	return b.String()
}

var badAlone = []badInput{
	{"name_empty", []string{readUsers, `display_name = ""`}, "display_name", `display_name has 0 characters\. Give it 1 to 120`},
	{"name_blank", []string{readUsers, `display_name = "  "`}, "display_name", `display_name "  ?" begins or ends with white space.* Remove it`},
	{"name_long", []string{readUsers, `display_name = "` + strings.Repeat("ä", 121) + `"`}, "display_name",
		`display_name has 121 characters\. Give it 1 to 120`},
	{"description_long", with(`description = "` + strings.Repeat("ä", 1025) + `"`), "description",
		`description has 1025 characters\. Shorten it to 1024`},
	{"unique_name_blank", with(`unique_name = "my session"`), "unique_name", `unique_name "my session" has white space.* Use dashes`},
	{"unique_name_long", with(`unique_name = "` + strings.Repeat("a", 121) + `"`), "unique_name",
		`unique_name has 121 characters\. Give it 1 to 120, or leave it out`},
	{"unique_name_empty", with(`unique_name = ""`), "unique_name", `unique_name has 0 characters\. Give it 1 to 120, or leave it out`},
	{"tenant_malformed", with(`tenant_id = "1234"`), "tenant_id", `"1234" is not a GUID.* 8-4-4-4-12`},
	{"tenant_domain", with(`tenant_id = "contoso.com"`), "tenant_id",
		`"contoso\.com" is not a GUID\. A domain name .* no tenant of this cloud has the domain contoso\.com`},
	{"owner_malformed", with(`owners = ["jane@contoso.com"]`), "owners", `"jane@contoso\.com" in owners is not a GUID\. Give the object ID`},

	{"permissions_missing", []string{named}, "", `names no permission.* Name at least one in permissions.* or set permission_profile`},
	{"permissions_empty", permissionsOf(``), "permissions", `names no permission`},
	{"permissions_empty_api", permissionsOf(`"Microsoft Graph" = {}`), "permissions", `names no permission`},
	{"permissions_empty_set", permissionsOf(`"Microsoft Graph" = { application = [], delegated = [] }`), "permissions", `names no permission`},
	{"permissions_null", permissionsOf(`"Microsoft Graph" = { application = [null] }`), "", `(?i)permissions.*application.*null`},
	{"api_unknown", permissionsOf(`"Microsoft Graf" = { application = ["User.Read.All"] }`), `"Microsoft Graf" =`,
		`"Microsoft Graf" is not an API .* Did you mean "Microsoft Graph"\? Use one of Microsoft Graph, Office 365 Exchange Online, .*` +
			`or the application \(client\) ID`},
	{"api_far_off", permissionsOf(`"Teams" = { application = ["User.Read.All"] }`), `"Teams" =`,
		`"Teams" is not an API .* Use one of Microsoft Graph, Office 365 Exchange Online`},
	{"api_malformed", permissionsOf(`"00000003-0000-0000-c000-00000000000" = { application = ["User.Read.All"] }`), `"00000003-`,
		`malformed GUID: write it as 8-4-4-4-12`},
	{"api_twice", permissionsOf(`"Microsoft Graph" = { application = ["User.Read.All"] }
		"00000003-0000-0000-C000-000000000000" = { delegated = ["User.Read"] }`), `"Microsoft Graph" =`,
		`"00000003-0000-0000-C000-000000000000" and "Microsoft Graph" are the same API\. Put all its permissions under one`},
	{"api_other_case", permissionsOf(`"Microsoft Graph" = { application = ["User.Read.All"] }
		"microsoft graph" = { delegated = ["User.Read"] }`), `"microsoft graph" =`, `are the same API`},
	{"delegated_among_application", permissionsOf(`"Microsoft Graph" = { application = ["User.Read"] }`), "",
		`permissions\["Microsoft Graph"\]\.application.*"User\.Read" as a delegated permission only\. Move it to the set "delegated"`},
	{"application_among_delegated", permissionsOf(`"Microsoft Graph" = { delegated = ["Mail.ReadBasic.All"] }`), "",
		`permissions\["Microsoft Graph"\]\.delegated.*"Mail\.ReadBasic\.All" as an application permission only\. Move it to the set "application"`},
	{"permission_malformed", permissionsOf(`"Microsoft Graph" = { application = ["User.Read.All Group.Read.All"] }`), "",
		`permissions\["Microsoft Graph"\]\.application.*"User\.Read\.All Group\.Read\.All" cannot be the name .*one per element`},
	{"permission_id_malformed", permissionsOf(`"Microsoft Graph" = { application = ["df021288-bdef-4463-88db-98f22de8921"] }`), "",
		`permissions\["Microsoft Graph"\]\.application.*looks like a GUID and is none.* or give the permission's name`},
	{"permissions_401", permissionsOf(graphPermissions(401)), "permissions", `declares 401 permissions.* allows 400 .*split it`},
	{"permissions_51_apis", permissionsOf(apis(51)), "permissions", `permissions of 51 APIs.* allows 50 .*split it`},
	{"profile_unknown", []string{named, `permission_profile = "readonly"`}, "permission_profile",
		`"readonly" is not a permission profile\. Use one of: administration, read_only`},

	{"valid_days_0", with(`client_secret = { valid_days = 0 }`), "", `client_secret\.valid_days is 0\. Give 1 to 3650 days`},
	{"rotate_negative", with(`client_secret = { rotate_before_days = -1 }`), "", `client_secret\.rotate_before_days is -1, with valid_days = 180\. Give 0 to 179`},
	{"rotate_always", with(`client_secret = { valid_days = 30, rotate_before_days = 30 }`), "", `rotate_before_days is 30, with valid_days = 30\. Give 0 to 29`},
	{"overlap_long", with(`client_secret = { overlap_days = 31 }`), "", `client_secret\.overlap_days is 31, with rotate_before_days = 30\. Give 0 to 30`},
	{"overlap_negative", with(`client_secret = { overlap_days = -1 }`), "", `client_secret\.overlap_days is -1`},
	{"sealed_to_name", with(`client_secret = { sealed_to = "jane@contoso.com" }`), "", `sealed_to cannot be used: it is neither an age recipient nor an SSH public key\. Give an age recipient`},
	{"sealed_to_key", with(`client_secret = { sealed_to = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX" }`), "", `sealed_to holds a private key.*Make a new key`},
	{"verified_certificate", with(`certificate = { value = "x" }`, `verify_sign_in = true`), "verify_sign_in", `verify_sign_in is true, and certificate is set, whose private key the provider does not have\. Remove`},
	{"certificate_none", with(`certificate = {}`), "certificate", `certificate has neither value nor value_wo`},
	{"certificate_twice", with(`certificate = { value = "x", value_wo = "y", value_wo_version = 1 }`), "", `certificate\.value and certificate\.value_wo are both set`},
	{"no_version", with(`certificate = { value_wo = "x" }`), "", `value_wo is set without certificate\.value_wo_version`},
	{"version_of_nothing", with(`certificate = { value = "x", value_wo_version = 1 }`), "certificate", `value_wo_version or value_wo_password is set without certificate\.value_wo`},
	{"overlap_of_certificate", with(`certificate = { value = "x", overlap_days = 366 }`), "", `certificate\.overlap_days is 366\. Give 0 to 365`},
	{"write_only_garbage", with(`certificate = { value_wo = "00ff", value_wo_version = 1 }`), "", `certificate\.value_wo holds no certificate in any known encoding`},
	{"valid_days_3651", with(`client_secret = { valid_days = 3651 }`), "", `client_secret\.valid_days is 3651\. Give 1 to 3650 days`},
	{"exchange_with_secret", with(`client_secret = {}`, `exchange_online_powershell = {}`), "exchange_online_powershell",
		`accepts no client secret\. Set certificate, or remove exchange_online_powershell`},
	{"exchange_role", with(`exchange_online_powershell = { role = "Exchange Administrators" }`), "",
		`exchange_online_powershell\.role is "Exchange Administrators".* Did you mean "Exchange Administrator"\? Use one of: `},
}

// badToCreate is good for an imported session, whose certificate may be nobody's business. What it is the plan knows.
var badToCreate = []badInput{
	{"exchange_bare", with(`exchange_online_powershell = {}`), "exchange_online_powershell",
		`accepts no client secret\. Set certificate, or remove exchange_online_powershell`},
}

// What a configuration says wrong on its own is told without a look at the tenant.
func TestAccAppSession_badInput(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, countsRequests, emulator.TenantOptions{})
	for _, rows := range [][]badInput{badAlone, badToCreate} {
		refusals := acctest.Refused(t, resource.TestStep{Config: tenant.Provider() + declared(rows), PlanOnly: true})
		if requests := tenant.Requests(); len(requests) > 0 {
			t.Errorf("the tenant was asked: %v", requests)
		}
		expect(t, refusals, rows)
	}
}

const scopesOnly = `"%s" = { application = ["Reports.Read"] }`

var badForTenant = []badInput{
	{"unknown", permissionsOf(`"Microsoft Graph" = { application = ["User.Raed.All"] }`), "",
		`permissions\["Microsoft Graph"\]\.application: .*no application permission "User\.Raed\.All"\. Did you mean "User\.Read\.All"\?`},
	{"unknown_delegated", permissionsOf(`"Office 365 Exchange Online" = { delegated = ["Mail.Raed"] }`), "",
		`permissions\["Office 365 Exchange Online"\]\.delegated: .*no delegated permission "Mail\.Raed"\. Did you mean "Mail\.Read"\?`},
	{"unknown_far_off", permissionsOf(`"Microsoft Graph" = { application = ["Nonsense"] }`), "",
		`no application permission "Nonsense"\. Check the spelling`},
	{"unknown_delegated_id", permissionsOf(`"Microsoft Graph" = { delegated = ["11111111-2222-3333-4444-555555555555"] }`), "",
		`no delegated permission "11111111-2222-3333-4444-555555555555"\. Check`},
	{"api_absent", permissionsOf(`"11111111-2222-3333-4444-555555555555" = { application = ["Read.All"] }`), `"11111111-`,
		`11111111-2222-3333-4444-555555555555 has no service principal in tenant .* let an administrator add it.* or give .* Application\.ReadWrite\.All`},
}

// At the limits a configuration is still good.
var barelyGood = []badInput{
	{name: "name_120", lines: []string{readUsers, `display_name = "` + strings.Repeat("ä", 120) + `"`}},
	{name: "description_1024", lines: with(`description = "` + strings.Repeat("ä", 1024) + `"`)},
	{name: "unique_name_120", lines: with(`unique_name = "` + strings.Repeat("ä", 120) + `"`)},
	{name: "permissions_400", lines: permissionsOf(graphPermissions(400))},
	{name: "valid_days_3650", lines: with(`client_secret = { valid_days = 3650 }`)},
}

// What only the tenant can tell is told by the plan, before anything is written.
func TestAccAppSession_badForTenant(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, countsRequests, emulator.TenantOptions{})
	api := fmt.Sprint(tenant.Graph(t, http.MethodPost, "/applications", map[string]any{
		"displayName": "Reporting", "api": map[string]any{"oauth2PermissionScopes": []any{map[string]any{
			"id": "11111111-2222-3333-4444-666666666666", "value": "Reports.Read", "type": "User", "isEnabled": true,
			"adminConsentDisplayName": "Read reports", "adminConsentDescription": "Read reports",
		}}},
	})["appId"])
	tenant.Graph(t, http.MethodPost, "/servicePrincipals", map[string]any{"appId": api})
	expired, _ := acctest.Certificate(t, -24*time.Hour)
	rows := append(slices.Clone(badForTenant),
		badInput{"other_kind", permissionsOf(fmt.Sprintf(scopesOnly, api)), "",
			`"Reports\.Read" is a permission of the other kind.* Move it to the set "delegated"`},
		badInput{"certificate_expired", with(certificateLine(expired)), "",
			`certificate\.value is the certificate [0-9A-F]{40}, which expired on 20.*Give one that is still valid`},
	)

	refusals := acctest.Refused(t, resource.TestStep{Config: tenant.Provider() + declared(slices.Concat(rows, barelyGood)), PlanOnly: true})
	for _, request := range tenant.Requests() {
		for _, part := range append(request.Parts, request) {
			if part.Kind == "graph" && part.Method != http.MethodGet && part.Path != "/$batch" {
				t.Errorf("the plan wrote: %s %s", part.Method, part.Path)
			}
		}
	}
	expect(t, refusals, rows)
	for _, row := range barelyGood {
		if i := slices.IndexFunc(refusals, func(r string) bool { return strings.Contains(r, "sapio365_app_session."+row.name) }); i >= 0 {
			t.Errorf("%s was refused: %s", row.name, refusals[i])
		}
	}
}

// A session stays in its tenant when the provider moves to another one, until the configuration says what is meant.
func TestAccAppSession_providerMoved(t *testing.T) {
	t.Parallel()
	const reason = "it moves between two tenants"
	first, other := acctest.NewEmulated(t, reason, emulator.TenantOptions{}), acctest.NewEmulated(t, reason, emulator.TenantOptions{})
	body := session(named, readUsers)
	refusals := acctest.Refused(t,
		resource.TestStep{Config: first.Provider() + body},
		resource.TestStep{Config: other.Provider() + body, PlanOnly: true},
		resource.TestStep{Config: first.Provider() + body, PlanOnly: true},
	)
	expect(t, refusals, []badInput{{"test", nil, "", fmt.Sprintf(
		`lives in tenant %s, tenant_id is not set, and the provider's tenant is %s now.*set tenant_id = "%[1]s".*set tenant_id = "%[2]s"`,
		first.ID(), other.ID())}})
	for _, request := range other.Requests() {
		if request.Kind == "graph" {
			t.Errorf("the other tenant was asked: %s %s", request.Method, request.Path)
		}
	}
}

// What is not there, and what is imported under two addresses, is told by its client ID and tenant.
func TestAccAppSession_badImport(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, "object IDs of its own", emulator.TenantOptions{})
	made := tenant.Graph(t, http.MethodPost, "/applications", map[string]any{"displayName": tenant.Name()})
	clientID, objectID := fmt.Sprint(made["appId"]), fmt.Sprint(made["id"])
	for name, row := range map[string]struct {
		ids  []string
		says string
	}{
		"object ID": {[]string{objectID}, fmt.Sprintf("In tenant %s there is no app registration with the client ID %s. Give the application (client) ID", tenant.ID(), objectID)},
		"twice": {[]string{clientID, tenant.ID() + "/" + strings.ToUpper(clientID)},
			fmt.Sprintf("Another resource of this configuration imports an App session %s/%s, too.", tenant.ID(), clientID)},
	} {
		config := tenant.Provider()
		var rows []badInput
		for i, id := range row.ids {
			rows = append(rows, badInput{name: fmt.Sprintf("test%d", i), lines: with()})
			config += fmt.Sprintf("import {\n  to = sapio365_app_session.test%d\n  id = %q\n}\n", i, id)
		}
		refusals := acctest.Refused(t, resource.TestStep{Config: config + declared(rows), PlanOnly: true})
		if len(refusals) != 1 || !strings.Contains(refusals[0], row.says) {
			t.Errorf("%s: want one error with %q:\n%s", name, row.says, strings.Join(refusals, "\n"))
		}
	}
}

func TestAccAppSession_badImportID(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, countsRequests, emulator.TenantOptions{})
	config := tenant.Provider()
	var rows []badInput
	for name, id := range map[string]string{
		"word": "nonsense", "domain": "contoso.com/11111111-2222-3333-4444-555555555555", "slash": "11111111-2222-3333-4444-555555555555/",
		"three": "11111111-2222-3333-4444-555555555555/11111111-2222-3333-4444-555555555555/1",
	} {
		config += fmt.Sprintf("import {\n  to = sapio365_app_session.%s\n  id = %q\n}\n", name, id)
		rows = append(rows, badInput{name: name, lines: with(), says: regexp.QuoteMeta(fmt.Sprintf("%q is no import ID", id)) +
			`.* Give the client ID alone .*, or TENANT_ID/CLIENT_ID`})
	}
	refusals := acctest.Refused(t, resource.TestStep{Config: config + declared(rows), PlanOnly: true})
	if requests := tenant.Requests(); len(requests) > 0 {
		t.Errorf("the tenant was asked: %v", requests)
	}
	for _, row := range rows {
		if pattern := regexp.MustCompile(row.says); !slices.ContainsFunc(refusals, pattern.MatchString) {
			t.Errorf("no error matches %s:\n%s", pattern, strings.Join(refusals, "\n"))
		}
	}
}
