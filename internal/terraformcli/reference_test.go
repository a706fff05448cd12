package terraformcli_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra/catalogue"
)

// withProvider is the configuration with the source of the provider.
func withProvider(configuration string) string {
	return "terraform {\n  required_providers {\n    sapio365 = { source = \"sapio365/sapio365\" }\n  }\n}\n" + configuration
}

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
	return withProvider(fmt.Sprintf(`
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
`, count, names(catalogue.Application, 40), names(catalogue.Delegated, 10)))
}

// maxConnections is how many TCP connections one command may open, in all of the provider's processes together.
const maxConnections = 4

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

// policyLookUps are made beside that in a create where the caller may read the tenant's policies: Terraform plans twice,
// in two processes.
const policyLookUps = 2

// leastForReference is the least privileged caller that can create the reference session.
var leastForReference = []string{
	"Application.ReadWrite.OwnedBy", "Application.Read.All", "Directory.Read.All", "AppRoleAssignment.ReadWrite.All",
	"DelegatedPermissionGrant.ReadWrite.All", "RoleManagement.ReadWrite.Directory",
}

// The reference session keeps to its budget of round trips, counted over whole commands.
func TestAccReferenceSessionRoundTrips(t *testing.T) {
	t.Parallel()
	t.Run("administrator", func(t *testing.T) {
		t.Parallel()
		keepsToBudget(t, newWorkspace(t, 0), policyLookUps)
	})
	t.Run("least privileged", func(t *testing.T) {
		t.Parallel()
		keepsToBudget(t, newWorkspace(t, 0).asLeastPrivileged(t), 0)
	})
}

// asLeastPrivileged has the commands run as that caller.
func (w workspace) asLeastPrivileged(t testing.TB) workspace {
	t.Helper()
	caller, err := w.tenant.Caller("Least privileged", leastForReference...)
	if err != nil {
		t.Fatal(err)
	}
	w.Environment = append(w.Environment, "SAPIO365_CLIENT_ID="+caller.ClientID, "SAPIO365_CLIENT_SECRET="+caller.ClientSecret)
	return w
}

func keepsToBudget(t *testing.T, w workspace, lookUps int) {
	t.Helper()
	w.write(t, "main.tf", referenceSession(1))
	for _, phase := range phases {
		budget := phase.budget
		if phase.name == "create" {
			budget += lookUps
		}
		c := w.run(t, phase.args...)
		if c.roundTrips > budget || c.roundTrips == 0 {
			t.Errorf("%s took %d round trips, allowed are %d", phase.name, c.roundTrips, budget)
		}
		if c.connections > maxConnections || c.connections == 0 {
			t.Errorf("%s opened %d connections, allowed are %d", phase.name, c.connections, maxConnections)
		}
	}
}

// BenchmarkReferenceSession times whole commands of the CLI at 100 ms of latency.
func BenchmarkReferenceSession(b *testing.B) {
	for _, count := range []int{1, 10, 100} {
		b.Run(fmt.Sprintf("sessions=%d", count), func(b *testing.B) {
			w := newWorkspace(b, latency).asLeastPrivileged(b)
			w.write(b, "main.tf", referenceSession(count))
			total := make([]cost, len(phases))
			for b.Loop() {
				for i, phase := range phases {
					c := w.run(b, phase.args...)
					total[i].took += c.took
					total[i].roundTrips += c.roundTrips
					total[i].connections += c.connections
				}
			}
			for i, phase := range phases {
				name := strings.ReplaceAll(phase.name, " ", "-")
				b.ReportMetric(total[i].took.Seconds()/float64(b.N), name+"-s")
				b.ReportMetric(float64(total[i].roundTrips)/float64(b.N), name+"-roundtrips")
				b.ReportMetric(float64(total[i].connections)/float64(b.N), name+"-connections")
			}
		})
	}
}

// latency is that of every request to the emulator in a benchmark, as if the tenant were far away.
const latency = 100 * time.Millisecond
