package graph_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/conditions"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

const (
	// fewSeeds is how many schedules of faults every run of the tests goes through; the environment can ask for more.
	fewSeeds     = 50
	seedsSetting = "SAPIO365_FAULT_SEEDS"
	// seedTimeout is the time for one operation. Some tenants ask for more patience than the defaults have.
	seedTimeout = 2 * time.Hour
)

// TestFaultSeeds takes sessions through their lives in tenants where all sorts of things go wrong, by schedules that
// follow from a seed. Every operation has to succeed within its time, and what a new process then reads has to be what
// was asked for, with nothing twice and nothing left.
func TestFaultSeeds(t *testing.T) {
	t.Parallel()
	shared, err := emulator.New(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for seed := uint64(1); seed <= seedsAsked(t); seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { liveThrough(t, shared, seed) })
		})
	}
}

// seedsAsked is the number of schedules to go through.
func seedsAsked(t *testing.T) uint64 {
	t.Helper()
	setting := os.Getenv(seedsSetting)
	if setting == "" {
		return fewSeeds
	}
	n, err := strconv.ParseUint(setting, 10, 32)
	if err != nil {
		t.Fatalf("%s is %q, want a number", seedsSetting, setting)
	}
	return n
}

// life is a session in a tenant where things go wrong.
type life struct {
	*world
	faults conditions.Conditions
	stage  string
}

func liveThrough(t *testing.T, shared *emulator.Server, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 0))
	w := newWorldOn(t, shared, emulator.TenantOptions{}, entra.SystemClock{})
	l := &life{world: w, faults: faultsOf(random, seed)}
	session := secretSession(t, "Seeded")
	if random.IntN(2) == 0 {
		session = referenceSession(t, "Seeded")
	}
	l.goWrong()
	result, want := l.born(session)
	if random.IntN(2) == 0 {
		l.faults = interfered(l.faults, random)
		l.goWrong()
	}
	result, want = l.change(result, want, otherwise(t, random, session))
	result, want = l.rotate(result, want)
	l.end(result, want)
}

// goWrong has things go wrong from now on.
func (l *life) goWrong() {
	l.Helper()
	if err := l.tenant.SetConditions(l.faults); err != nil {
		l.Fatal(err)
	}
}

// calm ends what goes wrong, so that the test itself can look.
func (l *life) calm() {
	l.Helper()
	if err := l.tenant.SetConditions(conditions.Conditions{}); err != nil {
		l.Fatal(err)
	}
}

// operate performs an operation of Terraform in a process of its own.
func (l *life) operate(stage string, operation func(ctx context.Context) error) {
	l.Helper()
	l.stage = stage
	l.Gateway = l.another(l.server.Client().Transport, l.tenant.Admin(), entra.SystemClock{})
	ctx, cancel := context.WithTimeout(l.Context(), seedTimeout)
	defer cancel()
	began := time.Now()
	if err := operation(ctx); err != nil {
		l.Fatalf("%s after %s: %v\nunder %s", stage, time.Since(began), err, l.described())
	}
}

// described tells what goes wrong.
func (l *life) described() string {
	content, err := json.MarshalIndent(l.faults, "", " ")
	if err != nil {
		l.Fatal(err)
	}
	return string(content)
}

func (l *life) born(want entra.Session) (entra.Result, entra.Session) {
	l.Helper()
	var result entra.Result
	l.operate("create", func(ctx context.Context) (err error) {
		result, err = l.Create(ctx, l.tenant.ID(), want, entra.CreateOptions{})
		return err
	})
	return result, l.verify(result, owning(want, result))
}

func (l *life) change(result entra.Result, want, to entra.Session) (entra.Result, entra.Session) {
	l.Helper()
	ref := refOf(result.Registration, want)
	ref.DirectoryRoles = true
	to.Owned = want.Owned
	l.operate("update", func(ctx context.Context) (err error) {
		result, err = l.Update(ctx, l.tenant.ID(), ref, to)
		return err
	})
	return result, l.verify(result, owning(to, result))
}

// rotate has the credential followed by another one, and the one before it removed when its overlap is over.
func (l *life) rotate(result entra.Result, want entra.Session) (entra.Result, entra.Session) {
	l.Helper()
	ref, to := refOf(result.Registration, want), want
	ref.DirectoryRoles, to.OverlapDays = true, 7
	previous, _ := result.Registration.Key(want.Owned.CertificateSHA256)
	if to.Secret != nil {
		to.Follows, previous.KeyID = want.Owned.SecretKeyID, want.Owned.SecretKeyID
	} else {
		next := newCertificate(l, "next")
		to.Certificate = &next
	}
	l.operate("rotation", func(ctx context.Context) (err error) {
		result, err = l.Update(ctx, l.tenant.ID(), ref, to)
		return err
	})
	to = owning(to, result)
	to.Follows, to.Owned.Retiring = "", []entra.Retiring{{KeyID: previous.KeyID}}
	to = l.verify(result, to)
	if result.Issued != nil {
		l.calm()
		if _, err := l.SignIn(l.Context(), l.tenant.ID(), result.Registration.ClientID, result.Issued.Value, ""); err != nil {
			l.Fatalf("the new secret: %v\nunder %s", err, l.described())
		}
		l.goWrong()
	}
	over := to
	over.Owned.Retiring = []entra.Retiring{{KeyID: previous.KeyID, Due: true}}
	l.operate("end of the overlap", func(ctx context.Context) (err error) {
		result, err = l.Update(ctx, l.tenant.ID(), refOf(result.Registration, to), over)
		return err
	})
	over.Owned.Retiring = nil
	return result, l.verify(result, owning(over, result))
}

// verify stops the test unless the next plan is empty, and the tenant holds what the session asks for, once.
func (l *life) verify(result entra.Result, want entra.Session) entra.Session {
	l.Helper()
	var have entra.Registration
	stage := l.stage
	l.operate("plan after the "+stage, func(ctx context.Context) (err error) {
		have, err = l.Read(ctx, l.tenant.ID(), refOf(result.Registration, want))
		return err
	})
	left := slices.DeleteFunc(entra.Diff(want, have, "", time.Now()), func(c entra.Change) bool {
		return c.Phase() == entra.PhaseFinish // a mark that a replica still shows is no attribute, and no change to a plan
	})
	if len(left) > 0 {
		l.Fatalf("the plan after the %s has %d changes, the first: %s\nunder %s", stage, len(left), left[0].Describe(), l.described())
	}
	l.calm()
	if got := l.applications(want.DisplayName); len(got) != 1 || len(tagsOf(got[0])) != 1 {
		l.Fatalf("%d applications after the %s: %v", len(got), stage, got)
	}
	if got := l.list("/servicePrincipals?$filter=appId eq '" + have.ClientID + "'"); len(got) != 1 {
		l.Fatalf("%d service principals after the %s", len(got), stage)
	}
	for _, foreign := range l.tenant.ForeignCredentials() {
		_, secret := have.Secret(foreign.KeyID)
		if !secret && !slices.ContainsFunc(have.Keys, func(k entra.Key) bool { return k.KeyID == foreign.KeyID }) {
			l.Errorf("the %s lost a credential of somebody else\nunder %s", stage, l.described())
		}
	}
	if len(have.Secrets)+len(have.Keys) != 1+len(want.Owned.Retiring)+len(l.tenant.ForeignCredentials()) {
		l.Fatalf("%d secrets and %d certificates after the %s\nunder %s", len(have.Secrets), len(have.Keys), stage, l.described())
	}
	l.goWrong()
	return want
}

func (l *life) end(result entra.Result, want entra.Session) {
	l.Helper()
	l.operate("delete", func(ctx context.Context) error {
		return l.Delete(ctx, l.tenant.ID(), refOf(result.Registration, want), entra.DeleteOptions{})
	})
	l.calm()
	principal := result.Registration.ServicePrincipal.ObjectID
	for _, path := range []string{
		"/applications?$filter=displayName eq '" + want.DisplayName + "'",
		"/servicePrincipals?$filter=appId eq '" + result.Registration.ClientID + "'",
		"/roleManagement/directory/roleAssignments?$filter=principalId eq '" + principal + "'",
		"/oauth2PermissionGrants?$filter=clientId eq '" + principal + "'",
	} {
		if left := l.list(path); len(left) > 0 {
			l.Fatalf("%d left of %s", len(left), path)
		}
	}
}

// otherwise is the session with a change of what it may do, and perhaps of the kind of its credential.
func otherwise(tb testing.TB, random *rand.Rand, session entra.Session) entra.Session {
	tb.Helper()
	session.Notes = fmt.Sprint("changed ", random.IntN(100))
	access := slices.Clone(session.Access)
	random.Shuffle(len(access), func(i, j int) { access[i], access[j] = access[j], access[i] })
	session.Access = entra.NewAccess(append(access[:len(access)/2], permissionOf(tb, entra.Application, "Sites.Read.All"))...)
	if random.IntN(2) == 0 {
		return session
	}
	if session.Secret == nil {
		session.Secret, session.Certificate, session.DirectoryRole = &entra.SecretTerms{ValidDays: 90}, nil, ""
		return session
	}
	certificate := newCertificate(tb, session.DisplayName)
	session.Secret, session.Certificate = nil, &certificate
	return session
}
