package emulator_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/conditions"
)

// inProcess is a server without sockets, in which every test has a tenant of its own, and its own time.
var inProcess = sync.OnceValue(func() *emulator.Server {
	made, err := emulator.New(emulator.Options{})
	if err != nil {
		panic(err)
	}
	return made
})

// inBubble runs a test in a bubble of fake time, with a tenant that has lived in it for a minute.
func inBubble(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorldOn(t, inProcess(), emulator.TenantOptions{})
		time.Sleep(time.Minute)
		test(t, w)
	})
}

// under sets the conditions of the tenant.
func (w *world) under(t *testing.T, c conditions.Conditions) {
	t.Helper()
	if err := w.tenant.SetConditions(c); err != nil {
		t.Fatal(err)
	}
}

// took measures a request in the time of the bubble.
func took(request func()) time.Duration {
	began := time.Now()
	request()
	return time.Since(began)
}

func TestInProcess(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		id, _ := w.newApplication(t, "In process")
		if got := w.get(t, "/applications/"+id).want(t, http.StatusOK); got.text("displayName") != "In process" {
			t.Errorf("got %v", got.body)
		}
		if got := w.delete(t, "/applications/"+id).want(t, http.StatusNoContent); got.header.Get("Request-Id") == "" {
			t.Errorf("headers %v", got.header)
		}
		requests := w.tenant.Requests()
		if last := requests[len(requests)-1]; !last.Time.Equal(time.Now()) {
			t.Errorf("the log says %v, it is %v", last.Time, time.Now())
		}
		if w.server.CAPEM() != nil || w.server.URL() != "https://emulator.test" {
			t.Errorf("%s with CA %s", w.server.URL(), w.server.CAPEM())
		}
	})
}

func TestInProcessReachesNobodyElse(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		for _, url := range []string{"https://graph.microsoft.com/v1.0/organization", "http://emulator.test/v1.0/organization"} {
			response, err := w.server.Client().Do(w.request(t, http.MethodGet, "https://emulator.test/", nil))
			if err != nil || response.Body.Close() != nil {
				t.Fatal(err)
			}
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			response, err = w.server.Client().Do(request)
			var network *net.OpError
			if !errors.As(err, &network) || network.Op != "dial" {
				t.Errorf("%s: got %v", url, err)
			}
			if err == nil {
				_ = response.Body.Close()
			}
		}
	})
}

func TestLatencyEndsWithTheRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow, err := emulator.New(emulator.Options{Latency: 10 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		w := newWorldOn(t, slow, emulator.TenantOptions{})
		if waited := took(func() { w.get(t, "/organization").want(t, http.StatusOK) }); waited != 10*time.Second {
			t.Errorf("waited %v", waited)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		waited := took(func() {
			response, err := w.server.Client().Do(w.request(t, http.MethodGet, "/organization", nil).WithContext(ctx))
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
			if err == nil {
				_ = response.Body.Close()
			}
		})
		if waited != time.Second {
			t.Errorf("waited %v for a client that gave up", waited)
		}
	})
}

// Requests wait at the same time, not one after the other.
func TestDelaysAreConcurrent(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.under(t, conditions.Conditions{Rules: []conditions.Rule{{Path: "organization", Probability: 1, Delay: time.Second}}})
		waited := took(func() {
			var all sync.WaitGroup
			for range 5 {
				all.Go(func() {
					if got := w.get(t, "/organization"); got.status != http.StatusOK {
						t.Errorf("status %d", got.status)
					}
				})
			}
			all.Wait()
		})
		if waited != time.Second {
			t.Errorf("five requests took %v", waited)
		}
	})
}

// broken sends a request whose connection must break.
func (c *client) broken(t *testing.T, method, path string, body any) {
	t.Helper()
	response, err := c.server.Client().Do(c.request(t, method, path, body))
	if err == nil {
		_ = response.Body.Close()
		t.Fatalf("status %d, want a broken connection", response.StatusCode)
	}
	if !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("got %v", err)
	}
}
