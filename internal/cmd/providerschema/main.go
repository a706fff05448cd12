// Command providerschema prints the provider's schemas as JSON, for the tool
// that writes docs/. It needs neither Terraform nor the network.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/sapio365/terraform-provider-sapio365/internal/cmd/providerschema/schemajson"
	"github.com/sapio365/terraform-provider-sapio365/internal/provider"
)

// address is the short form because tfplugindocs looks for nothing else
// outside the namespace of HashiCorp.
const address = "sapio365"

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "providerschema:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	schemas, err := schemajson.Export(ctx, providerserver.NewProtocol6(provider.New("docs")())(), address)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(schemas)
}
