// Package directory holds the state of the emulated tenants: their objects, the links between them, and their secrets.
// It knows nothing of HTTP or of Graph's error messages.
package directory

import (
	"maps"
	"slices"
	"time"
)

// Kind is the type of an object, by its name in Graph's metadata.
type Kind string

// The kinds of objects that tenants hold.
const (
	Application       Kind = "application"
	ServicePrincipal  Kind = "servicePrincipal"
	User              Kind = "user"
	Group             Kind = "group"
	DirectoryRole     Kind = "directoryRole"
	AppRoleAssignment Kind = "appRoleAssignment"
	PermissionGrant   Kind = "oAuth2PermissionGrant"
	RoleAssignment    Kind = "unifiedRoleAssignment"
	RoleDefinition    Kind = "unifiedRoleDefinition"
	ExtensionProperty Kind = "extensionProperty"
	Organization      Kind = "organization"
	Domain            Kind = "domain"
	AppPolicy         Kind = "appManagementPolicy"
	DefaultAppPolicy  Kind = "tenantAppManagementPolicy"
	Contract          Kind = "contract"
	AdminRelationship Kind = "delegatedAdminRelationship"
	AdminCustomer     Kind = "delegatedAdminCustomer"
)

// Kinds are all kinds.
var Kinds = []Kind{Application, ServicePrincipal, User, Group, DirectoryRole, AppRoleAssignment, PermissionGrant,
	RoleAssignment, RoleDefinition, ExtensionProperty, Organization, Domain, AppPolicy, DefaultAppPolicy, Contract,
	AdminRelationship, AdminCustomer}

// Relation names a link from one object to others.
type Relation string

// The relations that are kept as links. All others (assignments, grants) are objects of their own.
const (
	Owners      Relation = "owners"
	Members     Relation = "members"
	AppPolicies Relation = "appManagementPolicies"
	// DefiningApplication leads from an extension property to the application that defines it.
	DefiningApplication Relation = "application"
)

// Object is one version of an object. It is never changed in place: a writer puts a changed copy, so that a reader may
// keep and encode what it got without the lock, and older versions stay what they were.
type Object struct {
	Kind       Kind
	ID         string
	Properties map[string]any
	Links      map[Relation][]string
	// OwnTags are the tags of a service principal without those of its application.
	OwnTags []any
	// Secrets holds the texts of client secrets by key id; Graph never shows them again.
	Secrets map[string]string
	// Deleted is the time of the soft delete, zero for a live object.
	Deleted time.Time
	// Sequence orders the objects of a tenant by their creation.
	Sequence int
}

// With returns a copy with changed properties.
func (o *Object) With(changes map[string]any) *Object {
	changed := *o
	changed.Properties = maps.Clone(o.Properties)
	maps.Copy(changed.Properties, changes)
	return &changed
}

// WithLink returns a copy that is linked with the target.
func (o *Object) WithLink(relation Relation, target string) *Object {
	return o.withLinks(relation, append(slices.Clone(o.Links[relation]), target))
}

// WithoutLink returns a copy that is not linked with the target.
func (o *Object) WithoutLink(relation Relation, target string) *Object {
	return o.withLinks(relation, slices.DeleteFunc(slices.Clone(o.Links[relation]),
		func(id string) bool { return id == target }))
}

func (o *Object) withLinks(relation Relation, targets []string) *Object {
	changed := *o
	changed.Links = maps.Clone(o.Links)
	if changed.Links == nil {
		changed.Links = map[Relation][]string{}
	}
	changed.Links[relation] = targets
	return &changed
}

// WithSecret returns a copy that holds the text of a client secret.
func (o *Object) WithSecret(keyID, text string) *Object {
	changed := *o
	changed.Secrets = maps.Clone(o.Secrets)
	if changed.Secrets == nil {
		changed.Secrets = map[string]string{}
	}
	changed.Secrets[keyID] = text
	return &changed
}

// WithoutSecret returns a copy that does not hold the text of a client secret.
func (o *Object) WithoutSecret(keyID string) *Object {
	changed := *o
	changed.Secrets = maps.Clone(o.Secrets)
	delete(changed.Secrets, keyID)
	return &changed
}

// Linked tells whether the object links to the target.
func (o *Object) Linked(relation Relation, target string) bool {
	return slices.Contains(o.Links[relation], target)
}

// Text returns a string property, "" when it is null or missing.
func (o *Object) Text(name string) string { return Text(o.Properties, name) }

// Text returns a string in a complex value or body, "" when it is null or missing.
func Text(properties map[string]any, name string) string {
	text, _ := properties[name].(string)
	return text
}

// Flag returns a boolean property, false when it is null or missing.
func (o *Object) Flag(name string) bool {
	flag, _ := o.Properties[name].(bool)
	return flag
}

// Values returns the values in a collection property, never nil.
func (o *Object) Values(name string) []any { return Values(o.Properties[name]) }

// Values returns the values of a collection, never nil.
func Values(collection any) []any {
	values, _ := collection.([]any)
	if values == nil {
		return []any{}
	}
	return values
}

// Items returns the complex values in a collection property.
func (o *Object) Items(name string) []map[string]any { return Items(o.Properties[name]) }

// Items returns the complex values of a collection.
func Items(collection any) []map[string]any {
	values := Values(collection)
	items := make([]map[string]any, 0, len(values))
	for _, item := range values {
		if m, ok := item.(map[string]any); ok {
			items = append(items, m)
		}
	}
	return items
}
