package examples_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest/hclcheck"
	"github.com/sapio365/terraform-provider-sapio365/internal/provider"
)

// Every action and every list has an example, whose arguments it knows and which gives it what it requires. A CLI that runs
// them takes Terraform 1.14.
func TestExamplesForNewerCLIs(t *testing.T) {
	t.Parallel()
	schemas, err := provider.Server("test")().GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil || len(schemas.ActionSchemas) == 0 || len(schemas.ListResourceSchemas) == 0 {
		t.Fatal(schemas, err)
	}
	check := func(name, kind string, path ...string) {
		content, err := os.ReadFile(filepath.Join(path...))
		if err != nil {
			t.Fatal(err)
		}
		if err := hclcheck.Check(schemas, string(content)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if types := hclcheck.Types(string(content), kind); !slices.Contains(types, name) {
			t.Errorf("%s: the example has but the types %v", name, types)
		}
	}
	for name := range schemas.ActionSchemas {
		check(name, "action", "actions", name, "action.tf")
	}
	for name := range schemas.ListResourceSchemas {
		files, err := filepath.Glob(filepath.Join("list-resources", name, "*", "*.tfquery.hcl"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range append(files, filepath.Join("list-resources", name, "list-resource.tfquery.hcl")) {
			check(name, "list", file)
		}
	}
}
