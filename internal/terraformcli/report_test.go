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
	tenants, err := json.Marshal(map[string]any{"tenants": map[string]string{
		fabrikam.ID(): "Fabrikam", woodgrove.ID(): "Woodgrove Bank", wingtip.ID(): "Wingtip Toys", stranger.ID(): "Tailspin Toys",
	}})
	if err != nil {
		t.Fatal(err)
	}
	p.write(t, "report.auto.tfvars.json", string(tenants))
	for _, name := range []string{"main.tf", "page.html.tftpl"} {
		content, err := os.ReadFile(filepath.Join("..", "..", "examples", "report", name))
		if err != nil {
			t.Fatal(err)
		}
		p.write(t, name, string(content))
	}
	return p
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
