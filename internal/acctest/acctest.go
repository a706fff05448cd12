// Package acctest lets acceptance tests drive the real Terraform CLI and this build of the provider against an
// emulated tenant of their own.
package acctest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/provider"
)

// Factories serve the provider within the test's process.
var Factories = map[string]func() (tfprotov6.ProviderServer, error){
	"sapio365": providerserver.NewProtocol6WithError(provider.New("test")()),
}

// Main runs the tests of a package with a Terraform configuration file that takes nothing from the machine.
func Main(m *testing.M) {
	directory, err := os.MkdirTemp("", "sapio365-acctest-")
	if err != nil {
		panic(err)
	}
	for name, value := range map[string]string{
		"TF_CLI_CONFIG_FILE": filepath.Join(directory, "cli.tfrc"), "CHECKPOINT_DISABLE": "1",
	} {
		if err := os.Setenv(name, value); err != nil { //nolint:usetesting // there is no test yet
			panic(err)
		}
	}
	if err := os.WriteFile(os.Getenv("TF_CLI_CONFIG_FILE"), nil, 0o600); err != nil {
		panic(err)
	}
	authority = filepath.Join(directory, "ca.pem")
	code := m.Run()
	os.RemoveAll(directory) //nolint:errcheck // a leftover does no harm
	os.Exit(code)
}

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

// Tenant is an emulated tenant that belongs to one test.
type Tenant struct {
	*emulator.Tenant
	Server *emulator.Server
}

// NewTenant makes a tenant.
func NewTenant(t testing.TB, options emulator.TenantOptions) Tenant {
	t.Helper()
	s, err := server()
	if err != nil {
		t.Fatal(err)
	}
	tenant, err := s.Tenant(options)
	if err != nil {
		t.Fatal(err)
	}
	return Tenant{Tenant: tenant, Server: s}
}

// Provider is a provider block that signs in as the tenant's administrator. Further lines may set further arguments.
func (t Tenant) Provider(lines ...string) string { return t.ProviderAs(t.Admin(), lines...) }

// ProviderAs is a provider block that signs in as the identity.
func (t Tenant) ProviderAs(identity emulator.Identity, lines ...string) string {
	return fmt.Sprintf(`
provider "sapio365" {
  tenant_id           = %q
  client_id           = %q
  client_secret       = %q
  graph_endpoint      = %q
  login_endpoint      = %q
  ca_certificate_path = %q
  use_cli             = false
  %s
}
`, t.ID(), identity.ClientID, identity.ClientSecret, t.Server.URL(), t.Server.URL(), authority, strings.Join(lines, "\n  "))
}

// Environment are the variables that lead a provider to the emulator.
func (t Tenant) Environment() map[string]string {
	return map[string]string{
		"SAPIO365_GRAPH_ENDPOINT": t.Server.URL(), "SAPIO365_LOGIN_ENDPOINT": t.Server.URL(),
		"SAPIO365_CA_CERTIFICATE_PATH": authority,
	}
}

// Caller makes an identity that holds exactly the Microsoft Graph permissions.
func (t Tenant) Caller(tb testing.TB, permissions ...string) emulator.Identity {
	tb.Helper()
	identity, err := t.Tenant.Caller(tb.Name(), permissions...)
	if err != nil {
		tb.Fatal(err)
	}
	return identity
}

// Graph performs a request as the portal would and fails the test when it is refused.
func (t Tenant) Graph(tb testing.TB, method, path string, body any) map[string]any {
	tb.Helper()
	status, answer, err := t.Do(method, path, body)
	if err != nil || status >= 300 {
		tb.Fatalf("%s %s answered %d: %v %v", method, path, status, answer, err)
	}
	return answer
}

// List performs a request that reads a collection.
func (t Tenant) List(tb testing.TB, path string) []map[string]any {
	tb.Helper()
	values, _ := t.Graph(tb, "GET", path, nil)["value"].([]any)
	list := make([]map[string]any, len(values))
	for i, value := range values {
		list[i], _ = value.(map[string]any)
	}
	return list
}

// RoundTrips counts the requests to Microsoft Graph since the last reset.
func (t Tenant) RoundTrips() int {
	count := 0
	for _, request := range t.Requests() {
		if request.Kind == "graph" {
			count++
		}
	}
	return count
}
