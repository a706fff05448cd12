package graph

import (
	"context"
	"errors"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// Create claims a registration and brings it in line with the session.
func (g *Gateway) Create(ctx context.Context, tenantID string, want entra.Session, options entra.CreateOptions) (entra.Result, error) {
	t := g.tenant(tenantID)
	name := options.UniqueName
	if name == "" {
		name = entra.DeriveUniqueName(want.DisplayName, 1)
	}
	if !t.claims.take(name) {
		return entra.Result{}, &entra.NameTakenError{UniqueName: name, InProgress: true}
	}
	defer t.claims.release(name)
	nonce := entra.NewNonce()
	found, err := t.claim(ctx, want, options, nonce)
	if err != nil {
		return entra.Result{}, err
	}
	w := &work{tenant: t, nonce: nonce, want: want, have: found.registration}
	w.want.UniqueName = found.registration.UniqueName
	if !found.fresh {
		if err := w.look(ctx); err != nil {
			return entra.Result{}, w.incomplete(ctx, err)
		}
	}
	if err := w.reconcile(ctx); err != nil {
		return entra.Result{Registration: w.have, Issued: w.issued}, w.incomplete(ctx, err)
	}
	return entra.Result{Registration: w.have, Issued: w.issued}, nil
}

// Update reads the registration and brings it in line with the session.
func (g *Gateway) Update(ctx context.Context, tenantID string, ref entra.Ref, want entra.Session) (entra.Result, error) {
	t := g.tenant(tenantID)
	t.apis.seed(ref.Hints)
	have, err := g.Read(ctx, tenantID, ref)
	if err != nil {
		return entra.Result{}, err
	}
	w := &work{tenant: t, nonce: entra.NewNonce(), want: want, have: have}
	err = w.reconcile(ctx)
	if err != nil {
		err = w.incomplete(ctx, err)
	}
	return entra.Result{Registration: w.have, Issued: w.issued}, err
}

// work is one create or update under way.
type work struct {
	tenant *tenant
	nonce  string
	want   entra.Session
	have   entra.Registration
	issued *entra.IssuedSecret
}

const (
	// maxRounds bounds how often a registration that does not come out as wanted is worked on again.
	maxRounds = 8
	// settlePatience is how long reads may disagree with what was written before it is taken for somebody else's change.
	settlePatience = 2 * time.Minute
)

func (w *work) changes() []entra.Change {
	return entra.Diff(w.want, w.have, w.nonce, w.tenant.options.Clock.Now())
}

// reconcile carries out what Diff finds until it finds nothing. A step whose answer was lost, or that met what a
// lagging replica had hidden, is not repeated blindly: the registration is read again, and what is still missing is
// what the next round does.
func (w *work) reconcile(ctx context.Context) error {
	for round := 1; ; round++ {
		changes := w.changes()
		if len(changes) == 0 {
			return nil
		}
		err := w.apply(ctx, changes)
		switch {
		case err == nil:
			if err := w.settle(ctx); err != nil {
				return err
			}
		case !recoverable(err) || round == maxRounds:
			return err
		default:
			if waitErr := w.tenant.options.Clock.Wait(ctx, pause(round)); waitErr != nil {
				return err
			}
			if lookErr := w.look(ctx); lookErr != nil {
				return lookErr
			}
		}
		if round == maxRounds {
			return &entra.GraphError{
				Kind: entra.ErrConflict, Operation: "bring the App session in line with its configuration",
				Remedy: "something else keeps changing it; find out what, and apply again",
			}
		}
	}
}

func recoverable(err error) bool {
	for _, kind := range []error{
		entra.ErrUncertain, entra.ErrAlreadyExists, entra.ErrNotFound, entra.ErrNotYetVisible, entra.ErrConflict,
	} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

func (w *work) ref() entra.Ref {
	ref := entra.Ref{
		ClientID: w.have.ClientID, ObjectID: w.have.ObjectID,
		DirectoryRoles: w.want.DirectoryRole != "" || w.want.Owned.DirectoryRole != "",
	}
	if w.have.ServicePrincipal != nil {
		ref.ServicePrincipalID = w.have.ServicePrincipal.ObjectID
	}
	return ref
}

// look reads the registration anew.
func (w *work) look(ctx context.Context) error {
	have, err := w.tenant.Read(ctx, w.tenant.id, w.ref())
	if err != nil {
		return err
	}
	w.have = have
	return nil
}

// settle waits until reads show what was written. It ends early when nothing has changed for settlePatience: then the
// difference is somebody else's doing, and the next round deals with it.
func (w *work) settle(ctx context.Context) error {
	began := w.tenant.options.Clock.Now()
	for attempt := 1; ; attempt++ {
		err := w.look(ctx)
		switch {
		case err != nil && !errors.Is(err, entra.ErrNotFound) && !errors.Is(err, entra.ErrNotYetVisible):
			return err
		case err == nil && len(w.changes()) == 0:
			return nil
		case w.tenant.options.Clock.Now().Sub(began) > settlePatience:
			return err
		}
		w.tenant.sayWaiting(ctx, attempt, w.changes())
		if err := w.tenant.options.Clock.Wait(ctx, pause(attempt)); err != nil {
			return w.unsettled(w.tenant.options.Clock.Now().Sub(began), err)
		}
	}
}

func (w *work) unsettled(after time.Duration, cause error) error {
	e := &entra.GraphError{
		Kind: entra.ErrNotYetVisible, Operation: "see the written changes", Remedy: gaveUp(after), Cause: cause,
	}
	if changes := w.changes(); len(changes) > 0 {
		e.Operation += ", the first of them: " + changes[0].Describe()
	}
	return e
}

// detachedLook is the time granted to find out what a broken create or update has left.
const detachedLook = 20 * time.Second

// incomplete says what exists and what is missing after a failure. It looks even when the operation's time is up.
func (w *work) incomplete(ctx context.Context, cause error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), detachedLook)
	defer cancel()
	if err := w.look(ctx); err != nil && errors.Is(err, entra.ErrNotFound) {
		return cause
	}
	return &entra.IncompleteError{Registration: w.have, Missing: w.changes(), Cause: cause}
}
