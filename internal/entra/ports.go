package entra

import "context"

// Sessions keeps App sessions in tenants. Its errors are those of this package, wrapped.
type Sessions interface {
	// Create makes the registration of a new session and everything behind it, or finishes the one that an earlier,
	// broken create left. On failure nothing is deleted; an *IncompleteError tells what exists and what is missing.
	Create(ctx context.Context, tenantID string, want Session, options CreateOptions) (Result, error)
	// Read returns the registration as it is. It fails with ErrNotFound when the application is gone.
	Read(ctx context.Context, tenantID string, ref Ref) (Registration, error)
	// Update carries out what Diff finds. The result is meaningful also beside an error: it says how far it came.
	Update(ctx context.Context, tenantID string, ref Ref, want Session) (Result, error)
	// Delete removes the registration and what it was given. A registration that is gone is no error.
	Delete(ctx context.Context, tenantID string, ref Ref, options DeleteOptions) error
}

// Rotations lets App sessions get new client secrets before that is due.
type Rotations interface {
	// RequestRotation asks for a new client secret of the App session, which the next refresh sees and the next apply
	// makes. Where the present ones are to be revoked, those that the provider has made are removed at once. The result is
	// meaningful also beside an error: it says how far it came. It fails with *NoAppSessionError, *NotAppSessionError and
	// *UnfinishedSessionError.
	RequestRotation(ctx context.Context, tenantID, clientID string, revoke bool) (RotationRequest, error)
}

// SessionIndex finds the registrations of App sessions, whoever manages them.
type SessionIndex interface {
	// FindSession returns the registration that the key leads to, as Sessions.Read does, with its directory roles where it
	// declares the permission for Exchange Online PowerShell. It fails with *NoSessionError and *AmbiguousSessionError.
	FindSession(ctx context.Context, tenantID string, key SessionKey) (Registration, error)
	// ListSessions lists the registrations, finished or not, that carry the tag of App sessions, and those that the query
	// names, as far as the applications themselves tell. The errors of those that are not there are joined:
	// *NoSessionError.
	ListSessions(ctx context.Context, tenantID string, query SessionQuery) ([]Registration, error)
	// WithConsent returns the registrations with what they have been granted, and with the names of what they declare.
	WithConsent(ctx context.Context, tenantID string, registrations []Registration) ([]Registration, error)
}

// SignIns signs in as an App session, to see whether its credential works.
type SignIns interface {
	// SignIn signs in with the client secret, once and without any cache, and returns the application permissions that
	// the token holds on the API with the application id; empty for Microsoft Graph. Where it is refused, it fails with
	// *SignInRefusedError.
	SignIn(ctx context.Context, tenantID, clientID, secret, api string) (roles []string, err error)
}

// Permissions knows the permissions that APIs publish.
type Permissions interface {
	// Resolve finds each permission, in the catalogue or else in the tenant. The errors of those that cannot be found
	// are joined: *UnknownPermissionError, *MissingAPIError.
	Resolve(ctx context.Context, tenantID string, refs []PermissionRef) (Access, error)
}

// Registers keeps the register of access roles in tenants: at most one in each.
type Registers interface {
	// Create makes the register, or finishes the one that an earlier, broken create left, as Sessions.Create does.
	Create(ctx context.Context, tenantID string, want Register, options CreateOptions) (Registration, error)
	// Read returns the register as it is. It fails with ErrNotFound when the application is gone, and with
	// *SecondRegisterError when the tenant has another one beside it.
	Read(ctx context.Context, tenantID string, ref Ref) (Registration, error)
	// Find returns the register of the tenant, whatever its name is. It fails with *NoRegisterError and
	// *SecondRegisterError.
	Find(ctx context.Context, tenantID string) (Registration, error)
	// Update carries out what Changes finds. The result is meaningful also beside an error: it says how far it came.
	Update(ctx context.Context, tenantID string, ref Ref, want Register) (Registration, error)
	// Delete removes the register with all assignments of its roles. A register that is gone is no error.
	Delete(ctx context.Context, tenantID string, ref Ref, options DeleteOptions) error
}

// RoleAssignments keeps who holds which access role.
type RoleAssignments interface {
	// Check looks, before an apply, at the register and the principal, where they are known. What it finds is joined:
	// *NotARegisterError, *NoPrincipalError.
	Check(ctx context.Context, tenantID string, want RoleAssignment) error
	// Assign gives the principal the role. Whoever holds it already keeps it. It fails with *NotARegisterError and
	// *NoPrincipalError.
	Assign(ctx context.Context, tenantID string, want RoleAssignment) (RoleAssignment, error)
	// Read finds the assignment by register, role and principal. It fails with ErrNotFound when it is gone.
	Read(ctx context.Context, tenantID string, ref RoleAssignment) (RoleAssignment, error)
	// Withdraw takes the role away. A role that is not held is no error.
	Withdraw(ctx context.Context, tenantID string, ref RoleAssignment) error
}

// Callers knows who the provider runs as.
type Callers interface {
	// Caller tells who the provider runs as in the tenant, and which access roles it holds. It is looked up once; what is
	// assigned in the meantime by this process counts at once. That the caller does not satisfy one of the rules has been
	// seen several times. It fails with *SecondRegisterError where nobody can tell whose roles count.
	Caller(ctx context.Context, tenantID string, rules ...AccessRule) (Caller, error)
}

// Policies knows what a tenant allows as credentials.
type Policies interface {
	// CredentialRules returns what is in force for the application with the object id, or, where that is empty, for one
	// that is made now. It fails with ErrForbidden when the caller may not read policies.
	CredentialRules(ctx context.Context, tenantID, objectID string) (CredentialRules, error)
}

// CreateOptions are the choices of a create beside what is to be made.
type CreateOptions struct {
	UniqueName         string // as configured; empty: derived. A register's is never configured
	RecoverSoftDeleted bool   // restore a soft-deleted holder of the unique name
}

// DeleteOptions are the choices of a delete.
type DeleteOptions struct {
	Permanently bool // purge instead of leaving it in the deleted items for 30 days
}

// Result is what a create or an update leads to.
type Result struct {
	Registration Registration
	Issued       *IssuedSecret // the new client secret, when one was made
}

// Ref points to a registration.
type Ref struct {
	Kind               Kind
	ClientID           string
	ObjectID           string // of the application; may be empty
	ServicePrincipalID string // may be empty
	DirectoryRoles     bool   // read the directory roles too, which takes a permission of its own
	Owned              Owned
	Hints              Hints
}
