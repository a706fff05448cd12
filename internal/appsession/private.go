package appsession

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// memory is what the private state keeps between runs: what saves look-ups, and what the state cannot show.
type memory struct {
	hints       entra.Hints
	resolutions resolutions
	// lapsedSecret is the key id of a secret of ours that has expired or gone, and so has left the state. The next
	// apply removes it, if it is still there.
	lapsedSecret string
}

// Keys of the private state.
const (
	hintsKey        = "hints"
	resolutionsKey  = "permissions"
	lapsedSecretKey = "lapsed_secret"
)

type privateReader interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

type privateWriter interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

func (m *memory) slots() map[string]any {
	return map[string]any{hintsKey: &m.hints, resolutionsKey: &m.resolutions, lapsedSecretKey: &m.lapsedSecret}
}

func loadMemory(ctx context.Context, private privateReader) (memory, diag.Diagnostics) {
	var m memory
	var all diag.Diagnostics
	for key, slot := range m.slots() {
		content, diags := private.GetKey(ctx, key)
		all.Append(diags...)
		if len(content) == 0 {
			continue
		}
		if err := json.Unmarshal(content, slot); err != nil {
			all.AddError("Unreadable private state", "The private state "+key+" cannot be read: "+err.Error()+".")
		}
	}
	return m, all
}

func (m memory) save(ctx context.Context, private privateWriter) diag.Diagnostics {
	var all diag.Diagnostics
	for key, slot := range m.slots() {
		content, err := json.Marshal(slot)
		if err != nil {
			all.AddError("Unwritable private state", "The private state "+key+" cannot be written: "+err.Error()+".")
			continue
		}
		all.Append(private.SetKey(ctx, key, content)...)
	}
	return all
}
