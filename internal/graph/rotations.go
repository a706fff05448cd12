package graph

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/microsoftgraph/msgraph-sdk-go/applicationswithappid"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

var _ entra.Rotations = (*Gateway)(nil)

// RequestRotation marks the App session, removes its present secrets where these are to be revoked, and waits until reads
// show that, so that a refresh at once sees it.
func (g *Gateway) RequestRotation(ctx context.Context, tenantID, clientID string, revoke bool) (entra.RotationRequest, error) {
	t := g.tenant(tenantID)
	have, err := t.believeRequestable(ctx, clientID)
	if err != nil {
		return entra.RotationRequest{}, asApplication(clientID, err)
	}
	changes, err := entra.RequestRotation(have, revoke)
	if err != nil {
		return entra.RotationRequest{}, err
	}
	request := entra.RotationRequest{
		DisplayName: have.DisplayName, Again: have.RotationRequested(), Ours: len(have.MarkedSecrets()),
	}
	for _, change := range changes {
		switch change := change.(type) {
		case entra.MarkRotation:
			err = t.markRotation(ctx, have, change)
		case entra.RemoveSecret:
			c := t.removePassword(ctx, have.ObjectID, change)
			if err = unlessGone(t.run(ctx, plan{calls: []*call{c}}), []*call{c}); err == nil {
				request.Revoked = append(request.Revoked, change.KeyID)
			}
		default:
			err = fmt.Errorf("there is no request for the change %T", change)
		}
		if err != nil {
			return request, err
		}
	}
	return request, t.awaitRequest(ctx, clientID, request.Revoked)
}

// markRotation writes the tag. What its own reading of the tags shows counts: a create may have claimed the registration in
// the meantime.
func (t *tenant) markRotation(ctx context.Context, have entra.Registration, change entra.MarkRotation) error {
	_, err := t.changeTags(ctx, change.Describe(), have.ObjectID, func(tags []string) ([]string, error) {
		have.Tags = tags
		_, err := entra.RequestRotation(have, false)
		return entra.TagsOfRequest(tags), err
	})
	return err
}

// believeRequestable looks at the application until what is seen can be believed: at once where a rotation can be asked
// for, else when several looks in a row have shown the same.
func (t *tenant) believeRequestable(ctx context.Context, clientID string) (have entra.Registration, err error) {
	var outcome error
	wait := waiting{forWhat: "see the same App session several times in a row", patience: settlePatience}
	err = t.believe(ctx, wait, func() (string, bool, error) {
		have, outcome = t.lookForRotation(ctx, clientID)
		sure := false
		if outcome == nil {
			_, refused := entra.RequestRotation(have, false)
			sure = refused == nil
		}
		return fingerprint(have, outcome), sure, unlessNotFound(outcome)
	})
	return have, cmp.Or(err, outcome)
}

// awaitRequest waits until reads show the request, and nothing any more of what was revoked. Where replicas stay behind, a
// later refresh sees it.
func (t *tenant) awaitRequest(ctx context.Context, clientID string, revoked []string) error {
	wait := waiting{forWhat: "see the request for a new client secret", patience: settlePatience}
	err := t.wait(ctx, wait, func() (bool, error) {
		have, err := t.lookForRotation(ctx, clientID)
		if errors.Is(err, entra.ErrNotYetVisible) || errors.Is(err, entra.ErrNotFound) {
			return false, nil
		}
		left := slices.ContainsFunc(revoked, func(keyID string) bool {
			_, there := have.Secret(keyID)
			return there
		})
		return have.RotationRequested() && !left, err
	})
	if errors.Is(err, errPatience) {
		return nil
	}
	return err
}

// lookForRotation reads what a request for a rotation is about, several times at once. It fails with ErrNotFound when the
// application is not there, and with ErrNotYetVisible when the copies differ.
func (t *tenant) lookForRotation(ctx context.Context, clientID string) (entra.Registration, error) {
	copies := make([]*call, agreeingCopies)
	for i := range copies {
		info, err := t.applicationByClientID(clientID).ToGetRequestInformation(ctx,
			&applicationswithappid.ApplicationsWithAppIdRequestBuilderGetRequestConfiguration{
				QueryParameters: &applicationswithappid.ApplicationsWithAppIdRequestBuilderGetQueryParameters{
					Select: []string{"id", "appId", "displayName", "tags", "passwordCredentials"},
				},
			})
		copies[i] = newCall("read the App session", entra.ReadApplications, info, err)
	}
	if _, err := t.list(ctx, copies); err != nil {
		return entra.Registration{}, err
	}
	var first entra.Registration
	var outcome error
	for i, c := range copies {
		have, err := t.decodeApplication(c)
		switch {
		case i == 0:
			first, outcome = have, err
		case fingerprint(have, err) != fingerprint(first, outcome):
			return first, disagreement("see the same App session twice")
		}
	}
	return first, outcome
}
