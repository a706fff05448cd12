package graph

import (
	"context"
	"errors"
	"slices"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// DeleteOnPrem clears the values, removes the definitions, and sees that nothing is left. What is gone already, also with
// its application, is no error.
func (g *Gateway) DeleteOnPrem(ctx context.Context, tenantID string, ref entra.OnPremRef) error {
	t := g.tenant(tenantID)
	defer t.lockOnPrem(ref.ClientID)()
	e := &erasing{tenant: t, clientID: ref.ClientID}
	have, known := ref.Remembered()
	if e.have = have; !known {
		if err := e.look(ctx); err != nil || !e.have.Exists() {
			return unlessNotFound(err)
		}
	}
	for round := 1; round <= maxRounds; round++ {
		err := e.apply(ctx, entra.UndoOnPrem(e.have), round < maxRounds)
		if err != nil && (!recoverable(err) || e.options.Clock.Wait(ctx, pause(round)) != nil) {
			return err
		}
		if err := e.confirm(ctx); err != nil || !e.have.Exists() {
			return unlessNotFound(err)
		}
	}
	return &entra.GraphError{
		Kind: entra.ErrConflict, Operation: "remove the on-premises settings",
		Remedy: "something else keeps writing them; find out what, and apply again",
	}
}

func unlessNotFound(err error) error {
	if errors.Is(err, entra.ErrNotFound) {
		return nil
	}
	return err
}

// erasing is one delete of on-premises settings under way.
type erasing struct {
	*tenant
	clientID string
	have     entra.OnPremRecord
	removed  []string // ids of definitions that have been removed, which a lagging list may still show
}

// apply sends the changes in one batch of their own, one after the other. That something is not there is no error: the
// next look shows what is left to do. Values that cannot be cleared in all rounds, because the application has lost its
// service principal, are left behind: without their definition nobody can reach them.
func (e *erasing) apply(ctx context.Context, changes []entra.Change, clear bool) error {
	var calls []*call
	for _, change := range changes {
		switch change := change.(type) {
		case entra.WriteExtensions:
			if !clear {
				tflog.Warn(ctx, "the values of directory extensions cannot be cleared; removing their definitions all the same", map[string]any{
					"tenant_id": e.id, "client_id": e.clientID,
				})
				continue
			}
			calls = append(calls, e.writeExtensions(ctx, change, e.have.ObjectID, e.clientID).waitingBriefly(absencePatience, missing))
		case entra.RemoveExtension:
			calls = append(calls, e.removeExtension(ctx, change, e.have.ObjectID).waitingBriefly(absencePatience, missing))
		}
	}
	defer e.locks.lock(e.have.ObjectID)()
	err := e.run(ctx, plan{calls: calls, serial: len(calls) > 1})
	e.note(changes, calls)
	if refusedBy(calls, unavailable) {
		// Gone, or not known everywhere yet: the next look tells, after a while.
		return &entra.GraphError{Kind: entra.ErrNotYetVisible, Operation: "clear the on-premises settings", Cause: err}
	}
	return unlessNotFound(err)
}

// note remembers which definitions are gone by now.
func (e *erasing) note(changes []entra.Change, calls []*call) {
	skipped := len(changes) - len(calls) // the values, which come first
	for i, c := range calls {
		remove, ok := changes[i+skipped].(entra.RemoveExtension)
		if ok && unlessNotFound(c.err) == nil {
			e.removed = append(e.removed, remove.Definition.ID)
		}
	}
}

func (e *erasing) look(ctx context.Context) error {
	l := onPremLook{clientID: e.clientID, properties: entra.OnPremProperties, definitions: true, copies: agreeingCopies}
	have, err := e.believeOnPrem(ctx, l, func(l onPremLook) (entra.OnPremRecord, error) {
		return e.lookAtOnPrem(ctx, l)
	}, entra.OnPremRecord.Exists)
	e.have = have
	return err
}

// confirm waits until nothing is left, or until there is something that has not been removed yet.
func (e *erasing) confirm(ctx context.Context) error {
	l := onPremLook{clientID: e.clientID, properties: entra.OnPremProperties, definitions: true, copies: agreeingCopies}
	err := e.wait(ctx, waiting{forWhat: "see the on-premises settings gone", patience: settlePatience}, func() (bool, error) {
		have, err := e.lookAtOnPrem(ctx, l)
		if err != nil {
			if errors.Is(err, entra.ErrNotYetVisible) {
				return false, nil
			}
			return false, err
		}
		e.have = have
		return !have.Exists() || e.isNew(have), nil
	})
	if errors.Is(err, errPatience) {
		return nil
	}
	return err
}

// isNew tells whether there is a definition that has not been removed.
func (e *erasing) isNew(have entra.OnPremRecord) bool {
	for _, definition := range have.Definitions {
		if !slices.Contains(e.removed, definition.ID) {
			return true
		}
	}
	return false
}
