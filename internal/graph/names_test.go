package graph_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// refused creates the session and returns the error that says whose the name is.
func (w *world) refused(want entra.Session, options entra.CreateOptions) *entra.NameTakenError {
	w.Helper()
	_, err := w.Create(w.Context(), w.tenant.ID(), want, options)
	var taken *entra.NameTakenError
	if !errors.As(err, &taken) {
		w.Fatalf("error %v, want the name taken", err)
	}
	return taken
}

func (w *world) remove(r entra.Registration, want entra.Session) {
	w.Helper()
	if err := w.Delete(w.Context(), w.tenant.ID(), refOf(r, want), entra.DeleteOptions{}); err != nil {
		w.Fatal(err)
	}
}

// foreign makes an application that is none of ours.
func (w *world) foreign(displayName, uniqueName string) map[string]any {
	w.Helper()
	application := w.do(http.MethodPost, "/applications", map[string]any{"displayName": displayName})
	w.do(http.MethodPatch, fmt.Sprintf("/applications/%s", application["id"]), map[string]any{"uniqueName": uniqueName})
	return application
}

func TestFinishedSessionKeepsItsName(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	result, want := w.create(secretSession(t, "Taken"))
	for range 2 {
		taken := w.refused(secretSession(t, "Taken"), entra.CreateOptions{})
		if *taken != (entra.NameTakenError{
			UniqueName: entra.DeriveUniqueName("Taken", 1), ClientID: result.Registration.ClientID,
			ObjectID: result.Registration.ObjectID, DisplayName: "Taken",
		}) {
			t.Errorf("error %+v", taken)
		}
	}
	w.wantOne(result, want)
}

func TestForeignApplicationKeepsItsName(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	foreign := w.foreign("Payroll", "payroll")
	taken := w.refused(secretSession(t, "Ours"), entra.CreateOptions{UniqueName: "payroll"})
	if !taken.Foreign || taken.Deleted || taken.ClientID != foreign["appId"] || taken.DisplayName != "Payroll" {
		t.Errorf("error %+v", taken)
	}
	after := w.do(http.MethodGet, "/applications(uniqueName='payroll')", nil)
	if after["displayName"] != "Payroll" || len(tagsOf(after)) != 0 {
		t.Errorf("the foreign application has become %v with the tags %v", after["displayName"], after["tags"])
	}
}

func TestSoftDeletedHolderOfADerivedName(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	session := secretSession(t, "Again and again")
	for attempt := 1; attempt <= 3; attempt++ {
		result, want := w.create(session)
		have := w.wantOne(result, want)
		if name := entra.DeriveUniqueName(session.DisplayName, attempt); have.UniqueName != name {
			t.Errorf("unique name %q, want %q", have.UniqueName, name)
		}
		w.remove(have, want)
	}
}

func TestSoftDeletedHolderOfAConfiguredName(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	session := secretSession(t, "Chosen")
	options := entra.CreateOptions{UniqueName: "it's-chosen"}
	result, err := w.Create(t.Context(), w.tenant.ID(), session, options)
	if err != nil {
		t.Fatal(err)
	}
	gone := result.Registration
	w.remove(gone, owning(session, result))
	taken := w.refused(session, options)
	if !taken.Deleted || taken.Foreign || taken.UniqueName != "it's-chosen" || taken.ClientID != gone.ClientID {
		t.Errorf("error %+v", taken)
	}
	options.RecoverSoftDeleted = true
	restored, err := w.Create(t.Context(), w.tenant.ID(), session, options)
	if err != nil {
		t.Fatal(err)
	}
	have := w.wantOne(restored, owning(session, restored))
	if have.ClientID != gone.ClientID || have.ObjectID != gone.ObjectID ||
		have.ServicePrincipal.ObjectID != gone.ServicePrincipal.ObjectID {
		t.Errorf("restored as %s, deleted as %s", have.ClientID, gone.ClientID)
	}
	if len(have.Roles) != 2 || len(have.Scopes) != 1 {
		t.Errorf("%d roles, %d grants", len(have.Roles), len(have.Scopes))
	}
}

func TestSoftDeletedForeignApplicationIsNotRestored(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	foreign := w.foreign("Payroll", "payroll")
	w.do(http.MethodDelete, fmt.Sprintf("/applications/%s", foreign["id"]), nil)
	taken := w.refused(secretSession(t, "Ours"), entra.CreateOptions{UniqueName: "payroll", RecoverSoftDeleted: true})
	if !taken.Deleted || !taken.Foreign {
		t.Errorf("error %+v", taken)
	}
	if deleted := w.list("/directory/deletedItems/microsoft.graph.application"); len(deleted) != 1 {
		t.Errorf("%d deleted applications, want the foreign one", len(deleted))
	}
}

func TestTwoCreatesOfOneNameInOneProcess(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	const contenders = 4
	results := make([]entra.Result, contenders)
	failures := make([]error, contenders)
	var group sync.WaitGroup
	for i := range contenders {
		group.Go(func() {
			results[i], failures[i] = w.Create(t.Context(), w.tenant.ID(), secretSession(t, "Twins"), entra.CreateOptions{})
		})
	}
	group.Wait()
	winner := slices.Index(failures, nil)
	if winner < 0 {
		t.Fatal(errors.Join(failures...))
	}
	w.wantOne(results[winner], owning(secretSession(t, "Twins"), results[winner]))
	for i, err := range failures {
		var taken *entra.NameTakenError
		if i != winner && !errors.As(err, &taken) {
			t.Errorf("error %v, want the name taken", err)
		}
	}
}

// TestOvertakenCreate has somebody else make the application between the look-up of the name and the upsert.
func TestOvertakenCreate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	var rival entra.Result
	var want entra.Session
	interloper := &intruder{
		base: w.server.Client().Transport, before: 2, act: func() { rival, want = w.create(secretSession(t, "Race")) },
	}
	slow := w.another(interloper, w.tenant.Admin(), &skippingClock{})
	_, err := slow.Create(t.Context(), w.tenant.ID(), secretSession(t, "Race"), entra.CreateOptions{})
	var taken *entra.NameTakenError
	if !errors.As(err, &taken) || taken.ClientID != rival.Registration.ClientID {
		t.Fatalf("error %v, want the name taken by the faster one", err)
	}
	w.wantOne(rival, want)
}

// TestOvertakenByAnUnfinishedCreate has a rival make the application in the same moment, and break off.
func TestOvertakenByAnUnfinishedCreate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	session := secretSession(t, "Race")
	direct := w.server.Client().Transport
	rival := w.another(&fault{base: direct, first: 3, last: forever, before: true}, w.tenant.Admin(), &skippingClock{})
	interloper := &intruder{base: direct, before: 2, act: func() {
		if _, err := rival.Create(t.Context(), w.tenant.ID(), session, entra.CreateOptions{}); !errors.Is(err, errBroken) {
			t.Errorf("error %v of the rival, want the broken connection", err)
		}
	}}
	w.Gateway = w.another(interloper, w.tenant.Admin(), &skippingClock{})
	result, want := w.create(session)
	w.wantOne(result, want)
}

// TestNameGivenLater sets the unique name of an imported application that has none.
func TestNameGivenLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	taken, _ := w.create(secretSession(t, "Holder"))
	application := w.do(http.MethodPost, "/applications", map[string]any{"displayName": "Imported"})
	ref := entra.Ref{ClientID: fmt.Sprint(application["appId"])}
	session := secretSession(t, "Imported")
	session.Secret = nil
	session.UniqueName = taken.Registration.UniqueName
	_, err := w.Update(t.Context(), w.tenant.ID(), ref, session)
	var refused *entra.NameTakenError
	if !errors.As(err, &refused) || refused.UniqueName != session.UniqueName {
		t.Errorf("error %v, want the name taken", err)
	}
	session.UniqueName = "imported"
	updated, want := w.update(ref, session)
	if have := w.wantComplete(updated.Registration, want); have.UniqueName != "imported" || have.ClientID != ref.ClientID {
		t.Errorf("unique name %q of %s", have.UniqueName, have.ClientID)
	}
}

// intruder lets somebody act right before the request with the number reaches the service.
type intruder struct {
	base   http.RoundTripper
	before int
	act    func()
	count  int
}

func (i *intruder) RoundTrip(r *http.Request) (*http.Response, error) {
	i.count++
	if i.count == i.before {
		i.act()
	}
	return i.base.RoundTrip(r)
}
