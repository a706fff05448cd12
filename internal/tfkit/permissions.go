package tfkit

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// PermissionsType is what one API has in the attribute permissions of an App session.
var PermissionsType = types.ObjectType{AttrTypes: map[string]attr.Type{
	string(entra.Application): types.SetType{ElemType: types.StringType},
	string(entra.Delegated):   types.SetType{ElemType: types.StringType},
}}

// PermissionNames are names of permissions by API and kind.
type PermissionNames map[string]map[entra.PermissionKind][]string

// Add adds a name.
func (n PermissionNames) Add(api string, kind entra.PermissionKind, name string) {
	if n[api] == nil {
		n[api] = map[entra.PermissionKind][]string{}
	}
	n[api][kind] = append(n[api][kind], name)
}

// Value is the attribute permissions. A kind of which an API has none is that.
func (n PermissionNames) Value(none types.Set) types.Map {
	entries := map[string]attr.Value{}
	for api, kinds := range n {
		sets := map[string]attr.Value{string(entra.Application): none, string(entra.Delegated): none}
		for kind, names := range kinds {
			sets[string(kind)] = SetOf(names)
		}
		entries[api] = types.ObjectValueMust(PermissionsType.AttrTypes, sets)
	}
	return types.MapValueMust(PermissionsType, entries)
}
