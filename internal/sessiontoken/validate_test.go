package sessiontoken

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/pki"
)

// pems are a key and its certificate.
type pems struct{ key, certificate string }

func generate() pems {
	pair, err := pki.Generate(pki.Request{CommonName: "test", KeyBits: 2048, NotBefore: time.Now(), Valid: time.Hour})
	if err != nil {
		panic(err)
	}
	key, err := pair.PrivateKeyPEM()
	if err != nil {
		panic(err)
	}
	return pems{key, pair.Certificate.PEM()}
}

var own, others = sync.OnceValue(generate), sync.OnceValue(generate)

func elliptic256(t *testing.T) pems {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pems{
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})),
		string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	key, certificate, unknown := types.StringValue(own().key), types.StringValue(own().certificate), types.StringUnknown()
	secret, null, curve := types.StringValue(testSecret), types.StringNull(), elliptic256(t)
	encrypted := "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"
	for name, tt := range map[string]struct {
		secret, key, certificate types.String
		scope                    string
		at, says                 string // of the only diagnostic; empty for none
	}{
		"secret":            {secret: secret},
		"key pair":          {key: key, certificate: certificate},
		"chain":             {key: key, certificate: types.StringValue(others().certificate + own().certificate)},
		"unknown":           {secret: unknown, key: unknown, certificate: unknown},
		"perhaps one":       {secret: secret, key: unknown},
		"nothing":           {says: "Nothing says"},
		"two kinds":         {secret: secret, key: key, certificate: certificate, at: "client_secret", says: "Two kinds"},
		"secret and half":   {secret: secret, certificate: certificate, at: "client_secret", says: "Two kinds"},
		"key alone":         {key: key, at: "private_key_pem", says: "certificate_pem is not set"},
		"certificate alone": {certificate: certificate, at: "certificate_pem", says: "private_key_pem is not set"},
		"empty secret":      {secret: types.StringValue(""), at: "client_secret", says: "empty"},
		"another's certificate": {key: key, certificate: types.StringValue(others().certificate), at: "certificate_pem",
			says: "does not belong to the key"},
		"key in certificate": {key: key, certificate: types.StringValue(own().key + own().certificate), at: "certificate_pem",
			says: "holds a private key"},
		"certificate as base64": {key: key, certificate: types.StringValue(bare(own().certificate)), at: "certificate_pem", says: "is not PEM"},
		"no certificate":        {key: key, certificate: types.StringValue("file(certificate.pem)"), at: "certificate_pem", says: "cannot be decoded"},
		"no key":                {key: types.StringValue("file(key.pem)"), certificate: certificate, at: "private_key_pem", says: "the private key is missing"},
		"encrypted key":         {key: types.StringValue(encrypted), certificate: certificate, at: "private_key_pem", says: "is encrypted"},
		"elliptic curve": {key: types.StringValue(curve.key), certificate: types.StringValue(curve.certificate), at: "private_key_pem",
			says: "ECDSA P-256"},
		"Exchange":           {secret: secret, scope: "https://outlook.office365.com/.default"},
		"by URN":             {secret: secret, scope: "api://00000003-0000-0000-c000-000000000000/.default"},
		"by client ID":       {secret: secret, scope: "00000003-0000-0000-c000-000000000000/.default"},
		"one permission":     {secret: secret, scope: "https://graph.microsoft.com/User.Read.All", at: "scope", says: `"/.default"`},
		"bare":               {secret: secret, scope: ".default", at: "scope", says: `"/.default"`},
		"two scopes":         {secret: secret, scope: "https://a.example/.default https://b.example/.default", at: "scope", says: "one API"},
		"name":               {secret: secret, scope: "Microsoft Graph/.default", at: "scope", says: "one API"},
		"empty scope stands": {secret: secret, scope: " ", at: "scope", says: "one API"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := input{ClientSecret: tt.secret, PrivateKeyPEM: tt.key, CertificatePEM: tt.certificate, Scope: null}
			if tt.scope != "" {
				m.Scope = types.StringValue(tt.scope)
			}
			var diags diag.Diagnostics
			m.validate(&diags)
			check(t, diags, tt.at, tt.says)
		})
	}
}

// bare is the base64 inside of PEM.
func bare(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[1:len(lines)-1], "\n")
}

func check(t *testing.T, diags diag.Diagnostics, at, says string) {
	t.Helper()
	if says == "" {
		if len(diags) > 0 {
			t.Error(diags)
		}
		return
	}
	if len(diags) != 1 {
		t.Fatalf("%d diagnostics: %v", len(diags), diags)
	}
	text, place := diags[0].Summary()+": "+diags[0].Detail(), ""
	if placed, ok := diags[0].(diag.DiagnosticWithPath); ok {
		place = placed.Path().String()
	}
	if place != at || !strings.Contains(text, says) {
		t.Errorf("at %q: %s", place, text)
	}
	for _, quoted := range []string{testSecret, bare(own().key)[:20]} {
		if strings.Contains(text, quoted) {
			t.Errorf("it quotes a credential: %s", text)
		}
	}
}

// A key pair signs in as itself.
func TestRequestOfAKeyPair(t *testing.T) {
	t.Parallel()
	m := input{ClientID: types.StringValue(clientID), PrivateKeyPEM: types.StringValue(own().key), CertificatePEM: types.StringValue(own().certificate)}
	request, err := m.request(tenantID)
	if err != nil || request.KeyPair == nil || request.Secret != "" || request.KeyPair.Certificate.PEM() != own().certificate {
		t.Errorf("%v, %v", request, err)
	}
}
