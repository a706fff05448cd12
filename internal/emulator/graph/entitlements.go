package graph

import (
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
)

const maxEntitlementValue = 120

// entitlementValue holds the characters that the value of an app role or scope may have. It must not begin with a dot.
var entitlementValue = regexp.MustCompile("^[A-Za-z0-9:!#$%&'()*+,\\-/;<=>?@\\[\\]^_{|}~`][A-Za-z0-9:!#$%&'()*+,\\-./;<=>?@\\[\\]^_{|}~`]*$")

func checkRoles(before, after *directory.Object) error {
	roles := after.Items("appRoles")
	for _, role := range roles {
		members := directory.Values(role["allowedMemberTypes"])
		if len(members) == 0 {
			return missingValue("allowedMemberTypes", "AppRole")
		}
		for _, member := range members {
			if member != "User" && member != "Application" {
				return invalidValue("allowedMemberTypes", "AppRole")
			}
		}
		for _, name := range []string{"displayName", "description"} {
			if directory.Text(role, name) == "" {
				return missingValue(name, "AppRole")
			}
		}
	}
	return checkEntitlements("appRoles", "AppRole", before.Items("appRoles"), roles)
}

func checkScopes(before, after *directory.Object) error {
	scopes := scopesOf(after)
	for _, scope := range scopes {
		if kind := scope["type"]; kind != "User" && kind != "Admin" {
			return invalidValue("type", "PermissionScope")
		}
		for _, name := range []string{"adminConsentDisplayName", "adminConsentDescription", "value"} {
			if directory.Text(scope, name) == "" {
				return missingValue(name, "PermissionScope")
			}
		}
	}
	return checkEntitlements("oauth2PermissionScopes", "PermissionScope", scopesOf(before), scopes)
}

func scopesOf(app *directory.Object) []map[string]any {
	api, _ := app.Properties["api"].(map[string]any)
	return directory.Items(api["oauth2PermissionScopes"])
}

// checkEntitlements verifies ids and values, and that nothing enabled was changed or removed other than by disabling it.
func checkEntitlements(property, resource string, before, after []map[string]any) error {
	ids, values := map[any]bool{}, map[string]bool{}
	for _, item := range after {
		id := directory.Text(item, "id")
		if id == "" || id == zeroID {
			return missingValue("id", resource)
		}
		value := directory.Text(item, "value")
		if value != "" && (length(value) > maxEntitlementValue || !entitlementValue.MatchString(value)) {
			return invalidValue("value", resource)
		}
		if ids[id] || value != "" && values[strings.ToLower(value)] {
			return duplicateValues(property)
		}
		ids[id], values[strings.ToLower(value)] = true, true
	}
	for _, old := range before {
		if old["isEnabled"] != true {
			continue
		}
		i := slices.IndexFunc(after, func(item map[string]any) bool { return item["id"] == old["id"] })
		if i < 0 || after[i]["isEnabled"] == true && !reflect.DeepEqual(old, after[i]) {
			e := badRequest("Permission (scope or role) cannot be deleted or updated unless disabled first.")
			e.Code = "CannotDeleteOrUpdateEnabledEntitlement"
			return e.withDetail("CannotDeleteOrUpdateEnabledEntitlement", property)
		}
	}
	return nil
}
