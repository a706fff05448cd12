package tfkit

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
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
	return nested
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
