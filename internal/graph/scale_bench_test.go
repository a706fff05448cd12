package graph_test

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// traffic is what was sent to Microsoft Graph, sign-in apart.
type traffic struct{ roundTrips, requests int }

// traffic counts since the last count. Every part of a batch is a request.
func (w *world) traffic() traffic {
	var sent traffic
	for _, request := range w.tenant.Requests() {
		if request.Kind == emulator.KindGraph {
			sent.roundTrips++
			sent.requests += max(len(request.Parts), 1)
		}
	}
	w.tenant.ResetRequests()
	return sent
}

func (t traffic) plus(other traffic) traffic {
	return traffic{roundTrips: t.roundTrips + other.roundTrips, requests: t.requests + other.requests}
}

func (t traffic) report(b *testing.B, operations int) {
	b.ReportMetric(float64(t.roundTrips)/float64(operations), "roundtrips/op")
	b.ReportMetric(float64(t.requests)/float64(operations), "requests/op")
}

// slow sends every request late.
type slow struct{ base http.RoundTripper }

// RoundTrip waits for the latency of a benchmark, or until the caller gives up.
func (s slow) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := (entra.SystemClock{}).Wait(r.Context(), benchmarkLatency); err != nil {
		return nil, err
	}
	return s.base.RoundTrip(r)
}

// parallelism is that of Terraform.
const parallelism = 10

// inParallel runs an operation for each number below n, as many at a time as Terraform does.
func inParallel(n int, operation func(i int) error) error {
	var next atomic.Int64
	var failure error
	var once sync.Once
	var workers sync.WaitGroup
	for range parallelism {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				if err := operation(i); err != nil {
					once.Do(func() { failure = err })
					return
				}
			}
		})
	}
	workers.Wait()
	return failure
}

// BenchmarkRefresh reads many sessions, as a plan without changes does. One operation is the whole refresh in a gateway
// that remembers nothing but its token. The sessions are small: the emulator looks through all grants of a tenant for
// those of one, and tens of thousands of them would be its benchmark.
func BenchmarkRefresh(b *testing.B) {
	for _, count := range []int{100, 1000} {
		b.Run(fmt.Sprintf("sessions=%d", count), func(b *testing.B) {
			w := newWorldOn(b, server(), emulator.TenantOptions{}, entra.SystemClock{})
			refs := make([]entra.Ref, count)
			sessions := make([]entra.Session, count)
			for i := range sessions {
				sessions[i] = secretSession(b, fmt.Sprintf("Small %d", i))
			}
			if err := inParallel(count, func(i int) error {
				result, err := w.Create(b.Context(), w.tenant.ID(), sessions[i], entra.CreateOptions{})
				if err == nil {
					refs[i] = refOf(result.Registration, owning(sessions[i], result))
				}
				return err
			}); err != nil {
				b.Fatal(err)
			}
			var total traffic
			n := 0
			for b.Loop() {
				b.StopTimer()
				n++
				w.Gateway = w.another(slow{w.server.Client().Transport}, w.tenant.Admin(), entra.SystemClock{})
				if _, err := w.Read(b.Context(), w.tenant.ID(), entra.Ref{ClientID: w.tenant.Admin().ClientID}); err != nil {
					b.Fatal(err) // signs in
				}
				w.traffic()
				b.StartTimer()
				if err := inParallel(count, func(i int) error {
					_, err := w.Read(b.Context(), w.tenant.ID(), refs[i])
					return err
				}); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				total = total.plus(w.traffic())
				b.StartTimer()
			}
			total.report(b, n)
		})
	}
}
