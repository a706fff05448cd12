package functions

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

type permissionProfile struct{}

// NewPermissionProfile makes the function permission_profile.
func NewPermissionProfile() function.Function { return permissionProfile{} }

// Metadata names the function.
func (permissionProfile) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "permission_profile"
}

// Definition describes the function.
func (permissionProfile) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Permissions of a profile",
		MarkdownDescription: "Returns the permissions of a `permission_profile` of `sapio365_app_session` in the form of its argument " +
			"`permissions`: a map from the name of an API to an object with the sets `application` and `delegated`. A configuration can take " +
			"away what the profile has too much. The profiles are this provider's own and may change with its version.",
		Parameters: []function.Parameter{function.StringParameter{
			Name:                "name",
			MarkdownDescription: fmt.Sprintf("Name of the profile, one of `%s`.", strings.Join(entra.ProfileNames(), "` or `")),
		}},
		Return: function.MapReturn{ElementType: tfkit.PermissionsType},
	}
}

// Run looks the profile up.
func (permissionProfile) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var name string
	if resp.Error = req.Arguments.Get(ctx, &name); resp.Error != nil {
		return
	}
	refs, known := entra.ProfileRefs(name)
	if !known {
		hint := ""
		if nearest := entra.Nearest(name, entra.ProfileNames()); nearest != "" {
			hint = fmt.Sprintf(" Did you mean %q?", nearest)
		}
		resp.Error = function.NewArgumentFuncError(0, fmt.Sprintf("%q is not a permission profile.%s Use one of: %s.",
			name, hint, strings.Join(entra.ProfileNames(), ", ")))
		return
	}
	resp.Error = resp.Result.Set(ctx, permissionsOf(refs))
}

// permissionsOf groups permissions as the attribute permissions has them.
func permissionsOf(refs []entra.PermissionRef) types.Map {
	names := tfkit.PermissionNames{}
	for _, ref := range refs {
		names.Add(entra.API{ID: ref.API}.Label(), ref.Kind, ref.Text)
	}
	return names.Value(tfkit.SetOf(nil))
}
