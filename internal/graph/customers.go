package graph

import (
	"context"
	"errors"
	"net/http"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// Customers reads the first pages of all sources in one batch, and further ones together. Their customers come from the
// relationships and not from the collection of customers, which does not tell how things stand with them.
func (g *Gateway) Customers(ctx context.Context, tenantID string, sources []entra.CustomerSource) ([]entra.Customer, error) {
	t := g.tenant(tenantID)
	lists := make([]*call, len(sources))
	for i, source := range sources {
		lists[i] = listCustomers(source)
	}
	pages, err := t.list(ctx, nil, lists...)
	if err != nil {
		var failures []error
		for _, list := range lists {
			failures = append(failures, list.err)
		}
		if all := errors.Join(failures...); all != nil {
			return nil, all
		}
		return nil, err // of a later page
	}
	var found []entra.Customer
	for i, source := range sources {
		for _, page := range pages[i] {
			customers, err := decodeCustomers(source, page)
			if err != nil {
				return nil, err
			}
			found = append(found, customers...)
		}
	}
	return entra.MergeCustomers(found), nil
}

// listCustomers asks for the largest pages that the collections allow.
func listCustomers(source entra.CustomerSource) *call {
	if source == entra.Contract {
		return &call{
			operation: "list the partner's contracts", right: entra.ReadContracts, method: http.MethodGet,
			url: "/contracts?%24select=customerId,defaultDomainName,displayName&%24top=999",
		}
	}
	return &call{
		operation: "list the partner's delegated admin relationships", right: entra.ReadRelationships, method: http.MethodGet,
		url: "/tenantRelationships/delegatedAdminRelationships?%24select=id,customer,status&%24top=300",
	}
}

func decodeCustomers(source entra.CustomerSource, page *call) ([]entra.Customer, error) {
	sources := []entra.CustomerSource{source}
	var customers []entra.Customer
	if source == entra.Contract {
		contracts, err := decode[collection[contractObject]](page)
		for _, contract := range contracts.Value {
			customers = append(customers, entra.Customer{
				TenantID: contract.CustomerID, DisplayName: contract.DisplayName, DefaultDomain: contract.DefaultDomainName, Sources: sources,
			})
		}
		return customers, err
	}
	relationships, err := decode[collection[relationshipObject]](page)
	for _, relationship := range relationships.Value {
		customers = append(customers, entra.Customer{
			TenantID: relationship.Customer.TenantID, DisplayName: relationship.Customer.DisplayName, Status: relationship.Status, Sources: sources,
		})
	}
	return customers, err
}

type contractObject struct {
	CustomerID        string `json:"customerId"`
	DefaultDomainName string `json:"defaultDomainName"`
	DisplayName       string `json:"displayName"`
}

type relationshipObject struct {
	Status   string `json:"status"`
	Customer struct {
		TenantID    string `json:"tenantId"`
		DisplayName string `json:"displayName"`
	} `json:"customer"` // null while no customer has taken the relationship up
}
