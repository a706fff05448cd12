package tfkit

import (
	"fmt"
	"strings"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// explainPolicy says what a tenant's policy has against a credential, and what it would accept.
func explainPolicy(e *entra.PolicyError) string {
	text := sentence(e.Error())
	switch {
	case e.Forbidden:
		return text + " Use a certificate: " + certificateAdvice(e.Rules) + "."
	case e.Secret && entra.WholeDays(e.Limit) < 1:
		return text + " That is less than a day, the shortest life of a secret here. Use a certificate: " + certificateAdvice(e.Rules) + "."
	case e.Secret:
		return fmt.Sprintf("%s This one would be valid for %s. Set client_secret = { valid_days = %d } or less, or use a certificate: %s.",
			text, entra.DaysText(e.Asked), entra.WholeDays(e.Limit), certificateAdvice(e.Rules))
	}
	text += fmt.Sprintf(" This one is valid for %s from its beginning to its end. Have one issued that is valid for at most %s",
		entra.DaysText(e.Asked), entra.DaysText(e.Limit))
	if !e.Rules.AllowSecrets() {
		return text + "."
	}
	if limit := e.Rules.MaxSecretLifetime(); entra.WholeDays(limit) > 0 {
		return fmt.Sprintf("%s, or use client_secret = { valid_days = %d } in its place.", text, entra.WholeDays(limit))
	}
	return text + ", or use client_secret in its place."
}

func certificateAdvice(rules entra.CredentialRules) string {
	advice := `certificate = { value = file("session.pem") }`
	if limit := rules.MaxCertificateLifetime(); limit > 0 {
		advice += ", valid for at most " + entra.DaysText(limit)
	}
	return advice
}

// maxListed is how many changes of a kind are listed; the others are counted.
const maxListed = 3

// explainInsufficient lists what the plan asks for, what the token holds, and who can help.
func (f Failure) explainInsufficient(e *entra.InsufficientError) string {
	var b strings.Builder
	fmt.Fprintf(&b, "In tenant %s, %s lacks permissions on Microsoft Graph:\n", f.TenantID, e.Holder.Describe())
	for _, s := range e.Shortfalls {
		fmt.Fprintf(&b, "  - to %s: %s\n", s.Job, strings.Join(s.Missing, " and "))
		for i, change := range s.Changes {
			if i == maxListed && len(s.Changes) > maxListed+1 {
				fmt.Fprintf(&b, "      and %d more\n", len(s.Changes)-maxListed)
				break
			}
			fmt.Fprintf(&b, "      %s\n", change)
		}
	}
	holds := "none"
	if len(e.Holder.Permissions) > 0 {
		holds = strings.Join(e.Holder.Permissions, ", ")
	}
	fmt.Fprintf(&b, "The token holds: %s.\n%s", holds, whoGrants(e.Holder.User))
	return b.String()
}
