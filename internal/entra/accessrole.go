package entra

import (
	"slices"
	"strings"

	"github.com/google/uuid"
)

// AccessRole is one of the roles that sapio365 knows under "sapio365 Access & Restrictions". sapio365 itself keeps them
// in a database of its own; in Microsoft Entra ID they are app roles, by this provider's convention.
type AccessRole struct {
	ID          string // of the app role, the same in every tenant
	Name        string // as sapio365 spells it
	Value       string // what a token shows; this provider's own
	Description string
}

// accessRoleNamespace is the namespace of the ids of access roles: each is the UUID of version 5 (RFC 9562) that this
// namespace and the role's name give.
var accessRoleNamespace = uuid.MustParse("c1f4a2b6-6c1e-4d52-9d2b-5f3a80b7e365")

// AccessRoles are all of them, in the order in which sapio365 lists what they open.
var AccessRoles = []AccessRole{
	accessRole("Access App sessions", "AppSessions.Access", "May create and use App sessions in sapio365."),
	accessRole("Can elevate a session", "Session.Elevate", "May elevate a User session in sapio365."),
	accessRole("General Manager", "General.Manager",
		"May use sapio365 as a global administrator would for RBAC, activity logs and comments."),
	accessRole("RBAC Configuration Manager", "Rbac.ConfigurationManager", "May set and edit sapio365's RBAC configuration."),
	accessRole("Activity Logs Manager", "ActivityLogs.Manager", "May see the activity logs of all sapio365 users."),
	accessRole("Comments Manager", "Comments.Manager", "May edit all comments in sapio365."),
	accessRole("Enforced logout", "Logout.Enforced",
		"Signed out of all sapio365 sessions at exit, when using a sapio365 RBAC role."),
}

func accessRole(name, value, description string) AccessRole {
	id := uuid.NewSHA1(accessRoleNamespace, []byte(name)).String()
	return AccessRole{ID: id, Name: name, Value: value, Description: description}
}

// AccessRoleNames lists the names of all access roles.
func AccessRoleNames() []string {
	names := make([]string, len(AccessRoles))
	for i, role := range AccessRoles {
		names[i] = role.Name
	}
	return names
}

// AccessRoleByName finds an access role by its exact name.
func AccessRoleByName(name string) (AccessRole, bool) {
	i := slices.IndexFunc(AccessRoles, func(r AccessRole) bool { return r.Name == name })
	if i < 0 {
		return AccessRole{}, false
	}
	return AccessRoles[i], true
}

// Who can hold an app role.
const (
	MemberUser        = "User" // a user or a group
	MemberApplication = "Application"
)

// AppRole is the access role as the register declares it.
func (r AccessRole) AppRole() AppRole {
	return AppRole{
		ID: r.ID, Value: r.Value, DisplayName: r.Name, Description: r.Description,
		Members: []string{MemberApplication, MemberUser}, Enabled: true,
	}
}

// AppRole is a role that an application declares, and that its service principal takes over.
type AppRole struct {
	ID          string // lower case
	Value       string
	DisplayName string
	Description string
	Members     []string // in ascending order
	Enabled     bool
}

// same tells whether two roles are the same in everything.
func (r AppRole) same(other AppRole) bool {
	return r.ID == other.ID && r.Value == other.Value && r.DisplayName == other.DisplayName &&
		r.Description == other.Description && r.Enabled == other.Enabled && slices.Equal(r.Members, other.Members)
}

// AccessRolesIn lists the access roles that are in place among the app roles, all of them as they shall be.
func AccessRolesIn(declared []AppRole) []AccessRole {
	var found []AccessRole
	for _, role := range AccessRoles {
		if slices.ContainsFunc(declared, role.AppRole().same) {
			found = append(found, role)
		}
	}
	return found
}

// valueHolder finds a role of somebody else that has the value of an access role, so that the two cannot be declared
// together.
func (r AccessRole) valueHolder(declared []AppRole) (AppRole, bool) {
	i := slices.IndexFunc(declared, func(other AppRole) bool { return other.ID != r.ID && strings.EqualFold(other.Value, r.Value) })
	if i < 0 {
		return AppRole{}, false
	}
	return declared[i], true
}
