package emulator_test

import (
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/microsoftgraph/msgraph-sdk-go/applications"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
)

const day = 24 * time.Hour

func instant(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(text, "Z") {
		t.Errorf("%s is not in UTC", text)
	}
	return at
}

func TestAddPassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, _ := w.newApplication(t, "Secrets")
	path := "/applications/" + id

	before := time.Now()
	added := w.post(t, path+"/addPassword", object{"passwordCredential": object{"displayName": "first"}}).want(t, http.StatusOK)
	start, end := instant(t, added.text("startDateTime")), instant(t, added.text("endDateTime"))
	if start.Before(before.Add(-time.Minute)) || start.After(time.Now().Add(time.Minute)) || !end.Equal(start.AddDate(2, 0, 0)) {
		t.Errorf("valid from %v to %v, want two years from now", start, end)
	}
	secret, hint := added.text("secretText"), added.text("hint")
	if len(secret) < 16 || len(secret) > 64 || len(hint) != 3 || !strings.HasPrefix(secret, hint) {
		t.Errorf("a secret of %d characters whose hint has %d", len(secret), len(hint))
	}
	if uuid.Validate(added.text("keyId")) != nil || added.text("displayName") != "first" {
		t.Errorf("keyId %q, displayName %q", added.text("keyId"), added.text("displayName"))
	}

	wanted := time.Now().UTC().Add(30 * day).Truncate(time.Second)
	credential := models.NewPasswordCredential()
	credential.SetDisplayName(ptr("second"))
	credential.SetEndDateTime(&wanted)
	body := applications.NewItemAddPasswordPostRequestBody()
	body.SetPasswordCredential(credential)
	second, err := w.applications().ByApplicationId(id).AddPassword().Post(t.Context(), body, nil)
	if err != nil {
		t.Fatal(refusalOrSelf(err))
	}
	if !value(second.GetEndDateTime()).Equal(wanted) {
		t.Errorf("endDateTime %v, want %v", value(second.GetEndDateTime()), wanted)
	}

	kept := objects(w.get(t, path).want(t, http.StatusOK).body["passwordCredentials"])
	if len(kept) != 2 {
		t.Fatalf("%d secrets, want 2", len(kept))
	}
	for _, one := range kept {
		if one["secretText"] != nil || one["hint"] == nil || one["keyId"] == nil {
			t.Error("a stored secret must show keyId and hint, never secretText")
		}
	}

	w.post(t, path+"/removePassword", object{"keyId": added.text("keyId")}).want(t, http.StatusNoContent)
	kept = objects(w.get(t, path).want(t, http.StatusOK).body["passwordCredentials"])
	if len(kept) != 1 || kept[0]["keyId"] != second.GetKeyId().String() {
		t.Errorf("%d secrets are left, want the second alone", len(kept))
	}
}

func TestCustomSecretIsNotTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, _ := w.newApplication(t, "Custom")
	added := w.post(t, "/applications/"+id+"/addPassword", object{"passwordCredential": object{
		"displayName": "custom", "keyId": absent, "secretText": strings.Repeat("custom", 5),
	}})
	wantRefused(t, added.err(), http.StatusBadRequest, requestBadRequest, "")
}

func TestKeyCredentials(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, _ := w.newApplication(t, "Keys")
	path, selected := "/applications/"+id, "/applications/"+id+"?$select=keyCredentials"
	first, second := newCertificate(t, firstKey(), 90*day), newCertificate(t, secondKey(), 90*day)

	entry := models.NewKeyCredential()
	entry.SetTypeEscaped(ptr("AsymmetricX509Cert"))
	entry.SetUsage(ptr("Verify"))
	entry.SetKey(first.Raw)
	entry.SetDisplayName(ptr(strings.Repeat("d", 100)))
	body := models.NewApplication()
	body.SetKeyCredentials([]models.KeyCredentialable{entry})
	if _, err := w.applications().ByApplicationId(id).Patch(t.Context(), body, nil); err != nil {
		t.Fatalf("adding a certificate: %v", refusalOrSelf(err))
	}

	held := objects(w.get(t, path).want(t, http.StatusOK).body["keyCredentials"])
	if len(held) != 1 || held[0]["key"] != nil {
		t.Fatalf("%d entries; key must come back under $select alone", len(held))
	}
	if name := held[0]["displayName"]; name != strings.Repeat("d", 90) {
		t.Errorf("displayName %v, want it cut at 90 characters", name)
	}
	if got := held[0]["customKeyIdentifier"]; got != thumbprint(first) {
		t.Errorf("customKeyIdentifier %v, want the SHA-1 thumbprint %s", got, thumbprint(first))
	}
	if end := instant(t, str(held[0]["endDateTime"])); !end.Equal(first.NotAfter) {
		t.Errorf("endDateTime %v, want the certificate's %v", end, first.NotAfter)
	}
	withKey := objects(w.get(t, selected).want(t, http.StatusOK).body["keyCredentials"])
	if got := withKey[0]["key"]; got == nil || !strings.Contains(decoded(t, got), decoded(t, base64.StdEncoding.EncodeToString(first.Raw))) {
		t.Error("$select=keyCredentials must bring the certificate")
	}
	among := objects(w.get(t, path+"?$select=id,keyCredentials").want(t, http.StatusOK).body["keyCredentials"])
	if among[0]["key"] != nil {
		t.Error("the certificate comes with other properties")
	}

	pemText := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: second.Raw})
	added := with(keyCredential(second, "second"), "keyId", absent, "key", base64.StdEncoding.EncodeToString(pemText))
	w.patch(t, path, object{"keyCredentials": list{with(held[0], "key", nil), added}}).want(t, http.StatusNoContent)
	held = objects(w.get(t, path).want(t, http.StatusOK).body["keyCredentials"])
	if len(held) != 2 {
		t.Fatalf("%d entries, want both", len(held))
	}
	chosen := held[0]
	if held[1]["keyId"] == absent {
		chosen = held[1]
	}
	if chosen["keyId"] != absent || chosen["customKeyIdentifier"] != thumbprint(second) {
		t.Errorf("the second entry has keyId %v and customKeyIdentifier %v", chosen["keyId"], chosen["customKeyIdentifier"])
	}

	absentKey := with(chosen)
	delete(absentKey, "key")
	w.patch(t, path, object{"keyCredentials": list{absentKey}}).want(t, http.StatusNoContent)
	held = objects(w.get(t, selected).want(t, http.StatusOK).body["keyCredentials"])
	if len(held) != 1 || held[0]["keyId"] != absent || held[0]["key"] == nil {
		t.Errorf("%d entries are left, want the second alone and its key kept", len(held))
	}
	w.patch(t, path, object{"keyCredentials": list{}}).want(t, http.StatusNoContent)
	if held = objects(w.get(t, path).want(t, http.StatusOK).body["keyCredentials"]); len(held) != 0 {
		t.Errorf("%d entries are left, want none", len(held))
	}
}

func TestKeyCredentialDates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, _ := w.newApplication(t, "Dates")
	long := newCertificate(t, firstKey(), 3*365*day)
	end := time.Now().UTC().Add(30 * day).Truncate(time.Second)
	w.patch(t, "/applications/"+id, object{"keyCredentials": list{
		with(keyCredential(long, "shorter"), "endDateTime", end.Format(time.RFC3339)),
	}}).want(t, http.StatusNoContent)
	held := objects(w.get(t, "/applications/"+id).want(t, http.StatusOK).body["keyCredentials"])
	if got := instant(t, str(held[0]["endDateTime"])); !got.Equal(end) {
		t.Errorf("endDateTime %v, want %v", got, end)
	}
}

func TestKeyCredentialRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	certificate := newCertificate(t, firstKey(), 90*day)
	valid := keyCredential(certificate, "valid")
	path := func(t *testing.T) string {
		id, _ := w.newApplication(t, "Refusals")
		return "/applications/" + id
	}
	add := func(entry object) func(t *testing.T) error {
		return once(func(t *testing.T) answer { return w.patch(t, path(t), object{"keyCredentials": list{entry}}) })
	}
	change := func(properties ...any) func(t *testing.T) error {
		return once(func(t *testing.T) answer {
			subject := path(t)
			w.patch(t, subject, object{"keyCredentials": list{with(valid, "keyId", absent)}}).want(t, http.StatusNoContent)
			held := objects(w.get(t, subject).want(t, http.StatusOK).body["keyCredentials"])
			return w.patch(t, subject, object{"keyCredentials": list{with(held[0], properties...)}})
		})
	}
	const notAllowed = "Update to existing credential with KeyId '" + absent + "' is not allowed."
	beyond := func(at time.Time) string { return at.UTC().Format(time.RFC3339) }
	local := certificate.NotAfter.Add(2*time.Hour).Format("2006-01-02T15:04:05") + "Z"
	bundle := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw}),
		pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: []byte("stands for a private key")})...)
	check(t, []refused{
		{"facts5/endDateTime beyond the certificate", add(with(valid, "endDateTime", beyond(certificate.NotAfter.Add(day)))),
			400, "KeyCredentialsInvalidEndDate", "Key credential end date is invalid."},
		{"facts5/local time taken as UTC", add(with(valid, "endDateTime", local)),
			400, "KeyCredentialsInvalidEndDate", "Key credential end date is invalid."},
		{"facts5/endDateTime in the past", add(with(valid, "endDateTime", beyond(certificate.NotBefore.Add(time.Minute)))),
			400, "KeyCredentialsInvalidEndDate", "Key credential end date is invalid."},
		{"facts5/startDateTime before the certificate", add(with(valid, "startDateTime", beyond(certificate.NotBefore.Add(-day)))),
			400, "KeyCredentialsInvalidStartDate", ""},
		{"facts5/wrong usage", add(with(valid, "usage", "Encrypt")), 400, requestBadRequest,
			`The value for the property "usage" in one of your credentials is invalid. Acceptable values are Sign, Verify.`},
		{"facts5/wrong type", add(with(valid, "type", "Certificate")), 400, requestBadRequest, ""},
		{"facts5/no certificate in key", add(with(valid, "key", base64.StdEncoding.EncodeToString([]byte("no certificate")))), 400, requestBadRequest, ""},
		{"facts5/private key beside the certificate", add(with(valid, "key", base64.StdEncoding.EncodeToString(bundle))), 400, requestBadRequest, ""},
		{"facts5/one keyId for two", once(func(t *testing.T) answer {
			other := keyCredential(newCertificate(t, secondKey(), 90*day), "other")
			return w.patch(t, path(t), object{"keyCredentials": list{with(valid, "keyId", absent), with(other, "keyId", absent)}})
		}), 400, duplicateValue, ""},
		{"facts5/key is no base64", add(with(valid, "key", "%%%")), 400, requestBadRequest, ""},
		{"facts5/new entry without key", add(with(valid, "key", nil)), 400, requestBadRequest, ""},
		{"facts5/unknown keyId without key", add(with(valid, "key", nil, "keyId", absent)), 400, requestBadRequest, ""},
		{"facts5/changed endDateTime", change("endDateTime", beyond(certificate.NotAfter.Add(-day))), 400, requestBadRequest, notAllowed},
		{"facts5/changed startDateTime", change("startDateTime", beyond(certificate.NotBefore.Add(time.Minute))), 400, requestBadRequest, notAllowed},
		{"facts5/changed usage", change("usage", "Sign"), 400, requestBadRequest, notAllowed},
		{"facts5/changed key", func(t *testing.T) error {
			other := newCertificate(t, secondKey(), 90*day)
			return change("key", base64.StdEncoding.EncodeToString(other.Raw))(t)
		}, 400, requestBadRequest, notAllowed},
	})
}

func TestSecretRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, _ := w.newApplication(t, "Refusals")
	path, later := "/applications/"+id, time.Now().UTC().Add(2*day)
	check(t, []refused{
		{"facts5/removePassword of an unknown keyId", func(t *testing.T) error {
			body := applications.NewItemRemovePasswordPostRequestBody()
			body.SetKeyId(ptr(uuid.MustParse(absent)))
			return w.applications().ByApplicationId(id).RemovePassword().Post(t.Context(), body, nil)
		}, 400, requestBadRequest, "No password credential found with keyId '" + absent + "'."},
		{"facts5/removePassword without keyId", once(func(t *testing.T) answer {
			return w.post(t, path+"/removePassword", object{})
		}), 400, requestBadRequest, "No password credential found…"},
		{"facts5/addPassword with an unknown parameter", once(func(t *testing.T) answer {
			return w.post(t, path+"/addPassword", object{"password": object{"displayName": "x"}})
		}), 400, requestBadRequest, ""},
		{"facts5/addPassword to an absent application", func(t *testing.T) error {
			body := applications.NewItemAddPasswordPostRequestBody()
			body.SetPasswordCredential(models.NewPasswordCredential())
			_, err := w.applications().ByApplicationId(absent).AddPassword().Post(t.Context(), body, nil)
			return err
		}, 404, requestResourceNotFound, resourceMissing},
		{"facts5/addPassword that is over before it begins", once(func(t *testing.T) answer {
			return w.post(t, path+"/addPassword", object{"passwordCredential": object{
				"startDateTime": later.Format(time.RFC3339), "endDateTime": later.Add(-day).Format(time.RFC3339),
			}})
		}), 400, requestBadRequest, ""},
	})
}
