package graph

import (
	"context"

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

// mark sends the mark. Where a secret was issued it looks, behind the mark, whether that is still there: another run may
// have taken the registration over since the last read, and have removed it as a stray.
func (w *work) mark(ctx context.Context, c *call) error {
	if w.issued == nil {
		return w.tenant.run(ctx, plan{calls: []*call{c}})
	}
	calls, looks := []*call{c}, 0
	return w.tenant.wait(ctx, waiting{forWhat: "see the client secret once more"}, func() (bool, error) {
		read := w.tenant.readSecrets(ctx, w.have.ObjectID).waitingFor(missing)
		if err := w.tenant.run(ctx, plan{calls: append(calls, read), serial: true}); err != nil {
			return false, err
		}
		calls = nil
		found, err := w.tenant.decodeApplication(read)
		if err != nil {
			return false, err
		}
		_, ok := found.Secret(w.issued.KeyID)
		if looks++; !ok && looks == looksForLost {
			return false, &entra.LostClaimError{Kind: w.want.Kind(), ClientID: w.have.ClientID}
		}
		return ok, nil
	})
}
