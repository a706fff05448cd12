package graph_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// addForeignCredentials adds a secret and a certificate as somebody else would, and returns the application's
// credentials as the portal then shows them.
func (w *world) addForeignCredentials(r entra.Registration) {
	w.Helper()
	w.do(http.MethodPost, "/applications/"+r.ObjectID+"/addPassword",
		map[string]any{"passwordCredential": map[string]any{"displayName": "somebody else's"}})
	foreign := newCertificate(w, "Somebody else")
	w.do(http.MethodPatch, "/applications/"+r.ObjectID, map[string]any{"keyCredentials": append(w.keys(r), map[string]any{
		"type": "AsymmetricX509Cert", "usage": "Verify", "key": base64.StdEncoding.EncodeToString(foreign.DER),
		"displayName": "somebody else's",
		// Microsoft Graph keeps the fractions of seconds that other clients write.
		"startDateTime": foreign.NotBefore.Add(1234567 * time.Microsecond).Format(time.RFC3339Nano),
		"endDateTime":   foreign.NotAfter.Add(-7654321 * time.Microsecond).Format(time.RFC3339Nano),
	})})
}

// keys are the application's certificates, without their contents.
func (w *world) keys(r entra.Registration) []any {
	w.Helper()
	keys, ok := w.do(http.MethodGet, "/applications/"+r.ObjectID, nil)["keyCredentials"].([]any)
	if !ok {
		w.Fatal("the application has no list of certificates")
	}
	return keys
}

// foreignCredentials are those that addForeignCredentials added, as text.
func (w *world) foreignCredentials(r entra.Registration) []string {
	w.Helper()
	application := w.do(http.MethodGet, "/applications/"+r.ObjectID, nil)
	var all []string
	for _, list := range []string{"passwordCredentials", "keyCredentials"} {
		for _, item := range application[list].([]any) { //nolint:forcetypeassert // a failed test may panic
			if credential, ok := item.(map[string]any); ok && credential["displayName"] == "somebody else's" {
				all = append(all, fmt.Sprint(credential))
			}
		}
	}
	return all
}

func TestForeignCredentialsSurvive(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	session := secretSession(t, "Switching")
	result, want := w.create(session)
	ref := refOf(result.Registration, want)
	w.addForeignCredentials(result.Registration)
	foreign := w.foreignCredentials(result.Registration)
	if len(foreign) != 2 {
		t.Fatalf("foreign credentials %v", foreign)
	}
	first, second := newCertificate(t, "First"), newCertificate(t, "Second")
	for _, step := range []struct {
		title       string
		secret      *entra.SecretTerms
		certificate *entra.Certificate
	}{
		{"secret to certificate", nil, &first},
		{"certificate replaced", nil, &second},
		{"certificate to secret", session.Secret, nil},
		{"secret to certificate again", nil, &first},
	} {
		want.Secret, want.Certificate = step.secret, step.certificate
		result, want = w.update(ref, want)
		have := w.wantComplete(result.Registration, want)
		if got := w.foreignCredentials(have); !slices.Equal(got, foreign) {
			t.Fatalf("%s: foreign credentials\n%v, before\n%v", step.title, got, foreign)
		}
		secrets, keys := 1, 2 // the foreign ones, and ours
		if step.secret != nil {
			secrets, keys = 2, 1
		}
		if len(have.Secrets) != secrets || len(have.Keys) != keys || have.UnmanagedCredentials(want.Owned) != 2 {
			t.Fatalf("%s: %d secrets, %d certificates, %d unmanaged", step.title, len(have.Secrets), len(have.Keys),
				have.UnmanagedCredentials(want.Owned))
		}
		if (result.Issued != nil) != (step.secret != nil) || have.ClientID != ref.ClientID {
			t.Fatalf("%s: issued %t, client id %s", step.title, result.Issued != nil, have.ClientID)
		}
	}
}

// TestNewCredentialComesFirst looks at the order of the writes when the kind of credential changes.
func TestNewCredentialComesFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	result, want := w.create(secretSession(t, "Ordered"))
	certificate := newCertificate(t, "New")
	want.Secret, want.Certificate = nil, &certificate
	w.tenant.ResetRequests()
	w.update(refOf(result.Registration, want), want)
	var writes []string
	added := false
	for _, request := range w.tenant.Requests() {
		for _, part := range request.Parts {
			if part.Method == http.MethodGet {
				continue
			}
			writes = append(writes, part.Method+" "+part.Path)
			added = added || part.Method == http.MethodPatch
			if part.Path == "/applications/"+result.Registration.ObjectID+"/removePassword" && !added {
				t.Error("the secret went before the certificate came")
			}
		}
	}
	if len(writes) != 2 {
		t.Errorf("writes %v, want the certificate and the end of the secret", writes)
	}
}

func TestExpiredSecretIsReplaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	session := secretSession(t, "Expiring")
	session.Secret = &entra.SecretTerms{ValidDays: 1}
	result, want := w.create(session)
	clock := &skippingClock{skipped: 48 * time.Hour}
	w.Gateway = w.another(w.server.Client().Transport, w.tenant.Admin(), clock)
	want.Secret = &entra.SecretTerms{ValidDays: 180}
	updated, want := w.update(refOf(result.Registration, want), want)
	have := w.wantComplete(updated.Registration, want)
	if updated.Issued == nil || updated.Issued.KeyID == result.Issued.KeyID || len(have.Secrets) != 1 {
		t.Errorf("%d secrets, a new one: %t", len(have.Secrets), updated.Issued != nil)
	}
}

// TestImportedSessionMintsNothing has a session whose credentials are not managed.
func TestImportedSessionMintsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	result, want := w.create(secretSession(t, "Imported"))
	want.Secret, want.Owned, want.Notes = nil, entra.Owned{}, "imported"
	updated, want := w.update(refOf(result.Registration, want), want)
	have := w.wantComplete(updated.Registration, want)
	if updated.Issued != nil || len(have.Secrets) != 1 || have.UnmanagedCredentials(want.Owned) != 1 || have.Notes != "imported" {
		t.Errorf("%d secrets, issued: %t, notes %q", len(have.Secrets), updated.Issued != nil, have.Notes)
	}
}
