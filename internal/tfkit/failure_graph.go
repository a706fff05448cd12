package tfkit

import (
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// explainGraph says what Microsoft Graph answered, what that means here, and under which ids Microsoft's support finds
// the request.
func (f Failure) explainGraph(e *entra.GraphError) string {
	parts := []string{sentence(e.Error())}
	if e.Remedy != "" {
		parts = append(parts, sentence(e.Remedy))
	}
	if advice := f.advice(e); advice != "" {
		parts = append(parts, advice)
	}
	var ids []string
	for _, id := range []struct{ name, value string }{
		{"code", e.Code}, {"request-id", e.RequestID}, {"client-request-id", e.ClientRequestID}, {"tenant", f.TenantID},
	} {
		if id.value != "" {
			ids = append(ids, id.name+" "+id.value)
		}
	}
	return strings.Join(append(parts, "("+strings.Join(ids, ", ")+")"), "\n\n")
}

func (f Failure) advice(e *entra.GraphError) string {
	var untrusted x509.UnknownAuthorityError
	switch {
	case errors.Is(e, entra.ErrForbidden):
		return forbidden(e)
	case errors.Is(e, entra.ErrUnauthorized):
		return "Microsoft Graph did not accept the token. Check the provider's environment and graph_endpoint, and that its identity " +
			"is enabled in the tenant."
	case errors.Is(e, entra.ErrThrottled):
		return "The tenant's limit of requests was used up. Apply again later, or with less parallelism (terraform apply -parallelism=2)."
	case errors.Is(e, entra.ErrUncertain):
		return "The answer was lost, so it is not known whether this was done. Apply again: what was done is found and not done twice."
	case errors.Is(e, entra.ErrNotYetVisible):
		return "Microsoft Entra ID had not made an earlier change visible everywhere. Apply again; it continues where this run stopped."
	case isEndpointOutOfReach(e):
		return "" // the cause says what to do
	case errors.As(e, &untrusted):
		return "If this is the emulator or a proxy that inspects TLS, set ca_certificate_path in the provider block to the certificate " +
			"of its authority."
	case errors.Is(e, entra.ErrUnavailable):
		return "Microsoft Graph did not answer properly. Check the network and the provider's graph_endpoint, then apply again."
	case errors.Is(e, entra.ErrConflict):
		return "Something else was writing to the same object. Apply again."
	}
	return ""
}

// forbidden names the least permissions that would do, what the token holds, and who can grant them.
func forbidden(e *entra.GraphError) string {
	if len(e.Needs) == 0 {
		return "The provider's identity may not do this. Application permissions count here, not roles of the person who runs Terraform."
	}
	holds := "none"
	if len(e.Holds) > 0 {
		holds = strings.Join(e.Holds, ", ")
	}
	text := fmt.Sprintf("Least permissions that would do: %s.\nThe token holds: %s.\n%s", strings.Join(e.Needs, " and "), holds, whoGrants(e.ByUser))
	switch {
	case e.ByUser || !slices.Contains(e.Needs, ownedBy):
		return text
	case slices.Contains(e.Holds, ownedBy) && !slices.Contains(e.Holds, anyOwner):
		return fmt.Sprintf("%s is enough only for registrations that the provider's identity owns, which this one seems not to be. Make its "+
			"service principal an owner of it, or grant it %s.\nThe token holds: %s.\n%s", ownedBy, anyOwner, holds, whoGrants(false))
	}
	return text + " With " + ownedBy + " the identity must also own the registration."
}

// The permission that depends on who owns what it is used on, and the one beside it that does not.
const (
	ownedBy  = "Application.ReadWrite.OwnedBy"
	anyOwner = "Application.ReadWrite.All"
)

// whoGrants says who can give the provider's identity permissions, and how.
func whoGrants(user bool) string {
	if user {
		return "The user must hold a directory role that allows this as well, such as Cloud Application Administrator, or Privileged " +
			"Role Administrator to grant application permissions of Microsoft Graph. Whoever holds the latter or is a Global Administrator " +
			"can consent to delegated permissions of the application that the user signed in with."
	}
	return "A Global Administrator or Privileged Role Administrator can grant them to the provider's identity: Entra admin center, " +
		"App registrations, API permissions, Microsoft Graph, Application permissions, then \"Grant admin consent\"."
}

// explainIncomplete lists what is in place and what is not, so that nobody has to look it up in the tenant.
func (f Failure) explainIncomplete(e *entra.IncompleteError) string {
	var b strings.Builder
	for _, cause := range distinct(Errors(e.Cause)) {
		b.WriteString(f.explain(cause) + "\n\n")
	}
	fmt.Fprintf(&b, "In place in tenant %s: the application %q with client ID %s", f.TenantID,
		e.Registration.DisplayName, e.Registration.ClientID)
	if e.Registration.ServicePrincipal != nil {
		fmt.Fprintf(&b, ", its service principal %s", e.Registration.ServicePrincipal.ObjectID)
	}
	if e.Kind == entra.KindSession {
		fmt.Fprintf(&b, ", %d granted permissions", len(e.Registration.Granted()))
	} else {
		fmt.Fprintf(&b, ", %d of %d access roles", len(entra.AccessRolesIn(e.Registration.AppRoles)), len(entra.AccessRoles))
	}
	b.WriteString(".\nMissing:\n")
	if len(e.Missing) == 0 {
		b.WriteString("  - nothing that could be seen\n")
	}
	for _, change := range e.Missing {
		fmt.Fprintf(&b, "  - %s\n", change.Describe())
	}
	b.WriteString("\nNothing was deleted. The next apply continues with the same registration and keeps its client ID.")
	return b.String()
}

// distinct keeps one error of each kind of refusal: when a batch is refused, its parts are mostly refused for the same
// reason.
func distinct(errs []error) []error {
	var kept []error
	seen := map[string]bool{}
	for _, err := range errs {
		reason := err.Error()
		var graphError *entra.GraphError
		if errors.As(err, &graphError) {
			reason = fmt.Sprint(graphError.Kind, graphError.Code, graphError.Needs)
		}
		if !seen[reason] {
			seen[reason] = true
			kept = append(kept, err)
		}
	}
	return kept
}
