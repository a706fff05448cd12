package entra

import "context"

// Tenants knows tenants as a whole.
type Tenants interface {
	// Tenant looks at the tenant. What the caller may not read is told in the facts; the error is one that left nothing
	// to be read.
	Tenant(ctx context.Context, tenantID string) (TenantFacts, error)
}

// TenantFacts are what there is to know of a tenant before anything is made in it.
type TenantFacts struct {
	Organization Organization
	Rules        CredentialRules // for an application that is made now
	// Why either is empty, or shows no synchronisation: errors of the kind ErrForbidden.
	OrganizationRefused, RulesRefused error
}

// Organization is the tenant itself.
type Organization struct {
	DisplayName   string
	DefaultDomain string
	Synchronised  bool // with an Active Directory on-premises
	SyncEnded     bool // it was once
}
