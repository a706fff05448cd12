package accessrole_test

import (
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// isRole is the id of the role with the name.
func isRole(name string) knownvalue.Check {
	role, _ := entra.AccessRoleByName(name)
	return knownvalue.StringExact(role.ID)
}
