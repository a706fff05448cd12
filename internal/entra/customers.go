package entra

import (
	"cmp"
	"context"
	"slices"
	"strings"
)

// CustomerSource is where the tenant of a partner shows who its customers are.
type CustomerSource string

// The sources. A delegated admin relationship (GDAP) lets users of the partner administer the customer; a contract is a
// partnership to resell or to advise.
const (
	DelegatedAdmin CustomerSource = "delegated_admin"
	Contract       CustomerSource = "contract"
)

// CustomerSources are all sources.
var CustomerSources = []CustomerSource{DelegatedAdmin, Contract}

// Partners knows the customers of partners.
type Partners interface {
	// Customers lists the customers whom the sources show in the tenant, which is a partner's: each once, in the order of
	// their names. The errors of sources that cannot be read are joined.
	Customers(ctx context.Context, tenantID string, sources []CustomerSource) ([]Customer, error)
}

// Customer is a customer's tenant as that of its partner shows it.
type Customer struct {
	TenantID      string // in lower case
	DisplayName   string
	DefaultDomain string // as it was when the contract was made; empty without one
	Sources       []CustomerSource
	Status        string // of the delegated admin relationship that is the most in force; empty without one
}

// relationshipStatuses are those of delegated admin relationships, the most in force first (Microsoft Graph,
// delegatedAdminRelationshipStatus). One that is not known is less in force than any.
var relationshipStatuses = []string{
	"active", "activating", "approved", "approvalPending", "created", "terminationRequested", "terminating", "expiring", "expired", "terminated",
}

// MergeCustomers makes one customer of all that have one tenant. What two sources tell differently is taken from the
// delegated admin relationship, because contracts keep copies from when they were made. Relationships that no customer
// has taken up name no tenant, and count for nothing.
func MergeCustomers(found []Customer) []Customer {
	byTenant := map[string]*Customer{}
	ordered := slices.Clone(found)
	slices.SortStableFunc(ordered, func(a, b Customer) int {
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), cmp.Compare(a.DisplayName, b.DisplayName))
	})
	for _, one := range ordered {
		one.TenantID = strings.ToLower(one.TenantID)
		known, again := byTenant[one.TenantID]
		switch {
		case one.TenantID == "":
		case !again:
			one.Sources = slices.Clone(one.Sources)
			byTenant[one.TenantID] = &one
		default:
			known.DisplayName = cmp.Or(known.DisplayName, one.DisplayName)
			known.DefaultDomain = cmp.Or(known.DefaultDomain, one.DefaultDomain)
			known.Status = cmp.Or(known.Status, one.Status)
			known.Sources = append(known.Sources, one.Sources...)
		}
	}
	merged := make([]Customer, 0, len(byTenant))
	for _, customer := range byTenant {
		slices.Sort(customer.Sources)
		customer.Sources = slices.Compact(customer.Sources)
		merged = append(merged, *customer)
	}
	slices.SortFunc(merged, func(a, b Customer) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.DisplayName), strings.ToLower(b.DisplayName)), cmp.Compare(a.TenantID, b.TenantID))
	})
	return merged
}

// rank is lower for what counts for more.
func (c Customer) rank() int {
	switch i := slices.Index(relationshipStatuses, c.Status); {
	case i >= 0:
		return i
	case c.Status != "":
		return len(relationshipStatuses)
	}
	return len(relationshipStatuses) + 1 // a contract
}
