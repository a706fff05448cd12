package appsession

import (
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra/catalogue"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

var permissionKinds = []entra.PermissionKind{entra.Application, entra.Delegated}

// spelledRef is a permission and the API key under which the configuration names it.
type spelledRef struct {
	entra.PermissionRef
	apiKey string
}

// path is the set that names the permission. The set's element is not addressed: people find a name faster than an
// element of a set.
func (r spelledRef) path() path.Path {
	return path.Root("permissions").AtMapKey(r.apiKey).AtName(string(r.Kind))
}

// apiID returns the application id, in lower case, of an API given by display name or application id; empty for
// anything else.
func apiID(key string) string {
	if entra.IsGUID(key) {
		return strings.ToLower(key)
	}
	return catalogue.APIByName(key)
}

// apiKey is how an API is written where the configuration has not named it.
func apiKey(id string) string {
	if name := catalogue.APIName(id); name != "" {
		return name
	}
	return id
}

// spelled lists the permissions that the map names, in a fixed order; known is false while it has unknown parts.
// APIs that cannot be told are left out: validation reports them.
func spelled(permissions types.Map) (refs []spelledRef, known bool) {
	if permissions.IsUnknown() {
		return nil, false
	}
	known = true
	for _, key := range apiKeys(permissions) {
		id := apiID(key)
		for _, kind := range permissionKinds {
			names, all := tfkit.Members(namesOf(permissions, key, kind))
			known = known && all
			if id == "" {
				continue
			}
			for _, name := range names {
				ref := entra.PermissionRef{API: id, Kind: kind, Text: name}
				refs = append(refs, spelledRef{PermissionRef: ref, apiKey: key})
			}
		}
	}
	return refs, known
}

func apiKeys(permissions types.Map) []string {
	keys := make([]string, 0, len(permissions.Elements()))
	for key := range permissions.Elements() {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// namesOf returns the set of names of one API and kind, unknown where the API's whole entry is.
func namesOf(permissions types.Map, key string, kind entra.PermissionKind) types.Set {
	entry, ok := permissions.Elements()[key].(types.Object)
	if ok && entry.IsUnknown() {
		return types.SetUnknown(types.StringType)
	}
	if names, ok := entry.Attributes()[string(kind)].(types.Set); ok {
		return names
	}
	return types.SetNull(types.StringType)
}

// declaredRefs lists what the profile and the permissions name together; known is false while parts are unknown.
func (m model) declaredRefs() (refs []entra.PermissionRef, known bool) {
	own, known := spelled(m.Permissions)
	for _, ref := range own {
		refs = append(refs, ref.PermissionRef)
	}
	if m.PermissionProfile.IsUnknown() {
		return refs, false
	}
	profile, _ := entra.ProfileRefs(m.PermissionProfile.ValueString())
	return append(refs, profile...), known
}

// impliedAccess is what Exchange Online PowerShell adds to the declared permissions.
func (m model) impliedAccess(usGovernment bool) entra.Access {
	if !tfkit.IsSet(m.Exchange) {
		return nil
	}
	return entra.Access{entra.ExchangeManageAsApp(usGovernment)}
}

// resolutions remembers what the tenant said of permissions that the catalogue lacks, so that a refresh need not ask
// again. It is kept in the private state.
type resolutions map[string]resolution

type resolution struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

func resolutionKey(ref entra.PermissionRef) string {
	return strings.ToLower(ref.API + " " + string(ref.Kind) + " " + ref.Text)
}

// resolve finds a permission without asking the tenant.
func (r resolutions) resolve(ref entra.PermissionRef) (entra.Permission, bool) {
	if p, ok := ref.Resolve(); ok {
		return p, true
	}
	found, ok := r[resolutionKey(ref)]
	return entra.Permission{API: ref.API, Kind: ref.Kind, ID: found.ID, Name: found.Name}, ok
}

// split resolves what can be resolved without asking the tenant and returns the rest.
func (r resolutions) split(refs []entra.PermissionRef) (found entra.Access, rest []entra.PermissionRef) {
	for _, ref := range refs {
		if p, ok := r.resolve(ref); ok {
			found = append(found, p)
		} else {
			rest = append(rest, ref)
		}
	}
	return found, rest
}

// remember returns the resolutions that the permissions found in the tenant amount to.
func remember(refs []entra.PermissionRef, found entra.Access) resolutions {
	learnt := resolutions{}
	for _, ref := range refs {
		for _, p := range found {
			same := strings.EqualFold(p.Name, ref.Text) || strings.EqualFold(p.ID, ref.Text)
			if same && p.API == ref.API && p.Kind == ref.Kind {
				learnt[resolutionKey(ref)] = resolution{ID: p.ID, Name: p.Name}
			}
		}
	}
	return learnt
}
