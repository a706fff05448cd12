package entra_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// rotation is a session with a credential of ours in use, perhaps one that retires, perhaps one whose value was lost with
// the answer, and one of somebody else's.
type rotation struct {
	*world
	bySecret               bool
	current, old, stray    string // key ids; empty for none
	good, lasting, due     bool   // of the current one: it has not expired; of the old one: nor has that; its overlap is over
	rotates, changesKind   bool
	foreignKey, foreignPwd string
}

func expiry(lasting bool) time.Time {
	if lasting {
		return now.AddDate(0, 0, 30)
	}
	return now.AddDate(0, 0, -1)
}

func (r *rotation) add(sum, name string, lasting bool) string {
	id := r.id()
	if r.bySecret {
		r.have.Secrets = append(r.have.Secrets, entra.Secret{KeyID: id, DisplayName: name, ExpiresAt: expiry(lasting)})
	} else {
		r.have.Keys = append(r.have.Keys, entra.Key{KeyID: id, SHA256: sum, ExpiresAt: expiry(lasting)})
	}
	return id
}

func genRotation(t *rapid.T) *rotation {
	flag := func(name string) bool { return rapid.Bool().Draw(t, name) }
	r := &rotation{
		world: &world{t: t}, bySecret: flag("by secret"), good: flag("good"), lasting: flag("lasting"), due: flag("due"),
		rotates: flag("rotates"), changesKind: flag("changes kind"),
	}
	r.have = entra.Registration{
		Audience: entra.AudienceSingleTenant, Tags: []string{entra.TagAppSession}, ServicePrincipal: &entra.ServicePrincipal{ObjectID: r.id()},
	}
	r.want.OverlapDays = rapid.SampledFrom([]int{0, 7}).Draw(t, "overlap")
	r.current = r.add("AA01", entra.SecretDisplayName("fedcba9876543210", ""), r.good)
	if r.bySecret {
		r.want.Owned.SecretKeyID = r.current
	} else {
		r.want.Owned.CertificateSHA256 = "AA01"
	}
	if flag("old") {
		r.old = r.add("AA02", entra.SecretDisplayName("fedcba9876543210", ""), r.lasting)
		r.want.Owned.Retiring = []entra.Retiring{{KeyID: r.old, Due: r.due}}
	}
	if r.bySecret && flag("stray") {
		r.stray = r.add("", entra.SecretDisplayName("fedcba9876543210", r.current), true)
	}
	r.foreignPwd, r.foreignKey = r.id(), r.id()
	r.have.Secrets = append(r.have.Secrets, entra.Secret{KeyID: r.foreignPwd, DisplayName: "by hand", ExpiresAt: expiry(true)})
	r.have.Keys = append(r.have.Keys, entra.Key{KeyID: r.foreignKey, SHA256: "BB01", ExpiresAt: expiry(true)})
	switch {
	case r.bySecret != r.changesKind:
		r.want.Secret = &entra.SecretTerms{ValidDays: 180}
		if r.rotates && r.bySecret {
			r.want.Follows = r.current
		}
	case r.rotates || r.changesKind:
		r.want.Certificate = &entra.Certificate{SHA256: "AA09"}
	default:
		r.want.Certificate = &entra.Certificate{SHA256: "AA01"}
	}
	return r
}

// ours lists the credentials of ours that are there, but for the one whose value was lost; valid ones only if asked.
func (r *rotation) ours(validOnly bool) []string {
	var ids []string
	for _, s := range r.have.Secrets {
		if s.KeyID != r.foreignPwd && s.KeyID != r.stray && (!validOnly || s.ExpiresAt.After(now)) {
			ids = append(ids, s.KeyID)
		}
	}
	for _, k := range r.have.Keys {
		if k.KeyID != r.foreignKey && (!validOnly || k.ExpiresAt.After(now)) {
			ids = append(ids, k.KeyID)
		}
	}
	return ids
}

// At no step of a rotation is there no valid credential where there was one, or a third one of ours; afterwards there is
// what is to stay, and nothing else of ours.
func TestRotationKeepsWhatIsToStay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := genRotation(t)
		// A certificate that has expired is its owner's to renew.
		lives := len(r.ours(true)) > 0 && (r.good || r.bySecret || r.rotates || r.changesKind)
		most := max(2, len(r.ours(false)))
		for _, change := range entra.Diff(r.want, r.have, nonce, now) {
			r.carryOut(change)
			if lives && len(r.ours(true)) == 0 {
				t.Fatalf("after %q there is no valid credential", change.Describe())
			}
			if n := len(r.ours(false)); n > most && r.good && !r.changesKind {
				t.Fatalf("after %q there are %d", change.Describe(), n)
			}
		}
		if again := entra.Diff(r.want, r.have, nonce, now); len(again) > 0 {
			t.Fatalf("a second diff is not empty: %s", again[0].Describe())
		}
		left := r.ours(false)
		has := func(id string) bool { return slices.Contains(left, id) }
		follows := r.rotates || !r.good && r.bySecret
		stays := !r.changesKind && (!follows || r.good && r.want.OverlapDays > 0)
		if !r.bySecret && !r.rotates {
			stays = !r.changesKind // a certificate is renewed by its owner, also when it has expired
		}
		if has(r.current) != stays {
			t.Fatalf("the current one stays: %t, wanted %t", has(r.current), stays)
		}
		oldStays := r.old != "" && !r.changesKind && !r.due && r.lasting && (!follows || !r.good)
		if r.old != "" && has(r.old) != oldStays {
			t.Fatalf("the old one stays: %t, wanted %t", has(r.old), oldStays)
		}
		if _, there := r.have.Secret(r.stray); r.stray != "" && there {
			t.Fatal("the one whose value was lost is still there")
		}
		if _, ok := r.have.Secret(r.foreignPwd); !ok || !slices.ContainsFunc(r.have.Keys, func(k entra.Key) bool { return k.KeyID == r.foreignKey }) {
			t.Fatal("a credential of somebody else's is gone")
		}
	})
}
