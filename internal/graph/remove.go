package graph

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// awaitCredentials waits until a new credential can be seen, so that the old one is never removed before it.
func (w *work) awaitCredentials(ctx context.Context, prepared []entra.Change) error {
	if !addsCredential(prepared) {
		return nil
	}
	return w.lookUntil(ctx, "see the new credential before the old one is removed", func() bool {
		return !addsCredential(w.changes())
	})
}

func addsCredential(changes []entra.Change) bool {
	return slices.ContainsFunc(changes, func(change entra.Change) bool {
		switch change.(type) {
		case entra.AddSecret, entra.AddCertificate:
			return true
		}
		return false
	})
}

// remove takes away what is no longer wanted. What is gone already is no error.
func (w *work) remove(ctx context.Context, changes []entra.Change) error {
	var parallel, serial []*call // writes to the application itself must not run at the same time
	var certificates []entra.RemoveCertificate
	for _, change := range changes {
		switch change := change.(type) {
		case entra.RevokeRole:
			principalID, err := w.principalID()
			if err != nil {
				return err
			}
			parallel = append(parallel, w.tenant.unassignAppRole(ctx, change, principalID))
		case entra.RevokeScopes:
			parallel = append(parallel, w.tenant.deleteGrant(ctx, change.Describe(), change.GrantID))
		case entra.UnassignDirectoryRole:
			parallel = append(parallel, w.tenant.deleteDirectoryRole(ctx, change.Describe(), change.AssignmentID))
		case entra.RemoveSecret:
			serial = append(serial, w.tenant.removePassword(ctx, w.have.ObjectID, change))
		case entra.RemoveOwner:
			serial = append(serial, w.tenant.removeOwner(ctx, change, w.have.ObjectID))
		case entra.RemoveCertificate:
			certificates = append(certificates, change)
		default:
			return fmt.Errorf("there is no request for the change %T", change)
		}
	}
	if err := unlessGone(w.tenant.run(ctx, plan{calls: parallel}), parallel); err != nil {
		return err
	}
	for _, c := range serial {
		if err := unlessGone(w.tenant.run(ctx, plan{calls: []*call{c}}), []*call{c}); err != nil {
			return err
		}
	}
	for _, certificate := range certificates {
		if err := w.tenant.mergeKeys(ctx, w.have.ObjectID, certificate.Describe(), nil, certificate.KeyID); err != nil {
			return err
		}
	}
	return nil
}

// unlessGone forgives the removal of what was gone.
func unlessGone(err error, calls []*call) error {
	if err == nil {
		return nil
	}
	for _, c := range calls {
		gone := errors.Is(c.err, entra.ErrNotFound) || c.answer != nil && noSuchCredential(c.answer)
		if c.err != nil && !gone {
			return c.err
		}
	}
	return nil
}

// noSuchCredential recognises the refusal to remove a credential, or an owner, that is not there.
func noSuchCredential(a *answer) bool {
	return a.says(http.StatusBadRequest, "no password credential found") ||
		a.says(http.StatusBadRequest, "one or more removed object references do not exist")
}

// mergeKeys adds or removes one certificate. Microsoft Graph replaces the list of certificates as a whole, so it is
// read immediately before and written back with everything that is not ours as it was.
func (t *tenant) mergeKeys(ctx context.Context, objectID, operation string, add *entra.Certificate, removeKeyID string) error {
	defer t.locks.lock(objectID)()
	read := t.readKeys(ctx, objectID)
	if err := t.run(ctx, plan{calls: []*call{read.waitingFor(missing)}}); err != nil {
		return err
	}
	keys, err := decodeKeys(read)
	if err != nil {
		return err
	}
	if add != nil && slices.ContainsFunc(keys, func(k entra.Key) bool { return k.SHA256 == add.SHA256 }) {
		return nil
	}
	kept, err := keysToKeep(read, removeKeyID)
	if err != nil {
		return err
	}
	if add != nil {
		kept = append(kept, keyBody(*add))
	}
	return t.run(ctx, plan{calls: []*call{t.patchApplication(ctx, operation, objectID, body{"keyCredentials": kept})}})
}

// keysToKeep are the certificates that were read, but for the one to remove. They go back as the service wrote them,
// because it refuses an entry that differs by as much as the fraction of a second; only their contents stay away.
func keysToKeep(read *call, removeKeyID string) ([]any, error) {
	present, err := decode[struct {
		KeyCredentials []map[string]json.RawMessage `json:"keyCredentials"`
	}](read)
	if err != nil {
		return nil, err
	}
	kept := []any{}
	for _, key := range present.KeyCredentials {
		var id string
		if err := json.Unmarshal(key["keyId"], &id); err != nil {
			return nil, fmt.Errorf("could not %s: a certificate has no key id: %w", read.operation, err)
		}
		if !strings.EqualFold(id, removeKeyID) {
			delete(key, "key")
			kept = append(kept, key)
		}
	}
	return kept, nil
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
