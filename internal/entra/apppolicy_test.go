package entra_test

import (
	"errors"
	"testing"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

const days = 24 * time.Hour

var made = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// secretsOf is a default policy with the rules for client secrets, for an application made at the time.
func secretsOf(rules ...entra.Restriction) entra.CredentialRules {
	return entra.RulesFor(entra.AppPolicy{ID: "default", Enabled: true, Secrets: rules}, nil, made)
}

func TestPoliciesOnSecrets(t *testing.T) {
	t.Parallel()
	forbidden := entra.Restriction{Type: "passwordAddition", Enabled: true}
	short := entra.Restriction{Type: "passwordLifetime", Enabled: true, MaxLifetime: 90 * days}
	with := func(rule entra.Restriction, change func(*entra.Restriction)) entra.Restriction {
		change(&rule)
		return rule
	}
	later := with(forbidden, func(r *entra.Restriction) { r.CreatedAfter = made.Add(time.Second) })
	earlier := with(forbidden, func(r *entra.Restriction) { r.CreatedAfter = made.Add(-time.Second) })
	off := secretsOf(forbidden)
	off.Policy.Enabled = false
	for name, c := range map[string]struct {
		rules     entra.CredentialRules
		days      int
		broken    bool
		forbidden bool
		limit     time.Duration
	}{
		"no rules":               {rules: secretsOf(), days: 3650},
		"forbidden":              {rules: secretsOf(forbidden), days: 1, broken: true, forbidden: true},
		"forbidden and short":    {rules: secretsOf(short, forbidden), days: 180, broken: true, forbidden: true},
		"too long":               {rules: secretsOf(short), days: 91, broken: true, limit: 90 * days},
		"as long as may be":      {rules: secretsOf(short), days: 90},
		"policy off":             {rules: off, days: 180},
		"rule off":               {rules: secretsOf(with(forbidden, func(r *entra.Restriction) { r.Enabled = false })), days: 180},
		"for later applications": {rules: secretsOf(later), days: 180},
		"for this one and later": {rules: secretsOf(earlier), days: 180, broken: true, forbidden: true},
		"made at the very time": {
			rules: secretsOf(with(forbidden, func(r *entra.Restriction) { r.CreatedAfter = made })), days: 180,
		},
		"another rule": {rules: secretsOf(entra.Restriction{Type: "customPasswordAddition", Enabled: true}), days: 180},
		"a lifetime that cannot be read": {
			rules: secretsOf(with(short, func(r *entra.Restriction) { r.MaxLifetime = 0 })), days: 180,
		},
		"exempt callers": {
			rules: secretsOf(with(forbidden, func(r *entra.Restriction) { r.Exempts = true })), days: 180, broken: true, forbidden: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := c.rules.CheckSecret(entra.SecretTerms{ValidDays: c.days})
			var broken *entra.PolicyError
			if errors.As(err, &broken) != c.broken {
				t.Fatalf("got %v", err)
			}
			if !c.broken {
				return
			}
			if !broken.Secret || broken.Forbidden != c.forbidden || broken.Limit != c.limit || broken.Exempts != (name == "exempt callers") {
				t.Errorf("got %+v", broken)
			}
			if c.rules.AllowSecrets() == c.forbidden {
				t.Errorf("AllowSecrets is %t", c.rules.AllowSecrets())
			}
			if limit := c.rules.MaxSecretLifetime(); !c.forbidden && limit != c.limit {
				t.Errorf("MaxSecretLifetime is %s", limit)
			}
		})
	}
}

func TestPoliciesOnCertificates(t *testing.T) {
	t.Parallel()
	rules := entra.RulesFor(entra.AppPolicy{
		ID: "default", Enabled: true,
		Secrets: []entra.Restriction{{Type: "passwordAddition", Enabled: true}},
		Keys:    []entra.Restriction{{Type: "asymmetricKeyLifetime", Enabled: true, MaxLifetime: 180 * days}},
	}, nil, made)
	for length, wrong := range map[time.Duration]bool{180 * days: false, 180*days + time.Second: true} {
		err := rules.CheckCertificate(entra.Certificate{NotBefore: made, NotAfter: made.Add(length)})
		var broken *entra.PolicyError
		if errors.As(err, &broken) != wrong || wrong && (broken.Secret || broken.Limit != 180*days || broken.Asked != length) {
			t.Errorf("valid for %s: %v", length, err)
		}
	}
	if limit := rules.MaxCertificateLifetime(); limit != 180*days {
		t.Errorf("MaxCertificateLifetime is %s", limit)
	}
}

// A policy that is assigned to the application takes the place of the default one as a whole.
func TestAssignedPolicyComesFirst(t *testing.T) {
	t.Parallel()
	forbidding := []entra.Restriction{{Type: "passwordAddition", Enabled: true}}
	standard := entra.AppPolicy{ID: "default", Enabled: true, Secrets: forbidding}
	custom := entra.AppPolicy{ID: "custom", Name: "Pipelines", Enabled: true}
	if rules := entra.RulesFor(standard, []entra.AppPolicy{custom}, made); !rules.AllowSecrets() || rules.Policy.ID != "custom" {
		t.Errorf("the custom policy is not in force: %+v", rules)
	}
	custom.Enabled = false
	if rules := entra.RulesFor(standard, []entra.AppPolicy{custom}, made); rules.AllowSecrets() || rules.Policy.ID != "default" {
		t.Errorf("the custom policy is in force although it is off: %+v", rules)
	}
}

func TestLifetimes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"P90D": 90 * days, "P1Y": 365 * days, "P6M": 180 * days, "P1Y2M3DT4H5M6S": (365+60+3)*days + 4*time.Hour + 5*time.Minute + 6*time.Second,
		"PT12H": 12 * time.Hour, "P30DT0.5S": 30 * days, "P9999999Y": 100 * 365 * days, "P0D": 0,
	} {
		if got, ok := entra.ParseLifetime(text); !ok || got != want {
			t.Errorf("%s is %s, %t", text, got, ok)
		}
	}
	for _, text := range []string{"", "90", "P90", "90D", "P-1D", "P1H"} {
		if got, ok := entra.ParseLifetime(text); ok {
			t.Errorf("%q is %s", text, got)
		}
	}
	for length, want := range map[time.Duration]string{
		days: "1 day", 90 * days: "90 days", 90*days + 12*time.Hour: "90 days and 12h0m0s", 12 * time.Hour: "12h0m0s",
	} {
		if got := entra.DaysText(length); got != want {
			t.Errorf("%s is written %q", length, got)
		}
	}
}
