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

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/conditions"
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

// TestRunAsPartner lists the customers of the first tenant.
func TestRunAsPartner(t *testing.T) {
	t.Parallel()
	caFile := filepath.Join(t.TempDir(), "ca.pem")
	ctx, interrupt := context.WithCancel(t.Context())
	printed, stdout := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, []string{"-tenants", "3", "-partner", "-ca-file", caFile}, stdout, io.Discard)
		_ = stdout.Close()
	}()
	var running description
	if err := json.NewDecoder(printed).Decode(&running); err != nil {
		t.Fatal(err)
	}
	partner, client := running.Tenants[0], trusting(t, caFile)
	var token struct {
		Value string `json:"access_token"`
	}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {partner.ClientID}, "client_secret": {partner.ClientSecret},
		"scope": {"https://graph.microsoft.com/.default"}}
	fetch(t, client, http.MethodPost, running.URL+"/"+partner.TenantID+"/oauth2/v2.0/token", strings.NewReader(form.Encode()),
		http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, &token)
	var contracts struct {
		Value []struct{ CustomerID string }
	}
	fetch(t, client, http.MethodGet, running.URL+"/v1.0/contracts", nil, http.Header{"Authorization": {"Bearer " + token.Value}}, &contracts)
	if len(contracts.Value) != 2 || contracts.Value[0].CustomerID != running.Tenants[1].TenantID {
		t.Errorf("the contracts are %+v", contracts)
	}
	interrupt()
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
}

// fetch decodes the answer to a request that must succeed.
func fetch(t *testing.T, client *http.Client, method, target string, body io.Reader, header http.Header, into any) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, target, body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header = header
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // it is read to the end
	if err := json.NewDecoder(response.Body).Decode(into); err != nil || response.StatusCode != http.StatusOK {
		t.Fatal(response.Status, err)
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

// Whoever reaches the emulator has the credentials of all its tenants: it listens on this machine alone.
func TestRunRefusesOtherMachines(t *testing.T) {
	t.Parallel()
	over, end := context.WithCancel(t.Context())
	end()
	for _, addr := range []string{":0", "0.0.0.0:0", "[::]:0", "192.0.2.1:0"} {
		err := run(over, []string{"-addr", addr, "-ca-file", filepath.Join(t.TempDir(), "ca.pem")}, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), "no loopback address") {
			t.Errorf("%s: got %v", addr, err)
		}
	}
	for _, addr := range []string{"localhost:0", "127.0.0.1:0"} {
		if err := run(over, []string{"-addr", addr, "-ca-file", filepath.Join(t.TempDir(), "ca.pem")}, io.Discard, io.Discard); err != nil {
			t.Errorf("%s: %v", addr, err)
		}
	}
}

// TestRunUnderConditions signs in at a service that is told to refuse the first attempt.
func TestRunUnderConditions(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	caFile := filepath.Join(dir, "ca.pem")
	ctx, interrupt := context.WithCancel(t.Context())
	printed, stdout := io.Pipe()
	ended := make(chan error, 1)
	file := write(t, dir, `{"rules": [{"path": "token", "to": 1, "answer": {"status": 503, "retry_after": "3s"}}]}`)
	go func() {
		ended <- run(ctx, []string{"-conditions", file, "-ca-file", caFile}, stdout, io.Discard)
		_ = stdout.Close()
	}()
	var running description
	if err := json.NewDecoder(printed).Decode(&running); err != nil {
		t.Fatal(err)
	}
	client := trusting(t, caFile)
	for _, want := range []struct {
		status     int
		retryAfter string
	}{{http.StatusServiceUnavailable, "3"}, {http.StatusBadRequest, ""}} {
		response, err := client.PostForm(running.URL+"/"+running.Tenants[0].TenantID+"/oauth2/v2.0/token", url.Values{})
		if err != nil {
			t.Fatal(err)
		}
		if err := response.Body.Close(); err != nil || response.StatusCode != want.status || response.Header.Get("Retry-After") != want.retryAfter {
			t.Errorf("status %d, %v, %v, want %+v", response.StatusCode, response.Header, err, want)
		}
	}
	interrupt()
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
}

func write(t *testing.T, dir, content string) string {
	t.Helper()
	file := filepath.Join(dir, "conditions.json")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestRunRefusesBadConditions(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]string{
		`{"rules": [{"path": "token", "retry": 1}]}`:                          "rules[0].retry: unknown field",
		`{"rules": [{"path": "application/{}", "to": 1, "delay": "1s"}]}`:     `rules[0].path: nothing is served at "application/{}"`,
		`{"rules": [{"path": "applications", "to": 1, "reset": true}]}`:       "rules[0].reset: only an HTTP request",
		`{"lags": [{"kind": "app", "delay": "1s", "probability": 1}]}`:        `lags[0].kind: "app" is none of`,
		`{"lags": [{"purpose": "reading", "delay": "1s", "probability": 1}]}`: `lags[0].purpose: "reading" is none of`,
		`{"lags": [{"delay": "1s"}]}`:                                         "lags[0].probability: 0 is not above 0",
		`{"throttling": {"units": 5}}`:                                        "throttling.unit_window: 0s is not positive",
		`{"foreign_writer": {"probability": 1}}`:                              "foreign_writer.certificates: neither",
		`nonsense`:                                                            "not JSON",
	} {
		err := run(t.Context(), []string{"-conditions", write(t, t.TempDir(), content)}, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", content, err)
		}
	}
	if err := run(t.Context(), []string{"-conditions", filepath.Join(t.TempDir(), "absent")}, io.Discard, io.Discard); err == nil {
		t.Error("an absent file was accepted")
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	var help bytes.Buffer
	if err := run(t.Context(), []string{"-h"}, io.Discard, &help); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"-conditions file", conditions.Example, "foreign_writer", "tenant_write_window"} {
		if !strings.Contains(help.String(), want) {
			t.Errorf("the help does not mention %s", want)
		}
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-version"}, &out, io.Discard); err != nil || out.String() != "sapio365-emulator dev\n" {
		t.Errorf("printed %q, error %v", out.String(), err)
	}
}
