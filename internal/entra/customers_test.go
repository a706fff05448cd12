package entra

import (
	"math/rand/v2"
	"reflect"
	"testing"
)

func TestMergeCustomers(t *testing.T) {
	t.Parallel()
	gdap := func(id, name, status string) Customer {
		return Customer{TenantID: id, DisplayName: name, Status: status, Sources: []CustomerSource{DelegatedAdmin}}
	}
	contract := func(id, name, domain string) Customer {
		return Customer{TenantID: id, DisplayName: name, DefaultDomain: domain, Sources: []CustomerSource{Contract}}
	}
	found := []Customer{
		gdap("AA", "Contoso Ltd", "terminated"), contract("aa", "Contoso", "contoso.example"), gdap("aa", "Contoso Group", "active"),
		contract("bb", "adatum", "adatum.example"), contract("bb", "adatum", "adatum.example"),
		gdap("cc", "Fabrikam", "expired"), gdap("cc", "Fabrikam", "unheardOf"),
		gdap("", "", "created"),
		gdap("dd", "", "active"), contract("dd", "Tailspin", ""),
	}
	want := []Customer{
		{TenantID: "bb", DisplayName: "adatum", DefaultDomain: "adatum.example", Sources: []CustomerSource{Contract}},
		{TenantID: "aa", DisplayName: "Contoso Group", DefaultDomain: "contoso.example", Status: "active", Sources: []CustomerSource{Contract, DelegatedAdmin}},
		{TenantID: "cc", DisplayName: "Fabrikam", Status: "expired", Sources: []CustomerSource{DelegatedAdmin}},
		{TenantID: "dd", DisplayName: "Tailspin", Status: "active", Sources: []CustomerSource{Contract, DelegatedAdmin}},
	}
	// In whatever order the pages come.
	for range 50 {
		rand.Shuffle(len(found), func(i, j int) { found[i], found[j] = found[j], found[i] })
		if got := MergeCustomers(found); !reflect.DeepEqual(got, want) {
			t.Fatalf("got  %+v\nwant %+v", got, want)
		}
	}
	if got := MergeCustomers(nil); got == nil || len(got) != 0 {
		t.Errorf("of nothing: %#v", got)
	}
}
