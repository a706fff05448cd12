package graph

import (
	"cmp"
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// rawKey is a key credential as the service wrote it. It goes back like that, because the service refuses an entry that
// differs by as much as the fraction of a second.
type rawKey map[string]json.RawMessage

func (k rawKey) id() string {
	var id string
	_ = json.Unmarshal(k["keyId"], &id) // rawKeys has read it before
	return strings.ToLower(id)
}

// certificate reads the entry.
func (k rawKey) certificate() entra.Key {
	content, _ := json.Marshal(k)
	var credential keyCredential
	_ = json.Unmarshal(content, &credential) // what cannot be read is no certificate of ours
	return credential.certificate()
}

// withoutKey is the entry as it goes back while it is still there: only its contents stay away.
func (k rawKey) withoutKey() rawKey {
	k = maps.Clone(k)
	delete(k, "key")
	return k
}

func rawKeys(read *call) ([]rawKey, error) {
	present, err := decode[struct {
		KeyCredentials []rawKey `json:"keyCredentials"`
	}](read)
	for _, key := range present.KeyCredentials {
		if key.id() == "" {
			return nil, fmt.Errorf("could not %s: a certificate has no key id", read.operation)
		}
	}
	return present.KeyCredentials, err
}

// keyCopies is how many reads have to agree on the certificates before they are written as a whole: a certificate that
// all of them miss would be lost.
const keyCopies = 6

// agreedKeys reads the certificates until all copies of a read show the same, and those that are known to be there among
// them. What is not shown for settlePatience is taken to be gone.
func (t *tenant) agreedKeys(ctx context.Context, objectID string, known map[string]bool) (agreed []rawKey, err error) {
	wait := waiting{forWhat: "see the same certificates several times", patience: settlePatience}
	missed := false
	err = t.wait(ctx, wait, func() (bool, error) {
		reads := make([]*call, keyCopies)
		for i := range reads {
			reads[i] = t.readKeys(ctx, objectID).waitingFor(missing)
		}
		if err := t.run(ctx, plan{calls: reads}); err != nil {
			return false, err
		}
		for i, read := range reads {
			shown, err := rawKeys(read)
			if err != nil {
				return false, err
			}
			if missed = i > 0 && !slices.Equal(keyIDs(agreed), keyIDs(shown)); missed {
				return false, nil
			}
			agreed = shown
		}
		shown := keyIDs(agreed)
		for id := range known {
			if !slices.Contains(shown, id) {
				return false, nil
			}
		}
		return true, nil
	})
	if errors.Is(err, errPatience) && !missed {
		err = nil
	}
	return agreed, err
}

func keyIDs(keys []rawKey) []string {
	ids := make([]string, len(keys))
	for i, key := range keys {
		ids[i] = key.id()
	}
	slices.Sort(ids)
	return ids
}

// newKey is the certificate as a new key credential. Its key id is remembered, so that reads need not hand it out.
func (w *work) newKey(certificate entra.Certificate) body {
	keyID := uuid.NewString()
	if w.keys == nil {
		w.keys = map[string]entra.KeyHint{}
	}
	w.keys[keyID] = entra.KeyHint{SHA1: certificate.SHA1, SHA256: certificate.SHA256}
	return keyBody(certificate, keyID)
}

func (w *work) addCertificate(ctx context.Context, add entra.AddCertificate) error {
	content, err := json.Marshal(w.newKey(add.Certificate))
	if err != nil {
		return err
	}
	change := keyChange{operation: add.Describe(), sha256: add.Certificate.SHA256}
	if err := json.Unmarshal(content, &change.add); err != nil {
		return err
	}
	return w.changeKeys(ctx, change)
}

// keyChange is what is to become of an application's certificates.
type keyChange struct {
	operation string // in the infinitive
	add       rawKey // nil for none
	sha256    string // of the certificate to add
	remove    string // key id; empty for none
	restore   []rawKey
}

// applyTo returns the list that the change makes of the present certificates. Everything that is not ours goes back as
// it was.
func (k keyChange) applyTo(present []rawKey) (next []rawKey, changed bool) {
	next = []rawKey{}
	for _, key := range present {
		if key.id() == k.remove {
			changed = true
			continue
		}
		next = append(next, key.withoutKey())
	}
	missing := k.restore
	if k.add != nil && !slices.ContainsFunc(present, k.adds) {
		missing = append(slices.Clone(missing), k.add)
	}
	for _, key := range missing {
		if !slices.Contains(keyIDs(present), key.id()) {
			next, changed = append(next, key), true
		}
	}
	return next, changed
}

// adds tells whether the entry is of the certificate that the change adds, put there by another run of the same create.
func (k keyChange) adds(key rawKey) bool { return k.add != nil && key.certificate().SHA256 == k.sha256 }

// changeKeys adds or removes one certificate. Microsoft Graph replaces the list of certificates as a whole, so it is
// read before it is written. A second read comes immediately before the write, in the same batch: it shows what somebody
// else has added in the meantime, which the next round puts back. What an earlier read of the work has shown
// and this one does not has been removed, and stays away.
func (w *work) changeKeys(ctx context.Context, change keyChange) error {
	t, objectID := w.tenant, w.have.ObjectID
	defer t.locks.lock(objectID)()
	present, seen := map[string]bool{}, map[string]bool{}
	for _, key := range w.have.Keys {
		present[key.KeyID] = true
	}
	for id := range w.keys {
		seen[id] = true
	}
	retries := newRetries(t)
	for {
		keys, err := t.agreedKeys(ctx, objectID, present)
		if err != nil {
			return err
		}
		clear(present) // the next round expects what this one has seen
		for _, id := range keyIDs(keys) {
			present[id], seen[id] = true, true
		}
		next, changed := change.applyTo(keys)
		if !changed {
			return nil
		}
		done, err := t.replaceKeys(ctx, objectID, &change, next, seen, retries)
		if done || err != nil {
			return err
		}
		if change.remove != "" {
			delete(present, change.remove)
		}
	}
}

// replaceKeys writes the certificates. It reports false when the write has to be prepared anew.
func (t *tenant) replaceKeys(
	ctx context.Context, objectID string, change *keyChange, next []rawKey, seen map[string]bool, retries *retries,
) (done bool, err error) {
	before, write := t.readKeys(ctx, objectID), t.patchApplication(ctx, change.operation, objectID, body{"keyCredentials": next})
	calls := []*call{before, write}
	if err := cmp.Or(firstError(calls), t.send(ctx, calls, true)); err != nil {
		return false, err
	}
	var shown []rawKey
	if before.answer.ok() { // else nothing was written either
		if shown, err = rawKeys(before); err != nil {
			return false, err
		}
	}
	lost := slices.DeleteFunc(slices.Clone(shown), func(key rawKey) bool {
		return seen[key.id()] || slices.Contains(keyIDs(next), key.id()) || change.adds(key)
	})
	change.restore = append(change.restore, lost...) // also when the write seems to have failed: it may have been done
	if len(lost) > 0 {
		tflog.Info(ctx, "somebody else has added a certificate at the same time; putting it back", map[string]any{
			"tenant_id": t.id, "application": objectID, "certificates": len(lost),
		})
	}
	again, err := retries.sift(ctx, calls, true)
	if err != nil {
		return false, err
	}
	if errors.Is(write.err, entra.ErrInvalid) && lacksAny(shown, next) {
		return false, nil // it named one that somebody else has just removed
	}
	return len(again) == 0 && len(lost) == 0, firstError(calls)
}

// lacksAny tells whether one of the entries that go back without their contents is not there any more.
func lacksAny(shown, written []rawKey) bool {
	return slices.ContainsFunc(written, func(key rawKey) bool {
		_, whole := key["key"]
		return !whole && !slices.Contains(keyIDs(shown), key.id())
	})
}

// certificateDER reads the contents of a key credential, which clients write as DER or as PEM text.
func certificateDER(key []byte) []byte {
	if block, _ := pem.Decode(key); block != nil {
		key = block.Bytes
	}
	if _, err := x509.ParseCertificate(key); err != nil {
		return nil
	}
	return key
}
