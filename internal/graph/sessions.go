package graph

import (
	"context"
	"errors"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// Create claims a registration and brings it in line with the session.
func (g *Gateway) Create(ctx context.Context, tenantID string, want entra.Session, options entra.CreateOptions) (entra.Result, error) {
	t := g.tenant(tenantID)
	w := t.work(&want)
	if err := w.create(ctx, t.claimingSession(want, options, w.nonce)); err != nil {
		return entra.Result{}, err
	}
	return entra.Result{Registration: w.have, Issued: w.issued}, nil
}

// Update reads the registration and brings it in line with the session.
func (g *Gateway) Update(ctx context.Context, tenantID string, ref entra.Ref, want entra.Session) (entra.Result, error) {
	w := g.tenant(tenantID).work(&want)
	err := w.update(ctx, ref)
	return entra.Result{Registration: w.have, Issued: w.issued}, err
}

// work is one create or update under way.
type work struct {
	tenant  *tenant
	nonce   string
	want    entra.Wanted
	session *entra.Session // what is wanted, where that is an App session
	have    entra.Registration
	issued  *entra.IssuedSecret
	follows bool // the issued secret takes the place of a credential that is still good
	proven  bool // the issued secret has signed in
	// keys identify certificates by their key ids; nil while nothing is known of them.
	keys map[string]entra.KeyHint
	// claimed is how a create came by the registration; nil for an update.
	claimed *claimed
	// untouched is set while nobody but this run can have written to the application, which it made a moment ago.
	untouched bool
}

func (t *tenant) work(want entra.Wanted) *work {
	session, _ := want.(*entra.Session)
	return &work{tenant: t, nonce: entra.NewNonce(), want: want, session: session}
}

// create claims a registration, unless another create of the same name is under way, and brings it in line.
func (w *work) create(ctx context.Context, c claiming) error {
	name := c.name(1)
	if !w.tenant.claims.take(name) {
		return &entra.NameTakenError{Kind: c.kind, UniqueName: name, InProgress: true}
	}
	defer w.tenant.claims.release(name)
	found, err := w.tenant.claim(ctx, c)
	if err != nil {
		return err
	}
	w.have, w.claimed, w.untouched = found.registration, &found, found.fresh
	if w.session != nil {
		w.session.UniqueName = found.registration.UniqueName
	}
	if found.fresh {
		w.keys = map[string]entra.KeyHint{} // there are none
		err = w.reconcile(ctx)
	} else {
		err = w.resume(ctx)
	}
	if err != nil {
		return w.incomplete(ctx, err)
	}
	return nil
}

// update reads the registration and brings it in line.
func (w *work) update(ctx context.Context, ref entra.Ref) (err error) {
	if w.have, err = w.tenant.readRegistration(ctx, ref); err != nil {
		return err
	}
	w.keys = maps.Clone(ref.Hints.Keys) // also of what is gone by now
	w.learnKeys()
	if err := w.reconcile(ctx); err != nil {
		return w.incomplete(ctx, err)
	}
	return nil
}

const (
	// maxRounds bounds how often a registration that does not come nearer to what is wanted is worked on.
	maxRounds = 8
	// settlePatience is how long reads may disagree with what was written before it is taken for somebody else's change.
	settlePatience = 2 * time.Minute
	// lostPatience is how long a claim has to be gone before that is believed: a run that finds that it has come too late
	// gives the claim back that it has written over.
	lostPatience = 15 * time.Second
	// resettlePatience is the same once that has happened: what takes the change back is there again and again.
	resettlePatience = 30 * time.Second
)

func (w *work) changes() []entra.Change {
	return w.want.Changes(w.have, w.nonce, w.tenant.options.Clock.Now())
}

// steps are the changes but for the mark that everything is in place, which has to wait until reads have shown it.
func (w *work) steps() []entra.Change {
	return slices.DeleteFunc(w.changes(), func(c entra.Change) bool { return c.Phase() == entra.PhaseFinish })
}

// reconcile carries out what Diff finds until it finds nothing. A step whose answer was lost, or that met what a
// lagging replica had hidden, is not repeated blindly: the registration is read again, and what is still missing is
// what the next round does. It gives up after maxRounds without any progress.
func (w *work) reconcile(ctx context.Context) error {
	fewest := math.MaxInt
	for round := 1; ; round++ {
		steps := w.steps()
		if len(steps) == 0 {
			return w.finish(ctx)
		}
		if len(steps) < fewest {
			fewest, round = len(steps), 1
		}
		if round > maxRounds {
			return &entra.GraphError{
				Kind: entra.ErrConflict, Operation: "bring the " + w.want.Kind().String() + " in line with its configuration",
				Remedy: "something else keeps changing it; find out what, and apply again",
			}
		}
		err := w.apply(ctx, steps)
		switch {
		case err == nil:
			if err := w.settle(ctx, round); err != nil {
				return err
			}
		case !recoverable(err) || round == maxRounds:
			return err
		default:
			if w.tenant.options.Clock.Wait(ctx, pause(round)) != nil {
				return err
			}
			if err := w.lookUntil(ctx, waiting{forWhat: "see what is in place"}, anything); err != nil {
				return err
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
		Kind: w.want.Kind(), ClientID: w.have.ClientID, ObjectID: w.have.ObjectID,
		Hints: entra.Hints{Creator: w.have.CreatorID, Keys: w.keys},
	}
	if w.session != nil {
		ref.DirectoryRoles = w.session.DirectoryRole != "" || w.session.Owned.DirectoryRole != ""
	}
	if w.have.ServicePrincipal != nil {
		ref.ServicePrincipalID = w.have.ServicePrincipal.ObjectID
	}
	return ref
}

// look reads the registration anew, several times at once. A create whose claim is gone ends here, before it writes
// anything else.
func (w *work) look(ctx context.Context) error {
	have, err := w.tenant.read(ctx, w.ref(), agreeingCopies)
	if err != nil {
		return err
	}
	if err := w.checkClaim(have); err != nil {
		return err
	}
	w.have = have
	w.learnKeys()
	return nil
}

// checkClaim compares what a read shows with the claim of a create. A claim that is gone without another in its place, while
// the secret of this run is the only one, has not been lost: a run that finishes the registration has a secret of its own.
func (w *work) checkClaim(have entra.Registration) error {
	if w.claimed == nil {
		return nil
	}
	if w.issued != nil && entra.ProvisioningNonce(have.Tags) == "" && len(have.Secrets) == 1 && have.Secrets[0].KeyID == w.issued.KeyID {
		return nil
	}
	return w.claimed.check(have, w.want.Kind(), w.nonce, w.tenant.options.Clock.Now())
}

// learnKeys remembers the certificates that the registration shows.
func (w *work) learnKeys() {
	if w.keys == nil {
		w.keys = map[string]entra.KeyHint{}
	}
	maps.Copy(w.keys, w.have.Hints().Keys)
}

// looksAfterAMiss is how many looks in a row have to show what is waited for once one has not shown it: there are
// replicas that lag behind.
const looksAfterAMiss = 2

// lookUntil reads the registration until done says so. Replicas that disagree are waited for.
func (w *work) lookUntil(ctx context.Context, wait waiting, done func() bool) error {
	began := w.tenant.options.Clock.Now()
	missed, shown := false, 0
	return w.tenant.wait(ctx, wait, func() (bool, error) {
		err := w.look(ctx)
		var lost *entra.LostClaimError
		switch {
		case errors.As(err, &lost) && w.tenant.options.Clock.Now().Sub(began) <= lostPatience:
		case errors.Is(err, entra.ErrNotFound) && w.tenant.options.Clock.Now().Sub(began) <= settlePatience:
		case errors.Is(err, entra.ErrNotYetVisible):
		case err != nil:
			return false, err
		case done():
			shown++
			return !missed || shown >= looksAfterAMiss, nil
		}
		missed, shown = true, 0
		return false, nil
	})
}

// anything is what a look is done with that only has to succeed.
func anything() bool { return true }

// settle waits until reads show what was written. When that has not been so for settlePatience, the difference is
// somebody else's doing, and the next round deals with it.
func (w *work) settle(ctx context.Context, round int) error {
	wait := waiting{forWhat: "see the written changes", detail: w.firstStep, patience: settlePatience}
	if round > 1 {
		wait.patience = resettlePatience
	}
	err := w.lookUntil(ctx, wait, func() bool { return len(w.steps()) == 0 })
	if errors.Is(err, errPatience) {
		return nil
	}
	return err
}

func (w *work) firstStep() string {
	if steps := w.steps(); len(steps) > 0 {
		return ", the first of them: " + steps[0].Describe()
	}
	return ""
}

// detachedLook is the time granted to find out what a broken create or update has left.
const detachedLook = 20 * time.Second

// incomplete says what exists and what is missing after a failure. It looks even when the operation's time is up.
func (w *work) incomplete(ctx context.Context, cause error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), detachedLook)
	defer cancel()
	var lost *entra.LostClaimError
	if errors.As(cause, &lost) {
		// The registration is another run's now, and nobody will ever know the value of the secret that this one added.
		errs := []error{cause, w.withdrawSecret(ctx)}
		if lost.Finished && w.claimed.before != "" { // before it was claimed, as a replica that lagged behind did not show
			errs = append(errs, w.tenant.giveBack(ctx, w.have.ObjectID, w.want.Kind().FinishedTags(w.claimed.registration.Tags)))
		}
		return errors.Join(errs...)
	}
	if err := w.look(ctx); err != nil && errors.Is(err, entra.ErrNotFound) {
		return cause
	}
	return &entra.IncompleteError{Kind: w.want.Kind(), Registration: w.have, Missing: w.changes(), Cause: cause}
}

// withdrawSecret removes the secret that this run has issued.
func (w *work) withdrawSecret(ctx context.Context) error {
	if w.issued == nil {
		return nil
	}
	c := w.tenant.removePassword(ctx, w.have.ObjectID, entra.RemoveSecret{KeyID: w.issued.KeyID})
	err := unlessGone(w.tenant.run(ctx, plan{calls: []*call{c}}), []*call{c})
	w.issued = nil
	return err
}
