// Command permissionsguide writes the tables of permissions into a template of the documentation.
package main

import (
	"fmt"
	"os"

	"github.com/sapio365/terraform-provider-sapio365/internal/cmd/permissionsguide/tables"
)

//go:generate go run . ../../../templates/guides/permissions.md.tmpl

func main() {
	if err := fill(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func fill(arguments []string) error {
	if len(arguments) != 1 {
		return fmt.Errorf("usage: permissionsguide template")
	}
	content, err := os.ReadFile(arguments[0])
	if err != nil {
		return err
	}
	filled, err := tables.Fill(string(content))
	if err != nil {
		return fmt.Errorf("%s: %w", arguments[0], err)
	}
	return os.WriteFile(arguments[0], []byte(filled), 0o644) //nolint:gosec // documentation is for everybody
}
