package entra

import "fmt"

// NotSynchronisedError says that a tenant is not synchronised with an Active Directory.
type NotSynchronisedError struct {
	TenantID string
	Ended    bool // it was once
}

func (e *NotSynchronisedError) Error() string {
	if e.Ended {
		return fmt.Sprintf("tenant %s is no longer synchronised with an on-premises Active Directory", e.TenantID)
	}
	return fmt.Sprintf("tenant %s is not synchronised with an on-premises Active Directory", e.TenantID)
}

// UnknownSynchronisationError says that it could not be found out whether a tenant is synchronised.
type UnknownSynchronisationError struct{ Cause error }

func (e *UnknownSynchronisationError) Error() string { return e.Cause.Error() }

// Unwrap returns what stopped it.
func (e *UnknownSynchronisationError) Unwrap() error { return e.Cause }

// NotAppSessionError says that an application is no App session.
type NotAppSessionError struct{ ClientID, DisplayName string }

func (e *NotAppSessionError) Error() string {
	return fmt.Sprintf("the application %q (client ID %s) is not an App session: it lacks the tag %s", e.DisplayName, e.ClientID, TagAppSession)
}

// NoAppSessionError says that there is no application with the client ID.
type NoAppSessionError struct{ ClientID string }

func (e *NoAppSessionError) Error() string {
	return fmt.Sprintf("there is no application with the client ID %s", e.ClientID)
}

// OnPremTakenError says that the App session has other on-premises settings already.
type OnPremTakenError struct{ ClientID, DisplayName string }

func (e *OnPremTakenError) Error() string {
	return fmt.Sprintf("the App session %q (client ID %s) has other on-premises settings already", e.DisplayName, e.ClientID)
}

// UnavailableExtensionsError says that the values of directory extensions cannot be written, because their application
// has no service principal: only then do they become available.
type UnavailableExtensionsError struct{ ClientID string }

func (e *UnavailableExtensionsError) Error() string {
	return fmt.Sprintf("the App session %s has no service principal, so that its directory extensions do not become available", e.ClientID)
}
