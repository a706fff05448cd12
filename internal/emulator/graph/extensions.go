package graph

import (
	"encoding/base64"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/edm"
)

const (
	extensionPrefix = "extension_"
	// maxExtensionLength is the limit of each String value in characters and of each Binary value in bytes, also within
	// a multi-valued extension.
	maxExtensionLength = 256
	// maxExtensionValues is the limit per object over all applications. How multiple values count is not documented;
	// here each counts.
	maxExtensionValues = 100
)

func isExtensionName(name string) bool { return strings.HasPrefix(name, extensionPrefix) }

// extensionTargets are the kinds of objects that can carry extension values, by Graph's names.
var extensionTargets = []string{"Application", "User", "Group", "AdministrativeUnit", "Device", "Organization"}

// extensionTypes maps the data types of extensions to Edm.
var extensionTypes = map[string]string{"Binary": "Binary", "Boolean": "Boolean", "DateTime": "DateTimeOffset",
	"Integer": "Int32", "LargeInteger": "Int64", "String": "String"}

func (c *call) extension(name string, purpose directory.Purpose) (*directory.Object, bool) {
	view := c.view(purpose)
	definition, ok := view.Find(directory.ExtensionProperty, "name", name)
	if !ok {
		return nil, false
	}
	// The definitions of a deleted application are gone with it.
	_, live := view.Get(directory.Application, definition.Links[directory.DefiningApplication][0])
	return definition, live
}

func (c *call) extensionDefined(name string) bool {
	_, ok := c.extension(name, directory.Read)
	return ok
}

// extensionAvailable tells whether values of a definition can be written. One report has found that they cannot before
// the application that defines it has a service principal in the tenant, with the refusal of a definition that is not
// there.
func (c *call) extensionAvailable(definition *directory.Object) bool {
	view := c.view(directory.Reference)
	app, ok := view.Get(directory.Application, definition.Links[directory.DefiningApplication][0])
	if !ok {
		return false
	}
	_, ok = view.Find(directory.ServicePrincipal, "appId", app.Text("appId"))
	return ok
}

// checkExtensionValue verifies an undeclared property of an open type, which must be a defined extension.
func (c *call) checkExtensionValue(kind directory.Kind, name string, value any) (any, error) {
	if !isExtensionName(name) {
		return nil, &edm.Error{Problem: edm.UnknownProperty, Property: name, Message: "Invalid property '" + name + "'."}
	}
	definition, ok := c.extension(name, directory.Reference)
	if !ok || !slices.Contains(definition.Values("targetObjects"), any(resourceName(kind))) || !c.extensionAvailable(definition) {
		return nil, badRequest("The following extension properties are not available: %s.", name)
	}
	if value == nil {
		return nil, nil
	}
	typeName := extensionTypes[definition.Text("dataType")]
	if !definition.Flag("isMultiValued") {
		return checkExtensionItem(typeName, name, value)
	}
	items, ok := value.([]any)
	if !ok {
		return nil, invalidValue(name, resourceName(kind))
	}
	checked := make([]any, 0, len(items))
	for _, item := range items {
		normal, err := checkExtensionItem(typeName, name, item)
		if err != nil {
			return nil, err
		}
		checked = append(checked, normal)
	}
	// The service promises no order. Whoever relies on one is found out here.
	slices.Reverse(checked)
	return checked, nil
}

func checkExtensionItem(typeName, name string, value any) (any, error) {
	normal, err := edm.Primitive(typeName, name, value)
	if err != nil {
		return nil, err
	}
	text, _ := normal.(string)
	size := length(text)
	if typeName == "Binary" {
		raw, _ := base64.StdEncoding.DecodeString(text) // normalised above
		size = len(raw)
	}
	if size > maxExtensionLength {
		return nil, tooLong(name, "ExtensionProperty", maxExtensionLength)
	}
	return normal, nil
}

// checkExtensionCount refuses an object that would carry too many extension values.
func checkExtensionCount(properties map[string]any) error {
	count := 0
	for name, value := range properties {
		if !isExtensionName(name) || value == nil {
			continue
		}
		if items, multiple := value.([]any); multiple {
			count += len(items)
		} else {
			count++
		}
	}
	if count > maxExtensionValues {
		return quotaExceeded(maxExtensionValues, "extensionProperties")
	}
	return nil
}

func (c *call) applicationExtensions(app *directory.Object) []*directory.Object {
	return slices.DeleteFunc(c.view(directory.List).List(directory.ExtensionProperty), func(o *directory.Object) bool {
		return !o.Linked(directory.DefiningApplication, app.ID)
	})
}

func (c *call) listExtensions() (reply, error) {
	app, err := c.application(c.keys[0], directory.Read)
	if err != nil {
		return reply{}, err
	}
	return c.list(directory.ExtensionProperty, c.applicationExtensions(app))
}

// findExtension returns the definition that the path names, of an application that is found already.
func (c *call) findExtension(app *directory.Object, purpose directory.Purpose) (*directory.Object, error) {
	definition, ok := c.find(purpose, func(view directory.View) (*directory.Object, bool) {
		return view.Get(directory.ExtensionProperty, c.keys[1].Text)
	})
	if !ok || !definition.Linked(directory.DefiningApplication, app.ID) {
		return nil, notFound(c.keys[1].Text)
	}
	return definition, nil
}

func (c *call) getExtension() (reply, error) {
	app, err := c.application(c.keys[0], directory.Read)
	if err != nil {
		return reply{}, err
	}
	definition, err := c.findExtension(app, directory.Read)
	if err != nil {
		return reply{}, err
	}
	return c.one(http.StatusOK, definition)
}

var extensionNamePattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)

func (c *call) createExtension() (reply, error) {
	app, err := c.ownedApplication(c.keys[0])
	if err != nil {
		return reply{}, err
	}
	body, err := c.checked(directory.ExtensionProperty, c.body)
	if err != nil {
		return reply{}, err
	}
	short := directory.Text(body, "name")
	if short == "" {
		return reply{}, missingValue("name", "ExtensionProperty")
	}
	if !extensionNamePattern.MatchString(short) {
		return reply{}, invalidValue("name", "ExtensionProperty")
	}
	dataType := directory.Text(body, "dataType")
	if _, ok := extensionTypes[dataType]; !ok {
		return reply{}, invalidValue("dataType", "ExtensionProperty")
	}
	targets := directory.Values(body["targetObjects"])
	if len(targets) == 0 {
		return reply{}, missingValue("targetObjects", "ExtensionProperty")
	}
	for _, target := range targets {
		if text, ok := target.(string); !ok || !slices.Contains(extensionTargets, text) {
			return reply{}, invalidValue("targetObjects", "ExtensionProperty")
		}
	}
	name := extensionPrefix + strings.ReplaceAll(app.Text("appId"), "-", "") + "_" + short
	if _, taken := c.view(directory.Write).Find(directory.ExtensionProperty, "name", name); taken {
		// The status of this refusal is reported as 400 and as 409; its code goes with 409 everywhere else.
		return reply{}, duplicateObject("An extension property exists with the name "+name+".", "name")
	}
	multiple, _ := body["isMultiValued"].(bool)
	definition := &directory.Object{Kind: directory.ExtensionProperty, ID: directory.NewID(),
		Links: map[directory.Relation][]string{directory.DefiningApplication: {app.ID}},
		Properties: map[string]any{"deletedDateTime": nil, "appDisplayName": app.Text("displayName"), "dataType": dataType,
			"isMultiValued": multiple, "isSyncedFromOnPremises": false, "name": name, "targetObjects": targets}}
	c.tenant.Add(definition)
	return c.one(http.StatusCreated, definition)
}

// deleteExtension removes a definition. The values on objects stay and cannot be reached any more.
func (c *call) deleteExtension() (reply, error) {
	app, err := c.ownedApplication(c.keys[0])
	if err != nil {
		return reply{}, err
	}
	definition, err := c.findExtension(app, directory.Target)
	if err != nil {
		return reply{}, err
	}
	c.tenant.Remove(definition)
	return noContent()
}

func (c *call) availableExtensions() (reply, error) {
	given, err := parameters(c.body, map[string]string{"isSyncedFromOnPremises": "Boolean"})
	if err != nil {
		return reply{}, err
	}
	synced, filtered := given["isSyncedFromOnPremises"].(bool)
	definitions := slices.DeleteFunc(c.view(directory.List).List(directory.ExtensionProperty), func(o *directory.Object) bool {
		return !c.extensionDefined(o.Text("name")) || filtered && o.Flag("isSyncedFromOnPremises") != synced
	})
	return c.list(directory.ExtensionProperty, definitions)
}
