package onprem_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// Who may not manage App sessions may not write, change or remove their settings, and is told why before anything is done.
func TestAccAppSessionOnprem_accessRules(t *testing.T) {
	t.Parallel()
	acctest.NeedsAllApplications(t, "another caller has made the App session")
	tenant := newHybrid(t)
	p := probe{t, tenant.Tenant}
	stranger := tenant.ProviderUnder(entra.Enforce, tenant.Caller(t, "Application.ReadWrite.All", "Directory.Read.All"))
	clientID := fmt.Sprint(tenant.Graph(t, http.MethodPost, "/applications", map[string]any{
		"displayName": tenant.Name(), "tags": []any{entra.TagAppSession},
	})["appId"])
	tenant.Graph(t, http.MethodPost, "/servicePrincipals", map[string]any{"appId": clientID})
	block := func(lines ...string) string {
		return settings("test", append([]string{fmt.Sprintf("app_session_id = %q", clientID)}, lines...)...)
	}
	remove := resource.TestStep{Config: p.tenant.Provider(), PreConfig: func() {
		if have := p.record(clientID); !have.Shows(entra.OnPrem{Connections: []entra.DomainConnection{isContoso}}) {
			t.Errorf("the refused change has left %+v", have.Values)
		}
	}}
	for name, steps := range map[string][]resource.TestStep{
		"create": {{Config: stranger + block(connections(contoso))}},
		"update": {{Config: p.tenant.Provider() + block(connections(contoso))}, {Config: stranger + block(connections(fabrikam))}, remove},
		"delete": {{Config: p.tenant.Provider() + block(connections(contoso))}, {Config: stranger}, remove},
	} {
		refusals := acctest.Refused(t, steps...)
		if len(refusals) != 1 || !strings.Contains(refusals[0], `"Access App sessions"`) {
			t.Errorf("%s was refused with %q", name, refusals)
		}
		if name == "create" && p.record(clientID).Exists() {
			t.Error("the settings were written all the same")
		}
	}
}
