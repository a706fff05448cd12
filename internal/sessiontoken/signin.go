package sessiontoken

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/signin"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

const (
	// limit is the time for one sign-in with everything before it.
	limit = 5 * time.Minute
	// patience bounds the wait for a new application or credential to be accepted. A wrong one is refused in the same words,
	// and who gave it waits just as long.
	patience   = 90 * time.Second
	firstPause = time.Second
	longPause  = 15 * time.Second
)

// notAcceptedError is a refusal that did not pass.
type notAcceptedError struct {
	waited time.Duration
	cause  error
}

func (e *notAcceptedError) Error() string { return e.cause.Error() }

// Unwrap returns the last refusal.
func (e *notAcceptedError) Unwrap() error { return e.cause }

// attempt signs in, once it is clear that it may be tried. ok is false where the diagnostics say why it did not.
func (i input) attempt(ctx context.Context, p *tfkit.Provider, diags *diag.Diagnostics) (token signin.Token, tenantID string, ok bool) {
	i.validate(diags) // what was unknown before
	if diags.HasError() {
		return signin.Token{}, "", false
	}
	tenantID = i.tenant(p.TenantID)
	if tenantID == "" {
		diags.AddAttributeError(path.Root("tenant_id"), "Tenant not known",
			"tenant_id is not set, and the provider's will only be known after an apply. Set tenant_id here.")
		return signin.Token{}, "", false
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	failure := tfkit.Failure{Summary: "Could not sign in as the App session", TenantID: tenantID}
	if diags.Append(p.Authorize(ctx, failure, entra.ReadSessions)...); diags.HasError() {
		return signin.Token{}, "", false
	}
	request, err := i.request(tenantID)
	if err == nil {
		token, err = signIn(ctx, p, request)
	}
	if err != nil {
		failure.Err = err
		diags.Append(explain(failure)...)
	}
	return token, tenantID, err == nil
}

// signIn signs in. While the refusal may be due to the application or the credential being new, it tries again.
func signIn(ctx context.Context, p *tfkit.Provider, request signin.SignInRequest) (signin.Token, error) {
	began := p.Clock.Now()
	for attempt := 1; ; attempt++ {
		token, err := p.SignInAs(ctx, request)
		if err == nil {
			return token, nil
		}
		var refused *signin.Error
		if !errors.As(err, &refused) || !refused.IsUnknown() {
			return signin.Token{}, err
		}
		if attempt == 1 {
			tflog.Info(ctx, "waiting to see the App session accepted at sign-in", map[string]any{
				"tenant_id": request.TenantID, "client_id": request.ClientID, "code": refused.Code,
			})
		}
		waited := p.Clock.Now().Sub(began)
		if waited >= patience || p.Clock.Wait(ctx, entra.Pause(attempt, firstPause, longPause)) != nil {
			return signin.Token{}, &notAcceptedError{waited: waited, cause: err}
		}
	}
}

// explain adds to the diagnostics of a failure for how long it was waited for it to pass.
func explain(failure tfkit.Failure) diag.Diagnostics {
	var late *notAcceptedError
	if !errors.As(failure.Err, &late) {
		return failure.Diagnostics()
	}
	var diags diag.Diagnostics
	for _, d := range failure.Diagnostics() {
		diags.AddError(d.Summary(), fmt.Sprintf("%s\n\nA new application or credential takes a while to be accepted. This one was not within %s.",
			d.Detail(), late.waited.Round(time.Second)))
	}
	return diags
}
