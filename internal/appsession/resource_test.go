package appsession

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/signin"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// finished is the registration that created() describes.
func finished(t *testing.T) *entra.Registration {
	t.Helper()
	users := graphPermission(t, entra.Application, "User.Read.All")
	return &entra.Registration{
		TenantID: homeTenant, ObjectID: objectID, ClientID: clientID, UniqueName: "sapio365-jane-doe-12345678", DisplayName: "Jane Doe",
		Audience: entra.AudienceSingleTenant, Tags: []string{entra.TagAppSession}, Manifest: entra.Access{users},
		Secrets:          []entra.Secret{{KeyID: secretKeyID, ExpiresAt: now.AddDate(0, 0, 180)}},
		ServicePrincipal: &entra.ServicePrincipal{ObjectID: principalID, AssignmentRequired: true},
		Roles:            []entra.GrantedRole{{AssignmentID: "a1", Resource: entra.API{ID: users.API, ServicePrincipalID: "sp1"}, RoleID: users.ID}},
		Owners:           []entra.Owner{{ObjectID: "99999999-0000-4000-8000-000000000001", Hidden: true}},
	}
}

func issued() *entra.IssuedSecret {
	return &entra.IssuedSecret{Secret: entra.Secret{KeyID: secretKeyID, ExpiresAt: now.AddDate(0, 0, 180)}, Value: "the secret"}
}

// drive creates the session and forgets the calls that this took.
func drive(t *testing.T, config model) (*driver, stored) {
	t.Helper()
	d := newDriver(t)
	d.sessions.registration, d.sessions.issue = finished(t), issued()
	state, diags := d.apply(config, d.none())
	if len(diags) > 0 {
		t.Fatal(texts(diags))
	}
	d.sessions.issue, d.sessions.calls = nil, nil
	return d, state
}

// input is a configuration without the defaults.
func input(changes ...func(*model)) model {
	return configured(append([]func(*model){func(m *model) {
		m.AdminConsent, m.AssignmentReq = types.BoolNull(), types.BoolNull()
	}}, changes...)...)
}

func TestCreateWritesTheWholeState(t *testing.T) {
	t.Parallel()
	d, state := drive(t, input())
	if diff := differences(d.model(state.value), created()); len(diff) > 0 {
		t.Errorf("%v are otherwise: %+v", diff, d.model(state.value))
	}
	if want := d.sessions.want; want.Secret == nil || want.Secret.ValidDays != 180 || !want.Consent || !want.AssignmentRequired || want.Owners != nil {
		t.Errorf("asked for %+v", want)
	}
	if state.identity == nil {
		t.Error("there is no identity")
	}
}

func TestCreateThatFailsWritesNoState(t *testing.T) {
	t.Parallel()
	d := newDriver(t)
	d.sessions.registration, d.sessions.issue = finished(t), issued()
	d.sessions.err = &entra.IncompleteError{
		Registration: *finished(t), Cause: errors.New("consent refused"),
		Missing: []entra.Change{entra.GrantRole{Permission: graphPermission(t, entra.Application, "Group.Read.All")}},
	}
	state, diags := d.apply(input(), d.none())
	if !state.value.IsNull() {
		t.Error("a state was written")
	}
	for _, part := range []string{clientID, "grant Microsoft Graph: Group.Read.All (application)", "next apply", "Consent refused"} {
		if !strings.Contains(texts(diags), part) {
			t.Errorf("the message lacks %q: %s", part, texts(diags))
		}
	}
	if strings.Contains(texts(diags), "the secret") {
		t.Error("the message holds the secret")
	}
}

func TestPlanWithoutChangesCallsNothing(t *testing.T) {
	t.Parallel()
	d, state := drive(t, input())
	planned, diags := d.plan(input(), state)
	if len(diags) > 0 || len(d.sessions.calls) > 0 {
		t.Errorf("calls %v, diagnostics %s", d.sessions.calls, texts(diags))
	}
	if !d.value(planned.PlannedState).Equal(state.value) {
		t.Error("the plan is not empty")
	}
}

func TestRefreshWithoutDriftChangesNothing(t *testing.T) {
	t.Parallel()
	d, state := drive(t, input())
	refreshed, diags := d.refresh(state)
	if len(diags) > 0 || !refreshed.value.Equal(state.value) {
		t.Errorf("%v differ; %s", differences(d.model(refreshed.value), d.model(state.value)), texts(diags))
	}
	if want := []string{"read"}; !slices.Equal(d.sessions.calls, want) {
		t.Errorf("calls %v", d.sessions.calls)
	}
	if d.sessions.ref.Hints.APIs["sp1"] == "" || d.sessions.ref.Owned.SecretKeyID != secretKeyID || d.sessions.ref.DirectoryRoles {
		t.Errorf("read by %+v", d.sessions.ref)
	}
}

// An expired secret leaves the state, is replaced by the next apply, and is removed from the tenant then.
func TestExpiredSecretIsReplaced(t *testing.T) {
	t.Parallel()
	d, state := drive(t, input())
	d.sessions.registration.Secrets[0].ExpiresAt = now
	state, diags := d.refresh(state)
	m := d.model(state.value)
	if len(diags) > 0 || !m.SecretValue.IsNull() || !m.SecretKeyID.IsNull() || m.Authentication.ValueString() != bySecret {
		t.Fatalf("refreshed to %+v, %s", m, texts(diags))
	}
	if m.UnmanagedCredentials.ValueInt64() != 0 {
		t.Error("our own expired secret counts as unmanaged")
	}
	if state, _ = d.refresh(state); d.model(state.value).UnmanagedCredentials.ValueInt64() != 0 {
		t.Error("our own expired secret counts as unmanaged at the second look")
	}
	d.sessions.issue = issued()
	d.sessions.issue.KeyID, d.sessions.issue.Value = "new", "another"
	state, diags = d.apply(input(), state)
	if got := d.model(state.value); len(diags) > 0 || got.SecretValue.ValueString() != "another" || got.SecretKeyID.ValueString() != "new" {
		t.Errorf("applied to %+v, %s", got, texts(diags))
	}
	if !slices.Contains(d.sessions.ref.Owned.Superseded, secretKeyID) {
		t.Errorf("the expired secret is not handed over for removal: %+v", d.sessions.ref.Owned)
	}
}

// The value of a new secret is told once. It must be in the state even when a later step of the update fails.
func TestUpdateThatFailsKeepsTheNewSecret(t *testing.T) {
	t.Parallel()
	d, state := drive(t, input())
	d.sessions.registration.Secrets = nil
	state, _ = d.refresh(state)
	d.sessions.issue, d.sessions.err = issued(), errors.New("something later failed")
	d.sessions.issue.Value = "another"
	d.sessions.registration.DisplayName = "Renamed"
	state, diags := d.apply(input(func(m *model) { m.DisplayName = str("Renamed"); m.Description = str("not yet") }), state)
	m := d.model(state.value)
	if len(diags) != 1 || m.SecretValue.ValueString() != "another" || m.SecretKeyID.ValueString() != secretKeyID {
		t.Errorf("state %+v, %s", m, texts(diags))
	}
	if m.DisplayName.ValueString() != "Renamed" || !m.Description.IsNull() {
		t.Error("the state does not say how far the update came")
	}
}

func TestUpdateThatAchievesNothingKeepsTheState(t *testing.T) {
	t.Parallel()
	d, state := drive(t, input())
	d.sessions.registration, d.sessions.err = nil, entra.ErrUnavailable
	after, diags := d.apply(input(func(m *model) { m.DisplayName = str("Renamed") }), state)
	if len(diags) != 1 || !after.value.Equal(state.value) {
		t.Errorf("state %+v, %s", d.model(after.value), texts(diags))
	}
}

func TestReadOfAGoneSessionRemovesIt(t *testing.T) {
	t.Parallel()
	d, state := drive(t, input())
	d.sessions.err = &entra.GraphError{Kind: entra.ErrNotFound}
	state.identity = nil // an older CLI stores none
	refreshed, diags := d.refresh(state)
	if len(diags) > 0 || !refreshed.value.IsNull() {
		t.Errorf("refreshed to %v, %s", refreshed.value, texts(diags))
	}
}

// A tenant of its own that is out of reach must not stop the others.
func TestForeignTenantOutOfReach(t *testing.T) {
	t.Parallel()
	refused := &signin.Error{Tenant: otherTenant, Code: "AADSTS700016", Description: "not there"}
	foreign := func(m *model) { m.TenantID = str(otherTenant) }
	d, state := drive(t, input(foreign))
	d.sessions.err = refused
	refreshed, diags := d.refresh(state)
	if !isWarning(diags) || !refreshed.value.Equal(state.value) {
		t.Errorf("refreshed to %v, %s", refreshed.value, texts(diags))
	}
	for _, part := range []string{otherTenant, "AADSTS700016", "/adminconsent?client_id="} {
		if !strings.Contains(texts(diags), part) {
			t.Errorf("the message lacks %q: %s", part, texts(diags))
		}
	}
}

func TestPlanForAForeignTenantOutOfReach(t *testing.T) {
	t.Parallel()
	d := newDriver(t)
	d.data.SignIn = func(_ context.Context, tenantID string) (entra.Holder, error) {
		return entra.Holder{}, &signin.Error{Tenant: tenantID, Code: "AADSTS700016", Description: "not there"}
	}
	if _, diags := d.plan(input(func(m *model) { m.TenantID = str(otherTenant) }), d.none()); !isWarning(diags) {
		t.Errorf("the foreign tenant: %s", texts(diags))
	}
	if _, diags := d.plan(input(), d.none()); len(diags) != 1 || isWarning(diags) {
		t.Errorf("the provider's tenant: %s", texts(diags))
	}
}

func TestOwnTenantOutOfReachIsAnError(t *testing.T) {
	t.Parallel()
	d, state := drive(t, input())
	d.sessions.err = &signin.Error{Tenant: homeTenant, Code: "AADSTS7000215", Description: "wrong"}
	if _, diags := d.refresh(state); len(diags) != 1 || isWarning(diags) || !strings.Contains(texts(diags), "AADSTS7000215") {
		t.Error(texts(diags))
	}
}

func TestUnknownProviderConfiguration(t *testing.T) {
	t.Parallel()
	d, state := drive(t, input())
	d.configure(tfkit.Unready([]string{"client_secret"}, ""))
	refreshed, diags := d.refresh(state)
	if !isWarning(diags) || !strings.Contains(texts(diags), "client_secret") || !refreshed.value.Equal(state.value) {
		t.Errorf("refreshed to %v, %s", refreshed.value, texts(diags))
	}
	planned, diags := d.plan(input(), d.none())
	if len(diags) > 0 || !d.model(d.value(planned.PlannedState)).TenantID.IsUnknown() {
		t.Errorf("planned %v, %s", planned.PlannedState, texts(diags))
	}
	if planned, diags = d.plan(input(), state); len(diags) > 0 || !d.value(planned.PlannedState).Equal(state.value) {
		t.Errorf("the plan is not empty; %s", texts(diags))
	}
}

func TestPlanLooksUpWhatTheCatalogueLacks(t *testing.T) {
	t.Parallel()
	d := newDriver(t)
	custom := func(name string) model {
		return input(permits(map[string]apiNames{customAPI: {application: []string{name}}}))
	}
	if _, diags := d.plan(custom("Orders.Read"), d.none()); len(diags) > 0 {
		t.Error(texts(diags))
	}
	_, diags := d.plan(custom("Orders.Raed"), d.none())
	if len(diags) != 1 || !strings.Contains(diags[0].Detail, `Did you mean "Orders.Read"?`) {
		t.Fatal(texts(diags))
	}
	at := tftypes.NewAttributePath().WithAttributeName("permissions").WithElementKeyString(customAPI).WithAttributeName("application")
	if !diags[0].Attribute.Equal(at) {
		t.Errorf("the error is at %s", diags[0].Attribute)
	}
}

// What was looked up once is remembered: later refreshes and plans need no further look.
func TestLookedUpPermissionsAreRemembered(t *testing.T) {
	t.Parallel()
	d := newDriver(t)
	registration := finished(t)
	registration.Manifest = entra.Access{{API: customAPI, Kind: entra.Application, ID: customRole.ID}}
	registration.Roles = []entra.GrantedRole{{AssignmentID: "a1", Resource: entra.API{ID: customAPI, ServicePrincipalID: "sp1"}, RoleID: customRole.ID}}
	d.sessions.registration, d.sessions.issue = registration, issued()
	config := input(permits(map[string]apiNames{customAPI: {application: []string{"orders.read"}}}))
	state, diags := d.apply(config, d.none())
	if len(diags) > 0 {
		t.Fatal(texts(diags))
	}
	d.sessions.calls = nil
	refreshed, diags := d.refresh(state)
	if len(diags) > 0 || !refreshed.value.Equal(state.value) {
		t.Errorf("%v differ; %s", differences(d.model(refreshed.value), d.model(state.value)), texts(diags))
	}
	if planned, _ := d.plan(config, refreshed); !d.value(planned.PlannedState).Equal(state.value) {
		t.Error("the plan is not empty")
	}
	if want := []string{"read"}; !slices.Equal(d.sessions.calls, want) {
		t.Errorf("calls %v", d.sessions.calls)
	}
}

func TestPlanRefusesToAddAnExpiredCertificate(t *testing.T) {
	t.Parallel()
	d := newDriver(t)
	certificate := certificates()[0]
	config := input(withCertificate(str(certificate.pem)))
	d.data.Clock = lateClock{}
	if _, diags := d.plan(config, d.none()); len(diags) != 2 || diags[1].Summary != "Expired certificate" {
		t.Error(texts(diags))
	}
	expired := stored{value: d.raw(created(byTheCertificate(certificate)))}
	if _, diags := d.plan(config, expired); !isWarning(diags) || !strings.Contains(diags[0].Detail, "has expired") {
		t.Errorf("a session whose certificate has expired: %s", texts(diags))
	}
}

// A certificate is warned of in its last 30 days, also by a plan that changes nothing.
func TestPlanWarnsOfACertificateThatEnds(t *testing.T) {
	t.Parallel()
	d := newDriver(t)
	certificate := certificates()[0]
	config, state := input(withCertificate(str(certificate.pem))), stored{value: d.raw(created(byTheCertificate(certificate)))}
	d.at(certificate.parsed.NotAfter().Add(-expiresSoon - time.Second))
	if _, diags := d.plan(config, state); len(diags) > 0 {
		t.Errorf("too early: %s", texts(diags))
	}
	d.at(certificate.parsed.NotAfter().Add(-expiresSoon))
	if _, diags := d.plan(config, state); !isWarning(diags) || !strings.Contains(diags[0].Detail, certificate.parsed.ThumbprintSHA1()+" expires") {
		t.Errorf("30 days before: %s", texts(diags))
	}
}

// lateClock is after the end of the test's certificates.
type lateClock struct{ entra.SystemClock }

func (lateClock) Now() time.Time { return now.AddDate(2, 0, 0) }

func TestDeleteHandsOverWhatIsOurs(t *testing.T) {
	t.Parallel()
	d, state := drive(t, input())
	if diags := d.destroy(state); len(diags) > 0 || !slices.Equal(d.sessions.calls, []string{"delete"}) {
		t.Errorf("calls %v, %s", d.sessions.calls, texts(diags))
	}
	if d.sessions.ref.ObjectID != objectID || d.sessions.ref.Owned.SecretKeyID != secretKeyID {
		t.Errorf("deleted %+v", d.sessions.ref)
	}
}
