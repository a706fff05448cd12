package emulator_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
)

const (
	relationshipsPath = "/tenantRelationships/delegatedAdminRelationships"
	customersPath     = "/tenantRelationships/delegatedAdminCustomers"
)

// newPartner is a world with so many customers in force, and further ones.
func newPartner(t *testing.T, active int, further ...emulator.Customer) *world {
	t.Helper()
	customers := slices.Clone(further)
	for i := range active {
		customers = append(customers, emulator.Customer{
			TenantID: uuid.NewString(), DisplayName: fmt.Sprintf("Customer %03d", i), Domain: fmt.Sprintf("customer%d.example", i),
			Relationship: "active", Contract: "ResellerPartner",
		})
	}
	return newWorldOn(t, server(), emulator.TenantOptions{Customers: customers})
}

func TestPartnerCollections(t *testing.T) {
	t.Parallel()
	const known, ended = "4FDBFF88-9d6b-42e0-9713-45c922ba8001", "1c0fa218-5dec-49db-8247-cfa457af8116"
	w := newPartner(t, 0,
		emulator.Customer{TenantID: known, DisplayName: "Contoso", Domain: "contoso.example", Relationship: "active", Contract: "ResellerPartner"},
		emulator.Customer{TenantID: known, DisplayName: "Contoso", Relationship: "terminated"},
		emulator.Customer{TenantID: ended, DisplayName: "Fabrikam", Relationship: "expired"},
		emulator.Customer{DisplayName: "Nobody yet", Relationship: "created"})
	relationships := w.get(t, relationshipsPath).want(t, http.StatusOK).items()
	var seen []string
	for _, one := range relationships {
		customer, _ := one["customer"].(object)
		seen = append(seen, fmt.Sprint(one["status"], " ", customer["tenantId"]))
		if id, _ := one["id"].(string); !strings.HasSuffix(id, "-"+w.tenantID) || one["@odata.etag"] == nil {
			t.Errorf("the id of a relationship is %s, its etag %v", id, one["@odata.etag"])
		}
		got := w.get(t, relationshipsPath+"/"+fmt.Sprint(one["id"])).want(t, http.StatusOK)
		if got.text("displayName") != one["displayName"] {
			t.Errorf("got %v", got.body)
		}
	}
	if want := []string{"active " + strings.ToLower(known), "terminated " + strings.ToLower(known), "expired " + ended, "created <nil>"}; !slices.Equal(seen, want) {
		t.Errorf("got %q, want %q", seen, want)
	}
	active := w.get(t, relationshipsPath+"?$filter="+url.QueryEscape("status eq 'active'")).want(t, http.StatusOK).items()
	if len(active) != 1 || active[0]["status"] != "active" {
		t.Errorf("got %v", active)
	}
	customers := w.get(t, customersPath).want(t, http.StatusOK).items()
	if len(customers) != 1 || customers[0]["tenantId"] != strings.ToLower(known) || customers[0]["id"] != customers[0]["tenantId"] || customers[0]["displayName"] != "Contoso" {
		t.Errorf("got %v", customers)
	}
	w.get(t, customersPath+"/"+strings.ToLower(known)).want(t, http.StatusOK)
	contracts := w.get(t, "/contracts?$filter="+url.QueryEscape("customerId eq "+strings.ToLower(known))).want(t, http.StatusOK).items()
	if len(contracts) != 1 || contracts[0]["contractType"] != "ResellerPartner" || contracts[0]["defaultDomainName"] != "contoso.example" {
		t.Errorf("got %v", contracts)
	}
	w.get(t, "/contracts/"+fmt.Sprint(contracts[0]["id"])).want(t, http.StatusOK)
	// Who is no partner has none.
	for _, path := range []string{relationshipsPath, customersPath, "/contracts"} {
		if found := newWorld(t).get(t, path).want(t, http.StatusOK).items(); len(found) != 0 {
			t.Errorf("%s of no partner: %v", path, found)
		}
	}
}

func TestPartnerPaging(t *testing.T) {
	t.Parallel()
	const made = 305
	w := newPartner(t, made)
	for path, top := range map[string]int{relationshipsPath: 300, customersPath: 300, "/contracts": 200} {
		first := w.get(t, fmt.Sprintf("%s?$top=%d", path, top)).want(t, http.StatusOK)
		rest := w.get(t, first.text("@odata.nextLink")).want(t, http.StatusOK)
		if len(first.items()) != top || len(rest.items()) != made-top || rest.text("@odata.nextLink") != "" {
			t.Errorf("%s: pages of %d and %d, then %q", path, len(first.items()), len(rest.items()), rest.text("@odata.nextLink"))
		}
	}
}

func TestPartnerRefusals(t *testing.T) {
	t.Parallel()
	w := newPartner(t, 1)
	get := func(path string) func(t *testing.T) error {
		return once(func(t *testing.T) answer { return w.get(t, path) })
	}
	filter := func(text string) string { return "?$filter=" + url.QueryEscape(text) }
	check(t, []refused{
		{"facts16/relationships, page too large", get(relationshipsPath + "?$top=301"), 400, requestUnsupportedQuery, "Invalid page size specified. Must be between 1 and 300 inclusive."},
		{"facts16/customers, page too large", get(customersPath + "?$top=999"), 400, requestUnsupportedQuery, "Invalid page size specified. Must be between 1 and 300 inclusive."},
		{"facts16/relationships by an unknown status", get(relationshipsPath + filter("status eq 'running'")), 400, badRequest, ""},
		{"facts16/relationships by a status without quotes", get(relationshipsPath + filter("status eq active")), 400, badRequest, ""},
		{"facts16/relationships by name", get(relationshipsPath + filter("displayName eq 'x'")), 400, requestUnsupportedQuery, ""},
		{"facts16/relationship that is not there", get(relationshipsPath + "/" + uuid.NewString()), 404, requestResourceNotFound, resourceMissing},
		{"facts16/customer who is not there", get(customersPath + "/" + uuid.NewString()), 404, requestResourceNotFound, resourceMissing},
		{"facts16/contracts by a type", get("/contracts" + filter("contractType eq 'ResellerPartner'")), 400, requestUnsupportedQuery, ""},
		{"facts16/contract that is made", once(func(t *testing.T) answer { return w.post(t, "/contracts", object{"displayName": "x"}) }), 405, requestBadRequest, ""},
	})
	for name, customer := range map[string]emulator.Customer{
		"status":    {TenantID: uuid.NewString(), Relationship: "running"},
		"contract":  {TenantID: uuid.NewString(), Contract: "Reseller"},
		"tenant":    {TenantID: "contoso", Contract: "ResellerPartner"},
		"no tenant": {Relationship: "active"},
	} {
		if w.tenant.AddCustomer(customer) == nil {
			t.Errorf("%s: the customer is accepted", name)
		}
	}
}
