package tfkit

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/signin"
)

const (
	tenantID = "aaaaaaaa-0000-4000-8000-000000000001"
	clientID = "cccccccc-0000-4000-8000-000000000001"
)

func graphAPI() entra.API { return entra.API{ID: "00000003-0000-0000-c000-000000000000"} }

// Each error must say what happened, what it means, and what to do.
func TestFailureSaysWhatToDo(t *testing.T) {
	t.Parallel()
	refused := &entra.GraphError{
		Kind: entra.ErrForbidden, Operation: "grant Microsoft Graph: User.Read.All (application)", Request: "POST /servicePrincipals/x/appRoleAssignedTo",
		Status: 403, Code: "Authorization_RequestDenied", Message: "Insufficient privileges to complete the operation.",
		RequestID: "r-1", ClientRequestID: "c-1", Needs: []string{"AppRoleAssignment.ReadWrite.All"}, Holds: []string{"Application.ReadWrite.OwnedBy"},
	}
	for name, tt := range map[string]struct {
		err  error
		says []string
		not  []string
	}{
		"forbidden": {err: fmt.Errorf("wrapped: %w", refused), says: []string{
			"Could not grant Microsoft Graph: User.Read.All (application)", "403 Authorization_RequestDenied", "Insufficient privileges",
			"Least permissions that would do: AppRoleAssignment.ReadWrite.All", "The token holds: Application.ReadWrite.OwnedBy",
			"Privileged Role Administrator", "request-id r-1", "client-request-id c-1", tenantID,
		}},
		"forbidden to who owns nothing": {
			err: &entra.GraphError{
				Kind: entra.ErrForbidden, Operation: "write", Status: 403, Needs: []string{"Application.ReadWrite.OwnedBy"},
				Holds: []string{"Application.ReadWrite.OwnedBy", "Directory.Read.All"},
			},
			says: []string{
				"enough only for registrations that the provider's identity owns", "an owner of it", "grant it Application.ReadWrite.All",
				"The token holds: Application.ReadWrite.OwnedBy, Directory.Read.All", "Privileged Role Administrator",
			},
			not: []string{"Least permissions"},
		},
		"forbidden to who lacks even that": {
			err: &entra.GraphError{
				Kind: entra.ErrForbidden, Operation: "write", Status: 403, Needs: []string{"Application.ReadWrite.OwnedBy"},
				Holds: []string{"Directory.Read.All"},
			},
			says: []string{"Least permissions that would do: Application.ReadWrite.OwnedBy", "must also own the registration"},
		},
		"forbidden to a token without permissions": {
			err:  &entra.GraphError{Kind: entra.ErrForbidden, Operation: "read", Status: 403, Needs: []string{"Application.Read.All"}},
			says: []string{"The token holds: none"}, not: []string{"OwnedBy"},
		},
		"claim lost": {err: &entra.LostClaimError{ClientID: clientID}, says: []string{clientID, "stopped without writing further"}},
		"throttled":  {err: &entra.GraphError{Kind: entra.ErrThrottled, Operation: "read", Status: 429}, says: []string{"-parallelism"}},
		"answer lost": {
			err:  &entra.GraphError{Kind: entra.ErrUncertain, Operation: "add the client secret", Cause: errors.New("connection reset")},
			says: []string{"connection reset", "Apply again", "not done twice"},
		},
		"out of time": {
			err:  &entra.GraphError{Kind: entra.ErrNotYetVisible, Operation: "see the service principal", Cause: context.DeadlineExceeded},
			says: []string{"see the service principal", "its time of 15m was over", "timeouts.create"},
		},
		"untrusted": {
			err:  &entra.GraphError{Kind: entra.ErrUnavailable, Operation: "read", Cause: x509.UnknownAuthorityError{}},
			says: []string{"ca_certificate_path"}, not: []string{"Check the network"},
		},
		"sign-in beneath a request": {
			err: &entra.GraphError{Kind: entra.ErrUnavailable, Operation: "read", Cause: &signin.Error{
				Tenant: tenantID, ClientID: clientID, Kind: signin.KindSecret, Source: "client_secret",
				Code: "AADSTS7000215", Description: "Invalid client secret", Hint: "Give its value, not its id.",
			}},
			says: []string{"AADSTS7000215", "client_secret", "Give its value, not its id."},
		},
		"name held": {
			err: &entra.NameTakenError{UniqueName: "mine", ClientID: clientID, DisplayName: "Jane"},
			says: []string{`"mine"`, `"Jane"`, "import {", "to = sapio365_app_session.NAME", `id = "` + tenantID + "/" + clientID + `"`,
				"another display_name or unique_name"},
			not: []string{"not made as an App session"},
		},
		"name held by a stranger": {
			err:  &entra.NameTakenError{UniqueName: "mine", ClientID: clientID, Foreign: true},
			says: []string{"not made as an App session"},
		},
		"name held by a deleted one": {
			err:  &entra.NameTakenError{UniqueName: "mine", ClientID: clientID, Deleted: true},
			says: []string{"deleted items", "recover_soft_deleted = true", "purge", "another unique_name"},
		},
		"name held by a deleted stranger": {
			err:  &entra.NameTakenError{UniqueName: "mine", ClientID: clientID, Deleted: true, Foreign: true},
			says: []string{"Purge it"}, not: []string{"recover_soft_deleted"},
		},
		"name held by nobody in sight": {err: &entra.NameTakenError{UniqueName: "mine"}, says: []string{"cannot see"}},
		"name in use by this run":      {err: &entra.NameTakenError{UniqueName: "mine", InProgress: true}, says: []string{"of this run", "unique_name"}},
		"permission of the other kind": {
			err:  &entra.UnknownPermissionError{API: graphAPI(), Kind: entra.Application, Name: "Mail.Read.Shared", OtherKind: true},
			says: []string{`as delegated permission only`, `Move it to the set "delegated"`},
		},
		"permission misspelt": {
			err:  &entra.UnknownPermissionError{API: graphAPI(), Kind: entra.Application, Name: "User.Raed.All", Nearest: "User.Read.All"},
			says: []string{"Microsoft Graph", `"User.Raed.All"`, `Did you mean "User.Read.All"?`},
		},
		"permission unknown": {
			err:  &entra.UnknownPermissionError{API: graphAPI(), Kind: entra.Application, Name: "X"},
			says: []string{"Check the spelling"},
		},
		"API missing": {
			err:  &entra.MissingAPIError{API: graphAPI()},
			says: []string{"no service principal", "Application.ReadWrite.All", "let an administrator add it"},
		},
		"incomplete": {
			err: &entra.IncompleteError{
				Registration: entra.Registration{
					ClientID: clientID, DisplayName: "Jane", ServicePrincipal: &entra.ServicePrincipal{ObjectID: "sp"},
				},
				Missing: []entra.Change{entra.AddOwner{ObjectID: "o"}, entra.FinishProvisioning{}}, Cause: refused,
			},
			says: []string{"AppRoleAssignment.ReadWrite.All", `"Jane" with client ID ` + clientID, "service principal sp",
				"- add the owner o", "- mark the App session as complete", "Nothing was deleted", "keeps its client ID"},
		},
		"provider not known yet": {err: &UnknownSettingsError{Attributes: []string{"client_secret"}}, says: []string{"client_secret", "-target"}},
		"anything else":          {err: errors.New("something"), says: []string{"Something."}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			failure := Failure{Summary: "It failed", TenantID: tenantID, Limit: Limit{Operation: "create", Duration: 15 * time.Minute}, Err: tt.err}
			diags := failure.Diagnostics()
			if len(diags) != 1 || diags[0].Severity() != diag.SeverityError || diags[0].Summary() != "It failed" {
				t.Fatalf("diagnostics %v", diags)
			}
			for _, part := range tt.says {
				if !strings.Contains(diags[0].Detail(), part) {
					t.Errorf("the message lacks %q:\n%s", part, diags[0].Detail())
				}
			}
			for _, part := range tt.not {
				if strings.Contains(diags[0].Detail(), part) {
					t.Errorf("the message holds %q:\n%s", part, diags[0].Detail())
				}
			}
		})
	}
}

// What cannot be deleted because the tenant is closed can be forgotten.
func TestRemovalFromAClosedTenant(t *testing.T) {
	t.Parallel()
	const hint = "terraform state rm ADDRESS"
	for code, hints := range map[string]bool{"AADSTS700016": true, "AADSTS90002": true, "AADSTS7000222": false} {
		refused := fmt.Errorf("wrapped: %w", &signin.Error{Tenant: tenantID, Code: code})
		for _, err := range []error{refused, &UnknownCallerError{Rule: entra.ManageSessions, Cause: refused}} {
			if text := (Failure{TenantID: tenantID, Removes: true, Err: err}).Diagnostics()[0].Detail(); strings.Contains(text, hint) != hints {
				t.Errorf("%s: %s", code, text)
			}
			if text := (Failure{TenantID: tenantID, Err: err}).Diagnostics()[0].Detail(); strings.Contains(text, hint) {
				t.Errorf("%s, of what is no removal: %s", code, text)
			}
		}
	}
}

func TestJoinedErrorsAreToldApart(t *testing.T) {
	t.Parallel()
	first, second, third := errors.New("a"), &entra.GraphError{Kind: entra.ErrThrottled, Cause: errors.New("b")}, errors.New("c")
	err := errors.Join(first, errors.Join(second, third))
	if got := Errors(err); !slices.Equal(got, []error{first, second, third}) {
		t.Errorf("got %v", got)
	}
	if diags := (Failure{Summary: "x", Err: err}).Warnings("What then."); len(diags) != 3 || !strings.HasSuffix(diags[2].Detail(), "What then.") {
		t.Errorf("diagnostics %v", diags)
	}
}

// When the parts of a batch are refused for two reasons, each reason is told once.
func TestIncompleteTellsEachReasonOnce(t *testing.T) {
	t.Parallel()
	refused := func(operation, needs string) error {
		return &entra.GraphError{Kind: entra.ErrForbidden, Operation: operation, Status: 403, Needs: []string{needs}}
	}
	err := &entra.IncompleteError{Cause: errors.Join(
		refused("grant a", "AppRoleAssignment.ReadWrite.All"), refused("grant b", "AppRoleAssignment.ReadWrite.All"),
		refused("assign c", "RoleManagement.ReadWrite.Directory"),
	)}
	detail := Failure{Err: err}.Diagnostics()[0].Detail()
	for part, count := range map[string]int{"AppRoleAssignment.ReadWrite.All": 1, "RoleManagement.ReadWrite.Directory": 1, "grant b": 0} {
		if got := strings.Count(detail, part); got != count {
			t.Errorf("%q is told %d times, wanted %d:\n%s", part, got, count, detail)
		}
	}
}

func TestTenantOutOfReach(t *testing.T) {
	t.Parallel()
	for _, err := range []error{
		&signin.Error{}, &signin.WrongTenantError{}, &signin.AssertionError{}, &signin.UnusableError{Err: errors.New("no file")}, &signin.UnreachableError{}, &signin.UntrustedError{},
		&entra.GraphError{Kind: entra.ErrForbidden}, &entra.GraphError{Kind: entra.ErrUnavailable}, context.DeadlineExceeded,
	} {
		if !IsTenantOutOfReach(fmt.Errorf("wrapped: %w", err)) {
			t.Errorf("%T does not count", err)
		}
	}
	for _, err := range []error{entra.ErrNotFound, entra.ErrInvalid, context.Canceled, errors.New("a defect")} {
		if IsTenantOutOfReach(err) {
			t.Errorf("%v counts", err)
		}
	}
}

func TestSentence(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"could not": "Could not.", "Done.": "Done.", "why not?": "Why not?", "login.microsoftonline.com is far": "login.microsoftonline.com is far.", " ": "",
	} {
		if got := sentence(text); got != want {
			t.Errorf("%q became %q", text, got)
		}
	}
}
