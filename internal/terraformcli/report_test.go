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
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra/catalogue"
)

// registration makes an App session by hand in a customer's tenant. Its secret, if any, ends after so many days.
func registration(t testing.TB, customer *emulator.Tenant, name string, endsIn int, tags ...string) (objectID string) {
	t.Helper()
	there := workspace{tenant: customer}
	application := there.do(t, http.MethodPost, "/applications", map[string]any{
		"displayName": name, "tags": append(tags, entra.TagAppSession),
	})
	there.do(t, http.MethodPost, "/servicePrincipals", map[string]any{"appId": application["appId"]})
	objectID = fmt.Sprint(application["id"])
	if endsIn != 0 {
		secret(t, customer, objectID, entra.SecretDisplayName("0123456789abcdef", ""), endsIn)
	}
	return objectID
}

// secret adds a client secret with the label, which ends after so many days.
func secret(t testing.TB, customer *emulator.Tenant, objectID, label string, endsIn int) {
	t.Helper()
	now := time.Now().UTC()
	workspace{tenant: customer}.do(t, http.MethodPost, "/applications/"+objectID+"/addPassword", map[string]any{
		"passwordCredential": map[string]any{
			"displayName":   label,
			"startDateTime": now.AddDate(0, 0, -200).Format(time.RFC3339), "endDateTime": now.AddDate(0, 0, endsIn).Format(time.RFC3339),
		},
	})
}

// declare has an App session declare a permission that nobody has consented to.
func declare(t testing.TB, customer *emulator.Tenant, objectID, permission string) {
	t.Helper()
	found, ok := catalogue.ByName(catalogue.MicrosoftGraph, catalogue.Application, permission)
	if !ok {
		t.Fatalf("there is no permission %s", permission)
	}
	workspace{tenant: customer}.do(t, http.MethodPatch, "/applications/"+objectID, map[string]any{
		"requiredResourceAccess": []any{map[string]any{
			"resourceAppId": catalogue.MicrosoftGraph, "resourceAccess": []any{map[string]any{"id": found.ID, "type": "Role"}},
		}},
	})
}

// newReport is the example of a report, on tenants with whatever may be wrong.
func newReport(t testing.TB) *partner {
	t.Helper()
	p := newPartner(t, 3, 0)
	fabrikam, woodgrove, wingtip := p.customers[0], p.customers[1], p.customers[2]
	secret(t, fabrikam, registration(t, fabrikam, "sapio365 reporting (Nadia)", 160), "made in the portal", 700)
	registration(t, fabrikam, "sapio365 jobs", 12)
	registration(t, woodgrove, "sapio365 licences", -3)
	declare(t, woodgrove, registration(t, woodgrove, "sapio365 helpdesk", 90), "User.Read.All")
	registration(t, wingtip, "sapio365 R&D <audit>", 60)
	registration(t, wingtip, "sapio365 migration", 0, entra.TagProvisioning("0123456789abcdef"))
	stranger, err := p.server.Tenant(emulator.TenantOptions{DisplayName: "Tailspin Toys"})
	if err != nil {
		t.Fatal(err)
	}
	p.reportsOn(t, map[string]string{
		fabrikam.ID(): "Fabrikam", woodgrove.ID(): "Woodgrove Bank", wingtip.ID(): "Wingtip Toys", stranger.ID(): "Tailspin Toys",
	})
	return p
}

// reportsOn makes the partner's configuration the example of a report on the tenants.
func (p *partner) reportsOn(t testing.TB, tenants map[string]string) {
	t.Helper()
	variables, err := json.Marshal(map[string]any{"tenants": tenants})
	if err != nil {
		t.Fatal(err)
	}
	p.write(t, "report.auto.tfvars.json", string(variables))
	for _, name := range []string{"main.tf", "page.html.tftpl"} {
		content, err := os.ReadFile(filepath.Join("..", "..", "examples", "report", name))
		if err != nil {
			t.Fatal(err)
		}
		p.write(t, name, string(content))
	}
}

// The example of a report shows what is wrong, whatever sessions are called, and its checks fail where a pipeline is to
// fail. A tenant that cannot be read stops none of the others.
func TestAccReport(t *testing.T) {
	t.Parallel()
	p := newReport(t)
	p.run(t, "apply", "-auto-approve", "-input=false", "-no-color")
	page, err := p.Run(t.Context(), 0, "output", "-raw", "page")
	if err != nil {
		t.Fatal(err)
	}
	// To be looked at in a browser.
	if path := os.Getenv("SAPIO365_REPORT"); path != "" {
		if err := os.WriteFile(path, []byte(page), 0o600); err != nil {
			t.Error(err)
		}
	}
	at := 0
	for _, want := range []string{
		"Tailspin Toys (", "<h2>Credential has ended", "Woodgrove Bank</td><td>sapio365 licences", "Fabrikam</td><td>sapio365 jobs",
		"<td>Microsoft Graph: User.Read.All (application)</td>", "sapio365 migration", "apply its resource again",
		"<h2>Unmanaged credentials", "sapio365 reporting (Nadia)", "<td>1</td>",
		"All App sessions", "sapio365 R&amp;D &lt;audit>",
	} {
		i := strings.Index(page[at:], want)
		if i < 0 {
			t.Errorf("%q is not on the page, or not after what comes before it", want)
			continue
		}
		at += i
	}
	p.run(t, "plan", "-out=report.tfplan", "-input=false", "-no-color")
	for _, kept := range [][]string{nil, {"report.tfplan"}} {
		if got := p.failedChecks(t, kept...); !slices.Equal(got, []string{"check.consent", "check.credentials", "check.reachable", "check.unfinished"}) {
			t.Errorf("the failed checks of %v are %v", kept, got)
		}
	}
}

// Each thing that is wrong fails its check, and a credential that ends within 30 days does to the day.
func TestAccReport_checks(t *testing.T) {
	t.Parallel()
	p := newPartner(t, 4, 0)
	for i, row := range []struct {
		endsIn int
		failed []string
	}{
		{31, nil},
		{30, []string{"check.credentials"}}, // moments later, as soon as it is read
		{29, []string{"check.credentials"}},
		{0, []string{"check.without_credential"}},
	} {
		registration(t, p.customers[i], "sapio365 jobs", row.endsIn)
		p.reportsOn(t, map[string]string{p.customers[i].ID(): "Fabrikam"})
		p.run(t, "apply", "-auto-approve", "-input=false", "-no-color")
		if got := p.failedChecks(t); !slices.Equal(got, row.failed) {
			t.Errorf("a credential for %d days: the failed checks are %v", row.endsIn, got)
		}
	}
}

// adoption imports a session, and tells a report of it.
const adoption = `
import {
  to = sapio365_app_session.adopted["helpdesk"]
  id = "%[1]s/%[2]s"
}

resource "sapio365_app_session" "adopted" {
  for_each     = toset(["helpdesk"])
  tenant_id    = "%[1]s"
  display_name = "sapio365 ${each.key}"

  permissions = {
    "Microsoft Graph" = {
      application = ["User.Read.All"]
    }
  }
}

output "report" {
  value = { adopted = { for session in sapio365_app_session.adopted : session.tenant_id => session.client_id... } }
}
`

// adoptable makes a registration by hand, without a tag, whose secret ends in 12 days.
func adoptable(t testing.TB, customer *emulator.Tenant) (clientID string) {
	t.Helper()
	there := workspace{tenant: customer}
	made := there.do(t, http.MethodPost, "/applications", map[string]any{"displayName": "sapio365 helpdesk"})
	principal := there.do(t, http.MethodPost, "/servicePrincipals", map[string]any{"appId": made["appId"], "appRoleAssignmentRequired": true})
	declare(t, customer, fmt.Sprint(made["id"]), "User.Read.All")
	assign(t, there, principal["id"], []string{"User.Read.All"})
	secret(t, customer, fmt.Sprint(made["id"]), "made in the portal", 12)
	return fmt.Sprint(made["appId"])
}

// An import adds no tag. The report sees the session if it is told of its client ID, as the configuration can do that has
// imported it; and without, once the tag is there.
func TestAccReport_adopted(t *testing.T) {
	t.Parallel()
	p := newPartner(t, 1, 0)
	customer := p.customers[0]
	clientID := adoptable(t, customer)
	sessions := p.beside(t)
	sessions.Environment = p.Environment
	sessions.write(t, "main.tf", withProvider(fmt.Sprintf(adoption, customer.ID(), clientID)))
	out, err := sessions.Run(t.Context(), 0, "apply", "-auto-approve", "-no-color")
	if err != nil || !strings.Contains(out, "1 imported, 0 added, 0 changed, 0 destroyed") {
		t.Fatal(out, err)
	}
	told, err := sessions.Run(t.Context(), 0, "output", "-json", "report")
	if err != nil {
		t.Fatal(err)
	}
	p.reportsOn(t, map[string]string{customer.ID(): "Fabrikam"})
	sees := func(file, content string, sessions int, failed ...string) {
		t.Helper()
		p.write(t, file, content)
		p.run(t, "apply", "-auto-approve", "-input=false", "-no-color")
		page, err := p.Run(t.Context(), 0, "output", "-raw", "page")
		if err != nil {
			t.Fatal(err)
		}
		_, all, _ := strings.Cut(page, "<h2>All App sessions")
		if n := strings.Count(all, clientID); n != sessions {
			t.Errorf("the session is listed %d times, want %d", n, sessions)
		}
		if got := p.failedChecks(t); !slices.Equal(got, failed) {
			t.Errorf("the failed checks are %v, want %v", got, failed)
		}
	}
	sees("adopted.auto.tfvars.json", "{}", 0)
	sees("adopted.auto.tfvars.json", told, 1, "check.credentials")
	sessions.write(t, "later_override.tf", `
resource "sapio365_app_session" "adopted" {
  description = "Taken over"
}
`)
	if _, err := sessions.Run(t.Context(), 0, "apply", "-auto-approve", "-no-color"); err != nil {
		t.Fatal(err)
	}
	sees("adopted.auto.tfvars.json", told, 1, "check.credentials")
	sees("adopted.auto.tfvars.json", "{}", 1, "check.credentials")

	p.write(t, "adopted.auto.tfvars.json", `{"adopted": {"`+p.tenant.ID()+`": ["`+clientID+`"]}}`)
	if _, err := p.Run(t.Context(), 0, "plan", "-input=false", "-no-color"); err == nil || !strings.Contains(err.Error(), p.tenant.ID()) {
		t.Errorf("sessions of a tenant that is not reported on: %v", err)
	}
}

// failedChecks are the check blocks that do not hold, of the state or of a saved plan.
func (w workspace) failedChecks(t testing.TB, plan ...string) (failed []string) {
	t.Helper()
	out, err := w.Run(t.Context(), 0, append([]string{"show", "-json"}, plan...)...)
	if err != nil {
		t.Fatal(err)
	}
	var state struct {
		Checks []struct {
			Address struct {
				Display string `json:"to_display"`
			} `json:"address"`
			Status string `json:"status"`
		} `json:"checks"`
	}
	if err := json.Unmarshal([]byte(out), &state); err != nil {
		t.Fatal(err)
	}
	for _, check := range state.Checks {
		if check.Status != "pass" {
			failed = append(failed, check.Address.Display)
		}
	}
	slices.Sort(failed)
	return failed
}
