package appsession

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"filippo.io/age/armor"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// setClock is a clock that the test sets.
type setClock struct {
	entra.SystemClock
	now time.Time
}

func (c *setClock) Now() time.Time { return c.now }

// at sets the time.
func (d *driver) at(t time.Time) { d.data.Clock = &setClock{now: t} }

var (
	dueAt     = now.AddDate(0, 0, 150) // of the secret that drive makes
	another   = "ffffffff-0000-4000-8000-000000000002"
	nextIssue = func() *entra.IssuedSecret {
		return &entra.IssuedSecret{Secret: entra.Secret{KeyID: another, ExpiresAt: dueAt.AddDate(0, 0, 180)}, Value: "the next secret"}
	}
)

// rotated is a session whose secret has been followed by another one when it was due.
func rotated(t *testing.T) (*driver, stored) {
	t.Helper()
	d, state := drive(t, input())
	d.at(dueAt)
	state, _ = d.refresh(state)
	d.sessions.issue = nextIssue()
	d.sessions.registration.Secrets = append(d.sessions.registration.Secrets, d.sessions.issue.Secret)
	state, diags := d.apply(input(), state)
	if len(diags) > 0 {
		t.Fatal(texts(diags))
	}
	d.sessions.issue, d.sessions.calls = nil, nil
	return d, state
}

func TestRotation(t *testing.T) {
	t.Parallel()
	d, state := drive(t, input())
	d.at(dueAt.Add(-time.Second))
	if state, _ = d.refresh(state); d.model(state.value).RotationPending.ValueBool() {
		t.Error("pending before it is due")
	}
	if planned, _ := d.plan(input(), state); !d.value(planned.PlannedState).Equal(state.value) {
		t.Error("a plan before it is due changes something")
	}
	d, state = rotated(t)
	if d.sessions.want.Follows != secretKeyID || d.sessions.want.OverlapDays != 7 || d.sessions.want.Unproven != nil {
		t.Errorf("asked for %+v", d.sessions.want)
	}
	m := d.model(state.value)
	if m.SecretValue.ValueString() != "the next secret" || m.SecretKeyID.ValueString() != another || m.RotationPending.ValueBool() ||
		!tfkit.Moment(m.RotationDueAt).Equal(dueAt.AddDate(0, 0, 150)) {
		t.Errorf("state %+v", m)
	}
	want := []retiring{{keyID: secretKeyID, kind: bySecret, removeAfter: tfkit.Timestamp(dueAt.AddDate(0, 0, 7))}}
	if got := m.retiring(); !slices.Equal(got, want) || m.UnmanagedCredentials.ValueInt64() != 0 {
		t.Errorf("retiring %+v", got)
	}
	for _, c := range []struct {
		at  time.Time
		due bool
	}{{dueAt.AddDate(0, 0, 7).Add(-time.Second), false}, {dueAt.AddDate(0, 0, 7), true}} {
		d.at(c.at)
		state, _ = d.refresh(state)
		planned, diags := d.plan(input(), state)
		if left := d.model(d.value(planned.PlannedState)).retiring(); len(diags) > 0 || (len(left) == 0) != c.due {
			t.Errorf("%s: planned %+v, %s", c.at, left, texts(diags))
		}
	}
	state, diags := d.apply(input(), state)
	if len(diags) > 0 || len(d.model(state.value).retiring()) != 0 {
		t.Errorf("%+v, %s", d.model(state.value).retiring(), texts(diags))
	}
	if owned := d.sessions.ref.Owned.Retiring; !slices.Equal(owned, []entra.Retiring{{KeyID: secretKeyID, Due: true}}) {
		t.Errorf("handed over %+v", owned)
	}
}

// What falls due between the plan and the apply waits for the next plan: both come to the same.
func TestPlanHasNoClock(t *testing.T) {
	t.Parallel()
	d, state := drive(t, input())
	config := input(func(m *model) { m.Description = str("Changed") })
	d.at(dueAt.Add(-time.Minute))
	state, _ = d.refresh(state)
	planned, _ := d.plan(config, state)
	d.at(dueAt.AddDate(1, 0, 0))
	again, _ := d.plan(config, state)
	if !d.value(again.PlannedState).Equal(d.value(planned.PlannedState)) {
		t.Error("the plan is another one later")
	}
	d.sessions.registration.Notes = "Changed"
	after, diags := d.change(planned.PlannedState, d.dynamic(d.raw(config)), state, planned.PlannedPrivate)
	if len(diags) > 0 || d.sessions.want.Follows != "" || d.model(after.value).SecretKeyID.ValueString() != secretKeyID {
		t.Errorf("applied to %+v, %s", d.model(after.value), texts(diags))
	}
}

// A refresh tells what has become of credentials that retire, and puts a rotation off while one does.
func TestRefreshOfRetiringCredentials(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*driver)
		at     time.Time
		want   string // "due", "stays" or "gone"
	}{
		"in its overlap": {func(*driver) {}, dueAt.AddDate(0, 0, 1), "stays"},
		"expired":        {func(d *driver) { d.sessions.registration.Secrets[0].ExpiresAt = dueAt }, dueAt.AddDate(0, 0, 1), "due"},
		"gone":           {func(d *driver) { d.sessions.registration.Secrets = d.sessions.registration.Secrets[1:] }, dueAt.AddDate(0, 0, 1), "gone"},
	} {
		d, state := rotated(t)
		c.change(d)
		d.at(c.at)
		state, diags := d.refresh(state)
		got := "gone"
		for _, r := range d.model(state.value).retiring() {
			if got = "stays"; r.due {
				got = "due"
			}
		}
		if len(diags) > 0 || got != c.want || d.model(state.value).UnmanagedCredentials.ValueInt64() != 0 {
			t.Errorf("%s: %s, %s", name, got, texts(diags))
		}
	}
	soon := func(m *model) { m.ClientSecret = secretObject(180, 179, 100, types.StringNull()) }
	d, state := drive(t, input(soon))
	d.at(now.AddDate(0, 0, 1))
	state, _ = d.refresh(state)
	d.sessions.issue = &entra.IssuedSecret{Secret: entra.Secret{KeyID: another, ExpiresAt: now.AddDate(0, 0, 181)}, Value: "the next secret"}
	d.sessions.registration.Secrets = append(d.sessions.registration.Secrets, d.sessions.issue.Secret)
	state, _ = d.apply(input(soon), state)
	for days, pending := range map[int]bool{50: false, 101: true} {
		d.at(now.AddDate(0, 0, days))
		refreshed, _ := d.refresh(state)
		if got := d.model(refreshed.value).RotationPending.ValueBool(); got != pending {
			t.Errorf("pending after %d days, with another one retiring: %t", days, got)
		}
	}
}

// A new secret that could not be seen accepted is kept, with the one before it, whose overlap does not begin until it is.
func TestRotationThatIsNotProven(t *testing.T) {
	t.Parallel()
	d, state := drive(t, input())
	d.at(dueAt)
	state, _ = d.refresh(state)
	d.sessions.issue, d.sessions.err = nextIssue(), errors.New("not accepted at sign-in")
	d.sessions.registration.Secrets = append(d.sessions.registration.Secrets, d.sessions.issue.Secret)
	state, diags := d.apply(input(), state)
	if m := d.model(state.value); len(diags) != 1 || m.SecretValue.ValueString() != "the next secret" ||
		!slices.Equal(m.retiring(), []retiring{{keyID: secretKeyID, kind: bySecret, removeAfter: types.StringNull()}}) {
		t.Fatalf("state %+v, %s", m, texts(diags))
	}
	d.sessions.issue, d.sessions.err = nil, nil
	d.at(dueAt.AddDate(0, 0, 20))
	state, _ = d.refresh(state)
	if m := d.model(state.value); m.RotationPending.ValueBool() || m.retiring()[0].due {
		t.Error("something is due before the new secret is proven")
	}
	if state, diags = d.apply(input(), state); len(diags) > 0 {
		t.Fatal(texts(diags))
	}
	if unproven := d.sessions.want.Unproven; unproven == nil || unproven.Value != "the next secret" || unproven.KeyID != another || d.sessions.want.Follows != "" {
		t.Errorf("asked for %+v", d.sessions.want)
	}
	want := []retiring{{keyID: secretKeyID, kind: bySecret, removeAfter: tfkit.Timestamp(dueAt.AddDate(0, 0, 27))}}
	if got := d.model(state.value).retiring(); !slices.Equal(got, want) {
		t.Errorf("retiring %+v", got)
	}
	if planned, _ := d.plan(input(), state); !d.value(planned.PlannedState).Equal(state.value) {
		t.Error("another plan changes something")
	}
}

// What retires goes with the kind of credential.
func TestRotationAndTheOtherKind(t *testing.T) {
	t.Parallel()
	d, state := rotated(t)
	certificate := certificates()[0]
	config := input(withCertificate(str(certificate.pem)))
	planned, diags := d.plan(config, state)
	if m := d.model(d.value(planned.PlannedState)); len(diags) > 0 || m.Retiring.IsUnknown() || len(m.retiring()) != 0 || !m.RotationDueAt.IsNull() {
		t.Errorf("planned %+v, %s", m, texts(diags))
	}
	d.sessions.registration.Keys = []entra.Key{{KeyID: "key-1", SHA256: certificate.parsed.ThumbprintSHA256(), DisplayName: entra.CertificateDisplayName("CN=x"), ExpiresAt: certificate.parsed.NotAfter()}}
	if state, diags = d.apply(config, state); len(diags) > 0 {
		t.Fatal(texts(diags))
	}
	if owned := d.sessions.want.Owned; owned.SecretKeyID != another || len(owned.Retiring) != 1 {
		t.Errorf("handed over %+v", owned)
	}
	next := certificates()[1]
	d.sessions.registration.Keys = append(d.sessions.registration.Keys, entra.Key{KeyID: "key-2", SHA256: next.parsed.ThumbprintSHA256(), DisplayName: entra.CertificateDisplayName("CN=x"), ExpiresAt: next.parsed.NotAfter()})
	if state, diags = d.apply(input(withCertificate(str(next.pem))), state); len(diags) > 0 {
		t.Fatal(texts(diags))
	}
	want := []retiring{{keyID: "key-1", kind: byCertificate, removeAfter: tfkit.Timestamp(dueAt.AddDate(0, 0, 7))}}
	if got := d.model(state.value).retiring(); !slices.Equal(got, want) || d.sessions.want.OverlapDays != 7 {
		t.Errorf("retiring %+v", got)
	}
}

// A sealed secret is in clear nowhere, neither when its update fails nor when it was in clear before; another recipient
// makes another secret.
func TestSealedSecret(t *testing.T) {
	t.Parallel()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	sealed := func(m *model) {
		m.ClientSecret = secretObject(180, 30, 7, str(identity.Recipient().String()))
	}
	for _, failure := range []error{nil, errors.New("something later failed")} {
		d, state := drive(t, input())
		planned, _ := d.plan(input(sealed), state)
		if m := d.model(d.value(planned.PlannedState)); !m.SecretValue.IsNull() || !m.SecretSealed.IsUnknown() || !m.SecretKeyID.IsUnknown() {
			t.Fatalf("planned %+v", m)
		}
		d.sessions.issue, d.sessions.err = nextIssue(), failure
		d.sessions.registration.Secrets = append(d.sessions.registration.Secrets, d.sessions.issue.Secret)
		state, _ = d.apply(input(sealed), state)
		m := d.model(state.value)
		if !m.SecretValue.IsNull() || d.sessions.want.Follows != secretKeyID || strings.Contains(state.value.String()+string(state.private), "the next secret") {
			t.Errorf("state %+v", m)
		}
		opened, err := age.Decrypt(armor.NewReader(strings.NewReader(m.SecretSealed.ValueString())), identity)
		if err != nil {
			t.Fatal(err)
		}
		if value, err := io.ReadAll(opened); err != nil || string(value) != "the next secret" {
			t.Errorf("sealed is %q: %v", value, err)
		}
		d.sessions.issue, d.sessions.err = nil, nil
		state, _ = d.refresh(state)
		if planned, _ := d.plan(input(sealed), state); d.model(d.value(planned.PlannedState)).SecretKeyID.IsUnknown() {
			t.Error("the same recipient makes another secret")
		}
		if planned, _ := d.plan(input(), state); !d.model(d.value(planned.PlannedState)).SecretValue.IsUnknown() {
			t.Error("no recipient makes no other secret")
		}
	}
}

// Only another version has a write-only certificate read; nothing of it is kept.
func TestWriteOnlyCertificate(t *testing.T) {
	t.Parallel()
	first, second := certificates()[0], certificates()[1]
	config := func(c testCertificate, version int64) model {
		return input(func(m *model) {
			m.Certificate = certificateObject(map[string]attr.Value{
				"value_wo": str(c.pem + c.privateKeyPEM), "value_wo_version": types.Int64Value(version),
			})
		})
	}
	d := newDriver(t)
	key := func(c testCertificate) entra.Key {
		return entra.Key{
			KeyID: c.parsed.ThumbprintSHA1(), SHA256: c.parsed.ThumbprintSHA256(), DisplayName: entra.CertificateDisplayName("CN=x"),
			ExpiresAt: c.parsed.NotAfter(),
		}
	}
	d.sessions.registration = finished(t)
	d.sessions.registration.Secrets, d.sessions.registration.Keys = nil, []entra.Key{key(first)}
	state, diags := d.apply(config(first, 1), d.none())
	m := d.model(state.value)
	if len(diags) > 0 || m.Thumbprint.ValueString() != first.parsed.ThumbprintSHA1() || d.sessions.want.Certificate.SHA256 != first.parsed.ThumbprintSHA256() {
		t.Fatalf("state %+v, %s", m, texts(diags))
	}
	if text(m.Certificate, "value_wo").ValueString() != "" || strings.Contains(state.value.String(), "PRIVATE KEY") {
		t.Error("the certificate is in the state")
	}
	if planned, _ := d.plan(config(second, 1), state); !d.value(planned.PlannedState).Equal(state.value) {
		t.Error("the same version is planned as another certificate")
	}
	planned, _ := d.plan(config(second, 2), state)
	if !d.model(d.value(planned.PlannedState)).ThumbprintSHA256.IsUnknown() {
		t.Error("another version is planned as the same certificate")
	}
	d.sessions.registration.Keys = append(d.sessions.registration.Keys, key(second))
	state, diags = d.apply(config(second, 2), state)
	if m := d.model(state.value); len(diags) > 0 || m.Thumbprint.ValueString() != second.parsed.ThumbprintSHA1() || len(m.retiring()) != 1 {
		t.Errorf("state %+v, %s", m, texts(diags))
	}
}
