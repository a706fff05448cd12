// Command demo shows the provider's main job on an emulated tenant: it declares two App sessions, applies them with
// the real Terraform or OpenTofu, signs in as each of them, finds a change that was made behind Terraform's back, and
// cleans up. It needs no tenant and leaves nothing behind.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// timeout ends a demo that hangs; fetching and building the first time take the longest.
const timeout = 10 * time.Minute

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	screen := newScreen(os.Stdout)
	if err := run(ctx, screen); err != nil {
		screen.fail(err)
		cancel()
		stop()
		os.Exit(1) //nolint:gocritic // the deferred calls have been made
	}
}

func run(ctx context.Context, screen *screen) (err error) {
	began := time.Now()
	stage, err := setUp(ctx, screen)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := stage.close(); err == nil {
			err = closeErr
		}
	}()
	program := stage.cli.Name()
	for _, step := range []struct {
		title string
		play  func(context.Context, *scene) error
	}{
		{"The configuration: two App sessions", showConfiguration},
		{program + " apply", apply},
		{"Sign in as the App session that has a client secret", signInWithSecret},
		{"Sign in as the App session that has a certificate", signInWithCertificate},
		{program + " plan: nothing to do", planNothing},
		{"Somebody changes permissions in the tenant, and the next plan finds it", drift},
		{program + " apply repairs it", repair},
		{program + " destroy", destroy},
	} {
		screen.step(step.title)
		if err := step.play(ctx, stage); err != nil {
			return fmt.Errorf("%s: %w", step.title, err)
		}
	}
	screen.done(time.Since(began))
	return nil
}
