package entra

import (
	"slices"
	"strings"
	"time"
)

// Rotation of credentials: the successor is added beside the one that it follows, which retires: it stays for its
// overlap, so that whoever still uses it has time to read the successor. There are never more than two of ours at a
// time: a credential that has retired before goes before the successor comes.

// Retiring is a credential of ours that another one has followed.
type Retiring struct {
	KeyID string
	Due   bool // its overlap is over
}

// retires tells whether the credential stays for an overlap.
func (o Owned) retires(keyID string) bool {
	return slices.ContainsFunc(o.Retiring, func(r Retiring) bool { return !r.Due && strings.EqualFold(r.KeyID, keyID) })
}

func (o Owned) hasRetired(keyID string) bool {
	return slices.ContainsFunc(o.Retiring, func(r Retiring) bool { return strings.EqualFold(r.KeyID, keyID) })
}

// Follow takes over a new secret. The one that it follows retires where there is an overlap, or else is to go.
func (o *Owned) Follow(keyID string, overlapDays int) {
	switch previous := o.SecretKeyID; {
	case previous == "":
	case overlapDays > 0:
		o.Retiring = append(slices.Clone(o.Retiring), Retiring{KeyID: previous})
	default:
		o.Superseded = append(slices.Clone(o.Superseded), previous)
	}
	o.SecretKeyID, o.Fresh = keyID, true
}

// credentialChanges adds the wanted credential, and removes what it does not follow with an overlap.
func credentialChanges(want Session, have Registration, nonce string, now time.Time) []Change {
	if want.Secret == nil && want.Certificate == nil {
		return leftOverChanges(want, have)
	}
	return append(secretChanges(want, have, nonce, now), certificateChanges(want, have, now)...)
}

// secretChanges leads to the wanted secret, or to none of ours.
func secretChanges(want Session, have Registration, nonce string, now time.Time) []Change {
	var changes []Change
	current, present := have.Secret(want.Owned.SecretKeyID)
	good := present && current.ExpiresAt.After(now)
	adds := want.Secret != nil && (!good || strings.EqualFold(want.Follows, want.Owned.SecretKeyID))
	if adds {
		changes = append(changes, AddSecret{Terms: *want.Secret, Predecessor: want.Owned.predecessor()})
	}
	crowded := adds && good // there will be the current one and its successor
	for _, secret := range have.Secrets {
		isCurrent := good && secret.KeyID == current.KeyID
		stays := isCurrent && (!adds || want.OverlapDays > 0) ||
			want.Owned.retires(secret.KeyID) && secret.ExpiresAt.After(now) && !crowded
		if stays && want.Secret != nil || !ourSecret(secret, want.Owned, nonce, have.Provisioning()) {
			continue
		}
		changes = append(changes, RemoveSecret{KeyID: secret.KeyID, First: crowded && want.Owned.hasRetired(secret.KeyID)})
	}
	return changes
}

// certificateChanges leads to the wanted certificate, or to none of ours.
func certificateChanges(want Session, have Registration, now time.Time) []Change {
	var changes []Change
	wanted := ""
	if want.Certificate != nil {
		wanted = want.Certificate.SHA256
	}
	_, present := have.Key(wanted)
	if want.Certificate != nil && !present {
		changes = append(changes, AddCertificate{Certificate: *want.Certificate})
	}
	current := want.Owned.CertificateSHA256
	previous, crowded := have.Key(current)
	crowded = crowded && current != wanted && previous.ExpiresAt.After(now) // there will be the current one and its successor
	stays := func(key Key) bool {
		switch {
		case wanted == "":
			return false
		case key.SHA256 == wanted:
			return true
		case crowded && key.KeyID == previous.KeyID:
			return want.OverlapDays > 0
		}
		return want.Owned.retires(key.KeyID) && key.ExpiresAt.After(now) && !crowded
	}
	for _, key := range have.Keys {
		if !stays(key) && ourKey(key, want.Owned, have.Provisioning()) {
			first := crowded && !present && want.Owned.hasRetired(key.KeyID)
			changes = append(changes, RemoveCertificate{KeyID: key.KeyID, SHA1: key.SHA1, First: first})
		}
	}
	return changes
}

// leftOverChanges takes away what a session whose credentials are not managed has left of ours.
func leftOverChanges(want Session, have Registration) []Change {
	var changes []Change
	for _, key := range have.Keys {
		if slices.Contains(want.Owned.OldCertificates, key.SHA256) {
			changes = append(changes, RemoveCertificate{KeyID: key.KeyID, SHA1: key.SHA1})
		}
	}
	return changes
}

// ourSecret tells whether a secret is ours to remove: one that the state knows; a successor of it, or a first one, whose
// value was lost with the answer; and while the registration is still being set up, any that a run of ours made.
func ourSecret(secret Secret, owned Owned, nonce string, provisioning bool) bool {
	if strings.EqualFold(secret.KeyID, owned.SecretKeyID) || slices.Contains(owned.Superseded, secret.KeyID) ||
		owned.hasRetired(secret.KeyID) {
		return true
	}
	run, predecessor, ok := secretOrigin(secret.DisplayName)
	if !ok {
		return false
	}
	return provisioning || run == nonce || owned.precedes(predecessor)
}

// IsLabelled tells whether a run of ours added the certificate, as far as its label tells.
func (k Key) IsLabelled() bool { return strings.HasPrefix(k.DisplayName, credentialMarker+", ") }

// ourKey tells whether a certificate is ours to remove: one that the state knows; and while the registration is still
// being set up, any that a run of ours added.
func ourKey(key Key, owned Owned, provisioning bool) bool {
	known := key.SHA256 != "" && (key.SHA256 == owned.CertificateSHA256 || slices.Contains(owned.OldCertificates, key.SHA256))
	return known || owned.hasRetired(key.KeyID) || provisioning && key.IsLabelled()
}
