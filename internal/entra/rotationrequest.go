package entra

import (
	"fmt"
	"slices"
)

// A rotation can be asked for before it is due: by a tag on the application. The next refresh sees it, and the apply that
// makes the new secret takes it off. It is the last thing that such an apply writes, so that a request outlives an apply
// that fails.

// RotationRequested tells whether somebody has asked for a new client secret.
func (r Registration) RotationRequested() bool { return slices.Contains(r.Tags, TagRotateRequested) }

// TagsOfRequest are the tags of a registration once a rotation is asked for.
func TagsOfRequest(tags []string) []string {
	if slices.Contains(tags, TagRotateRequested) {
		return tags
	}
	return append(slices.Clone(tags), TagRotateRequested)
}

// TagsOfAnswer are the tags of a registration once the rotation that was asked for is over.
func TagsOfAnswer(tags []string) []string {
	return slices.DeleteFunc(slices.Clone(tags), func(tag string) bool { return tag == TagRotateRequested })
}

// RotationRequest is what became of a request for a rotation.
type RotationRequest struct {
	DisplayName string
	Again       bool     // it had been asked for before
	Ours        int      // client secrets of ours that the registration had
	Revoked     []string // key ids of those that were removed at once
}

// RequestRotation returns the changes by which a rotation is asked for: first the mark, then, where the present secrets
// are to be revoked, the removal of every one that the provider has made. It fails with *NotAppSessionError and
// *UnfinishedSessionError.
func RequestRotation(have Registration, revoke bool) ([]Change, error) {
	switch {
	case !KindSession.marks(have.Tags):
		return nil, &NotAppSessionError{ClientID: have.ClientID, DisplayName: have.DisplayName}
	case have.Provisioning():
		// Whoever finishes it writes its tags as well, and makes its secret anyway.
		return nil, &UnfinishedSessionError{ClientID: have.ClientID, DisplayName: have.DisplayName}
	}
	var changes []Change
	if !have.RotationRequested() {
		changes = append(changes, MarkRotation{})
	}
	if revoke {
		for _, secret := range have.MarkedSecrets() {
			changes = append(changes, RemoveSecret{KeyID: secret.KeyID})
		}
	}
	return changes, nil
}

// MarkedSecrets are the client secrets that the provider has made, by their label: whatever a state knows of them.
func (r Registration) MarkedSecrets() []Secret {
	return slices.DeleteFunc(slices.Clone(r.Secrets), func(s Secret) bool {
		_, _, ours := secretOrigin(s.DisplayName)
		return !ours
	})
}

// answers tells whether the changes, or those that have been carried out before, make the secret that was asked for.
func (s Session) answers(changes []Change) bool {
	adds := slices.ContainsFunc(changes, func(change Change) bool {
		_, ok := change.(AddSecret)
		return ok
	})
	return s.Secret != nil && (adds || s.Owned.Fresh || s.Answers)
}

// UnfinishedSessionError says that an App session is still being set up.
type UnfinishedSessionError struct{ ClientID, DisplayName string }

func (e *UnfinishedSessionError) Error() string {
	return fmt.Sprintf("the App session %q (client ID %s) is unfinished: its create has not ended", e.DisplayName, e.ClientID)
}
