package accessrole_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
)

// Since Terraform 1.12 an import takes an identity in the place of an import ID.
func TestAccAccessRoles_importByIdentity(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	config := s.Provider() + roles() + holder("test", "Comments Manager", s.User(t, "Nadia"))
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
		Steps: []resource.TestStep{
			{Config: config},
			{Config: config, ResourceName: rolesAddress, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity},
			{Config: config, ResourceName: assignmentAddress, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity},
		},
	})
}
