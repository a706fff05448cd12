package terraformcli_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
)

const mspExample = "../../examples/msp"

// msp is the example for partners at work.
type msp struct{ *fleet }

// mspCustomers are the customers of the example, the last of which has not accepted the partner's application.
const mspCustomers = 25

// newMSP copies the example, whose partner knows all customers but has been accepted by all but the last.
func newMSP(t *testing.T) msp {
	t.Helper()
	m := msp{&fleet{partner: newPartner(t, mspCustomers-1, 0, "RoleManagement.ReadWrite.Directory", "Policy.Read.All")}}
	m.customers = append(m.customers, m.newTenant(t, "Undecided"))
	for _, name := range []string{"main.tf", "tenants.json"} { // of the partner's own configuration
		if err := os.Remove(filepath.Join(m.Directory, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.CopyFS(m.Directory, os.DirFS(mspExample)); err != nil {
		t.Fatal(err)
	}
	m.Environment = append(m.Environment,
		"TF_VAR_partner_tenant_id="+m.tenant.ID(), "TF_VAR_client_id="+m.clientID, "TF_VAR_exchange_certificate="+certificate(t))
	m.command(t, "get")
	return m
}

// line is the customer in the file.
func line(i int, tenant *emulator.Tenant) string {
	tier := []string{"standard", "premium"}[i%2]
	more := map[int]string{
		1: ", exchange: true", 3: ", sessions: { administration: null, licences: { application: [User.Read.All] } }", 4: ", tier: none",
	}[i]
	if i == 4 {
		tier, more = "none", ""
	}
	return fmt.Sprintf("- { tenant_id: %s, name: Customer %d, tier: %s%s }", tenant.ID(), i, tier, more)
}

// sessionsOf are the sessions that the example has for the customer of the line.
func sessionsOf(i int) []string {
	switch {
	case i == 1:
		return []string{"sapio365 administration", "sapio365 exchange", "sapio365 reporting"}
	case i == 3:
		return []string{"sapio365 licences", "sapio365 reporting"}
	case i == 4:
		return nil
	case i%2 == 1:
		return []string{"sapio365 administration", "sapio365 reporting"}
	}
	return []string{"sapio365 reporting"}
}

func (m msp) list(t *testing.T, lines ...string) {
	t.Helper()
	m.write(t, "customers.yaml", strings.Join(lines, "\n")+"\n")
}

// has fails unless the tenant has exactly the sessions.
func (m msp) has(t *testing.T, tenant *emulator.Tenant, want []string) {
	t.Helper()
	var got []string
	for _, application := range (workspace{tenant: tenant}).list(t, "/applications?$filter=startswith(displayName,'sapio365 ')") {
		got = append(got, fmt.Sprint(application["displayName"]))
	}
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("%s has the sessions %q, want %q", tenant.Domain(), got, want)
	}
}

// The example serves 25 customers, one of whom has not accepted the partner's application; later it has. One line adds a
// customer, and takes one away.
func TestAccMSP(t *testing.T) {
	t.Parallel()
	m := newMSP(t)
	undecided := m.customers[mspCustomers-1]
	m.warns(t, "4fdbff88-9d6b-42e0-9713-45c922ba8001", m.command(t, "plan")) // as it is delivered

	var lines []string
	for i, customer := range m.customers {
		lines = append(lines, line(i, customer))
	}
	m.list(t, lines...)
	m.warns(t, undecided.ID(), m.command(t, "plan"))
	m.failsAlone(t, undecided, "apply", "-auto-approve")
	for i, customer := range m.customers[:mspCustomers-1] {
		m.has(t, customer, sessionsOf(i))
	}
	m.has(t, undecided, nil)

	m.consent(t, undecided)
	m.command(t, "apply", "-auto-approve")
	m.has(t, undecided, sessionsOf(mspCustomers-1))
	m.command(t, "plan", "-detailed-exitcode")
	m.tells(t)

	m.list(t, slices.Concat(lines[:7], lines[8:])...)
	m.command(t, "apply", "-auto-approve")
	m.has(t, m.customers[7], nil)
	m.has(t, m.customers[8], sessionsOf(8))
	m.list(t, lines...)
	m.command(t, "apply", "-auto-approve")
	m.has(t, m.customers[7], sessionsOf(7))
	m.command(t, "plan", "-detailed-exitcode")

	m.list(t, "[]")
	m.command(t, "apply", "-auto-approve")
	for _, customer := range m.customers {
		m.has(t, customer, nil)
	}
}

// tells fails unless the outputs tell of every customer.
func (m msp) tells(t *testing.T) {
	t.Helper()
	var outputs struct {
		Sessions struct{ Value map[string]map[string]any }
		Pages    struct {
			Value map[string]struct{ Page string }
		} `json:"consent_pages"`
	}
	if err := json.Unmarshal([]byte(m.command(t, "output", "-json")), &outputs); err != nil {
		t.Fatal(err)
	}
	for i, customer := range m.customers {
		if sessions := outputs.Sessions.Value[customer.ID()]; len(sessions) != len(sessionsOf(i)) {
			t.Errorf("the output has the sessions %v of customer %d", sessions, i)
		}
		want := fmt.Sprintf("https://login.microsoftonline.com/%s/adminconsent?client_id=%s", customer.ID(), m.clientID)
		if got := outputs.Pages.Value[customer.ID()].Page; got != want {
			t.Errorf("the page for customer %d is %q, want %q", i, got, want)
		}
	}
}

// identityOf is the environment in which the customer's own identity is an entry of tenants.
func identityOf(t *testing.T, customer *emulator.Tenant) string {
	t.Helper()
	admin := customer.Admin()
	identities, err := json.Marshal(map[string]any{customer.ID(): map[string]any{"client_id": admin.ClientID, "client_secret": admin.ClientSecret}})
	if err != nil {
		t.Fatal(err)
	}
	return "TF_VAR_identities=" + string(identities)
}

// Without a file, the customers come from the partner's directory; what the file says of them counts. One signs in with an
// identity of its own.
func TestAccMSP_directory(t *testing.T) {
	t.Parallel()
	m := newMSP(t)
	own := m.customers[mspCustomers-1]
	m.Environment = append(m.Environment, "TF_VAR_discover=true", identityOf(t, own))
	for i, customer := range []*emulator.Tenant{m.customers[0], m.customers[1], own} {
		if err := m.tenant.AddCustomer(emulator.Customer{
			TenantID: customer.ID(), DisplayName: fmt.Sprintf("Discovered %d", i), Relationship: "active", Contract: "ResellerPartner",
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.tenant.AddCustomer(emulator.Customer{TenantID: m.customers[2].ID(), DisplayName: "Former", Relationship: "terminated"}); err != nil {
		t.Fatal(err)
	}
	m.grant(t, "DelegatedAdminRelationship.Read.All", "Directory.Read.All")
	m.list(t, strings.ReplaceAll(line(1, m.customers[1]), m.customers[1].ID(), strings.ToUpper(m.customers[1].ID())))
	m.command(t, "apply", "-auto-approve")
	m.has(t, m.customers[0], []string{"sapio365 reporting"})
	m.has(t, m.customers[1], sessionsOf(1))
	m.has(t, m.customers[2], nil)
	m.has(t, own, []string{"sapio365 reporting"})
	m.command(t, "plan", "-detailed-exitcode")
}

// A customer with an identity of its own is removed while that one can still sign in. Without it, the error says so.
func TestAccMSP_removeOwnIdentity(t *testing.T) {
	t.Parallel()
	m := newMSP(t)
	own := m.customers[mspCustomers-1]
	without := m.Environment
	m.Environment = append(slices.Clone(without), identityOf(t, own))
	m.list(t, line(0, m.customers[0]), line(2, own))
	m.command(t, "apply", "-auto-approve")
	m.has(t, own, sessionsOf(2))

	m.list(t, line(0, m.customers[0]))
	with := m.Environment
	m.Environment = without
	_, err := m.Run(t.Context(), 0, "apply", "-auto-approve", "-no-color")
	if err == nil {
		t.Fatal("the session is deleted by nobody")
	}
	_, text, _ := strings.Cut(err.Error(), "Error: ")
	text = strings.Join(strings.Fields(strings.ReplaceAll(text, "│", "")), " ")
	for _, says := range []string{
		"If " + own.ID() + " has an identity of its own, that one takes an entry in tenants, which has to stay until everything there has been removed.",
		"terraform state rm ADDRESS",
	} {
		if !strings.Contains(text, says) {
			t.Errorf("%q is missing:\n%v", says, err)
		}
	}
	m.has(t, own, sessionsOf(2))
	m.Environment = with
	m.command(t, "apply", "-auto-approve")
	m.has(t, own, nil)
	m.Environment = without
	m.command(t, "plan", "-detailed-exitcode")
}

// grant gives the partner's application permissions in the partner's own tenant.
func (m msp) grant(t *testing.T, permissions ...string) {
	t.Helper()
	principal := m.do(t, http.MethodPost, "/servicePrincipals", map[string]any{"appId": m.clientID})
	assign(t, workspace{tenant: m.tenant}, principal["id"], permissions)
}

// What the file says wrong is told before anything is planned, by the customer.
func TestAccMSP_badInput(t *testing.T) {
	t.Parallel()
	m := newMSP(t)
	good := line(0, m.customers[0])
	entry := func(more string) string {
		return fmt.Sprintf("- { tenant_id: %s, name: Contoso, %s }", m.customers[1].ID(), more)
	}
	for name, row := range map[string]struct{ line, says string }{
		"twice": {fmt.Sprintf("- { tenant_id: %s, name: Again, tier: none }", strings.ToUpper(m.customers[0].ID())),
			"Listed more than once: tenant " + m.customers[0].ID() + " as Customer 0 and Again. Keep one entry for each tenant."},
		"domain name": {fmt.Sprintf("- { tenant_id: %s, name: Contoso, tier: standard }", m.customers[1].Domain()),
			fmt.Sprintf("The tenant of %s is %s: write that.", m.customers[1].Domain(), m.customers[1].ID())},
		"tier": {fmt.Sprintf("- { tenant_id: %s, name: Contoso, tier: gold }", m.customers[1].ID()),
			"No such tier: gold of Contoso. The tiers are none, premium, standard."},
		"no tier":        {entry("tiers: none"), "customers.yaml: Contoso has no tier; Contoso has the unknown key tiers."},
		"no tenant":      {"- { name: Contoso, tier: none }", "customers.yaml: Contoso has no tenant_id."},
		"no value":       {"- { tenant_id: , name: , tier: none }", "customers.yaml: entry 2 has no tenant_id; entry 2 has no name."},
		"no mapping":     {"- Contoso", "customers.yaml: entry 2 has no tenant_id;"},
		"key":            {entry("tier: none, exchnge: true"), "customers.yaml: Contoso has the unknown key exchnge."},
		"sessions":       {entry("tier: premium, session: { administration: null }"), "customers.yaml: Contoso has the unknown key session."},
		"key of session": {entry("tier: none, sessions: { a: { delegate: [User.Read] }, b: null }"), "the session a of Contoso has the unknown key delegate."},
		"kind":           {entry("tier: none, exchange: maybe"), "a bool is required"},
	} {
		m.list(t, good, row.line)
		m.refuses(t, name, row.says)
	}
	for _, nobody := range []string{"", "\n# Contoso\n  # left\n", "---\n", "contoso: { tier: none }"} {
		m.list(t, nobody)
		m.refuses(t, fmt.Sprintf("%q", nobody), "customers.yaml is empty or no list of customers. [] stands for nobody.")
	}
}

// A tier is as easily misspelt as a customer.
func TestAccMSP_badTier(t *testing.T) {
	t.Parallel()
	m := newMSP(t)
	content, err := os.ReadFile(filepath.Join(m.Directory, "main.tf"))
	if err != nil {
		t.Fatal(err)
	}
	misspelt := strings.Replace(string(content), `["User.Read.All"], exchange = true`, `["User.Read.All"], exchnge = true`, 1)
	if misspelt == string(content) {
		t.Fatal("the example has no such tier any more")
	}
	m.write(t, "main.tf", misspelt)
	m.refuses(t, "tier", "Of the tiers: the session exchange of premium has the unknown key exchnge.")
}

// refuses fails unless the plan fails and says why, once where that is up to the file itself.
func (m msp) refuses(t *testing.T, name, says string) {
	t.Helper()
	_, err := m.Run(t.Context(), 0, "plan", "-no-color")
	if err == nil {
		t.Errorf("%s: the plan is made", name)
		return
	}
	text := strings.Join(strings.Fields(strings.ReplaceAll(err.Error(), "│", "")), " ")
	if !strings.Contains(text, says) {
		t.Errorf("%s: %q is missing:\n%v", name, says, err)
	}
	if count := strings.Count(text, "Error: "); count != 1 && strings.HasPrefix(says, "customers.yaml") {
		t.Errorf("%s: %d errors for one mistake:\n%v", name, count, err)
	}
}
