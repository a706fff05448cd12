package entra

import "context"

// OnPremises keeps the on-premises settings of App sessions.
type OnPremises interface {
	// CheckOnPrem looks for what would stop settings from being written, as far as it can be told now: *NoAppSessionError,
	// *NotAppSessionError, *NotSynchronisedError, *UnknownSynchronisationError, joined. Without a client ID it looks at
	// the tenant alone.
	CheckOnPrem(ctx context.Context, tenantID, clientID string, terms OnPremTerms) error
	// CreateOnPrem writes settings where there are none, or none but these; else it fails with *OnPremTakenError.
	CreateOnPrem(ctx context.Context, tenantID, clientID string, want OnPrem, terms OnPremTerms) (OnPremRecord, error)
	// UpdateOnPrem carries out what DiffOnPrem finds.
	UpdateOnPrem(ctx context.Context, tenantID string, ref OnPremRef, want OnPrem, terms OnPremTerms) (OnPremRecord, error)
	// ReadOnPrem returns what the application holds. It fails with ErrNotFound when the application is gone.
	ReadOnPrem(ctx context.Context, tenantID string, ref OnPremRef) (OnPremRecord, error)
	// DeleteOnPrem takes settings and definitions away. What is gone, with the application or without, is no error.
	DeleteOnPrem(ctx context.Context, tenantID string, ref OnPremRef) error
}
