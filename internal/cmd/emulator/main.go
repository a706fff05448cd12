// Command emulator serves the emulated Microsoft Graph and Entra ID sign-in until it is interrupted. It prints on
// standard output, as JSON, where it listens and how to sign in.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
)

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

// run serves until the context ends.
func run(ctx context.Context, arguments []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("emulator", flag.ContinueOnError)
	flags.SetOutput(stderr)
	addr := flags.String("addr", "127.0.0.1:0", "loopback `address` to listen on")
	caFile := flags.String("ca-file", filepath.Join(os.TempDir(), "sapio365-emulator-ca.pem"), "`file` to write the certificate of the CA to")
	latency := flags.Duration("latency", 0, "`delay` added to every request")
	count := flags.Int("tenants", 1, "`number` of tenants")
	verbose := flags.Bool("v", false, "log every request on standard error")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	opts := emulator.Options{Addr: *addr, Latency: *latency}
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
	for range *count {
		tenant, err := server.Tenant(emulator.TenantOptions{})
		if err != nil {
			return err
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
