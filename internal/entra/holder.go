package entra

import (
	"fmt"
	"slices"
	"strings"
)

// Holder is whom an access token was issued to, and what it lets its holder do, as the token itself says.
type Holder struct {
	TenantID       string
	ObjectID       string   // of the user or service principal
	ClientID       string   // application id of the client
	Name           string   // the user's sign-in name or the application's display name; may be empty
	User           bool     // an application signed in in the name of a user, or else as itself
	Permissions    []string // Microsoft Graph permissions: delegated ones of a user, else application permissions
	DirectoryRoles []string // template ids
}

// Describe names the holder: `the service principal "Pipeline"`.
func (h Holder) Describe() string {
	kind := "service principal"
	if h.User {
		kind = "user"
	}
	if h.Name == "" {
		return fmt.Sprintf("the %s with the object ID %s", kind, h.ObjectID)
	}
	return fmt.Sprintf("the %s %q", kind, h.Name)
}

// Missing returns the permissions that the holder would have to be given to have the right: of each set of which it holds
// none, the least. The permissions in the token of an application, together with its directory roles, are all that it may
// do; a user may also be lacking the role for what its token permits, which no token tells for certain.
func (h Holder) Missing(right Right) []string {
	sets := right.Application
	if h.User {
		sets = right.delegated()
	} else if slices.ContainsFunc(right.Roles, h.hasRole) {
		return nil
	}
	var missing []string
	for _, alternatives := range sets {
		if !slices.ContainsFunc(alternatives, h.holds) {
			missing = append(missing, alternatives[0])
		}
	}
	return missing
}

func (h Holder) holds(permission string) bool { return slices.Contains(h.Permissions, permission) }

func (h Holder) hasRole(templateID string) bool {
	return slices.ContainsFunc(h.DirectoryRoles, func(id string) bool { return strings.EqualFold(id, templateID) })
}

// RightFor is the right that carrying out the change asks for.
func RightFor(change Change) Right {
	switch change.(type) {
	case GrantRole:
		return AssignAppRoles
	case RevokeRole:
		return RevokeAppRoles
	case GrantScopes, RevokeScopes:
		return ManageDelegatedGrants
	case AssignDirectoryRole, UnassignDirectoryRole:
		return AssignDirectoryRoles
	case AddOwner:
		return ManageOwners
	}
	return ManageApplications // all others write the registration or its service principal
}

// RightsToDelete are those that deleting the registration asks for.
func RightsToDelete(ref Ref) []Right {
	rights := []Right{ReadApplications, ManageApplications}
	if len(ref.Hints.Grants) > 0 {
		rights = append(rights, ManageDelegatedGrants)
	}
	if len(ref.Hints.DirectoryRoles) > 0 {
		rights = append(rights, AssignDirectoryRoles)
	}
	return rights
}

// Shortfall is a job of a plan that the caller may not do.
type Shortfall struct {
	Job     string
	Changes []string // that are to be made, as Change.Describe has them; empty where the job says it all
	Missing []string // the least permissions that would do
}

// InsufficientError says that the caller lacks permissions for what is planned.
type InsufficientError struct {
	Holder     Holder
	Shortfalls []Shortfall
}

func (e *InsufficientError) Error() string {
	return fmt.Sprintf("%s lacks %s", e.Holder.Describe(), strings.Join(e.Missing(), ", "))
}

// Missing are the permissions that would do for everything.
func (e *InsufficientError) Missing() []string {
	var all []string
	for _, s := range e.Shortfalls {
		all = append(all, s.Missing...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Suffices compares what the holder may do with the rights and the changes that a plan takes. It returns
// *InsufficientError.
func (h Holder) Suffices(rights []Right, changes []Change) error {
	var shortfalls []Shortfall
	add := func(right Right, describe ...string) {
		missing := h.Missing(right)
		if len(missing) == 0 {
			return
		}
		i := slices.IndexFunc(shortfalls, func(s Shortfall) bool { return s.Job == right.Job })
		if i < 0 {
			i = len(shortfalls)
			shortfalls = append(shortfalls, Shortfall{Job: right.Job, Missing: missing})
		}
		shortfalls[i].Changes = append(shortfalls[i].Changes, describe...)
	}
	for _, right := range rights {
		add(right)
	}
	for _, change := range changes {
		add(RightFor(change), change.Describe())
	}
	if shortfalls == nil {
		return nil
	}
	return &InsufficientError{Holder: h, Shortfalls: shortfalls}
}
