package appsession

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/pki"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

func (m model) validateCredentials(diags *diag.Diagnostics) {
	if tfkit.IsSet(m.ClientSecret) && tfkit.IsSet(m.Certificate) {
		diags.AddAttributeError(secretPath, "Two kinds of credential",
			"client_secret and certificate are both set. An App session signs in by one of them: remove the other.")
	}
	if m.VerifySignIn.ValueBool() && tfkit.IsSet(m.Certificate) {
		diags.AddAttributeError(path.Root("verify_sign_in"), "Sign-in with a certificate cannot be verified",
			"verify_sign_in is true, and certificate is set, whose private key the provider does not have. Remove verify_sign_in.")
	}
	m.validateSecret(diags)
	m.validateCertificate(diags)
}

// validateCertificate checks the certificate and how it is given, as far as that is known.
func (m model) validateCertificate(diags *diag.Diagnostics) {
	if !tfkit.IsSet(m.Certificate) {
		return
	}
	value, writeOnly := text(m.Certificate, "value"), text(m.Certificate, "value_wo")
	password, version := text(m.Certificate, "value_wo_password"), numberOf(m.Certificate, writeOnlyVersion)
	p := path.Root("certificate")
	switch {
	case !value.IsNull() && !writeOnly.IsNull():
		diags.AddAttributeError(writeOnlyPath, "Two certificates",
			"certificate.value and certificate.value_wo are both set. Give the certificate by one of them.")
	case value.IsNull() && writeOnly.IsNull() && !version.IsUnknown():
		diags.AddAttributeError(p, "No certificate", "certificate has neither value nor value_wo. Give the certificate by one of them.")
	case !writeOnly.IsNull() && version.IsNull():
		diags.AddAttributeError(p.AtName(writeOnlyVersion), "Write-only certificate without a version",
			"certificate.value_wo is set without certificate.value_wo_version, by which the provider knows when it is another one. Set it, "+
				"beginning with 1.")
	case writeOnly.IsNull() && (!version.IsNull() || !password.IsNull()):
		diags.AddAttributeError(p, "Nothing for the version or password to be about",
			"certificate.value_wo_version or value_wo_password is set without certificate.value_wo. Set value_wo, or remove them.")
	}
	if overlap := numberOf(m.Certificate, "overlap_days"); tfkit.IsSet(overlap) && (overlap.ValueInt64() < 0 || overlap.ValueInt64() > maxOverlap) {
		diags.AddAttributeError(p.AtName("overlap_days"), "Overlap out of range", fmt.Sprintf(
			"certificate.overlap_days is %d. Give 0 to %d.", overlap.ValueInt64(), maxOverlap))
	}
	if tfkit.IsSet(value) {
		certificate, err := pki.ParsePublic(value.ValueString())
		if err != nil {
			diags.Append(certificateProblem(err))
			return
		}
		m.warnOfKey(certificate, diags)
	}
	if tfkit.IsSet(writeOnly) && !password.IsUnknown() {
		certificate, err := pki.ParseCertificate(writeOnly.ValueString(), password.ValueString())
		if err != nil {
			diags.Append(writeOnlyProblem(err))
			return
		}
		m.warnOfKey(certificate, diags)
	}
}

var (
	certificatePath = path.Root("certificate").AtName("value")
	writeOnlyPath   = path.Root("certificate").AtName("value_wo")
)

func writeOnlyProblem(err error) diag.Diagnostic {
	switch {
	case errors.Is(err, pki.ErrWrongPassword):
		return diag.NewAttributeErrorDiagnostic(path.Root("certificate").AtName("value_wo_password"), "Wrong password of the certificate",
			"certificate.value_wo_password does not open the PFX archive in certificate.value_wo. Give the password with which it was made, and "+
				"leave it out for one without.")
	case errors.Is(err, pki.ErrEmpty):
		return diag.NewAttributeErrorDiagnostic(writeOnlyPath, "Empty certificate", "certificate.value_wo is empty. Give the certificate.")
	}
	return diag.NewAttributeErrorDiagnostic(writeOnlyPath, "Unreadable certificate", fmt.Sprintf(
		"certificate.value_wo holds no certificate in any known encoding: %v. Give PEM, or DER or PFX in base64 or hexadecimal digits.", err))
}

func certificateProblem(err error) diag.Diagnostic {
	const forms = "Give the public certificate as PEM, as DER or PFX in base64, or as hexadecimal digits, for example file(\"session.cer.pem\")."
	switch {
	case errors.Is(err, pki.ErrPrivateKey):
		return diag.NewAttributeErrorDiagnostic(certificatePath, "Private key in the certificate",
			"certificate.value holds a private key. It would end up in the state, and the provider does not need it. "+
				"Take the key out, and renew it if the value has been stored anywhere. "+forms)
	case errors.Is(err, pki.ErrWrongPassword):
		return diag.NewAttributeErrorDiagnostic(certificatePath, "Certificate protected by a password",
			"certificate.value is a PFX archive that a password protects, so it most likely holds the private key. "+forms)
	case errors.Is(err, pki.ErrEmpty):
		return diag.NewAttributeErrorDiagnostic(certificatePath, "Empty certificate", "certificate.value is empty. "+forms)
	}
	return diag.NewAttributeErrorDiagnostic(certificatePath, "Unreadable certificate", fmt.Sprintf(
		"certificate.value is no certificate in any known encoding: %v. %s", err, forms))
}

// validateExpiry refuses to add a certificate that has expired already. It is no part of validate, because the
// certificate of a session that exists must not block every plan once it has expired.
func (m model) validateExpiry(config model, now time.Time) diag.Diagnostics {
	var diags diag.Diagnostics
	certificate, err := m.certificate(config)
	if err == nil && !certificate.NotAfter().After(now) {
		diags.AddAttributeError(certificatePath, "Expired certificate", fmt.Sprintf(
			"certificate.value is the certificate %s, which expired on %s: nobody could sign in with it. Give one that is still valid.",
			certificate.ThumbprintSHA1(), certificate.NotAfter().Format(time.RFC3339)))
	}
	return diags
}

// expiresSoon is how long before its end a certificate, which only its owner can renew, is warned of.
const expiresSoon = 30 * 24 * time.Hour

// warnOfExpiry warns of a certificate that is about to expire, or has expired.
func (m model) warnOfExpiry(now time.Time) diag.Diagnostics {
	var diags diag.Diagnostics
	if !tfkit.IsSet(m.CertificateExpiresAt) || tfkit.Moment(m.CertificateExpiresAt).Sub(now) > expiresSoon {
		return nil
	}
	tense := "expires"
	if !tfkit.Moment(m.CertificateExpiresAt).After(now) {
		tense = "has expired"
	}
	diags.AddAttributeWarning(path.Root("certificate"), "Certificate about to expire", fmt.Sprintf(
		"The certificate %s %s (%s). Give a new one in certificate: it follows this one, which stays for certificate.overlap_days.",
		m.Thumbprint.ValueString(), tense, m.CertificateExpiresAt.ValueString()))
	return diags
}

// warnOfKey warns of a certificate that Exchange Online PowerShell does not take.
func (m model) warnOfKey(certificate pki.Certificate, diags *diag.Diagnostics) {
	if _, isRSA := certificate.X509.PublicKey.(*rsa.PublicKey); !isRSA && tfkit.IsSet(m.Exchange) {
		diags.AddAttributeWarning(path.Root("certificate"), "Certificate that Exchange Online PowerShell does not take", fmt.Sprintf(
			"The certificate has a key of the kind %s. Exchange Online PowerShell takes RSA keys of a CSP key provider only. Have a certificate with "+
				"an RSA key issued, not of a CNG key provider.", certificate.KeyType()))
	}
}

// adopts warns of a certificate that somebody else had put on the registration before it was configured.
func (m model) adopts(want entra.Session, found entra.Registration) diag.Diagnostics {
	var diags diag.Diagnostics
	if want.Certificate == nil || want.Certificate.SHA256 == m.ThumbprintSHA256.ValueString() {
		return nil
	}
	if key, ok := found.Key(want.Certificate.SHA256); ok && !key.IsLabelled() {
		diags.AddAttributeWarning(path.Root("certificate"), "Certificate that was there already", fmt.Sprintf(
			"The certificate %s had been put on the registration by somebody else (%q). It is managed here from now on: once it is taken out of "+
				"the configuration, it is removed.", want.Certificate.SHA1, key.DisplayName))
	}
	return diags
}
