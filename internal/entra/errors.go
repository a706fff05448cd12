package entra

import (
	"errors"
	"fmt"
	"strings"
)

// Kinds of failure, to be used with errors.Is.
var (
	ErrNotFound      = errors.New("not found")
	ErrForbidden     = errors.New("forbidden")
	ErrUnauthorized  = errors.New("not signed in")
	ErrInvalid       = errors.New("refused as invalid")
	ErrConflict      = errors.New("conflict")
	ErrAlreadyExists = errors.New("already exists")
	ErrThrottled     = errors.New("throttled")
	ErrUnavailable   = errors.New("unavailable")
	ErrNotYetVisible = errors.New("not visible yet")
	// ErrUncertain marks a write whose answer was lost: it may or may not have been applied.
	ErrUncertain = errors.New("outcome unknown")
)

// GraphError is a request that Microsoft Graph refused or did not answer.
type GraphError struct {
	Kind            error  // one of the kinds above
	Operation       string // what was being done, in the infinitive: "add the client secret"
	Request         string // method and path, without query
	Status          int    // HTTP status, 0 when there was no answer
	Code            string // Graph's error code
	Message         string // Graph's message
	RequestID       string
	ClientRequestID string
	Needs           []string // permissions of which the caller lacks at least one; set on ErrForbidden
	Holds           []string // permissions the caller's token holds; set on ErrForbidden
	ByUser          bool     // the caller is a user, and these permissions are delegated; set on ErrForbidden
	Remedy          string   // what to do about it, where the kind of error does not say so already
	Cause           error    // transport error, when there was no answer
}

func (e *GraphError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "could not %s: ", e.Operation)
	switch {
	case e.Status != 0:
		fmt.Fprintf(&b, "%s answered %d %s: %s", e.Request, e.Status, e.Code, e.Message)
	case e.Cause != nil && e.Request != "":
		fmt.Fprintf(&b, "%s: %v", e.Request, e.Cause)
	case e.Cause != nil:
		b.WriteString(e.Cause.Error())
	default:
		b.WriteString(e.Kind.Error())
	}
	return b.String()
}

// Unwrap makes errors.Is find the kind and errors.As the cause.
func (e *GraphError) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Cause}
}

// NameTakenError says that the unique name of a new registration belongs to another one.
type NameTakenError struct {
	Kind        Kind // of the new one
	UniqueName  string
	ClientID    string // application (client) ID of the holder; empty when it is soft-deleted or cannot be seen
	DisplayName string
	ObjectID    string
	Deleted     bool // the holder is in the tenant's deleted items
	InProgress  bool // another resource of the same run is creating the holder
	Foreign     bool // the holder does not carry the tag of the kind
}

func (e *NameTakenError) Error() string {
	return fmt.Sprintf("the unique name %q is taken", e.UniqueName)
}

// LostClaimError says that another run took over the registration that this one was setting up.
type LostClaimError struct {
	Kind     Kind
	ClientID string
	Finished bool // by the other run
}

func (e *LostClaimError) Error() string {
	return fmt.Sprintf("another run has taken over the %s %s while it was being created", e.Kind, e.ClientID)
}

// SignInRefusedError says that a sign-in as an App session was refused.
type SignInRefusedError struct {
	NotYet  bool // the session or its secret is not known: after a while it may be
	Blocked bool // the credential was accepted, and a policy of the tenant refused the sign-in
	Cause   error
}

func (e *SignInRefusedError) Error() string { return e.Cause.Error() }

// Unwrap returns what the sign-in was answered.
func (e *SignInRefusedError) Unwrap() error { return e.Cause }

// IncompleteError says what a failed apply left behind: what is in place, and which changes are missing.
type IncompleteError struct {
	Kind         Kind
	Registration Registration
	Missing      []Change
	Cause        error
}

func (e *IncompleteError) Error() string {
	return fmt.Sprintf("the %s %s is incomplete, %d changes are missing: %v",
		e.Kind, e.Registration.ClientID, len(e.Missing), e.Cause)
}

// Unwrap returns what stopped the apply.
func (e *IncompleteError) Unwrap() error { return e.Cause }

// UnknownPermissionError says that an API has no permission of a name or id.
type UnknownPermissionError struct {
	API       API
	Kind      PermissionKind
	Name      string
	OtherKind bool   // the API has it as a permission of the other kind
	Nearest   string // the most similar name, if any is similar
}

func (e *UnknownPermissionError) Error() string {
	if e.OtherKind {
		return fmt.Sprintf("%q is a permission of the other kind: %s has it as %s permission only",
			e.Name, e.API.Label(), e.Kind.Other())
	}
	return fmt.Sprintf("%s has no %s permission %q", e.API.Label(), e.Kind, e.Name)
}

// MissingAPIError says that an API has no service principal in the tenant.
type MissingAPIError struct{ API API }

func (e *MissingAPIError) Error() string {
	return fmt.Sprintf("%s has no service principal in the tenant", e.API.Label())
}
