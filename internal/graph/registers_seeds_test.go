package graph_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// TestFaultSeedsOfRegisters takes registers and assignments of access roles through their lives in tenants where all
// sorts of things go wrong.
func TestFaultSeedsOfRegisters(t *testing.T) {
	t.Parallel()
	shared, err := emulator.New(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for seed := uint64(1); seed <= seedsAsked(t); seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { keepRoles(t, shared, seed) })
		})
	}
}

func keepRoles(t *testing.T, shared *emulator.Server, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 0))
	w := newWorldOn(t, shared, emulator.TenantOptions{}, entra.SystemClock{})
	l := &roleLife{life: life{world: w, faults: faultsOf(random, seed)}}
	l.goWrong()
	l.born()
	l.assignAll(w.user("nadia"), w.group("helpdesk"), w.servicePrincipal("pipeline"))
	l.drift(random)
	l.end()
}

// roleLife is a register and who holds its roles.
type roleLife struct {
	life
	have entra.Registration
	held []entra.RoleAssignment
}

func (l *roleLife) born() {
	l.Helper()
	l.operate("create", func(ctx context.Context) (err error) {
		l.have, err = l.Registers().Create(ctx, l.tenant.ID(), register, entra.CreateOptions{})
		return err
	})
	l.verify()
}

// verify stops the test unless the next plan is empty, and the tenant has the register once.
func (l *roleLife) verify() {
	l.Helper()
	stage := l.stage
	l.operate("plan after the "+stage, func(ctx context.Context) (err error) {
		l.have, err = l.Registers().Read(ctx, l.tenant.ID(), registerRef(l.have))
		return err
	})
	left := slices.DeleteFunc(register.Changes(l.have, "", time.Time{}), func(c entra.Change) bool {
		return c.Phase() == entra.PhaseFinish // a mark that a replica still shows is no attribute, and no change to a plan
	})
	if len(left) > 0 {
		l.Fatalf("the plan after the %s has %d changes, the first: %s\nunder %s", stage, len(left), left[0].Describe(), l.described())
	}
	l.calm()
	if got := l.tagged(); len(got) != 1 || !slices.Equal(tagsOf(got[0]), []string{entra.TagAccessRoles}) {
		l.Fatalf("%d registers after the %s: %v", len(got), stage, got)
	}
	l.goWrong()
}

// assignAll gives the principals roles at the same time, and sees that a refresh finds them.
func (l *roleLife) assignAll(principals ...string) {
	l.Helper()
	for _, principal := range principals {
		for n := range 2 {
			l.held = append(l.held, holding(l.have, n, principal))
		}
	}
	l.operate("assigning", l.forEach(func(ctx context.Context, n int) (err error) {
		l.held[n], err = l.RoleAssignments().Assign(ctx, l.tenant.ID(), l.held[n])
		return err
	}))
	l.operate("plan after assigning", l.forEach(func(ctx context.Context, n int) error {
		read, err := l.RoleAssignments().Read(ctx, l.tenant.ID(), l.held[n])
		if err == nil && read != l.held[n] {
			err = fmt.Errorf("read %+v, was %+v", read, l.held[n])
		}
		return err
	}))
	l.calm()
	if got := l.assigned(l.have); len(got) != len(l.held) {
		l.Fatalf("%d assignments, want %d\nunder %s", len(got), len(l.held), l.described())
	}
	l.goWrong()
}

// forEach does something for all assignments at the same time.
func (l *roleLife) forEach(do func(ctx context.Context, n int) error) func(context.Context) error {
	return func(ctx context.Context) error {
		failures := make([]error, len(l.held))
		var group sync.WaitGroup
		for n := range l.held {
			group.Go(func() { failures[n] = do(ctx, n) })
		}
		group.Wait()
		return errors.Join(failures...)
	}
}

// drift has somebody change the roles by hand, and puts that right.
func (l *roleLife) drift(random *rand.Rand) {
	l.Helper()
	l.calm()
	time.Sleep(time.Minute) // whatever lags behind has arrived
	at := 1 + random.IntN(5)
	l.setRoles(l.have, func(roles []any) []any {
		changed := edited(roles, at, []string{"isEnabled", "displayName"}[random.IntN(2)], any("by hand"))
		if role, ok := changed[at].(map[string]any); ok && role["isEnabled"] == "by hand" {
			role["isEnabled"] = false
		}
		return append(changed, foreignRole(random.IntN(2) == 0))
	})
	theirs := foreignRoles(l.roles(l.have))
	time.Sleep(time.Minute)
	l.goWrong()
	l.operate("update", func(ctx context.Context) (err error) {
		l.have, err = l.Registers().Update(ctx, l.tenant.ID(), registerRef(l.have), register)
		return err
	})
	l.verify()
	if got := foreignRoles(l.roles(l.have)); !reflect.DeepEqual(got, theirs) {
		l.Errorf("the roles of others were %v and are %v\nunder %s", theirs, got, l.described())
	}
}

// end withdraws some of the roles, deletes the register, and sees that nothing is left.
func (l *roleLife) end() {
	l.Helper()
	all := l.held
	l.held = all[:3]
	l.operate("withdrawing", l.forEach(func(ctx context.Context, n int) error {
		return l.RoleAssignments().Withdraw(ctx, l.tenant.ID(), l.held[n])
	}))
	l.calm()
	if got := l.assigned(l.have); len(got) != len(all)-len(l.held) {
		l.Fatalf("%d assignments are left\nunder %s", len(got), l.described())
	}
	l.goWrong()
	l.operate("delete", func(ctx context.Context) error {
		return l.Registers().Delete(ctx, l.tenant.ID(), registerRef(l.have), entra.DeleteOptions{})
	})
	l.calm()
	if left := len(l.tagged()) + len(l.list("/servicePrincipals?$filter=appId eq '"+l.have.ClientID+"'")); left > 0 {
		l.Fatalf("%d left\nunder %s", left, l.described())
	}
}
