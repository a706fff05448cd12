package entra

import (
	"fmt"
	"strings"
)

// Change is one step from a registration as it is to the session as it shall be.
type Change interface {
	// Describe says in the infinitive what the change does: "grant Microsoft Graph: User.Read.All (application)".
	Describe() string
	// Phase orders changes: all of a phase are in place before the next begins.
	Phase() Phase
}

// Phase is a stage of carrying changes out.
type Phase int

// The phases, in order. What a session needs comes before what uses it, and nothing is taken away before its
// successor is in place.
const (
	PhaseClear   Phase = iota // what has to make room
	PhasePrepare              // the application, its credentials, its service principal
	PhaseGrant                // what the service principal is given
	PhaseRemove               // what is no longer wanted
	PhaseFinish               // the mark that everything is in place
)

type (
	// PatchApplication writes those properties of the application that are not nil.
	PatchApplication struct {
		UniqueName, DisplayName, Notes, Audience *string
		Manifest                                 *Access
		Tags                                     []string // nil: leave as they are
	}
	// AddCertificate adds a certificate beside the present ones.
	AddCertificate struct{ Certificate Certificate }
	// AddSecret has the tenant make a client secret.
	AddSecret struct {
		Terms       SecretTerms
		Predecessor string // names the credential it follows, empty for the first
	}
	// CreateServicePrincipal makes the application's service principal.
	CreateServicePrincipal struct{ AssignmentRequired bool }
	// PatchServicePrincipal writes the service principal's only managed property.
	PatchServicePrincipal struct{ AssignmentRequired bool }
	// GrantRole consents to an application permission.
	GrantRole struct{ Permission Permission }
	// GrantScopes consents to exactly these delegated permissions on one API.
	GrantScopes struct {
		API     string
		GrantID string // the grant to change; empty to make one
		Names   []string
		Added   Access // what the change adds
		Removed Access // what the change takes away
	}
	// AssignDirectoryRole assigns a built-in role for the whole tenant.
	AssignDirectoryRole struct{ TemplateID string }
	// AddOwner makes a user or service principal an owner of the application.
	AddOwner struct{ ObjectID string }
	// RevokeRole withdraws consent to an application permission.
	RevokeRole struct {
		AssignmentID string
		Permission   Permission
	}
	// RevokeScopes withdraws consent to all delegated permissions on one API.
	RevokeScopes struct {
		GrantID string
		Removed Access
	}
	// UnassignDirectoryRole withdraws a built-in role.
	UnassignDirectoryRole struct{ AssignmentID, TemplateID string }
	// RemoveSecret removes a client secret of ours; First: before a new one is added.
	RemoveSecret struct {
		KeyID string
		First bool
	}
	// RemoveCertificate removes a certificate of ours; First: before a new one is added.
	RemoveCertificate struct {
		KeyID, SHA1 string
		First       bool
	}
	// RemoveOwner takes an owner's ownership.
	RemoveOwner struct{ ObjectID string }
	// MarkRotation asks for a new client secret, by a tag.
	MarkRotation struct{}
	// UnmarkRotation takes that tag off again.
	UnmarkRotation struct{}
	// FinishProvisioning marks the registration as complete.
	FinishProvisioning struct {
		Kind Kind
		Tags []string
	}
)

// Phase says when the change is carried out.
func (PatchApplication) Phase() Phase       { return PhasePrepare }
func (AddCertificate) Phase() Phase         { return PhasePrepare }
func (AddSecret) Phase() Phase              { return PhasePrepare }
func (CreateServicePrincipal) Phase() Phase { return PhasePrepare }
func (PatchServicePrincipal) Phase() Phase  { return PhasePrepare }
func (GrantRole) Phase() Phase              { return PhaseGrant }
func (GrantScopes) Phase() Phase            { return PhaseGrant }
func (AssignDirectoryRole) Phase() Phase    { return PhaseGrant }
func (AddOwner) Phase() Phase               { return PhaseGrant }
func (RevokeRole) Phase() Phase             { return PhaseRemove }
func (RevokeScopes) Phase() Phase           { return PhaseRemove }
func (UnassignDirectoryRole) Phase() Phase  { return PhaseRemove }
func (c RemoveSecret) Phase() Phase         { return removal(c.First) }
func (c RemoveCertificate) Phase() Phase    { return removal(c.First) }
func (RemoveOwner) Phase() Phase            { return PhaseRemove }
func (MarkRotation) Phase() Phase           { return PhasePrepare }
func (UnmarkRotation) Phase() Phase         { return PhaseFinish }
func (FinishProvisioning) Phase() Phase     { return PhaseFinish }

func removal(first bool) Phase {
	if first {
		return PhaseClear
	}
	return PhaseRemove
}

// Describe names the properties that are written.
func (c PatchApplication) Describe() string {
	var parts []string
	for _, property := range []struct {
		name string
		set  bool
	}{
		{"unique name", c.UniqueName != nil},
		{"display name", c.DisplayName != nil},
		{"notes", c.Notes != nil},
		{"sign-in audience", c.Audience != nil},
		{"declared permissions", c.Manifest != nil},
		{"tags", c.Tags != nil},
	} {
		if property.set {
			parts = append(parts, property.name)
		}
	}
	return "write the application's " + strings.Join(parts, ", ")
}

// Describe names the certificate by its thumbprint.
func (c AddCertificate) Describe() string { return "add the certificate " + c.Certificate.SHA1 }

// Describe tells the life of the secret.
func (c AddSecret) Describe() string {
	return fmt.Sprintf("add a client secret valid for %d days", c.Terms.ValidDays)
}

// Describe says what is made.
func (CreateServicePrincipal) Describe() string { return "create the service principal" }

// Describe says what is written.
func (c PatchServicePrincipal) Describe() string {
	return fmt.Sprintf("set the service principal's appRoleAssignmentRequired to %t", c.AssignmentRequired)
}

// Describe names the permission.
func (c GrantRole) Describe() string { return "grant " + c.Permission.Label() }

// Describe names the permissions that come and go.
func (c GrantScopes) Describe() string {
	var parts []string
	if len(c.Added) > 0 {
		parts = append(parts, "grant "+strings.Join(c.Added.Labels(), ", "))
	}
	if len(c.Removed) > 0 {
		parts = append(parts, "revoke "+strings.Join(c.Removed.Labels(), ", "))
	}
	return strings.Join(parts, " and ")
}

// Describe names the role.
func (c AssignDirectoryRole) Describe() string {
	return "assign the directory role " + DirectoryRoleName(c.TemplateID)
}

// Describe names the owner.
func (c AddOwner) Describe() string { return "add the owner " + c.ObjectID }

// Describe names the permission.
func (c RevokeRole) Describe() string { return "revoke " + c.Permission.Label() }

// Describe names the permissions.
func (c RevokeScopes) Describe() string { return "revoke " + strings.Join(c.Removed.Labels(), ", ") }

// Describe names the role.
func (c UnassignDirectoryRole) Describe() string {
	return "withdraw the directory role " + DirectoryRoleName(c.TemplateID)
}

// Describe names the secret by its key id.
func (c RemoveSecret) Describe() string { return "remove the client secret " + c.KeyID }

// Describe names the certificate by its thumbprint.
func (c RemoveCertificate) Describe() string { return "remove the certificate " + c.SHA1 }

// Describe names the owner.
func (c RemoveOwner) Describe() string { return "remove the owner " + c.ObjectID }

// Describe says what the tag means.
func (MarkRotation) Describe() string { return "ask for a new client secret" }

// Describe says what the tag means.
func (UnmarkRotation) Describe() string { return "take off the request for a new client secret" }

// Describe says what the mark means.
func (c FinishProvisioning) Describe() string { return "mark the " + c.Kind.String() + " as complete" }
