package appsession

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// ask marks the registration as the action does.
func (d *driver) ask() {
	d.sessions.registration.Tags = entra.TagsOfRequest(d.sessions.registration.Tags)
}

func (d *driver) answered() {
	d.sessions.registration.Tags = entra.TagsOfAnswer(d.sessions.registration.Tags)
}

func (d *driver) pending(state stored) bool { return d.model(state.value).RotationPending.ValueBool() }

// changes tells whether a plan changes something, and whether it makes a secret.
func (d *driver) changes(config model, state stored) (anything, secret bool) {
	d.t.Helper()
	planned, diags := d.plan(config, state)
	if len(diags) > 0 {
		d.t.Fatal(texts(diags))
	}
	value := d.value(planned.PlannedState)
	return !value.Equal(state.value), d.model(value).SecretKeyID.IsUnknown()
}

// A request makes the rotation pending before it is due. It changes nothing else, and is over with the new secret.
func TestRequestedRotation(t *testing.T) {
	t.Parallel()
	d, state := drive(t, input())
	before := d.model(state.value)
	d.ask()
	state, _ = d.refresh(state)
	if !d.pending(state) {
		t.Fatal("not pending")
	}
	after := d.model(state.value)
	if after.RotationPending = before.RotationPending; !after.RotationDueAt.Equal(before.RotationDueAt) || !d.raw(after).Equal(d.raw(before)) {
		t.Errorf("the request shows as %+v", after)
	}
	if _, secret := d.changes(input(), state); !secret {
		t.Fatal("no new secret is planned")
	}
	d.sessions.issue = nextIssue()
	d.sessions.registration.Secrets = append(d.sessions.registration.Secrets, d.sessions.issue.Secret)
	d.answered()
	state, diags := d.apply(input(), state)
	if want := d.sessions.want; len(diags) > 0 || want.Follows != secretKeyID || want.Answers || d.pending(state) || len(d.model(state.value).retiring()) != 1 {
		t.Errorf("asked for %+v, %s", want, texts(diags))
	}
	d.sessions.issue = nil
	state, _ = d.refresh(state)
	if anything, _ := d.changes(input(), state); anything || d.pending(state) {
		t.Error("something is left to do")
	}
}

// Whoever asks while an earlier secret retires does not wait for that.
func TestRequestInAnOverlap(t *testing.T) {
	t.Parallel()
	d, state := rotated(t)
	d.ask()
	state, _ = d.refresh(state)
	if _, secret := d.changes(input(), state); !secret || !d.pending(state) {
		t.Error("not pending")
	}
}

// Where the provider keeps no secret, a request waits until it does.
func TestRequestWithoutASecret(t *testing.T) {
	t.Parallel()
	certificate := certificates()[0]
	d := newDriver(t)
	d.sessions.registration = finished(t)
	d.sessions.registration.Keys = []entra.Key{{
		KeyID: "key-1", SHA256: certificate.parsed.ThumbprintSHA256(), DisplayName: entra.CertificateDisplayName("CN=x"), ExpiresAt: certificate.parsed.NotAfter(),
	}}
	config := input(withCertificate(str(certificate.pem)))
	state, _ := d.apply(config, d.none())
	d.ask()
	state, _ = d.refresh(state)
	if anything, _ := d.changes(config, state); anything || d.pending(state) {
		t.Error("pending with a certificate")
	}
	m := d.model(state.value)
	m.setCertificate(types.StringNull())
	m.Authentication = types.StringNull() // as an import leaves it
	m.refreshRotation(*d.sessions.registration, "", now)
	if m.RotationPending.ValueBool() {
		t.Error("pending after an import")
	}
}

// A secret that was made for a request and not seen accepted is the only one: the next apply sees it accepted.
func TestRequestIsAnsweredOnce(t *testing.T) {
	t.Parallel()
	for _, overlap := range []int{0, 7} {
		config := input(func(m *model) { m.ClientSecret = secretObject(180, 30, overlap, types.StringNull()) })
		d, state := drive(t, config)
		d.ask()
		state, _ = d.refresh(state)
		d.sessions.issue, d.sessions.err = nextIssue(), errors.New("not accepted at sign-in")
		d.sessions.registration.Secrets = append(d.sessions.registration.Secrets, d.sessions.issue.Secret)
		state, diags := d.apply(config, state)
		if len(diags) != 1 || d.model(state.value).SecretKeyID.ValueString() != another {
			t.Fatalf("overlap %d: %s", overlap, texts(diags))
		}
		for range 2 {
			d.sessions.issue = nil
			d.sessions.err = nil
			state, _ = d.refresh(state)
			if anything, secret := d.changes(config, state); !d.pending(state) || !anything || secret {
				t.Errorf("overlap %d: pending %t, planned %t, with another secret %t", overlap, d.pending(state), anything, secret)
			}
			d.sessions.err = errors.New("not accepted at sign-in")
			state, _ = d.apply(config, state)
			if want := d.sessions.want; !want.Answers || want.Unproven == nil || want.Unproven.KeyID != another || want.Follows != "" {
				t.Errorf("overlap %d: asked for %+v", overlap, want)
			}
		}
		d.sessions.err = nil
		state, _ = d.refresh(state)
		d.answered()
		if state, diags = d.apply(config, state); len(diags) > 0 || d.pending(state) {
			t.Errorf("overlap %d: %s", overlap, texts(diags))
		}
		d.ask() // once more: that is another request
		state, _ = d.refresh(state)
		if _, secret := d.changes(config, state); !secret {
			t.Errorf("overlap %d: a later request makes no secret", overlap)
		}
	}
}

// A rotation that was due, and has not ended, ends before one that was asked for begins.
func TestRequestBesideAnUnprovenSecret(t *testing.T) {
	t.Parallel()
	d, state := drive(t, input())
	d.at(dueAt)
	state, _ = d.refresh(state)
	d.sessions.issue, d.sessions.err = nextIssue(), errors.New("not accepted at sign-in")
	d.sessions.registration.Secrets = append(d.sessions.registration.Secrets, d.sessions.issue.Secret)
	state, _ = d.apply(input(), state)
	d.sessions.issue, d.sessions.err = nil, nil
	d.ask()
	state, _ = d.refresh(state)
	if anything, secret := d.changes(input(), state); d.pending(state) || !anything || secret {
		t.Error("the one that was asked for does not wait")
	}
	state, _ = d.apply(input(), state)
	if d.sessions.want.Answers {
		t.Error("the request is taken to be answered")
	}
	state, _ = d.refresh(state)
	if _, secret := d.changes(input(), state); !secret || !d.pending(state) {
		t.Error("it is forgotten")
	}
}

// request does what the action does.
func (l *life) request(revoke bool) {
	l.t.Helper()
	gateway, ok := l.data.Sessions.(entra.Rotations)
	if !ok {
		l.t.Fatal("there is no gateway")
	}
	if _, err := gateway.RequestRotation(l.t.Context(), l.tenant.ID(), l.model(l.state.value).ClientID.ValueString(), revoke); err != nil {
		l.t.Fatal(err)
	}
}

// On the emulator, at any day of a life: a request leads to one new secret with the next apply, and to none after it. Who
// reads the output within the overlap signs in at any time, unless the secrets were revoked.
func TestRequestsInALife(t *testing.T) {
	t.Parallel()
	for _, revoke := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			l := newLife(t)
			config := configured(func(m *model) { m.ClientSecret = secretObject(180, 30, 7, types.StringNull()) })
			l.terraform(config)
			for _, wait := range []int{0, 3, 145, 152} { // days after the one before it; due is day 150, the overlap ends on day 157
				for day := range wait {
					time.Sleep(day24)
					if wait-day > 10 && day%20 > 0 {
						continue
					}
					l.terraform(config)
					l.consume(0)
				}
				l.events = nil
				time.Sleep(time.Hour)
				l.request(revoke)
				if !revoke {
					l.consume(6 * day24)
				}
				for range 3 {
					time.Sleep(time.Minute)
					l.terraform(config)
					l.consume(0)
				}
				have := l.registration()
				made := 0
				for _, event := range l.events {
					made += strings.Count(event, "a new secret")
				}
				if made != 1 || !slices.Equal(have.Tags, []string{entra.TagAppSession}) || l.model(l.state.value).RotationPending.ValueBool() {
					t.Errorf("revoked %t, %d days later: %d secrets, tags %v\n%s", revoke, wait, made, have.Tags, strings.Join(l.events, "\n"))
				}
				if revoke && len(have.Secrets) != 1 {
					t.Errorf("%d days later: %d secrets are left", wait, len(have.Secrets))
				}
			}
		})
	}
}
