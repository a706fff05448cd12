package graph

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// awaitCredentials waits until a new credential can be seen, so that the old one is never removed before it.
func (w *work) awaitCredentials(ctx context.Context, prepared []entra.Change) error {
	if !addsCredential(prepared) {
		return nil
	}
	return w.lookUntil(ctx, waiting{forWhat: "see the new credential before the old one is removed"}, func() bool {
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
		change := keyChange{operation: certificate.Describe(), remove: certificate.KeyID}
		if err := w.changeKeys(ctx, change); err != nil {
			return err
		}
		w.have.Keys = slices.DeleteFunc(w.have.Keys, func(k entra.Key) bool { return k.KeyID == change.remove })
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
