package acctest

import (
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/conditions"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/signin"
)

// authority is the file with the emulator's CA, set by Main.
var authority string

// server is one emulator for all tests of a package; each test has a tenant of its own.
var server = sync.OnceValues(func() (*emulator.Server, error) {
	s, err := emulator.Start(emulator.Options{})
	if err != nil {
		return nil, err
	}
	return s, os.WriteFile(authority, s.CAPEM(), 0o600)
})

// Emulated is an emulated tenant that belongs to one test.
type Emulated struct {
	Tenant
	Server   *emulator.Server
	emulated *emulator.Tenant
	admin    emulator.Identity
}

// NewEmulated makes an emulated tenant for a test that needs one for the reason, and skips the test where an existing
// tenant is to be tested.
func NewEmulated(t testing.TB, reason string, options emulator.TenantOptions) Emulated {
	t.Helper()
	if existingID != "" {
		t.Skip("needs an emulated tenant: " + reason)
	}
	return newEmulated(t, options)
}

func newEmulated(t testing.TB, options emulator.TenantOptions) Emulated {
	t.Helper()
	s, err := server()
	if err != nil {
		t.Fatal(err)
	}
	tenant, err := s.Tenant(options)
	if err != nil {
		t.Fatal(err)
	}
	admin, err := administratorOf(tenant, callerKind)
	if err != nil {
		t.Fatal(err)
	}
	cloud, _ := signin.LookupCloud("public")
	cloud.LoginEndpoint, cloud.GraphEndpoint = s.URL(), s.URL()
	e := Emulated{Server: s, emulated: tenant, admin: admin, Tenant: Tenant{
		id: tenant.ID(), suffix: randomSuffix(), Cloud: cloud, client: s.Client(), do: tenant.Do,
	}}
	e.arguments = e.signingInAs(admin, entra.IgnoreAccess)
	return e
}

// ProviderAs is a provider block that signs in as the identity. Further lines may set further arguments.
func (e Emulated) ProviderAs(identity emulator.Identity, lines ...string) string {
	return providerBlock(e.signingInAs(identity, entra.IgnoreAccess), lines)
}

// ProviderUnder is a provider block that signs in as the identity, and treats the access rules like that.
func (e Emulated) ProviderUnder(enforcement entra.Enforcement, identity emulator.Identity) string {
	return providerBlock(e.signingInAs(identity, enforcement), nil)
}

func (e Emulated) signingInAs(identity emulator.Identity, enforcement entra.Enforcement) string {
	return fmt.Sprintf(`
  tenant_id           = %q
  client_id           = %q
  client_secret       = %q
  graph_endpoint      = %q
  login_endpoint      = %q
  ca_certificate_path = %q
  use_cli             = false
  access_enforcement  = %q
`, e.ID(), identity.ClientID, identity.ClientSecret, e.Server.URL(), e.Server.URL(), authority, enforcement)
}

// Environment are the variables that lead a provider to the emulator.
func (e Emulated) Environment() map[string]string {
	return map[string]string{
		"SAPIO365_GRAPH_ENDPOINT": e.Server.URL(), "SAPIO365_LOGIN_ENDPOINT": e.Server.URL(),
		"SAPIO365_CA_CERTIFICATE_PATH": authority, "SAPIO365_ACCESS_ENFORCEMENT": "off",
	}
}

// Admin is the identity that the provider signs in as.
func (e Emulated) Admin() emulator.Identity { return e.admin }

// Caller makes an identity that holds exactly the Microsoft Graph permissions.
func (e Emulated) Caller(tb testing.TB, permissions ...string) emulator.Identity {
	tb.Helper()
	identity, err := e.emulated.Caller(tb.Name(), permissions...)
	if err != nil {
		tb.Fatal(err)
	}
	return identity
}

// As is the tenant with a provider that signs in as an identity that holds exactly the permissions.
func (e Emulated) As(tb testing.TB, permissions ...string) Tenant {
	tb.Helper()
	as := e.Tenant
	as.arguments = e.signingInAs(e.Caller(tb, permissions...), entra.IgnoreAccess)
	return as
}

// SetConditions has things go wrong in the tenant, but for what the test itself does.
func (e Emulated) SetConditions(tb testing.TB, c conditions.Conditions) {
	tb.Helper()
	if err := e.emulated.SetConditions(c); err != nil {
		tb.Fatal(err)
	}
}

// Requests is the log of the requests that the tenant got, but for those of the test itself.
func (e Emulated) Requests() []emulator.Request { return e.emulated.Requests() }

// ResetRequests empties the log.
func (e Emulated) ResetRequests() { e.emulated.ResetRequests() }
