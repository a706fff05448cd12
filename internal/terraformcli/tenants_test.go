package terraformcli_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra/catalogue"
)

// manyTenants has one provider block serve the sessions of all tenants that the file lists.
var manyTenants = withProvider(`
locals {
  sessions = {
    for pair in setproduct(jsondecode(file("tenants.json")), ["reporting", "jobs", "helpdesk"]) :
    join("/", pair) => { tenant = pair[0], name = pair[1] }
  }
}

resource "sapio365_app_session" "customer" {
  for_each           = local.sessions
  tenant_id          = each.value.tenant
  display_name       = "sapio365 ${each.value.name}"
  permission_profile = each.value.name == "reporting" ? "read_only" : "administration"
}
`)

const sessionsPerTenant = 3

// partner is the identity of one who works in the tenants of others: an application of the workspace's own tenant with
// a service principal and consent in each.
type partner struct {
	workspace
	clientID, secret string
	permissions      []string // that it is given by customers
	customers        []*emulator.Tenant
}

// needed is what the sessions of a customer take.
var needed = []string{
	"Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All", "Directory.Read.All",
}

// newPartner makes a workspace whose provider signs in to so many tenants, with further permissions beside what is needed,
// and writes the configuration for them.
func newPartner(t testing.TB, customers int, latency time.Duration, further ...string) *partner {
	t.Helper()
	p := &partner{workspace: newWorkspace(t, latency), permissions: slices.Concat(needed, further)}
	application := p.do(t, http.MethodPost, "/applications", map[string]any{
		"displayName": "Partner", "signInAudience": "AzureADMultipleOrgs",
	})
	p.clientID = fmt.Sprint(application["appId"])
	secret := p.do(t, http.MethodPost, fmt.Sprintf("/applications/%s/addPassword", application["id"]), map[string]any{})
	p.secret = fmt.Sprint(secret["secretText"])
	ids := make([]string, customers)
	for i := range ids {
		customer, err := p.server.Tenant(emulator.TenantOptions{DisplayName: fmt.Sprintf("Customer %d", i)})
		if err != nil {
			t.Fatal(err)
		}
		p.consent(t, customer)
		p.customers, ids[i] = append(p.customers, customer), customer.ID()
	}
	list, err := json.Marshal(ids)
	if err != nil {
		t.Fatal(err)
	}
	p.write(t, "tenants.json", string(list))
	p.write(t, "main.tf", manyTenants)
	p.Environment = append(p.Environment, "SAPIO365_CLIENT_ID="+p.clientID, "SAPIO365_CLIENT_SECRET="+p.secret)
	return p
}

// consent lets the partner into a customer's tenant.
func (p *partner) consent(t testing.TB, customer *emulator.Tenant) {
	t.Helper()
	there := workspace{tenant: customer}
	principal := there.do(t, http.MethodPost, "/servicePrincipals", map[string]any{"appId": p.clientID})
	assign(t, there, principal["id"], p.permissions)
}

// assign gives a service principal permissions of Microsoft Graph.
func assign(t testing.TB, there workspace, principal any, permissions []string) {
	t.Helper()
	api := there.do(t, http.MethodGet, "/servicePrincipals(appId='"+catalogue.MicrosoftGraph+"')?$select=id", nil)
	for _, name := range permissions {
		permission, ok := catalogue.ByName(catalogue.MicrosoftGraph, catalogue.Application, name)
		if !ok {
			t.Fatalf("there is no permission %s", name)
		}
		there.do(t, http.MethodPost, fmt.Sprintf("/servicePrincipals/%s/appRoleAssignedTo", api["id"]), map[string]any{
			"principalId": principal, "resourceId": api["id"], "appRoleId": permission.ID,
		})
	}
}

// command is what one command of the CLI took of time, requests and memory.
type command struct {
	cost
	requests int // parts of batches
	peak     int // bytes of memory of the largest of the provider's processes
}

// measure runs a command of the CLI, and watches the provider's processes meanwhile.
func (p *partner) measure(t testing.TB, args ...string) command {
	t.Helper()
	for _, customer := range p.customers {
		customer.ResetRequests()
	}
	stop := watchMemory(p.provider)
	c := command{cost: p.run(t, args...)}
	var err error
	if c.peak, err = stop(); err != nil || c.peak == 0 {
		t.Fatalf("the provider's processes took %d bytes: %v", c.peak, err)
	}
	for _, customer := range p.customers {
		for _, request := range customer.Requests() {
			if request.Kind == emulator.KindGraph {
				c.roundTrips++
				c.requests += len(request.Parts)
			}
		}
	}
	return c
}

// partnerPhases are the commands that are measured.
var partnerPhases = []struct {
	name string
	args []string
}{
	{"create", []string{"apply", "-auto-approve"}},
	{"refresh", []string{"plan", "-refresh-only"}},
}

// maxMemory is what the provider may take with hundreds of tenants.
const maxMemory = 150 << 20

// One provider block serves many tenants, over few connections and in little memory.
func TestAccManyTenants(t *testing.T) {
	t.Parallel()
	needsProcesses(t)
	const customers = 10
	p := newPartner(t, customers, 0)
	for _, phase := range partnerPhases {
		c := p.measure(t, phase.args...)
		if c.peak > maxMemory || c.connections > maxConnections || c.connections == 0 || c.requests < customers*sessionsPerTenant {
			t.Errorf("%s took %d MB, %d connections and %d requests", phase.name, c.peak>>20, c.connections, c.requests)
		}
	}
	for _, customer := range p.customers {
		if sessions := (workspace{tenant: customer}).list(t, "/applications?$filter=startswith(displayName,'sapio365 ')"); len(sessions) != sessionsPerTenant {
			t.Errorf("%s has %d sessions", customer.Domain(), len(sessions))
		}
	}
}

// BenchmarkManyTenants measures one provider block that serves 500 tenants with three sessions each, at 100 ms of
// latency: time, requests, connections, and the peak of the provider's memory.
func BenchmarkManyTenants(b *testing.B) {
	needsProcesses(b)
	for b.Loop() {
		p := newPartner(b, 500, latency)
		for _, phase := range partnerPhases {
			c := p.measure(b, phase.args...)
			b.ReportMetric(c.took.Seconds(), phase.name+"-s")
			b.ReportMetric(float64(c.roundTrips), phase.name+"-roundtrips")
			b.ReportMetric(float64(c.requests), phase.name+"-requests")
			b.ReportMetric(float64(c.connections), phase.name+"-connections")
			b.ReportMetric(float64(c.peak)/(1<<20), phase.name+"-peak-MB")
		}
	}
}
