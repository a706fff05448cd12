package graph

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/edm"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/odata"
)

// keyed finds an object by its id or by an alternate key.
func (c *call) keyed(kind directory.Kind, key odata.Segment, purpose directory.Purpose, alternates ...string) (*directory.Object, error) {
	look := func(view directory.View) (*directory.Object, bool) { return view.Get(kind, key.Text) }
	switch {
	case key.KeyProperty == "" || key.KeyProperty == "id":
		if _, err := uuid.Parse(key.Text); err != nil {
			return nil, badRequest("Invalid object identifier '%s'.", key.Text)
		}
	case slices.Contains(alternates, key.KeyProperty):
		look = func(view directory.View) (*directory.Object, bool) { return view.Find(kind, key.KeyProperty, key.Text) }
	default:
		return nil, badQuery("The key property '%s' is not a key of type 'microsoft.graph.%s'.", key.KeyProperty, kind)
	}
	o, found := c.find(purpose, look)
	if !found {
		return nil, notFound(key.Text)
	}
	return o, nil
}

func (c *call) application(key odata.Segment, purpose directory.Purpose) (*directory.Object, error) {
	return c.keyed(directory.Application, key, purpose, "appId", "uniqueName")
}

// ownedApplication finds the application that a write changes, and refuses a caller that must own it and does not.
func (c *call) ownedApplication(key odata.Segment) (*directory.Object, error) {
	app, err := c.application(key, directory.Target)
	if err != nil {
		return nil, err
	}
	if c.ownedOnly && !app.Linked(directory.Owners, c.caller.ObjectID) {
		return nil, denied()
	}
	return app, nil
}

func (c *call) getApplication() (reply, error) {
	app, err := c.application(c.keys[0], directory.Read)
	if err != nil {
		return reply{}, err
	}
	return c.one(http.StatusOK, app)
}

func (c *call) listApplications() (reply, error) {
	return c.list(directory.Application, c.view(directory.List).List(directory.Application))
}

func (c *call) createApplication() (reply, error) {
	body, owners, err := c.takeBinding(c.body, directory.Owners)
	if err != nil {
		return reply{}, err
	}
	// Only an upsert by its key gives an application a unique name at birth.
	app, err := c.newApplication(body, owners, "uniqueName")
	if err != nil {
		return reply{}, err
	}
	return c.one(http.StatusCreated, app)
}

// newApplication registers an application. also names properties that the way of creation refuses.
func (c *call) newApplication(raw map[string]any, owners []string, also ...string) (*directory.Object, error) {
	// Older texts of the reference allow no password on create and newer ones say nothing; the strict reading holds.
	if err := refusePasswords(raw); err != nil {
		return nil, err
	}
	body, err := c.checked(directory.Application, raw, also...)
	if err != nil {
		return nil, err
	}
	if directory.Text(body, "displayName") == "" {
		return nil, missingValue("displayName", "Application")
	}
	properties := template("application")
	properties["appId"] = directory.NewID()
	properties["createdDateTime"] = edm.FormatTime(c.now)
	properties["publisherDomain"] = c.tenant.Domain
	app := &directory.Object{Kind: directory.Application, ID: directory.NewID(), Properties: properties}
	if !c.caller.Administrator {
		properties["createdByAppId"] = c.caller.AppID
		// An application that registers another one becomes its owner.
		app = app.WithLink(directory.Owners, c.caller.ObjectID)
	}
	for _, owner := range owners {
		if !app.Linked(directory.Owners, owner) {
			app = app.WithLink(directory.Owners, owner)
		}
	}
	if app, err = c.applyToApplication(app, body); err != nil {
		return nil, err
	}
	c.tenant.Add(app)
	return app, nil
}

func (c *call) patchApplication() (reply, error) {
	key := c.keys[0]
	app, err := c.ownedApplication(key)
	upsert := key.KeyProperty == "uniqueName" && c.prefersCreate()
	if refusal, ok := errors.AsType[*Error](err); ok && refusal.Status == http.StatusNotFound && upsert {
		return c.upsertApplication(key.Text)
	}
	if err != nil {
		return reply{}, err
	}
	if err := refusePasswords(c.body); err != nil {
		return reply{}, err
	}
	var also []string
	if repeated := upsert && c.body["uniqueName"] == app.Properties["uniqueName"]; app.Text("uniqueName") != "" && !repeated {
		also = append(also, "uniqueName")
	}
	body, err := c.checked(directory.Application, c.body, also...)
	if err != nil {
		return reply{}, err
	}
	changed, err := c.applyToApplication(app, body)
	if err != nil {
		return reply{}, err
	}
	c.tenant.Put(changed)
	c.copyToServicePrincipals(changed)
	return noContent()
}

func (c *call) prefersCreate() bool {
	return strings.Contains(strings.ToLower(strings.Join(c.header.Values("Prefer"), ",")), "create-if-missing")
}

// upsertApplication creates the application with the unique name, which no live application holds.
func (c *call) upsertApplication(uniqueName string) (reply, error) {
	raw, owners, err := c.takeBinding(c.body, directory.Owners)
	if err != nil {
		return reply{}, err
	}
	if given, ok := raw["uniqueName"]; ok && given != uniqueName {
		return reply{}, invalidValue("uniqueName", "Application")
	}
	raw["uniqueName"] = uniqueName
	app, err := c.newApplication(raw, owners)
	if err != nil {
		return reply{}, err
	}
	return c.one(http.StatusCreated, app)
}

func refusePasswords(body map[string]any) error {
	if _, given := body["passwordCredentials"]; given {
		return badRequest("New password credentials must be generated using service actions.")
	}
	return nil
}

// applyToApplication returns the application with verified changes, or the refusal of a change that breaks a rule.
func (c *call) applyToApplication(app *directory.Object, changes map[string]any) (*directory.Object, error) {
	if credentials, given := changes["keyCredentials"]; given {
		next, err := c.replaceKeys(app, directory.Items(credentials))
		if err != nil {
			return nil, err
		}
		changes["keyCredentials"] = next
	}
	completeEntitlements(changes)
	changed := *app
	changed.Properties = merged("application", app.Properties, changes)
	if err := c.checkApplication(app, &changed, changes); err != nil {
		return nil, err
	}
	return &changed, nil
}

func completeEntitlements(changes map[string]any) {
	if roles, given := changes["appRoles"]; given {
		changes["appRoles"] = completed("appRole", directory.Items(roles), map[string]any{"isEnabled": true, "origin": "Application"})
	}
	api, _ := changes["api"].(map[string]any)
	if scopes, given := api["oauth2PermissionScopes"]; given {
		api["oauth2PermissionScopes"] = completed("permissionScope", directory.Items(scopes),
			map[string]any{"isEnabled": true, "type": "User", "origin": "Application"})
	}
}

// deleteApplication soft-deletes an application together with its service principal in this tenant.
func (c *call) deleteApplication() (reply, error) {
	app, err := c.ownedApplication(c.keys[0])
	if err != nil {
		return reply{}, err
	}
	c.softDelete(app)
	if sp, ok := c.view(directory.Write).Find(directory.ServicePrincipal, "appId", app.Text("appId")); ok {
		c.softDelete(sp)
	}
	return noContent()
}

func (c *call) softDelete(o *directory.Object) {
	deleted := *o
	deleted.Deleted = c.now
	c.tenant.Put(&deleted)
}
