// Package acctest lets acceptance tests drive the real Terraform CLI and this build of the provider against a tenant:
// an emulated one of their own, or the existing one that SAPIO365_ACC_TENANT_ID names.
package acctest

import (
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/sapio365/terraform-provider-sapio365/internal/provider"
)

// Factories serve the provider within the test's process.
var Factories = map[string]func() (tfprotov6.ProviderServer, error){
	"sapio365": func() (tfprotov6.ProviderServer, error) { return provider.Server("test")(), nil },
}

// Main runs the tests of a package with a Terraform configuration file that takes nothing from the machine.
func Main(m *testing.M) {
	directory, err := os.MkdirTemp("", "sapio365-acctest-")
	if err != nil {
		panic(err)
	}
	environment := map[string]string{"TF_CLI_CONFIG_FILE": filepath.Join(directory, "cli.tfrc"), "CHECKPOINT_DISABLE": "1"}
	if isOpenTofu() {
		maps.Copy(environment, openTofuRegistry)
	}
	for name, value := range environment {
		if err := os.Setenv(name, value); err != nil { //nolint:usetesting // there is no test yet
			panic(err)
		}
	}
	if err := os.WriteFile(os.Getenv("TF_CLI_CONFIG_FILE"), nil, 0o600); err != nil {
		panic(err)
	}
	authority = filepath.Join(directory, "ca.pem")
	code := m.Run()
	os.RemoveAll(directory) //nolint:errcheck // a leftover does no harm
	os.Exit(code)
}
