package appsession

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// Limits of the attributes.
const (
	maxDescription = 1024
	maxUniqueName  = 120
	maxValidDays   = 3650
	maxAPIs        = 50
	maxPermissions = 400
	maxOverlap     = 365
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

func (m model) validateExchange(diags *diag.Diagnostics) {
	if !tfkit.IsSet(m.Exchange) {
		return
	}
	p := path.Root("exchange_online_powershell")
	if m.Certificate.IsNull() && !m.ClientSecret.IsNull() { // whether the default is a client secret, the plan knows
		diags.Append(exchangeBySecret())
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

func exchangeBySecret() diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("exchange_online_powershell"), "Exchange Online PowerShell without a certificate",
		"exchange_online_powershell is set, but Exchange Online PowerShell accepts no client secret. Set certificate, or remove "+
			"exchange_online_powershell.")
}

func exchangeRoleNames() []string {
	names := make([]string, len(entra.ExchangeRoles))
	for i, role := range entra.ExchangeRoles {
		names[i] = role.Name
	}
	return names
}
