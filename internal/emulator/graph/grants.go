package graph

import (
	"net/http"
	"slices"
	"strings"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
)

const maxScope = 3850

func (c *call) listGrants() (reply, error) {
	return c.list(directory.PermissionGrant, c.view(directory.List).Grants())
}

// listGrantsOf lists the grants whose property names the object in the path.
func listGrantsOf(property string, find finder) func(*call) (reply, error) {
	return func(c *call) (reply, error) {
		o, err := find(c)
		if err != nil {
			return reply{}, err
		}
		grants := slices.DeleteFunc(c.view(directory.List).Grants(), func(grant *directory.Object) bool {
			return grant.Text(property) != o.ID
		})
		return c.list(directory.PermissionGrant, grants)
	}
}

func (c *call) grant(purpose directory.Purpose) (*directory.Object, error) {
	id := c.keys[0].Text
	grant, found := c.find(purpose, func(view directory.View) (*directory.Object, bool) {
		return withID(view.Grants(), id)
	})
	if !found {
		return nil, notFound(id)
	}
	return grant, nil
}

func (c *call) getGrant() (reply, error) {
	grant, err := c.grant(directory.Read)
	if err != nil {
		return reply{}, err
	}
	return c.one(http.StatusOK, grant)
}

// createGrant consents to delegated permissions. Graph does not compare the scope with what the resource publishes.
func (c *call) createGrant() (reply, error) {
	body, err := c.checked(directory.PermissionGrant, c.body)
	if err != nil {
		return reply{}, err
	}
	for _, name := range []string{"clientId", "consentType", "resourceId", "scope"} {
		if body[name] == nil {
			return reply{}, missingValue(name, "OAuth2PermissionGrant")
		}
	}
	if err := checkScopeText(directory.Text(body, "scope")); err != nil {
		return reply{}, err
	}
	for _, name := range []string{"clientId", "resourceId"} {
		id := strings.ToLower(directory.Text(body, name))
		if _, ok := c.view(directory.Reference).Get(directory.ServicePrincipal, id); !ok {
			return reply{}, c.unresolvedParty(id)
		}
		body[name] = id
	}
	if err := c.checkConsentType(body); err != nil {
		return reply{}, err
	}
	for _, other := range c.view(directory.Write).Grants() {
		same := func(name string) bool { return other.Properties[name] == body[name] }
		if same("clientId") && same("resourceId") && same("consentType") && same("principalId") {
			return reply{}, duplicateObject("Permission entry already exists.", "oauth2PermissionGrants")
		}
	}
	grant := &directory.Object{Kind: directory.PermissionGrant, ID: directory.NewLinkID(), Properties: map[string]any{
		"clientId": body["clientId"], "consentType": body["consentType"], "principalId": body["principalId"],
		"resourceId": body["resourceId"], "scope": body["scope"]}}
	c.tenant.Add(grant)
	return c.one(http.StatusCreated, grant)
}

func (c *call) unresolvedParty(id string) *Error {
	return c.unresolved(id, notFound(id), badRequest("%s", absent(id)))
}

func checkScopeText(scope string) error {
	if strings.TrimSpace(scope) == "" {
		return missingValue("scope", "OAuth2PermissionGrant")
	}
	if length(scope) > maxScope {
		return tooLong("scope", "OAuth2PermissionGrant", maxScope)
	}
	return nil
}

func (c *call) checkConsentType(body map[string]any) error {
	principal := directory.Text(body, "principalId")
	switch body["consentType"] {
	case "AllPrincipals":
		if principal != "" {
			return invalidValue("principalId", "OAuth2PermissionGrant")
		}
		body["principalId"] = nil
	case "Principal":
		if principal == "" {
			return missingValue("principalId", "OAuth2PermissionGrant")
		}
		principal = strings.ToLower(principal)
		if _, ok := c.view(directory.Reference).Get(directory.User, principal); !ok {
			return c.unresolvedParty(principal)
		}
		body["principalId"] = principal
	default:
		return invalidValue("consentType", "OAuth2PermissionGrant")
	}
	return nil
}

// patchGrant replaces the scope; the ends of a grant never change.
func (c *call) patchGrant() (reply, error) {
	grant, err := c.grant(directory.Target)
	if err != nil {
		return reply{}, err
	}
	body, err := c.checked(directory.PermissionGrant, c.body, "clientId", "consentType", "principalId", "resourceId")
	if err != nil {
		return reply{}, err
	}
	scope := directory.Text(body, "scope")
	if err := checkScopeText(scope); err != nil {
		return reply{}, err
	}
	c.tenant.Put(grant.With(body))
	return noContent()
}

func (c *call) deleteGrant() (reply, error) {
	grant, err := c.grant(directory.Target)
	if err != nil {
		return reply{}, err
	}
	c.tenant.Remove(grant)
	return noContent()
}
