package terraformcli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/hashicorp/go-version"
	install "github.com/hashicorp/hc-install"
	"github.com/hashicorp/hc-install/product"
	"github.com/hashicorp/hc-install/releases"
	"github.com/hashicorp/hc-install/src"
)

// oldest is the oldest release of Terraform and OpenTofu that the provider supports.
var oldest = version.Must(version.NewVersion("1.11.0"))

// ErrNotOnPath says that neither Terraform nor OpenTofu is on the PATH.
var ErrNotOnPath = errors.New("neither terraform nor tofu is on the PATH")

// TooOldError says that a CLI is older than the provider supports.
type TooOldError struct {
	Path    string
	Version *version.Version
}

func (e *TooOldError) Error() string {
	return fmt.Sprintf("%s is version %s, and %s or later is needed", e.Path, e.Version, oldest)
}

// Find takes the Terraform or OpenTofu on the PATH, and fetches Terraform into the directory where there is none that is
// recent enough. Its error says what is wrong with each that it found (*TooOldError, or ErrNotOnPath), and why Terraform
// could not be fetched.
func Find(ctx context.Context, directory string) (path string, fetched bool, err error) {
	return find(ctx, exec.LookPath, func() (string, error) { return fetch(ctx, directory) })
}

func find(ctx context.Context, lookPath func(string) (string, error), fetch func() (string, error)) (path string, fetched bool, err error) {
	var unfit []error
	for _, name := range []string{"terraform", "tofu"} {
		path, err := lookPath(name)
		if errors.Is(err, exec.ErrNotFound) {
			continue
		}
		if err == nil {
			err = checkVersion(ctx, path)
		}
		if err == nil {
			return path, false, nil
		}
		unfit = append(unfit, err)
	}
	if path, err = fetch(); err == nil {
		return path, true, nil
	}
	if len(unfit) == 0 {
		unfit = append(unfit, ErrNotOnPath)
	}
	return "", false, errors.Join(append(unfit, fmt.Errorf("fetching Terraform: %w", err))...)
}

// checkVersion fails with *TooOldError for a CLI that is older than oldest.
func checkVersion(ctx context.Context, path string) error {
	found, err := Version(ctx, path)
	if err == nil && found.LessThan(oldest) {
		return &TooOldError{Path: path, Version: found}
	}
	return err
}

// Version is what the Terraform or OpenTofu at the path says that it is.
func Version(ctx context.Context, path string) (*version.Version, error) {
	command := exec.CommandContext(ctx, path, "version", "-json")
	// Without TF_CLI_CONFIG_FILE: about a file that does not exist the CLI complains, and in the middle of the JSON.
	command.Env = Environment(nil)
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("asking %s for its version: %w", path, err)
	}
	var answer struct {
		Version *version.Version `json:"terraform_version"` // OpenTofu calls it the same
	}
	if err := json.Unmarshal(out, &answer); err != nil {
		return nil, fmt.Errorf("asking %s for its version: %w", path, err)
	}
	if answer.Version == nil {
		return nil, fmt.Errorf("asking %s for its version: the answer has none", path)
	}
	return answer.Version, nil
}

func fetch(ctx context.Context, directory string) (string, error) {
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return "", err
	}
	constraints, err := version.NewConstraint(">= " + oldest.String())
	if err != nil {
		return "", err
	}
	return install.NewInstaller().Install(ctx, []src.Installable{&releases.LatestVersion{
		Product: product.Terraform, Constraints: constraints, InstallDir: directory,
	}})
}
