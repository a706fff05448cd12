package graph_test

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/conditions"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// wantGone stops the test unless nothing of the registration is left but the deleted items.
func (w *world) wantGone(r entra.Registration, deleted int) {
	w.Helper()
	if got := w.applications(r.DisplayName); len(got) != 0 {
		w.Fatalf("%d applications are left", len(got))
	}
	principal := r.ServicePrincipal.ObjectID
	for _, collection := range []string{
		"/servicePrincipals?$filter=appId eq '" + r.ClientID + "'",
		"/oauth2PermissionGrants?$filter=clientId eq '" + principal + "'",
		"/roleManagement/directory/roleAssignments?$filter=principalId eq '" + principal + "'",
	} {
		if got := w.list(collection); len(got) != 0 {
			w.Fatalf("left in %s: %v", collection, got)
		}
	}
	for _, kind := range []string{"application", "servicePrincipal"} {
		if got := w.list("/directory/deletedItems/microsoft.graph." + kind); len(got) != deleted {
			w.Fatalf("%d deleted objects of the type %s, want %d", len(got), kind, deleted)
		}
	}
}

func TestDelete(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		options entra.DeleteOptions
		deleted int
	}{"soft": {entra.DeleteOptions{}, 1}, "permanently": {entra.DeleteOptions{Permanently: true}, 0}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, emulator.TenantOptions{})
			result, want := w.create(referenceSession(t, "Short-lived"))
			ref := refOf(result.Registration, want)
			for range 2 { // what is gone is no error
				if err := w.Delete(t.Context(), w.tenant.ID(), ref, c.options); err != nil {
					t.Fatal(err)
				}
				w.wantGone(result.Registration, c.deleted)
			}
		})
	}
}

// TestDeleteWithoutHints knows nothing but the client id, as after an import.
func TestDeleteWithoutHints(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	result, _ := w.create(referenceSession(t, "Imported"))
	ref := entra.Ref{ClientID: result.Registration.ClientID, DirectoryRoles: true}
	for range 2 {
		if err := w.Delete(t.Context(), w.tenant.ID(), ref, entra.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		w.wantGone(result.Registration, 1)
	}
}

// TestDeleteOfWhatIsHalfGone has somebody withdraw the role and the grant before.
func TestDeleteOfWhatIsHalfGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	result, want := w.create(referenceSession(t, "Half gone"))
	have := result.Registration
	w.do(http.MethodDelete, "/oauth2PermissionGrants/"+have.Scopes[0].GrantID, nil)
	w.do(http.MethodDelete, "/roleManagement/directory/roleAssignments/"+have.DirectoryRoles[0].AssignmentID, nil)
	if err := w.Delete(t.Context(), w.tenant.ID(), refOf(have, want), entra.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	w.wantGone(have, 1)
}

// TestDeleteSurvivesAnInterruption loses every request of a permanent delete once, or its answer.
func TestDeleteSurvivesAnInterruption(t *testing.T) {
	t.Parallel()
	for n := int64(1); n <= 3; n++ {
		for _, before := range []bool{true, false} {
			w := newWorld(t, emulator.TenantOptions{})
			result, want := w.create(referenceSession(t, "Interrupted"))
			broken := &fault{base: w.server.Client().Transport, first: n, last: n, before: before}
			w.Gateway = w.another(broken, w.tenant.Admin(), &skippingClock{})
			err := w.Delete(t.Context(), w.tenant.ID(), refOf(result.Registration, want), entra.DeleteOptions{Permanently: true})
			if err != nil || broken.count.Load() < 4 {
				t.Fatalf("request %d, before %t: %d requests, %v", n, before, broken.count.Load(), err)
			}
			w.wantGone(result.Registration, 0)
		}
	}
}

func TestRefusedDeleteLeavesTheApplication(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	result, want := w.create(referenceSession(t, "Kept"))
	weak, err := w.tenant.Caller("Weak", "Application.ReadWrite.All")
	if err != nil {
		t.Fatal(err)
	}
	gateway := w.another(w.server.Client().Transport, weak, &skippingClock{})
	err = gateway.Delete(t.Context(), w.tenant.ID(), refOf(result.Registration, want), entra.DeleteOptions{})
	var refused *entra.GraphError
	if !errors.Is(err, entra.ErrForbidden) || !errors.As(err, &refused) || refused.Operation != "withdraw the directory role" {
		t.Errorf("error %v, want the role's", err)
	}
	w.wantOne(result, want)
}

// A session is deleted right after it was made, when its parts are not known everywhere.
func TestDeleteOfWhatIsNotKnownEverywhere(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, err := emulator.New(emulator.Options{})
		if err != nil {
			t.Fatal(err)
		}
		w := newWorldOn(t, server, emulator.TenantOptions{}, entra.SystemClock{})
		lag := conditions.Lag{Kind: directory.RoleAssignment, Purpose: directory.Target, Delay: 5 * time.Second, Probability: 1}
		if err := w.tenant.SetConditions(conditions.Conditions{Lags: []conditions.Lag{lag}}); err != nil {
			t.Fatal(err)
		}
		result, want := w.create(referenceSession(t, "Short-lived"))
		if err := w.Delete(t.Context(), w.tenant.ID(), refOf(result.Registration, want), entra.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		w.wantGone(result.Registration, 1)
	})
}

// The service principal can be read for longer than its application. The session is gone when neither can: it is by the
// service principal that it signs in.
func TestDeleteWaitsForTheServicePrincipal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const delay = 30 * time.Second
		w := timeless(t)
		result, want := w.create(secretSession(t, "Lingering"))
		w.under(conditions.Lag{Kind: directory.ServicePrincipal, Purpose: directory.Read, Delay: delay, Probability: 1})
		began := time.Now()
		w.remove(result.Registration, want)
		if took := time.Since(began); took < delay || took > 2*delay {
			t.Errorf("it took %s, and the service principal could be read for %s", took, delay)
		}
	})
}

// What is gone already may only not be known everywhere yet. All parts get the time to appear together, not one after the
// other.
func TestDeleteOfWhatIsGoneWaitsOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := timeless(t)
		result, want := w.create(referenceSession(t, "Gone already"))
		w.remove(result.Registration, want)
		began := time.Now()
		w.remove(result.Registration, want)
		if took := time.Since(began); took < 10*time.Second || took > 20*time.Second {
			t.Errorf("it took %s", took)
		}
	})
}
