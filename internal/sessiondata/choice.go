package sessiondata

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// choice is which App sessions of a tenant to list, beside those that are named.
type choice struct {
	DisplayNamePrefix  types.String `tfsdk:"display_name_prefix"`
	ExpiringWithinDays types.Int64  `tfsdk:"expiring_within_days"`
}

// What the attributes of a choice mean.
const (
	prefixDescription   = "Only those whose display name begins like this, in upper or lower case, for example `sapio365 - `. Default: all."
	expiringDescription = "Only those whose last credential ends at most this number of days from now, or has ended, for example `30`. `0`: only " +
		"those where it has ended. Sessions without any credential are not among them. Default: all."
	clientIDsDescription = "Application (client) IDs of further registrations to list, for example " + tfkit.ExampleClientID +
		", which need not carry the tag: that of an imported " +
		"session comes with its first update. The filters hold for them, too. One that is not there is an error. Default: none."
)

// maxDays is a century: further ahead there is nothing to look for.
const maxDays = 36500

// validate checks what the attributes alone cannot tell by their types.
func (c choice) validate(diags *diag.Diagnostics) {
	if tfkit.IsSet(c.DisplayNamePrefix) && c.DisplayNamePrefix.ValueString() == "" {
		diags.AddAttributeError(path.Root("display_name_prefix"), "Nothing to look for",
			"display_name_prefix is empty. Leave it out to list all App sessions.")
	}
	if days := c.ExpiringWithinDays.ValueInt64(); days < 0 || days > maxDays {
		diags.AddAttributeError(path.Root("expiring_within_days"), "Number of days out of range",
			"expiring_within_days is a number of days from now, 0 (expired) to 36500.")
	}
}

func (c choice) filter(now time.Time) entra.SessionFilter {
	filter := entra.SessionFilter{NamePrefix: c.DisplayNamePrefix.ValueString()}
	if tfkit.IsSet(c.ExpiringWithinDays) {
		filter.EndsBy = now.AddDate(0, 0, int(c.ExpiringWithinDays.ValueInt64()))
	}
	return filter
}

// list lists the chosen sessions and the named ones, where the tenant is within reach and the caller may see them. It
// chooses before it asks for consent, which takes a part of a batch for each session.
func (l look) list(ctx context.Context, c choice, clientIDs []string, consent bool) (chosen []entra.Registration, ok bool) {
	if !l.enter(ctx) {
		return nil, false
	}
	query := entra.SessionQuery{Manifests: consent}
	for _, id := range clientIDs {
		query.ClientIDs = append(query.ClientIDs, strings.ToLower(id))
	}
	listed, err := l.Index.ListSessions(ctx, l.failure.TenantID, query)
	if err == nil {
		chosen = c.filter(l.Clock.Now()).Choose(listed)
	}
	if err == nil && consent {
		chosen, err = l.Index.WithConsent(ctx, l.failure.TenantID, chosen)
	}
	if err == nil {
		return chosen, true
	}
	for _, err := range tfkit.Errors(err) {
		var none *entra.NoSessionError
		if errors.As(err, &none) {
			l.diags.AddAttributeError(path.Root("client_ids"), "No such app registration", notFound(none, l.failure.TenantID))
			continue
		}
		l.failed(err)
	}
	return nil, false
}
