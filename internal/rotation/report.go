package rotation

import (
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

const outage = "An outage until the next apply"

// report tells what was done, and what is to be done now.
func report(resp *action.InvokeResponse, request entra.RotationRequest, revoke bool) {
	asked := "A new client secret was asked for"
	if request.Again {
		asked = "A new client secret had been asked for already"
	}
	say(resp, fmt.Sprintf("%s for the App session %q. Apply its sapio365_app_session: the refresh sees the request, and the apply makes the secret.",
		asked, request.DisplayName))
	if revoke {
		say(resp, fmt.Sprintf("Client secrets removed: %d.", len(request.Revoked)))
	}
	switch {
	case len(request.Revoked) > 0:
		resp.Diagnostics.AddWarning(outage, fmt.Sprintf("Client secrets of the App session %q removed: %d. Nobody can sign in with them any more. "+
			"Apply its sapio365_app_session now, which makes the next one.", request.DisplayName, len(request.Revoked)))
	case request.Ours == 0:
		resp.Diagnostics.AddWarning("No client secret of the provider", fmt.Sprintf("The App session %q has no client secret that the provider has "+
			"made. While it signs in with a certificate, or was imported without client_secret, an apply makes no secret, and the request waits.",
			request.DisplayName))
	}
}

// explain says what went wrong: at the attribute that names the App session, where it is about that.
func explain(failure tfkit.Failure, request entra.RotationRequest) diag.Diagnostics {
	var absent *entra.NoAppSessionError
	var foreign *entra.NotAppSessionError
	var unfinished *entra.UnfinishedSessionError
	at := path.Root("client_id")
	switch {
	case errors.As(failure.Err, &absent):
		return located(at, "No such App session", fmt.Sprintf("Tenant %s has no application with the client ID %s. Use the client_id of a "+
			"sapio365_app_session. If the session is in another tenant, set tenant_id to the same as on the session.", failure.TenantID, absent.ClientID))
	case errors.As(failure.Err, &foreign):
		return located(at, "Not an App session", fmt.Sprintf("The application %q (client ID %s) in tenant %s is not an App session: it lacks the tag %s. "+
			"Nothing was changed. Use the client_id of a sapio365_app_session. One that was imported gets the tag when it is next changed, for "+
			"example in its description: apply that first.", foreign.DisplayName, foreign.ClientID, failure.TenantID, entra.TagAppSession))
	case errors.As(failure.Err, &unfinished):
		return located(at, "Unfinished App session", fmt.Sprintf("The App session %q (client ID %s) in tenant %s is still being set up: its create has "+
			"not ended, or has failed. Nothing was changed. Apply its sapio365_app_session, which finishes it and makes its client secret.",
			unfinished.DisplayName, unfinished.ClientID, failure.TenantID))
	}
	diags := failure.Diagnostics()
	if n := len(request.Revoked); n > 0 {
		diags.AddWarning(outage, fmt.Sprintf("Before that, the request was made, and client secrets of the App session %q were removed: %d. Nobody can "+
			"sign in with them any more. Apply its sapio365_app_session now, which makes the next one.", request.DisplayName, n))
	}
	return diags
}

func located(at path.Path, summary, detail string) diag.Diagnostics {
	var diags diag.Diagnostics
	diags.AddAttributeError(at, summary, detail)
	return diags
}
