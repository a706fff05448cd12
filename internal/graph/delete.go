package graph

import (
	"context"
	"errors"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// Delete removes what the session was given and then the application, in one serial batch, and confirms that it is
// gone. App role assignments go with the service principal. What is gone already is no error.
func (g *Gateway) Delete(ctx context.Context, tenantID string, ref entra.Ref, options entra.DeleteOptions) error {
	t := g.tenant(tenantID)
	if ref.ObjectID == "" {
		registration, err := g.Read(ctx, tenantID, ref)
		if errors.Is(err, entra.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		ref.ObjectID, ref.Hints = registration.ObjectID, registration.Hints()
		if registration.ServicePrincipal != nil {
			ref.ServicePrincipalID = registration.ServicePrincipal.ObjectID
		}
	}
	if err := t.removeAll(ctx, ref); err != nil {
		return err
	}
	if err := t.confirmGone(ctx, ref); err != nil || !options.Permanently {
		return err
	}
	return t.purge(ctx, ref)
}

// absencePatience is how long something to delete may be absent before it counts as gone: what was made a moment ago is
// not known everywhere yet, and would stay.
const absencePatience = 10 * time.Second

// removeAll sends the deletions, again from where it stopped when one of them turns out to have been done.
func (t *tenant) removeAll(ctx context.Context, ref entra.Ref) error {
	var calls []*call
	for _, id := range ref.Hints.DirectoryRoles {
		calls = append(calls, t.deleteDirectoryRole(ctx, "withdraw the directory role", id))
	}
	for _, id := range ref.Hints.Grants {
		calls = append(calls, t.deleteGrant(ctx, "revoke the delegated permissions", id))
	}
	info, err := t.application(ref.ObjectID).ToDeleteRequestInformation(ctx, nil)
	calls = append(calls, newCall("delete the application", entra.ManageApplications, info, err))
	for _, c := range calls {
		c.waitingBriefly(absencePatience, missing)
	}
	for len(calls) > 0 {
		err := t.run(ctx, plan{calls: calls, serial: true})
		if err == nil {
			return nil
		}
		done := 0
		for done < len(calls) && (calls[done].err == nil || errors.Is(calls[done].err, entra.ErrNotFound)) {
			done++
		}
		if done == 0 {
			return err
		}
		calls = calls[done:]
		for _, c := range calls {
			c.err, c.answer, c.perhaps = nil, nil, nil // the time to appear is over for all of them
		}
	}
	return nil
}

// confirmGone waits until the application and its service principal can no longer be read.
func (t *tenant) confirmGone(ctx context.Context, ref entra.Ref) error {
	return t.wait(ctx, waiting{forWhat: "see the " + ref.Kind.String() + " gone"}, func() (bool, error) {
		r := t.readingOf(ctx, entra.Ref{ClientID: ref.ClientID})
		calls := []*call{r.application, r.principal}
		if t.run(ctx, plan{calls: calls}) != nil {
			if err := otherThanAbsence(calls); err != nil {
				return false, err
			}
		}
		return r.application.err != nil && r.principal.err != nil, nil
	})
}

// purgePatience is how long a deleted object may take to appear among the deleted items; after that, somebody else has
// purged it.
const purgePatience = 20 * time.Second

// purge removes the application and its service principal from the deleted items: the one does not take the other
// along.
func (t *tenant) purge(ctx context.Context, ref entra.Ref) error {
	var calls []*call
	for _, object := range []struct{ id, operation string }{
		{ref.ServicePrincipalID, "purge the deleted service principal"},
		{ref.ObjectID, "purge the deleted application"},
	} {
		if object.id != "" {
			info, err := t.deletedItems().ByDirectoryObjectId(object.id).ToDeleteRequestInformation(ctx, nil)
			c := newCall(object.operation, entra.ManageApplications, info, err)
			calls = append(calls, c.waitingBriefly(purgePatience, missing))
		}
	}
	return unlessGone(t.run(ctx, plan{calls: calls}), calls)
}
