package entra

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// AppPolicy is an app management policy: what a tenant allows as credentials of registrations.
type AppPolicy struct {
	ID      string
	Name    string // empty for the tenant's default policy
	Enabled bool
	Secrets []Restriction
	Keys    []Restriction
}

// Restriction is one rule of a policy.
type Restriction struct {
	Type         string // as Microsoft Graph names it
	Enabled      bool
	MaxLifetime  time.Duration // zero where the rule sets none
	CreatedAfter time.Time     // the rule is for applications made later; zero: for all
	Exempts      bool          // some callers are exempt
}

// The restrictions that matter for App sessions.
const (
	restrictSecrets        = "passwordAddition"
	restrictSecretLifetime = "passwordLifetime"
	restrictKeyLifetime    = "asymmetricKeyLifetime"
)

// CredentialRules is the policy that is in force for one registration.
type CredentialRules struct {
	Policy    AppPolicy
	CreatedAt time.Time // of the application
}

// RulesFor finds the policy that is in force: a custom one that is assigned to the application takes the place of the
// tenant's default as a whole, unless it is off.
func RulesFor(standard AppPolicy, assigned []AppPolicy, createdAt time.Time) CredentialRules {
	for _, policy := range assigned {
		if policy.Enabled {
			return CredentialRules{Policy: policy, CreatedAt: createdAt}
		}
	}
	return CredentialRules{Policy: standard, CreatedAt: createdAt}
}

// find returns the rule of the type, where it applies.
func (r CredentialRules) find(rules []Restriction, kind string) (Restriction, bool) {
	for _, rule := range rules {
		if rule.Type == kind && rule.Enabled && r.Policy.Enabled && (rule.CreatedAfter.IsZero() || r.CreatedAt.After(rule.CreatedAfter)) {
			return rule, true
		}
	}
	return Restriction{}, false
}

// limit returns the lifetime that the rule of the type sets; zero where there is no limit.
func (r CredentialRules) limit(rules []Restriction, kind string) Restriction {
	rule, ok := r.find(rules, kind)
	if !ok || rule.MaxLifetime <= 0 {
		return Restriction{}
	}
	return rule
}

// AllowSecrets tells whether client secrets may be added.
func (r CredentialRules) AllowSecrets() bool {
	_, forbidden := r.find(r.Policy.Secrets, restrictSecrets)
	return !forbidden
}

// MaxSecretLifetime is the longest life of a client secret; zero for no limit.
func (r CredentialRules) MaxSecretLifetime() time.Duration {
	return r.limit(r.Policy.Secrets, restrictSecretLifetime).MaxLifetime
}

// MaxCertificateLifetime is the longest life of a certificate, from its beginning to its end; zero for no limit.
func (r CredentialRules) MaxCertificateLifetime() time.Duration {
	return r.limit(r.Policy.Keys, restrictKeyLifetime).MaxLifetime
}

// CheckSecret returns *PolicyError when a new client secret of these terms is against the rules.
func (r CredentialRules) CheckSecret(terms SecretTerms) error {
	asked := time.Duration(terms.ValidDays) * day
	if rule, forbidden := r.find(r.Policy.Secrets, restrictSecrets); forbidden {
		return &PolicyError{Rules: r, Secret: true, Forbidden: true, Asked: asked, Exempts: rule.Exempts}
	}
	if rule := r.limit(r.Policy.Secrets, restrictSecretLifetime); rule.MaxLifetime > 0 && asked > rule.MaxLifetime {
		return &PolicyError{Rules: r, Secret: true, Asked: asked, Limit: rule.MaxLifetime, Exempts: rule.Exempts}
	}
	return nil
}

// CheckCertificate returns *PolicyError when the certificate is against the rules.
func (r CredentialRules) CheckCertificate(certificate Certificate) error {
	asked := certificate.NotAfter.Sub(certificate.NotBefore)
	if rule := r.limit(r.Policy.Keys, restrictKeyLifetime); rule.MaxLifetime > 0 && asked > rule.MaxLifetime {
		return &PolicyError{Rules: r, Asked: asked, Limit: rule.MaxLifetime, Exempts: rule.Exempts}
	}
	return nil
}

// PolicyError says that a tenant's policy is against a credential.
type PolicyError struct {
	Rules     CredentialRules
	Secret    bool          // a client secret, or else a certificate
	Forbidden bool          // of whatever life
	Asked     time.Duration // the life that it would have
	Limit     time.Duration // the longest allowed; zero where Forbidden
	Exempts   bool          // some callers are exempt, and whether this one is cannot be known
}

func (e *PolicyError) Error() string {
	kind := "certificates"
	if e.Secret {
		kind = "client secrets"
	}
	if e.Forbidden {
		return fmt.Sprintf("%s allows no %s", e.Rules.Policy.Describe(), kind)
	}
	return fmt.Sprintf("%s allows %s that are valid for at most %s", e.Rules.Policy.Describe(), kind, DaysText(e.Limit))
}

// Describe names the policy.
func (p AppPolicy) Describe() string {
	if p.Name == "" {
		return fmt.Sprintf("the tenant's default app management policy %s", p.ID)
	}
	return fmt.Sprintf("the app management policy %q (%s), which is assigned to the application,", p.Name, p.ID)
}

const day = 24 * time.Hour

// WholeDays are the days that a life of the length has, the last one only when it is full.
func WholeDays(d time.Duration) int { return int(d / day) }

// DaysText writes a length of time in days, or in hours where it is less than two days or has a part of one.
func DaysText(d time.Duration) string {
	switch days := WholeDays(d); {
	case d == day:
		return "1 day"
	case d%day == 0:
		return fmt.Sprintf("%d days", days)
	case days > 1:
		return fmt.Sprintf("%d days and %s", days, (d % day).Round(time.Minute))
	}
	return d.Round(time.Second).String()
}

var isoDuration = regexp.MustCompile(`^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?)?$`)

// ParseLifetime reads an ISO 8601 duration as Microsoft Entra ID does: a year has 365 days, a month 30.
func ParseLifetime(text string) (time.Duration, bool) {
	parts := isoDuration.FindStringSubmatch(text)
	if parts == nil {
		return 0, false
	}
	var total time.Duration
	for i, unit := range []time.Duration{365 * day, 30 * day, day, time.Hour, time.Minute, time.Second} {
		if parts[i+1] == "" {
			continue
		}
		n, err := strconv.Atoi(parts[i+1])
		if err != nil || n > int(maxLifetime/unit) {
			return maxLifetime, true
		}
		total += time.Duration(n) * unit
	}
	return min(total, maxLifetime), true
}

// maxLifetime is more than any credential can have.
const maxLifetime = 100 * 365 * day
