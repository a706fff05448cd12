package graph_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// Customers of many pages come whole, each once, and the first pages share a request.
func TestCustomers(t *testing.T) {
	t.Parallel()
	const both, byContract = 650, 3
	var customers []emulator.Customer
	for i := range both {
		customers = append(customers, emulator.Customer{
			TenantID: uuid.NewString(), DisplayName: fmt.Sprintf("A %03d", i), Domain: fmt.Sprintf("a%d.example", i), Relationship: "active", Contract: "ResellerPartner",
		})
	}
	for i := range byContract {
		customers = append(customers, emulator.Customer{TenantID: uuid.NewString(), DisplayName: fmt.Sprintf("B %d", i), Contract: "BreadthPartner"})
	}
	customers = append(customers, emulator.Customer{Relationship: "created"})
	w := newWorldOn(t, server(), emulator.TenantOptions{Customers: customers}, entra.SystemClock{})
	w.tenant.ResetRequests()
	found, err := w.Customers(t.Context(), w.tenant.ID(), entra.CustomerSources)
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != both+byContract {
		t.Fatalf("found %d customers, want %d", len(found), both+byContract)
	}
	for i, customer := range found {
		want := entra.Customer{
			TenantID: customers[i].TenantID, DisplayName: customers[i].DisplayName, DefaultDomain: customers[i].Domain, Status: customers[i].Relationship,
			Sources: customer.Sources,
		}
		if fmt.Sprint(customer) != fmt.Sprint(want) || (len(customer.Sources) == 2) != (i < both) {
			t.Fatalf("got %+v, want %+v", customer, want)
		}
	}
	if n := w.roundTrips(); n != 3 {
		t.Errorf("%d round trips, want 3: two lists together, and two further pages of relationships", n)
	}
	only, err := w.Customers(t.Context(), w.tenant.ID(), []entra.CustomerSource{entra.DelegatedAdmin})
	if err != nil || len(only) != both || only[0].DefaultDomain != "" {
		t.Errorf("of relationships alone: %d, %v", len(only), err)
	}
}

// What may not be read is an error, and no shorter list; each source names its permission.
func TestCustomersNotReadable(t *testing.T) {
	t.Parallel()
	for permission, want := range map[string][]string{
		"DelegatedAdminRelationship.Read.All": {"Directory.Read.All"},
		"Directory.Read.All":                  {"DelegatedAdminRelationship.Read.All"},
		"Application.ReadWrite.OwnedBy":       {"DelegatedAdminRelationship.Read.All", "Directory.Read.All"},
	} {
		w := newWorld(t, emulator.TenantOptions{Customers: []emulator.Customer{{TenantID: uuid.NewString(), Relationship: "active"}}})
		caller, err := w.tenant.Caller("Caller", permission)
		if err != nil {
			t.Fatal(err)
		}
		w.Gateway = w.another(w.server.Client().Transport, caller, &skippingClock{})
		found, err := w.Customers(t.Context(), w.tenant.ID(), entra.CustomerSources)
		var needs []string
		if joined, ok := err.(interface{ Unwrap() []error }); ok { //nolint:errorlint // what was joined
			for _, failure := range joined.Unwrap() {
				var refused *entra.GraphError
				if errors.As(failure, &refused) && errors.Is(failure, entra.ErrForbidden) {
					needs = append(needs, refused.Needs...)
				}
			}
		}
		if found != nil || !slices.Equal(needs, want) {
			t.Errorf("%s: got %v, %v", permission, found, err)
		}
	}
}
