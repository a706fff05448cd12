package graph

import (
	"cmp"
	"context"
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

// writeClaim writes this run's nonce over that of another. No write depends on what is there, so the tags are read
// immediately before it, in the same batch, and several times because replicas may lag behind. Once one of the reads shows
// no nonce any more, the other run has finished the registration: it gets its tags back.
func (t *tenant) writeClaim(ctx context.Context, found entra.Registration, c claiming) ([]string, error) {
	tags := c.kind.ClaimedTags(found.Tags, c.nonce)
	for retries := newRetries(t); ; {
		reads := make([]*call, agreeingCopies)
		for i := range reads {
			reads[i] = t.readTags(ctx, found.ObjectID).waitingFor(missing)
		}
		write := t.patchApplication(ctx, "take over the unfinished application", found.ObjectID, body{"tags": tags})
		calls := append(slices.Clone(reads), write)
		if err := cmp.Or(firstError(calls), t.send(ctx, calls, true)); err != nil {
			return nil, err
		}
		previous, finished, err := tagsOfFinished(reads)
		if err == nil && finished {
			return nil, t.giveBack(ctx, found, previous, c)
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

// giveBack takes the claim on a registration back that another run has finished.
func (t *tenant) giveBack(ctx context.Context, finished entra.Registration, tags []string, c claiming) error {
	restore := t.patchApplication(ctx, "give the finished application its tags back", finished.ObjectID, body{"tags": tags})
	if err := t.run(ctx, plan{calls: []*call{restore}}); err != nil {
		return err
	}
	finished.Tags = tags
	return c.taken(finished)
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
