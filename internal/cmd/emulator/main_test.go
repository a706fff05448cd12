package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRun starts the command as a user would, signs in with what it prints, and interrupts it.
func TestRun(t *testing.T) {
	t.Parallel()
	caFile := filepath.Join(t.TempDir(), "ca.pem")
	ctx, interrupt := context.WithCancel(t.Context())
	printed, stdout := io.Pipe()
	var log bytes.Buffer
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, []string{"-tenants", "2", "-ca-file", caFile, "-v"}, stdout, &log)
		_ = stdout.Close()
	}()

	var running description
	if err := json.NewDecoder(printed).Decode(&running); err != nil {
		t.Fatal(err)
	}
	if len(running.Tenants) != 2 || running.CAFile != caFile {
		t.Fatalf("printed %+v", running)
	}
	tenant := running.Tenants[1]
	response, err := trusting(t, caFile).PostForm(running.URL+"/"+tenant.TenantID+"/oauth2/v2.0/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {tenant.ClientID}, "client_secret": {tenant.ClientSecret},
		"scope": {running.URL + "/.default"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil || response.StatusCode != http.StatusOK {
		t.Errorf("sign in: status %d, %v", response.StatusCode, err)
	}
	interrupt()
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
	if got := log.String(); !strings.Contains(got, "oauth2/v2.0/token") || strings.Contains(got, tenant.ClientSecret) {
		t.Errorf("log: %s", got)
	}
}

func trusting(t *testing.T, caFile string) *http.Client {
	t.Helper()
	content, err := os.ReadFile(caFile)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(content) {
		t.Fatal("no certificate in the CA file")
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func TestRunRefusesBadFlags(t *testing.T) {
	t.Parallel()
	for _, arguments := range [][]string{{"-nothing"}, {"-addr", "nonsense"}, {"-ca-file", filepath.Join(t.TempDir(), "absent", "ca.pem")}} {
		if err := run(t.Context(), arguments, io.Discard, io.Discard); err == nil {
			t.Errorf("%v: no error", arguments)
		}
	}
}
