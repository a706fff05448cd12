package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"testing"

	"software.sslmate.com/src/go-pkcs12"
)

func TestParseKeyPair(t *testing.T) {
	t.Parallel()
	id := testIdentity()
	issuerKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	issuer := selfSigned(issuerKey.Public(), issuerKey, "issuer")
	pkcs8, err := x509.MarshalPKCS8PrivateKey(id.key)
	if err != nil {
		t.Fatal(err)
	}
	certificatePEM, issuerPEM := pemOf("CERTIFICATE", id.cert.Raw), pemOf("CERTIFICATE", issuer.Raw)
	archive := func(encoder *pkcs12.Encoder, password string) []byte {
		content, err := encoder.Encode(id.key, id.cert, []*x509.Certificate{issuer}, password)
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	modern := archive(pkcs12.Modern, "secret")

	tests := map[string]struct {
		input    []byte
		password string
	}{
		"PEM, PKCS#8":                {[]byte(certificatePEM + issuerPEM + pemOf("PRIVATE KEY", pkcs8)), ""},
		"PEM, PKCS#1, key first":     {[]byte(pemOf("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(id.key)) + certificatePEM + issuerPEM), ""},
		"PEM, issuer first":          {[]byte(issuerPEM + certificatePEM + pemOf("PRIVATE KEY", pkcs8)), ""},
		"PEM in base64":              {[]byte(base64.StdEncoding.EncodeToString([]byte(certificatePEM + issuerPEM + pemOf("PRIVATE KEY", pkcs8)))), ""},
		"PEM ignores a password":     {[]byte(certificatePEM + issuerPEM + pemOf("PRIVATE KEY", pkcs8)), "unused"},
		"PFX binary":                 {modern, "secret"},
		"PFX base64":                 {[]byte(base64.StdEncoding.EncodeToString(modern)), "secret"},
		"PFX base64 in lines":        {[]byte(wrapped(base64.StdEncoding.EncodeToString(modern), 76)), "secret"},
		"PFX legacy":                 {archive(pkcs12.LegacyDES, "secret"), "secret"},
		"PFX without password":       {archive(pkcs12.Modern, ""), ""},
		"PFX without any protection": {archive(pkcs12.Passwordless, ""), ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseKeyPair(test.input, test.password)
			if err != nil {
				t.Fatal(err)
			}
			if !id.key.Equal(got.Key) {
				t.Error("a different key")
			}
			if !got.Certificate.X509.Equal(id.cert) || len(got.Chain) != 2 || !got.Chain[0].Equal(id.cert) || !got.Chain[1].Equal(issuer) {
				t.Errorf("chain is not the certificate of the key and its issuer")
			}
		})
	}
}

func TestParseKeyPairRefuses(t *testing.T) {
	t.Parallel()
	id := testIdentity()
	strangerKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	archive, err := pkcs12.Modern.Encode(id.key, id.cert, nil, "secret")
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := pkcs12.Modern.Encode(strangerKey, id.cert, nil, "secret")
	if err != nil {
		t.Fatal(err)
	}
	certificatePEM := pemOf("CERTIFICATE", id.cert.Raw)
	keyPEM := pemOf("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(id.key))
	oldStyle := string(pem.EncodeToMemory(&pem.Block{
		Type: "RSA PRIVATE KEY", Bytes: []byte("opaque"),
		Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-256-CBC,00"},
	}))

	tests := map[string]struct {
		input    string
		password string
		want     error
	}{
		"nothing":               {"\n", "", ErrEmpty},
		"wrong password":        {string(archive), "guess", ErrWrongPassword},
		"missing password":      {string(archive), "", ErrWrongPassword},
		"foreign key in PFX":    {string(foreign), "secret", ErrKeyMismatch},
		"foreign key in PEM":    {certificatePEM + pemOf("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(strangerKey)), "", ErrKeyMismatch},
		"certificate alone":     {certificatePEM, "", ErrNoKey},
		"DER certificate alone": {string(id.cert.Raw), "", ErrNoKey},
		"PFX without key":       {string(testdata(t, "public-modern.pfx")), "", ErrNoKey},
		"key alone":             {keyPEM, "", ErrNoCertificate},
		"DER key alone":         {string(x509.MarshalPKCS1PrivateKey(id.key)), "", ErrNoCertificate},
		"encrypted PKCS#8":      {certificatePEM + pemOf("ENCRYPTED PRIVATE KEY", []byte("opaque")), "secret", ErrEncryptedKey},
		"encrypted PKCS#1":      {certificatePEM + oldStyle, "secret", ErrEncryptedKey},
		"damaged key":           {certificatePEM + pemOf("PRIVATE KEY", []byte("opaque")), "", ErrUnparsable},
		"damaged PFX":           {string(archive[:len(archive)/2]), "secret", ErrUnparsable},
		"words":                 {"not a certificate!", "", ErrUnparsable},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := ParseKeyPair([]byte(test.input), test.password); !errors.Is(err, test.want) {
				t.Fatalf("got %v, want %v", err, test.want)
			}
		})
	}
}

func TestKeyPairNeverPrintsItsKey(t *testing.T) {
	t.Parallel()
	id := testIdentity()
	pair, err := ParseKeyPair([]byte(pemOf("CERTIFICATE", id.cert.Raw)+pemOf("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(id.key))), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(verb, pair); strings.Contains(got, id.key.D.String()) || !strings.Contains(got, pair.Certificate.ThumbprintSHA1()) {
			t.Errorf("%s prints %q", verb, got)
		}
	}
}
