package graph

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// takeOver claims a registration that a broken create left, by writing this run's nonce over that of the other. It
// refuses any other registration.
func (t *tenant) takeOver(ctx context.Context, found entra.Registration, c claiming) (claimed, error) {
	if !found.Provisioning() {
		return claimed{}, c.taken(found)
	}
	if len(found.Secrets)+len(found.Keys) > 0 {
		finished, err := t.finishesSoon(ctx, found.ObjectID)
		if err != nil {
			return claimed{}, err
		}
		if finished {
			return claimed{}, c.taken(found)
		}
	}
	tags, err := t.writeClaim(ctx, found, c)
	if err != nil {
		return claimed{}, err
	}
	tflog.Info(ctx, "finishing what an earlier run left unfinished", map[string]any{
		"tenant_id": t.id, "kind": c.kind.String(), "client_id": found.ClientID,
	})
	before := entra.ProvisioningNonce(found.Tags)
	found.Tags = tags
	return claimed{registration: found, before: before, since: t.options.Clock.Now()}, nil
}

// finishesSoon watches a registration that has its credential already: a run that is alive would be about to finish it, or
// has done so a moment ago, and its credential must not be taken for that of a run that has broken off.
func (t *tenant) finishesSoon(ctx context.Context, objectID string) (finished bool, err error) {
	wait := waiting{forWhat: "see whether another run finishes the application", patience: lostPatience}
	err = t.wait(ctx, wait, func() (bool, error) {
		reads := t.readTagsSeveralTimes(ctx, objectID)
		if err := t.run(ctx, plan{calls: reads}); err != nil {
			return false, err
		}
		_, finished, err = tagsOfFinished(reads)
		return finished, err
	})
	if errors.Is(err, errPatience) {
		err = nil
	}
	return finished, err
}

// writeClaim writes this run's nonce over that of another. No write depends on what is there, so the tags are read
// immediately before it, in the same batch, and several times because replicas may lag behind. Once one of the reads shows
// no nonce any more, the other run has finished the registration: it gets its tags back.
func (t *tenant) writeClaim(ctx context.Context, found entra.Registration, c claiming) ([]string, error) {
	tags := c.kind.ClaimedTags(found.Tags, c.nonce)
	for retries := newRetries(t); ; {
		reads := t.readTagsSeveralTimes(ctx, found.ObjectID)
		write := t.patchApplication(ctx, "take over the unfinished application", found.ObjectID, body{"tags": tags})
		calls := append(slices.Clone(reads), write)
		if err := cmp.Or(firstError(calls), t.send(ctx, calls, true)); err != nil {
			return nil, err
		}
		previous, finished, err := tagsOfFinished(reads)
		if err == nil && finished {
			if err := t.giveBack(ctx, found.ObjectID, previous); err != nil {
				return nil, err
			}
			return nil, c.taken(found)
		}
		again, siftErr := retries.sift(ctx, calls, true)
		if err := cmp.Or(err, siftErr); err != nil || len(again) == 0 {
			return tags, cmp.Or(err, firstError(calls))
		}
	}
}

// tagsOfFinished are the tags of the first read that shows a finished registration.
func tagsOfFinished(reads []*call) (tags []string, finished bool, err error) {
	for _, read := range reads {
		if !read.answer.ok() {
			break // those behind it, and the write, were not attempted
		}
		if tags, err = decodeTags(read); err != nil || entra.ProvisioningNonce(tags) == "" {
			return tags, err == nil, err
		}
	}
	return nil, false, nil
}

// resume brings a registration in line that another run has left, once its claim is seen.
func (w *work) resume(ctx context.Context) error {
	wait := waiting{forWhat: "see the claim on the unfinished application"}
	if err := w.tenant.wait(ctx, wait, func() (bool, error) { return w.seesClaim(ctx) }); err != nil {
		return err
	}
	if err := w.lookUntil(ctx, wait, anything); err != nil {
		return err
	}
	return w.reconcile(ctx)
}

// seesClaim tells whether several reads show the claim. One that shows none at all is of a moment after the other run had
// finished, which the reads before the claim did not show because they lagged behind.
func (w *work) seesClaim(ctx context.Context) (bool, error) {
	reads := w.tenant.readTagsSeveralTimes(ctx, w.have.ObjectID)
	if err := w.tenant.run(ctx, plan{calls: reads}); err != nil {
		return false, err
	}
	seen := true
	for _, read := range reads {
		tags, err := decodeTags(read)
		if err != nil {
			return false, err
		}
		err = w.checkClaim(entra.Registration{ClientID: w.have.ClientID, Tags: tags})
		var lost *entra.LostClaimError
		if errors.As(err, &lost) && (lost.Finished || w.tenant.options.Clock.Now().Sub(w.claimed.since) > lostPatience) {
			return false, err
		}
		seen = seen && err == nil
	}
	return seen, nil
}

// giveBack takes the claim off an application that is another run's.
func (t *tenant) giveBack(ctx context.Context, objectID string, tags []string) error {
	restore := t.patchApplication(ctx, "give the application its tags back", objectID, body{"tags": tags})
	return t.run(ctx, plan{calls: []*call{restore}})
}

// overtaken deals with an upsert that met an application although the look-up had found none: a concurrent run made it,
// or the look-up was served by a replica that lags behind. The upsert has replaced its name and tags. A registration
// that had been finished gets them back; any other is this run's now.
func (t *tenant) overtaken(ctx context.Context, name string, c claiming) (claimed, error) {
	lookup := t.lookUpName(ctx, name).waitingFor(missing)
	if err := t.run(ctx, plan{calls: []*call{lookup}}); err != nil {
		return claimed{}, err
	}
	application, err := t.decodeApplication(lookup)
	if err != nil {
		return claimed{}, err
	}
	found, err := t.readRegistration(ctx, entra.Ref{Kind: c.kind, ClientID: application.ClientID, ObjectID: application.ObjectID})
	if err != nil {
		return claimed{}, err
	}
	if !c.wasFinished(found) {
		claim := claimed{registration: found, since: t.options.Clock.Now()}
		if seen := entra.ProvisioningNonce(application.Tags); seen != c.nonce {
			claim.before = seen
		}
		return claim, nil
	}
	previous, err := t.servicePrincipalOf(ctx, found.ClientID)
	if err != nil {
		return claimed{}, err
	}
	tags := slices.DeleteFunc(append([]string{}, previous.Tags...), func(tag string) bool {
		return tag == entra.TagProvisioning(c.nonce) || tag == newServicePrincipalTag
	})
	restore := t.patchApplication(ctx, "give the finished application its name and tags back", found.ObjectID,
		body{"displayName": previous.DisplayName, "tags": tags})
	if err := t.run(ctx, plan{calls: []*call{restore}}); err != nil {
		return claimed{}, err
	}
	found.UniqueName, found.DisplayName, found.Tags = name, previous.DisplayName, tags
	return claimed{}, c.taken(found)
}

// wasFinished judges a registration whose tags are no witness any more: it can be signed in with, and, where the session
// of this name is to have consent, everything that it declares is granted, as far as names are known.
func wasFinished(found entra.Registration, consent bool) bool {
	missing := slices.DeleteFunc(found.MissingConsents(found.Manifest), func(p entra.Permission) bool {
		return p.Kind == entra.Delegated && p.Name == ""
	})
	return len(found.Secrets)+len(found.Keys) > 0 && found.ServicePrincipal != nil && (len(missing) == 0 || !consent)
}

// servicePrincipalOf reads what the service principal still shows of its application: it follows the application's name
// and tags with a delay.
func (t *tenant) servicePrincipalOf(ctx context.Context, clientID string) (entra.API, error) {
	id := strings.ToLower(clientID)
	if err := t.readAPIs(ctx, []string{id}, apiProperties); err != nil {
		return entra.API{}, err
	}
	api, ok := t.apis.get(id)
	t.apis.forget(id)
	if !ok {
		return entra.API{}, &entra.GraphError{Kind: entra.ErrNotYetVisible, Operation: "read the service principal's name and tags"}
	}
	return api, nil
}
