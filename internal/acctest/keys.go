package acctest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/pki"
)

// Certificate makes a key pair whose certificate is valid for the time, and returns the certificate as PEM beside it.
func Certificate(t testing.TB, valid time.Duration) (string, pki.KeyPair) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	end := time.Now().Add(valid).Truncate(time.Second)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: t.Name()},
		NotBefore: end.AddDate(-1, 0, 0), NotAfter: end,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	pair, err := pki.ParseKeyPair(append([]byte(KeyPEM(t, pki.KeyPair{Key: key})), certificate...), "")
	if err != nil {
		t.Fatal(err)
	}
	return string(certificate), pair
}

// KeyPEM is the private key of the pair as PEM.
func KeyPEM(t testing.TB, pair pki.KeyPair) string {
	t.Helper()
	key, err := x509.MarshalPKCS8PrivateKey(pair.Key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))
}
