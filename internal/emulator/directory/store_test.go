package directory

import (
	"testing"
	"time"
)

func newTenant(t *testing.T, clock func() time.Time) *Tenant {
	t.Helper()
	tenant, ok := New(clock).AddTenant("00000000-0000-0000-0000-00000000000A", "Contoso", "contoso.onmicrosoft.com")
	if !ok {
		t.Fatal("tenant not added")
	}
	return tenant
}

func TestDeletedObjectsAreKeptForThirtyDays(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	tenant := newTenant(t, func() time.Time { return now })
	app := &Object{Kind: Application, ID: "a", Properties: map[string]any{"appId": "x"}}
	tenant.Add(app)
	deleted := *app
	deleted.Deleted = now
	tenant.Put(&deleted)

	view := tenant.View(Read, nil)
	if _, live := view.Get(Application, "A"); live {
		t.Error("a soft-deleted object is live")
	}
	if _, found := view.Find(Application, "appId", "x"); found {
		t.Error("a soft-deleted object is found by its key")
	}
	now = now.Add(Retention - time.Second)
	if _, ok := view.DeletedObject("A"); !ok || len(view.DeletedObjects(Application)) != 1 {
		t.Error("not restorable before 30 days are over")
	}
	now = now.Add(time.Second)
	if _, ok := view.DeletedObject("a"); ok || len(view.DeletedObjects(Application)) != 0 {
		t.Error("restorable after 30 days")
	}
}

func TestVersionsDoNotChange(t *testing.T) {
	t.Parallel()
	first := (&Object{Kind: Group, ID: "g", Properties: map[string]any{"displayName": "one"}}).WithLink(Members, "a")
	second := first.With(map[string]any{"displayName": "two"}).WithLink(Members, "b").WithoutLink(Members, "a")
	if first.Text("displayName") != "one" || !first.Linked(Members, "a") || first.Linked(Members, "b") {
		t.Errorf("the first version changed: %+v", first)
	}
	if second.Text("displayName") != "two" || second.Linked(Members, "a") || !second.Linked(Members, "b") {
		t.Errorf("the second version: %+v", second)
	}
}

func TestTransitiveGroupsEndInCircles(t *testing.T) {
	t.Parallel()
	tenant := newTenant(t, time.Now)
	tenant.Add((&Object{Kind: Group, ID: "inner"}).WithLink(Members, "user").WithLink(Members, "outer"))
	tenant.Add((&Object{Kind: Group, ID: "outer"}).WithLink(Members, "inner"))
	if got := tenant.View(List, nil).TransitiveGroups("user"); len(got) != 2 {
		t.Errorf("got %d groups, want 2", len(got))
	}
	if got := tenant.View(List, nil).Groups("user"); len(got) != 1 || got[0].ID != "inner" {
		t.Errorf("direct groups: %v", got)
	}
}

// TestAssignmentsSurviveASoftDelete hides the assignments of a deleted principal until it is back.
func TestAssignmentsSurviveASoftDelete(t *testing.T) {
	t.Parallel()
	tenant := newTenant(t, time.Now)
	principal := &Object{Kind: ServicePrincipal, ID: "p"}
	tenant.Add(principal)
	tenant.Add(&Object{Kind: ServicePrincipal, ID: "r"})
	tenant.Add(&Object{Kind: AppRoleAssignment, ID: "Q", Properties: map[string]any{"principalId": "p", "resourceId": "r"}})
	count := func() int { return len(tenant.View(List, nil).Assignments("resourceId", "r")) }
	if count() != 1 {
		t.Fatalf("got %d assignments, want 1", count())
	}
	deleted := *principal
	deleted.Deleted = time.Now()
	tenant.Put(&deleted)
	if count() != 0 {
		t.Error("the assignment of a deleted principal shows")
	}
	tenant.Put(principal)
	if count() != 1 {
		t.Error("the assignment did not come back")
	}
}

func TestTenantByDomain(t *testing.T) {
	t.Parallel()
	d := New(time.Now)
	tenant, _ := d.AddTenant("00000000-0000-0000-0000-00000000000A", "Contoso", "contoso.onmicrosoft.com")
	tenant.Add(&Object{Kind: Domain, ID: "contoso.onmicrosoft.com", Properties: map[string]any{"isVerified": true}})
	tenant.Add(&Object{Kind: Domain, ID: "contoso.com", Properties: map[string]any{"isVerified": false}})
	for name, want := range map[string]bool{
		"00000000-0000-0000-0000-00000000000a": true, "00000000-0000-0000-0000-00000000000A": true,
		"Contoso.onmicrosoft.com": true, "contoso.com": false, "": false,
	} {
		if _, ok := d.Tenant(name); ok != want {
			t.Errorf("%q: got %v", name, ok)
		}
	}
	if _, ok := d.AddTenant("00000000-0000-0000-0000-00000000000B", "Other", "contoso.onmicrosoft.com"); ok {
		t.Error("a second tenant got the domain")
	}
}
