package appsession

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

const day = 24 * time.Hour

// policy is a default policy that is in force with the rules.
func policy(secrets, keys []entra.Restriction) entra.CredentialRules {
	return entra.CredentialRules{CreatedAt: now, Policy: entra.AppPolicy{ID: "policy-id", Enabled: true, Secrets: secrets, Keys: keys}}
}

func forbidding(kind string) []entra.Restriction {
	return []entra.Restriction{{Type: kind, Enabled: true}}
}

func limiting(kind string, days int) []entra.Restriction {
	return []entra.Restriction{{Type: kind, Enabled: true, MaxLifetime: time.Duration(days) * day}}
}

var (
	secretAt      = tftypes.NewAttributePath().WithAttributeName("client_secret")
	validDaysPath = secretAt.WithAttributeName("valid_days")
	valuePath     = tftypes.NewAttributePath().WithAttributeName("certificate").WithAttributeName("value")
)

// A policy against a new credential is an error at the attribute, and says what would pass.
func TestPlanAgainstAPolicy(t *testing.T) {
	t.Parallel()
	certificate := withCertificate(str(certificates()[0].pem)) // valid for 13 months
	noSecrets, ninety := forbidding("passwordAddition"), limiting("passwordLifetime", 90)
	for name, c := range map[string]struct {
		rules  entra.CredentialRules
		change func(*model)
		at     *tftypes.AttributePath // nil: it passes
		says   []string
	}{
		"secrets forbidden":          {policy(noSecrets, nil), withSecret(30), secretAt, []string{"policy-id", "no client secrets", "certificate = {"}},
		"secrets forbidden, default": {policy(noSecrets, nil), nothing, secretAt, []string{"policy-id", "certificate = {"}},
		"secrets forbidden, certificates limited": {
			policy(noSecrets, limiting("asymmetricKeyLifetime", 100)), nothing, secretAt, []string{"valid for at most 100 days"},
		},
		"too long a life":            {policy(ninety, nil), withSecret(91), validDaysPath, []string{"policy-id", "90 days", "91 days", "valid_days = 90"}},
		"too long a life by default": {policy(ninety, nil), nothing, secretAt, []string{"90 days", "180 days", "valid_days = 90"}},
		"no whole day": {
			policy([]entra.Restriction{{Type: "passwordLifetime", Enabled: true, MaxLifetime: 12 * time.Hour}}, nil), withSecret(1),
			validDaysPath, []string{"12h0m0s", "Use a certificate"},
		},
		"as long as may be": {policy(ninety, nil), withSecret(90), nil, nil},
		"certificate of a long life": {
			policy(nil, limiting("asymmetricKeyLifetime", 180)), certificate, valuePath,
			[]string{"policy-id", "certificates", "at most 180 days", "396 days", "client_secret in its place"},
		},
		"certificate, and secrets are limited": {
			policy(ninety, limiting("asymmetricKeyLifetime", 180)), certificate, valuePath, []string{"client_secret = { valid_days = 90 }"},
		},
		"certificate, and secrets are forbidden": {
			policy(noSecrets, limiting("asymmetricKeyLifetime", 180)), certificate, valuePath, []string{"valid for at most 180 days."},
		},
		"certificate where secrets are forbidden": {policy(noSecrets, nil), certificate, nil, nil},
		"no policy": {entra.CredentialRules{}, nothing, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDriver(t)
			d.sessions.rules = c.rules
			_, diags := d.plan(input(c.change), d.none())
			if c.at == nil {
				if len(diags) > 0 {
					t.Error(texts(diags))
				}
				return
			}
			if len(diags) != 1 || diags[0].Severity != tfprotov6.DiagnosticSeverityError || !diags[0].Attribute.Equal(c.at) {
				t.Fatal(texts(diags))
			}
			for _, part := range c.says {
				if !strings.Contains(diags[0].Detail, part) {
					t.Errorf("the message lacks %q: %s", part, diags[0].Detail)
				}
			}
		})
	}
}

func nothing(*model) {}

// Where a policy exempts some callers, nobody knows whether this one is: a warning.
func TestPlanAgainstAPolicyWithExemptions(t *testing.T) {
	t.Parallel()
	d := newDriver(t)
	d.sessions.rules = policy([]entra.Restriction{{Type: "passwordAddition", Enabled: true, Exempts: true}}, nil)
	if _, diags := d.plan(input(), d.none()); !isWarning(diags) || !strings.Contains(texts(diags), "exempts some callers") {
		t.Error(texts(diags))
	}
}

// A plan that adds no credential asks no policy, and one that does asks for that of the application.
func TestPoliciesAreAskedWhereACredentialIsAdded(t *testing.T) {
	t.Parallel()
	d, state := drive(t, input())
	d.sessions.rules = policy(forbidding("passwordAddition"), nil)
	for name, c := range map[string]struct {
		change func(*model)
		calls  []string
	}{
		"nothing":          {nothing, nil},
		"a name":           {func(m *model) { m.DisplayName = str("Joe") }, []string{"sign in"}},
		"the next secret":  {withSecret(30), []string{"sign in"}},
		"to a certificate": {withCertificate(str(certificates()[0].pem)), []string{"sign in", "rules " + objectID}},
	} {
		d.sessions.calls = nil
		if _, diags := d.plan(input(c.change), state); len(diags) > 0 || !slices.Equal(d.sessions.calls, c.calls) {
			t.Errorf("%s: calls %q, %s", name, d.sessions.calls, texts(diags))
		}
	}
	d.sessions.calls = nil
	if _, diags := d.plan(input(), d.none()); len(diags) != 1 || !slices.Equal(d.sessions.calls, []string{"sign in", "rules"}) {
		t.Errorf("a create: calls %q, %s", d.sessions.calls, texts(diags))
	}
}

// Whoever may not read policies is told so once per tenant, and by which permission it could.
func TestUnreadablePoliciesAreToldOnce(t *testing.T) {
	t.Parallel()
	d := newDriver(t)
	d.sessions.rulesErr = &entra.GraphError{Kind: entra.ErrForbidden, Operation: "read policies", Needs: entra.ReadPolicies.Least()}
	if _, diags := d.plan(input(), d.none()); !isWarning(diags) || !strings.Contains(texts(diags), "Policy.Read.All") {
		t.Error(texts(diags))
	}
	if _, diags := d.plan(input(), d.none()); len(diags) > 0 {
		t.Errorf("again: %s", texts(diags))
	}
	foreign := func(m *model) { m.TenantID = str(otherTenant) }
	if _, diags := d.plan(input(foreign), d.none()); !isWarning(diags) || !strings.Contains(texts(diags), otherTenant) {
		t.Errorf("another tenant: %s", texts(diags))
	}
}

// held are the permissions of the documentation's least privileged caller, and a few operations that take them.
var held = []string{
	"Application.ReadWrite.OwnedBy", "Application.Read.All", "Directory.Read.All", "AppRoleAssignment.ReadWrite.All",
	"DelegatedPermissionGrant.ReadWrite.All", "RoleManagement.ReadWrite.Directory",
}

// plans are changes of a session with what each takes of held, beside what every plan takes.
var plans = map[string]struct {
	create bool
	change func(*model)
	takes  []string
}{
	"create":                         {true, nothing, held[:4]},
	"create without consent":         {true, func(m *model) { m.AdminConsent = types.BoolValue(false) }, held[:1]},
	"create with a certificate":      {true, withCertificate(str(certificates()[0].pem)), held[:4]},
	"create with delegated":          {true, delegated("User.Read"), []string{held[0], held[4]}},
	"create with Exchange":           {true, exchange, append(slices.Clone(held[:4]), held[5])},
	"rename":                         {false, func(m *model) { m.DisplayName = str("Joe") }, held[:1]},
	"no assignment":                  {false, func(m *model) { m.AssignmentReq = types.BoolValue(false) }, held[:1]},
	"to a certificate":               {false, withCertificate(str(certificates()[0].pem)), held[:1]},
	"to Exchange":                    {false, exchange, append(slices.Clone(held[:4]), held[5])},
	"another application permission": {false, permits(map[string]apiNames{"Microsoft Graph": {application: []string{"Mail.Read"}}}), held[:4]},
	"to delegated":                   {false, delegated("User.Read"), []string{held[0], held[3], held[4]}},
	"the next secret":                {false, withSecret(30), nil},
}

func delegated(name string) func(*model) {
	return permits(map[string]apiNames{"Microsoft Graph": {delegated: []string{name}}})
}

func exchange(m *model) {
	withCertificate(str(certificates()[0].pem))(m)
	withExchange("Exchange Administrator")(m)
}

// A plan warns of every permission that it takes and the token lacks, and of no other. The entitled caller and the least
// privileged one are not warned at all.
func TestPlanTellsWhatTheCallerLacks(t *testing.T) {
	t.Parallel()
	higher := map[string][]string{ // what else gives the same
		held[1]: {"Directory.Read.All"}, held[2]: {"DelegatedPermissionGrant.ReadWrite.All"},
	}
	d, state := drive(t, input())
	for name, c := range plans {
		prior := state
		if c.create {
			prior = d.none()
		}
		for _, holds := range [][]string{held, newDriver(t).holder.Permissions} {
			d.holder.Permissions = holds
			if _, diags := d.plan(input(c.change), prior); len(diags) > 0 {
				t.Errorf("%s, holding %v: %s", name, holds, texts(diags))
			}
		}
		for i, permission := range held {
			d.holder.Permissions = slices.Delete(slices.Clone(held), i, i+1)
			_, diags := d.plan(input(c.change), prior)
			isMissed := slices.Contains(c.takes, permission) && !slices.ContainsFunc(higher[permission], func(p string) bool {
				return slices.Contains(d.holder.Permissions, p)
			})
			if !isMissed {
				if len(diags) > 0 {
					t.Errorf("%s, without %s: %s", name, permission, texts(diags))
				}
				continue
			}
			if !isWarning(diags) || !strings.Contains(texts(diags), permission) || !strings.Contains(texts(diags), "The token holds: "+strings.Join(d.holder.Permissions, ", ")) {
				t.Errorf("%s, without %s: %s", name, permission, texts(diags))
			}
		}
	}
}

// A drift that the apply is going to correct takes permissions, too.
func TestCorrectingDriftTakesPermissions(t *testing.T) {
	t.Parallel()
	d, _ := drive(t, input())
	d.holder.Permissions = []string{"Application.ReadWrite.OwnedBy", "Directory.Read.All"}
	label := graphPermission(t, entra.Application, "User.Read.All").Label()
	for name, c := range map[string]struct {
		state model
		needs string
	}{
		"revoked":                      {created(func(m *model) { m.MissingConsents = tfkit.SetOf([]string{label}) }), "grant " + label},
		"granted beside":               {created(func(m *model) { m.ExtraConsents = tfkit.SetOf([]string{"Microsoft Graph: Mail.Read (application)"}) }), "revoke Microsoft Graph: Mail.Read (application)"},
		"delegated granted beside":     {created(func(m *model) { m.ExtraConsents = tfkit.SetOf([]string{"Microsoft Graph: Mail.Read (delegated)"}) }), "DelegatedPermissionGrant.ReadWrite.All"},
		"granted beside on an unknown": {created(func(m *model) { m.ExtraConsents = tfkit.SetOf([]string{customAPI + ": Orders.Read (application)"}) }), "revoke " + customAPI + ": Orders.Read (application)"},
		"owner gone":                   {created(), "add the owner " + otherTenant},
	} {
		config := input()
		if name == "owner gone" {
			config.Owners = tfkit.SetOf([]string{otherTenant})
		}
		_, diags := d.plan(config, stored{value: d.raw(c.state)})
		if !isWarning(diags) || !strings.Contains(texts(diags), c.needs) {
			t.Errorf("%s: %s", name, texts(diags))
		}
	}
}

// A user is told what a user can do about it.
func TestPlanTellsAUserWhatIsMissing(t *testing.T) {
	t.Parallel()
	d := newDriver(t)
	d.holder = entra.Holder{ObjectID: objectID, Name: "jane@contoso.com", User: true, Permissions: []string{"User.Read"}}
	_, diags := d.plan(input(), d.none())
	for _, part := range []string{`the user "jane@contoso.com"`, "Application.ReadWrite.All\n", "directory role", "may be refused"} {
		if !isWarning(diags) || !strings.Contains(texts(diags), part) {
			t.Errorf("the message lacks %q: %s", part, texts(diags))
		}
	}
	d.holder.Permissions = []string{"Directory.AccessAsUser.All"}
	if _, diags := d.plan(input(), d.none()); len(diags) > 0 {
		t.Errorf("the Azure CLI: %s", texts(diags))
	}
}

// Many changes of one kind are counted, not listed.
func TestManyChangesAreCounted(t *testing.T) {
	t.Parallel()
	d := newDriver(t)
	d.holder.Permissions = []string{"Application.ReadWrite.OwnedBy", "Directory.Read.All"}
	config := input(func(m *model) {
		m.PermissionProfile, m.Permissions = str("read_only"), types.MapNull(tfkit.PermissionsType)
	})
	_, diags := d.plan(config, d.none())
	profile, _ := entra.ProfileRefs("read_only")
	applications := 0
	for _, ref := range profile {
		if ref.Kind == entra.Application {
			applications++
		}
	}
	if want := fmt.Sprintf("and %d more", applications-3); !isWarning(diags) || !strings.Contains(texts(diags), want) {
		t.Errorf("the message lacks %q: %s", want, texts(diags))
	}
}
