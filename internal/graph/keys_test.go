package graph_test

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"io"
	"net/http"
	"slices"
	"testing"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// interloper runs something right before every request that writes certificates, or another property of an application,
// as long as there is something to run.
type interloper struct {
	base     http.RoundTripper
	property string // keyCredentials when empty
	runs     []func()
}

func (i *interloper) RoundTrip(r *http.Request) (*http.Response, error) {
	content, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(content))
	if len(i.runs) > 0 && bytes.Contains(content, []byte(`"body":{"`+cmp.Or(i.property, "keyCredentials")+`":`)) {
		i.runs[0]()
		i.runs = i.runs[1:]
	}
	return i.base.RoundTrip(r)
}

// Somebody adds certificates between the read and the write, and once more while that is put right. All of them stay, as
// they were, beside ours.
func TestCertificatesThatSlipIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	result, want := w.create(secretSession(t, "Crowded"))
	var shown []map[string]any
	add := func(name string) func() {
		return func() {
			foreign := newCertificate(t, name)
			w.do(http.MethodPatch, "/applications/"+result.Registration.ObjectID, map[string]any{
				"keyCredentials": append(w.keys(result.Registration), map[string]any{
					"type": "AsymmetricX509Cert", "usage": "Verify", "displayName": name,
					"key": base64.StdEncoding.EncodeToString(foreign.DER),
				}),
			})
			for _, key := range w.withContents(result.Registration) {
				if key["displayName"] == name {
					shown = append(shown, key)
				}
			}
		}
	}
	between := &interloper{base: w.server.Client().Transport, runs: []func(){add("one"), add("two")}}
	w.Gateway = w.another(between, w.tenant.Admin(), &skippingClock{})
	certificate := newCertificate(t, "Ours")
	want.Secret, want.Certificate = nil, &certificate
	updated, want := w.update(refOf(result.Registration, want), want)
	have := w.wantComplete(updated.Registration, want)
	if len(between.runs) != 0 || len(shown) != 2 || len(have.Keys) != 3 {
		t.Fatalf("%d certificates slipped in, and there are %d", len(shown), len(have.Keys))
	}
	kept := w.withContents(have)
	for _, before := range shown {
		i := slices.IndexFunc(kept, func(key map[string]any) bool { return key["keyId"] == before["keyId"] })
		if i < 0 {
			t.Errorf("%v is lost", before["displayName"])
			continue
		}
		for name, value := range before {
			if kept[i][name] != value {
				t.Errorf("%s of %v is %v, was %v", name, before["displayName"], kept[i][name], value)
			}
		}
	}
}

// withContents are the application's certificates with their contents.
func (w *world) withContents(r entra.Registration) []map[string]any {
	w.Helper()
	list, _ := w.do(http.MethodGet, "/applications/"+r.ObjectID+"?$select=keyCredentials", nil)["keyCredentials"].([]any)
	keys := make([]map[string]any, len(list))
	for i, item := range list {
		keys[i], _ = item.(map[string]any)
	}
	return keys
}

// A key id that the service chose itself costs one more read, and nothing else.
func TestKeyIDThatIsNotKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	result, want := w.create(referenceSession(t, "Renumbered"))
	ref := refOf(result.Registration, want)
	ref.Hints.Keys = map[string]entra.KeyHint{"00000000-0000-4000-8000-000000000000": {}}
	w.tenant.ResetRequests()
	have, err := w.Read(t.Context(), w.tenant.ID(), ref)
	if err != nil || len(have.Keys) != 1 || have.Keys[0].SHA256 != want.Certificate.SHA256 {
		t.Errorf("keys %v, error %v", have.Keys, err)
	}
	if n := w.roundTrips(); n != 2 {
		t.Errorf("%d round trips, want 2", n)
	}
	for id := range result.Registration.Hints().Keys {
		ref.Hints.Keys = map[string]entra.KeyHint{id: {SHA1: "that of another", SHA256: "that of another"}}
	}
	if have, err = w.Read(t.Context(), w.tenant.ID(), ref); err != nil || have.Keys[0].SHA256 != want.Certificate.SHA256 {
		t.Errorf("an id with another thumbprint was believed: %v, error %v", have.Keys, err)
	}
}
