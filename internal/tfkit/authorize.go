package tfkit

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// UnknownCallerError says that an access rule could not be checked.
type UnknownCallerError struct {
	Rule  entra.AccessRule
	Cause error
}

func (e *UnknownCallerError) Error() string {
	return "it could not be determined whether the caller may " + e.Rule.Describe()
}

// Unwrap returns what stood in the way.
func (e *UnknownCallerError) Unwrap() error { return e.Cause }

// Authorize checks the access rule before the first write in a tenant. Its diagnostics are errors, or warnings where the
// provider is to do no more than warn.
func (p *Provider) Authorize(ctx context.Context, failure Failure, rule entra.AccessRule) diag.Diagnostics {
	if p.Enforcement == entra.IgnoreAccess || !p.Ready() {
		return nil // what is not ready fails by itself
	}
	caller, err := p.Callers.Caller(ctx, failure.TenantID, rule)
	if err != nil {
		err = &UnknownCallerError{Rule: rule, Cause: err}
	} else {
		err = rule.Check(caller)
	}
	if err == nil {
		return nil
	}
	failure.Err = err
	if p.Enforcement == entra.WarnOfAccess {
		failure.Summary, failure.goesOn = "Access rule of sapio365", true
		return failure.Warnings("access_enforcement is \"warn\", so the provider goes on.")
	}
	return failure.Diagnostics()
}
