package terraformcli_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra/catalogue"
	"github.com/sapio365/terraform-provider-sapio365/internal/terraformcli"
)

// referenceSession is what the project measures itself by: 40 application and 10 delegated permissions on Microsoft
// Graph, a certificate, and Exchange Online PowerShell.
func referenceSession(count int) string {
	names := func(kind catalogue.Kind, n int) string {
		var quoted []string
		for _, entry := range catalogue.All(catalogue.MicrosoftGraph, kind)[:n] {
			quoted = append(quoted, fmt.Sprintf("%q", entry.Name))
		}
		return strings.Join(quoted, ", ")
	}
	return fmt.Sprintf(`
terraform {
  required_providers {
    sapio365 = { source = "sapio365/sapio365" }
  }
}

resource "sapio365_app_session" "reference" {
  count        = %d
  display_name = "Reference ${count.index}"

  permissions = {
    "Microsoft Graph" = {
      application = [%s]
      delegated   = [%s]
    }
  }

  certificate = {
    value = file("certificate.pem")
  }

  exchange_online_powershell = {}
}
`, count, names(catalogue.Application, 40), names(catalogue.Delegated, 10))
}

// workspace is a directory with a configuration, and an emulator for it alone, so that its latency counts for all.
type workspace struct {
	terraformcli.CLI
	tenant *emulator.Tenant
}

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

func newWorkspace(t testing.TB, configuration string, latency time.Duration) workspace {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("runs the Terraform CLI, which needs TF_ACC=1")
	}
	path, _, err := terraformcli.Find(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := build(); err != nil {
		t.Fatal(err)
	}
	server, err := emulator.Start(emulator.Options{Latency: latency})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	tenant, err := server.Tenant(emulator.TenantOptions{})
	if err != nil {
		t.Fatal(err)
	}
	directory := t.TempDir()
	certificate, _ := acctest.Certificate(t, 365*24*time.Hour)
	for name, content := range map[string]string{
		"main.tf": configuration, "certificate.pem": certificate, "ca.pem": string(server.CAPEM()),
	} {
		if err := os.WriteFile(filepath.Join(directory, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := terraformcli.WriteConfig(filepath.Join(directory, "cli.tfrc"), providers); err != nil {
		t.Fatal(err)
	}
	admin := tenant.Admin()
	return workspace{tenant: tenant, CLI: terraformcli.CLI{
		Path: path, Directory: directory,
		Environment: terraformcli.Environment(map[string]string{
			"TF_CLI_CONFIG_FILE":           filepath.Join(directory, "cli.tfrc"),
			"SAPIO365_TENANT_ID":           tenant.ID(),
			"SAPIO365_CLIENT_ID":           admin.ClientID,
			"SAPIO365_CLIENT_SECRET":       admin.ClientSecret,
			"SAPIO365_GRAPH_ENDPOINT":      server.URL(),
			"SAPIO365_LOGIN_ENDPOINT":      server.URL(),
			"SAPIO365_CA_CERTIFICATE_PATH": filepath.Join(directory, "ca.pem"),
		}),
	}}
}

// run runs the CLI and returns the round trips to Microsoft Graph, tokens apart, of all the provider's processes.
func (w workspace) run(t testing.TB, expected int, args ...string) int {
	t.Helper()
	w.tenant.ResetRequests()
	if _, err := w.Run(t.Context(), expected, args...); err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, request := range w.tenant.Requests() {
		if request.Kind == "graph" {
			count++
		}
	}
	return count
}

// phases are the commands of a session's life with the round trips that each may take.
var phases = []struct {
	name   string
	budget int
	args   []string
}{
	{"create", 8, []string{"apply", "-auto-approve"}},
	{"plan without change", 1, []string{"plan", "-detailed-exitcode"}},
	{"destroy", 3, []string{"destroy", "-auto-approve"}},
}

// The reference session keeps to its budget of round trips, counted over whole commands.
func TestAccReferenceSessionRoundTrips(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t, referenceSession(1), 0)
	for _, phase := range phases {
		if got := w.run(t, 0, phase.args...); got > phase.budget || got == 0 {
			t.Errorf("%s took %d round trips, allowed are %d", phase.name, got, phase.budget)
		}
	}
}

// BenchmarkReferenceSession times whole commands of the CLI at 100 ms of latency.
func BenchmarkReferenceSession(b *testing.B) {
	for _, count := range []int{1, 10, 100} {
		b.Run(fmt.Sprintf("sessions=%d", count), func(b *testing.B) {
			w := newWorkspace(b, referenceSession(count), 100*time.Millisecond)
			took, trips := make([]time.Duration, len(phases)), make([]int, len(phases))
			for b.Loop() {
				for i, phase := range phases {
					began := time.Now()
					trips[i] += w.run(b, 0, phase.args...)
					took[i] += time.Since(began)
				}
			}
			for i, phase := range phases {
				name := strings.ReplaceAll(phase.name, " ", "-")
				b.ReportMetric(took[i].Seconds()/float64(b.N), name+"-s")
				b.ReportMetric(float64(trips[i])/float64(b.N), name+"-roundtrips")
			}
		})
	}
}
