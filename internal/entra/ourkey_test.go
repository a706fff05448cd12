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
			have.Tags = entra.ClaimedTags(nil, "0123456789abcdef")
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
