package emulator_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/conditions"
)

// kept are the key ids that an application has, with $select=keyCredentials,passwordCredentials.
func (w *world) kept(t *testing.T, id string) []string {
	t.Helper()
	got := w.get(t, "/applications/"+id+"?$select=keyCredentials,passwordCredentials").want(t, http.StatusOK)
	var ids []string
	for _, property := range []string{"keyCredentials", "passwordCredentials"} {
		for _, credential := range objects(got.body[property]) {
			ids = append(ids, str(credential["keyId"]))
		}
	}
	return ids
}

// lost are the foreign credentials that an application does not have any more.
func (w *world) lost(t *testing.T, id string) (lost []emulator.ForeignCredential) {
	t.Helper()
	kept := w.kept(t, id)
	for _, foreign := range w.tenant.ForeignCredentials() {
		if foreign.ApplicationID == id && !slices.Contains(kept, foreign.KeyID) {
			lost = append(lost, foreign)
		}
	}
	return lost
}

func foreignWriter(f conditions.ForeignWriter) conditions.Conditions {
	return conditions.Conditions{ForeignWriter: &f}
}

func TestForeignWriter(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		id, appID := w.newApplication(t, "Shared")
		w.under(t, foreignWriter(conditions.ForeignWriter{Probability: 1, Certificates: true, Secrets: true}))
		w.get(t, "/applications/"+id).want(t, http.StatusOK)
		w.newApplication(t, "Not there yet")
		if got := w.tenant.ForeignCredentials(); len(got) != 0 {
			t.Fatalf("came without a write: %v", got)
		}
		w.patch(t, "/applications(appId='"+appID+"')", object{"notes": "x"}).want(t, http.StatusNoContent)
		w.addSecret(t, id)
		got := w.tenant.ForeignCredentials()
		if len(got) != 4 || !got[0].Certificate || got[1].Certificate || got[0].ApplicationID != id {
			t.Fatalf("got %+v", got)
		}
		if kept := w.kept(t, id); len(kept) != 5 || len(w.lost(t, id)) != 0 {
			t.Errorf("the application has %v", kept)
		}
		for _, key := range objects(w.get(t, "/applications/"+id+"?$select=keyCredentials").body["keyCredentials"]) {
			if key["key"] == nil || key["usage"] != "Verify" || str(key["endDateTime"]) < time.Now().UTC().Format(time.RFC3339) {
				t.Errorf("an unusual certificate: %v", key)
			}
		}
	})
}

// A client that reads right before it writes, in one batch, sees in the end what it has wiped, unless somebody comes in
// between even there.
func TestForeignCertificatesBetweenReadAndWrite(t *testing.T) {
	for _, between := range []bool{false, true} {
		t.Run(fmt.Sprint("between ", between), func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				id, _ := w.newApplication(t, "Shared")
				w.under(t, foreignWriter(conditions.ForeignWriter{Probability: 1, Certificates: true, Between: between}))
				own := keyCredential(newCertificate(t, firstKey(), time.Hour), "own")
				keys := "/applications/" + id + "?$select=keyCredentials"
				got := responses(t, w.batch(t, part("1", "GET", keys),
					write("2", "PATCH", "/applications/"+id, object{"keyCredentials": list{own}}, "dependsOn", list{"1"})))
				wantStatuses(t, got, map[string]int{"1": 200, "2": 204})
				if lost := w.lost(t, id); len(lost) != 1 {
					t.Errorf("%d certificates are lost, want 1", len(lost))
				}
				if shown, _ := dig(got["1"], "body", "keyCredentials").([]any); (len(shown) == 1) == between {
					t.Errorf("the read shows %d certificates", len(shown))
				}
			})
		})
	}
}

func TestForeignWriterIsRepeatable(t *testing.T) {
	t.Parallel()
	run := func(seed uint64) (comes []bool) {
		w := newWorldOn(t, inProcess(), emulator.TenantOptions{})
		id, _ := w.newApplication(t, "Shared")
		c := foreignWriter(conditions.ForeignWriter{Probability: 0.5, Secrets: true})
		c.Seed = seed
		w.under(t, c)
		for i := range 30 {
			before := len(w.tenant.ForeignCredentials())
			w.patch(t, "/applications/"+id, object{"notes": fmt.Sprint(i)}).want(t, http.StatusNoContent)
			comes = append(comes, len(w.tenant.ForeignCredentials()) > before)
		}
		return comes
	}
	first := run(1)
	if !slices.Contains(first, true) || !slices.Contains(first, false) {
		t.Errorf("got %v", first)
	}
	if !slices.Equal(run(1), first) {
		t.Error("the same seed decides otherwise")
	}
	if slices.Equal(run(2), first) {
		t.Error("another seed decides alike")
	}
}

// What a policy forbids, the portal cannot do either.
func TestForeignWriterKeepsToPolicies(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		id, _ := w.newApplication(t, "Shared")
		w.patch(t, "/policies/defaultAppManagementPolicy", object{"isEnabled": true, "applicationRestrictions": object{
			"passwordCredentials": list{object{"restrictionType": "passwordAddition", "state": "enabled"}}}}).want(t, http.StatusNoContent)
		w.under(t, foreignWriter(conditions.ForeignWriter{Probability: 1, Secrets: true, Certificates: true}))
		w.patch(t, "/applications/"+id, object{"notes": "x"}).want(t, http.StatusNoContent)
		if got := w.tenant.ForeignCredentials(); len(got) != 1 || !got[0].Certificate {
			t.Errorf("got %+v", got)
		}
	})
}

func TestParallelWritesConflict(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		id, appID := w.newApplication(t, "Contested")
		other, _ := w.newApplication(t, "Beside")
		parts := []any{
			write("1", "PATCH", "/applications/"+id, object{"notes": "1"}),
			write("2", "PATCH", "/applications(appId='"+appID+"')", object{"notes": "2"}),
			write("3", "POST", "/applications/"+id+"/addPassword", object{}, "dependsOn", list{"4"}),
			part("4", "GET", "/applications/"+id),
			write("5", "PATCH", "/applications/"+other, object{"notes": "5"}),
			write("6", "PATCH", "/applications/"+id, object{"notes": "6"}, "dependsOn", list{"1"}),
		}
		wantStatuses(t, responses(t, w.batch(t, parts...)), map[string]int{"1": 204, "2": 204, "3": 200, "4": 200, "5": 204, "6": 204})

		w.under(t, conditions.Conditions{Conflicts: 1})
		got := responses(t, w.batch(t, parts...))
		// The first write is made, and so would be one that waits for it if the others had not come in.
		wantStatuses(t, got, map[string]int{"1": 204, "2": 409, "3": 409, "4": 200, "5": 204, "6": 204})
		if dig(got["2"], "body", "error", "code") != "Directory_ConcurrencyViolation" {
			t.Errorf("refused with %v", got["2"])
		}
		// One after the other, writes do not conflict.
		wantStatuses(t, responses(t, w.batch(t, parts[0], write("2", "PATCH", "/applications/"+id, object{"notes": "2"}, "dependsOn", list{"1"}),
			write("3", "PATCH", "/applications/"+id, object{"notes": "3"}, "dependsOn", list{"2"}))), map[string]int{"1": 204, "2": 204, "3": 204})
		w.patch(t, "/applications/"+id, object{"notes": "x"}).want(t, http.StatusNoContent)
	})
}

func TestSenselessForeignWritersAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorldOn(t, inProcess(), emulator.TenantOptions{})
	for want, c := range map[string]conditions.Conditions{
		"conditions: foreign_writer.certificates: neither certificates nor secrets are added": foreignWriter(conditions.ForeignWriter{Probability: 1}),
		"conditions: foreign_writer.probability: 2 is not above 0 and up to 1":                foreignWriter(conditions.ForeignWriter{Probability: 2, Secrets: true}),
		"conditions: conflicts: -1 is not between 0 and 1":                                    {Conflicts: -1},
	} {
		if err := w.tenant.SetConditions(c); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestAdvance(t *testing.T) {
	t.Parallel()
	on, err := emulator.New(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorldOn(t, on, emulator.TenantOptions{})
	w.under(t, late(""))
	id, _ := w.newApplication(t, "Late")
	w.get(t, "/applications/"+id).want(t, http.StatusNotFound)
	on.Advance(-time.Hour)
	w.get(t, "/applications/"+id).want(t, http.StatusNotFound)
	on.Advance(delay)
	w.get(t, "/applications/"+id).want(t, http.StatusOK)
	on.Advance(time.Hour)
	w.get(t, "/applications/"+id).want(t, http.StatusUnauthorized)
	w.refreshToken(t)
	w.get(t, "/applications/"+id).want(t, http.StatusOK)
}
