package entra_test

import (
	"testing"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

func TestProfilesNamePublishedPermissions(t *testing.T) {
	t.Parallel()
	for _, name := range entra.ProfileNames() {
		refs, ok := entra.ProfileRefs(name)
		if !ok || len(refs) == 0 {
			t.Fatalf("profile %s is empty", name)
		}
		for _, ref := range refs {
			if _, ok := ref.Resolve(); !ok {
				t.Errorf("profile %s: %s permission %s is not in the catalogue", name, ref.Kind, ref.Text)
			}
		}
	}
}
