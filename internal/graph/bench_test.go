package graph_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// benchmarkLatency is that of every request to the emulator in a benchmark, as if the tenant were far away.
const benchmarkLatency = 100 * time.Millisecond

// newDistantWorld is a tenant with latency, on a server of its own.
func newDistantWorld(b *testing.B) *world {
	b.Helper()
	distant, err := emulator.Start(emulator.Options{Latency: benchmarkLatency})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(distant.Close)
	return newWorldOn(b, distant, emulator.TenantOptions{}, entra.SystemClock{})
}

// measure times one operation on the reference session and counts what it sends. prepare runs outside the clock,
// and each operation in a gateway that remembers nothing but its token.
func (w *world) measure(b *testing.B, prepare func(n int) func() error) {
	b.Helper()
	var total traffic
	n := 0
	for b.Loop() {
		b.StopTimer()
		operation := prepare(n)
		n++
		w.Gateway = w.another(w.server.Client().Transport, w.tenant.Admin(), entra.SystemClock{})
		if _, err := w.Read(b.Context(), w.tenant.ID(), entra.Ref{ClientID: w.tenant.Admin().ClientID}); err != nil {
			b.Fatal(err) // signs in
		}
		w.traffic()
		b.StartTimer()
		if err := operation(); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		total = total.plus(w.traffic())
		b.StartTimer()
	}
	total.report(b, n)
}

func BenchmarkCreate(b *testing.B) {
	w := newDistantWorld(b)
	w.measure(b, func(n int) func() error {
		session := referenceSession(b, fmt.Sprintf("Reference %d", n))
		return func() error {
			_, err := w.Create(b.Context(), w.tenant.ID(), session, entra.CreateOptions{})
			return err
		}
	})
}

func BenchmarkRead(b *testing.B) {
	w := newDistantWorld(b)
	result, want := w.create(referenceSession(b, "Reference"))
	w.measure(b, func(int) func() error {
		return func() error {
			_, err := w.Read(b.Context(), w.tenant.ID(), refOf(result.Registration, want))
			return err
		}
	})
}

func BenchmarkUpdate(b *testing.B) {
	w := newDistantWorld(b)
	result, want := w.create(referenceSession(b, "Reference"))
	all := want.Access
	w.measure(b, func(n int) func() error {
		want.Access = all[(n+1)%2:] // one permission goes or comes
		return func() error {
			var err error
			// What the last update saw is what the state knows.
			result, err = w.Update(b.Context(), w.tenant.ID(), refOf(result.Registration, want), want)
			return err
		}
	})
}

func BenchmarkDelete(b *testing.B) {
	w := newDistantWorld(b)
	w.measure(b, func(n int) func() error {
		result, want := w.create(referenceSession(b, fmt.Sprintf("Reference %d", n)))
		w.do(http.MethodGet, "/applications/"+result.Registration.ObjectID, nil)
		return func() error {
			return w.Delete(b.Context(), w.tenant.ID(), refOf(result.Registration, want), entra.DeleteOptions{})
		}
	})
}
