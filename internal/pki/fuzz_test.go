package pki

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"testing"

	"software.sslmate.com/src/go-pkcs12"
)

// What holds a private key is never taken for a public certificate, however it is written; and of what holds both, all
// agree on which certificate it is.
func FuzzParseCertificate(f *testing.F) {
	id := testIdentity()
	pkcs8, err := x509.MarshalPKCS8PrivateKey(id.key)
	if err != nil {
		f.Fatal(err)
	}
	certificate, key := pemOf("CERTIFICATE", id.cert.Raw), pemOf("PRIVATE KEY", pkcs8)
	// Without the iterations of a password, so that no input takes long.
	archive, err := pkcs12.Passwordless.Encode(id.key, id.cert, nil, "")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		certificate, key + certificate, certificate + key, string(id.cert.Raw), string(pkcs8), string(archive),
		hex.EncodeToString(id.cert.Raw), base64.StdEncoding.EncodeToString(archive), base64.URLEncoding.EncodeToString(id.cert.Raw),
		base64.StdEncoding.EncodeToString([]byte(key + certificate)), "\ufeff" + certificate, "MIIC", "-----BEGIN ", "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, input string) {
		public, publicErr := ParsePublic(input)
		pair, pairErr := ParseKeyPair([]byte(input), "")
		whole, wholeErr := ParseCertificate(input, "")
		if pairErr == nil {
			if !errors.Is(publicErr, ErrPrivateKey) {
				t.Errorf("a key pair is taken for public: %v", publicErr)
			}
			own, ok := pair.Key.Public().(interface{ Equal(crypto.PublicKey) bool })
			if !ok || !own.Equal(pair.Certificate.X509.PublicKey) {
				t.Error("the key is that of another certificate")
			}
			if wholeErr != nil || !bytes.Equal(whole.DER, pair.Certificate.DER) {
				t.Errorf("the certificate of a pair is another one without its key: %v", wholeErr)
			}
		}
		if publicErr == nil && (wholeErr != nil || !bytes.Equal(whole.DER, public.DER)) {
			t.Errorf("a public certificate is another one when keys are allowed: %v", wholeErr)
		}
	})
}
