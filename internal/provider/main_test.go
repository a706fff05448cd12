package provider_test

import (
	"os"
	"strings"
	"testing"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
)

// TestMain takes away what the machine would configure the provider with.
func TestMain(m *testing.M) {
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		for _, prefix := range []string{"SAPIO365_", "ARM_", "AZURE_", "ACTIONS_ID_TOKEN_", "SYSTEM_"} {
			if !strings.HasPrefix(name, prefix) {
				continue
			}
			if err := os.Unsetenv(name); err != nil {
				panic(err)
			}
		}
	}
	acctest.Main(m)
}
