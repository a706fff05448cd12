// Package terraformcli finds Terraform or OpenTofu, builds the provider, and runs the one with the other.
package terraformcli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// CLI is the Terraform or OpenTofu program with its surroundings.
type CLI struct {
	Path        string
	Directory   string   // in which it runs
	Environment []string // all of its environment
}

// Name is the program as people type it: terraform or tofu.
func (c CLI) Name() string { return strings.TrimSuffix(filepath.Base(c.Path), ".exe") }

// BuildProvider compiles the provider into the directory.
func BuildProvider(ctx context.Context, directory string) error {
	name := "terraform-provider-sapio365"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", filepath.Join(directory, name),
		"github.com/sapio365/terraform-provider-sapio365")
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // as released, and as make build caches it
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("the provider does not build: %w\n%s", err, out)
	}
	return nil
}

// WriteConfig writes a configuration file of the CLI, which makes it take the provider from the directory instead of a registry.
func WriteConfig(path, providers string) error {
	content := fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"sapio365/sapio365\" = %q\n  }\n  direct {}\n}\n",
		filepath.ToSlash(providers))
	return os.WriteFile(path, []byte(content), 0o600)
}

// Run runs the CLI and returns what it printed. It fails when the CLI cannot be run or ends with another exit code than
// the expected one.
func (c CLI) Run(ctx context.Context, expected int, args ...string) (string, error) {
	command := exec.CommandContext(ctx, c.Path, args...)
	command.Dir = c.Directory
	command.Env = c.Environment
	var stderr strings.Builder
	command.Stderr = &stderr
	out, err := command.Output()
	code := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		return "", err
	}
	if code == expected {
		return string(out), nil
	}
	return string(out), fmt.Errorf("%s %s ended with code %d:\n%s%s",
		c.Name(), strings.Join(args, " "), code, out, stderr.String())
}

// Environment returns what the CLI needs of the present environment, with the given variables added.
func Environment(variables map[string]string) []string {
	kept := []string{"TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1"}
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "USERPROFILE", "SYSTEMROOT", "TEMP", "TMP"} {
		if value, ok := os.LookupEnv(name); ok {
			kept = append(kept, name+"="+value)
		}
	}
	for name, value := range variables {
		kept = append(kept, name+"="+value)
	}
	return kept
}
