package entra_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// Which certificates are ours to remove.
func TestStrayCertificates(t *testing.T) {
	t.Parallel()
	const wanted, state, old, other = "AA", "BB", "CC", "DD"
	label := entra.CertificateDisplayName("CN=session")
	for name, test := range map[string]struct {
		key          entra.Key
		provisioning bool
		removed      bool
	}{
		"the wanted one":                       {entra.Key{SHA256: wanted, DisplayName: label}, true, false},
		"that of the state":                    {entra.Key{SHA256: state}, false, true},
		"added by an update that failed":       {entra.Key{SHA256: old}, false, true},
		"by hand":                              {entra.Key{SHA256: other, DisplayName: "CN=session"}, true, false},
		"of a broken create":                   {entra.Key{SHA256: other, DisplayName: label}, true, true},
		"of a create that was finished":        {entra.Key{SHA256: other, DisplayName: label}, false, false},
		"without contents":                     {entra.Key{}, false, false},
		"with a label that begins a bit alike": {entra.Key{SHA256: other, DisplayName: "sapio365 App sessions"}, true, false},
	} {
		test.key.KeyID = "aaaaaaaa-0000-4000-8000-000000000001"
		have := entra.Registration{Tags: []string{entra.TagAppSession}, Keys: []entra.Key{test.key}}
		if test.provisioning {
			have.Tags = entra.KindSession.ClaimedTags(nil, "0123456789abcdef")
		}
		want := entra.Session{
			Certificate: &entra.Certificate{SHA256: wanted},
			Owned:       entra.Owned{CertificateSHA256: state, OldCertificates: []string{old}},
		}
		removal := entra.Change(entra.RemoveCertificate{KeyID: test.key.KeyID})
		if removed := slices.Contains(entra.Diff(want, have, nonce, now), removal); removed != test.removed {
			t.Errorf("%s: removed %t", name, removed)
		}
	}
	if long := entra.CertificateDisplayName("CN=" + strings.Repeat("é", 200)); len([]rune(long)) != 90 {
		t.Errorf("the label has %d characters", len([]rune(long)))
	}
}

// What was ours and has left the state is taken away also when the session's credentials are nobody's business, and a
// secret that follows one that has left is known again.
func TestWhatHasLeftTheStateStaysOurs(t *testing.T) {
	t.Parallel()
	const lapsed = "aaaaaaaa-0000-4000-8000-000000000009"
	have := entra.Registration{
		Tags: []string{entra.TagAppSession},
		Keys: []entra.Key{{KeyID: "aaaaaaaa-0000-4000-8000-000000000001", SHA256: "AA"}, {KeyID: "aaaaaaaa-0000-4000-8000-000000000002", SHA256: "BB"}},
		Secrets: []entra.Secret{{
			KeyID: "aaaaaaaa-0000-4000-8000-000000000003", DisplayName: entra.SecretDisplayName("fedcba9876543210", lapsed), ExpiresAt: now.AddDate(0, 1, 0),
		}},
	}
	unmanaged := entra.Diff(entra.Session{Owned: entra.Owned{OldCertificates: []string{"AA"}}}, have, nonce, now)
	if !slices.Contains(unmanaged, entra.Change(entra.RemoveCertificate{KeyID: have.Keys[0].KeyID})) ||
		slices.Contains(unmanaged, entra.Change(entra.RemoveCertificate{KeyID: have.Keys[1].KeyID})) {
		t.Errorf("changes %+v, want the end of the first certificate", unmanaged)
	}
	again := entra.Diff(entra.Session{
		Secret: &entra.SecretTerms{ValidDays: 30}, Owned: entra.Owned{Superseded: []string{lapsed}},
	}, have, nonce, now)
	for _, want := range []entra.Change{
		entra.AddSecret{Terms: entra.SecretTerms{ValidDays: 30}, Predecessor: lapsed}, entra.RemoveSecret{KeyID: have.Secrets[0].KeyID},
	} {
		if !slices.Contains(again, want) {
			t.Errorf("changes %+v lack %+v", again, want)
		}
	}
}
