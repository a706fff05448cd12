package terraformcli_test

import (
	"encoding/json"
	"testing"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
)

// providerForEach has OpenTofu start a provider of its own for each tenant, and makes sessions in those that are asked for.
var providerForEach = withProvider(`
variable "sessions_in" {
  type = set(string)
}

provider "sapio365" {
  alias     = "of"
  for_each  = toset(jsondecode(file("tenants.json")))
  tenant_id = each.key
}

resource "sapio365_app_session" "of" {
  for_each           = var.sessions_in
  provider           = sapio365.of[each.key]
  display_name       = "sapio365 reporting"
  permission_profile = "read_only"
}
`)

// A provider that nothing is asked of signs in nowhere, and a session is taken away while its provider stays.
func TestAccProviderForEach(t *testing.T) {
	t.Parallel()
	p := newPartner(t, 4, 0)
	if p.Name() != "tofu" {
		t.Skip("for_each of providers takes OpenTofu")
	}
	first, others := p.customers[0], p.customers[1:]
	p.write(t, "main.tf", providerForEach)
	apply := func(tenants ...string) {
		t.Helper()
		value, err := json.Marshal(tenants)
		if err != nil {
			t.Fatal(err)
		}
		p.write(t, "sessions.auto.tfvars.json", `{"sessions_in": `+string(value)+"}")
		p.run(t, "apply", "-auto-approve", "-input=false", "-no-color")
		if _, err := p.Run(t.Context(), 0, "plan", "-detailed-exitcode", "-input=false", "-no-color"); err != nil {
			t.Error(err)
		}
	}
	sessionsOf := func(customer *emulator.Tenant) int {
		count := 0
		for _, application := range (workspace{tenant: customer}).list(t, "/applications") {
			if application["displayName"] == "sapio365 reporting" {
				count++
			}
		}
		return count
	}
	apply(first.ID())
	if n := sessionsOf(first); n != 1 {
		t.Errorf("there are %d sessions", n)
	}
	for _, customer := range others {
		if requests := customer.Requests(); len(requests) > 0 {
			t.Errorf("in another tenant it asked %s %s", requests[0].Method, requests[0].Path)
		}
	}
	apply(others[0].ID())
	if gone, made := sessionsOf(first), sessionsOf(others[0]); gone != 0 || made != 1 {
		t.Errorf("there are %d sessions where they went, and %d where they came", gone, made)
	}
}
