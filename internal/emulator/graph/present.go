package graph

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/edm"
)

// entitySets are the names of the collections in the context of a response.
var entitySets = map[directory.Kind]string{
	directory.Application:       "applications",
	directory.ServicePrincipal:  "servicePrincipals",
	directory.User:              "users",
	directory.Group:             "groups",
	directory.DirectoryRole:     "directoryRoles",
	directory.AppRoleAssignment: "appRoleAssignments",
	directory.PermissionGrant:   "oauth2PermissionGrants",
	directory.RoleAssignment:    "roleManagement/directory/roleAssignments",
	directory.RoleDefinition:    "roleManagement/directory/roleDefinitions",
	directory.ExtensionProperty: "applications/extensionProperties",
	directory.Organization:      "organization",
	directory.Domain:            "domains",
	directory.AppPolicy:         "policies/appManagementPolicies",
	directory.DefaultAppPolicy:  "policies/defaultAppManagementPolicy",
	directory.Contract:          "contracts",
	directory.AdminRelationship: "tenantRelationships/delegatedAdminRelationships",
	directory.AdminCustomer:     "tenantRelationships/delegatedAdminCustomers",
}

// userDefaults are the properties of a user that come without $select.
var userDefaults = []string{"id", "businessPhones", "displayName", "givenName", "jobTitle", "mail", "mobilePhone",
	"officeLocation", "preferredLanguage", "surname", "userPrincipalName"}

// resourceName is how error messages name a kind.
func resourceName(kind directory.Kind) string {
	return strings.ToUpper(string(kind[:1])) + string(kind[1:])
}

// one answers with a single object. Only here, and only when nothing else is asked for, does a key credential show its
// key: the reference shows no other selection that hands it out, so the strict reading holds.
func (c *call) one(status int, o *directory.Object) (reply, error) {
	if err := c.checkSelect(o.Kind); err != nil {
		return reply{}, err
	}
	withKeys := status == http.StatusOK && slices.Equal(c.query.Select, []string{"keyCredentials"})
	properties := c.selected(o, withKeys)
	properties["@odata.context"] = c.context(entitySets[o.Kind]+c.selectSuffix()) + "/$entity"
	return reply{status, properties}, nil
}

// mixed answers with a single object of a kind that the caller need not know.
func (c *call) mixed(status int, o *directory.Object) (reply, error) {
	properties := c.selected(o, false)
	properties["@odata.context"] = c.context("directoryObjects") + "/$entity"
	properties["@odata.type"] = "#microsoft.graph." + string(o.Kind)
	return reply{status, properties}, nil
}

func (c *call) context(fragment string) string {
	return c.BaseURL + "/v1.0/$metadata#" + fragment
}

func (c *call) selectSuffix() string {
	if len(c.query.Select) == 0 {
		return ""
	}
	return "(" + strings.Join(c.query.Select, ",") + ")"
}

// checkSelect refuses the selection of properties that the kind does not have.
func (c *call) checkSelect(kind directory.Kind) error {
	t, _ := edm.Lookup(string(kind))
	for _, name := range c.query.Select {
		if _, declared := t.Properties[name]; !declared && !isExtensionName(name) {
			return badQuery("Parsing OData Select and Expand failed: Could not find a property named '%s' on type "+
				"'microsoft.graph.%s'.", name, kind)
		}
	}
	return nil
}

// selected returns the properties of an object that the caller asked for, in a map of its own.
func (c *call) selected(o *directory.Object, withKeys bool) map[string]any {
	all := c.properties(o, withKeys)
	names := c.query.Select
	if len(names) == 0 {
		if o.Kind != directory.User {
			// Extension values come only by name.
			maps.DeleteFunc(all, func(name string, _ any) bool { return isExtensionName(name) })
			return all
		}
		names = userDefaults
	}
	chosen := make(map[string]any, len(names)+2)
	for _, name := range names {
		if value, ok := all[name]; ok || !isExtensionName(name) {
			chosen[name] = value
		}
	}
	return chosen
}

// properties returns everything that Graph would show of an object.
func (c *call) properties(o *directory.Object, withKeys bool) map[string]any {
	all := maps.Clone(o.Properties)
	all["id"] = o.ID
	if !o.Deleted.IsZero() {
		all["deletedDateTime"] = edm.FormatTime(o.Deleted)
	}
	if _, ok := all["keyCredentials"]; ok && !withKeys {
		all["keyCredentials"] = withoutKeys(o.Items("keyCredentials"))
	}
	maps.DeleteFunc(all, func(name string, _ any) bool {
		return isExtensionName(name) && !c.extensionDefined(name)
	})
	delete(all, "passwordProfile")
	return all
}

func withoutKeys(credentials []map[string]any) []any {
	shown := make([]any, 0, len(credentials))
	for _, credential := range credentials {
		credential = maps.Clone(credential)
		credential["key"] = nil
		shown = append(shown, credential)
	}
	return shown
}

func noContent() (reply, error) { return reply{status: http.StatusNoContent}, nil }
