package graph

import (
	"context"
	"errors"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// finish marks the registration as complete, after reads have shown everything else, and a sign-in what it is to show.
func (w *work) finish(ctx context.Context) error {
	if err := w.prove(ctx); err != nil {
		return err
	}
	arrived := func() bool { return w.want.Arrived(w.have) }
	if !arrived() {
		if err := w.lookUntil(ctx, waiting{forWhat: "see the service principal take over what the application declares"}, arrived); err != nil {
			return err
		}
	}
	for _, change := range w.changes() {
		switch change := change.(type) {
		case entra.UnmarkRotation:
			if err := w.unmarkRotation(ctx, change); err != nil {
				return err
			}
		case entra.FinishProvisioning:
			c := w.tenant.patchApplication(ctx, change.Describe(), w.have.ObjectID, body{"tags": change.Tags})
			if err := w.mark(ctx, c); err != nil {
				return err
			}
			w.have.Tags = change.Tags
		}
	}
	return nil
}

// looksForLost is how many reads must agree that another run has removed the secret. Earlier reads have shown it.
const looksForLost = 6

// mark sends the mark. Another run may have taken the registration over since the last look: a read immediately before the
// mark, in the same batch, shows that.
func (w *work) mark(ctx context.Context, c *call) error {
	before := w.tenant.readTags(ctx, w.have.ObjectID).waitingFor(missing)
	calls := []*call{before, c}
	var secrets []entra.Secret
	var err error
	if w.issued == nil {
		err = w.tenant.run(ctx, plan{calls: calls, serial: true})
	} else {
		secrets, err = w.secretsBehind(ctx, calls)
	}
	if err != nil || w.claimed == nil {
		return err
	}
	return w.stillClaimed(ctx, before, secrets)
}

// secretsBehind makes the calls, and looks behind them, in the same batch, whether the issued secret is still there: another
// run may have removed it as a stray.
func (w *work) secretsBehind(ctx context.Context, calls []*call) (secrets []entra.Secret, err error) {
	looks := 0
	err = w.tenant.wait(ctx, waiting{forWhat: "see the client secret once more"}, func() (bool, error) {
		read := w.tenant.readSecrets(ctx, w.have.ObjectID).waitingFor(missing)
		if err := w.tenant.run(ctx, plan{calls: append(calls, read), serial: true}); err != nil {
			return false, err
		}
		calls = nil
		found, err := w.tenant.decodeApplication(read)
		if err != nil {
			return false, err
		}
		secrets = found.Secrets
		_, ok := found.Secret(w.issued.KeyID)
		if looks++; !ok && looks == looksForLost {
			return false, &entra.LostClaimError{Kind: w.want.Kind(), ClientID: w.have.ClientID}
		}
		return ok, nil
	})
	return secrets, err
}

// stillClaimed judges the read immediately before the mark, and the secrets behind it. The nonce of another run, which the
// mark has taken away, goes back: that run goes on.
func (w *work) stillClaimed(ctx context.Context, before *call, secrets []entra.Secret) error {
	tags, err := decodeTags(before)
	if err != nil {
		return err
	}
	nonce := entra.ProvisioningNonce(tags)
	if nonce == "" && before.resent {
		return nil // the mark has arrived before
	}
	var lost *entra.LostClaimError
	err = w.checkClaim(entra.Registration{ClientID: w.have.ClientID, Tags: tags, Secrets: secrets})
	if !errors.As(err, &lost) {
		return nil // what a replica that lags behind shows says nothing
	}
	if nonce != "" {
		err = errors.Join(err, w.tenant.giveBack(ctx, w.have.ObjectID, tags))
	}
	return err
}
