package graph_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// wantComplete stops the test unless a fresh look finds the session just as it shall be.
func (w *world) wantComplete(r entra.Registration, want entra.Session) entra.Registration {
	w.Helper()
	have, err := w.Read(w.Context(), w.tenant.ID(), entra.Ref{ClientID: r.ClientID, DirectoryRoles: true})
	if err != nil {
		w.Fatal(err)
	}
	if left := entra.Diff(want, have, "", time.Now()); len(left) > 0 {
		w.Fatalf("%d changes are left to do, the first: %s", len(left), left[0].Describe())
	}
	if have.Provisioning() {
		w.Fatalf("still marked as unfinished: %v", have.Tags)
	}
	return have
}

func TestCreateWithSecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	result, want := w.create(secretSession(t, "Finance"))
	have := w.wantComplete(result.Registration, want)
	if result.Issued == nil || len(result.Issued.Value) < 16 || len(have.Secrets) != 1 ||
		have.Secrets[0].KeyID != result.Issued.KeyID || !have.Secrets[0].ExpiresAt.Equal(result.Issued.ExpiresAt) {
		t.Errorf("the tenant has %d secrets, and one was issued: %t", len(have.Secrets), result.Issued != nil)
	}
	if left := time.Until(have.Secrets[0].ExpiresAt); left < 179*24*time.Hour || left > 181*24*time.Hour {
		t.Errorf("the secret ends in %s, want 180 days", left)
	}
	if !strings.HasPrefix(have.UniqueName, "sapio365-finance-") || have.UniqueName != entra.DeriveUniqueName("Finance", 1) {
		t.Errorf("unique name %q", have.UniqueName)
	}
	if have.Audience != entra.AudienceSingleTenant || have.Notes != "made by a test" || have.TenantID != w.tenant.ID() {
		t.Errorf("registration %+v", have)
	}
	if got := have.Granted(); len(got) != 3 || !got.SameManifest(got) || len(have.MissingConsents(want.Access)) > 0 {
		t.Errorf("granted %v", got.Labels())
	}
	if len(have.Owners) != 1 || !have.Owners[0].Hidden {
		t.Errorf("owners %+v, want the creating identity, hidden", have.Owners)
	}
}

func TestCreateWithoutConsent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	session := secretSession(t, "To be consented")
	session.Consent = false
	result, want := w.create(session)
	have := w.wantComplete(result.Registration, want)
	if len(have.Granted()) != 0 || !have.Manifest.SameManifest(want.Access) {
		t.Errorf("granted %v, declared %v", have.Granted().Labels(), have.Manifest.Labels())
	}
}

func TestCreateWithOwners(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	other, err := w.tenant.Caller("Colleague")
	if err != nil {
		t.Fatal(err)
	}
	session := secretSession(t, "Shared")
	session.Owners = []string{other.ObjectID}
	result, want := w.create(session)
	have := w.wantComplete(result.Registration, want)
	if len(have.Owners) != 2 {
		t.Errorf("owners %+v, want the creating and the wanted one", have.Owners)
	}
	want.Owners = []string{}
	updated, want := w.update(refOf(have, want), want)
	if have = w.wantComplete(updated.Registration, want); len(have.Owners) != 1 || !have.Owners[0].Hidden {
		t.Errorf("owners %+v, want the creating one alone", have.Owners)
	}
}

// TestRoundTripsOfTheReferenceSession counts what each operation costs in a process of its own.
func TestRoundTripsOfTheReferenceSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	expect := func(operation string, most int) {
		t.Helper()
		if n := w.roundTrips(); n > most || n == 0 {
			t.Errorf("%s took %d round trips, want at most %d", operation, n, most)
		}
		w.restart()
	}
	w.roundTrips()
	result, want := w.create(referenceSession(t, "Reference"))
	expect("create", 8)
	w.wantComplete(result.Registration, want)
	w.roundTrips()
	w.restart()

	ref := refOf(result.Registration, want)
	have, err := w.Read(t.Context(), w.tenant.ID(), ref)
	if err != nil {
		t.Fatal(err)
	}
	expect("read", 1)
	if left := entra.Diff(want, have, "", time.Now()); len(left) > 0 {
		t.Errorf("a read with hints finds %s", left[0].Describe())
	}
	if n := len(have.Roles); n != 41 || len(have.Scopes) != 1 || len(have.Scopes[0].Names) != 10 || len(have.DirectoryRoles) != 1 {
		t.Errorf("%d roles, %d grants, %d directory roles", n, len(have.Scopes), len(have.DirectoryRoles))
	}
	if err := w.Delete(t.Context(), w.tenant.ID(), refOf(have, want), entra.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	expect("delete", 2)
}

func TestCreateAddsMissingAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{WithoutExchange: true})
	result, want := w.create(referenceSession(t, "Exchange"))
	w.wantComplete(result.Registration, want)
	api := want.Access.APIs()[0]
	if got := w.list("/servicePrincipals?$filter=appId eq '" + api + "'"); len(got) != 1 {
		t.Errorf("%d service principals of the API", len(got))
	}
}

func TestUpdateOfOnePermission(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	result, want := w.create(referenceSession(t, "Changing"))
	before := result.Registration
	w.roundTrips()
	want.Access = entra.NewAccess(append(want.Access[:len(want.Access):len(want.Access)],
		permissionOf(t, entra.Application, "User.ReadWrite.All"))...)
	updated, want := w.update(refOf(before, want), want)
	if n := w.roundTrips(); n > 4 {
		t.Errorf("%d round trips, want at most 4", n)
	}
	have := w.wantComplete(updated.Registration, want)
	if len(have.Roles) != len(before.Roles)+1 || have.Keys[0] != before.Keys[0] || have.ClientID != before.ClientID {
		t.Errorf("%d roles after %d", len(have.Roles), len(before.Roles))
	}
	w.roundTrips()
	again, _ := w.update(refOf(have, want), want)
	if n := w.roundTrips(); n != 1 || again.Issued != nil {
		t.Errorf("%d round trips where nothing was to do, want the read alone", n)
	}
}
