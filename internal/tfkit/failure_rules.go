package tfkit

import (
	"fmt"
	"strings"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// waysOut ends every message of an access rule.
func (f Failure) waysOut() string {
	if f.goesOn {
		return "To be refused instead, set access_enforcement = \"enforce\" in the provider block; to check nothing, \"off\"."
	}
	return "To be told and go on, set access_enforcement = \"warn\" in the provider block; to check nothing, \"off\"."
}

// explainAccessDenied names the caller, the rule, and the configuration that would satisfy it.
func (f Failure) explainAccessDenied(e *entra.AccessDeniedError) string {
	what := sentence(capital(e.Error()))
	if !f.goesOn {
		what += " Nothing was written."
	}
	parts := []string{
		what,
		fmt.Sprintf("The rule of sapio365: %s.\nThe caller holds in tenant %s: %s.", e.Rule.Text(), f.TenantID, e.Caller.Holdings()),
	}
	if e.AppSession {
		parts = append(parts, "Run Terraform as a user, or as the service principal of an application that is no App session.")
	} else {
		parts = append(parts, f.satisfying(e))
	}
	return strings.Join(append(parts, f.waysOut()), "\n\n")
}

// capital begins the text with a capital letter.
func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// satisfying is the configuration that gives the caller what it lacks.
func (f Failure) satisfying(e *entra.AccessDeniedError) string {
	var b strings.Builder
	register := fmt.Sprintf("%q", e.Caller.AccessRolesID)
	b.WriteString("A Global Administrator, or somebody with \"General Manager\", can apply this once (in a configuration of its own, if this one " +
		"is applied by the pipeline):\n\n")
	if e.Caller.AccessRolesID == "" {
		register = "sapio365_access_roles.this.client_id"
		fmt.Fprintf(&b, "resource \"sapio365_access_roles\" \"this\" {\n  tenant_id = %q\n}\n\n", f.TenantID)
	}
	for _, role := range e.Missing {
		label := strings.ToLower(strings.ReplaceAll(role, " ", "_"))
		fmt.Fprintf(&b, "resource \"sapio365_access_role_assignment\" %q {\n  tenant_id       = %q\n  access_roles_id = %s\n"+
			"  role            = %q\n  principal_id    = %q\n}\n\n", label, f.TenantID, register, role, e.Caller.ObjectID)
	}
	b.WriteString("Where the assignment is made by the same apply, let the App session depend on it (depends_on).")
	return b.String()
}

// explainUnknownCaller says why a rule could not be checked.
func (f Failure) explainUnknownCaller(e *UnknownCallerError) string {
	what := sentence(capital(e.Error()))
	if !f.goesOn {
		what += " Under access_enforcement = \"enforce\" nothing is written then."
	}
	return what + "\n\n" + f.explain(e.Cause) + "\n\n" + f.waysOut()
}
