package graph

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// The copies of one look come from different replicas: as long as they differ, nothing is believed.
func TestCopiesThatDiffer(t *testing.T) {
	t.Parallel()
	there := shown("new", nil)
	beheaded := shown("new", map[string]batchResponse{"/servicePrincipals(appId='" + appID + "')": absent})
	for name, differing := range map[string]step{
		"in a property": copies(there, shown("old", nil), there),
		// Not even the next look is: what does not show the service principal there is no proof that it is gone.
		"in the service principal": copies(there, there, beheaded),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tenant, s, _ := newTenant(t, differing, there)
				_, err := tenant.read(t.Context(), shownRef, agreeingCopies)
				wantKind(t, err, entra.ErrNotYetVisible)
				if have, err := tenant.read(t.Context(), shownRef, agreeingCopies); err != nil || have.Notes != "new" {
					t.Errorf("notes %q, error %v", have.Notes, err)
				}
				s.wantRequests()
			})
		})
	}
}

// Certificates are written as a whole. One that a single copy of the read before does not show is not lost, whichever
// copy that is.
func TestCertificateThatOneCopyDoesNotShow(t *testing.T) {
	t.Parallel()
	const theirs, old = "aaaaaaaa-0000-4000-8000-00000000000a", "aaaaaaaa-0000-4000-8000-00000000000b"
	keys := func(ids ...string) step {
		return shown("", map[string]batchResponse{"/applications/" + appObject: found(
			`{"keyCredentials":[{"keyId":"` + strings.Join(ids, `"},{"keyId":"`) + `"}]}`,
		)})
	}
	for lagging := range keyCopies {
		synctest.Test(t, func(t *testing.T) {
			replicas := slices.Repeat([]step{keys(theirs, old)}, keyCopies)
			replicas[lagging] = keys(old)
			// The read in the batch of the write comes from a replica that lags behind, too.
			tenant, s, _ := newTenant(t, copies(replicas...), keys(theirs, old), keys(old))
			w := tenant.work(&entra.Session{})
			w.have.ObjectID = appObject
			if err := w.changeKeys(t.Context(), keyChange{operation: "remove the old one", remove: old}); err != nil {
				t.Fatal(err)
			}
			s.wantRequests()
			write := s.seen[2].parts[1]
			if want := `{"keyCredentials":[{"keyId":"` + theirs + `"}]}`; write.Method != http.MethodPatch || string(write.Body) != want {
				t.Errorf("copy %d: %s %s, want %s", lagging, write.Method, write.Body, want)
			}
		})
	}
}
