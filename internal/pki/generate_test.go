package pki

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const day = 24 * time.Hour

var begin = time.Date(2026, 5, 4, 3, 2, 1, 999, time.FixedZone("somewhere", 7200))

// generated is one pair for all tests.
var generated = sync.OnceValues(func() (KeyPair, error) {
	return Generate(Request{CommonName: "sapio365 Jöbs", KeyBits: 2048, NotBefore: begin, Valid: 365 * day})
})

func generatedPair(t *testing.T) KeyPair {
	t.Helper()
	pair, err := generated()
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

func TestGenerate(t *testing.T) {
	t.Parallel()
	pair := generatedPair(t)
	c := pair.Certificate.X509
	if want := begin.UTC().Truncate(time.Second); !c.NotBefore.Equal(want) || c.NotAfter.Sub(c.NotBefore) != 365*day {
		t.Errorf("it is valid from %s to %s", c.NotBefore, c.NotAfter)
	}
	if c.Subject.String() != "CN=sapio365 Jöbs" || c.Issuer.String() != c.Subject.String() {
		t.Errorf("subject %s, issuer %s", c.Subject, c.Issuer)
	}
	if c.KeyUsage != x509.KeyUsageDigitalSignature|x509.KeyUsageKeyEncipherment {
		t.Errorf("key usage %b", c.KeyUsage)
	}
	if !slices.Equal(c.ExtKeyUsage, []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}) || c.IsCA || !c.BasicConstraintsValid {
		t.Errorf("extended key usage %v, authority %t", c.ExtKeyUsage, c.IsCA)
	}
	if err := c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature); err != nil {
		t.Errorf("it is not signed by its own key: %v", err)
	}
	if c.SerialNumber.Sign() <= 0 || c.SerialNumber.BitLen() > 159 {
		t.Errorf("serial number %s", c.SerialNumber)
	}
	if pair.Certificate.KeyType() != "RSA 2048" {
		t.Errorf("the key is %s", pair.Certificate.KeyType())
	}
}

func TestGenerateIsNeverTheSame(t *testing.T) {
	t.Parallel()
	first := generatedPair(t)
	second, err := Generate(Request{CommonName: "sapio365 Jöbs", KeyBits: 3072, NotBefore: begin, Valid: 365 * day})
	if err != nil {
		t.Fatal(err)
	}
	if second.Certificate.KeyType() != "RSA 3072" {
		t.Errorf("the key is %s", second.Certificate.KeyType())
	}
	if first.Certificate.X509.SerialNumber.Cmp(second.Certificate.X509.SerialNumber) == 0 {
		t.Error("two certificates have the same serial number")
	}
}

func TestGenerateRefuses(t *testing.T) {
	t.Parallel()
	if pair, err := Generate(Request{CommonName: "x", KeyBits: 100, NotBefore: begin, Valid: day}); err == nil {
		t.Errorf("a key of 100 bits was made: %v", pair)
	}
}

// What is written can be read again, in each form.
func TestEncode(t *testing.T) {
	t.Parallel()
	pair := generatedPair(t)
	key, err := pair.PrivateKeyPEM()
	if err != nil {
		t.Fatal(err)
	}
	block, rest := pem.Decode([]byte(key))
	if block == nil || block.Type != "PRIVATE KEY" || len(rest) > 0 {
		t.Fatal("the key is not one block of PKCS#8")
	}
	same(t, pair, []byte(key+pair.Certificate.PEM()), "")
	for _, password := range []string{"", "correct horse", "pässwörd €"} {
		archive, err := pair.PFX(password)
		if err != nil {
			t.Fatal(err)
		}
		same(t, pair, archive, password)
		if _, err := ParseKeyPair(archive, password+"x"); err == nil {
			t.Errorf("the password %q is not needed", password)
		}
		modern(t, archive)
	}
}

func same(t *testing.T, want KeyPair, input []byte, password string) {
	t.Helper()
	got, err := ParseKeyPair(input, password)
	if err != nil {
		t.Errorf("with the password %q: %v", password, err)
		return
	}
	key, ok := want.Key.(*rsa.PrivateKey)
	if !ok || !key.Equal(got.Key) || !bytes.Equal(got.Certificate.DER, want.Certificate.DER) {
		t.Errorf("with the password %q another pair came back: %s", password, got)
	}
}

// modern fails where an archive is encrypted or protected other than the documentation says.
func modern(t *testing.T, archive []byte) {
	t.Helper()
	for name, oid := range map[string]asn1.ObjectIdentifier{
		"PBES2":       {1, 2, 840, 113549, 1, 5, 13},
		"AES-256-CBC": {2, 16, 840, 1, 101, 3, 4, 1, 42},
		"SHA-256":     {2, 16, 840, 1, 101, 3, 4, 2, 1},
	} {
		encoded, err := asn1.Marshal(oid)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(archive, encoded) {
			t.Errorf("%s is not used", name)
		}
	}
}

// OpenSSL reads the archive as well, and finds the same certificate.
func TestPFXIsReadByOpenSSL(t *testing.T) {
	t.Parallel()
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not on this machine")
	}
	pair := generatedPair(t)
	for _, password := range []string{"", "correct horse"} {
		archive, err := pair.PFX(password)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "pair.pfx")
		if err := os.WriteFile(file, archive, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), openssl, "pkcs12", "-in", file, "-nodes", "-passin", "pass:"+password).CombinedOutput()
		if err != nil {
			t.Fatalf("openssl refuses the archive: %v\n%s", err, out)
		}
		if !strings.Contains(string(out), "BEGIN PRIVATE KEY") {
			t.Error("openssl finds no key")
		}
		same(t, pair, out, "")
	}
}
