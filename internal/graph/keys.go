package graph

import (
	"cmp"
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
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

// agreedKeys reads the certificates until all copies of a read show the same.
func (t *tenant) agreedKeys(ctx context.Context, objectID string) (agreed []rawKey, err error) {
	err = t.wait(ctx, waiting{forWhat: "see the same certificates several times"}, func() (bool, error) {
		reads := make([]*call, keyCopies)
		for i := range reads {
			reads[i] = t.readKeys(ctx, objectID).waitingFor(missing)
		}
		if err := t.run(ctx, plan{calls: reads}); err != nil {
			return false, err
		}
		for i, read := range reads {
			shown, err := rawKeys(read)
			if err != nil || i > 0 && !slices.Equal(keyIDs(agreed), keyIDs(shown)) {
				return false, err
			}
			agreed = shown
		}
		return true, nil
	})
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
	return w.tenant.changeKeys(ctx, w.have.ObjectID, change)
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
	if k.add != nil && !slices.ContainsFunc(present, func(key rawKey) bool { return key.certificate().SHA256 == k.sha256 }) {
		missing = append(slices.Clone(missing), k.add)
	}
	for _, key := range missing {
		if !slices.Contains(keyIDs(present), key.id()) {
			next, changed = append(next, key), true
		}
	}
	return next, changed
}

// changeKeys adds or removes one certificate. Microsoft Graph replaces the list of certificates as a whole, so it is
// read before it is written. A second read comes immediately before the write, in the same batch: it shows what somebody
// else has added in the meantime, which the next round puts back.
func (t *tenant) changeKeys(ctx context.Context, objectID string, change keyChange) error {
	defer t.locks.lock(objectID)()
	retries := newRetries(t)
	for {
		present, err := t.agreedKeys(ctx, objectID)
		if err != nil {
			return err
		}
		next, changed := change.applyTo(present)
		if !changed {
			return nil
		}
		before, write := t.readKeys(ctx, objectID), t.patchApplication(ctx, change.operation, objectID, body{"keyCredentials": next})
		calls := []*call{before, write}
		if err := cmp.Or(firstError(calls), t.send(ctx, calls, true)); err != nil {
			return err
		}
		lost, err := change.slippedIn(before, next)
		if err != nil {
			return err
		}
		change.restore = append(change.restore, lost...) // also when the write seems to have failed: it may have been done
		// What could not be written now is prepared anew: it would be out of date later.
		again, err := retries.sift(ctx, calls, true)
		if err = cmp.Or(err, firstError(calls)); err != nil {
			return err
		}
		if len(again) == 0 && len(lost) == 0 {
			return nil
		}
		if len(lost) > 0 {
			tflog.Info(ctx, "somebody else has added a certificate at the same time; putting it back", map[string]any{
				"tenant_id": t.id, "application": objectID, "certificates": len(lost),
			})
		}
	}
}

// slippedIn returns what a read right before a write shows beside what is written.
func (k keyChange) slippedIn(before *call, written []rawKey) ([]rawKey, error) {
	if before.answer == nil || !before.answer.ok() {
		return nil, nil // then nothing was written either
	}
	shown, err := rawKeys(before)
	return slices.DeleteFunc(shown, func(key rawKey) bool {
		return key.id() == k.remove || slices.Contains(keyIDs(written), key.id())
	}), err
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
