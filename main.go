// Command terraform-provider-sapio365 is a Terraform provider for sapio365 App sessions. Terraform and OpenTofu start
// it; it is of no use on its own.
package main

import (
	"context"
	"flag"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/sapio365/terraform-provider-sapio365/internal/provider"
)

// version is set by the linker.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "let a debugger attach: print what to set TF_REATTACH_PROVIDERS to, and stay")
	flag.Parse()
	err := providerserver.Serve(context.Background(), provider.New(version), providerserver.ServeOpts{
		Address:         "registry.terraform.io/sapio365/sapio365",
		Debug:           *debug,
		ProtocolVersion: 6,
	})
	if err != nil {
		log.Fatal(err)
	}
}
