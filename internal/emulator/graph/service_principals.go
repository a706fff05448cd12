package graph

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/edm"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/odata"
)

func (c *call) servicePrincipal(key odata.Segment, purpose directory.Purpose) (*directory.Object, error) {
	return c.keyed(directory.ServicePrincipal, key, purpose, "appId")
}

// ownedServicePrincipal finds the service principal that a write changes. A caller restricted by ownership must own
// both it and its application.
func (c *call) ownedServicePrincipal(key odata.Segment) (*directory.Object, error) {
	sp, err := c.servicePrincipal(key, directory.Write)
	if err != nil || !c.ownedOnly {
		return sp, err
	}
	app, home := c.tenant.View(directory.Write).Find(directory.Application, "appId", sp.Text("appId"))
	if !home || !app.Linked(directory.Owners, c.caller.ObjectID) || !sp.Linked(directory.Owners, c.caller.ObjectID) {
		return nil, denied()
	}
	return sp, nil
}

func (c *call) getServicePrincipal() (reply, error) {
	sp, err := readPrincipal(c)
	if err != nil {
		return reply{}, err
	}
	return c.one(http.StatusOK, sp)
}

func (c *call) listServicePrincipals() (reply, error) {
	return c.list(directory.ServicePrincipal, c.tenant.View(directory.List).List(directory.ServicePrincipal))
}

func (c *call) createServicePrincipal() (reply, error) {
	body, owners, err := c.takeBinding(c.body, directory.Owners)
	if err != nil {
		return reply{}, err
	}
	appID := directory.Text(body, "appId")
	if appID == "" {
		return reply{}, missingValue("appId", "ServicePrincipal")
	}
	sp, err := c.newServicePrincipal(appID, body, owners)
	if err != nil {
		return reply{}, err
	}
	return c.one(http.StatusCreated, sp)
}

// newServicePrincipal makes an application known in the tenant.
func (c *call) newServicePrincipal(appID string, raw map[string]any, owners []string) (*directory.Object, error) {
	if err := refusePasswords(raw); err != nil {
		return nil, err
	}
	body, err := c.checked(directory.ServicePrincipal, raw)
	if err != nil {
		return nil, err
	}
	delete(body, "appId")
	if _, taken := c.tenant.View(directory.Write).Find(directory.ServicePrincipal, "appId", appID); taken {
		return nil, servicePrincipalTaken(appID)
	}
	sp, err := c.backed(strings.ToLower(appID))
	if err != nil {
		return nil, err
	}
	sp.Properties["createdDateTime"] = edm.FormatTime(c.now)
	if !c.caller.Administrator {
		sp.Properties["createdByAppId"] = c.caller.AppID
		sp = sp.WithLink(directory.Owners, c.caller.ObjectID)
	}
	for _, owner := range owners {
		if !sp.Linked(directory.Owners, owner) {
			sp = sp.WithLink(directory.Owners, owner)
		}
	}
	if sp, err = c.applyToServicePrincipal(sp, body); err != nil {
		return nil, err
	}
	c.tenant.Add(sp)
	return sp, nil
}

func servicePrincipalTaken(appID string) *Error {
	return duplicateObject("The service principal cannot be created, updated, or restored because the service principal name "+
		appID+" is already in use.", "servicePrincipalNames")
}

// backed returns a new service principal of an application that is registered in this tenant, in another one for use in
// several, or by Microsoft.
func (c *call) backed(appID string) (*directory.Object, error) {
	app, home, found := c.Directory.HomeApplication(appID, directory.Reference)
	local := found && home == c.tenant
	switch {
	case c.ownedOnly && !local:
		e := denied()
		e.Message = "When using this permission, the backing application of the service principal being created must in the local tenant"
		return nil, e
	case c.ownedOnly && !app.Linked(directory.Owners, c.caller.ObjectID):
		return nil, denied()
	case local || found && app.Text("signInAudience") != "AzureADMyOrg":
		properties := template("servicePrincipal")
		properties["appOwnerOrganizationId"] = home.ID
		sp := &directory.Object{Kind: directory.ServicePrincipal, ID: directory.NewID(), Properties: properties}
		return withApplication(sp, app), nil
	}
	if sp, ok := microsoftServicePrincipal(appID); ok {
		return sp, nil
	}
	e := badRequest("The appId '%s' of the service principal does not reference a valid application object.", appID)
	e.Code = "NoBackingApplicationObject"
	return nil, e.withDetail("NoBackingApplicationObject", "appId")
}

// withApplication returns the service principal with what it takes over from its application.
func withApplication(sp, app *directory.Object) *directory.Object {
	names := append([]any{app.Properties["appId"]}, app.Values("identifierUris")...)
	web, _ := app.Properties["web"].(map[string]any)
	api, _ := app.Properties["api"].(map[string]any)
	var replies []any
	for _, platform := range []string{"web", "spa", "publicClient"} {
		settings, _ := app.Properties[platform].(map[string]any)
		uris := directory.Values(settings["redirectUris"])
		replies = append(replies, uris...)
	}
	return sp.With(map[string]any{
		"appId": app.Properties["appId"], "displayName": app.Properties["displayName"],
		"appDisplayName": app.Properties["displayName"], "appDescription": app.Properties["description"],
		"appRoles": app.Properties["appRoles"], "oauth2PermissionScopes": directory.Values(api["oauth2PermissionScopes"]),
		"servicePrincipalNames": names, "replyUrls": directory.Values(replies), "homepage": web["homePageUrl"],
		"logoutUrl": web["logoutUrl"], "info": app.Properties["info"], "signInAudience": app.Properties["signInAudience"],
		"verifiedPublisher": app.Properties["verifiedPublisher"], "isDisabled": app.Properties["isDisabled"],
		"tags": tagUnion(app.Properties["tags"], sp.OwnTags),
	})
}

// tagUnion returns the tags of the application followed by those of the service principal alone.
func tagUnion(ofApplication any, own []any) []any {
	union := slices.Clone(directory.Values(ofApplication))
	for _, tag := range own {
		if !slices.Contains(union, tag) {
			union = append(union, tag)
		}
	}
	return union
}

// copyToServicePrincipals carries a changed application over to its service principals in all tenants. The real service
// does so after a while.
func (c *call) copyToServicePrincipals(app *directory.Object) {
	for _, tenant := range c.Directory.Tenants() {
		if sp, ok := tenant.View(directory.Write).Find(directory.ServicePrincipal, "appId", app.Text("appId")); ok {
			tenant.Put(withApplication(sp, app))
		}
	}
}

func (c *call) patchServicePrincipal() (reply, error) {
	key := c.keys[0]
	sp, err := c.ownedServicePrincipal(key)
	if refusal, ok := errors.AsType[*Error](err); ok && refusal.Status == http.StatusNotFound && key.KeyProperty == "appId" && c.prefersCreate() {
		return c.upsertServicePrincipal(key.Text)
	}
	if err != nil {
		return reply{}, err
	}
	if err := refusePasswords(c.body); err != nil {
		return reply{}, err
	}
	raw := c.body
	if given, ok := raw["appId"].(string); ok && strings.EqualFold(given, sp.Text("appId")) && c.prefersCreate() {
		delete(raw, "appId")
	}
	body, err := c.checked(directory.ServicePrincipal, raw, "appId")
	if err != nil {
		return reply{}, err
	}
	changed, err := c.applyToServicePrincipal(sp, body)
	if err != nil {
		return reply{}, err
	}
	c.tenant.Put(changed)
	return noContent()
}

func (c *call) upsertServicePrincipal(appID string) (reply, error) {
	if given := directory.Text(c.body, "appId"); given != "" && !strings.EqualFold(given, appID) {
		return reply{}, invalidValue("appId", "ServicePrincipal")
	}
	sp, err := c.newServicePrincipal(appID, c.body, nil)
	if err != nil {
		return reply{}, err
	}
	return c.one(http.StatusCreated, sp)
}

func (c *call) applyToServicePrincipal(sp *directory.Object, changes map[string]any) (*directory.Object, error) {
	if credentials, given := changes["keyCredentials"]; given {
		next, err := c.replaceKeys(sp, directory.Items(credentials))
		if err != nil {
			return nil, err
		}
		changes["keyCredentials"] = next
	}
	changed := *sp
	changed.Properties = merged("servicePrincipal", sp.Properties, changes)
	if tags, given := changes["tags"]; given {
		if err := checkTags(directory.Values(tags), "ServicePrincipal"); err != nil {
			return nil, err
		}
		changed.OwnTags = directory.Values(tags)
		app, _, found := c.Directory.HomeApplication(sp.Text("appId"), directory.Reference)
		if found {
			changed.Properties["tags"] = tagUnion(app.Properties["tags"], changed.OwnTags)
		}
	}
	for _, property := range []string{"description", "notes"} {
		if err := checkLength(&changed, property, "ServicePrincipal", maxDescription); err != nil {
			return nil, err
		}
	}
	return &changed, nil
}

func (c *call) deleteServicePrincipal() (reply, error) {
	sp, err := writePrincipal(c)
	if err != nil {
		return reply{}, err
	}
	c.softDelete(sp)
	return noContent()
}
