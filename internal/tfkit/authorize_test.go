package tfkit

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

type nobody struct{ err error }

func (n nobody) Caller(context.Context, string, ...entra.AccessRule) (entra.Caller, error) {
	return entra.Caller{ObjectID: "nobody"}, n.err
}

// A refusal says that nothing was written, and a warning that the provider goes on; neither says both.
func TestAuthorizeSaysWhatHappens(t *testing.T) {
	t.Parallel()
	const nothing, goesOn = "othing ", "so the provider goes on"
	for _, err := range []error{nil, errors.New("the groups cannot be read")} {
		for enforcement, want := range map[entra.Enforcement]struct {
			severity  diag.Severity
			says, not string
		}{
			entra.Enforce:      {diag.SeverityError, nothing, goesOn},
			entra.WarnOfAccess: {diag.SeverityWarning, goesOn, nothing + "w"}, // "Nothing was written", not "nothing of that kind"
		} {
			p := &Provider{Callers: nobody{err}, Enforcement: enforcement}
			diags := p.Authorize(t.Context(), Failure{Summary: "Could not create the App session", TenantID: "t"}, entra.ManageSessions)
			if len(diags) != 1 || diags[0].Severity() != want.severity {
				t.Fatalf("%s: %v", enforcement, diags)
			}
			text := diags[0].Summary() + " " + diags[0].Detail()
			if !strings.Contains(text, want.says) || strings.Contains(text, want.not) || (enforcement == entra.Enforce) != strings.Contains(text, "Could not") {
				t.Errorf("%s: %s", enforcement, text)
			}
		}
	}
	p := &Provider{Callers: nobody{errors.New("never asked")}, Enforcement: entra.IgnoreAccess}
	if diags := p.Authorize(t.Context(), Failure{}, entra.ManageSessions); len(diags) > 0 {
		t.Error(diags)
	}
}
