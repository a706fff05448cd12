// Command emulator serves the emulated Microsoft Graph and Entra ID sign-in until it is interrupted. It prints on
// standard output, as JSON, where it listens and how to sign in.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/conditions"
)

// version is set by the linker.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "emulator:", err)
		os.Exit(1)
	}
}

// description is what the command prints about the running server.
type description struct {
	URL     string              `json:"url"`
	CAFile  string              `json:"ca_file"`
	Tenants []tenantDescription `json:"tenants"`
}

type tenantDescription struct {
	TenantID     string `json:"tenant_id"`
	Domain       string `json:"domain"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
}

// conditionsHelp explains the conditions file, of which it shows an example.
const conditionsHelp = `
The file for -conditions is one JSON object. Every field may be left out:

%s

  seed            decides what is left to chance; the same requests meet the same fate in every run
  rules           single requests out: by method, and by a path below /v1.0 that is served, where {} stands for a key;
                  $batch is a batch as a whole, token and metadata are the sign-in endpoints, * is everything. of
                  restricts a rule to "http requests" or "batch parts". A rule applies from the match from up to the
                  match to, or with a probability, or both, and has a delay, or an answer (status, code, message, headers,
                  retry_after, retry_after_date) or a reset of the connection; applied carries the request out before
  lags            replicas that are late by a delay, with a probability: for a kind of objects (application,
                  servicePrincipal, appRoleAssignment, …; any if left out) and a purpose (read, list, target, reference,
                  sign-in, copy; any if left out)
  throttling      the limits that Microsoft documents for a tenant_size (small, medium, large), or units, unit_window,
                  writes, write_window, tenant_writes, tenant_write_window; retry_after is the least to wait
  foreign_writer  adds certificates, secrets or both to applications that are being written to, with a probability;
                  between: even between a read and a write in one batch
  conflicts       the probability of 409 for parallel writes to one application in a batch

A duration is a text as in "1.5s", a probability a number above 0 and up to 1.
`

// readConditions reads the file for -conditions.
func readConditions(file string) (conditions.Conditions, error) {
	content, err := os.ReadFile(file) // #nosec G304 -- the user names it
	if err != nil {
		return conditions.Conditions{}, fmt.Errorf("read conditions: %w", err)
	}
	c, err := conditions.Parse(content)
	if err != nil {
		return conditions.Conditions{}, fmt.Errorf("%s: %w", file, err)
	}
	return c, nil
}

// customerOf is the tenant as its partner knows it.
func customerOf(tenant *emulator.Tenant) emulator.Customer {
	return emulator.Customer{
		TenantID: tenant.ID(), DisplayName: "Customer " + tenant.ID()[:8], Domain: tenant.Domain(),
		Relationship: "active", Contract: "ResellerPartner",
	}
}

// run serves until the context ends.
func run(ctx context.Context, arguments []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("emulator", flag.ContinueOnError)
	flags.SetOutput(stderr)
	addr := flags.String("addr", "127.0.0.1:0", "loopback `address` to listen on")
	caFile := flags.String("ca-file", filepath.Join(os.TempDir(), "sapio365-emulator-ca.pem"), "`file` to write the certificate of the CA to")
	latency := flags.Duration("latency", 0, "`delay` added to every request")
	count := flags.Int("tenants", 1, "`number` of tenants")
	partner := flags.Bool("partner", false, "the first tenant is a partner's, and the others are its customers")
	verbose := flags.Bool("v", false, "log every request on standard error")
	conditionsFile := flags.String("conditions", "", "JSON `file` that says what goes wrong in all tenants")
	showVersion := flags.Bool("version", false, "print the version and end")
	flags.Usage = func() {
		_, _ = fmt.Fprintf(stderr, "usage: emulator [flags]\n\n") // help that cannot be read does not matter
		flags.PrintDefaults()
		_, _ = fmt.Fprintf(stderr, conditionsHelp, conditions.Example)
	}
	if err := flags.Parse(arguments); errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return err
	}
	if *showVersion {
		_, err := fmt.Fprintln(stdout, "sapio365-emulator", version)
		return err
	}
	opts := emulator.Options{Addr: *addr, Latency: *latency}
	if *conditionsFile != "" {
		var err error
		if opts.Conditions, err = readConditions(*conditionsFile); err != nil {
			return err
		}
	}
	if *verbose {
		opts.Log = slog.New(slog.NewTextHandler(stderr, nil))
	}
	server, err := emulator.Start(opts)
	if err != nil {
		return err
	}
	defer server.Close()
	if err := os.WriteFile(*caFile, server.CAPEM(), 0o600); err != nil {
		return fmt.Errorf("write CA certificate: %w", err)
	}
	running := description{URL: server.URL(), CAFile: *caFile}
	var first *emulator.Tenant
	for i := range *count {
		tenant, err := server.Tenant(emulator.TenantOptions{})
		if err != nil {
			return err
		}
		switch {
		case i == 0:
			first = tenant
		case *partner:
			if err := first.AddCustomer(customerOf(tenant)); err != nil {
				return err
			}
		}
		admin := tenant.Admin()
		running.Tenants = append(running.Tenants, tenantDescription{TenantID: tenant.ID(), Domain: tenant.Domain(),
			ClientID: admin.ClientID, ClientSecret: admin.ClientSecret})
	}
	encoder := json.NewEncoder(stdout)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(running); err != nil {
		return fmt.Errorf("print the description: %w", err)
	}
	<-ctx.Done()
	return nil
}
