package pki

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"software.sslmate.com/src/go-pkcs12"
)

// The certificate is found in everything that holds one, with its private key or without.
func TestParseCertificate(t *testing.T) {
	t.Parallel()
	id := testIdentity()
	pkcs8, err := x509.MarshalPKCS8PrivateKey(id.key)
	if err != nil {
		t.Fatal(err)
	}
	issuer := selfSigned(id.key.Public(), id.key, "issuer")
	archive := func(encoder *pkcs12.Encoder, password string) string {
		content, err := encoder.Encode(id.key, id.cert, nil, password)
		if err != nil {
			t.Fatal(err)
		}
		return base64.StdEncoding.EncodeToString(content)
	}
	certificate, key := pemOf("CERTIFICATE", id.cert.Raw), pemOf("PRIVATE KEY", pkcs8)
	encrypted := strings.ReplaceAll(key, "PRIVATE KEY", "ENCRYPTED PRIVATE KEY")
	for name, c := range map[string]struct{ input, password string }{
		"PEM":                         {certificate, ""},
		"PEM chain":                   {certificate + pemOf("CERTIFICATE", issuer.Raw), ""},
		"PEM with its key":            {key + certificate, ""},
		"PEM with its key, encrypted": {encrypted + certificate, ""},
		"DER in base64":               {base64.StdEncoding.EncodeToString(id.cert.Raw), ""},
		"DER in hexadecimal":          {hex.EncodeToString(id.cert.Raw), ""},
		"PFX":                         {archive(pkcs12.Modern, "secret"), "secret"},
		"PFX legacy":                  {archive(pkcs12.LegacyDES, "secret"), "secret"},
		"PFX without a password":      {archive(pkcs12.Modern, ""), ""},
	} {
		if got, err := ParseCertificate(c.input, c.password); err != nil || string(got.DER) != string(id.cert.Raw) {
			t.Errorf("%s: %v, %v", name, got.X509, err)
		}
	}
	for name, c := range map[string]struct {
		input, password string
		want            error
	}{
		"nothing":        {" ", "", ErrEmpty},
		"wrong password": {archive(pkcs12.Modern, "secret"), "Secret", ErrWrongPassword},
		"no password":    {archive(pkcs12.Modern, "secret"), "", ErrWrongPassword},
		"a key alone":    {key, "", ErrNoCertificate},
		"text":           {"certificate", "", ErrUnparsable},
	} {
		if _, err := ParseCertificate(c.input, c.password); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}
