package appsession

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// A certificate that somebody else has registered is taken over with a warning, and only then.
func TestCertificateThatWasThereAlready(t *testing.T) {
	t.Parallel()
	certificate := certificates()[0]
	config := input(withCertificate(str(certificate.pem)))
	for name, c := range map[string]struct {
		label string
		warns bool
	}{
		"by hand": {"uploaded in the portal", true}, "without a name": {"", true}, "by a run of ours": {entra.CertificateDisplayName("CN=x"), false},
	} {
		d, state := drive(t, input())
		d.sessions.registration.Secrets = nil
		d.sessions.registration.Keys = []entra.Key{{
			KeyID: "key-1", SHA256: certificate.parsed.ThumbprintSHA256(), DisplayName: c.label, ExpiresAt: certificate.parsed.NotAfter(),
		}}
		state, diags := d.apply(config, state)
		if isWarning(diags) != c.warns || c.warns && !strings.Contains(diags[0].Detail, "put on the registration by somebody else") {
			t.Errorf("%s: %s", name, texts(diags))
		}
		if planned, diags := d.plan(config, state); len(diags) > 0 || !d.value(planned.PlannedState).Equal(state.value) {
			t.Errorf("%s, afterwards: %s", name, texts(diags))
		}
	}
}

// Exchange Online PowerShell takes no key of an elliptic curve.
func TestCertificateOfACurveForExchange(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: now, NotAfter: now.Add(365 * 24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	curve := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	if diags := configured(withCertificate(str(curve))).validate(); len(diags) > 0 {
		t.Errorf("without Exchange: %v", diags)
	}
	diags := configured(withCertificate(str(curve)), withExchange(defaultExchangeRole)).validate()
	if len(diags) != 1 || diags[0].Severity() != diag.SeverityWarning || !strings.Contains(diags[0].Detail(), "ECDSA P-256") {
		t.Errorf("with Exchange: %v", diags)
	}
	if diags := configured(withCertificate(str(certificates()[0].pem)), withExchange(defaultExchangeRole)).validate(); len(diags) > 0 {
		t.Errorf("with an RSA key: %v", diags)
	}
}
