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

// TestRacingUpserts creates one application from many clients at once.
func TestRacingUpserts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	statuses := make([]int, 16)
	var group sync.WaitGroup
	for i := range statuses {
		group.Go(func() {
			statuses[i] = w.patch(t, "/applications(uniqueName='raced')", object{"displayName": "Raced"}, "Prefer", "create-if-missing").status
		})
	}
	group.Wait()
	created := 0
	for _, status := range statuses {
		switch status {
		case http.StatusCreated:
			created++
		case http.StatusNoContent:
		default:
			t.Errorf("status %d", status)
		}
	}
	filter := url.QueryEscape("displayName eq 'Raced'")
	if found := w.get(t, "/applications?$filter="+filter).want(t, http.StatusOK).items(); created != 1 || len(found) != 1 {
		t.Errorf("%d creations and %d applications, want one", created, len(found))
	}
}

// TestRacingWrites has no write of many get lost.
func TestRacingWrites(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	session := w.register(t, "Raced")
	graph := w.principalOf(t, microsoftGraphAppID)
	const writers = 16
	assigned := make([]int, writers)
	var group sync.WaitGroup
	for i := range writers {
		group.Go(func() { w.secretFor(t, session.objectID, day) })
		group.Go(func() {
			assigned[i] = w.post(t, "/servicePrincipals/"+graph+"/appRoleAssignedTo", assignment(session.principalID, graph, domainReadAll)).status
		})
	}
	group.Wait()
	if held := objects(w.get(t, "/applications/"+session.objectID).want(t, http.StatusOK).body["passwordCredentials"]); len(held) != writers {
		t.Errorf("%d secrets, want %d", len(held), writers)
	}
	created := 0
	for _, status := range assigned {
		if status == http.StatusCreated {
			created++
		}
	}
	if got := assignedTo(t, w, graph, session.principalID); created != 1 || got != 1 {
		t.Errorf("%d assignments succeeded and %d are held, want one", created, got)
	}
}
