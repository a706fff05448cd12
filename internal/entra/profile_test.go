package entra_test

import (
	"testing"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra/catalogue"
)

func TestProfilesNamePublishedPermissions(t *testing.T) {
	t.Parallel()
	for _, name := range entra.ProfileNames() {
		refs, ok := entra.ProfileRefs(name)
		if !ok || len(refs) == 0 {
			t.Fatalf("profile %s is empty", name)
		}
		for _, ref := range refs {
			entry, ok := catalogue.ByName(ref.API, ref.Kind, ref.Text)
			if !ok || entry.Standing != catalogue.Published { // a preview is not on every tenant's service principal
				t.Errorf("profile %s: %s permission %s is %q in the catalogue", name, ref.Kind, ref.Text, entry.Standing)
			}
		}
	}
}
