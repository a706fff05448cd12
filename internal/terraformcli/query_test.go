package terraformcli_test

import (
	"strings"
	"testing"
)

// terraform query finds the App sessions and writes import blocks and the configuration for them, with which they are taken
// over without a change.
func TestAccQuery(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t, 0)
	w.needsTerraform(t, "1.14.0")
	declare(t, w.tenant, registration(t, w.tenant, "sapio365 made by hand", 60), "User.Read.All")
	declare(t, w.tenant, registration(t, w.tenant, "sapio365 jobs", 10), "Group.Read.All")
	registration(t, w.tenant, "Others", 10)
	w.write(t, "main.tf", withProvider(""))
	w.write(t, "sessions.tfquery.hcl", `
list "sapio365_app_session" "all" {
  provider         = sapio365
  include_resource = true

  config {
    display_name_prefix = "sapio365"
  }
}
`)
	out, err := w.Run(t.Context(), 0, "query", "-no-color", "-generate-config-out=generated.tf")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out, "sapio365 made by hand") || !strings.Contains(out, "sapio365 jobs") || strings.Contains(out, "Others") {
		t.Error(out)
	}
	out, err = w.Run(t.Context(), 0, "apply", "-auto-approve", "-input=false", "-no-color")
	if err != nil || !strings.Contains(out, "2 imported, 0 added, 0 changed, 0 destroyed") {
		t.Fatal(out, err)
	}
	if _, err := w.Run(t.Context(), 0, "plan", "-detailed-exitcode", "-input=false", "-no-color"); err != nil {
		t.Error(err)
	}
}
