package emulator

import (
	"fmt"
	"strings"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/graph"
)

// Customer is a customer whom a partner's tenant knows: by a delegated admin relationship, whose status is a word of
// Graph's such as "active", by a contract, whose type is such as "ResellerPartner", or by both. Each that is empty is not
// there. A tenant of the ID need not exist; a relationship that the customer has not agreed to needs none.
type Customer struct {
	TenantID, DisplayName, Domain string
	Relationship, Contract        string
}

// AddCustomer makes the customer known in the tenant, which is a partner's. A customer may be added several times, for
// further relationships.
func (t *Tenant) AddCustomer(c Customer) error {
	t.server.directory.Lock()
	defer t.server.directory.Unlock()
	c.TenantID = strings.ToLower(c.TenantID)
	if err := graph.SeedCustomer(t.state, t.server.options.Clock(), graph.Customer(c)); err != nil {
		return fmt.Errorf("customer %s of tenant %s: %w", c.TenantID, t.ID(), err)
	}
	return nil
}
