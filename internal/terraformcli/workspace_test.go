package terraformcli_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/terraformcli"
)

var (
	// providers is the directory for the provider.
	providers string
	// build builds it once, for the first test or benchmark that needs it.
	build = sync.OnceValue(func() error { return terraformcli.BuildProvider(context.Background(), providers) })
)

func TestMain(m *testing.M) {
	var err error
	if providers, err = os.MkdirTemp("", "sapio365-provider-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(providers) //nolint:errcheck // a leftover does no harm
	os.Exit(code)
}

// workspace is a directory with a configuration, and an emulator for it alone, so that its latency counts for all.
type workspace struct {
	terraformcli.CLI
	server   *emulator.Server
	tenant   *emulator.Tenant
	wire     *wire
	provider string // the provider's program, which no other workspace runs
}

func needsAcceptance(t testing.TB) {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("runs the Terraform CLI, which needs TF_ACC=1")
	}
}

// newWorkspace makes a workspace whose configuration needs no init: the CLI takes the provider as it is.
func newWorkspace(t testing.TB, latency time.Duration) workspace {
	t.Helper()
	needsAcceptance(t)
	path, err := terraform()
	if err != nil {
		t.Fatal(err)
	}
	if err := build(); err != nil {
		t.Fatal(err)
	}
	w := workspace{wire: &wire{}}
	w.wire.reset()
	if w.server, err = emulator.Start(emulator.Options{Latency: latency, Interrupt: w.wire.interrupt}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.server.Close)
	if w.tenant, err = w.server.Tenant(emulator.TenantOptions{Hybrid: true}); err != nil {
		t.Fatal(err)
	}
	w.Path = path
	return w.beside(t)
}

// beside is another workspace on the same emulator, as that of another run or another machine.
func (w workspace) beside(t testing.TB) workspace {
	t.Helper()
	directory := t.TempDir()
	admin := w.tenant.Admin()
	w.CLI = terraformcli.CLI{
		Path: w.Path, Directory: directory,
		Environment: terraformcli.Environment(map[string]string{
			"TF_CLI_CONFIG_FILE":           filepath.Join(directory, "cli.tfrc"),
			"SAPIO365_TENANT_ID":           w.tenant.ID(),
			"SAPIO365_CLIENT_ID":           admin.ClientID,
			"SAPIO365_CLIENT_SECRET":       admin.ClientSecret,
			"SAPIO365_ACCESS_ENFORCEMENT":  "off", // nobody holds an access role in a new tenant
			"SAPIO365_GRAPH_ENDPOINT":      w.server.URL(),
			"SAPIO365_LOGIN_ENDPOINT":      w.server.URL(),
			"SAPIO365_CA_CERTIFICATE_PATH": filepath.Join(directory, "ca.pem"),
		}),
	}
	w.write(t, "ca.pem", string(w.server.CAPEM()))
	w.write(t, "certificate.pem", certificate(t))
	w.provider = w.linkProvider(t)
	if err := terraformcli.WriteConfig(filepath.Join(directory, "cli.tfrc"), filepath.Dir(w.provider)); err != nil {
		t.Fatal(err)
	}
	return w
}

// terraform finds the CLI once: that of the other acceptance tests, if they are told of one.
var terraform = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("TF_ACC_TERRAFORM_PATH"); path != "" {
		return path, nil
	}
	path, _, err := terraformcli.Find(context.Background(), filepath.Join(providers, "cli"))
	return path, err
})

// certificate is the public certificate of all sessions; making one takes longer than creating a session.
var certificate = func() func(testing.TB) string {
	var once sync.Once
	var pem string
	return func(t testing.TB) string {
		once.Do(func() { pem, _ = acctest.Certificate(t, 365*24*time.Hour) })
		return pem
	}
}()

// linkProvider gives the workspace a name of its own for the provider's program, by which its processes are known.
func (w workspace) linkProvider(t testing.TB) string {
	t.Helper()
	directory := filepath.Join(w.Directory, "provider")
	if err := os.Mkdir(directory, 0o700); err != nil {
		t.Fatal(err)
	}
	built, err := filepath.Glob(filepath.Join(providers, "terraform-provider-*"))
	if err != nil || len(built) != 1 {
		t.Fatalf("the programs built are %q: %v", built, err)
	}
	link := filepath.Join(directory, filepath.Base(built[0]))
	if err := os.Link(built[0], link); err != nil {
		t.Fatal(err)
	}
	return link
}

// write writes a file of the workspace.
func (w workspace) write(t testing.TB, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(w.Directory, name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// run runs the CLI and returns what it cost, over all of the provider's processes.
func (w workspace) run(t testing.TB, args ...string) cost {
	t.Helper()
	w.wire.reset()
	w.tenant.ResetRequests()
	began := time.Now()
	if _, err := w.Run(t.Context(), 0, args...); err != nil {
		t.Fatal(err)
	}
	c := cost{took: time.Since(began), connections: w.wire.connected()}
	for _, request := range w.tenant.Requests() {
		if request.Kind == emulator.KindGraph {
			c.roundTrips++
		}
	}
	return c
}

// cost is what one command of the CLI took.
type cost struct {
	took        time.Duration
	roundTrips  int // to Microsoft Graph, tokens apart
	connections int // over TCP, of all the provider's processes
}

func (c cost) String() string {
	return fmt.Sprintf("%.1f s, %d round trips, %d connections", c.took.Seconds(), c.roundTrips, c.connections)
}

// do performs a request as the portal would.
func (w workspace) do(t testing.TB, method, path string, body any) map[string]any {
	t.Helper()
	status, response, err := w.tenant.Do(method, path, body)
	if err != nil || status >= http.StatusBadRequest {
		t.Fatalf("%s %s: %d %v %v", method, path, status, response, err)
	}
	return response
}

// list reads a collection as the portal would.
func (w workspace) list(t testing.TB, path string) []map[string]any {
	t.Helper()
	items, ok := w.do(t, http.MethodGet, path, nil)["value"].([]any)
	if !ok {
		t.Fatalf("%s is no collection", path)
	}
	all := make([]map[string]any, len(items))
	for i, item := range items {
		if all[i], ok = item.(map[string]any); !ok {
			t.Fatalf("%s holds a %T", path, item)
		}
	}
	return all
}

// installs has the CLI install the provider by init, from a mirror of registries on this machine and from nowhere else.
func (w workspace) installs(t testing.TB) {
	t.Helper()
	mirror := filepath.Join(w.Directory, "mirror")
	for _, registry := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		directory := filepath.Join(mirror, registry, "sapio365", "sapio365", "1.0.0", runtime.GOOS+"_"+runtime.GOARCH)
		if err := os.MkdirAll(directory, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Link(w.provider, filepath.Join(directory, filepath.Base(w.provider))); err != nil {
			t.Fatal(err)
		}
	}
	w.write(t, "cli.tfrc", fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", filepath.ToSlash(mirror)))
}
