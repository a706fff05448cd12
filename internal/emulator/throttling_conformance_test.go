package emulator_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/conditions"
)

func throttled(units, writes int) conditions.Conditions {
	limits := conditions.Throttling{Units: units, UnitWindow: 10 * time.Second}
	if writes > 0 {
		limits.Writes, limits.WriteWindow = writes, time.Minute
	}
	return conditions.Conditions{Throttling: &limits}
}

func TestThrottling(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		other := w.caller(t, "other", "Organization.Read.All")
		w.under(t, throttled(5, 0))
		for _, test := range []struct{ path, units, share string }{
			{"/applications", "2", ""},
			{"/applications?$select=id", "1", ""},
			{"/applications/" + absent, "1", "0.80"},
			{"/organization", "1", "1.00"},
		} {
			got := w.get(t, test.path)
			if got.header.Get("X-Ms-Resource-Unit") != test.units || got.header.Get("X-Ms-Throttle-Limit-Percentage") != test.share {
				t.Errorf("%s: %v, want %s units and the share %q", test.path, got.header, test.units, test.share)
			}
		}
		refused := w.get(t, "/organization")
		wantRefused(t, refused.err(), http.StatusTooManyRequests, "TooManyRequests", "")
		for name, want := range map[string]string{"Retry-After": "10", "X-Ms-Throttle-Information": "ResourceUnitLimitExceeded",
			"X-Ms-Throttle-Scope": "Tenant_Application/ReadWrite/" + w.identity.ClientID + "/" + w.tenant.ID()} {
			if got := refused.header.Get(name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		other.get(t, "/organization").want(t, http.StatusOK)
		if status, _, err := w.tenant.Do(http.MethodGet, "/organization", nil); err != nil || status != http.StatusOK {
			t.Errorf("the portal's administrator gets %d, %v", status, err)
		}
		time.Sleep(10 * time.Second)
		w.get(t, "/organization").want(t, http.StatusOK)
	})
}

func TestThrottledWritesAreNotMade(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.under(t, throttled(100, 1))
		create := func() answer { return w.post(t, "/applications", object{"displayName": "Throttled"}) }
		create().want(t, http.StatusCreated)
		refused := create().want(t, http.StatusTooManyRequests)
		if refused.header.Get("Retry-After") != "60" || refused.header.Get("X-Ms-Throttle-Information") != "WriteLimitExceeded" {
			t.Errorf("headers %v", refused.header)
		}
		if got := w.count(t, "Throttled"); got != 1 {
			t.Errorf("%d applications", got)
		}
		w.get(t, "/organization").want(t, http.StatusOK)
	})
}

// The parts of a batch are throttled one by one, and the batch itself succeeds.
func TestBatchPartsAreThrottled(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.under(t, throttled(2, 0))
		got := responses(t, w.batch(t, part("1", "GET", "/organization"), part("2", "GET", "/organization"), part("3", "GET", "/organization")))
		wantStatuses(t, got, map[string]int{"1": 200, "2": 200, "3": 429})
		for id, header := range map[string]string{"1": "X-Ms-Resource-Unit", "2": "X-Ms-Throttle-Limit-Percentage", "3": "Retry-After"} {
			if dig(got[id], "headers", header) == nil {
				t.Errorf("part %s has no %s: %v", id, header, got[id]["headers"])
			}
		}
	})
}

func TestNobodyIsThrottledUnasked(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		for _, c := range []conditions.Conditions{{}, late("")} {
			w.under(t, c)
			if got := w.get(t, "/organization").want(t, http.StatusOK); got.header.Get("X-Ms-Resource-Unit") != "" {
				t.Errorf("headers %v", got.header)
			}
		}
	})
}
