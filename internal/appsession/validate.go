package appsession

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/pki"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// Limits of the attributes.
const (
	maxDescription = 1024
	maxUniqueName  = 120
	maxValidDays   = 3650
	maxAPIs        = 50
	maxPermissions = 400
)

// validate checks what a configuration says on its own. Unknown values pass: they are checked again when they are
// known.
func (m model) validate() diag.Diagnostics {
	var diags diag.Diagnostics
	m.validateNames(&diags)
	tfkit.CheckOwners(m.Owners, &diags)
	m.validatePermissions(&diags)
	m.validateCredentials(&diags)
	m.validateExchange(&diags)
	return diags
}

func (m model) validateNames(diags *diag.Diagnostics) {
	tfkit.CheckDisplayName(m.DisplayName, diags)
	if length := utf8.RuneCountInString(m.Description.ValueString()); length > maxDescription {
		diags.AddAttributeError(path.Root("description"), "Description too long", fmt.Sprintf(
			"description has %d characters. Shorten it to %d.", length, maxDescription))
	}
	if name := m.UniqueName; tfkit.IsSet(name) {
		p, value := path.Root("unique_name"), name.ValueString()
		if length := utf8.RuneCountInString(value); length < 1 || length > maxUniqueName {
			diags.AddAttributeError(p, "Unique name too long or empty", fmt.Sprintf(
				"unique_name has %d characters. Give it 1 to %d, or leave it out to have one derived from display_name.", length, maxUniqueName))
		}
		if strings.ContainsFunc(value, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
			diags.AddAttributeError(p, "Unique name with white space", fmt.Sprintf(
				"unique_name %q has white space or control characters. Use dashes in their place.", value))
		}
	}
}

func (m model) validateCredentials(diags *diag.Diagnostics) {
	if tfkit.IsSet(m.ClientSecret) && tfkit.IsSet(m.Certificate) {
		diags.AddAttributeError(path.Root("client_secret"), "Two kinds of credential",
			"client_secret and certificate are both set. An App session signs in by one of them: remove the other.")
	}
	if days := daysOf(m.ClientSecret); tfkit.IsSet(days) && (days.ValueInt64() < 1 || days.ValueInt64() > maxValidDays) {
		diags.AddAttributeError(path.Root("client_secret").AtName("valid_days"), "Validity out of range", fmt.Sprintf(
			"client_secret.valid_days is %d. Give 1 to %d days.", days.ValueInt64(), maxValidDays))
	}
	if value := text(m.Certificate, "value"); tfkit.IsSet(value) {
		if _, err := pki.ParsePublic(value.ValueString()); err != nil {
			diags.Append(certificateProblem(err))
		}
	}
}

var certificatePath = path.Root("certificate").AtName("value")

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
func (m model) validateExpiry(now time.Time) diag.Diagnostics {
	var diags diag.Diagnostics
	certificate, err := pki.ParsePublic(text(m.Certificate, "value").ValueString())
	if err == nil && !certificate.NotAfter().After(now) {
		diags.AddAttributeError(certificatePath, "Expired certificate", fmt.Sprintf(
			"certificate.value is the certificate %s, which expired on %s: nobody could sign in with it. Give one that is still valid.",
			certificate.ThumbprintSHA1(), certificate.NotAfter().Format(time.RFC3339)))
	}
	return diags
}

func (m model) validateExchange(diags *diag.Diagnostics) {
	if !tfkit.IsSet(m.Exchange) {
		return
	}
	p := path.Root("exchange_online_powershell")
	if m.Certificate.IsNull() {
		diags.AddAttributeError(p, "Exchange Online PowerShell without a certificate",
			"exchange_online_powershell is set, but Exchange Online PowerShell accepts no client secret. Set certificate, or remove "+
				"exchange_online_powershell.")
	}
	role := text(m.Exchange, "role")
	if _, known := entra.ExchangeRole(role.ValueString()); tfkit.IsSet(role) && !known {
		names := exchangeRoleNames()
		hint := ""
		if nearest := entra.Nearest(role.ValueString(), names); nearest != "" {
			hint = fmt.Sprintf(" Did you mean %q?", nearest)
		}
		diags.AddAttributeError(p.AtName("role"), "Unknown role for Exchange Online PowerShell", fmt.Sprintf(
			"exchange_online_powershell.role is %q, with which an application may not connect to Exchange Online PowerShell.%s Use one of: %s.",
			role.ValueString(), hint, strings.Join(names, ", ")))
	}
}

func exchangeRoleNames() []string {
	names := make([]string, len(entra.ExchangeRoles))
	for i, role := range entra.ExchangeRoles {
		names[i] = role.Name
	}
	return names
}
