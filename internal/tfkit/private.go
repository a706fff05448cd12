package tfkit

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// PrivateReader reads the private state of a resource.
type PrivateReader interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

// PrivateWriter writes the private state of a resource.
type PrivateWriter interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// LoadPrivate reads what the keys of the private state hold into the values they point to. What was never written
// leaves its value alone.
func LoadPrivate(ctx context.Context, private PrivateReader, slots map[string]any) diag.Diagnostics {
	var all diag.Diagnostics
	for key, slot := range slots {
		content, diags := private.GetKey(ctx, key)
		all.Append(diags...)
		if len(content) == 0 {
			continue
		}
		if err := json.Unmarshal(content, slot); err != nil {
			all.AddError("Unreadable private state", "The private state "+key+" cannot be read: "+err.Error()+".")
		}
	}
	return all
}

// SavePrivate writes the values to the keys of the private state.
func SavePrivate(ctx context.Context, private PrivateWriter, slots map[string]any) diag.Diagnostics {
	var all diag.Diagnostics
	for key, slot := range slots {
		content, err := json.Marshal(slot)
		if err != nil {
			all.AddError("Unwritable private state", "The private state "+key+" cannot be written: "+err.Error()+".")
			continue
		}
		all.Append(private.SetKey(ctx, key, content)...)
	}
	return all
}
