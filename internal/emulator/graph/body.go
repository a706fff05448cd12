package graph

import (
	"maps"
	"slices"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/edm"
)

// readOnly holds the properties of each kind that callers never set.
var readOnly = map[directory.Kind][]string{
	directory.Application: {"id", "deletedDateTime", "appId", "applicationTemplateId", "certification", "createdByAppId",
		"createdDateTime", "disabledByMicrosoftStatus", "publisherDomain", "verifiedPublisher", "info.logoUrl",
		"appRoles.origin", "api.oauth2PermissionScopes.origin"},
	directory.ServicePrincipal: {"id", "deletedDateTime", "appDescription", "appDisplayName", "applicationTemplateId",
		"appOwnerOrganizationId", "appRoles", "createdByAppId", "createdDateTime", "disabledByMicrosoftStatus", "info",
		"oauth2PermissionScopes", "resourceSpecificApplicationPermissions", "servicePrincipalType", "signInAudience",
		"verifiedPublisher"},
	directory.User:  {"id", "deletedDateTime", "createdDateTime", "proxyAddresses", "securityIdentifier"},
	directory.Group: {"id", "deletedDateTime", "createdDateTime", "mail", "proxyAddresses", "renewedDateTime", "securityIdentifier"},
	directory.AppRoleAssignment: {"id", "deletedDateTime", "createdDateTime", "principalDisplayName", "principalType",
		"resourceDisplayName"},
	directory.PermissionGrant:   {"id"},
	directory.DirectoryRole:     {"id", "deletedDateTime", "description", "displayName"},
	directory.RoleAssignment:    {"id", "principalOrganizationId"},
	directory.ExtensionProperty: {"id", "deletedDateTime", "appDisplayName", "isSyncedFromOnPremises"},
	directory.AppPolicy:         {"id", "deletedDateTime"},
	directory.DefaultAppPolicy:  {"id", "deletedDateTime"},
}

// checked verifies the request's body as an object of the kind. also names further properties that this call refuses.
func (c *call) checked(kind directory.Kind, body map[string]any, also ...string) (map[string]any, error) {
	return edm.Check(string(kind), body, edm.Rules{
		ReadOnly: slices.Concat(readOnly[kind], also),
		Dynamic: func(name string, value any) (any, error) {
			return c.checkExtensionValue(kind, name, value)
		},
	})
}

// parameters verifies the parameters of an action: each may be given once, with the type in the notation of Edm
// primitives or complex types, and no others.
func parameters(body map[string]any, types map[string]string) (map[string]any, error) {
	checked := map[string]any{}
	for name, value := range body {
		typeName, ok := types[name]
		if !ok {
			return nil, badRequest("The parameter '%s' in the request payload is not a valid parameter for the operation.", name)
		}
		if value == nil {
			continue
		}
		if nested, ok := value.(map[string]any); ok {
			if _, complex := edm.Lookup(typeName); complex {
				inner, err := edm.Check(typeName, nested, edm.Rules{})
				if err != nil {
					return nil, err
				}
				checked[name] = inner
				continue
			}
		}
		primitive, err := edm.Primitive(typeName, name, value)
		if err != nil {
			return nil, err
		}
		checked[name] = primitive
	}
	return checked, nil
}

// merged lays changes over current properties: a complex value keeps the members that the change leaves out, and every
// collection is replaced whole.
func merged(typeName string, current, changes map[string]any) map[string]any {
	t, _ := edm.Lookup(typeName)
	result := maps.Clone(current)
	for name, value := range changes {
		property := t.Properties[name]
		before, wasObject := result[name].(map[string]any)
		after, isObject := value.(map[string]any)
		if wasObject && isObject && property.IsComplex() && !property.Collection {
			value = merged(property.Type, before, after)
		}
		result[name] = value
	}
	return result
}

// completed gives every item of a collection of complex values the members it leaves out, as null.
func completed(typeName string, items []map[string]any, defaults map[string]any) []any {
	t, _ := edm.Lookup(typeName)
	whole := make([]any, 0, len(items))
	for _, item := range items {
		full := make(map[string]any, len(t.Properties))
		for name := range t.Properties {
			full[name] = nil
		}
		maps.Copy(full, defaults)
		maps.Copy(full, item)
		whole = append(whole, full)
	}
	return whole
}
