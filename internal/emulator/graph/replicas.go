package graph

import (
	"slices"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
)

// view is what the call sees of its tenant for a purpose.
func (c *call) view(purpose directory.Purpose) directory.View {
	return c.tenant.View(purpose, c.replica)
}

// find looks for an object. What a write goes to may not have arrived yet, but once it is there the write works on its
// present state.
func (c *call) find(purpose directory.Purpose, look func(directory.View) (*directory.Object, bool)) (*directory.Object, bool) {
	if purpose != directory.Target {
		return look(c.view(purpose))
	}
	if _, arrived := look(c.view(directory.Target)); !arrived {
		return nil, false
	}
	return look(c.view(directory.Write))
}

func withID(objects []*directory.Object, id string) (*directory.Object, bool) {
	i := slices.IndexFunc(objects, func(o *directory.Object) bool { return o.ID == id })
	if i < 0 {
		return nil, false
	}
	return objects[i], true
}

// unresolved is the refusal of a reference to an object that cannot be seen. One that exists, and has not arrived yet, is
// reported to be refused in another way as well.
func (c *call) unresolved(id string, refusal, another *Error) *Error {
	if _, exists := c.view(directory.Write).Any(id); exists && c.replica.Coin() {
		return another
	}
	return refusal
}
