package appsession_test

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
)

// What a certificate must not be, and what the error must say of it.
const (
	hasKey     = `certificate\.value holds a private key.*Take the key out, and renew it.*Give the public certificate as PEM`
	locked     = `certificate\.value is a PFX archive that a password protects.*Give the public certificate as PEM`
	empty      = `certificate\.value is empty\. Give the public certificate as PEM`
	unreadable = `certificate\.value is no certificate in any known encoding: .*tried .*Give the public certificate as PEM`
)

// badCertificates are the same certificate and key in every way that must be refused.
func badCertificates(t *testing.T) map[string]struct{ value, says string } {
	t.Helper()
	public, pair := acctest.Certificate(t, time.Hour)
	key, err := x509.MarshalPKCS8PrivateKey(pair.Key)
	if err != nil {
		t.Fatal(err)
	}
	private := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))
	archive := func(password string) []byte {
		pfx, err := pkcs12.Modern.Encode(pair.Key, pair.Certificate.X509, nil, password)
		if err != nil {
			t.Fatal(err)
		}
		return pfx
	}
	der, inBase64 := pair.Certificate.DER, base64.StdEncoding.EncodeToString
	open, protected := archive(""), archive("hunter22")
	opaque, err := os.ReadFile("../pki/testdata/public-password.pfx")
	if err != nil {
		t.Fatal(err)
	}
	return map[string]struct{ value, says string }{
		"pem_key":           {private, hasKey},
		"pem_both":          {public + private, hasKey},
		"pem_key_damaged":   {public + private[:200], hasKey},
		"pem_key_encrypted": {strings.ReplaceAll(private, "PRIVATE KEY", "ENCRYPTED PRIVATE KEY"), hasKey},
		"base64_key":        {inBase64(key), hasKey},
		"base64_pem_both":   {inBase64([]byte(private + public)), hasKey},
		"hex_key":           {hex.EncodeToString(key), hasKey},
		"pfx":               {inBase64(open), hasKey},
		"pfx_url":           {base64.RawURLEncoding.EncodeToString(open), hasKey},
		"pfx_hex":           {hex.EncodeToString(open), hasKey},
		"pfx_protected":     {inBase64(protected), hasKey},
		"pfx_opaque":        {inBase64(opaque), locked},

		"nothing": {"", empty},
		"blank":   {" \n ", empty},

		"text":          {"thumbprint of my certificate!", unreadable},
		"file_name":     {"session.pem", unreadable},
		"pem_cut":       {public[:len(public)/2], unreadable},
		"pem_garbage":   {"-----BEGIN CERTIFICATE-----\nbm90IGEgY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n", unreadable},
		"pem_request":   {strings.ReplaceAll(public, "CERTIFICATE", "CERTIFICATE REQUEST"), unreadable},
		"base64_cut":    {inBase64(der[:len(der)/2]), unreadable},
		"base64_other":  {inBase64([]byte("not a certificate")), unreadable},
		"base64_broken": {inBase64(der) + "!", unreadable},
		"pfx_cut":       {inBase64(open[:len(open)/2]), unreadable},
		"hex_other":     {hex.EncodeToString([]byte("not a certificate")), unreadable},
		"hex_cut":       {hex.EncodeToString(der[:100]), unreadable},
		"thumbprint":    {pair.Certificate.ThumbprintSHA1(), unreadable},
	}
}

func TestAccAppSession_badCertificate(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, countsRequests, emulator.TenantOptions{})
	certificates := badCertificates(t)
	public, _ := acctest.Certificate(t, time.Hour)
	rows := []badInput{{"both_kinds", with(`client_secret = {}`, certificateLine(public)), "client_secret",
		`client_secret and certificate are both set.* remove the other`}}
	for name, bad := range certificates {
		rows = append(rows, badInput{name, with(fmt.Sprintf(`certificate = { value = %q }`, bad.value)), "", bad.says})
	}
	refusals := acctest.Refused(t, resource.TestStep{Config: tenant.Provider() + declared(rows), PlanOnly: true})
	if requests := tenant.Requests(); len(requests) > 0 {
		t.Errorf("the tenant was asked: %v", requests)
	}
	expect(t, refusals, rows)

	all := strings.Join(refusals, "\n")
	for name, bad := range certificates {
		if secret := strings.Split(strings.TrimSpace(bad.value)+"\n\n", "\n")[1]; len(secret) >= 64 && strings.Contains(all, secret) {
			t.Errorf("%s: the error repeats the value", name)
		}
		if len(bad.value) >= 64 && strings.Contains(all, bad.value[len(bad.value)-64:]) {
			t.Errorf("%s: the error repeats the value", name)
		}
	}
}
