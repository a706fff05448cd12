package onprem_test

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
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

const anyID = "11111111-2222-3333-4444-555555555555"

// badInput are settings that must be refused.
type badInput struct {
	name  string   // of the resource
	lines []string // of the resource block, but for the session
	says  string   // regular expression of what the error must say: the attribute, what is wrong, what to do
}

// of are the lines of these domain connections.
func of(all ...string) []string { return []string{connections(all...)} }

// with is a first connection with the line.
func with(line string) []string { return of(`{ domain = "contoso.local", ` + line + ` }`) }

// second is a second connection of these lines.
func second(lines string) []string { return of(contoso, "{ "+lines+" }") }

func many(n int) []string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf(`{ domain = "d%d.local", domain_controller = "dc.d%[1]d.local" }`, i))
	}
	return of(all...)
}

var longURI = "https://contoso.vault.azure.net/secrets/" + strings.Repeat("a", 127) + "/0123456789abcdef0123456789abcdef"

var badAlone = []badInput{
	{"session_name", []string{`app_session_id = "Reporting"`, connections(contoso)}, `"Reporting" is not a GUID`},
	{"tenant_domain", []string{`tenant_id = "contoso.com"`, connections(contoso)}, `"contoso\.com" is not a GUID`},
	{"none", nil, `(?i)"domain_connections" is required`},
	{"empty", of(), `domain_connections is empty\. Give at least one connection, or remove the resource`},
	{"too_many", many(21), `domain_connections has 21 connections\. Remove 1: a session can have 20`},
	{"null", of("null"), `domain_connections\[0\] is null\. Give its domain, or remove it`},

	{"domain_missing", of(`{ username = "svc" }`), `(?i)attribute "domain" is required`},
	{"domain_empty", of(`{ domain = "" }`), `domain_connections\[0\]\.domain is empty\. Give the DNS name of the Active Directory domain`},
	{"domain_short", of(`{ domain = "CONTOSO" }`), `domain_connections\[0\]\.domain has no dot, so that it is a short name`},
	{"domain_ip", of(`{ domain = "10.1.2.3" }`), `domain_connections\[0\]\.domain is an IP address`},
	{"domain_url", of(`{ domain = "ldap://contoso.local" }`), `domain_connections\[0\]\.domain has the character ':'`},
	{"domain_blank", of(`{ domain = "contoso local" }`), `domain_connections\[0\]\.domain has the character ' '`},
	{"domain_underscore", of(`{ domain = "my_domain.local" }`), `domain_connections\[0\]\.domain has the character '_'`},
	{"domain_dot", of(`{ domain = "contoso.local." }`), `domain_connections\[0\]\.domain ends with a dot`},
	{"domain_long", of(`{ domain = "` + strings.Repeat("abcdefghi.", 26) + `local" }`), `domain_connections\[0\]\.domain has 265 characters, more than the 253`},
	{"domain_twice", second(`domain = "contoso.local", domain_controller = "dc1.contoso.local"`),
		`domain_connections\[1\]\.domain is "contoso\.local", the domain of domain_connections\[0\] as well.* remove one of the two`},
	{"domain_twice_other_case", second(`domain = "Contoso.LOCAL", domain_controller = "dc1.contoso.local"`),
		`domain_connections\[1\]\.domain is "Contoso\.LOCAL", the domain of domain_connections\[0\] as well`},

	{"controller_missing", second(`domain = "fabrikam.local"`),
		`domain_connections\[1\]\.domain_controller is not set\. Only the first connection may leave it out\. Give .* dc1\.fabrikam\.local`},
	{"controller_missing_later", of(contoso, fabrikam, `{ domain = "t.local", domain_controller = "dc.t.local" }`, `{ domain = "u.local" }`),
		`domain_connections\[3\]\.domain_controller is not set`},
	{"controller_empty", with(`domain_controller = ""`), `domain_connections\[0\]\.domain_controller is empty\. Give the full DNS name`},
	{"controller_ip", second(`domain = "fabrikam.local", domain_controller = "192.168.0.1"`), `domain_connections\[1\]\.domain_controller is an IP address`},
	{"controller_ipv6", with(`domain_controller = "fe80::1"`), `domain_connections\[0\]\.domain_controller is an IP address`},
	{"controller_short", with(`domain_controller = "DC1"`), `domain_connections\[0\]\.domain_controller has no dot`},
	{"controller_port", with(`domain_controller = "dc1.contoso.local:636"`), `domain_connections\[0\]\.domain_controller has the character ':'`},

	{"username_empty", with(`username = " "`), `domain_connections\[0\]\.username is empty\. Give the name of the account, or leave it out`},
	{"username_colon", with(`username = "svc:hunter2"`), `domain_connections\[0\]\.username is not the name of an account alone.* credential_secret_id`},
	{"username_colon_alone", with(`username = "svc:"`), `domain_connections\[0\]\.username is not the name of an account alone`},
	{"username_password", with(`username = "svc password=hunter2"`), `domain_connections\[0\]\.username seems to hold a password.* credential_secret_id`},
	{"username_pwd", with(`username = "svc;PWD = hunter2"`), `domain_connections\[0\]\.username seems to hold a password`},
	{"username_line", with(`username = "svc\nhunter2"`), `domain_connections\[0\]\.username is not the name of an account alone`},
	{"username_blank", with(`username = "CONTOSO\\svc hunter2"`), `domain_connections\[0\]\.username is not the name of an account alone`},
	{"username_blank_wide", with(`username = "svc\u00a0hunter2"`), `domain_connections\[0\]\.username is not the name of an account alone`},
	{"username_complex", with(`username = "CONTOSO\\svc-sapio365 P@ssw0rd!"`), `domain_connections\[0\]\.username is not the name of an account alone`},
	{"username_percent", with(`username = "svc-sapio365%P@ssw0rd!"`), `domain_connections\[0\]\.username is not the name of an account alone`},
	{"username_percent_simple", with(`username = "svc%hunter2"`), `domain_connections\[0\]\.username is not the name of an account alone`},
	{"username_slash", with(`username = "CONTOSO\\svc/P@ssw0rd!"`), `domain_connections\[0\]\.username is not the name of an account alone`},
	{"username_backslashes", second(`domain = "f.local", domain_controller = "dc.f.local", username = "CONTOSO\\svc\\hunter2"`),
		`domain_connections\[1\]\.username is not the name of an account alone.* Give .* CONTOSO\\svc-sapio365 or svc-sapio365@contoso\.com`},
	{"username_both", with(`username = "CONTOSO\\svc@hunter2.com"`), `domain_connections\[0\]\.username is not the name of an account alone`},
	{"username_short_suffix", with(`username = "svc@hunter2"`), `domain_connections\[0\]\.username is not the name of an account alone`},
	{"username_no_name", with(`username = "CONTOSO\\"`), `domain_connections\[0\]\.username is not the name of an account alone`},
	{"username_no_domain", with(`username = "\\svc"`), `domain_connections\[0\]\.username is not the name of an account alone`},

	{"secret_empty", with(`credential_secret_id = ""`), `domain_connections\[0\]\.credential_secret_id is not an https URI\. Give the https URI`},
	{"secret_password", with(`credential_secret_id = "hunter2"`), `domain_connections\[0\]\.credential_secret_id is not an https URI\..* if this was one, change it`},
	{"secret_name", with(`credential_secret_id = "contoso/svc"`), `credential_secret_id is not an https URI`},
	{"secret_http", with(`credential_secret_id = "http://vault.local/secrets/svc"`), `credential_secret_id is not an https URI`},
	{"secret_blank", with(`credential_secret_id = "https://vault.local/secrets/my svc"`), `credential_secret_id is not an https URI`},
	{"secret_userinfo", with(`credential_secret_id = "https://svc:hunter2@vault.local/secrets/svc"`),
		`credential_secret_id has a user name or a password before the host`},
	{"secret_user", with(`credential_secret_id = "https://svc@vault.local/secrets/svc"`), `credential_secret_id has a user name or a password`},
	{"secret_token", with(`credential_secret_id = "https://vault.local/v1/secret/svc?token=hunter2"`), `credential_secret_id has a query that may hold a secret`},
	{"secret_sas", with(`credential_secret_id = "https://contoso.blob.core.windows.net/s/svc?sv=2024&sig=hunter2"`), `has a query that may hold a secret`},
	{"secret_version", with(`credential_secret_id = "https://vault.local/v1/secret/svc?version=P@ssw0rd!"`),
		`domain_connections\[0\]\.credential_secret_id has a query that may hold a secret`},
	{"secret_version_second", with(`credential_secret_id = "https://vault.local/v1/secret/svc?version=3&version=P@ssw0rd!"`), `has a query that may hold`},
	{"secret_version_none", with(`credential_secret_id = "https://vault.local/v1/secret/svc?version="`), `has a query that may hold a secret`},
	{"secret_namespace", with(`credential_secret_id = "https://vault.local/v1/secret/svc?namespace=P@ssw0rd!"`), `has a query that may hold a secret`},
	{"secret_key_vault_query", with(`credential_secret_id = "https://contoso.vault.azure.net/secrets/svc?version=hunter2"`),
		`credential_secret_id has a query, which no address of a secret in Azure Key Vault has`},
	{"secret_path", with(`credential_secret_id = "https://contoso.example/P@ssw0rd!"`),
		`domain_connections\[0\]\.credential_secret_id has a character in its path that no address of a secret has.* Give the https URI`},
	{"secret_path_escaped", with(`credential_secret_id = "https://contoso.example/P%40ssw0rd"`), `has a character in its path`},
	{"secret_path_parameter", with(`credential_secret_id = "https://contoso.example/v1/x;token=hunter2"`), `has a character in its path`},
	{"secret_path_colon", with(`credential_secret_id = "https://contoso.example/svc:hunter2"`), `has a character in its path`},
	{"secret_fragment", with(`credential_secret_id = "https://vault.local/secrets/svc#hunter2"`), `credential_secret_id has a fragment`},
	{"secret_vault", with(`credential_secret_id = "https://contoso.vault.azure.net/"`), `credential_secret_id names a vault and no secret`},
	{"secret_key", with(`credential_secret_id = "https://contoso.vault.azure.net/keys/svc"`),
		`credential_secret_id is not the address of a secret in Azure Key Vault`},

	{"connection_long", of(contoso, fabrikam,
		`{ domain = "tailspin.local", domain_controller = "dc7.tailspin.local", credential_secret_id = "`+longURI+`" }`),
		`domain_connections\[2\] takes 260 characters when it is stored\. .* allows 256, so shorten it by 4:.* leaving the version`},

	{"server_ip", []string{connections(contoso), `entra_connect_server = "10.0.0.1"`}, `entra_connect_server is an IP address\. Give the name of the server`},
	{"server_empty", []string{connections(contoso), `entra_connect_server = ""`}, `entra_connect_server is empty`},
	{"server_url", []string{connections(contoso), `entra_connect_server = "https://sync.contoso.local"`}, `entra_connect_server has the character ':'`},
}

// barelyGood are settings that are accepted although they are close to bad ones.
var barelyGood = []badInput{
	{name: "twenty", lines: many(20)},
	{name: "windows_name", lines: with(`username = "my-corp.local\\svc_o'neil.1-a$"`)},
	{name: "windows_letters", lines: with(`username = "Zürich Süd\\dienst.jörg"`)},
	{name: "name_alone", lines: with(`username = "svc-sapio365"`)},
	{name: "user_principal", lines: with(`username = "svc-sapio365@contoso.com"`)},
	{name: "passwordless", lines: with(`username = "CONTOSO\\passwordreset"`)},
	{name: "hashicorp", lines: with(`credential_secret_id = "https://vault.contoso.com:8200/v1/secret/data/svc?version=3"`)},
	{name: "hashicorp_namespace", lines: with(`credential_secret_id = "https://vault.contoso.com/v1/kv/data/ad/svc_1.a~b?namespace=admin/team-a/"`)},
	{name: "conjur", lines: with(`credential_secret_id = "https://conjur.contoso.com/secrets/contoso/variable/ad%2Fsvc?version=2"`)},
	{name: "api_version", lines: with(`credential_secret_id = "https://vault.contoso.com/secrets/svc?api-version=7.4-preview.1"`)},
	{name: "key_vault_version", lines: with(`credential_secret_id = "https://contoso.vault.azure.net/secrets/svc/0123456789abcdef0123456789ABCDEF"`)},
	{name: "longest", lines: with(`credential_secret_id = "` + longURI + `"`)},
	{name: "server_short", lines: []string{connections(contoso), `entra_connect_server = "SYNC01"`}},
}

// declared is a configuration with one resource for each row: Terraform tells all their errors in one run.
func declared(rows []badInput) string {
	var b strings.Builder
	for _, row := range rows {
		lines := row.lines
		if !slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, "app_session_id") }) {
			lines = append([]string{fmt.Sprintf("app_session_id = %q", anyID)}, lines...)
		}
		b.WriteString(settings(row.name, lines...))
	}
	return b.String()
}

// expect looks for the error of every row among those that Terraform printed. None repeats what may be a secret.
func expect(t *testing.T, refusals []string, rows []badInput) {
	t.Helper()
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			pattern := regexp.MustCompile(row.says)
			about := slices.DeleteFunc(slices.Clone(refusals), func(refusal string) bool {
				return !strings.Contains(refusal, ` "sapio365_app_session_onprem" "`+row.name+`"`) &&
					!strings.Contains(refusal, "sapio365_app_session_onprem."+row.name+",")
			})
			if !slices.ContainsFunc(about, pattern.MatchString) {
				t.Errorf("no error matches %s:\n%s", pattern, strings.Join(about, "\n"))
			}
			for _, refusal := range about {
				// Terraform itself quotes the line of the configuration, before the text of the error.
				if _, text, ok := strings.Cut(refusal, " domain_connections["); ok && (strings.Contains(text, "hunter2") || strings.Contains(text, "ssw0rd")) {
					t.Errorf("the error repeats the secret: %s", refusal)
				}
			}
		})
	}
}

// What a configuration says wrong on its own is told without a look at the tenant.
func TestAccAppSessionOnprem_badInput(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, "it looks at the requests that the tenant got", emulator.TenantOptions{})
	refusals := acctest.Refused(t, resource.TestStep{
		Config: tenant.Provider() + declared(slices.Concat(badAlone, barelyGood)), PlanOnly: true,
	})
	if requests := tenant.Requests(); len(requests) > 0 {
		t.Errorf("the tenant was asked: %v", requests)
	}
	expect(t, refusals, badAlone)
	for _, row := range barelyGood {
		if i := slices.IndexFunc(refusals, func(r string) bool { return strings.Contains(r, "sapio365_app_session_onprem."+row.name+",") }); i >= 0 {
			t.Errorf("%s was refused: %s", row.name, refusals[i])
		}
	}
}

// What only the tenant can tell is told by the plan, before anything is written.
func TestAccAppSessionOnprem_badForTenant(t *testing.T) {
	t.Parallel()
	cloud := acctest.NewEmulated(t, "it must not be hybrid", emulator.TenantOptions{})
	p := probe{t, cloud.Tenant}
	session := fmt.Sprint(cloud.Graph(t, http.MethodPost, "/applications", map[string]any{
		"displayName": cloud.Name(), "tags": []any{entra.TagAppSession},
	})["appId"])
	rows := []badInput{
		{"not_hybrid", []string{fmt.Sprintf("app_session_id = %q", session), connections(contoso)},
			`The tenant is not hybrid .*` + cloud.ID() + ` is not synchronised with an on-premises Active Directory.* set require_hybrid = false`},
		{"no_session", []string{connections(contoso), anywhere},
			`No such App session .* has no application with the client ID ` + anyID + `.* Use the client_id of a sapio365_app_session`},
		{"neither", []string{connections(contoso)}, `No such App session`},
	}
	good := badInput{name: "good", lines: []string{fmt.Sprintf("app_session_id = %q", session), connections(contoso), anywhere}}
	refusals := acctest.Refused(t, resource.TestStep{
		Config: cloud.Provider() + declared(append(rows, good)), PlanOnly: true,
	})
	expect(t, refusals, rows)
	if len(refusals) != 4 { // neither has two
		t.Errorf("%d errors: %s", len(refusals), strings.Join(refusals, "\n"))
	}
	if have := p.record(session); have.Exists() {
		t.Errorf("the tenant holds %+v", have)
	}
}

// An application that is no App session is refused before anything is written to it.
func TestAccAppSessionOnprem_notAnAppSession(t *testing.T) {
	t.Parallel()
	p := probe{t, newHybrid(t).Tenant}
	foreign := fmt.Sprint(p.tenant.Graph(t, http.MethodPost, "/applications", map[string]any{"displayName": p.tenant.Name()})["appId"])
	config := p.tenant.Provider() + settings("test", fmt.Sprintf("app_session_id = %q", foreign), connections(contoso))
	refusals := acctest.Refused(t, resource.TestStep{Config: config, PlanOnly: true, ExpectNonEmptyPlan: true}, resource.TestStep{Config: config})
	expect(t, refusals, []badInput{{"test", nil, `Not an App session .* is not an App session: it lacks the tag sapio365:app-session`}})
	if have := p.record(foreign); have.Exists() {
		t.Errorf("the tenant holds %+v", have)
	}
}

// A pipeline that may not see whether the tenant is hybrid is told which permission that takes.
func TestAccAppSessionOnprem_mayNotSeeTheOrganization(t *testing.T) {
	t.Parallel()
	tenant := newHybrid(t)
	p := probe{t, tenant.Tenant}
	provider := tenant.ProviderAs(tenant.Caller(t, "Application.ReadWrite.All"))
	clientID := fmt.Sprint(tenant.Graph(t, http.MethodPost, "/applications", map[string]any{
		"displayName": tenant.Name(), "tags": []any{entra.TagAppSession},
	})["appId"])
	tenant.Graph(t, http.MethodPost, "/servicePrincipals", map[string]any{"appId": clientID})
	config := func(lines ...string) string {
		return provider + settings("test", append([]string{fmt.Sprintf("app_session_id = %q", clientID), connections(contoso)}, lines...)...)
	}
	refusals := acctest.Refused(t, resource.TestStep{Config: config(), PlanOnly: true, ExpectNonEmptyPlan: true}, resource.TestStep{Config: config()})
	expect(t, refusals, []badInput{{"test", nil,
		`Could not see whether the tenant is hybrid .*Organization\.Read\.All.* set require_hybrid = false`}})
	run(t, p.tenant,
		resource.TestStep{Config: config(anywhere)},
		resource.TestStep{Config: provider, Check: func(*terraform.State) error {
			if have := p.record(clientID); have.Exists() {
				return fmt.Errorf("the tenant holds %+v", have)
			}
			tenant.Graph(t, http.MethodDelete, application(clientID), nil)
			return nil
		}},
	)
}

// Settings that are there are not overwritten: the error shows how to import them.
func TestAccAppSessionOnprem_taken(t *testing.T) {
	t.Parallel()
	p := probe{t, newHybrid(t).Tenant}
	twice := settings("second", ofTheSession, connections(fabrikam), "depends_on = [sapio365_app_session_onprem.test]")
	run(t, p.tenant,
		resource.TestStep{
			Config:      p.configured(connections(contoso)) + twice,
			ExpectError: regexp.MustCompile(`(?s)has\s+on-premises\s+settings\s+already.*import \{\s+to = sapio365_app_session_onprem\.NAME\s+id = "` + p.tenant.ID() + `/`),
		},
		resource.TestStep{
			Config: p.configured(connections(contoso)),
			Check:  p.holds(entra.OnPrem{Connections: []entra.DomainConnection{isContoso}}),
		},
	)
}

// A directory extension with our name, but of another kind, is named with the way to remove it.
func TestAccAppSessionOnprem_definitionInTheWay(t *testing.T) {
	t.Parallel()
	p := probe{t, newHybrid(t).Tenant}
	var clientID, id string
	run(t, p.tenant,
		resource.TestStep{Config: p.tenant.Provider() + p.session(), Check: withClientID(func(found string) error {
			clientID = found
			return nil
		})},
		resource.TestStep{
			PreConfig: func() {
				id = fmt.Sprint(p.tenant.Graph(t, http.MethodPost, application(clientID)+"/extensionProperties", map[string]any{
					"name": "sapio365_onprem_domains", "dataType": "String", "targetObjects": []any{"User"},
				})["id"])
			},
			Config: p.configured(connections(contoso)),
			ExpectError: regexp.MustCompile(`(?s)sapio365_onprem_domains\s+is\s+defined\s+as\s+a\s+single\s+String\s+for\s+objects\s+of\s+the\s+kind\s+User,\s+` +
				`but\s+is\s+needed\s+as\s+several\s+values.*az rest --method DELETE`),
		},
		resource.TestStep{
			PreConfig: func() {
				p.tenant.Graph(t, http.MethodDelete, application(clientID)+"/extensionProperties/"+id, nil)
			},
			Config: p.configured(connections(contoso)),
			Check:  p.holds(entra.OnPrem{Connections: []entra.DomainConnection{isContoso}}),
		},
	)
}

func TestAccAppSessionOnprem_badImport(t *testing.T) {
	t.Parallel()
	p := probe{t, newHybrid(t).Tenant}
	bare := fmt.Sprint(p.tenant.Graph(t, http.MethodPost, "/applications", map[string]any{
		"displayName": p.tenant.Name(), "tags": []any{entra.TagAppSession},
	})["appId"])
	for id, says := range map[string]string{
		"nonsense": `"nonsense"\s+is\s+no\s+import\s+ID.*TENANT_ID/CLIENT_ID`,
		anyID:      `there\s+is\s+no\s+App\s+session\s+with\s+on-premises\s+settings.*` + anyID,
		bare:       `there\s+is\s+no\s+App\s+session\s+with\s+on-premises\s+settings.*` + bare,
	} {
		run(t, acctest.Tenant{}, resource.TestStep{
			Config:       p.tenant.Provider() + settings("test", fmt.Sprintf("app_session_id = %q", anyID), connections(contoso)),
			ResourceName: address, ImportState: true, ImportStateId: id, ExpectError: regexp.MustCompile(`(?s)` + says),
		})
	}
}
