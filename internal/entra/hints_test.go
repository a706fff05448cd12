package entra_test

import (
	"encoding/json"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// A fingerprint does not depend on the order in which a tenant lists things, and depends on every thing.
func TestFingerprint(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := &world{t: t}
		w.have = genRegistration(t, w)
		before := w.have.Fingerprint()
		slices.Reverse(w.have.Roles)
		slices.Reverse(w.have.Scopes)
		slices.Reverse(w.have.Keys)
		slices.Reverse(w.have.Secrets)
		slices.Reverse(w.have.Owners)
		w.have.Tags = slices.Clone(w.have.Tags)
		slices.Reverse(w.have.Tags)
		if w.have.Fingerprint() != before {
			t.Fatal("the order shows")
		}
		w.want = genSession(t)
		w.want.Secret, w.want.Owned.SecretKeyID = nil, ""
		changes := entra.Diff(w.want, w.have, nonce, now)
		for _, change := range changes {
			w.carryOut(change)
		}
		if len(changes) > 0 && w.have.Fingerprint() == before {
			t.Fatalf("%q does not show", changes[0].Describe())
		}
	})
}

// Hints go through the private state, where nothing known of certificates is not the same as knowing of none.
func TestHintsSurviveThePrivateState(t *testing.T) {
	t.Parallel()
	for name, hints := range map[string]entra.Hints{
		"nothing known": {}, "none": entra.Registration{}.Hints(),
		"one": entra.Registration{Keys: []entra.Key{{KeyID: "k", SHA1: "A", SHA256: "B"}}}.Hints(),
	} {
		content, err := json.Marshal(hints)
		if err != nil {
			t.Fatal(err)
		}
		var read entra.Hints
		if err := json.Unmarshal(content, &read); err != nil {
			t.Fatal(err)
		}
		if (read.Keys == nil) != (hints.Keys == nil) || len(read.Keys) != len(hints.Keys) || read.Seen != hints.Seen {
			t.Errorf("%s: %+v became %+v", name, hints, read)
		}
	}
}
