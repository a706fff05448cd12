package graph

import (
	"slices"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
)

// A service principal repeats much of its application. It gets what changes there after a while.

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

// copyToServicePrincipals carries a changed application over to its service principals in all tenants.
func (c *call) copyToServicePrincipals(app *directory.Object) {
	for _, tenant := range c.Directory.Tenants() {
		if sp, ok := tenant.View(directory.Write, nil).Find(directory.ServicePrincipal, "appId", app.Text("appId")); ok {
			copyLater(tenant, sp, app, c.now.Add(c.replica.Behind(directory.ServicePrincipal, directory.Copy)))
		}
	}
}

func copyLater(tenant *directory.Tenant, sp, app *directory.Object, due time.Time) {
	tenant.ChangeAt(due, sp.ID, func(sp *directory.Object) *directory.Object { return withApplication(sp, app) })
}

// completeLater brings a new service principal, which may have been made of an older state of its application, up to date
// when the replica has caught up.
func (c *call) completeLater(sp *directory.Object) {
	delay := max(c.replica.Behind(directory.ServicePrincipal, directory.Copy), c.replica.Behind(directory.Application, directory.Reference))
	if app, _, found := c.Directory.HomeApplication(sp.Text("appId"), directory.Write, nil); found && delay > 0 {
		copyLater(c.tenant, sp, app, c.now.Add(delay))
	}
}

// arrived returns what a new service principal takes over: the application as it was when the replica last copied, or, if
// that is younger, as the call sees it.
func (c *call) arrived(app *directory.Object, home *directory.Tenant) *directory.Object {
	delay := c.replica.Behind(directory.ServicePrincipal, directory.Copy)
	if earlier, ok := home.Past(app.ID, c.now.Add(-delay)); ok && delay > 0 {
		return earlier
	}
	return app
}
