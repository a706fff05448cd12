package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/hashicorp/go-version"
	install "github.com/hashicorp/hc-install"
	"github.com/hashicorp/hc-install/product"
	"github.com/hashicorp/hc-install/releases"
	"github.com/hashicorp/hc-install/src"
)

// oldest is the oldest release of Terraform and OpenTofu that the provider supports.
const oldest = "1.11.0"

// cli is the Terraform or OpenTofu program with its surroundings.
type cli struct {
	path        string
	directory   string
	environment []string
}

// findCLI takes the Terraform or OpenTofu on the PATH, and otherwise fetches Terraform into the directory.
func findCLI(ctx context.Context, directory string) (path string, fetched bool, err error) {
	for _, name := range []string{"terraform", "tofu"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, false, nil
		}
	}
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return "", false, err
	}
	path, err = install.NewInstaller().Install(ctx, []src.Installable{&releases.LatestVersion{
		Product: product.Terraform, Constraints: version.MustConstraints(version.NewConstraint(">= " + oldest)),
		InstallDir: directory,
	}})
	return path, true, err
}

// buildProvider compiles the provider into the directory.
func buildProvider(ctx context.Context, directory string) error {
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

// writeCLIConfig makes the CLI take the provider from the directory instead of a registry.
func writeCLIConfig(path, providers string) error {
	content := fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"sapio365/sapio365\" = %q\n  }\n  direct {}\n}\n",
		filepath.ToSlash(providers))
	return os.WriteFile(path, []byte(content), 0o600)
}

// run runs the CLI and returns its exit code, what it printed, and an error when it could not be run or the code is
// not among the accepted ones.
func (c *cli) run(ctx context.Context, accepted []int, args ...string) (int, string, error) {
	command := exec.CommandContext(ctx, c.path, args...)
	command.Dir = c.directory
	command.Env = c.environment
	var stderr strings.Builder
	command.Stderr = &stderr
	out, err := command.Output()
	code := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		return 0, "", err
	}
	for _, ok := range accepted {
		if code == ok {
			return code, string(out), nil
		}
	}
	return code, string(out), fmt.Errorf("%s %s ended with code %d:\n%s%s",
		filepath.Base(c.path), strings.Join(args, " "), code, out, stderr.String())
}
