package sessiontoken

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/signin"
)

const (
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

// signIn signs in and takes the token over. While the refusal may be due to the application or the credential being new,
// it tries again.
func (r *tokenResource) signIn(ctx context.Context, request signin.SignInRequest, result *model) error {
	clock := r.Provider.Clock
	began := clock.Now()
	for attempt := 1; ; attempt++ {
		token, err := r.Provider.SignInAs(ctx, request)
		if err == nil {
			result.fill(token)
			return nil
		}
		var refused *signin.Error
		if !errors.As(err, &refused) || !refused.IsUnknown() {
			return err
		}
		if attempt == 1 {
			tflog.Info(ctx, "waiting to see the App session accepted at sign-in", map[string]any{
				"tenant_id": request.TenantID, "client_id": request.ClientID, "code": refused.Code,
			})
		}
		waited := clock.Now().Sub(began)
		if waited >= patience || clock.Wait(ctx, entra.Pause(attempt, firstPause, longPause)) != nil {
			return &notAcceptedError{waited: waited, cause: err}
		}
	}
}
