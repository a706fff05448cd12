package graph

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// onPremLook is what one look at the on-premises settings of an application asks for.
type onPremLook struct {
	clientID    string
	properties  []entra.ExtensionProperty // whose values to read
	definitions bool                      // list the definitions, too
	copies      int                       // how many times, in one batch
	patience    time.Duration             // how long the application may take to appear
}

// lookAtOnPrem takes one look, with the other calls in the same batch. It fails with ErrNotFound when the application is
// not there, and with ErrNotYetVisible when the copies differ.
func (t *tenant) lookAtOnPrem(ctx context.Context, l onPremLook, others ...*call) (entra.OnPremRecord, error) {
	var applications, lists []*call
	for range l.copies {
		applications = append(applications, t.readExtensions(ctx, l.clientID, l.properties).waitingBriefly(l.patience, missing))
		if l.definitions {
			lists = append(lists, t.listExtensions(ctx, l.clientID).waitingBriefly(l.patience, missing))
		}
	}
	pages, err := t.list(ctx, slices.Concat(others, applications), lists...)
	if err != nil {
		return entra.OnPremRecord{}, err
	}
	var first entra.OnPremRecord
	var outcome error
	for i, c := range applications {
		record, err := decodeExtensions(c, l.clientID)
		if l.definitions && err == nil {
			if record.Definitions, err = decodeDefinitions(pages[i], l.clientID); errors.Is(err, entra.ErrNotFound) {
				err = disagreement("see the directory extensions of an application that is there")
			}
		}
		switch {
		case i == 0:
			first, outcome = record, err
		case (err == nil) != (outcome == nil) || err == nil && record.Fingerprint() != first.Fingerprint():
			return first, disagreement("see the same on-premises settings twice")
		}
	}
	return first, outcome
}

// believeOnPrem looks until what is seen can be believed: at once where it is as expected, else when several looks in a
// row have shown the same.
func (t *tenant) believeOnPrem(
	ctx context.Context, l onPremLook, look func(onPremLook) (entra.OnPremRecord, error), expected func(entra.OnPremRecord) bool,
) (entra.OnPremRecord, error) {
	var have entra.OnPremRecord
	var outcome error
	wait := waiting{forWhat: "see the same on-premises settings several times in a row", patience: settlePatience}
	err := t.believe(ctx, wait, func() (string, bool, error) {
		have, outcome = look(l)
		l.copies, l.definitions, l.patience = agreeingCopies, true, 0
		seen := "gone"
		if outcome == nil && have.Values.Empty() {
			seen = have.Fingerprint()
		} else if outcome == nil {
			seen = have.Values.Fingerprint() // the first look may have left the definitions out
		}
		return seen, outcome == nil && expected(have), unlessNotFound(outcome)
	})
	return have, cmp.Or(err, outcome)
}

// ReadOnPrem reads the settings in one request. Where they are not as an earlier read has shown them, and above all where
// nothing is left of them, it looks again before it believes so.
func (g *Gateway) ReadOnPrem(ctx context.Context, tenantID string, ref entra.OnPremRef) (entra.OnPremRecord, error) {
	t := g.tenant(tenantID)
	first := onPremLook{clientID: ref.ClientID, properties: entra.OnPremProperties, copies: 1, definitions: ref.Hints.Definitions == nil}
	return t.believeOnPrem(ctx, first, func(l onPremLook) (entra.OnPremRecord, error) {
		return t.lookAtOnPrem(ctx, l)
	}, func(have entra.OnPremRecord) bool { return !have.Values.Empty() && asSeen(ref, have) })
}

// asSeen tells whether a record is as the last look has shown it, as far as that is known.
func asSeen(ref entra.OnPremRef, have entra.OnPremRecord) bool {
	return ref.Hints.Seen == "" || have.Values.Fingerprint() == ref.Hints.Seen
}

// CheckOnPrem looks at the tenant, and at the application where its client ID is known, in one batch. What it sees is kept
// for a create or an update that follows at once, as in every apply.
func (g *Gateway) CheckOnPrem(ctx context.Context, tenantID, clientID string, terms entra.OnPremTerms) error {
	t := g.tenant(tenantID)
	if clientID == "" {
		return t.checkOrganization(ctx, terms)
	}
	l := onPremLook{clientID: clientID, properties: entra.OnPremProperties, definitions: true, copies: 1}
	have, err := t.believeOnPrem(ctx, l, t.onTerms(ctx, terms), isAppSession)
	var unknown *entra.UnknownSynchronisationError
	if errors.As(err, &unknown) {
		// The application is looked at all the same, without what spoilt the look.
		have, err = t.believeOnPrem(ctx, l, t.onTerms(ctx, entra.OnPremTerms{}), isAppSession)
		return errors.Join(unknown, asAppSession(clientID, have, err))
	}
	if err == nil {
		t.looks.keep(have, t.options.Clock.Now())
	}
	return errors.Join(t.organization.on(terms, t.id), asAppSession(clientID, have, err))
}

// keptLooks are looks at on-premises settings that somebody is about to need.
type keptLooks struct {
	mu    sync.Mutex
	looks map[string]keptLook // by client ID
}

type keptLook struct {
	have entra.OnPremRecord
	at   time.Time
}

// lookAge is how long a look is good for.
const lookAge = 5 * time.Second

func (k *keptLooks) keep(have entra.OnPremRecord, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.looks == nil {
		k.looks = map[string]keptLook{}
	}
	k.looks[have.ClientID] = keptLook{have, now}
}

// take hands the look out, once.
func (k *keptLooks) take(clientID string, now time.Time) (entra.OnPremRecord, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	kept, ok := k.looks[clientID]
	delete(k.looks, clientID)
	return kept.have, ok && now.Sub(kept.at) <= lookAge
}

// checkOrganization looks at the tenant alone.
func (t *tenant) checkOrganization(ctx context.Context, terms entra.OnPremTerms) error {
	if !terms.RequireHybrid {
		return nil
	}
	err := t.withOrganization(ctx, func(look ...*call) error { return t.run(ctx, plan{calls: look}) })
	if err != nil {
		return &entra.UnknownSynchronisationError{Cause: err}
	}
	return t.organization.on(terms, t.id)
}

// onTerms returns a look that also learns what the terms depend on. Where that fails, it fails with
// *entra.UnknownSynchronisationError.
func (t *tenant) onTerms(ctx context.Context, terms entra.OnPremTerms) func(onPremLook) (entra.OnPremRecord, error) {
	return func(l onPremLook) (have entra.OnPremRecord, outcome error) {
		if !terms.RequireHybrid {
			return t.lookAtOnPrem(ctx, l)
		}
		err := t.withOrganization(ctx, func(look ...*call) error {
			have, outcome = t.lookAtOnPrem(ctx, l, look...)
			return firstError(look)
		})
		if err != nil {
			return have, &entra.UnknownSynchronisationError{Cause: err}
		}
		return have, outcome
	}
}

func isAppSession(have entra.OnPremRecord) bool {
	return slices.Contains(have.Tags, entra.TagAppSession)
}

// asAppSession tells what is wrong with the application that was looked at.
func asAppSession(clientID string, have entra.OnPremRecord, outcome error) error {
	if outcome == nil && !isAppSession(have) {
		return &entra.NotAppSessionError{ClientID: clientID, DisplayName: have.DisplayName}
	}
	return asApplication(clientID, outcome)
}

// asApplication turns the absence of the application into an error of the domain.
func asApplication(clientID string, err error) error {
	if errors.Is(err, entra.ErrNotFound) {
		return &entra.NoAppSessionError{ClientID: clientID}
	}
	return err
}
