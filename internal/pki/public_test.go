package pki

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"
)

// identity is a certificate with its key, made once for all tests.
type identity struct {
	key  *rsa.PrivateKey
	cert *x509.Certificate
}

var testIdentity = sync.OnceValue(func() identity {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return identity{key: key, cert: selfSigned(key.Public(), key, "leaf")}
})

func selfSigned(public, signer any, name string) *x509.Certificate {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(7),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		NotAfter:     time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, signer)
	if err != nil {
		panic(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return cert
}

func pemOf(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func testdata(t testing.TB, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// separated writes bytes as hex pairs with a separator.
func separated(der []byte, verb, separator string) string {
	pairs := make([]string, len(der))
	for i, b := range der {
		pairs[i] = fmt.Sprintf(verb, b)
	}
	return strings.Join(pairs, separator)
}

func wrapped(text string, width int) string {
	var lines []string
	for ; len(text) > width; text = text[width:] {
		lines = append(lines, text[:width])
	}
	return strings.Join(append(lines, text), "\r\n") + "\r\n"
}

func TestParsePublicFindsTheSameCertificateInEveryEncoding(t *testing.T) {
	t.Parallel()
	text := testdata(t, "public.pem")
	block, _ := pem.Decode(text)
	der := block.Bytes
	base64Of := func(name string) string { return base64.StdEncoding.EncodeToString(testdata(t, name)) }
	other := pemOf("CERTIFICATE", testIdentity().cert.Raw)

	tests := map[string]string{
		"PEM":                      string(text),
		"PEM with CRLF":            strings.ReplaceAll(string(text), "\n", "\r\n"),
		"PEM with comments":        "Bag Attributes\n    friendlyName: x\n" + string(text) + "\ntrailing words\n",
		"PEM with byte order mark": "\ufeff" + string(text),
		"PEM chain, leaf first":    string(text) + other,
		"PEM as X509 CERTIFICATE":  pemOf("X509 CERTIFICATE", der),
		"PEM in base64":            base64.StdEncoding.EncodeToString(text),
		"base64":                   base64.StdEncoding.EncodeToString(der),
		"base64 without padding":   base64.RawStdEncoding.EncodeToString(der),
		"base64 in lines":          wrapped(base64.StdEncoding.EncodeToString(der), 64),
		"base64url":                base64.URLEncoding.EncodeToString(der),
		"base64url unpadded":       base64.RawURLEncoding.EncodeToString(der),
		"hex lower":                hex.EncodeToString(der),
		"hex upper":                strings.ToUpper(hex.EncodeToString(der)),
		"hex with prefix":          "0x" + hex.EncodeToString(der),
		"hex in lines":             wrapped(hex.EncodeToString(der), 60),
		"hex with colons":          separated(der, "%02X", ":"),
		"hex with spaces":          separated(der, "%02x", " "),
		"hex with dashes":          separated(der, "%02X", "-"),
		"binary":                   string(der),
		"PFX, AES":                 base64Of("public-modern.pfx"),
		"PFX, RC2":                 base64Of("public-legacy.pfx"),
		"PFX, 3DES, no MAC":        base64Of("public-3des-nomac.pfx"),
		"PFX, not encrypted":       base64Of("public-plain.pfx"),
		"PFX in hex":               hex.EncodeToString(testdata(t, "public-modern.pfx")),
		"PFX in base64url":         base64.RawURLEncoding.EncodeToString(testdata(t, "public-modern.pfx")),
	}
	for name, input := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := ParsePublic(input)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.DER, der) || !bytes.Equal(got.X509.Raw, der) {
				t.Errorf("a different certificate: %s", got.X509.Subject)
			}
		})
	}
}

func TestParsePublicRefuses(t *testing.T) {
	t.Parallel()
	id := testIdentity()
	pkcs8, err := x509.MarshalPKCS8PrivateKey(id.key)
	if err != nil {
		t.Fatal(err)
	}
	certificatePEM := pemOf("CERTIFICATE", id.cert.Raw)
	keyed := func(encoder *pkcs12.Encoder, password string) string {
		archive, err := encoder.Encode(id.key, id.cert, nil, password)
		if err != nil {
			t.Fatal(err)
		}
		return base64.StdEncoding.EncodeToString(archive)
	}
	base64Of := base64.StdEncoding.EncodeToString

	tests := map[string]struct {
		input string
		want  error
	}{
		"nothing":                   {"", ErrEmpty},
		"white space":               {" \r\n\t", ErrEmpty},
		"PEM key after certificate": {certificatePEM + pemOf("PRIVATE KEY", pkcs8), ErrPrivateKey},
		"PEM key first":             {pemOf("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(id.key)) + certificatePEM, ErrPrivateKey},
		"encrypted PEM key":         {certificatePEM + pemOf("ENCRYPTED PRIVATE KEY", []byte("opaque")), ErrPrivateKey},
		"damaged PEM key":           {certificatePEM + "-----BEGIN PRIVATE KEY-----\n!!!", ErrPrivateKey},
		"PEM with key in base64":    {base64Of([]byte(certificatePEM + pemOf("EC PRIVATE KEY", []byte("x")))), ErrPrivateKey},
		"DER key PKCS#8":            {base64Of(pkcs8), ErrPrivateKey},
		"DER key PKCS#1":            {hex.EncodeToString(x509.MarshalPKCS1PrivateKey(id.key)), ErrPrivateKey},
		"PFX with key, modern":      {keyed(pkcs12.Modern, ""), ErrPrivateKey},
		"PFX with key, legacy":      {keyed(pkcs12.LegacyDES, ""), ErrPrivateKey},
		"PFX with key, RC2":         {keyed(pkcs12.LegacyRC2, ""), ErrPrivateKey},
		"PFX with key, in clear":    {keyed(pkcs12.Passwordless, ""), ErrPrivateKey},
		"PFX with key and password": {keyed(pkcs12.Modern, "pass word"), ErrPrivateKey},
		"PFX with password":         {base64Of(testdata(t, "public-password.pfx")), ErrWrongPassword},
		"PEM without certificate":   {pemOf("PUBLIC KEY", []byte("x")), ErrUnparsable},
		"PEM cut off":               {certificatePEM[:len(certificatePEM)/2], ErrUnparsable},
		"PEM with damaged content":  {pemOf("CERTIFICATE", id.cert.Raw[:50]), ErrUnparsable},
		"base64 of half":            {base64Of(id.cert.Raw[:200]), ErrUnparsable},
		"base64 of text":            {base64Of([]byte("hello, world")), ErrUnparsable},
		"hex of half":               {hex.EncodeToString(id.cert.Raw[:200]), ErrUnparsable},
		"a thumbprint":              {"8A3F6B2E0C9D4E5F60718293A4B5C6D7E8F90A1B", ErrUnparsable},
		"a path":                    {"./certificates/session.cer", ErrUnparsable},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := ParsePublic(test.input)
			if !errors.Is(err, test.want) {
				t.Fatalf("got %v, want %v", err, test.want)
			}
			var detail *UnparsableError
			if errors.As(err, &detail) && len(detail.Tried) == 0 {
				t.Error("does not say what was tried")
			}
		})
	}
}

func TestCertificateFacts(t *testing.T) {
	t.Parallel()
	id := testIdentity()
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := ParsePublic(pemOf("CERTIFICATE", id.cert.Raw))
	if err != nil {
		t.Fatal(err)
	}
	sum1, sum256 := sha1.Sum(id.cert.Raw), sha256.Sum256(id.cert.Raw)
	elliptical := selfSigned(ecKey.Public(), ecKey, "ec")
	tests := map[string]struct{ got, want string }{
		"SHA-1":      {cert.ThumbprintSHA1(), strings.ToUpper(hex.EncodeToString(sum1[:]))},
		"SHA-256":    {cert.ThumbprintSHA256(), strings.ToUpper(hex.EncodeToString(sum256[:]))},
		"not before": {cert.NotBefore().Format(time.RFC3339), "2026-01-02T03:04:05Z"},
		"not after":  {cert.NotAfter().Format(time.RFC3339), "2027-01-02T03:04:05Z"},
		"RSA":        {cert.KeyType(), "RSA 2048"},
		"ECDSA":      {Certificate{DER: elliptical.Raw, X509: elliptical}.KeyType(), "ECDSA P-256"},
	}
	for name, test := range tests {
		if test.got != test.want {
			t.Errorf("%s: got %q, want %q", name, test.got, test.want)
		}
	}
}

func FuzzParsePublic(f *testing.F) {
	id := testIdentity()
	f.Add(pemOf("CERTIFICATE", id.cert.Raw))
	f.Add(base64.StdEncoding.EncodeToString(id.cert.Raw))
	f.Add(separated(id.cert.Raw, "%02x", ":"))
	f.Add(string(id.cert.Raw))
	for _, name := range []string{"public-modern.pfx", "public-legacy.pfx", "public-plain.pfx", "public-password.pfx"} {
		f.Add(string(testdata(f, name)))
	}
	f.Fuzz(func(t *testing.T, input string) {
		got, err := ParsePublic(input)
		if err == nil && !bytes.Equal(got.DER, got.X509.Raw) {
			t.Error("DER and decoded certificate differ")
		}
	})
}
