package conditions

import (
	"strings"
	"testing"
	"time"
)

func TestUnits(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		method, route, query string
		want                 int
	}{
		{"GET", "organization", "", 1},
		{"GET", "applications", "", 2},
		{"POST", "applications", "", 1},
		{"GET", "applications/{}", "", 1},
		{"GET", "applications/{}", "$select=id", 1},
		{"GET", "applications", "$select=id", 1},
		{"GET", "applications", "$top=19", 1},
		{"GET", "applications", "$top=20", 2},
		{"GET", "applications", "$select=id&$top=5", 1},
		{"GET", "applications", "$expand=owners", 3},
		{"GET", "groups/{}/members", "", 3},
		{"GET", "groups/{}/members/microsoft.graph.user", "", 3},
		{"GET", "groups/{}/transitiveMembers", "$select=id&$top=5", 3},
		{"GET", "servicePrincipals/{}/appRoleAssignments", "", 2},
		{"GET", "servicePrincipals/{}/appRoleAssignedTo", "", 1},
		{"GET", "oauth2PermissionGrants", "%zz", 2},
		{"POST", "directoryObjects/getByIds", "", 3},
	} {
		if got := Units(test.method, test.route, test.query); got != test.want {
			t.Errorf("%s %s?%s: %d, want %d", test.method, test.route, test.query, got, test.want)
		}
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	e := engine(t, Conditions{Throttling: &Throttling{Units: 10, UnitWindow: 10 * time.Second, RetryAfter: 3 * time.Second}})
	admit := func(appID string) Admission { return e.Admit("GET", "organization", "", appID, "tenant", now) }
	for i := 1; i <= 10; i++ {
		got := admit("app")
		want := map[int]string{8: "0.80", 9: "0.90", 10: "1.00"}[i]
		if got.Refused || got.Headers[shareHeader] != want || got.Headers["x-ms-resource-unit"] != "1" {
			t.Errorf("request %d: %+v, want the share %q", i, got, want)
		}
	}
	now = now.Add(4500 * time.Millisecond)
	refused := admit("app")
	if !refused.Refused || refused.Headers["Retry-After"] != "6" || refused.Headers[shareHeader] != "1.10" ||
		refused.Headers["x-ms-throttle-scope"] != "Tenant_Application/ReadWrite/app/tenant" ||
		refused.Headers["x-ms-throttle-information"] != "ResourceUnitLimitExceeded" {
		t.Errorf("refused with %v", refused.Headers)
	}
	if admit("other").Refused {
		t.Error("the limit is that of another application")
	}
	now = now.Add(5 * time.Second)
	if got := admit("app"); !got.Refused || got.Headers["Retry-After"] != "3" {
		t.Errorf("at the end of the window: %v", got.Headers)
	}
	now = now.Add(500 * time.Millisecond)
	if admit("app").Refused {
		t.Error("refused in the next window")
	}
}

func TestWriteLimits(t *testing.T) {
	t.Parallel()
	now := time.Now()
	e := engine(t, Conditions{Throttling: &Throttling{Writes: 2, WriteWindow: time.Minute, TenantWrites: 3, TenantWriteWindow: time.Minute}})
	write := func(appID string) Admission { return e.Admit("POST", "applications", "", appID, "tenant", now) }
	write("app")
	write("app")
	got := write("app")
	if !got.Refused || got.Headers["x-ms-throttle-scope"] != "Tenant_Application/Write/app/tenant" ||
		got.Headers["x-ms-throttle-information"] != "WriteLimitExceeded" {
		t.Errorf("third write: %+v", got)
	}
	if write("other").Refused {
		t.Error("the third write of the tenant is refused")
	}
	if got := write("other"); !got.Refused || got.Headers["x-ms-throttle-scope"] != "Tenant/Write/other/tenant" {
		t.Errorf("fourth write of the tenant: %+v", got)
	}
	if e.Admit("GET", "organization", "", "app", "tenant", now).Refused {
		t.Error("a read counts as a write")
	}
	if e.Admit("POST", "directoryObjects/getByIds", "", "app", "tenant", now).Refused {
		t.Error("a look-up counts as a write")
	}
}

func TestDocumentedLimits(t *testing.T) {
	t.Parallel()
	for size, units := range map[TenantSize]int{Small: 3500, Medium: 5000, Large: 8000} {
		got := Documented(size)
		if got.Units != units || got.UnitWindow != 10*time.Second || got.Writes != 3000 || got.WriteWindow != 150*time.Second {
			t.Errorf("%s: %+v", size, got)
		}
		engine(t, Conditions{Throttling: got})
	}
	if Documented("huge") != nil {
		t.Error("limits for an unknown size")
	}
}

func TestNoLimitsWithoutThrottling(t *testing.T) {
	t.Parallel()
	e := engine(t, Conditions{Rules: []Rule{{Path: Any, Probability: 1, Delay: 1}}})
	if got := e.Admit("GET", "organization", "", "app", "tenant", time.Now()); got.Refused || got.Headers != nil {
		t.Errorf("got %+v", got)
	}
}

func TestSenselessThrottlingIsRefused(t *testing.T) {
	t.Parallel()
	for want, throttling := range map[string]Throttling{
		"units: missing, and nothing":     {},
		"units: -1 is negative":           {Units: -1},
		"unit_window: 0s is not positive": {Units: 1},
		"writes: missing, and there is":   {Units: 1, UnitWindow: 1, WriteWindow: 1},
		"tenant_write_window: -1ns":       {TenantWrites: 1, TenantWriteWindow: -1},
		"retry_after: -1ns is negative":   {Units: 1, UnitWindow: 1, RetryAfter: -1},
	} {
		if _, err := New(Conditions{Throttling: &throttling}, served); err == nil || !strings.HasPrefix(err.Error(), "throttling."+want) {
			t.Errorf("%q: got %v", want, err)
		}
	}
}
