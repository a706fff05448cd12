package tfkit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/signin"
)

// Failure is an operation that failed in a tenant.
type Failure struct {
	Summary  string // "Could not create the App session"
	TenantID string
	Limit    Limit // that the operation was under; zero for none
	Removes  bool  // the operation takes away what the state has
	goesOn   bool  // the operation is carried out all the same
	Err      error
}

// Diagnostics turns the failure into errors for people: what happened, what it means, what to do. Joined errors become
// one diagnostic each.
func (f Failure) Diagnostics() diag.Diagnostics {
	var diags diag.Diagnostics
	for _, err := range Errors(f.Err) {
		diags.AddError(f.Summary, f.explain(err))
	}
	return diags
}

// Warnings are the diagnostics as warnings, each with a note on what became of the operation.
func (f Failure) Warnings(note string) diag.Diagnostics {
	var diags diag.Diagnostics
	for _, err := range Errors(f.Err) {
		diags.AddWarning(f.Summary, f.explain(err)+"\n\n"+note)
	}
	return diags
}

// Apart are the warnings of a tenant that must not stop the others. The tenant stands in the summary, because Terraform
// shows only one of several warnings that have the same.
func (f Failure) Apart(note string) diag.Diagnostics {
	f.Summary += " (tenant " + f.TenantID + ")"
	return f.Warnings(note)
}

// Errors takes apart what errors.Join joined.
func Errors(err error) []error {
	if known(err) {
		return []error{err}
	}
	joined, ok := err.(interface{ Unwrap() []error }) //nolint:errorlint // only the outermost is to be taken apart
	if !ok {
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, Errors(e)...)
	}
	return all
}

// known tells whether the outermost error is one that is explained as a whole.
func known(err error) bool {
	switch err.(type) { //nolint:errorlint // the outermost is meant
	case *entra.GraphError, *UnknownCallerError:
		return true
	}
	return false
}

// IsTenantOutOfReach tells whether the error says that a tenant cannot be worked in at all: no token, or none that
// Microsoft Graph accepts, or no answer.
func IsTenantOutOfReach(err error) bool {
	var refused *signin.Error
	var wrongTenant *signin.WrongTenantError
	if errors.As(err, &refused) || errors.As(err, &wrongTenant) || nobodyAsked(err) || errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	for _, kind := range []error{entra.ErrUnauthorized, entra.ErrForbidden, entra.ErrThrottled, entra.ErrUnavailable} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return isEndpointOutOfReach(err)
}

// nobodyAsked tells whether a sign-in ended before it reached the tenant, for want of something to sign in with.
func nobodyAsked(err error) bool {
	var assertion *signin.AssertionError
	var unusable *signin.UnusableError
	return errors.As(err, &assertion) || errors.As(err, &unusable)
}

func isEndpointOutOfReach(err error) bool {
	var unreachable *signin.UnreachableError
	var untrusted *signin.UntrustedError
	return errors.As(err, &unreachable) || errors.As(err, &untrusted)
}

// explain says in full what one error means. Errors of sign-in come before the request that needed the token.
func (f Failure) explain(err error) string {
	var incomplete *entra.IncompleteError
	if errors.As(err, &incomplete) {
		return f.explainIncomplete(incomplete)
	}
	var b strings.Builder
	b.WriteString(f.explainCause(err))
	if errors.Is(err, context.DeadlineExceeded) && f.Limit.Operation != "" {
		fmt.Fprintf(&b, "\n\nThe operation ended because its time of %s was over. If the tenant is only slow, raise timeouts.%s.",
			short(f.Limit.Duration), f.Limit.Operation)
	}
	if refused := (*signin.Error)(nil); f.Removes && errors.As(err, &refused) && refused.IsClosed() {
		b.WriteString("\n\nIf the tenant is gone, or will not be open again, have the state forget what it has there, which stays as it is: " +
			"terraform state rm ADDRESS")
	}
	return b.String()
}

func (f Failure) explainCause(err error) string {
	var refused *signin.Error
	var assertion *signin.AssertionError
	var unusable *signin.UnusableError
	var wrongTenant *signin.WrongTenantError
	var taken *entra.NameTakenError
	var lost *entra.LostClaimError
	var unknown *entra.UnknownPermissionError
	var missing *entra.MissingAPIError
	var denied *entra.AccessDeniedError
	var unknownCaller *UnknownCallerError
	var policy *entra.PolicyError
	var insufficient *entra.InsufficientError
	var graphError *entra.GraphError
	switch {
	case errors.As(err, &denied):
		return f.explainAccessDenied(denied)
	case errors.As(err, &unknownCaller):
		return f.explainUnknownCaller(unknownCaller)
	case errors.As(err, &refused):
		return sentence(refused.Error())
	case errors.As(err, &assertion):
		return sentence(assertion.Error())
	case errors.As(err, &unusable):
		return sentence(unusable.Error())
	case errors.As(err, &wrongTenant):
		return sentence(wrongTenant.Error())
	case errors.As(err, &taken) && taken.Kind == entra.KindRegister:
		return f.explainRegisterTaken(taken)
	case errors.As(err, &taken):
		return f.explainNameTaken(taken)
	case errors.As(err, &lost):
		return sentence(lost.Error()) + " This run stopped without writing further. Wait until the other run has ended, then apply again; " +
			"do not apply the same configuration from two places at once."
	case errors.As(err, &unknown):
		return explainUnknownPermission(unknown)
	case errors.As(err, &missing):
		return f.explainMissingAPI(missing)
	case errors.As(err, &policy):
		return explainPolicy(policy)
	case errors.As(err, &insufficient):
		return f.explainInsufficient(insufficient)
	}
	if text := cmp.Or(f.explainAccess(err), f.explainOnPrem(err)); text != "" {
		return text
	}
	if errors.As(err, &graphError) {
		return f.explainGraph(graphError)
	}
	return sentence(err.Error())
}

func (f Failure) explainNameTaken(e *entra.NameTakenError) string {
	holder := "a registration"
	if e.ClientID != "" {
		holder = fmt.Sprintf("%q (client ID %s)", e.DisplayName, e.ClientID)
	}
	switch {
	case e.InProgress:
		return fmt.Sprintf("Another sapio365_app_session of this run is creating an App session with the unique name %q in tenant %s. "+
			"Two sessions cannot share one: give one of them another display_name, or set unique_name.", e.UniqueName, f.TenantID)
	case e.Deleted && e.Foreign:
		return fmt.Sprintf("The unique name %q belongs to %s in the deleted items of tenant %s, which is not an App session of this provider. "+
			"Purge it there, or set another unique_name.", e.UniqueName, holder, f.TenantID)
	case e.Deleted:
		return fmt.Sprintf("The unique name %q belongs to %s in the deleted items of tenant %s, where it stays for 30 days. Choose one way out:\n"+
			"  - restore it with its client ID and its permissions: set recover_soft_deleted = true in the provider block;\n"+
			"  - purge it: Entra admin center, App registrations, Deleted applications, Delete permanently;\n"+
			"  - set another unique_name.", e.UniqueName, holder, f.TenantID)
	case e.ClientID == "":
		return fmt.Sprintf("The unique name %q is taken in tenant %s by a registration that this caller cannot see. "+
			"If an App session of that name was created or deleted a moment ago, wait some minutes and apply again; else set another unique_name.",
			e.UniqueName, f.TenantID)
	}
	note := ""
	if e.Foreign {
		note = " It was not made as an App session: import it only if it is meant to become one."
	}
	return fmt.Sprintf("The unique name %q belongs to %s in tenant %s already. Nothing was changed.%s\n\n"+
		"To manage that one, import it (replace NAME by the name of the resource):\n\n"+
		"import {\n  to = sapio365_app_session.NAME\n  id = \"%s/%s\"\n}\n\n"+
		"To have a second one, set another display_name or unique_name.",
		e.UniqueName, holder, f.TenantID, note, f.TenantID, e.ClientID)
}

func explainUnknownPermission(e *entra.UnknownPermissionError) string {
	text := sentence(e.Error())
	switch {
	case e.OtherKind:
		text += fmt.Sprintf(" Move it to the set %q, or remove it.", e.Kind.Other())
	case e.Nearest != "":
		text += fmt.Sprintf(" Did you mean %q?", e.Nearest)
	default:
		text += " Check the spelling against the API's documentation; a permission's GUID is accepted as well."
	}
	return text
}

func (f Failure) explainMissingAPI(e *entra.MissingAPIError) string {
	return fmt.Sprintf("%s has no service principal in tenant %s, so nothing can be granted on it. Either let an administrator add it once "+
		"(az ad sp create --id %s), or give the provider's identity Application.ReadWrite.All, so that it can. If the tenant has no "+
		"licence for this API, remove it from the configuration.", e.API.Label(), f.TenantID, e.API.ID)
}

// sentence ends the text with a full stop and begins it with a capital, unless it begins with a name that must not be
// changed, such as that of a host.
func sentence(text string) string {
	text = strings.TrimSpace(text)
	first, _, _ := strings.Cut(text, " ")
	if first != "" && strings.Trim(first, "abcdefghijklmnopqrstuvwxyz") == "" {
		text = strings.ToUpper(text[:1]) + text[1:]
	}
	if text == "" || strings.HasSuffix(text, ".") || strings.HasSuffix(text, "?") || strings.HasSuffix(text, "!") {
		return text
	}
	return text + "."
}
