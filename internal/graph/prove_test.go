package graph_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/conditions"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/graph"
)

// rotating is the session with its secret to be followed by a new one.
func rotating(want entra.Session, overlapDays int) entra.Session {
	want.Follows, want.OverlapDays = want.Owned.SecretKeyID, overlapDays
	return want
}

// keyIDs are those of the client secrets.
func keyIDs(r entra.Registration) []string {
	var ids []string
	for _, secret := range r.Secrets {
		ids = append(ids, secret.KeyID)
	}
	slices.Sort(ids)
	return ids
}

// The secret that is followed stays for its overlap, and the next one after it makes room first.
func TestRotationKeepsTwoSecrets(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	created, want := w.create(secretSession(t, "Rotating"))
	first := want.Owned.SecretKeyID
	rotated, err := w.Update(t.Context(), w.tenant.ID(), refOf(created.Registration, want), rotating(want, 7))
	if err != nil || rotated.Issued == nil {
		t.Fatal(rotated.Issued, err)
	}
	second := rotated.Issued.KeyID
	if got := keyIDs(rotated.Registration); !slices.Equal(got, slices.Sorted(slices.Values([]string{first, second}))) {
		t.Errorf("secrets %v after the first rotation", got)
	}
	if w.signIns.Load() == 0 {
		t.Error("the new secret was not tried")
	}
	want.Owned = entra.Owned{SecretKeyID: second, Retiring: []entra.Retiring{{KeyID: first}}}
	ref := refOf(rotated.Registration, want)
	w.tenant.ResetRequests()
	again, err := w.Update(t.Context(), w.tenant.ID(), ref, rotating(want, 7))
	if err != nil || again.Issued == nil {
		t.Fatal(again.Issued, err)
	}
	if got := keyIDs(again.Registration); !slices.Equal(got, slices.Sorted(slices.Values([]string{second, again.Issued.KeyID}))) {
		t.Errorf("secrets %v after the second rotation", got)
	}
	if writes := w.passwordWrites(); !slices.Equal(writes, []string{"removePassword", "addPassword"}) {
		t.Errorf("wrote %v", writes)
	}
	want.Owned = entra.Owned{SecretKeyID: again.Issued.KeyID, Retiring: []entra.Retiring{{KeyID: second, Due: true}}}
	want.OverlapDays, want.Follows = 7, ""
	done, err := w.Update(t.Context(), w.tenant.ID(), refOf(again.Registration, want), want)
	if got := keyIDs(done.Registration); err != nil || !slices.Equal(got, []string{again.Issued.KeyID}) {
		t.Errorf("secrets %v when the overlap was over: %v", got, err)
	}
}

// passwordWrites are the actions on client secrets that were asked for, in their order.
func (w *world) passwordWrites() []string {
	var writes []string
	for _, request := range w.tenant.Requests() {
		for _, part := range request.Parts {
			if i := strings.LastIndex(part.Path, "/"); strings.HasSuffix(part.Path, "Password") {
				writes = append(writes, part.Path[i+1:])
			}
		}
	}
	return writes
}

// A secret that sign-in does not accept yet is waited for, and what it follows goes no earlier.
func TestRotationProvesTheSecret(t *testing.T) {
	t.Parallel()
	for _, overlap := range []int{0, 7} {
		synctest.Test(t, func(t *testing.T) {
			server, err := emulator.New(emulator.Options{})
			if err != nil {
				t.Fatal(err)
			}
			w := newWorldOn(t, server, emulator.TenantOptions{}, entra.SystemClock{})
			created, want := w.create(secretSession(t, "Rotating"))
			const delay = 90 * time.Second
			time.Sleep(time.Hour)
			lag := conditions.Lag{Kind: directory.Application, Purpose: directory.SignIn, Delay: delay, Probability: 1}
			if err := w.tenant.SetConditions(conditions.Conditions{Lags: []conditions.Lag{lag}}); err != nil {
				t.Fatal(err)
			}
			w.tenant.ResetRequests()
			began := time.Now()
			rotated, err := w.Update(t.Context(), w.tenant.ID(), refOf(created.Registration, want), rotating(want, overlap))
			if err != nil {
				t.Fatal(err)
			}
			if took := time.Since(began); took < delay {
				t.Errorf("overlap %d: done after %s, when nobody could sign in yet", overlap, took)
			}
			if _, stays := rotated.Registration.Secret(want.Owned.SecretKeyID); stays != (overlap > 0) {
				t.Errorf("overlap %d: the secret before it stays: %t", overlap, stays)
			}
			if _, err := w.SignIn(t.Context(), w.tenant.ID(), created.Registration.ClientID, rotated.Issued.Value, ""); err != nil {
				t.Error(err)
			}
		})
	}
}

// refusing refuses to sign in.
type refusing struct{ refusal entra.SignInRefusedError }

func (r refusing) SignIn(context.Context, string, string, string, string) ([]string, error) {
	return nil, &r.refusal
}

// signingInBy is the gateway of another process, which signs in as App sessions in its own way.
func (w *world) signingInBy(signIns entra.SignIns) *graph.Gateway {
	w.Helper()
	gateway, err := graph.New(graph.Options{
		Endpoint: w.server.URL(), HTTPClient: w.server.Client(), Clock: &skippingClock{}, UserAgent: "gateway-test", SignIns: signIns,
		Tokens: &signIn{server: w.server, identity: w.tenant.Admin(), tokens: map[string]graph.Token{}},
	})
	if err != nil {
		w.Fatal(err)
	}
	return gateway
}

// A secret that is never accepted stops the rotation, and takes nothing away. A policy that refuses the sign-in has
// accepted the secret.
func TestRotationWithoutProof(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		refusal entra.SignInRefusedError
		fails   bool
	}{
		"not known":    {entra.SignInRefusedError{NotYet: true, Cause: errors.New("AADSTS7000215")}, true},
		"a policy":     {entra.SignInRefusedError{Blocked: true, Cause: errors.New("AADSTS53003")}, false},
		"for any else": {entra.SignInRefusedError{Cause: errors.New("AADSTS50057")}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, emulator.TenantOptions{})
			created, want := w.create(secretSession(t, "Rotating"))
			gateway := w.signingInBy(refusing{c.refusal})
			rotated, err := gateway.Update(t.Context(), w.tenant.ID(), refOf(created.Registration, want), rotating(want, 0))
			var incomplete *entra.IncompleteError
			if errors.As(err, &incomplete) != c.fails || c.fails && !strings.Contains(err.Error(), c.refusal.Cause.Error()) {
				t.Fatal(err)
			}
			if rotated.Issued == nil {
				t.Fatal("the value of the new secret is lost")
			}
			if !c.fails {
				return
			}
			if got := keyIDs(incomplete.Registration); len(got) != 2 {
				t.Errorf("secrets %v", got)
			}
			// The next apply tries the secret that it finds in the state.
			want.Owned = entra.Owned{SecretKeyID: rotated.Issued.KeyID, Superseded: []string{want.Owned.SecretKeyID}}
			want.Unproven = rotated.Issued
			if _, err := gateway.Update(t.Context(), w.tenant.ID(), refOf(created.Registration, want), want); err == nil {
				t.Error("the secret is still not accepted")
			}
			done, err := w.Update(t.Context(), w.tenant.ID(), refOf(created.Registration, want), want)
			if got := keyIDs(done.Registration); err != nil || !slices.Equal(got, []string{rotated.Issued.KeyID}) {
				t.Errorf("secrets %v: %v", got, err)
			}
		})
	}
}

// roleless signs in with a token that lacks what has been granted a moment ago, for a while.
type roleless struct {
	*world
	lacks int // that many times
}

func (r *roleless) SignIn(ctx context.Context, tenantID, clientID, secret, api string) ([]string, error) {
	roles, err := r.world.SignIn(ctx, tenantID, clientID, secret, api)
	if r.lacks--; r.lacks >= 0 && len(roles) > 0 {
		roles = roles[1:]
	}
	return roles, err
}

// A session that is to be verified is finished when a token holds all that was granted, and not before.
func TestVerifiedSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	want := secretSession(t, "Verified")
	want.VerifySignIn = true
	signIns := &roleless{world: w, lacks: 3}
	w.tenant.ResetRequests()
	created, err := w.signingInBy(signIns).Create(t.Context(), w.tenant.ID(), want, entra.CreateOptions{})
	if err != nil || created.Registration.Provisioning() || signIns.lacks >= 0 {
		t.Fatal(created.Registration.Tags, signIns.lacks, err)
	}
	want.DisplayName = "Never"
	blocked := refusing{entra.SignInRefusedError{Blocked: true, Cause: errors.New("AADSTS53003")}}
	var incomplete *entra.IncompleteError
	_, err = w.signingInBy(blocked).Create(t.Context(), w.tenant.ID(), want, entra.CreateOptions{})
	if !errors.As(err, &incomplete) || !incomplete.Registration.Provisioning() || !strings.Contains(err.Error(), "AADSTS53003") {
		t.Errorf("a sign-in that a policy blocks: %v", err)
	}
}

// A certificate that is followed stays for its overlap, and one that has retired before makes room first.
func TestRotationOfCertificates(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	want := referenceSession(t, "Rotating")
	created, want := w.create(want)
	certificates := []*entra.Certificate{want.Certificate}
	registration := created.Registration
	keyID := func(n int) string {
		key, _ := registration.Key(certificates[n].SHA256)
		return key.KeyID
	}
	for n := 1; n <= 2; n++ {
		next := newCertificate(t, strings.Repeat("x", n))
		certificates = append(certificates, &next)
		want.Certificate, want.OverlapDays = &next, 7
		updated, err := w.Update(t.Context(), w.tenant.ID(), refOf(registration, want), want)
		if err != nil {
			t.Fatal(err)
		}
		registration = updated.Registration
		if len(registration.Keys) != 2 || keyID(n) == "" || keyID(n-1) == "" {
			t.Errorf("certificates %+v after rotation %d", registration.Keys, n)
		}
		want.Owned.CertificateSHA256, want.Owned.Retiring = next.SHA256, []entra.Retiring{{KeyID: keyID(n - 1)}}
	}
	want.Owned.Retiring[0].Due = true
	done, err := w.Update(t.Context(), w.tenant.ID(), refOf(registration, want), want)
	if registration = done.Registration; err != nil || len(registration.Keys) != 1 || keyID(2) == "" {
		t.Errorf("certificates %+v when the overlap was over: %v", registration.Keys, err)
	}
}

// However often the answer with the new secret is lost, what nobody knows the value of is gone in the end; also when the
// last attempt is the first that succeeds.
func TestRotationWithLostAnswers(t *testing.T) {
	t.Parallel()
	for _, lost := range []int{1, 7} { // of at most eight attempts
		w := newWorld(t, emulator.TenantOptions{})
		created, want := w.create(secretSession(t, "Rotating"))
		if err := w.tenant.SetConditions(conditions.Conditions{Rules: []conditions.Rule{{
			Method: http.MethodPost, Path: "applications/{}/addPassword", Of: conditions.BatchParts, From: 1, To: lost, Applied: true,
			Answer: &conditions.Answer{Status: http.StatusGatewayTimeout},
		}}}); err != nil {
			t.Fatal(err)
		}
		rotated, err := w.Update(t.Context(), w.tenant.ID(), refOf(created.Registration, want), rotating(want, 7))
		if err != nil {
			t.Fatalf("%d lost: %v", lost, err)
		}
		if got := keyIDs(rotated.Registration); len(got) != 2 || !slices.Contains(got, want.Owned.SecretKeyID) || !slices.Contains(got, rotated.Issued.KeyID) {
			t.Errorf("%d lost: secrets %v", lost, got)
		}
	}
}
