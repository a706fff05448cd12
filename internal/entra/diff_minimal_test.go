package entra_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// A diff asks for nothing that is not needed: without any one of its changes the session is not reached. What one change
// has in several parts is needed part by part.
func TestDiffIsMinimal(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := &world{t: t}
		w.have = genRegistration(t, w)
		w.want = genSession(t)
		changes := entra.Diff(w.want, w.have, nonce, now)
		if len(changes) == 0 {
			return
		}
		left := rapid.IntRange(0, len(changes)-1).Draw(t, "left out")
		finishes := func(c entra.Change) bool { return c.Phase() == entra.PhaseFinish }
		for i, change := range changes {
			w.checkParts(change)
			if i != left && !finishes(change) { // what is left of a broken create is known as ours only until then
				w.carryOut(change)
			}
		}
		again := entra.Diff(w.want, w.have, nonce, now)
		if !finishes(changes[left]) {
			again = slices.DeleteFunc(again, finishes)
		}
		patch, ok := changes[left].(entra.PatchApplication)
		rider := ok && patch.Tags != nil && len(changes) > 1 // missing tags alone are no reason to write
		if len(again) == 0 && !rider {
			t.Fatalf("%q was not needed", changes[left].Describe())
		}
	})
}

// checkParts fails when a part of the change writes what is there already.
func (w *world) checkParts(change entra.Change) {
	switch c := change.(type) {
	case entra.PatchApplication:
		for _, p := range []struct {
			from *string
			to   string
		}{
			{c.UniqueName, w.have.UniqueName}, {c.DisplayName, w.have.DisplayName}, {c.Notes, w.have.Notes},
			{c.Audience, w.have.Audience},
		} {
			if p.from != nil && *p.from == p.to {
				w.t.Fatalf("%q writes %q over itself", c.Describe(), p.to)
			}
		}
		if c.Manifest != nil && c.Manifest.SameManifest(w.have.Manifest) {
			w.t.Fatalf("%q writes the manifest over itself", c.Describe())
		}
	case entra.GrantScopes:
		for _, grant := range w.have.Scopes {
			if grant.Resource.ID == c.API && len(grant.Names) == len(c.Names) && len(c.Added)+len(c.Removed) == 0 {
				w.t.Fatalf("%q changes nothing", c.Describe())
			}
		}
	}
}
