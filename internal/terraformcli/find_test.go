package terraformcli

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// standIn writes a program that answers as the CLI does: JSON, spoilt by a complaint about TF_CLI_CONFIG_FILE.
func standIn(t *testing.T, name, answer string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	script := "#!/bin/sh\n[ -z \"$TF_CLI_CONFIG_FILE\" ] || echo There are some problems with the CLI configuration\n" + answer + "\n"
	if err := os.WriteFile(path, []byte(script), 0o700); err != nil { //nolint:gosec // it must run
		t.Fatal(err)
	}
	return path
}

// Not parallel: a program that has just been written does not start while another goroutine starts one.
func TestFind(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the stand-ins are shell scripts")
	}
	t.Setenv("TF_CLI_CONFIG_FILE", filepath.Join(t.TempDir(), "absent"))
	says := func(version string) string { return `echo '{"terraform_version": "` + version + `", "platform": "x"}'` }
	offline := errors.New("offline")
	for name, test := range map[string]struct {
		terraform, tofu string // what they answer; empty where they are not installed
		fetch           error
		found           string // terraform, tofu, or fetched
		problems        []string
	}{
		"the oldest that is supported":  {terraform: says("1.11.0"), found: "terraform"},
		"a newer one":                   {terraform: says("1.14.2"), tofu: says("1.11.0"), found: "terraform"},
		"OpenTofu alone":                {tofu: says("1.11.3"), found: "tofu"},
		"Terraform too old":             {terraform: says("1.5.7"), tofu: says("1.12.0"), found: "tofu"},
		"both too old":                  {terraform: says("1.10.5"), tofu: says("1.9.0"), found: "fetched"},
		"a pre-release of the oldest":   {terraform: says("1.11.0-rc1"), found: "fetched"},
		"neither":                       {found: "fetched"},
		"one that does not run":         {terraform: "exit 1", found: "fetched"},
		"one that says something else":  {terraform: "echo Terraform v1.14.2", found: "fetched"},
		"one that has no version":       {terraform: "echo {}", found: "fetched"},
		"too old, and nothing to fetch": {terraform: says("1.5.7"), fetch: offline, problems: []string{"/terraform is version 1.5.7, and 1.11.0 or later is needed", "offline"}},
		"both too old, and nothing to fetch": {terraform: says("1.5.7"), tofu: says("1.6.0"), fetch: offline,
			problems: []string{"/terraform is version 1.5.7", "/tofu is version 1.6.0", "offline"}},
		"neither, and nothing to fetch": {fetch: offline, problems: []string{"neither terraform nor tofu is on the PATH", "offline"}},
		"broken, and nothing to fetch":  {terraform: "exit 3", fetch: offline, problems: []string{"/terraform for its version: exit status 3", "offline"}},
	} {
		t.Run(name, func(t *testing.T) {
			installed := map[string]string{}
			for program, answer := range map[string]string{"terraform": test.terraform, "tofu": test.tofu} {
				if answer != "" {
					installed[program] = standIn(t, program, answer)
				}
			}
			lookPath := func(program string) (string, error) {
				if path, ok := installed[program]; ok {
					return path, nil
				}
				return "", &exec.Error{Name: program, Err: exec.ErrNotFound}
			}
			path, fetched, err := find(t.Context(), lookPath, func() (string, error) { return "fetched", test.fetch })
			if test.fetch == nil {
				if err != nil || filepath.Base(path) != test.found || fetched != (test.found == "fetched") {
					t.Errorf("found %q, fetched %t: %v", path, fetched, err)
				}
				return
			}
			if !errors.Is(err, offline) {
				t.Fatalf("error %v", err)
			}
			for _, problem := range test.problems {
				if !strings.Contains(err.Error(), problem) {
					t.Errorf("%q does not say %q", err, problem)
				}
			}
		})
	}
}
