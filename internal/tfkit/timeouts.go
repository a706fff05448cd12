package tfkit

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// Timeouts are the times that the operations of a resource may take when the configuration does not say.
type Timeouts struct{ Create, Read, Update, Delete time.Duration }

// Attribute returns the attribute by which the configuration says otherwise.
func (t Timeouts) Attribute(ctx context.Context) schema.Attribute {
	describe := func(doing string, limit time.Duration) string {
		return fmt.Sprintf("How long %s may take, waiting for replication and throttling included, for example `%s` or `1h30m`. Default `%s`.",
			doing, short(2*limit), short(limit))
	}
	attribute := timeouts.Attributes(ctx, timeouts.Opts{
		Create: true, CreateDescription: describe("creating", t.Create),
		Read: true, ReadDescription: describe("refreshing", t.Read),
		Update: true, UpdateDescription: describe("changing", t.Update),
		Delete: true, DeleteDescription: describe("destroying", t.Delete),
	})
	nested, ok := attribute.(schema.SingleNestedAttribute)
	if !ok {
		return attribute
	}
	nested.MarkdownDescription = "How long the operations may take."
	for name, operation := range nested.Attributes {
		if text, ok := operation.(schema.StringAttribute); ok {
			text.Validators = []validator.String{positiveDuration{}}
			nested.Attributes[name] = text
		}
	}
	return nested
}

// positiveDuration stands in for the library's own validator, whose message does not name the attribute and which lets
// times pass that are over before they begin.
type positiveDuration struct{}

func (positiveDuration) Description(context.Context) string { return "a duration such as 30m" }
func (positiveDuration) MarkdownDescription(context.Context) string {
	return "a duration such as `30m`"
}

func (positiveDuration) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if d, err := time.ParseDuration(req.ConfigValue.ValueString()); err != nil || d <= 0 {
		resp.Diagnostics.AddAttributeError(req.Path, "Not a duration", fmt.Sprintf(
			"%s is %q. Give a duration of more than nothing with a unit, such as \"30m\" or \"1h30m\".", req.Path, req.ConfigValue.ValueString()))
	}
}

// Limit is the time that one operation may take.
type Limit struct {
	Operation string // the name in the timeouts attribute: create, read, update or delete
	Duration  time.Duration
}

// WithLimit bounds the context by what configured, a method of timeouts.Value, says.
func WithLimit(
	ctx context.Context, operation string, otherwise time.Duration,
	configured func(context.Context, time.Duration) (time.Duration, diag.Diagnostics),
) (context.Context, context.CancelFunc, Limit, diag.Diagnostics) {
	duration, diags := configured(ctx, otherwise)
	ctx, cancel := context.WithTimeout(ctx, duration)
	return ctx, cancel, Limit{Operation: operation, Duration: duration}, diags
}

// short writes whole minutes as "15m" where time.Duration writes "15m0s".
func short(d time.Duration) string {
	if d%time.Minute == 0 {
		return fmt.Sprintf("%dm", d/time.Minute)
	}
	return d.String()
}
