package pki

import (
	"errors"
	"testing"
)

func TestParseBundle(t *testing.T) {
	t.Parallel()
	id := testIdentity()
	public := string(testdata(t, "public.pem"))
	own := pemOf("CERTIFICATE", id.cert.Raw)
	tests := map[string]struct {
		input string
		count int
		want  error
	}{
		"one":              {public, 1, nil},
		"two":              {public + "# comment\n" + own, 2, nil},
		"DER":              {string(id.cert.Raw), 1, nil},
		"second damaged":   {public + pemOf("CERTIFICATE", id.cert.Raw[:40]), 0, ErrUnparsable},
		"with private key": {public + pemOf("PRIVATE KEY", []byte("x")), 0, ErrPrivateKey},
		"empty":            {"", 0, ErrEmpty},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseBundle([]byte(test.input))
			if len(got) != test.count || !errors.Is(err, test.want) {
				t.Errorf("got %d certificates, %v; want %d, %v", len(got), err, test.count, test.want)
			}
		})
	}
}
