package graph

import (
	"errors"
	"net/http"
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
	sp, err := c.servicePrincipal(key, directory.Target)
	if err != nil || !c.ownedOnly {
		return sp, err
	}
	app, home := c.view(directory.Write).Find(directory.Application, "appId", sp.Text("appId"))
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
	return c.list(directory.ServicePrincipal, c.view(directory.List).List(directory.ServicePrincipal))
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
	if _, taken := c.view(directory.Write).Find(directory.ServicePrincipal, "appId", appID); taken {
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
	c.completeLater(sp)
	return sp, nil
}

func servicePrincipalTaken(appID string) *Error {
	return duplicateObject("The service principal cannot be created, updated, or restored because the service principal name "+
		appID+" is already in use.", "servicePrincipalNames")
}

// backed returns a new service principal of an application that is registered in this tenant, in another one for use in
// several, or by Microsoft.
func (c *call) backed(appID string) (*directory.Object, error) {
	app, home, found := c.Directory.HomeApplication(appID, directory.Reference, c.replica)
	local := found && home == c.tenant
	switch {
	case !found && c.awaited(appID):
		// Both refusals are reported for an application that has not arrived yet, whatever the caller's permission.
		if c.replica.Coin() {
			return nil, unbacked(appID)
		}
		return nil, foreignApplication()
	case c.ownedOnly && !local:
		return nil, foreignApplication()
	case c.ownedOnly && !app.Linked(directory.Owners, c.caller.ObjectID):
		return nil, denied()
	case local || found && app.Text("signInAudience") != "AzureADMyOrg":
		properties := template("servicePrincipal")
		properties["appOwnerOrganizationId"] = home.ID
		sp := &directory.Object{Kind: directory.ServicePrincipal, ID: directory.NewID(), Properties: properties}
		return withApplication(sp, c.arrived(app, home)), nil
	}
	if sp, ok := microsoftServicePrincipal(appID); ok {
		return sp, nil
	}
	return nil, unbacked(appID)
}

// awaited tells whether there is an application that the call cannot see yet.
func (c *call) awaited(appID string) bool {
	_, _, exists := c.Directory.HomeApplication(appID, directory.Write, nil)
	return exists
}

func unbacked(appID string) *Error {
	e := badRequest("The appId '%s' of the service principal does not reference a valid application object.", appID)
	e.Code = "NoBackingApplicationObject"
	return e.withDetail("NoBackingApplicationObject", "appId")
}

func foreignApplication() *Error {
	e := denied()
	e.Message = "When using this permission, the backing application of the service principal being created must in the local tenant"
	return e
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
		app, _, found := c.Directory.HomeApplication(sp.Text("appId"), directory.Write, nil)
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
