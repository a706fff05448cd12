package entra_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

func TestDeriveUniqueName(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		display string
		attempt int
		want    string
	}{
		{"sapio365 - Nightly reports", 1, "sapio365-sapio365-nightly-reports-d5205814"},
		{"sapio365 - Nightly reports", 2, "sapio365-sapio365-nightly-reports-d5205814-2"},
		{"Überwachung", 1, "sapio365-berwachung-93542e95"},
		{"日本", 1, "sapio365-cf2abf0c"},
	} {
		if got := entra.DeriveUniqueName(test.display, test.attempt); got != test.want {
			t.Errorf("%q, attempt %d: %s", test.display, test.attempt, got)
		}
	}
}

// A derived name is a legal tag-like word, and different display names do not meet.
func TestDeriveUniqueNameProperties(t *testing.T) {
	t.Parallel()
	legal := regexp.MustCompile(`^sapio365-([a-z0-9]+-)*[0-9a-f]{8}$`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.String().Draw(t, "a"), rapid.String().Draw(t, "b")
		name := entra.DeriveUniqueName(a, 1)
		if !legal.MatchString(name) || len(name) > 60 {
			t.Fatalf("%q gives %q", a, name)
		}
		if name != entra.DeriveUniqueName(a, 1) || a != b && name == entra.DeriveUniqueName(b, 1) {
			t.Fatalf("%q and %q give %q", a, b, name)
		}
	})
}

func TestClaimedTags(t *testing.T) {
	t.Parallel()
	tags := entra.KindSession.ClaimedTags([]string{"kept", entra.TagProvisioning("aa")}, "bb")
	if !slices.Equal(tags, []string{"kept", entra.TagAppSession, entra.TagProvisioning("bb")}) {
		t.Errorf("tags %v", tags)
	}
	if entra.ProvisioningNonce(tags) != "bb" || entra.ProvisioningNonce([]string{"kept"}) != "" {
		t.Error("the nonce is not read back")
	}
	if slices.ContainsFunc(tags, func(tag string) bool { return strings.ContainsAny(tag, " \t") }) {
		t.Error("Graph allows no white space in a tag")
	}
}

func TestNonces(t *testing.T) {
	t.Parallel()
	if a, b := entra.NewNonce(), entra.NewNonce(); a == b || len(a) != 16 {
		t.Errorf("%q and %q", a, b)
	}
}

// Which secrets are ours to remove.
func TestStraySecrets(t *testing.T) {
	t.Parallel()
	const state, other = "aaaaaaaa-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000002"
	const run, earlier = "0123456789abcdef", "fedcba9876543210"
	for name, test := range map[string]struct {
		displayName  string
		provisioning bool
		removed      bool
	}{
		"by hand":                                      {"portal", false, false},
		"by hand while provisioning":                   {"portal", true, false},
		"first secret of an earlier create":            {entra.SecretDisplayName(earlier, ""), true, true},
		"first secret, finished since":                 {entra.SecretDisplayName(earlier, ""), false, false},
		"of this run":                                  {entra.SecretDisplayName(run, ""), false, true},
		"successor of ours, its value lost":            {entra.SecretDisplayName(earlier, state), false, true},
		"successor of a secret that is not ours":       {entra.SecretDisplayName(earlier, other), false, false},
		"something that only begins like our marker":   {"sapio365 App session, mine", true, false},
		"our marker with something else behind it all": {entra.SecretDisplayName(earlier, "") + "!", true, false},
	} {
		have := entra.Registration{Tags: []string{entra.TagAppSession}, Secrets: []entra.Secret{
			{KeyID: state, ExpiresAt: now.AddDate(0, 1, 0)},
			{KeyID: "bbbbbbbb-0000-4000-8000-000000000003", DisplayName: test.displayName, ExpiresAt: now.AddDate(0, 1, 0)},
		}}
		if test.provisioning {
			have.Tags = entra.KindSession.ClaimedTags(nil, run)
		}
		want := entra.Session{Secret: &entra.SecretTerms{ValidDays: 30}, Owned: entra.Owned{SecretKeyID: state}}
		removed := slices.Contains(entra.Diff(want, have, run, now), entra.Change(entra.RemoveSecret{KeyID: have.Secrets[1].KeyID}))
		if removed != test.removed {
			t.Errorf("%s: removed %t", name, removed)
		}
	}
}

// A session that goes over from a certificate to a secret knows the secret again whose value was lost on the way.
func TestStraySecretAfterCertificate(t *testing.T) {
	t.Parallel()
	const ours, foreign = "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF", "FF23456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF"
	terms := &entra.SecretTerms{ValidDays: 30}
	for certificate, removed := range map[string]bool{ours: true, foreign: false} {
		lost := entra.Session{Secret: terms, Owned: entra.Owned{CertificateSHA256: certificate}}
		have := entra.Registration{Tags: []string{entra.TagAppSession}}
		for _, change := range entra.Diff(lost, have, "fedcba9876543210", now) {
			if add, ok := change.(entra.AddSecret); ok {
				have.Secrets = []entra.Secret{{
					KeyID: "bbbbbbbb-0000-4000-8000-000000000003", ExpiresAt: now.AddDate(0, 1, 0),
					DisplayName: entra.SecretDisplayName("fedcba9876543210", add.Predecessor),
				}}
			}
		}
		if len(have.Secrets) != 1 {
			t.Fatal("no secret was added")
		}
		for _, owned := range []entra.Owned{
			{CertificateSHA256: ours}, {OldCertificates: []string{ours}}, // the run that was lost may have removed it
		} {
			changes := entra.Diff(entra.Session{Secret: terms, Owned: owned}, have, "0123456789abcdef", now)
			if got := slices.Contains(changes, entra.Change(entra.RemoveSecret{KeyID: have.Secrets[0].KeyID})); got != removed {
				t.Errorf("%+v, secret after the certificate %s: removed %t", owned, certificate, got)
			}
		}
	}
}
