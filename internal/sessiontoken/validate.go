package sessiontoken

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/pki"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// validate checks what is known. Nothing that it says quotes a credential.
func (i input) validate(diags *diag.Diagnostics) {
	i.validateKind(diags)
	if tfkit.IsSet(i.ClientSecret) && i.ClientSecret.ValueString() == "" {
		diags.AddAttributeError(path.Root("client_secret"), "Empty client secret",
			"client_secret is empty. Give the value of a client secret of the App session, for example client_secret_value of "+
				"sapio365_app_session.")
	}
	if tfkit.IsSet(i.Scope) {
		validateScope(i.Scope.ValueString(), diags)
	}
	if tfkit.IsSet(i.PrivateKeyPEM) && tfkit.IsSet(i.CertificatePEM) {
		i.validateKeyPair(diags)
	}
}

// validateKind wants exactly one kind of credential.
func (i input) validateKind(diags *diag.Diagnostics) {
	const ways = "Give either client_secret, or private_key_pem and certificate_pem."
	secret, key, certificate := !i.ClientSecret.IsNull(), !i.PrivateKeyPEM.IsNull(), !i.CertificatePEM.IsNull()
	// An unknown value may turn out to be null.
	unknown := i.ClientSecret.IsUnknown() || i.PrivateKeyPEM.IsUnknown() || i.CertificatePEM.IsUnknown()
	switch {
	case unknown:
	case secret && (key || certificate):
		diags.AddAttributeError(path.Root("client_secret"), "Two kinds of credentials",
			"An App session signs in with a client secret or with a certificate. "+ways)
	case secret || key && certificate:
	case key:
		diags.AddAttributeError(path.Root("private_key_pem"), "Certificate missing",
			"certificate_pem is not set, and a private key signs in only together with its certificate. "+ways)
	case certificate:
		diags.AddAttributeError(path.Root("certificate_pem"), "Private key missing",
			"private_key_pem is not set, and a certificate signs in only together with its private key. "+ways)
	default:
		diags.AddError("No credential", "Nothing says with what the App session is to sign in. "+ways)
	}
}

// validateScope wants one resource with all that the session was granted there: an application cannot ask for less.
func validateScope(scope string, diags *diag.Diagnostics) {
	resource, all := strings.CutSuffix(scope, "/.default")
	parsed, err := url.Parse(resource)
	isURI := err == nil && parsed.Scheme != "" && (parsed.Host != "" || parsed.Opaque != "")
	if all && !strings.ContainsAny(scope, " \t\r\n") && (isURI || entra.IsGUID(resource)) {
		return
	}
	diags.AddAttributeError(path.Root("scope"), "Unusable scope", fmt.Sprintf(
		"%q is not a scope that an application can ask for. Give the application ID URI or the application (client) ID of one API, "+
			"followed by \"/.default\", for example https://outlook.office365.com/.default.", scope))
}

func (i input) validateKeyPair(diags *diag.Diagnostics) {
	key, certificate := path.Root("private_key_pem"), path.Root("certificate_pem")
	if _, err := pki.ParsePublic(i.CertificatePEM.ValueString()); err != nil {
		diags.AddAttributeError(certificate, "Unusable certificate", fmt.Sprintf(
			"certificate_pem: %s. Give the public certificate as PEM.", err))
		return
	}
	pair, err := i.keyPair()
	switch {
	case errors.Is(err, pki.ErrNoCertificate):
		diags.AddAttributeError(certificate, "Unusable certificate",
			"certificate_pem is not PEM: it has no line \"-----BEGIN CERTIFICATE-----\".")
	case errors.Is(err, pki.ErrKeyMismatch):
		diags.AddAttributeError(certificate, "Certificate of another key",
			"certificate_pem does not belong to the key in private_key_pem. Give the certificate of that key.")
	case err != nil:
		diags.AddAttributeError(key, "Unusable private key", fmt.Sprintf(
			"private_key_pem: %s. Give the private key as PEM in PKCS#8 or PKCS#1, not encrypted.", err))
	default:
		if _, ok := pair.Key.(*rsa.PrivateKey); !ok {
			diags.AddAttributeError(key, "Key of another kind", fmt.Sprintf(
				"private_key_pem holds a key of the kind %s. Microsoft Entra ID accepts RSA keys only.", pair.Certificate.KeyType()))
		}
	}
}
