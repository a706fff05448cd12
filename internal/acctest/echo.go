package acctest

import (
	"maps"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/echoprovider"
)

// Echoing are the Factories beside the provider echo, whose resource keeps in the state what is handed to its provider
// block: the only way to look at what Terraform keeps nowhere.
func Echoing() map[string]func() (tfprotov6.ProviderServer, error) {
	factories := maps.Clone(Factories)
	factories["echo"] = echoprovider.NewProviderServer()
	return factories
}

// Echo is the configuration that echoes an expression as the attribute data of echo.test.
func Echo(expression string) string {
	return "provider \"echo\" {\n  data = " + expression + "\n}\n\nresource \"echo\" \"test\" {}\n"
}
