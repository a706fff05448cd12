package entra

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// SessionKey says which registration is looked for. Exactly one of its fields is set.
type SessionKey struct {
	ClientID    string
	UniqueName  string
	DisplayName string
}

// Describe names what is looked for: `the display name "Finance"`.
func (k SessionKey) Describe() string {
	switch {
	case k.ClientID != "":
		return "the client ID " + k.ClientID
	case k.UniqueName != "":
		return fmt.Sprintf("the unique name %q", k.UniqueName)
	}
	return fmt.Sprintf("the display name %q", k.DisplayName)
}

// SessionQuery says which registrations are listed.
type SessionQuery struct {
	ClientIDs []string // that are listed beside those with the tag of App sessions
	Manifests bool     // tell the permissions that they declare, too
}

// NoSessionError says that no registration of the tenant has the key.
type NoSessionError struct{ Key SessionKey }

func (e *NoSessionError) Error() string { return "no app registration has " + e.Key.Describe() }

// AmbiguousSessionError says that several registrations of the tenant have the display name.
type AmbiguousSessionError struct {
	DisplayName string
	Candidates  []Registration
}

func (e *AmbiguousSessionError) Error() string {
	return fmt.Sprintf("%d app registrations have the display name %q", len(e.Candidates), e.DisplayName)
}

// CredentialKind is by what a session signs in.
type CredentialKind string

// The kinds of credential; none is the empty string.
const (
	BySecret      CredentialKind = "client_secret"
	ByCertificate CredentialKind = "certificate"
)

// IsLabelled tells whether a run of ours made the secret, as far as its label tells.
func (s Secret) IsLabelled() bool {
	_, _, ok := secretOrigin(s.DisplayName)
	return ok
}

// LastSecret is the secret that ends last: of those that carry our label, or else of all. What others have put beside
// ours says nothing of when ours has to be followed.
func (r Registration) LastSecret() (Secret, bool) {
	return last(r.Secrets, Secret.IsLabelled, func(s Secret) time.Time { return s.ExpiresAt })
}

// LastKey is the certificate that ends last, chosen as LastSecret is.
func (r Registration) LastKey() (Key, bool) {
	return last(r.Keys, Key.IsLabelled, func(k Key) time.Time { return k.ExpiresAt })
}

func last[T any](credentials []T, ours func(T) bool, end func(T) time.Time) (found T, ok bool) {
	for _, c := range credentials {
		better := !ok || ours(c) && !ours(found)
		if better || ours(c) == ours(found) && end(c).After(end(found)) {
			found, ok = c, true
		}
	}
	return found, ok
}

// Authentication tells by what the session signs in, and until when, as far as its credentials tell: by one of ours where
// there is any, and where there are both kinds, by that of which one ends last.
func (r Registration) Authentication() (kind CredentialKind, ends time.Time) {
	secret, hasSecret := r.LastSecret()
	key, hasKey := r.LastKey()
	bySecret := hasSecret
	if hasSecret && hasKey {
		bySecret = secret.ExpiresAt.After(key.ExpiresAt)
		if secret.IsLabelled() != key.IsLabelled() {
			bySecret = secret.IsLabelled()
		}
	}
	switch {
	case bySecret:
		return BySecret, secret.ExpiresAt
	case hasKey:
		return ByCertificate, key.ExpiresAt
	}
	return "", time.Time{}
}

// UnlabelledCredentials counts the secrets and certificates that do not carry our label.
func (r Registration) UnlabelledCredentials() int {
	count := 0
	for _, secret := range r.Secrets {
		if !secret.IsLabelled() {
			count++
		}
	}
	for _, key := range r.Keys {
		if !key.IsLabelled() {
			count++
		}
	}
	return count
}

// DeclaresExchange tells whether the registration declares the permission for Exchange Online PowerShell, in any cloud.
func (r Registration) DeclaresExchange() bool {
	for _, usGovernment := range []bool{false, true} {
		if len(Access{ExchangeManageAsApp(usGovernment)}.MissingFrom(r.Manifest)) == 0 {
			return true
		}
	}
	return false
}

// ExchangeReady tells whether the session may connect to Exchange Online PowerShell: it declares the permission, has been
// granted it, and holds one of the roles that let it do anything there.
func (r Registration) ExchangeReady(usGovernment bool) bool {
	manage := Access{ExchangeManageAsApp(usGovernment)}
	return len(manage.MissingFrom(r.Manifest)) == 0 && len(r.MissingConsents(manage)) == 0 &&
		slices.ContainsFunc(ExchangeRoles, func(role DirectoryRole) bool { return r.HoldsDirectoryRole(role.TemplateID) })
}

// SessionFilter chooses among registrations.
type SessionFilter struct {
	NamePrefix string    // in upper or lower case, as Microsoft Entra ID compares names
	EndsBy     time.Time // only those whose credential has ended by then; zero: all
}

// Choose returns the registrations that pass, in the order of their names.
func (f SessionFilter) Choose(registrations []Registration) []Registration {
	var chosen []Registration
	for _, r := range registrations {
		kind, ends := r.Authentication()
		if f.EndsBy.IsZero() || kind != "" && !ends.After(f.EndsBy) {
			if hasPrefixFold(r.DisplayName, f.NamePrefix) {
				chosen = append(chosen, r)
			}
		}
	}
	slices.SortFunc(chosen, func(a, b Registration) int {
		return cmp.Or(cmp.Compare(a.DisplayName, b.DisplayName), cmp.Compare(a.ClientID, b.ClientID))
	})
	return chosen
}

// hasPrefixFold compares rune by rune, because letters of different case may differ in length.
func hasPrefixFold(text, prefix string) bool {
	runes, want := []rune(text), []rune(prefix)
	return len(runes) >= len(want) && strings.EqualFold(string(runes[:len(want)]), prefix)
}
