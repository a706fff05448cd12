package graph_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/conditions"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/graph"
)

// addSecret adds a client secret as somebody else would, and returns its key id.
func (w *world) addSecret(objectID string) string {
	w.Helper()
	made := w.do(http.MethodPost, "/applications/"+objectID+"/addPassword", map[string]any{"passwordCredential": map[string]any{"displayName": "by hand"}})
	return fmt.Sprint(made["keyId"])
}

// addTag adds a tag as the portal would.
func (w *world) addTag(objectID, tag string) {
	w.Helper()
	tags, _ := w.do(http.MethodGet, "/applications/"+objectID, nil)["tags"].([]any)
	w.do(http.MethodPatch, "/applications/"+objectID, map[string]any{"tags": append(tags, tag)})
}

func (w *world) requestRotation(clientID string, revoke bool) entra.RotationRequest {
	w.Helper()
	request, err := w.RequestRotation(w.Context(), w.tenant.ID(), clientID, revoke)
	if err != nil {
		w.Fatal(err)
	}
	return request
}

// asApplied is the session after an update, where a secret was followed with an overlap.
func asApplied(want entra.Session, result entra.Result) entra.Session {
	want.Owned = entra.Owned{SecretKeyID: result.Issued.KeyID, Retiring: []entra.Retiring{{KeyID: want.Owned.SecretKeyID}}}
	want.Follows, want.Unproven, want.Answers = "", nil, false
	return want
}

// A request stays until an update has made another secret, which it has signed in with. Others' tags and secrets stay.
func TestRequestedRotation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	created, want := w.create(secretSession(t, "Leaked"))
	objectID, ref := created.Registration.ObjectID, refOf(created.Registration, want)
	foreign := w.addSecret(objectID)
	w.addTag(objectID, "theirs")
	if got := w.requestRotation(ref.ClientID, false); got.Again || got.Ours != 1 || len(got.Revoked) > 0 || got.DisplayName != "Leaked" {
		t.Errorf("asked: %+v", got)
	}
	if got := w.requestRotation(ref.ClientID, false); !got.Again {
		t.Errorf("asked again: %+v", got)
	}
	have, err := w.Read(t.Context(), w.tenant.ID(), ref)
	if err != nil || !have.RotationRequested() || !slices.Contains(have.Tags, "theirs") || len(have.Secrets) != 2 {
		t.Fatal(have.Tags, err)
	}
	idle, err := w.Update(t.Context(), w.tenant.ID(), ref, want)
	if err != nil || idle.Issued != nil || !idle.Registration.RotationRequested() {
		t.Errorf("an update for other reasons: tags %v, %v", idle.Registration.Tags, err)
	}
	rotated, err := w.Update(t.Context(), w.tenant.ID(), ref, rotating(want, 7))
	if err != nil || rotated.Issued == nil || w.signIns.Load() == 0 {
		t.Fatal(rotated.Issued, err)
	}
	w.restart()
	have, err = w.Read(t.Context(), w.tenant.ID(), refOf(rotated.Registration, want))
	if err != nil || have.RotationRequested() || !slices.Equal(have.Tags, []string{entra.TagAppSession, "theirs"}) {
		t.Errorf("tags %v, %v", have.Tags, err)
	}
	all := []string{want.Owned.SecretKeyID, rotated.Issued.KeyID, foreign}
	if slices.Sort(all); !slices.Equal(keyIDs(have), all) {
		t.Errorf("secrets %v, want %v", keyIDs(have), all)
	}
}

// Revoking removes what the provider has made, also what retires, and nothing of others. The secret that follows is tried
// before the request goes, though it follows none that is still there.
func TestRevokedSecrets(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	created, want := w.create(secretSession(t, "Leaked"))
	foreign := w.addSecret(created.Registration.ObjectID)
	rotated, err := w.Update(t.Context(), w.tenant.ID(), refOf(created.Registration, want), rotating(want, 7))
	if err != nil {
		t.Fatal(err)
	}
	ref := refOf(rotated.Registration, want)
	request := w.requestRotation(ref.ClientID, true)
	ours := []string{want.Owned.SecretKeyID, rotated.Issued.KeyID}
	slices.Sort(ours)
	if slices.Sort(request.Revoked); request.Ours != 2 || !slices.Equal(request.Revoked, ours) {
		t.Errorf("revoked %v of %d, want %v", request.Revoked, request.Ours, ours)
	}
	have, err := w.Read(t.Context(), w.tenant.ID(), ref)
	if err != nil || !slices.Equal(keyIDs(have), []string{foreign}) || !have.RotationRequested() {
		t.Fatal(keyIDs(have), err)
	}
	if again := w.requestRotation(ref.ClientID, true); again.Ours+len(again.Revoked) > 0 {
		t.Errorf("again: %+v", again)
	}
	want.Owned = entra.Owned{Superseded: ours}
	w.signIns.Store(0)
	next, err := w.Update(t.Context(), w.tenant.ID(), refOf(have, want), want)
	if err != nil || next.Issued == nil || next.Registration.RotationRequested() || w.signIns.Load() == 0 || len(next.Registration.Secrets) != 2 {
		t.Errorf("secrets %v, tags %v, %v", keyIDs(next.Registration), next.Registration.Tags, err)
	}
}

// A request outlives an update whose new secret is not accepted; the next one has that secret accepted, and makes no other.
func TestRequestOutlivesAFailedUpdate(t *testing.T) {
	t.Parallel()
	for _, overlap := range []int{0, 7} {
		w := newWorld(t, emulator.TenantOptions{})
		created, want := w.create(secretSession(t, "Leaked"))
		ref := refOf(created.Registration, want)
		w.requestRotation(ref.ClientID, false)
		blind := w.signingInBy(refusing{entra.SignInRefusedError{NotYet: true, Cause: errors.New("AADSTS7000215")}})
		failed, err := blind.Update(t.Context(), w.tenant.ID(), ref, rotating(want, overlap))
		if err == nil || failed.Issued == nil || !failed.Registration.RotationRequested() {
			t.Fatalf("overlap %d: tags %v, %v", overlap, failed.Registration.Tags, err)
		}
		want = asApplied(want, failed)
		if overlap == 0 {
			want.Owned.Superseded, want.Owned.Retiring = []string{want.Owned.Retiring[0].KeyID}, nil
		}
		want.OverlapDays, want.Unproven, want.Answers = overlap, failed.Issued, true
		done, err := w.Update(t.Context(), w.tenant.ID(), refOf(failed.Registration, want), want)
		if err != nil || done.Issued != nil || done.Registration.RotationRequested() || w.signIns.Load() == 0 {
			t.Errorf("overlap %d: tags %v, %v", overlap, done.Registration.Tags, err)
		}
		if _, there := done.Registration.Secret(failed.Issued.KeyID); !there || (len(done.Registration.Secrets) == 2) != (overlap > 0) {
			t.Errorf("overlap %d: secrets %v", overlap, keyIDs(done.Registration))
		}
	}
}

func TestRequestIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	made := w.do(http.MethodPost, "/applications", map[string]any{"displayName": "Somebody's", "tags": []any{"theirs"}})
	unfinished := w.do(http.MethodPost, "/applications", map[string]any{
		"displayName": "Unfinished", "tags": []any{entra.TagAppSession, entra.TagProvisioning("0123456789abcdef")},
	})
	for _, revoke := range []bool{false, true} {
		var absent *entra.NoAppSessionError
		const nowhere = "8ba3c1f0-3c5d-4f0e-9a8c-2f6f0d3b7e11"
		if _, err := w.RequestRotation(t.Context(), w.tenant.ID(), nowhere, revoke); !errors.As(err, &absent) || absent.ClientID != nowhere {
			t.Errorf("none: %v", err)
		}
		var foreign *entra.NotAppSessionError
		if _, err := w.RequestRotation(t.Context(), w.tenant.ID(), fmt.Sprint(made["appId"]), revoke); !errors.As(err, &foreign) || foreign.DisplayName != "Somebody's" {
			t.Errorf("somebody's: %v", err)
		}
		var early *entra.UnfinishedSessionError
		if _, err := w.RequestRotation(t.Context(), w.tenant.ID(), fmt.Sprint(unfinished["appId"]), revoke); !errors.As(err, &early) {
			t.Errorf("unfinished: %v", err)
		}
	}
	for _, r := range w.tenant.Requests() {
		if r.Kind == emulator.KindGraph && r.Method != http.MethodGet && r.Method != http.MethodPost {
			t.Errorf("it wrote: %s %s", r.Method, r.Path)
		}
	}
}

// tagsRaced runs something that writes tags, on its own gateway, with somebody who adds a tag before each request in turn.
func tagsRaced(t *testing.T, prepare func(*world) (objectID string, run func(*graph.Gateway) error), check func(*world, []string) bool) {
	t.Helper()
	for n := int64(1); ; n++ {
		w := newWorld(t, emulator.TenantOptions{})
		objectID, run := prepare(w)
		between := &rival{base: w.server.Client().Transport, n: n, run: func() { w.addTag(objectID, "theirs") }}
		if err := run(w.another(between, w.tenant.Admin(), &skippingClock{})); err != nil {
			t.Errorf("before request %d: %v", n, err)
		}
		shown, _ := w.do(http.MethodGet, "/applications/"+objectID, nil)["tags"].([]any)
		tags := make([]string, len(shown))
		for i, tag := range shown {
			tags[i] = fmt.Sprint(tag)
		}
		if between.count.Load() < n {
			return
		}
		if !slices.Contains(tags, "theirs") || !slices.Contains(tags, entra.TagAppSession) || !check(w, tags) {
			t.Errorf("before request %d: the tags are %v", n, tags)
		}
	}
}

func isRequested(_ *world, tags []string) bool {
	return slices.Contains(tags, entra.TagRotateRequested)
}

// Whoever adds a tag at the same time keeps it.
func TestTagsOfOthersAreNotLost(t *testing.T) {
	t.Parallel()
	t.Run("asking", func(t *testing.T) {
		t.Parallel()
		tagsRaced(t, func(w *world) (string, func(*graph.Gateway) error) {
			created, _ := w.create(secretSession(t, "Raced"))
			return created.Registration.ObjectID, func(g *graph.Gateway) error {
				_, err := g.RequestRotation(t.Context(), w.tenant.ID(), created.Registration.ClientID, false)
				return err
			}
		}, isRequested)
	})
	t.Run("answering", func(t *testing.T) {
		t.Parallel()
		tagsRaced(t, func(w *world) (string, func(*graph.Gateway) error) {
			created, want := w.create(secretSession(t, "Raced"))
			w.requestRotation(created.Registration.ClientID, false)
			return created.Registration.ObjectID, func(g *graph.Gateway) error {
				_, err := g.Update(t.Context(), w.tenant.ID(), refOf(created.Registration, want), rotating(want, 7))
				return err
			}
		}, func(w *world, tags []string) bool { return !isRequested(w, tags) })
	})
	t.Run("adopting", func(t *testing.T) {
		t.Parallel()
		tagsRaced(t, func(w *world) (string, func(*graph.Gateway) error) {
			created, want := w.create(secretSession(t, "Raced"))
			w.do(http.MethodPatch, "/applications/"+created.Registration.ObjectID, map[string]any{"tags": []any{"kept", entra.TagRotateRequested}})
			want.Notes = "changed"
			return created.Registration.ObjectID, func(g *graph.Gateway) error {
				_, err := g.Update(t.Context(), w.tenant.ID(), refOf(created.Registration, want), want)
				return err
			}
		}, func(w *world, tags []string) bool { return isRequested(w, tags) && slices.Contains(tags, "kept") })
	})
}

// A request whose answers get lost, or that lagging replicas hide, is still made, once.
func TestRequestSurvivesFaults(t *testing.T) {
	t.Parallel()
	for n := int64(1); n <= 4; n++ {
		for _, before := range []bool{true, false} {
			w := newWorld(t, emulator.TenantOptions{})
			created, _ := w.create(secretSession(t, "Faulty"))
			w.Gateway = w.another(&fault{base: w.server.Client().Transport, first: n, last: n, before: before}, w.tenant.Admin(), &skippingClock{})
			w.requestRotation(created.Registration.ClientID, true)
			w.restart()
			have, err := w.Read(t.Context(), w.tenant.ID(), entra.Ref{ClientID: created.Registration.ClientID})
			if err != nil || len(have.Secrets) > 0 || !slices.Equal(have.Tags, []string{entra.TagAppSession, entra.TagRotateRequested}) {
				t.Errorf("request %d, before %t: %v, %v", n, before, have.Tags, err)
			}
		}
	}
}

func TestRequestWithLaggingReplicas(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, err := emulator.New(emulator.Options{})
		if err != nil {
			t.Fatal(err)
		}
		w := newWorldOn(t, server, emulator.TenantOptions{}, entra.SystemClock{})
		lag := conditions.Lag{Kind: directory.Application, Purpose: directory.Read, Delay: 20 * time.Second, Probability: 0.5}
		if err := w.tenant.SetConditions(conditions.Conditions{Lags: []conditions.Lag{lag}}); err != nil {
			t.Fatal(err)
		}
		created, want := w.create(secretSession(t, "Late"))
		ref := refOf(created.Registration, want)
		w.requestRotation(ref.ClientID, false)
		rotated, err := w.Update(t.Context(), w.tenant.ID(), ref, rotating(want, 7))
		if err != nil || rotated.Issued == nil {
			t.Fatal(err)
		}
		want = asApplied(want, rotated)
		have, err := w.Read(t.Context(), w.tenant.ID(), refOf(rotated.Registration, want))
		if err != nil || have.RotationRequested() || len(have.Secrets) != 2 {
			t.Errorf("tags %v, secrets %v, %v", have.Tags, keyIDs(have), err)
		}
	})
}
