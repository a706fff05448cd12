package graph_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// requestsOfRegister counts the requests of an undisturbed create.
func requestsOfRegister(t *testing.T) int64 {
	t.Helper()
	w := newWorld(t, emulator.TenantOptions{})
	counting := &fault{base: w.server.Client().Transport, first: forever, last: forever}
	w.Gateway = w.another(counting, w.tenant.Admin(), &skippingClock{})
	w.createRegister(register)
	return counting.count.Load()
}

// TestCreateOfARegisterSurvivesAnInterruption loses one request, or its answer, at every step of a create.
func TestCreateOfARegisterSurvivesAnInterruption(t *testing.T) {
	t.Parallel()
	for n := int64(1); n <= requestsOfRegister(t); n++ {
		for _, before := range []bool{true, false} {
			t.Run(fmt.Sprintf("request %d, before %t", n, before), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, emulator.TenantOptions{})
				broken := &fault{base: w.server.Client().Transport, first: n, last: n, before: before}
				w.Gateway = w.another(broken, w.tenant.Admin(), &skippingClock{})
				w.wantRegister(w.createRegister(register), register)
			})
		}
	}
}

// TestCreateOfARegisterIsFinishedByTheNext breaks everything off from every step of a create on. A second create, in a
// new process, has to finish the same registration.
func TestCreateOfARegisterIsFinishedByTheNext(t *testing.T) {
	t.Parallel()
	for n := int64(1); n <= requestsOfRegister(t); n++ {
		for _, before := range []bool{true, false} {
			t.Run(fmt.Sprintf("request %d, before %t", n, before), func(t *testing.T) {
				t.Parallel()
				testRegisterFinishedByTheNext(t, n, before)
			})
		}
	}
}

func testRegisterFinishedByTheNext(t *testing.T, n int64, before bool) {
	w := newWorld(t, emulator.TenantOptions{})
	broken := &fault{base: w.server.Client().Transport, first: n, last: forever, before: before}
	gateway := w.another(broken, w.tenant.Admin(), &skippingClock{})
	if _, err := gateway.Registers().Create(t.Context(), w.tenant.ID(), register, entra.CreateOptions{}); !errors.Is(err, errBroken) {
		t.Fatalf("error %v, want the broken connection", err)
	}
	begun := w.tagged()
	if len(begun) > 1 {
		t.Fatalf("%d registers", len(begun))
	}
	if finished := len(begun) == 1 && !slices.ContainsFunc(tagsOf(begun[0]), isProvisioning); finished {
		// It is complete, and the state does not know it: whoever applies again is told to import it.
		if taken := w.refusedRegister(register, entra.CreateOptions{}); taken.ClientID != begun[0]["appId"] {
			t.Fatalf("error %v, want the name taken by what is complete", taken)
		}
		return
	}
	if _, err := w.Registers().Find(t.Context(), w.tenant.ID()); !isUnfinished(err, begun) {
		t.Errorf("looking for the unfinished register: %v", err)
	}
	have := w.wantRegister(w.createRegister(register), register)
	if len(begun) == 1 && have.ClientID != begun[0]["appId"] {
		t.Errorf("client id %s, begun with %s", have.ClientID, begun[0]["appId"])
	}
}

func isUnfinished(err error, begun []map[string]any) bool {
	var none *entra.NoRegisterError
	return errors.As(err, &none) && (len(begun) == 0) == (none.Unfinished == "")
}

// refusedRegister creates a register and returns the error that says whose the name is.
func (w *world) refusedRegister(want entra.Register, options entra.CreateOptions) *entra.NameTakenError {
	w.Helper()
	_, err := w.Registers().Create(w.Context(), w.tenant.ID(), want, options)
	var taken *entra.NameTakenError
	if !errors.As(err, &taken) || taken.Kind != entra.KindRegister {
		w.Fatalf("error %v, want the name taken", err)
	}
	return taken
}

// TestTwoRunsCreateOneRegister has another run create the register at every step of a create. One of the two succeeds;
// both, where the first had but the mark to set, that everything is in place.
func TestTwoRunsCreateOneRegister(t *testing.T) {
	t.Parallel()
	requests := requestsOfRegister(t)
	for n := int64(1); n <= requests; n++ {
		t.Run(fmt.Sprintf("before request %d", n), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, emulator.TenantOptions{})
			var second entra.Registration
			var secondErr error
			between := &rival{base: w.server.Client().Transport, n: n}
			between.run = func() {
				second, secondErr = w.Registers().Create(t.Context(), w.tenant.ID(), register, entra.CreateOptions{})
			}
			first := w.another(between, w.tenant.Admin(), &skippingClock{})
			result, err := first.Registers().Create(t.Context(), w.tenant.ID(), register, entra.CreateOptions{})
			both := err == nil && secondErr == nil && n == requests && result.ClientID == second.ClientID
			if (err == nil) == (secondErr == nil) && !both {
				t.Fatalf("the runs end with %v and %v, want one success", err, secondErr)
			}
			if err != nil {
				result = second
			}
			var lost *entra.LostClaimError
			var taken *entra.NameTakenError
			if loser := errors.Join(err, secondErr); !both && !errors.As(loser, &lost) && !errors.As(loser, &taken) {
				t.Errorf("the loser ends with %v", loser)
			}
			w.wantRegister(result, register)
		})
	}
}

func TestTwoRegistersInOneProcess(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	const contenders = 4
	results, failures := make([]entra.Registration, contenders), make([]error, contenders)
	var group sync.WaitGroup
	for i := range contenders {
		group.Go(func() {
			want := entra.Register{DisplayName: fmt.Sprint("Roles ", i)}
			results[i], failures[i] = w.Registers().Create(t.Context(), w.tenant.ID(), want, entra.CreateOptions{})
		})
	}
	group.Wait()
	winner := slices.Index(failures, nil)
	if winner < 0 {
		t.Fatal(errors.Join(failures...))
	}
	w.wantRegister(results[winner], entra.Register{DisplayName: fmt.Sprint("Roles ", winner)})
	for i, err := range failures {
		var taken *entra.NameTakenError
		if i != winner && !errors.As(err, &taken) {
			t.Errorf("error %v, want the name taken", err)
		}
	}
}

// A register that is there, under whatever name, is named, and no second one is made.
func TestSecondRegister(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	other := w.do(http.MethodPost, "/applications", map[string]any{"displayName": "Old roles", "tags": []any{entra.TagAccessRoles}})
	taken := w.refusedRegister(register, entra.CreateOptions{})
	if taken.ClientID != other["appId"] || taken.DisplayName != "Old roles" || taken.Foreign || taken.Deleted {
		t.Errorf("error %+v", taken)
	}
	third := w.do(http.MethodPost, "/applications", map[string]any{"displayName": "Older roles", "tags": []any{entra.TagAccessRoles}})
	_, created := w.Registers().Create(t.Context(), w.tenant.ID(), register, entra.CreateOptions{})
	_, read := w.Registers().Read(t.Context(), w.tenant.ID(), entra.Ref{ClientID: fmt.Sprint(other["appId"])})
	_, found := w.Registers().Find(t.Context(), w.tenant.ID())
	for operation, err := range map[string]error{"create": created, "read": read, "find": found} {
		var second *entra.SecondRegisterError
		if !errors.As(err, &second) || len(second.Registers) != 2 || !strings.Contains(err.Error(), fmt.Sprint(other["appId"])) ||
			!strings.Contains(err.Error(), fmt.Sprint(third["appId"])) {
			t.Errorf("%s: %v", operation, err)
		}
	}
	if registers := w.tagged(); len(registers) != 2 {
		t.Errorf("%d registers", len(registers))
	}
}

func TestForeignApplicationHasTheNameOfTheRegister(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	foreign := w.foreign("Payroll", entra.RegisterName(1))
	if taken := w.refusedRegister(register, entra.CreateOptions{}); !taken.Foreign || taken.ClientID != foreign["appId"] {
		t.Errorf("error %+v", taken)
	}
	after := w.do(http.MethodGet, fmt.Sprintf("/applications/%s", foreign["id"]), nil)
	if after["displayName"] != "Payroll" || len(tagsOf(after)) != 0 {
		t.Errorf("the foreign application has become %v with the tags %v", after["displayName"], after["tags"])
	}
}

// A deleted register keeps its name. The next one gets another name, or is the deleted one.
func TestSoftDeletedRegister(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	var first entra.Registration
	for attempt := 1; attempt <= 2; attempt++ {
		have := w.wantRegister(w.createRegister(register), register)
		if have.UniqueName != entra.RegisterName(attempt) {
			t.Errorf("unique name %q, attempt %d", have.UniqueName, attempt)
		}
		if attempt == 1 {
			first = have
		}
		if err := w.Registers().Delete(t.Context(), w.tenant.ID(), registerRef(have), entra.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	restored, err := w.Registers().Create(t.Context(), w.tenant.ID(), register, entra.CreateOptions{RecoverSoftDeleted: true})
	if err != nil {
		t.Fatal(err)
	}
	if have := w.wantRegister(restored, register); have.ClientID != first.ClientID ||
		have.ServicePrincipal.ObjectID != first.ServicePrincipal.ObjectID {
		t.Errorf("restored as %s, deleted as %s", have.ClientID, first.ClientID)
	}
}

// A create that a deleted register has driven to another name is finished under that name.
func TestUnfinishedRegisterOfAnotherName(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	gone := w.createRegister(register)
	if err := w.Registers().Delete(t.Context(), w.tenant.ID(), registerRef(gone), entra.DeleteOptions{Permanently: false}); err != nil {
		t.Fatal(err)
	}
	const afterTheUpsert = 6
	broken := &fault{base: w.server.Client().Transport, first: afterTheUpsert, last: forever, before: true}
	_, err := w.another(broken, w.tenant.Admin(), &skippingClock{}).
		Registers().Create(t.Context(), w.tenant.ID(), register, entra.CreateOptions{})
	if begun := w.tagged(); !errors.Is(err, errBroken) || len(begun) != 1 {
		t.Fatalf("%d registers after %v", len(begun), err)
	}
	if have := w.wantRegister(w.createRegister(register), register); have.UniqueName != entra.RegisterName(2) {
		t.Errorf("unique name %q", have.UniqueName)
	}
}

func TestFindRegister(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	var none *entra.NoRegisterError
	if _, err := w.Registers().Find(t.Context(), w.tenant.ID()); !errors.As(err, &none) {
		t.Errorf("in a tenant without one: %v", err)
	}
	made := w.createRegister(register)
	w.restart()
	w.roundTrips()
	found, err := w.Registers().Find(t.Context(), w.tenant.ID())
	if n := w.roundTrips(); err != nil || found.Fingerprint() != made.Fingerprint() || n > 3 {
		t.Errorf("found %+v in %d round trips: %v", found, n, err)
	}
}
