package acctest

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
)

// Refused runs the steps, of which at least one must fail, and returns the errors that Terraform printed: each on one
// line, beginning with its summary, then the address and the line of the configuration that it is about.
func Refused(t *testing.T, steps ...resource.TestStep) []string {
	t.Helper()
	var refusals []string
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: Factories,
		Steps:                    steps,
		ErrorCheck: func(err error) error {
			for _, text := range strings.Split(err.Error(), "\nError: ")[1:] {
				refusals = append(refusals, strings.Join(strings.Fields(text), " "))
			}
			return nil
		},
	})
	if len(refusals) == 0 {
		t.Fatal("Terraform refused nothing")
	}
	return refusals
}
