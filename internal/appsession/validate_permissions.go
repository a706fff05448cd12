package appsession

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra/catalogue"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// permissionName is what Microsoft Entra ID allows as the value of an app role or scope.
var permissionName = regexp.MustCompile("^[A-Za-z0-9:!#$%&'()*+,\\-/;<=>?@\\[\\]^_`{|}~][A-Za-z0-9:!#$%&'()*+,\\-./;<=>?@\\[\\]^_`{|}~]{0,119}$")

// almostGUID is what people who meant a GUID write.
var almostGUID = regexp.MustCompile(`^[{(]?[0-9a-fA-F]{6,}(-?[0-9a-fA-F]{3,}){3,}[)}]?$`)

func (m model) validatePermissions(diags *diag.Diagnostics) {
	if profile := m.PermissionProfile; tfkit.IsSet(profile) {
		validateProfile(diags, profile.ValueString())
	}
	validateAPIs(diags, apiKeys(m.Permissions))
	own, _ := spelled(m.Permissions)
	for _, ref := range own {
		if problem := ref.problem(); problem != nil {
			diags.Append(problem)
		}
	}
	refs, known := m.declaredRefs()
	if known && len(refs) == 0 && m.Exchange.IsNull() && !diags.HasError() {
		diags.AddAttributeError(path.Root("permissions"), "No permissions", fmt.Sprintf(
			"The configuration names no permission, and an App session without any can do nothing. Name at least one in permissions, "+
				"for example { \"Microsoft Graph\" = { application = [\"User.Read.All\"] } }, or set permission_profile to one of %s.",
			strings.Join(entra.ProfileNames(), ", ")))
	}
	validateCount(diags, refs)
}

func validateProfile(diags *diag.Diagnostics, name string) {
	if _, known := entra.ProfileRefs(name); known {
		return
	}
	diags.AddAttributeError(path.Root("permission_profile"), "Unknown permission profile", fmt.Sprintf(
		"%q is not a permission profile. Use one of: %s.", name, strings.Join(entra.ProfileNames(), ", ")))
}

func validateAPIs(diags *diag.Diagnostics, keys []string) {
	seen := map[string]string{}
	for _, key := range keys {
		p := path.Root("permissions").AtMapKey(key)
		id := apiID(key)
		if id == "" {
			diags.AddAttributeError(p, "Unknown API", unknownAPI(key))
			continue
		}
		if other, twice := seen[id]; twice {
			diags.AddAttributeError(p, "API listed twice", fmt.Sprintf(
				"%q and %q are the same API. Put all its permissions under one of them.", other, key))
		}
		seen[id] = key
	}
}

func unknownAPI(key string) string {
	names := catalogue.APINames()
	remedy := ""
	if nearest := entra.Nearest(key, names); nearest != "" {
		remedy = fmt.Sprintf(" Did you mean %q?", nearest)
	} else if almostGUID.MatchString(key) {
		remedy = " It looks like a malformed GUID: write it as 8-4-4-4-12 hexadecimal digits."
	}
	return fmt.Sprintf("%q is not an API that the provider knows by name.%s Use one of %s, or the application (client) ID of the API.",
		key, remedy, strings.Join(names, ", "))
}

// problem is what can be said against the permission without asking the tenant; nil for nothing.
func (r spelledRef) problem() diag.Diagnostic {
	switch {
	case entra.IsGUID(r.Text):
	case almostGUID.MatchString(r.Text):
		return r.refuse("Malformed permission ID", fmt.Sprintf(
			"%q looks like a GUID and is none. Write it as 8-4-4-4-12 hexadecimal digits, or give the permission's name.", r.Text))
	case !permissionName.MatchString(r.Text):
		return r.refuse("Malformed permission name", fmt.Sprintf(
			"%q cannot be the name of a permission: at most 120 characters, no white space, no leading full stop. "+
				"Give a name such as \"User.Read.All\", one per element, or the permission's GUID.", r.Text))
	}
	if !r.isOfOtherKindOnly() {
		return nil
	}
	article := "a"
	if r.Kind.Other() == entra.Application {
		article = "an"
	}
	return r.refuse("Permission of the other kind", fmt.Sprintf("%s has %q as %s %s permission only. Move it to the set %q, or remove it.",
		entra.API{ID: r.API}.Label(), r.Text, article, r.Kind.Other(), r.Kind.Other()))
}

// refuse reports something at the permission's set. Terraform shows no line for what is nested in a map, so the text
// names the place as well.
func (r spelledRef) refuse(summary, detail string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(r.path(), summary, r.path().String()+": "+detail)
}

// isOfOtherKindOnly tells whether the catalogue has the permission, but of the other kind.
func (r spelledRef) isOfOtherKindOnly() bool {
	has := func(kind entra.PermissionKind) bool {
		_, byName := catalogue.ByName(r.API, kind, r.Text)
		_, byID := catalogue.ByID(r.API, kind, r.Text)
		return byName || byID
	}
	return !has(r.Kind) && has(r.Kind.Other())
}

func validateCount(diags *diag.Diagnostics, refs []entra.PermissionRef) {
	apis, permissions := map[string]bool{}, map[string]bool{}
	for _, ref := range refs {
		apis[ref.API] = true
		permissions[resolutionKey(ref)] = true
	}
	p := path.Root("permissions")
	if len(apis) > maxAPIs {
		diags.AddAttributeError(p, "Too many APIs", fmt.Sprintf(
			"The session declares permissions of %d APIs. Microsoft Entra ID allows %d on one registration; split it into several sessions.",
			len(apis), maxAPIs))
	}
	if len(permissions) > maxPermissions {
		diags.AddAttributeError(p, "Too many permissions", fmt.Sprintf(
			"The session declares %d permissions, those of the profile included. Microsoft Entra ID allows %d on one registration; "+
				"split it into several sessions.", len(permissions), maxPermissions))
	}
}
