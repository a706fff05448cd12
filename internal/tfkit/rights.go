package tfkit

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// CheckRights compares what an apply is going to look at and to change with what the holder's token says that it may do.
// It never stops a plan: who plans need not be who applies, and what is lacking may be granted before, or by the same
// apply. Nothing is asked for where nothing is to be done.
func (p *Provider) CheckRights(holder entra.Holder, tenantID string, rights []entra.Right, changes []entra.Change) diag.Diagnostics {
	if len(rights) == 0 && len(changes) == 0 {
		return nil
	}
	if p.Enforcement == entra.Enforce {
		rights = append(rights, entra.ReadMemberships)
	}
	failure := Failure{Summary: "Permissions missing for what is planned", TenantID: tenantID, Err: holder.Suffices(rights, changes)}
	if failure.Err == nil {
		return nil
	}
	verb := "will"
	if holder.User {
		verb = "may"
	}
	return failure.Warnings("Unless they are granted before, or another identity applies the plan, the apply " + verb + " be refused.")
}

// PreflightDestroy checks the plan of a destroy: that the provider can sign in, and that it may do what that takes.
func (p *Provider) PreflightDestroy(
	ctx context.Context, tenantID types.String, subject string, limit time.Duration, rights []entra.Right, changes []entra.Change,
) diag.Diagnostics {
	check := func(_ context.Context, holder entra.Holder) (diag.Diagnostics, error) {
		return p.CheckRights(holder, tenantID.ValueString(), rights, changes), nil
	}
	return p.Preflight(ctx, tenantID, subject, limit, check, nil)
}
