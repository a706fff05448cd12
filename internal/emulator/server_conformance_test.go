package emulator_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
)

func TestCertificateAuthority(t *testing.T) {
	t.Parallel()
	authorities := x509.NewCertPool()
	if !authorities.AppendCertsFromPEM(server().CAPEM()) {
		t.Fatal("CAPEM holds no certificate")
	}
	address, err := url.Parse(server().URL())
	if err != nil {
		t.Fatal(err)
	}
	if address.Scheme != "https" || address.Hostname() != "127.0.0.1" || address.Path != "" {
		t.Errorf("URL %s", address)
	}
	for _, host := range []string{"localhost", "127.0.0.1", "::1"} {
		dialer := tls.Dialer{Config: &tls.Config{RootCAs: authorities, ServerName: host, MinVersion: tls.VersionTLS12}}
		connection, err := dialer.DialContext(t.Context(), "tcp", address.Host)
		if err != nil {
			t.Errorf("connecting as to %s: %v", host, err)
			continue
		}
		if err := connection.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestOwnScope signs in for the address that the emulator is reached at, as a client with a custom endpoint does.
func TestOwnScope(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	form := secretForm(w.identity.ClientID, w.identity.ClientSecret, w.server.URL()+"/.default")
	w.token = tokenRequest(t, w.client, w.tenantID, form).want(t, http.StatusOK).text("access_token")
	w.get(t, "/organization").want(t, http.StatusOK)
}

// TestLatencyCountsOncePerRequest times a batch of twenty parts.
func TestLatencyCountsOncePerRequest(t *testing.T) {
	t.Parallel()
	const latency = 200 * time.Millisecond
	started, err := emulator.Start(emulator.Options{Latency: latency})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(started.Close)
	w := newWorldOn(t, started, emulator.TenantOptions{})
	parts := repeat(20, func(i int) object { return part(fmt.Sprint(i), "GET", "/organization") })
	begun := time.Now()
	w.batch(t, parts...).want(t, http.StatusOK)
	if took := time.Since(begun); took < latency || took > 10*latency {
		t.Errorf("a batch of 20 took %v, want the latency of %v once", took, latency)
	}
}

func TestCloseStopsServing(t *testing.T) {
	t.Parallel()
	started, err := emulator.Start(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	through := started.Client()
	started.Close()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, started.URL()+"/v1.0/organization", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := through.Do(request)
	if err == nil {
		_ = response.Body.Close()
		t.Error("a closed emulator still answers")
	}
}

// race sends requests all at once and returns how often each status came back; 0 stands for no answer.
func (c *client) race(requests []*http.Request) map[int]int {
	statuses := make([]int, len(requests))
	var group sync.WaitGroup
	for i, request := range requests {
		group.Go(func() {
			response, err := c.server.Client().Do(request)
			if err == nil {
				statuses[i] = response.StatusCode
				_ = response.Body.Close()
			}
		})
	}
	group.Wait()
	counts := map[int]int{}
	for _, status := range statuses {
		counts[status]++
	}
	return counts
}

// TestRacingUpserts creates one application from many clients at once.
func TestRacingUpserts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var upserts []*http.Request
	for range 16 {
		upserts = append(upserts, w.request(t, http.MethodPatch, "/applications(uniqueName='raced')",
			object{"displayName": "Raced"}, "Prefer", "create-if-missing"))
	}
	if got := w.race(upserts); got[http.StatusCreated] != 1 || got[http.StatusNoContent] != 15 {
		t.Errorf("statuses %v, want 201 once and 204 for the rest", got)
	}
	filter := url.QueryEscape("displayName eq 'Raced'")
	if found := w.get(t, "/applications?$filter="+filter).want(t, http.StatusOK).items(); len(found) != 1 {
		t.Errorf("%d applications, want one", len(found))
	}
}

// TestRacingWrites: of many writes to one object none gets lost, and of many equal assignments one is made.
func TestRacingWrites(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	session, graph := w.register(t, "Raced"), w.principalOf(t, microsoftGraphAppID)
	var secrets, assignments []*http.Request
	for range 16 {
		secrets = append(secrets, w.request(t, http.MethodPost, "/applications/"+session.objectID+"/addPassword",
			object{"passwordCredential": object{}}))
		assignments = append(assignments, w.request(t, http.MethodPost, "/servicePrincipals/"+graph+"/appRoleAssignedTo",
			assignment(session.principalID, graph, domainReadAll)))
	}
	if got := w.race(secrets); got[http.StatusOK] != 16 {
		t.Errorf("statuses %v, want 200 for all secrets", got)
	}
	if held := objects(w.get(t, "/applications/"+session.objectID).want(t, http.StatusOK).body["passwordCredentials"]); len(held) != 16 {
		t.Errorf("%d secrets, want 16", len(held))
	}
	if got := w.race(assignments); got[http.StatusCreated] != 1 || got[http.StatusBadRequest] != 15 {
		t.Errorf("statuses %v, want 201 once and 400 for the rest", got)
	}
	if got := assignedTo(t, w, graph, session.principalID); got != 1 {
		t.Errorf("%d assignments are held, want one", got)
	}
}
