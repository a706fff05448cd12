package graph

import (
	"cmp"
	"context"
	"errors"

	"github.com/microsoftgraph/msgraph-sdk-go/applications"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

const (
	// looksToBelieve is how many looks in a row have to show the same before a read believes what differs from what an
	// earlier one has shown.
	looksToBelieve = 3
	// agreeingCopies is how many times one look asks for everything where replicas may disagree. It is as much as one
	// batch holds.
	agreeingCopies = 3
)

// Read reads the registration in one batch. Where that shows something else than an earlier read has shown, above all
// that the application or a credential of ours is gone, it looks again before it believes so, because a replica may lag
// behind: what the state drops then, the next apply makes anew.
func (g *Gateway) Read(ctx context.Context, tenantID string, ref entra.Ref) (entra.Registration, error) {
	return g.tenant(tenantID).readRegistration(ctx, ref)
}

func (t *tenant) readRegistration(ctx context.Context, ref entra.Ref) (entra.Registration, error) {
	t.apis.seed(ref.Hints)
	var have entra.Registration
	var outcome error
	copies := 1
	wait := waiting{
		forWhat: "see the same " + ref.Kind.String() + " several times in a row", patience: settlePatience, attempts: 3 * looksToBelieve,
	}
	err := t.believe(ctx, wait, func() (string, bool, error) {
		have, outcome = t.read(ctx, ref, copies)
		copies = agreeingCopies
		return fingerprint(have, outcome), outcome == nil && expected(have, ref), unlessNotFound(outcome)
	})
	return have, cmp.Or(err, outcome)
}

// believe looks until what is seen can be believed: at once where the look is sure, else when several looks in a row have
// seen the same. A look that fails with ErrNotYetVisible, because its copies differ, begins the row anew; any other error
// ends it.
func (t *tenant) believe(ctx context.Context, wait waiting, look func() (seen string, sure bool, err error)) error {
	last, alike := "", 0
	return t.wait(ctx, wait, func() (bool, error) {
		seen, sure, err := look()
		switch {
		case errors.Is(err, entra.ErrNotYetVisible):
			alike = 0
			return false, nil
		case err != nil || sure:
			return err == nil, err
		case seen != last:
			last, alike = seen, 0
		}
		alike++
		return alike >= looksToBelieve, nil
	})
}

// fingerprint is that of what was seen; something of its own for an application that is gone.
func fingerprint(have entra.Registration, outcome error) string {
	if outcome != nil {
		return "gone"
	}
	return have.Fingerprint()
}

// expected tells whether a read shows what is known to be there: what the last one showed, or, where there was none,
// the credentials of ours.
func expected(have entra.Registration, ref entra.Ref) bool {
	if ref.Hints.Seen != "" {
		return have.Fingerprint() == ref.Hints.Seen
	}
	_, secret := have.Secret(ref.Owned.SecretKeyID)
	_, certificate := have.Key(ref.Owned.CertificateSHA256)
	return (ref.Owned.SecretKeyID == "" || secret) && (ref.Owned.CertificateSHA256 == "" || certificate)
}

// read looks at the registration, copies times in one batch, and fails with ErrNotYetVisible when the copies differ.
// Ids that the reference lacks, or that turn out to be out of date, cost a second round trip; when they change again,
// replicas disagree.
func (t *tenant) read(ctx context.Context, ref entra.Ref, copies int) (entra.Registration, error) {
	for range 2 {
		l := t.lookingAt(ctx, ref, copies)
		if err := l.send(ctx); err != nil {
			return entra.Registration{}, err
		}
		known, complete, err := l.ids()
		if err != nil {
			return entra.Registration{}, err
		}
		if !complete {
			ref = known
			continue
		}
		return l.agreed(ctx)
	}
	return entra.Registration{}, disagreement("see the same service principal twice")
}

func disagreement(operation string) error {
	return &entra.GraphError{Kind: entra.ErrNotYetVisible, Operation: operation}
}

// readSecrets reads the client secrets, without their values.
func (t *tenant) readSecrets(ctx context.Context, objectID string) *call {
	info, err := t.application(objectID).ToGetRequestInformation(ctx,
		&applications.ApplicationItemRequestBuilderGetRequestConfiguration{
			QueryParameters: &applications.ApplicationItemRequestBuilderGetQueryParameters{Select: []string{"passwordCredentials"}},
		})
	return newCall("see the client secret", entra.ReadApplications, info, err)
}

// readKeys reads the certificates. Only this very selection hands out their contents.
func (t *tenant) readKeys(ctx context.Context, objectID string) *call {
	info, err := t.application(objectID).ToGetRequestInformation(ctx,
		&applications.ApplicationItemRequestBuilderGetRequestConfiguration{
			QueryParameters: &applications.ApplicationItemRequestBuilderGetQueryParameters{Select: []string{"keyCredentials"}},
		})
	return newCall("read the certificates", entra.ReadApplications, info, err)
}
