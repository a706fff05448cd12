package graph

import (
	"context"
	"errors"
	"slices"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// claiming is what a create needs to get hold of its registration.
type claiming struct {
	kind        entra.Kind
	displayName string
	configured  string                   // the unique name, where the configuration says
	derived     func(attempt int) string // otherwise those to try
	recover     bool                     // restore a soft-deleted holder of the name
	nonce       string
	// lookUp runs the look-up of a name, together with what else is to be known. It may name an unfinished registration
	// that is to be taken over although it has another name. A name that nobody has is no error.
	lookUp func(ctx context.Context, name *call) (elsewhere *entra.Registration, err error)
	// wasFinished judges a registration whose tags are no witness any more.
	wasFinished func(entra.Registration) bool
}

func (c claiming) name(attempt int) string {
	if c.configured != "" {
		return c.configured
	}
	return c.derived(attempt)
}

// taken is the error of a create whose name another registration has.
func (c claiming) taken(holder entra.Registration) *entra.NameTakenError {
	return &entra.NameTakenError{
		Kind: c.kind, UniqueName: holder.UniqueName, ClientID: holder.ClientID, ObjectID: holder.ObjectID,
		DisplayName: holder.DisplayName, Foreign: !slices.Contains(holder.Tags, c.kind.Tag()),
	}
}

// claimingSession is how the registration of an App session is claimed.
func (t *tenant) claimingSession(want entra.Session, options entra.CreateOptions, nonce string) claiming {
	return claiming{
		kind: entra.KindSession, displayName: want.DisplayName, configured: options.UniqueName,
		derived: func(attempt int) string { return entra.DeriveUniqueName(want.DisplayName, attempt) },
		recover: options.RecoverSoftDeleted, nonce: nonce,
		lookUp: func(ctx context.Context, name *call) (*entra.Registration, error) {
			err := t.findAPIs(ctx, want.Access.APIs(), name)
			if errors.Is(name.err, entra.ErrNotFound) {
				err = nil // the name is free, and what is not known of the APIs is looked up when it is needed
			}
			return nil, err
		},
		wasFinished: func(found entra.Registration) bool { return wasFinished(found, want.Consent) },
	}
}
