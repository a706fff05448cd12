package appsession

import (
	"cmp"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// permissionKey identifies a permission in an application's manifest.
type permissionKey struct {
	api  string
	kind entra.PermissionKind
	id   string
}

func keyOf(p entra.Permission) permissionKey {
	return permissionKey{api: p.API, kind: p.Kind, id: p.ID}
}

func keysOf(access entra.Access) map[permissionKey]bool {
	keys := make(map[permissionKey]bool, len(access))
	for _, p := range access {
		keys[keyOf(p)] = true
	}
	return keys
}

// manifestView is what a refresh of the declared permissions is made from.
type manifestView struct {
	manifest entra.Access // what the application declares
	implied  entra.Access // what it declares for other reasons than the profile and the permissions
	resolve  func(entra.PermissionRef) (entra.Permission, bool)
}

// refreshPermissions brings the declared permissions of the state in line with the manifest, so that drift shows as a
// difference by name. What the manifest still declares keeps its spelling, what it lacks goes, and what it has beyond
// profile, permissions and implied ones is added. A profile that is not whole any more becomes null, so that the next
// plan shows it coming back. References that cannot be resolved are kept.
func (v manifestView) refreshPermissions(profile types.String, permissions types.Map) (types.String, types.Map) {
	declared, covered := keysOf(v.manifest), keysOf(v.implied)
	refs, _ := spelled(permissions)
	for _, ref := range refs {
		if p, ok := v.resolve(ref.PermissionRef); ok {
			covered[keyOf(p)] = true
		}
	}
	whole := true
	profileRefs, _ := entra.ProfileRefs(profile.ValueString())
	for _, ref := range profileRefs {
		if p, ok := v.resolve(ref); ok {
			whole = whole && (declared[keyOf(p)] || covered[keyOf(p)])
			covered[keyOf(p)] = true
		}
	}
	if !whole {
		profile = types.StringNull()
	}
	var beyond entra.Access
	for _, p := range v.manifest {
		if !covered[keyOf(p)] {
			beyond = append(beyond, p)
		}
	}
	return profile, withBeyond(v.kept(permissions, declared), beyond)
}

// kept drops the names of permissions that the manifest lacks.
func (v manifestView) kept(permissions types.Map, declared map[permissionKey]bool) types.Map {
	if permissions.IsNull() {
		return permissions
	}
	entries := map[string]attr.Value{}
	for _, key := range apiKeys(permissions) {
		sets := map[string]attr.Value{}
		for _, kind := range permissionKinds {
			names := namesOf(permissions, key, kind)
			values, _ := tfkit.Members(names)
			still := make([]string, 0, len(values))
			for _, name := range values {
				p, ok := v.resolve(entra.PermissionRef{API: apiID(key), Kind: kind, Text: name})
				if !ok || declared[keyOf(p)] {
					still = append(still, name)
				}
			}
			if !names.IsNull() {
				names = tfkit.SetOf(still)
			}
			sets[string(kind)] = names
		}
		entries[key] = types.ObjectValueMust(tfkit.PermissionsType.AttrTypes, sets)
	}
	return types.MapValueMust(tfkit.PermissionsType, entries)
}

// withBeyond adds permissions under the API keys that the map has, or else under their display names.
func withBeyond(permissions types.Map, beyond entra.Access) types.Map {
	if len(beyond) == 0 {
		return permissions
	}
	keys := map[string]string{}
	for _, key := range apiKeys(permissions) {
		keys[apiID(key)] = key
	}
	names := tfkit.PermissionNames{}
	for _, p := range beyond {
		key, ok := keys[p.API]
		if !ok {
			key = apiKey(p.API)
		}
		names.Add(key, p.Kind, cmp.Or(p.Name, p.ID))
	}
	entries := map[string]attr.Value{}
	for key, entry := range permissions.Elements() {
		entries[key] = entry
	}
	for key, added := range names {
		sets := map[string]attr.Value{}
		for _, kind := range permissionKinds {
			set := namesOf(permissions, key, kind)
			if len(added[kind]) > 0 {
				present, _ := tfkit.Members(set)
				set = tfkit.SetOf(append(present, added[kind]...))
			}
			sets[string(kind)] = set
		}
		entries[key] = types.ObjectValueMust(tfkit.PermissionsType.AttrTypes, sets)
	}
	return types.MapValueMust(tfkit.PermissionsType, entries)
}
