// Package sessiondata is the Terraform face of App sessions that are only looked at: the data sources
// sapio365_app_session and sapio365_app_sessions, and the list sapio365_app_session.
package sessiondata

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// limit is the time for one read with everything before it.
const limit = 5 * time.Minute

// tenantAttribute is the tenant to look at.
func tenantAttribute() schema.StringAttribute {
	return schema.StringAttribute{
		Optional: true, Computed: true,
		MarkdownDescription: tfkit.AboutTenant(""),
		Validators:          []validator.String{tfkit.TenantID()},
	}
}

// look is a look at the App sessions of a tenant.
type look struct {
	*tfkit.Provider
	failure tfkit.Failure     // what to say of one, but for its cause
	lost    string            // what becomes of what was to be read where the tenant is out of reach
	diags   *diag.Diagnostics // where failures go
}

// lookOf is a look of a data source.
func lookOf(p *tfkit.Provider, summary, tenantID string, diags *diag.Diagnostics) look {
	return look{p, tfkit.Failure{Summary: summary, TenantID: tenantID}, "What was to be read is null", diags}
}

// enter makes sure that the tenant is within reach, and that the caller may see App sessions. It reports false where
// nothing is to be read: with an error, or with a warning where the tenant is another than the provider's own.
func (l look) enter(ctx context.Context) bool {
	if _, err := l.SignIn(ctx, l.failure.TenantID); err != nil {
		l.failed(err)
		return false
	}
	if l.IsForeign(l.failure.TenantID) && l.Enforcement != entra.IgnoreAccess {
		// That no answer is to be had is the tenant's trouble, and not a refusal. What is found out here is kept.
		_, err := l.Callers.Caller(ctx, l.failure.TenantID, entra.ReadSessions)
		if err != nil && !errors.Is(err, entra.ErrForbidden) && tfkit.IsTenantOutOfReach(err) {
			l.failed(err)
			return false
		}
	}
	refusal := l.Authorize(ctx, l.failure, entra.ReadSessions)
	l.diags.Append(refusal...)
	return !refusal.HasError()
}

// failed says what a failure means. A tenant of its own that is out of reach must not stop the others.
func (l look) failed(err error) {
	l.failure.Err = err
	if l.IsForeignOutOfReach(l.failure) {
		l.diags.Append(l.failure.Apart(l.lost + ", and the other tenants go on.")...)
		return
	}
	l.diags.Append(l.failure.Diagnostics()...)
}

// notFound is what to say of a registration that is not there.
func notFound(e *entra.NoSessionError, tenantID string) string {
	return fmt.Sprintf("In tenant %s, %s. If it has been made only minutes ago, try again later. If the same configuration makes "+
		"it, use the attributes of its resource, or depends_on, so that it is looked for after that.", tenantID, e.Error())
}

// timestamp is the time as the resources show it, null for none.
func timestamp(t time.Time) types.String {
	if t.IsZero() {
		return types.StringNull()
	}
	return tfkit.Timestamp(t)
}
