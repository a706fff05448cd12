package tfkit

import (
	"errors"
	"fmt"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// explainOnPrem explains the errors about on-premises settings; it is empty for any other.
func (f Failure) explainOnPrem(err error) string {
	var absent *entra.NoAppSessionError
	var foreign *entra.NotAppSessionError
	var cloud *entra.NotSynchronisedError
	var unknown *entra.UnknownSynchronisationError
	var taken *entra.OnPremTakenError
	var mismatch *entra.ExtensionMismatchError
	var unavailable *entra.UnavailableExtensionsError
	var tooLong *entra.ConnectionTooLongError
	switch {
	case errors.As(err, &absent):
		return fmt.Sprintf("Tenant %s has no application with the client ID %s. Use the client_id of a sapio365_app_session. If the session is in "+
			"another tenant, set tenant_id to the same as on the session; if it was deleted, create it anew.", f.TenantID, absent.ClientID)
	case errors.As(err, &foreign):
		return fmt.Sprintf("The application %q (client ID %s) in tenant %s is not an App session: it lacks the tag %s. On-premises settings are "+
			"kept on App sessions alone. Use the client_id of a sapio365_app_session. One that was imported gets the tag when it is next "+
			"changed, for example in its description: apply that first.", foreign.DisplayName, foreign.ClientID, f.TenantID, entra.TagAppSession)
	case errors.As(err, &cloud):
		return explainNotSynchronised(cloud)
	case errors.As(err, &unknown):
		return f.explainUnknownSynchronisation(unknown)
	case errors.As(err, &taken):
		return fmt.Sprintf("The App session %q (client ID %s) has other on-premises settings already. Nothing was changed.\n\n"+
			"To manage those, import them (replace NAME by the name of the resource):\n\n"+
			"import {\n  to = sapio365_app_session_onprem.NAME\n  id = \"%s/%[2]s\"\n}\n\n"+
			"If another sapio365_app_session_onprem manages them, remove one of the two: a session has one set of settings.",
			taken.DisplayName, taken.ClientID, f.TenantID)
	case errors.As(err, &mismatch):
		return sentence(mismatch.Error()) + fmt.Sprintf(" A definition cannot be changed. If nobody needs it, delete it and apply again:\n\n"+
			"az rest --method DELETE --url \"https://graph.microsoft.com/v1.0/applications(appId='%s')/extensionProperties/%s\"",
			mismatch.ClientID, mismatch.Definition.ID)
	case errors.As(err, &unavailable):
		return sentence(unavailable.Error()) + " Apply the sapio365_app_session first: it makes the service principal anew."
	case errors.As(err, &tooLong):
		return sentence(tooLong.Error()) + " Shorten it, for example by leaving the version out of credential_secret_id."
	}
	return ""
}

func explainNotSynchronised(e *entra.NotSynchronisedError) string {
	return sentence(e.Error()) + " On-premises settings have no use there. Check tenant_id, or set up Microsoft Entra Connect first; " +
		"to keep the settings all the same, set require_hybrid = false."
}

func (f Failure) explainUnknownSynchronisation(e *entra.UnknownSynchronisationError) string {
	text := f.explainCause(e.Cause)
	if errors.Is(e, entra.ErrForbidden) {
		text += "\n\nWithout this, it cannot be seen whether the tenant is synchronised with an on-premises Active Directory. To do " +
			"without the check, set require_hybrid = false."
	}
	return text
}
