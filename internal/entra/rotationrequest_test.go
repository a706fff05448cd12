package entra_test

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// A rotation that was asked for ends with exactly one new secret and without the request, which goes last. Whatever was
// asked for without a secret to make stays asked for, and nothing is written for its sake.
func TestRequestedRotationMakesOneSecret(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := genRotation(t)
		calm := entra.Diff(r.want, r.have, nonce, now)
		r.have.Tags = []string{entra.TagAppSession, entra.TagRotateRequested, "kept"}
		before := len(calm)
		changes, made := entra.Diff(r.want, r.have, nonce, now), 0
		for i, change := range changes {
			switch change.(type) {
			case entra.AddSecret:
				made++
			case entra.UnmarkRotation:
				if i != len(changes)-1 {
					t.Fatalf("%q is not the last change", change.Describe())
				}
			}
			r.carryOut(change)
		}
		if again := entra.Diff(r.want, r.have, nonce, now); len(again) > 0 {
			t.Fatalf("a second diff is not empty: %s", again[0].Describe())
		}
		follows := r.want.Secret != nil && (r.want.Follows != "" || !r.good || !r.bySecret)
		if made > 1 || (made == 1) != follows {
			t.Fatalf("%d secrets were made", made)
		}
		if r.have.RotationRequested() != (made == 0) || !slices.Contains(r.have.Tags, "kept") {
			t.Fatalf("after %d new secrets the tags are %v", made, r.have.Tags)
		}
		if extra := len(changes) - before; extra != made {
			t.Fatalf("the request leads to %d further changes", extra)
		}
	})
}

// An update that has to do no more than see the secret of an earlier one accepted takes the request off.
func TestRequestThatHasItsSecret(t *testing.T) {
	t.Parallel()
	have := entra.Registration{
		Audience: entra.AudienceSingleTenant, Tags: []string{entra.TagRotateRequested, entra.TagAppSession},
		ServicePrincipal: &entra.ServicePrincipal{},
		Secrets:          []entra.Secret{{KeyID: "a", ExpiresAt: expiry(true)}},
	}
	want := entra.Session{Secret: &entra.SecretTerms{ValidDays: 30}, Owned: entra.Owned{SecretKeyID: "a"}}
	if changes := entra.Diff(want, have, nonce, now); len(changes) > 0 {
		t.Errorf("without an answer: %s", changes[0].Describe())
	}
	want.Answers = true
	if changes := entra.Diff(want, have, nonce, now); !slices.Equal(changes, []entra.Change{entra.UnmarkRotation{}}) {
		t.Errorf("with one: %v", changes)
	}
	want.Secret, want.Certificate = nil, &entra.Certificate{SHA256: "AA"}
	have.Secrets, have.Keys = nil, []entra.Key{{KeyID: "b", SHA256: "AA", ExpiresAt: expiry(true)}}
	if changes := entra.Diff(want, have, nonce, now); len(changes) > 0 {
		t.Errorf("by certificate: %s", changes[0].Describe())
	}
}

func TestRequestRotation(t *testing.T) {
	t.Parallel()
	ours := entra.SecretDisplayName("fedcba9876543210", "")
	have := entra.Registration{ClientID: "c", DisplayName: "Jobs", Tags: []string{"kept", entra.TagAppSession}, Secrets: []entra.Secret{
		{KeyID: "1", DisplayName: "by hand"}, {KeyID: "2", DisplayName: ours}, {KeyID: "3", DisplayName: ours + " too"}, {KeyID: "4", DisplayName: ours},
	}}
	mark, revocation := entra.MarkRotation{}, []entra.Change{entra.RemoveSecret{KeyID: "2"}, entra.RemoveSecret{KeyID: "4"}}
	for name, c := range map[string]struct {
		tags   []string
		revoke bool
		want   []entra.Change
	}{
		"asked":                   {have.Tags, false, []entra.Change{mark}},
		"asked and revoked":       {have.Tags, true, append([]entra.Change{mark}, revocation...)},
		"asked again":             {entra.TagsOfRequest(have.Tags), false, nil},
		"asked again and revoked": {entra.TagsOfRequest(have.Tags), true, revocation},
	} {
		have.Tags = c.tags
		if got, err := entra.RequestRotation(have, c.revoke); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	var foreign *entra.NotAppSessionError
	have.Tags = []string{"kept"}
	if _, err := entra.RequestRotation(have, true); !errors.As(err, &foreign) || foreign.ClientID != "c" || foreign.DisplayName != "Jobs" {
		t.Errorf("of no App session: %v", err)
	}
	var unfinished *entra.UnfinishedSessionError
	have.Tags = entra.KindSession.ClaimedTags(nil, nonce)
	if _, err := entra.RequestRotation(have, true); !errors.As(err, &unfinished) || unfinished.ClientID != "c" {
		t.Errorf("of an unfinished one: %v", err)
	}
}

func TestTagsOfARequest(t *testing.T) {
	t.Parallel()
	tags := []string{"kept", entra.TagAppSession}
	asked := entra.TagsOfRequest(tags)
	if !slices.Equal(asked, []string{"kept", entra.TagAppSession, entra.TagRotateRequested}) || !slices.Equal(entra.TagsOfRequest(asked), asked) {
		t.Errorf("asked: %v", asked)
	}
	if answered := entra.TagsOfAnswer(asked); !slices.Equal(answered, tags) || !slices.Equal(entra.TagsOfAnswer(tags), tags) {
		t.Errorf("answered: %v", answered)
	}
}
