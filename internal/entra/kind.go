package entra

import (
	"slices"
	"strings"
	"time"
)

// Kind is a kind of registration that the provider makes.
type Kind int

// The kinds. Each has a tag by which the provider knows its registrations.
const (
	KindSession  Kind = iota // an App session
	KindRegister             // the register of sapio365's access roles
)

// Tag marks the registrations of the kind.
func (k Kind) Tag() string {
	if k == KindRegister {
		return TagAccessRoles
	}
	return TagAppSession
}

// String is how messages name the kind.
func (k Kind) String() string {
	if k == KindRegister {
		return "register of access roles"
	}
	return "App session"
}

// marks tells whether the tags are those of a registration of the kind, finished or not.
func (k Kind) marks(tags []string) bool { return slices.Contains(tags, k.Tag()) }

// IsSession tells whether the registration carries the tag of App sessions.
func (r Registration) IsSession() bool { return KindSession.marks(r.Tags) }

// IsRegister tells whether the registration carries the tag of a register.
func (r Registration) IsRegister() bool { return KindRegister.marks(r.Tags) }

// FinishedTags are the tags of a registration once it is in place: the others it has, and the mark of its kind.
func (k Kind) FinishedTags(tags []string) []string {
	finished := slices.DeleteFunc(slices.Clone(tags), func(tag string) bool {
		return strings.HasPrefix(tag, tagProvisioning)
	})
	if !k.marks(finished) {
		finished = append(finished, k.Tag())
	}
	return finished
}

// ClaimedTags are the tags of a registration that the run with the nonce takes over.
func (k Kind) ClaimedTags(tags []string, nonce string) []string {
	return append(k.FinishedTags(tags), TagProvisioning(nonce))
}

// Wanted is what a registration shall be.
type Wanted interface {
	Kind() Kind
	// Changes lead from the registration to what is wanted, as Diff does for App sessions.
	Changes(have Registration, nonce string, now time.Time) []Change
	// Arrived tells whether the tenant has also carried over what it does by itself, after a while, once the changes are
	// in place.
	Arrived(have Registration) bool
}

// Kind is that of App sessions.
func (Session) Kind() Kind { return KindSession }

// Changes is Diff.
func (s Session) Changes(have Registration, nonce string, now time.Time) []Change {
	return Diff(s, have, nonce, now)
}

// Arrived is always true: a session uses nothing that the tenant copies.
func (Session) Arrived(Registration) bool { return true }
