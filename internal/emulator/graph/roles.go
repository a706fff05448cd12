package graph

import (
	"net/http"
	"strings"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
)

func (c *call) listRoleDefinitions() (reply, error) {
	return c.list(directory.RoleDefinition, c.view(directory.List).List(directory.RoleDefinition))
}

func (c *call) getRoleDefinition() (reply, error) {
	definition, err := c.keyed(directory.RoleDefinition, c.keys[0], directory.Read)
	if err != nil {
		return reply{}, err
	}
	return c.one(http.StatusOK, definition)
}

func (c *call) listRoleAssignments() (reply, error) {
	return c.list(directory.RoleAssignment, c.view(directory.List).List(directory.RoleAssignment))
}

func (c *call) roleAssignment(purpose directory.Purpose) (*directory.Object, error) {
	assignment, ok := c.find(purpose, func(view directory.View) (*directory.Object, bool) {
		return view.Get(directory.RoleAssignment, c.keys[0].Text)
	})
	if !ok {
		return nil, notFound(c.keys[0].Text)
	}
	return assignment, nil
}

func (c *call) getRoleAssignment() (reply, error) {
	assignment, err := c.roleAssignment(directory.Read)
	if err != nil {
		return reply{}, err
	}
	return c.one(http.StatusOK, assignment)
}

func (c *call) deleteRoleAssignment() (reply, error) {
	assignment, err := c.roleAssignment(directory.Target)
	if err != nil {
		return reply{}, err
	}
	c.tenant.Remove(assignment)
	return noContent()
}

func (c *call) createRoleAssignment() (reply, error) {
	body, err := c.checked(directory.RoleAssignment, c.body)
	if err != nil {
		return reply{}, err
	}
	for _, name := range []string{"roleDefinitionId", "principalId", "directoryScopeId"} {
		if directory.Text(body, name) == "" {
			return reply{}, missingValue(name, "RoleAssignment")
		}
	}
	for _, name := range []string{"appScopeId", "condition"} {
		if body[name] != nil {
			return reply{}, invalidValue(name, "RoleAssignment")
		}
	}
	principalID := strings.ToLower(directory.Text(body, "principalId"))
	view := c.view(directory.Reference)
	definition, ok := view.Get(directory.RoleDefinition, directory.Text(body, "roleDefinitionId"))
	if !ok {
		return reply{}, notFound(directory.Text(body, "roleDefinitionId"))
	}
	principal, ok := view.Any(principalID)
	if !ok {
		return reply{}, notFound(principalID)
	}
	if err := checkRoleHolder(principal); err != nil {
		return reply{}, err
	}
	scope := directory.Text(body, "directoryScopeId")
	if err := c.checkRoleScope(scope); err != nil {
		return reply{}, err
	}
	for _, other := range c.view(directory.Write).List(directory.RoleAssignment) {
		if other.Text("principalId") == principalID && other.Text("roleDefinitionId") == definition.ID && other.Text("directoryScopeId") == scope {
			return reply{}, conflictingObject("roleAssignment")
		}
	}
	assignment := &directory.Object{Kind: directory.RoleAssignment, ID: directory.NewLinkID(), Properties: map[string]any{
		"appScopeId": nil, "condition": nil, "directoryScopeId": scope, "principalId": principalID,
		"principalOrganizationId": c.tenant.ID, "roleDefinitionId": definition.ID}}
	c.tenant.Add(assignment)
	c.activated(definition)
	return c.one(http.StatusCreated, assignment)
}

// checkRoleHolder lets users, service principals and role-assignable groups hold a directory role.
func checkRoleHolder(principal *directory.Object) error {
	switch principal.Kind {
	case directory.User, directory.ServicePrincipal:
		return nil
	case directory.Group:
		if principal.Flag("isAssignableToRole") {
			return nil
		}
	}
	return badRequest("The principal '%s' cannot be assigned to a role.", principal.ID)
}

// checkRoleScope accepts the tenant and one application or service principal as scope.
func (c *call) checkRoleScope(scope string) error {
	id, ok := strings.CutPrefix(scope, "/")
	if !ok {
		return invalidValue("directoryScopeId", "RoleAssignment")
	}
	if id == "" {
		return nil
	}
	o, found := c.view(directory.Reference).Any(id)
	if !found {
		return notFound(id)
	}
	if o.Kind != directory.Application && o.Kind != directory.ServicePrincipal {
		return invalidValue("directoryScopeId", "RoleAssignment")
	}
	return nil
}
