package appsession

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// fakeCallers knows one caller.
type fakeCallers struct {
	caller entra.Caller
	err    error
}

func (f fakeCallers) Caller(context.Context, string, ...entra.AccessRule) (entra.Caller, error) {
	return f.caller, f.err
}

// Every write asks the access rules first; a refresh and a plan do not.
func TestWritesAskTheAccessRules(t *testing.T) {
	t.Parallel()
	entitled := entra.Caller{ObjectID: "o", AccessRoles: map[string]string{"Access App sessions": "directly", "General Manager": "directly"}}
	stranger := entra.Caller{ObjectID: "o", Name: "Pipeline"}
	undetermined := &entra.GraphError{Kind: entra.ErrForbidden, Operation: "list the groups", Status: 403, Needs: []string{"GroupMember.Read.All"}}
	for name, c := range map[string]struct {
		enforcement entra.Enforcement
		callers     fakeCallers
		writes      bool
		says        string
		severity    tfprotov6.DiagnosticSeverity
	}{
		"entitled":                   {entra.Enforce, fakeCallers{caller: entitled}, true, "", 0},
		"a stranger":                 {entra.Enforce, fakeCallers{caller: stranger}, false, `lacks "Access App sessions" and "General Manager"`, tfprotov6.DiagnosticSeverityError},
		"nobody knows":               {entra.Enforce, fakeCallers{err: undetermined}, false, "GroupMember.Read.All", tfprotov6.DiagnosticSeverityError},
		"a stranger, with a warning": {entra.WarnOfAccess, fakeCallers{caller: stranger}, true, `access_enforcement is "warn"`, tfprotov6.DiagnosticSeverityWarning},
		"nobody knows, with a warning": {
			entra.WarnOfAccess, fakeCallers{err: undetermined}, true, `access_enforcement is "warn"`, tfprotov6.DiagnosticSeverityWarning,
		},
		"a stranger, ignored": {entra.IgnoreAccess, fakeCallers{caller: stranger, err: errors.New("nobody may ask")}, true, "", 0},
	} {
		for operation, write := range map[string]func(*driver) []*tfprotov6.Diagnostic{
			"create": func(d *driver) []*tfprotov6.Diagnostic {
				d.sessions.registration, d.sessions.issue = finished(t), issued()
				_, diags := d.apply(input(), d.none())
				return diags
			},
			"update": func(d *driver) []*tfprotov6.Diagnostic {
				state := d.existing()
				changed := input()
				changed.Description = types.StringValue("changed")
				_, diags := d.apply(changed, state)
				return diags
			},
			"delete": func(d *driver) []*tfprotov6.Diagnostic { return d.destroy(d.existing()) },
		} {
			d := newDriver(t)
			d.data.Callers = c.callers
			d.enforce(c.enforcement)
			diags := write(d)
			if got := slices.Contains(d.sessions.calls, operation); got != c.writes {
				t.Errorf("%s of %s: written %t, want %t: %s", operation, name, got, c.writes, texts(diags))
			}
			if (len(diags) == 0) != (c.says == "") || !strings.Contains(texts(diags), c.says) {
				t.Errorf("%s of %s says %s", operation, name, texts(diags))
			}
			for _, d := range diags {
				if d.Severity != c.severity {
					t.Errorf("%s of %s ends with %s", operation, name, d.Severity)
				}
			}
		}
	}
}

// enforce sets what becomes of an operation that breaks the rules.
func (d *driver) enforce(enforcement entra.Enforcement) { d.data.Enforcement = enforcement }

// existing is the state of a session that was made before the rules were asked.
func (d *driver) existing() stored {
	d.t.Helper()
	enforcement := d.data.Enforcement
	d.enforce(entra.IgnoreAccess)
	defer d.enforce(enforcement)
	d.sessions.registration, d.sessions.issue = finished(d.t), issued()
	state, diags := d.apply(input(), d.none())
	if len(diags) > 0 {
		d.t.Fatal(texts(diags))
	}
	d.sessions.calls, d.sessions.issue = nil, nil
	return state
}
