package graph_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/conditions"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// fault breaks requests off.
type fault struct {
	base   http.RoundTripper
	first  int64 // number of the first request that breaks, from 1
	last   int64 // number of the last one
	before bool  // it never reaches the service; else the answer is lost
	count  atomic.Int64
}

var errBroken = errors.New("the connection broke")

func (f *fault) RoundTrip(r *http.Request) (*http.Response, error) {
	n := f.count.Add(1)
	if n < f.first || n > f.last {
		return f.base.RoundTrip(r)
	}
	if f.before || n > f.first { // what is down stays down
		return nil, errBroken
	}
	response, err := f.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	return nil, errors.Join(errBroken, response.Body.Close())
}

const forever = 1 << 30

// breakable are the sessions whose creation is broken off at every step.
func breakable(tb testing.TB) map[string]entra.Session {
	return map[string]entra.Session{
		"secret": secretSession(tb, "Broken"), "certificate": referenceSession(tb, "Broken"),
	}
}

// requestsOf counts the requests of an undisturbed create.
func requestsOf(t *testing.T, session entra.Session) int64 {
	t.Helper()
	w := newWorld(t, emulator.TenantOptions{})
	counting := &fault{base: w.server.Client().Transport, first: forever, last: forever}
	w.Gateway = w.another(counting, w.tenant.Admin(), &skippingClock{})
	w.create(session)
	return counting.count.Load()
}

// TestCreateSurvivesAnInterruption loses one request, or its answer, at every step of a create.
func TestCreateSurvivesAnInterruption(t *testing.T) {
	t.Parallel()
	for name, session := range breakable(t) {
		for n := int64(1); n <= requestsOf(t, session); n++ {
			for _, before := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s, request %d, before %t", name, n, before), func(t *testing.T) {
					t.Parallel()
					w := newWorld(t, emulator.TenantOptions{})
					broken := &fault{base: w.server.Client().Transport, first: n, last: n, before: before}
					w.Gateway = w.another(broken, w.tenant.Admin(), &skippingClock{})
					result, want := w.create(session)
					w.wantOne(result, want)
				})
			}
		}
	}
}

// TestCreateIsFinishedByTheNext breaks everything off from every step of a create on. A second create, in a new
// process, has to finish the same registration.
func TestCreateIsFinishedByTheNext(t *testing.T) {
	t.Parallel()
	for name, session := range breakable(t) {
		for n := int64(1); n <= requestsOf(t, session); n++ {
			for _, before := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s, request %d, before %t", name, n, before), func(t *testing.T) {
					t.Parallel()
					testFinishedByTheNext(t, session, n, before)
				})
			}
		}
	}
}

func testFinishedByTheNext(t *testing.T, session entra.Session, n int64, before bool) {
	w := newWorld(t, emulator.TenantOptions{})
	broken := &fault{base: w.server.Client().Transport, first: n, last: forever, before: before}
	gateway := w.another(broken, w.tenant.Admin(), &skippingClock{})
	_, err := gateway.Create(t.Context(), w.tenant.ID(), session, entra.CreateOptions{})
	if !errors.Is(err, errBroken) {
		t.Fatalf("error %v, want the broken connection", err)
	}
	begun := w.applications(session.DisplayName)
	if len(begun) > 1 {
		t.Fatalf("%d applications", len(begun))
	}
	if finished := len(begun) == 1 && !slices.ContainsFunc(tagsOf(begun[0]), isProvisioning); finished {
		// Only the look at the finished registration failed. It is complete, and the state does not know it: whoever
		// applies again is told to import it.
		var taken *entra.NameTakenError
		if _, err := w.Create(t.Context(), w.tenant.ID(), session, entra.CreateOptions{}); !errors.As(err, &taken) ||
			taken.ClientID != begun[0]["appId"] {
			t.Fatalf("error %v, want the name taken by what is complete", err)
		}
		return
	}
	result, want := w.create(session)
	have := w.wantOne(result, want)
	if len(begun) == 1 && have.ClientID != begun[0]["appId"] {
		t.Errorf("client id %s, begun with %s", have.ClientID, begun[0]["appId"])
	}
}

func isProvisioning(tag string) bool { return strings.HasPrefix(tag, "sapio365:provisioning:") }

func tagsOf(application map[string]any) []string {
	tags, _ := application["tags"].([]any)
	all := make([]string, len(tags))
	for i, tag := range tags {
		all[i] = fmt.Sprint(tag)
	}
	return all
}

// applications finds the applications of the name.
func (w *world) applications(name string) []map[string]any {
	w.Helper()
	var all []map[string]any
	for _, item := range w.list("/applications?$filter=displayName eq '" + name + "'") {
		application, ok := item.(map[string]any)
		if !ok {
			w.Fatalf("an application is a %T", item)
		}
		all = append(all, application)
	}
	return all
}

// wantOne stops the test unless the tenant has exactly what the session asks for, once.
func (w *world) wantOne(result entra.Result, want entra.Session) entra.Registration {
	w.Helper()
	have := w.wantComplete(result.Registration, want)
	if got := w.applications(want.DisplayName); len(got) != 1 || got[0]["appId"] != have.ClientID {
		w.Fatalf("%d applications", len(got))
	}
	if got := w.list("/servicePrincipals?$filter=displayName eq '" + want.DisplayName + "'"); len(got) != 1 {
		w.Fatalf("%d service principals", len(got))
	}
	secrets := 0
	if want.Secret != nil {
		secrets = 1
		if result.Issued == nil || result.Issued.KeyID != have.Secrets[0].KeyID {
			w.Fatal("the value of the secret was lost")
		}
	}
	if len(have.Secrets) != secrets || len(have.Keys) != 1-secrets {
		w.Fatalf("%d secrets, %d certificates", len(have.Secrets), len(have.Keys))
	}
	if left := entra.ProvisioningNonce(have.Tags); left != "" || !slices.Equal(have.Tags, []string{entra.TagAppSession}) {
		w.Fatalf("tags %v", have.Tags)
	}
	return have
}

// TestMarkComesLast finishes a session that a broken create left with a secret whose value is lost: the stray secret
// has to go before the registration counts as complete, because afterwards nobody knows whose it is.
func TestMarkComesLast(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	session := secretSession(t, "Stray")
	const afterTheSecret = 5
	broken := &fault{base: w.server.Client().Transport, first: afterTheSecret, last: forever, before: true}
	_, err := w.another(broken, w.tenant.Admin(), &skippingClock{}).
		Create(t.Context(), w.tenant.ID(), session, entra.CreateOptions{})
	if !errors.Is(err, errBroken) {
		t.Fatalf("error %v, want the broken connection", err)
	}
	w.tenant.ResetRequests()
	result, want := w.create(session)
	var writes []string
	for _, request := range w.tenant.Requests() {
		for _, part := range request.Parts {
			name := part.Method + " " + strings.TrimPrefix(part.Path, "/applications/"+result.Registration.ObjectID)
			if part.Method != http.MethodGet && !strings.Contains(name, "appRoleAssignedTo") {
				writes = append(writes, name)
			}
		}
	}
	if !slices.Equal(writes, []string{
		"PATCH ", "POST /addPassword", "POST /removePassword", "PATCH ",
	}) {
		t.Errorf("writes %q, want the claim, a new secret, the end of the stray secret, the mark", writes)
	}
	w.wantOne(result, want)
}

// TestRestoreSurvivesAnInterruption loses every request of a create that restores a deleted session, or its answer.
func TestRestoreSurvivesAnInterruption(t *testing.T) {
	t.Parallel()
	restore := entra.CreateOptions{RecoverSoftDeleted: true}
	for n := int64(1); n <= 12; n++ {
		for _, before := range []bool{true, false} {
			t.Run(fmt.Sprintf("request %d, before %t", n, before), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, emulator.TenantOptions{})
				session := referenceSession(t, "Restored")
				first, want := w.create(session)
				w.remove(first.Registration, want)
				broken := &fault{base: w.server.Client().Transport, first: n, last: n, before: before}
				w.Gateway = w.another(broken, w.tenant.Admin(), &skippingClock{})
				result, err := w.Create(t.Context(), w.tenant.ID(), session, restore)
				if err != nil {
					t.Fatal(err)
				}
				have := w.wantOne(result, owning(session, result))
				if have.ClientID != first.Registration.ClientID || have.ServicePrincipal.ObjectID != first.Registration.ServicePrincipal.ObjectID {
					t.Errorf("client id %s, was %s", have.ClientID, first.Registration.ClientID)
				}
			})
		}
	}
}

// The answer to the request that makes the application is lost, and until the application is known everywhere its name
// is taken by nobody: by this very run.
func TestOwnApplicationThatShowsLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := timeless(t)
		w.under(conditions.Lag{Kind: directory.Application, Delay: 30 * time.Second, Probability: 1})
		broken := &fault{base: w.server.Client().Transport, first: 2, last: 2}
		w.Gateway = w.another(broken, w.tenant.Admin(), entra.SystemClock{})
		result, want := w.create(secretSession(t, "Late"))
		time.Sleep(time.Minute)
		w.wantOne(result, want)
	})
}
