package graph

import (
	"net/http"
	"slices"
	"strings"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/odata"
)

// The older view of directory roles: an activated role is an object that principals are members of. The members follow
// from the role assignments for the whole tenant, which are the one place where they are kept.

// activated returns the directory role of a definition, which its first use brings to life.
func (c *call) activated(definition *directory.Object) *directory.Object {
	if role, ok := c.view(directory.Write).Find(directory.DirectoryRole, "roleTemplateId", definition.ID); ok {
		return role
	}
	role := &directory.Object{Kind: directory.DirectoryRole, ID: directory.NewID(), Properties: map[string]any{
		"deletedDateTime": nil, "description": definition.Properties["description"],
		"displayName": definition.Properties["displayName"], "roleTemplateId": definition.ID}}
	c.tenant.Add(role)
	return role
}

func (c *call) directoryRole() (*directory.Object, error) {
	return c.keyed(directory.DirectoryRole, c.keys[0], directory.Read, "roleTemplateId")
}

func (c *call) listDirectoryRoles() (reply, error) {
	return c.list(directory.DirectoryRole, c.view(directory.List).List(directory.DirectoryRole))
}

func (c *call) getDirectoryRole() (reply, error) {
	role, err := c.directoryRole()
	if err != nil {
		return reply{}, err
	}
	return c.one(http.StatusOK, role)
}

func (c *call) activateDirectoryRole() (reply, error) {
	body, err := c.checked(directory.DirectoryRole, c.body)
	if err != nil {
		return reply{}, err
	}
	templateID := directory.Text(body, "roleTemplateId")
	if templateID == "" {
		return reply{}, missingValue("roleTemplateId", "DirectoryRole")
	}
	definition, ok := c.view(directory.Reference).Get(directory.RoleDefinition, templateID)
	if !ok {
		return reply{}, notFound(templateID)
	}
	if _, taken := c.view(directory.Write).Find(directory.DirectoryRole, "roleTemplateId", templateID); taken {
		return reply{}, conflictingObject("roleTemplateId")
	}
	return c.one(http.StatusCreated, c.activated(definition))
}

func (c *call) listDirectoryRoleMembers() (reply, error) {
	role, err := c.directoryRole()
	if err != nil {
		return reply{}, err
	}
	view := c.view(directory.List)
	var members []*directory.Object
	for _, assignment := range tenantWide(view) {
		if member, ok := view.Any(assignment.Text("principalId")); ok && assignment.Text("roleDefinitionId") == role.Text("roleTemplateId") {
			members = append(members, member)
		}
	}
	return c.mixedList(members)
}

// rolesOf returns the directory roles that any of the principals is a member of.
func rolesOf(view directory.View, principals []string) []*directory.Object {
	var roles []*directory.Object
	for _, assignment := range tenantWide(view) {
		if !slices.Contains(principals, assignment.Text("principalId")) {
			continue
		}
		role, ok := view.Find(directory.DirectoryRole, "roleTemplateId", assignment.Text("roleDefinitionId"))
		if ok && !slices.Contains(roles, role) {
			roles = append(roles, role)
		}
	}
	return roles
}

func tenantWide(view directory.View) []*directory.Object {
	return slices.DeleteFunc(view.List(directory.RoleAssignment), func(o *directory.Object) bool {
		return o.Text("directoryScopeId") != "/"
	})
}

// listMemberships lists the groups and directory roles that an object is a member of, or with a kind those of one kind.
func listMemberships(transitive bool, find finder, kind directory.Kind) func(*call) (reply, error) {
	return func(c *call) (reply, error) {
		o, err := find(c)
		if err != nil {
			return reply{}, err
		}
		view := c.view(directory.List)
		groups, principals := view.Groups(o.ID), []string{o.ID}
		if transitive {
			groups = view.TransitiveGroups(o.ID)
			for _, group := range groups {
				principals = append(principals, group.ID)
			}
		}
		roles := rolesOf(view, principals)
		if kind != "" && !c.asksTheIndex() {
			return reply{}, queryError(odata.ErrUnsupported) // a cast is an advanced query
		}
		switch kind {
		case directory.Group:
			return c.list(kind, groups)
		case directory.DirectoryRole:
			return c.list(kind, roles)
		default:
			return c.mixedList(slices.Concat(groups, roles))
		}
	}
}

// asksTheIndex tells whether a request is one for the index of advanced queries.
func (c *call) asksTheIndex() bool {
	return c.query.Count && strings.EqualFold(c.header.Get("ConsistencyLevel"), "eventual")
}

// membershipRoutes are the routes of the groups and roles that one kind of object is a member of.
func membershipRoutes(pattern string, find finder, needs requirement) []route {
	var table []route
	for _, relation := range []struct {
		name       string
		transitive bool
	}{{"memberOf", false}, {"transitiveMemberOf", true}} {
		path := pattern + "/" + relation.name
		table = append(table,
			newRoute(get, path, needs, listMemberships(relation.transitive, find, "")),
			newRoute(get, path+"/microsoft.graph.group", needs, listMemberships(relation.transitive, find, directory.Group)),
			newRoute(get, path+"/microsoft.graph.directoryRole", needs, listMemberships(relation.transitive, find, directory.DirectoryRole)))
	}
	return table
}
