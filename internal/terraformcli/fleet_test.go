package terraformcli_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/conditions"
)

// fleetConfiguration has one session in each tenant of the file, and tenants that sign in with a secret or a certificate
// of their own.
const fleetConfiguration = `
provider "sapio365" {
  tenants = {
    (local.fleet.with_secret) = {
      client_id     = local.fleet.client_id_of_secret
      client_secret = local.fleet.client_secret
    }
    (local.fleet.with_certificate) = {
      client_id               = local.fleet.client_id_of_certificate
      client_certificate_path = "identity.pem"
    }
  }
}

locals {
  fleet = jsondecode(file("fleet.json"))
}

resource "sapio365_app_session" "customer" {
  for_each           = toset(local.fleet.customers)
  tenant_id          = each.key
  display_name       = local.fleet.display_name
  permission_profile = "read_only"
}

data "sapio365_tenant" "customer" {
  for_each  = toset(local.fleet.customers)
  tenant_id = each.key
}

output "sources" {
  value = { for id, tenant in data.sapio365_tenant.customer : id => try(tenant.caller.credential_source, null) }
}
`

// fleet is a partner with customers of every kind of identity.
type fleet struct {
	*partner
	withSecret, withCertificate *emulator.Tenant
	listed                      []*emulator.Tenant
	settings                    map[string]any
}

// newFleet makes two customers that the partner's application is accepted by, and two with identities of their own.
func newFleet(t *testing.T) *fleet {
	t.Helper()
	f := &fleet{partner: newPartner(t, 2, 0)}
	f.withSecret, f.withCertificate = f.newTenant(t, "Secret"), f.newTenant(t, "Certificate")
	f.listed = []*emulator.Tenant{f.customers[0], f.customers[1], f.withSecret, f.withCertificate}
	certified := f.withCertificate.Admin()
	f.certify(t, f.withCertificate, certified.ClientID, "identity.pem")
	f.settings = map[string]any{
		"with_secret": f.withSecret.ID(), "client_id_of_secret": f.withSecret.Admin().ClientID, "client_secret": f.withSecret.Admin().ClientSecret,
		"with_certificate": f.withCertificate.ID(), "client_id_of_certificate": certified.ClientID,
	}
	f.write(t, "main.tf", withProvider(fleetConfiguration))
	return f
}

// certify gives the application in the tenant a certificate, and writes it with its key.
func (f *fleet) certify(t *testing.T, tenant *emulator.Tenant, clientID, file string) {
	t.Helper()
	public, pair := acctest.Certificate(t, 24*time.Hour)
	(workspace{tenant: tenant}).do(t, http.MethodPatch, "/applications(appId='"+clientID+"')", map[string]any{
		"keyCredentials": []any{map[string]any{"type": "AsymmetricX509Cert", "usage": "Verify", "key": pair.Certificate.DER}},
	})
	f.write(t, file, public+acctest.KeyPEM(t, pair))
}

func (f *fleet) newTenant(t *testing.T, name string) *emulator.Tenant {
	t.Helper()
	tenant, err := f.server.Tenant(emulator.TenantOptions{DisplayName: name})
	if err != nil {
		t.Fatal(err)
	}
	return tenant
}

// declare writes which tenants have a session, and what it is called.
func (f *fleet) declare(t *testing.T, displayName string, tenants ...*emulator.Tenant) {
	t.Helper()
	ids := make([]string, len(tenants))
	for i, tenant := range tenants {
		ids[i] = tenant.ID()
	}
	settings := maps.Clone(f.settings)
	settings["customers"], settings["display_name"] = ids, displayName
	content, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	f.write(t, "fleet.json", string(content))
}

// command runs the CLI, which must succeed, and returns what it printed.
func (f *fleet) command(t *testing.T, args ...string) string {
	t.Helper()
	out, err := f.Run(t.Context(), 0, append(args, "-no-color")...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// sessions are the names of the sessions in the tenant.
func (f *fleet) sessions(t *testing.T, tenant *emulator.Tenant) []string {
	t.Helper()
	var names []string
	for _, application := range (workspace{tenant: tenant}).list(t, "/applications?$filter=startswith(displayName,'Session ')") {
		names = append(names, fmt.Sprint(application["displayName"]))
	}
	return names
}

// expect fails unless each tenant has the one session with the name; none where that is empty.
func (f *fleet) expect(t *testing.T, displayName string, tenants ...*emulator.Tenant) {
	t.Helper()
	for _, tenant := range tenants {
		want := []string{displayName}
		if displayName == "" {
			want = nil
		}
		if got := f.sessions(t, tenant); !slices.Equal(got, want) {
			t.Errorf("%s has the sessions %q, want %q", tenant.Domain(), got, want)
		}
	}
}

// breakSignIn has the tenant refuse every sign-in; healSignIn lets them in again.
func (f *fleet) breakSignIn(t *testing.T, tenant *emulator.Tenant) {
	t.Helper()
	f.setConditions(t, tenant, conditions.Conditions{Rules: []conditions.Rule{{
		Path: conditions.Token, Probability: 1,
		Answer: &conditions.Answer{Status: http.StatusUnauthorized, Code: "AADSTS7000112", Message: "The application is disabled."},
	}}})
}

func (f *fleet) healSignIn(t *testing.T, tenant *emulator.Tenant) {
	t.Helper()
	f.setConditions(t, tenant, conditions.Conditions{})
}

func (f *fleet) setConditions(t *testing.T, tenant *emulator.Tenant, c conditions.Conditions) {
	t.Helper()
	if err := tenant.SetConditions(c); err != nil {
		t.Fatal(err)
	}
}

// Identities of the provider's own and of single tenants work side by side; which is which shows; no secret does.
func TestAccFleet_identities(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.declare(t, "Session one", f.listed...)
	f.command(t, "apply", "-auto-approve")
	f.expect(t, "Session one", f.listed...)
	f.command(t, "plan", "-detailed-exitcode")
	var sources map[string]string
	if err := json.Unmarshal([]byte(f.command(t, "output", "-json", "sources")), &sources); err != nil {
		t.Fatal(err)
	}
	for tenant, want := range map[*emulator.Tenant]string{
		f.customers[0]: "SAPIO365_CLIENT_SECRET", f.customers[1]: "SAPIO365_CLIENT_SECRET",
		f.withSecret:      fmt.Sprintf("tenants[%q].client_secret", f.withSecret.ID()),
		f.withCertificate: fmt.Sprintf("tenants[%q].client_certificate_path", f.withCertificate.ID()),
	} {
		if got := sources[tenant.ID()]; got != want {
			t.Errorf("%s was signed in to with %q, want %q", tenant.Domain(), got, want)
		}
	}
	// One sign-in for each tenant and process, and each by its own application.
	for _, tenant := range f.listed {
		callers := map[string]int{}
		tenant.ResetRequests()
		f.command(t, "plan")
		for _, request := range tenant.Requests() {
			if request.Kind == emulator.KindToken {
				callers[request.CallerID]++
			}
		}
		want := f.clientID
		if tenant == f.withSecret || tenant == f.withCertificate {
			want = tenant.Admin().ClientID
		}
		if len(callers) != 1 || callers[want] != 1 {
			t.Errorf("%s was signed in to by %v, want once by %s", tenant.Domain(), callers, want)
		}
	}
	f.hidesSecrets(t)
	f.command(t, "destroy", "-auto-approve")
	f.expect(t, "", f.listed...)
}

// hidesSecrets fails when the secret of an entry of tenants shows in the most talkative log, a plan or the state.
func (f *fleet) hidesSecrets(t *testing.T) {
	t.Helper()
	talkative := f.CLI
	talkative.Environment = append(slices.Clone(f.Environment), "TF_LOG=TRACE", "TF_LOG_PATH=trace.log")
	out, err := talkative.Run(t.Context(), 0, "plan", "-out", "plan.out")
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]string{"the output": out, "the plan": f.command(t, "show", "-json", "plan.out"), "the state": f.command(t, "state", "pull")}
	trace, err := os.ReadFile(filepath.Join(f.Directory, "trace.log"))
	if err != nil || !strings.Contains(string(trace), "provider settings") {
		t.Fatalf("there is no trace: %v", err)
	}
	shown["the log"] = string(trace)
	for where, text := range shown {
		if strings.Contains(text, f.withSecret.Admin().ClientSecret) {
			t.Errorf("%s holds the secret of an entry of tenants", where)
		}
	}
}

// The partner's application may sign in to its customers with a certificate as well.
func TestAccFleet_homeCertificate(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.certify(t, f.tenant, f.clientID, "partner.pem")
	// Were the secret used, nobody could sign in.
	f.Environment = append(f.Environment, "SAPIO365_CLIENT_CERTIFICATE_PATH=partner.pem", "SAPIO365_CLIENT_SECRET=wrong")
	f.declare(t, "Session one", f.customers...)
	f.command(t, "apply", "-auto-approve")
	f.expect(t, "Session one", f.customers...)
}

// A customer who is taken from the list is gone after one apply, whoever signs in to its tenant, also while another
// tenant is broken.
func TestAccFleet_removeCustomer(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.declare(t, "Session one", f.listed...)
	f.command(t, "apply", "-auto-approve")
	f.breakSignIn(t, f.customers[1])
	f.breakSignIn(t, f.withCertificate)
	f.declare(t, "Session one", f.customers[1], f.withCertificate)
	out := f.command(t, "apply", "-auto-approve")
	f.warns(t, f.customers[1].ID(), out)
	f.warns(t, f.withCertificate.ID(), out)
	f.expect(t, "", f.customers[0], f.withSecret)
	f.expect(t, "Session one", f.customers[1], f.withCertificate)
	f.healSignIn(t, f.customers[1])
	f.healSignIn(t, f.withCertificate)
	f.command(t, "apply", "-auto-approve") // the data source has its answer again
	f.command(t, "plan", "-detailed-exitcode")
}
