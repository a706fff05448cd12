package provider_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
)

// A number with a fraction is somebody's mistake, and no error of the provider to report.
func TestAccProvider_fractions(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, "nothing is made", emulator.TenantOptions{})
	refusals := acctest.Refused(t, resource.TestStep{Config: tenant.Provider() + `
resource "sapio365_app_session" "test" {
  display_name = "Acceptance"
  permissions  = { "Microsoft Graph" = { application = ["User.Read.All"] } }
  client_secret = { valid_days = 30.5 }
}

data "sapio365_app_sessions" "test" {
  expiring_within_days = 1.5
}
`})
	for _, want := range []string{
		"client_secret = { valid_days = 30.5 } 30.5 is not a whole number.", "expiring_within_days = 1.5 1.5 is not a whole number.",
	} {
		if !slices.ContainsFunc(refusals, func(said string) bool { return strings.Contains(said, want) }) {
			t.Errorf("no error says %q", want)
		}
	}
	if len(refusals) != 2 || strings.Contains(strings.Join(refusals, " "), "report") {
		t.Errorf("want two errors:\n%s", strings.Join(refusals, "\n"))
	}
}
