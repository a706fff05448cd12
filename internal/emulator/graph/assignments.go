package graph

import (
	"net/http"
	"slices"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/edm"
)

// zeroID names the default role, which a resource without roles of its own has.
const zeroID = "00000000-0000-0000-0000-000000000000"

// maxAssignments is the limit of app role assignments that one principal can hold.
const maxAssignments = 1500

// The two ends of an app role assignment.
const (
	heldBy  = "principalId" // appRoleAssignments: what a principal holds
	granted = "resourceId"  // appRoleAssignedTo: who holds roles of a resource
)

func listAssignments(end string, find finder) func(*call) (reply, error) {
	return func(c *call) (reply, error) {
		o, err := find(c)
		if err != nil {
			return reply{}, err
		}
		return c.list(directory.AppRoleAssignment, c.view(directory.List).Assignments(end, o.ID))
	}
}

func findAssignment(c *call, end string, find finder, purpose directory.Purpose) (*directory.Object, error) {
	o, err := find(c)
	if err != nil {
		return nil, err
	}
	id := c.keys[1].Text
	assignment, found := c.find(purpose, func(view directory.View) (*directory.Object, bool) {
		return withID(view.Assignments(end, o.ID), id)
	})
	if !found {
		return nil, notFound(id)
	}
	return assignment, nil
}

func getAssignment(end string, find finder) func(*call) (reply, error) {
	return func(c *call) (reply, error) {
		assignment, err := findAssignment(c, end, find, directory.Read)
		if err != nil {
			return reply{}, err
		}
		return c.one(http.StatusOK, assignment)
	}
}

func deleteAssignment(end string, find finder) func(*call) (reply, error) {
	return func(c *call) (reply, error) {
		assignment, err := findAssignment(c, end, find, directory.Target)
		if err != nil {
			return reply{}, err
		}
		c.tenant.Remove(assignment)
		return noContent()
	}
}

func createAssignment(end string, find finder) func(*call) (reply, error) {
	return func(c *call) (reply, error) {
		o, err := find(c)
		if err != nil {
			return reply{}, err
		}
		body, err := c.checked(directory.AppRoleAssignment, c.body)
		if err != nil {
			return reply{}, err
		}
		for _, name := range []string{"principalId", "resourceId", "appRoleId"} {
			if body[name] == nil {
				return reply{}, missingValue(name, "AppRoleAssignment")
			}
		}
		if body[end] != o.ID {
			return reply{}, notAReference()
		}
		assignment, err := c.newAssignment(body)
		if err != nil {
			return reply{}, err
		}
		return c.one(http.StatusCreated, assignment)
	}
}

func notAReference() *Error { return badRequest("Not a valid reference update.") }

func (c *call) unresolvedEnd(id string) *Error {
	return c.unresolved(id, notAReference(), notFound(id))
}

func (c *call) newAssignment(body map[string]any) (*directory.Object, error) {
	view := c.view(directory.Reference)
	principal, found := view.Any(directory.Text(body, "principalId"))
	if !found || !slices.Contains([]directory.Kind{directory.User, directory.Group, directory.ServicePrincipal}, principal.Kind) {
		return nil, c.unresolvedEnd(directory.Text(body, "principalId"))
	}
	resource, found := view.Get(directory.ServicePrincipal, directory.Text(body, "resourceId"))
	if !found {
		return nil, c.unresolvedEnd(directory.Text(body, "resourceId"))
	}
	if !assignable(resource, principal, body["appRoleId"]) {
		return nil, badRequest("Permission being assigned was not found on application")
	}
	held := c.view(directory.Write).Assignments(heldBy, principal.ID)
	for _, other := range held {
		if other.Properties["resourceId"] == resource.ID && other.Properties["appRoleId"] == body["appRoleId"] {
			return nil, assignmentExists(principal)
		}
	}
	if len(held) >= maxAssignments {
		return nil, quotaExceeded(maxAssignments, "appRoleAssignments")
	}
	assignment := &directory.Object{Kind: directory.AppRoleAssignment, ID: directory.NewLinkID(), Properties: map[string]any{
		"deletedDateTime": nil, "appRoleId": body["appRoleId"], "createdDateTime": edm.FormatTime(c.now),
		"principalDisplayName": principal.Properties["displayName"], "principalId": principal.ID,
		"principalType": resourceName(principal.Kind), "resourceDisplayName": resource.Properties["displayName"],
		"resourceId": resource.ID}}
	c.tenant.Add(assignment)
	return assignment, nil
}

// assignmentExists is worded differently for the kinds of principals.
func assignmentExists(principal *directory.Object) *Error {
	if principal.Kind == directory.ServicePrincipal {
		return badRequest("Permission being assigned already exists on the object").
			withDetail("InvalidUpdate", "appRoleAssignments")
	}
	e := badRequest("EntitlementGrant entry already exists.")
	e.Code = codeDuplicate
	return e
}

// assignable tells whether the resource has an enabled role that this kind of principal can hold.
func assignable(resource, principal *directory.Object, roleID any) bool {
	roles := resource.Items("appRoles")
	if roleID == zeroID {
		return len(roles) == 0
	}
	member := any("User")
	if principal.Kind == directory.ServicePrincipal {
		member = "Application"
	}
	return slices.ContainsFunc(roles, func(role map[string]any) bool {
		members := directory.Values(role["allowedMemberTypes"])
		return role["id"] == roleID && role["isEnabled"] == true && slices.Contains(members, member)
	})
}
