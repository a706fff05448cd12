package terraformcli_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// onPremSettings are on-premises settings of the session.
func onPremSettings(session, server string) string {
	return fmt.Sprintf(`
resource "sapio365_app_session_onprem" "reference" {
  app_session_id       = %s
  entra_connect_server = %q
  domain_connections = [
    { domain = "corp.contoso.com", username = "CORP\\svc" },
    { domain = "emea.corp.contoso.com", domain_controller = "dc1.emea.corp.contoso.com" },
  ]
}
`, session, server)
}

// keepsTo runs a command and fails the test when it takes more than its round trips, counted over the whole command.
func (w workspace) keepsTo(t testing.TB, roundTrips int, args ...string) {
	t.Helper()
	if c := w.run(t, args...); c.roundTrips > roundTrips || c.roundTrips == 0 {
		t.Errorf("%v took %d round trips, allowed are %d", args, c.roundTrips, roundTrips)
	}
}

// What on-premises settings cost: the plan and the apply of a create look at tenant and application, then come the writes
// and a look at what was written; an update has the refresh before that.
func TestAccOnPremRoundTrips(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t, 0)
	app := w.do(t, http.MethodPost, "/applications", map[string]any{"displayName": "Session", "tags": []any{entra.TagAppSession}})
	w.do(t, http.MethodPost, "/servicePrincipals", map[string]any{"appId": app["appId"]})
	session := fmt.Sprintf("%q", app["appId"])
	w.write(t, "main.tf", withProvider(onPremSettings(session, "SYNC01")))
	w.keepsTo(t, 4, "apply", "-auto-approve")
	w.keepsTo(t, 1, "plan", "-detailed-exitcode")
	w.write(t, "main.tf", withProvider(onPremSettings(session, "SYNC02")))
	w.keepsTo(t, 5, "apply", "-auto-approve")
	w.keepsTo(t, 3, "destroy", "-auto-approve")
}
