// Package sessiondata is the Terraform face of App sessions that are only looked at: the data sources
// sapio365_app_session and sapio365_app_sessions.
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

// base is what both data sources are made of.
type base struct{ tfkit.DataBase }

// tenantAttribute is the tenant to look at.
func tenantAttribute() schema.StringAttribute {
	return schema.StringAttribute{
		Optional: true, Computed: true,
		MarkdownDescription: "ID (GUID) of the tenant; a domain name is not accepted. Default: the provider's tenant.",
		Validators:          []validator.String{tfkit.GUID("tenant ID")},
	}
}

// enter makes sure that the tenant is within reach, and that the caller may see App sessions. It reports false where
// nothing is to be read: with an error, or with a warning where the tenant is another than the provider's own.
func (b *base) enter(ctx context.Context, failure tfkit.Failure, diags *diag.Diagnostics) bool {
	_, failure.Err = b.Provider.SignIn(ctx, failure.TenantID)
	if failure.Err != nil {
		b.failed(failure, diags)
		return false
	}
	if b.Provider.IsForeign(failure.TenantID) && b.Provider.Enforcement != entra.IgnoreAccess {
		// That no answer is to be had is the tenant's trouble, and not a refusal. What is found out here is kept.
		_, failure.Err = b.Provider.Callers.Caller(ctx, failure.TenantID, entra.ReadSessions)
		if failure.Err != nil && !errors.Is(failure.Err, entra.ErrForbidden) && tfkit.IsTenantOutOfReach(failure.Err) {
			b.failed(failure, diags)
			return false
		}
	}
	refusal := b.Provider.Authorize(ctx, failure, entra.ReadSessions)
	diags.Append(refusal...)
	return !refusal.HasError()
}

// failed says what a failure means. A tenant of its own that is out of reach must not stop the others.
func (b *base) failed(failure tfkit.Failure, diags *diag.Diagnostics) {
	if b.Provider.IsForeignOutOfReach(failure) {
		diags.Append(failure.Warnings("What was to be read is null, and the other tenants go on.")...)
		return
	}
	diags.Append(failure.Diagnostics()...)
}

// notFound is what to say of a registration that is not there.
func notFound(e *entra.NoSessionError, tenantID string) string {
	return fmt.Sprintf("In tenant %s, %s. If it has been made only minutes ago, try again later. If the same configuration makes "+
		"it, use the attributes of its resource, or depends_on, so that this data source is read after it.", tenantID, e.Error())
}

// timestamp is the time as the resources show it, null for none.
func timestamp(t time.Time) types.String {
	if t.IsZero() {
		return types.StringNull()
	}
	return tfkit.Timestamp(t)
}
