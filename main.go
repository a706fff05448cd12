// Command terraform-provider-sapio365 is a Terraform provider for sapio365 App sessions. Terraform and OpenTofu start
// it; it is of no use on its own.
package main

import (
	"flag"
	"log"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/sapio365/terraform-provider-sapio365/internal/provider"
)

// version is set by the linker.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "let a debugger attach: print what to set TF_REATTACH_PROVIDERS to, and stay")
	flag.Parse()
	var options []tf6server.ServeOpt
	if *debug {
		options = append(options, tf6server.WithManagedDebug())
	}
	if err := tf6server.Serve("registry.terraform.io/sapio365/sapio365", provider.Server(version), options...); err != nil {
		log.Fatal(err)
	}
}
