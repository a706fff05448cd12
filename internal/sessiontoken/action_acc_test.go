package sessiontoken_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// By the protocol of Terraform 1.14: the action tells of a sign-in, and fails where there is none.
func TestVerifySignIn(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, "actions are invoked by the protocol there", emulator.TenantOptions{})
	application := tenant.Caller(t, "User.Read.All", "Group.Read.All")
	verify := func(enforcement entra.Enforcement, as emulator.Identity, set map[string]string) (progress, diagnostics string) {
		t.Helper()
		values := map[string]tftypes.Value{"client_id": tftypes.NewValue(tftypes.String, application.ClientID)}
		for name, value := range set {
			values[name] = tftypes.NewValue(tftypes.String, value)
		}
		done := tenant.Invoke(t, "sapio365_verify_sign_in", as, enforcement, values)
		for _, d := range append(done.Planned, done.Diagnostics...) {
			diagnostics += d.Summary + ": " + d.Detail + "\n"
		}
		progress = strings.Join(done.Progress, "\n")
		if text := progress + diagnostics; strings.Contains(text, application.ClientSecret) || strings.Contains(text, "eyJ") {
			t.Errorf("a secret or token is told: %s", text)
		}
		return progress, diagnostics
	}
	right := map[string]string{"client_secret": application.ClientSecret}
	if progress, text := verify(entra.IgnoreAccess, tenant.Admin(), right); text != "" || !strings.Contains(progress, ": Group.Read.All, User.Read.All.") {
		t.Errorf("it says %q\n%s", progress, text)
	}
	if progress, text := verify(entra.Enforce, tenant.Caller(t, "Application.Read.All", "GroupMember.Read.All"), right); progress != "" ||
		!strings.Contains(text, `"Access App sessions"`) {
		t.Errorf("without the access role: %q\n%s", progress, text)
	}
	if _, text := verify(entra.IgnoreAccess, tenant.Admin(), nil); !strings.Contains(text, "Nothing says with what") {
		t.Errorf("without a credential: %s", text)
	}
	tenant.Graph(t, http.MethodPatch, "/servicePrincipals/"+application.ObjectID, map[string]any{"accountEnabled": false})
	if progress, text := verify(entra.IgnoreAccess, tenant.Admin(), right); progress != "" || !strings.Contains(text, "AADSTS7000112") {
		t.Errorf("a disabled session: %q\n%s", progress, text)
	}
}
