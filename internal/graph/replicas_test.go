package graph_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/conditions"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// timeless is a tenant in process, in the time of the test's bubble.
func timeless(t *testing.T) *world {
	t.Helper()
	server, err := emulator.New(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return newWorldOn(t, server, emulator.TenantOptions{}, entra.SystemClock{})
}

func (w *world) under(lags ...conditions.Lag) {
	w.Helper()
	if err := w.tenant.SetConditions(conditions.Conditions{Lags: lags}); err != nil {
		w.Fatal(err)
	}
}

// The lags of a tenant whose replicas show applications at once, but remember what they were; and of one where they do
// not.
var (
	remembering = conditions.Lag{Kind: directory.Application, Purpose: directory.List, Delay: 30 * time.Second, Probability: 1}
	lagging     = conditions.Lag{Kind: directory.Application, Purpose: directory.Read, Delay: 30 * time.Second, Probability: 1}
)

// laggingFor sends the first requests that contain the text to replicas that lag.
type laggingFor struct {
	*world
	text  string
	times int
}

func (l *laggingFor) RoundTrip(r *http.Request) (*http.Response, error) {
	content, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(content))
	if l.times > 0 && bytes.Contains(content, []byte(l.text)) {
		l.times--
		l.under(lagging)
		defer l.under(remembering)
	}
	return l.server.Client().Transport.RoundTrip(r)
}

// putKeys replaces the certificates by hand.
func (w *world) putKeys(r entra.Registration, keys ...any) {
	w.Helper()
	w.do(http.MethodPatch, "/applications/"+r.ObjectID, map[string]any{"keyCredentials": append([]any{}, keys...)})
}

func foreignKey(tb testing.TB, name string) map[string]any {
	tb.Helper()
	return map[string]any{
		"type": "AsymmetricX509Cert", "usage": "Verify", "displayName": name,
		"key": base64.StdEncoding.EncodeToString(newCertificate(tb, name).DER),
	}
}

// keyNames are the names of the application's certificates but for ours.
func (w *world) keyNames(r entra.Registration) []string {
	w.Helper()
	var names []string
	for _, key := range w.withContents(r) {
		if name := fmt.Sprint(key["displayName"]); !bytes.HasPrefix([]byte(name), []byte("sapio365 ")) {
			names = append(names, name)
		}
	}
	return names
}

// A certificate that an earlier read has shown is not lost because the reads before the write come from replicas that do
// not know it yet; and one that has been revoked does not come back because one of them still does.
func TestForeignCertificatesAndLaggingReplicas(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text    string
		times   int
		prepare func(w *world, r entra.Registration, ref *entra.Ref)
		want    []string
	}{
		"known": {`select=keyCredentials"`, 2, func(w *world, r entra.Registration, ref *entra.Ref) {
			time.Sleep(time.Minute)
			w.putKeys(r, foreignKey(w, "theirs"))
			w.learn(ref)
		}, []string{"theirs"}},
		"revoked": {`"body":{"keyCredentials":`, 1, func(w *world, r entra.Registration, ref *entra.Ref) {
			w.putKeys(r, foreignKey(w, "stolen"))
			time.Sleep(time.Minute)
			w.learn(ref)
			w.putKeys(r)
			time.Sleep(5 * time.Second)
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := timeless(t)
				result, want := w.create(secretSession(t, "Crowded"))
				w.under(remembering)
				ref := refOf(result.Registration, want)
				c.prepare(w, result.Registration, &ref)
				certificate := newCertificate(t, "Ours")
				want.Secret, want.Certificate = nil, &certificate
				replicas := &laggingFor{world: w, text: c.text, times: c.times}
				w.Gateway = w.another(replicas, w.tenant.Admin(), entra.SystemClock{})
				updated, want := w.update(ref, want)
				if replicas.times != 0 {
					t.Fatalf("%d requests fewer than meant to", replicas.times)
				}
				time.Sleep(time.Minute)
				w.wantComplete(updated.Registration, want)
				if got := w.keyNames(result.Registration); !slices.Equal(got, c.want) {
					t.Errorf("certificates %q, want %q", got, c.want)
				}
			})
		})
	}
}

// learn refreshes the reference as a plan does.
func (w *world) learn(ref *entra.Ref) {
	w.Helper()
	have, err := w.Read(w.Context(), w.tenant.ID(), *ref)
	if err != nil {
		w.Fatal(err)
	}
	ref.Hints = have.Hints()
}

// Somebody removes a certificate between the read and the write, which still names it.
func TestCertificateThatIsRemovedMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	result, want := w.create(secretSession(t, "Thinned out"))
	w.putKeys(result.Registration, foreignKey(t, "theirs"))
	between := &interloper{base: w.server.Client().Transport, runs: []func(){func() { w.putKeys(result.Registration) }}}
	w.Gateway = w.another(between, w.tenant.Admin(), &skippingClock{})
	certificate := newCertificate(t, "Ours")
	want.Secret, want.Certificate = nil, &certificate
	updated, want := w.update(refOf(result.Registration, want), want)
	w.wantComplete(updated.Registration, want)
	if got := w.keyNames(result.Registration); len(got) != 0 || len(between.runs) != 0 {
		t.Errorf("certificates %q", got)
	}
}

// A certificate is known by its contents, whatever somebody has written into its identifier.
func TestCertificateIdentifiedAtWill(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	result, want := w.create(secretSession(t, "Identified at will"))
	certificate := newCertificate(t, "By a script")
	w.putKeys(result.Registration, map[string]any{
		"type": "AsymmetricX509Cert", "usage": "Verify", "displayName": "by a script",
		"customKeyIdentifier": base64.StdEncoding.EncodeToString([]byte(certificate.SHA1)),
		"key":                 base64.StdEncoding.EncodeToString(certificate.DER),
	})
	ref := refOf(result.Registration, want)
	w.learn(&ref)
	w.tenant.ResetRequests()
	have, err := w.Read(t.Context(), w.tenant.ID(), ref)
	if n := w.roundTrips(); err != nil || n != 1 || have.Keys[0].SHA256 != certificate.SHA256 || have.Keys[0].SHA1 != certificate.SHA1 {
		t.Errorf("%d round trips, keys %+v, error %v", n, have.Keys, err)
	}
	want.Secret, want.Certificate = nil, &certificate
	updated, want := w.update(ref, want)
	w.wantComplete(updated.Registration, want)
}

// Consent on an API that a replica does not show yet is no consent on something else.
func TestResourceThatShowsLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := timeless(t)
		result, want := w.create(secretSession(t, "Early"))
		w.under(conditions.Lag{Kind: directory.ServicePrincipal, Purpose: directory.Read, Delay: time.Second, Probability: 1})
		time.Sleep(time.Minute)
		own := w.library("Books.Lend.All")
		listed, _ := w.list("/servicePrincipals?$filter=appId eq '" + own + "'")[0].(map[string]any)
		const lend = "33333333-3333-4333-8333-333333333333"
		w.do(http.MethodPost, fmt.Sprintf("/servicePrincipals/%s/appRoleAssignedTo", listed["id"]), map[string]any{
			"principalId": result.Registration.ServicePrincipal.ObjectID, "resourceId": listed["id"], "appRoleId": lend,
		})
		w.Gateway = w.another(w.server.Client().Transport, w.tenant.Admin(), entra.SystemClock{})
		have, err := w.Read(t.Context(), w.tenant.ID(), refOf(result.Registration, want))
		if err != nil {
			t.Fatal(err)
		}
		if extra := have.ExtraConsents(want.Access); len(extra) != 1 || extra[0].API != own {
			t.Errorf("extra consents %v, want one on %s", extra.Labels(), own)
		}
	})
}

// The service principal of an API is made anew: what was granted is gone, and is granted on the new one, also by a run
// that remembers the old one.
func TestAPIThatIsMadeAnew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := timeless(t)
		result, want := w.create(referenceSession(t, "Renewed"))
		const exchange = "00000002-0000-0ff1-ce00-000000000000"
		old := w.do(http.MethodGet, "/servicePrincipals(appId='"+exchange+"')?$select=id", nil)["id"]
		w.do(http.MethodDelete, fmt.Sprintf("/servicePrincipals/%s", old), nil)
		w.do(http.MethodPost, "/servicePrincipals", map[string]any{"appId": exchange})
		w.Gateway = w.another(w.server.Client().Transport, w.tenant.Admin(), entra.SystemClock{})
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		updated, err := w.Update(ctx, w.tenant.ID(), refOf(result.Registration, want), want)
		if err != nil {
			t.Fatal(err)
		}
		w.wantComplete(updated.Registration, owning(want, updated))
	})
}

// The look behind the mark comes from replicas that do not know the secret yet: it is no other run's doing.
func TestSecretThatShowsLateBehindTheMark(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := timeless(t)
		session := secretSession(t, "Late")
		broken := &fault{base: w.server.Client().Transport, first: 3, last: forever, before: true}
		_, err := w.another(broken, w.tenant.Admin(), entra.SystemClock{}).
			Create(t.Context(), w.tenant.ID(), session, entra.CreateOptions{})
		if !errors.Is(err, errBroken) {
			t.Fatalf("error %v, want the broken connection", err)
		}
		w.under(remembering)
		time.Sleep(time.Minute) // all replicas know the application
		replicas := &laggingFor{world: w, text: "select=passwordCredentials", times: 5}
		w.Gateway = w.another(replicas, w.tenant.Admin(), entra.SystemClock{})
		result, want := w.create(session)
		if replicas.times != 0 {
			t.Fatalf("%d looks fewer than meant to", replicas.times)
		}
		w.wantOne(result, want)
	})
}
