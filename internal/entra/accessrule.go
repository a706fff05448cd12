package entra

import (
	"fmt"
	"strings"
)

// GlobalAdministrator is the template id of the directory role.
const GlobalAdministrator = "62e90394-69f5-4237-9190-012177145e10"

// The access roles that the access rules ask for.
const (
	RoleAccessAppSessions = "Access App sessions"
	RoleGeneralManager    = "General Manager"
)

// Caller is the identity that the provider runs as in a tenant, as far as sapio365's access rules ask. A service principal
// stands in for sapio365's User session.
type Caller struct {
	TenantID            string
	ObjectID            string // of the user or service principal
	Name                string // the user's sign-in name or the application's display name; may be empty
	User                bool   // a user, or else a service principal
	GlobalAdministrator bool
	AppSession          bool              // the provider is signed in as an App session
	AccessRoles         map[string]string // the access roles it holds, each with how: "directly", or by which group
	AccessRolesID       string            // client ID of the registration that keeps them; empty where the tenant has none
}

// Holds tells whether the caller holds the access role, directly or as a direct member of a group.
func (c Caller) Holds(role string) bool { return c.AccessRoles[role] != "" }

// Describe names the caller: `the service principal "Pipeline" (object ID …)`.
func (c Caller) Describe() string {
	kind := "service principal"
	if c.User {
		kind = "user"
	}
	if c.Name == "" {
		return fmt.Sprintf("the %s with the object ID %s", kind, c.ObjectID)
	}
	return fmt.Sprintf("the %s %q (object ID %s)", kind, c.Name, c.ObjectID)
}

// Holdings lists what the rules have found of the caller, for people.
func (c Caller) Holdings() string {
	var all []string
	if c.GlobalAdministrator {
		all = append(all, "Global Administrator")
	}
	for _, name := range AccessRoleNames() {
		if how := c.AccessRoles[name]; how != "" {
			all = append(all, fmt.Sprintf("%s (%s)", name, how))
		}
	}
	if len(all) == 0 {
		return "nothing of that kind"
	}
	return strings.Join(all, ", ")
}

// AccessRule is one of sapio365's own rules of who may do what.
type AccessRule int

// The access rules.
const (
	// ManageSessions is to create, change or delete an App session or its on-premises settings.
	ManageSessions AccessRule = iota
	// ReadSessions is to look at App sessions other than by a resource's own refresh.
	ReadSessions
	// AssignRoles is to create, change or delete the access roles and their assignments.
	AssignRoles
)

// Describe says in the infinitive what the rule is about.
func (r AccessRule) Describe() string {
	switch r {
	case ManageSessions:
		return "create, change or delete App sessions and their on-premises settings"
	case ReadSessions:
		return "see App sessions"
	}
	return "manage access roles and their assignments"
}

// Text is the rule as sapio365 has it.
func (r AccessRule) Text() string {
	switch r {
	case ManageSessions:
		return fmt.Sprintf("the caller holds %q, and is a Global Administrator or holds %q; nobody has either by default, and an App "+
			"session never edits App sessions", RoleAccessAppSessions, RoleGeneralManager)
	case ReadSessions:
		return fmt.Sprintf("the caller holds %q; nobody does by default, Global Administrators included", RoleAccessAppSessions)
	}
	return fmt.Sprintf("the caller is a Global Administrator or holds %q, and is no App session", RoleGeneralManager)
}

// Check returns *AccessDeniedError when the caller does not satisfy the rule.
func (r AccessRule) Check(caller Caller) error {
	denied := &AccessDeniedError{Rule: r, Caller: caller}
	if r != AssignRoles && !caller.Holds(RoleAccessAppSessions) {
		denied.Missing = append(denied.Missing, RoleAccessAppSessions)
	}
	if r != ReadSessions && !caller.GlobalAdministrator && !caller.Holds(RoleGeneralManager) {
		denied.Missing = append(denied.Missing, RoleGeneralManager)
	}
	denied.AppSession = caller.AppSession && r != ReadSessions
	if len(denied.Missing) > 0 || denied.AppSession {
		return denied
	}
	return nil
}

// AccessDeniedError says that an access rule does not let the caller do something.
type AccessDeniedError struct {
	Rule       AccessRule
	Caller     Caller
	Missing    []string // access roles that would satisfy the rule; a Global Administrator needs no General Manager
	AppSession bool     // the rule excludes App sessions, whatever they hold
}

func (e *AccessDeniedError) Error() string {
	if e.AppSession {
		return fmt.Sprintf("%s is an App session, and may not %s", e.Caller.Describe(), e.Rule.Describe())
	}
	return fmt.Sprintf("%s may not %s: it lacks %s", e.Caller.Describe(), e.Rule.Describe(), quoted(e.Missing))
}

func quoted(names []string) string {
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = fmt.Sprintf("%q", name)
	}
	return strings.Join(all, " and ")
}

// Enforcement is what becomes of an operation that breaks an access rule.
type Enforcement string

// The ways to enforce the access rules.
const (
	Enforce      Enforcement = "enforce" // refuse, also when it cannot be determined who calls
	WarnOfAccess Enforcement = "warn"
	IgnoreAccess Enforcement = "off" // nothing is looked up
)

// Enforcements are all of them, the default first.
var Enforcements = []Enforcement{Enforce, WarnOfAccess, IgnoreAccess}
