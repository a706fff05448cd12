package graph

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/edm"
)

// maxDelegatedPage is the largest page of the collections of delegated administration, which are not of the directory.
const maxDelegatedPage = 300

func (c *call) listContracts() (reply, error) {
	return c.list(directory.Contract, c.view(directory.List).List(directory.Contract))
}

func (c *call) getContract() (reply, error) {
	contract, err := c.keyed(directory.Contract, c.keys[0], directory.Read)
	if err != nil {
		return reply{}, err
	}
	return c.one(http.StatusOK, contract)
}

func listDelegated(kind directory.Kind) func(*call) (reply, error) {
	return func(c *call) (reply, error) {
		if c.query.Top > maxDelegatedPage {
			return reply{}, unsupportedQuery("Invalid page size specified. Must be between 1 and %d inclusive.", maxDelegatedPage)
		}
		return c.list(kind, c.view(directory.List).List(kind))
	}
}

func getDelegated(kind directory.Kind) func(*call) (reply, error) {
	return func(c *call) (reply, error) {
		object, ok := c.view(directory.Read).Get(kind, c.keys[0].Text)
		if !ok {
			return reply{}, notFound(c.keys[0].Text)
		}
		return c.one(http.StatusOK, object)
	}
}

// Customer is a customer whom a partner's tenant is to know. The zero value of a field is null.
type Customer struct {
	TenantID, DisplayName, Domain string
	Relationship                  string // status of the delegated admin relationship; empty for none
	Contract                      string // type of the contract; empty for none
}

// contractTypes are the types that a contract can have.
var contractTypes = []string{"SyndicationPartner", "BreadthPartner", "ResellerPartner"}

// unapproved are the statuses of relationships that the customer has not agreed to yet: it may not be known who it is.
var unapproved = []string{"created", "approvalPending"}

// ended are the statuses of relationships that are over.
var ended = []string{"expired", "terminated"}

// SeedCustomer gives a partner's tenant what it has of a customer. Neither can be made through Graph alone: contracts not
// at all, and relationships take the customer's approval. The caller holds the lock of the directory.
func SeedCustomer(t *directory.Tenant, now time.Time, customer Customer) error {
	if customer.Relationship != "" {
		kind, _ := edm.Lookup(string(directory.AdminRelationship))
		if _, ok := kind.Properties["status"].IsMember(customer.Relationship); !ok {
			return fmt.Errorf("a delegated admin relationship has no status %q", customer.Relationship)
		}
	}
	if customer.Contract != "" && !slices.Contains(contractTypes, customer.Contract) {
		return fmt.Errorf("the type of contract %q is none of %v", customer.Contract, contractTypes)
	}
	known := customer.TenantID != ""
	if known && uuid.Validate(customer.TenantID) != nil || !known && (customer.Contract != "" || !slices.Contains(unapproved, customer.Relationship)) {
		return fmt.Errorf("the customer %q needs the ID of its tenant", customer.DisplayName)
	}
	if customer.Relationship != "" {
		t.Add(relationship(t, now, customer))
	}
	_, listed := t.View(directory.Write, nil).Get(directory.AdminCustomer, customer.TenantID)
	if inForce := !slices.Contains(append(ended, unapproved...), customer.Relationship); customer.Relationship != "" && inForce && !listed {
		t.Add(&directory.Object{Kind: directory.AdminCustomer, ID: customer.TenantID, Properties: map[string]any{
			"@odata.type": "#microsoft.graph.delegatedAdminCustomer", "@odata.etag": etag(),
			"tenantId": customer.TenantID, "displayName": customer.DisplayName}})
	}
	if customer.Contract != "" {
		t.Add(&directory.Object{Kind: directory.Contract, ID: directory.NewID(), Properties: map[string]any{
			"deletedDateTime": nil, "contractType": customer.Contract, "customerId": customer.TenantID,
			"defaultDomainName": textOrNull(customer.Domain), "displayName": textOrNull(customer.DisplayName)}})
	}
	return nil
}

func relationship(t *directory.Tenant, now time.Time, customer Customer) *directory.Object {
	properties := map[string]any{
		"@odata.type": "#microsoft.graph.delegatedAdminRelationship", "@odata.etag": etag(),
		"displayName": "Administration of " + customer.DisplayName, "duration": "P730D", "autoExtendDuration": "PT0S",
		"customer": nil, "status": customer.Relationship, "activatedDateTime": nil, "endDateTime": nil,
		"createdDateTime": edm.FormatTime(now), "lastModifiedDateTime": edm.FormatTime(now),
		"accessDetails": map[string]any{"unifiedRoles": []any{map[string]any{"roleDefinitionId": "158c047a-c907-4556-b7ef-446551a6b5f7"}}},
	}
	if customer.TenantID != "" {
		properties["customer"] = map[string]any{"tenantId": customer.TenantID, "displayName": textOrNull(customer.DisplayName)}
	}
	if !slices.Contains(unapproved, customer.Relationship) {
		properties["activatedDateTime"] = edm.FormatTime(now)
		properties["endDateTime"] = edm.FormatTime(now.AddDate(0, 0, 730))
	}
	return &directory.Object{Kind: directory.AdminRelationship, ID: directory.NewID() + "-" + t.ID, Properties: properties}
}

func etag() string { return `W/"` + directory.NewLinkID() + `"` }

func textOrNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}
