package graph

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// sessionPatience is how long the application of a session that was made a moment ago may take to appear.
const sessionPatience = 30 * time.Second

// CreateOnPrem writes settings on an App session that has none. One look, one batch of writes, and one that sees them.
func (g *Gateway) CreateOnPrem(
	ctx context.Context, tenantID, clientID string, want entra.OnPrem, terms entra.OnPremTerms,
) (entra.OnPremRecord, error) {
	t := g.tenant(tenantID)
	defer t.lockOnPrem(clientID)()
	r := &recording{tenant: t, clientID: clientID, want: want, isNew: true}
	err := r.begin(ctx, terms, func(have entra.OnPremRecord) bool { return isAppSession(have) && r.isFree(have) })
	if err := errors.Join(r.organization.on(terms, r.id), asAppSession(clientID, r.have, err)); err != nil {
		return r.have, err
	}
	if err = r.taken(); err == nil {
		err = r.reconcile(ctx)
	}
	return r.have, err
}

// UpdateOnPrem brings the settings of an App session in line.
func (g *Gateway) UpdateOnPrem(
	ctx context.Context, tenantID string, ref entra.OnPremRef, want entra.OnPrem, terms entra.OnPremTerms,
) (entra.OnPremRecord, error) {
	t := g.tenant(tenantID)
	defer t.lockOnPrem(ref.ClientID)()
	r := &recording{tenant: t, clientID: ref.ClientID, want: want}
	err := r.begin(ctx, terms, func(have entra.OnPremRecord) bool { return asSeen(ref, have) })
	if err := errors.Join(r.organization.on(terms, r.id), asApplication(ref.ClientID, err)); err != nil {
		return r.have, err
	}
	err = r.reconcile(ctx)
	return r.have, err
}

// lockOnPrem lets one operation at a time change the settings of an App session, and returns what ends it.
func (t *tenant) lockOnPrem(clientID string) func() {
	unlock := t.locks.lock("on-premises settings of " + clientID)
	return func() {
		t.looks.take(clientID, time.Time{}) // out of date now
		unlock()
	}
}

// recording is one create or update of on-premises settings under way.
type recording struct {
	*tenant
	clientID string
	want     entra.OnPrem
	isNew    bool // nobody else may have written settings
	have     entra.OnPremRecord
	made     []entra.ExtensionDefinition // by this run; a list may not show them yet
}

// isFree tells whether the application has no settings, or those that are wanted: what a broken create has written.
func (r *recording) isFree(have entra.OnPremRecord) bool {
	return have.Values.Empty() || have.Shows(r.want)
}

// taken is an error where somebody else's settings are in the place of new ones.
func (r *recording) taken() error {
	if !r.isNew || r.isFree(r.have) {
		return nil
	}
	return &entra.OnPremTakenError{ClientID: r.clientID, DisplayName: r.have.DisplayName}
}

// begin takes the first look, which also learns what the terms depend on, unless a check has just done so.
func (r *recording) begin(ctx context.Context, terms entra.OnPremTerms, expected func(entra.OnPremRecord) bool) (err error) {
	if have, ok := r.looks.take(r.clientID, r.options.Clock.Now()); ok && r.organization.isKnown(terms) && expected(have) {
		r.have = have
		return nil
	}
	l := onPremLook{
		clientID: r.clientID, properties: entra.OnPremProperties, definitions: true, copies: 1, patience: sessionPatience,
	}
	r.have, err = r.believeOnPrem(ctx, l, r.onTerms(ctx, terms), expected)
	return err
}

// reconcile carries out what DiffOnPrem finds until it finds nothing. What an answer was lost of, or what is there
// against all expectation, is looked at before anything is repeated.
func (r *recording) reconcile(ctx context.Context) error {
	for round := 1; ; round++ {
		changes, err := entra.DiffOnPrem(r.want, r.have)
		if err != nil || len(changes) == 0 {
			return err
		}
		if round > maxRounds {
			return &entra.GraphError{
				Kind: entra.ErrConflict, Operation: "bring the on-premises settings in line with their configuration",
				Remedy: "something else keeps changing them; find out what, and apply again",
			}
		}
		calls, err := r.apply(ctx, changes)
		switch {
		case err == nil:
			err = r.settle(ctx, changes)
		case ctx.Err() != nil:
			return err
		case refusedBy(calls, unavailable):
			round-- // it may take minutes, and there is nothing to do but wait
			err = r.lookForPrincipal(ctx)
		case !recoverable(err) || r.options.Clock.Wait(ctx, pause(round)) != nil:
			return err
		default:
			err = r.lookAgain(ctx, existing(changes, calls))
		}
		if err != nil {
			return err
		}
	}
}

// apply sends the changes in one batch of their own, one after the other: Microsoft Graph refuses concurrent writes to
// one object, and a value can only be written under a definition.
func (r *recording) apply(ctx context.Context, changes []entra.Change) ([]*call, error) {
	var calls []*call
	for _, change := range changes {
		switch change := change.(type) {
		case entra.DefineExtension:
			calls = append(calls, r.defineExtension(ctx, change, r.have.ObjectID))
		case entra.WriteExtensions:
			calls = append(calls, r.writeExtensions(ctx, change, r.have.ObjectID, r.clientID).
				waitingBriefly(definitionPatience, missingOrUnavailable))
		}
	}
	defer r.locks.lock(r.have.ObjectID)()
	err := r.run(ctx, plan{calls: calls, serial: len(calls) > 1})
	for i, change := range changes {
		if define, ok := change.(entra.DefineExtension); ok && calls[i].err == nil {
			definition, err := decodeDefined(calls[i], define.Property)
			if err != nil {
				return calls, err
			}
			r.made = append(r.made, definition)
		}
	}
	r.adopt()
	return calls, err
}

// adopt adds what this run has made to what a look has shown.
func (r *recording) adopt() {
	if r.have.Definitions == nil {
		r.have.Definitions = map[string]entra.ExtensionDefinition{}
	}
	for _, definition := range r.made {
		r.have.Definitions[definition.Name] = definition
	}
}

// settle waits until reads of the written values show them. When that has not been so for settlePatience, the difference
// is somebody else's doing, and the next round deals with it.
func (r *recording) settle(ctx context.Context, changes []entra.Change) error {
	l := onPremLook{clientID: r.clientID, copies: agreeingCopies}
	for _, change := range changes {
		if write, ok := change.(entra.WriteExtensions); ok {
			for _, value := range write.Values {
				l.properties = append(l.properties, value.Property)
			}
		}
	}
	missed, shown := false, 0
	wait := waiting{forWhat: "see the written on-premises settings", patience: settlePatience}
	err := r.wait(ctx, wait, func() (bool, error) {
		have, err := r.lookAtOnPrem(ctx, l)
		switch {
		case errors.Is(err, entra.ErrNotFound) || errors.Is(err, entra.ErrNotYetVisible):
		case err != nil:
			return false, err
		case have.Values.Hold(r.want, l.properties):
			shown++
			return !missed || shown >= looksAfterAMiss, nil
		}
		missed, shown = true, 0
		return false, nil
	})
	if errors.Is(err, errPatience) {
		return r.lookAgain(ctx, nil)
	}
	if err == nil {
		values := r.want.Values()
		r.have.Values = &values
	}
	return err
}

// lookAgain finds out what is in place. Definitions that were refused because they exist have to show.
func (r *recording) lookAgain(ctx context.Context, exist []string) error {
	l := onPremLook{clientID: r.clientID, properties: entra.OnPremProperties, definitions: true, copies: agreeingCopies}
	wait := waiting{forWhat: "see the directory extensions that exist", patience: settlePatience}
	err := r.wait(ctx, wait, func() (bool, error) {
		have, err := r.believeOnPrem(ctx, l, func(l onPremLook) (entra.OnPremRecord, error) {
			return r.lookAtOnPrem(ctx, l)
		}, func(entra.OnPremRecord) bool { return true })
		if err != nil {
			return false, err
		}
		r.have = have
		r.adopt()
		return !slices.ContainsFunc(exist, func(name string) bool {
			_, shown := r.have.Definitions[name]
			return !shown
		}), nil
	})
	if err == nil && len(exist) > 0 {
		return r.taken()
	}
	return asApplication(r.clientID, err)
}

// existing lists the properties whose definition was refused because there is one.
func existing(changes []entra.Change, calls []*call) []string {
	var names []string
	for i, change := range changes {
		if define, ok := change.(entra.DefineExtension); ok && errors.Is(calls[i].err, entra.ErrAlreadyExists) {
			names = append(names, define.Property.Name)
		}
	}
	return names
}

// lookForPrincipal finds out why directory extensions are not available although they have been defined: Microsoft Entra
// ID takes its time, has lost a definition, or waits for the application's service principal.
func (r *recording) lookForPrincipal(ctx context.Context) error {
	info, err := r.servicePrincipalByClientID(r.clientID).ToGetRequestInformation(ctx, nil)
	principal := newCall("read the service principal", entra.ReadApplications, info, err)
	l := onPremLook{clientID: r.clientID, properties: entra.OnPremProperties, definitions: true, copies: 1}
	have, err := r.lookAtOnPrem(ctx, l, principal)
	switch {
	case errors.Is(err, entra.ErrNotYetVisible):
		return nil
	case err != nil:
		return asApplication(r.clientID, err)
	case errors.Is(principal.err, entra.ErrNotFound):
		return &entra.UnavailableExtensionsError{ClientID: r.clientID}
	}
	r.have, r.made = have, nil
	return nil
}

// refusedBy tells whether one of the calls was refused with an answer of the kind.
func refusedBy(calls []*call, kind func(*answer) bool) bool {
	for _, c := range calls {
		if c.err != nil && c.answer != nil && kind(c.answer) {
			return true
		}
	}
	return false
}
