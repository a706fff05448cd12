package examples_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/sapio365/terraform-provider-sapio365/internal/provider"
)

var (
	actionBlock  = regexp.MustCompile(`(?ms)^action "([a-z0-9_]+)" "[a-z0-9_]+" \{\n  config \{\n(.*?)^  \}\n\}`)
	argumentName = regexp.MustCompile(`(?m)^    ([a-z_]+) +=`)
)

// Every action has an example, whose arguments it knows and which gives it what it requires. A CLI that applies them takes
// Terraform 1.14; the others only check their format.
func TestActionExamples(t *testing.T) {
	t.Parallel()
	schemas, err := provider.Server("test")().GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil || len(schemas.ActionSchemas) == 0 {
		t.Fatal(schemas, err)
	}
	for name, schema := range schemas.ActionSchemas {
		content, err := os.ReadFile(filepath.Join("actions", name, "action.tf"))
		if err != nil {
			t.Fatal(err)
		}
		blocks := actionBlock.FindAllStringSubmatch(string(content), -1)
		if len(blocks) == 0 {
			t.Errorf("%s: there is no action", name)
		}
		for _, block := range blocks {
			given := map[string]bool{}
			for _, argument := range argumentName.FindAllStringSubmatch(block[2], -1) {
				given[argument[1]] = true
			}
			for _, a := range schema.Schema.Block.Attributes {
				if a.Required && !given[a.Name] {
					t.Errorf("%s: %s is missing", name, a.Name)
				}
				delete(given, a.Name)
			}
			if block[1] != name || len(given) > 0 {
				t.Errorf("%s: the example of %s has the unknown arguments %v", name, block[1], given)
			}
		}
	}
}
