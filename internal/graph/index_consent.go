package graph

import (
	"context"
	"slices"

	"github.com/microsoftgraph/msgraph-sdk-go/serviceprincipals"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// consentsTogether is of how many sessions the consent is asked for at a time: that of ten fits in a batch, and some
// batches on their way are enough to make use of the latency and still heed what the answers say of limits.
const consentsTogether = 4 * maxBatch / 2

// WithConsent asks for the application permissions and the delegated ones of each session, by its client ID, so that
// nothing has to be looked up before.
func (g *Gateway) WithConsent(
	ctx context.Context, tenantID string, registrations []entra.Registration,
) ([]entra.Registration, error) {
	t := g.tenant(tenantID)
	registrations = slices.Clone(registrations)
	for chunk := range slices.Chunk(registrations, consentsTogether) {
		if err := t.addConsent(ctx, chunk); err != nil {
			return nil, err
		}
	}
	t.nameManifests(ctx, registrations)
	return registrations, nil
}

// addConsent completes the registrations. A service principal that several looks do not show is taken not to be there,
// and nothing to be granted to it; one that is half there is waited for.
func (t *tenant) addConsent(ctx context.Context, registrations []entra.Registration) error {
	pending := make([]*entra.Registration, len(registrations))
	for i := range registrations {
		pending[i] = &registrations[i]
	}
	looks := 0
	wait := waiting{forWhat: "see the service principals of App sessions", patience: settlePatience, attempts: 3 * looksToBelieve}
	return t.wait(ctx, wait, func() (bool, error) {
		absent, half, err := t.lookAtConsent(ctx, pending)
		pending = append(absent, half...)
		looks++
		return len(half) == 0 && (len(absent) == 0 || looks >= looksToBelieve), err
	})
}

// lookAtConsent looks once. It returns those whose service principal does not show, and those where it shows in one of two
// answers only.
func (t *tenant) lookAtConsent(ctx context.Context, registrations []*entra.Registration) (absent, half []*entra.Registration, err error) {
	collections := make([]*call, 0, 2*len(registrations))
	for _, registration := range registrations {
		collections = append(collections, t.rolesOf(ctx, registration.ClientID), t.scopesOf(ctx, registration.ClientID))
	}
	pages, err := t.list(ctx, nil, collections...)
	if err != nil {
		return nil, nil, err
	}
	for i, registration := range registrations {
		roles, scopes := pages[2*i], pages[2*i+1]
		switch {
		case roles[0].err != nil && scopes[0].err != nil:
			absent = append(absent, registration)
		case roles[0].err != nil || scopes[0].err != nil:
			half = append(half, registration)
		default:
			if err := t.decodeConsent(ctx, roles, scopes, registration); err != nil {
				return nil, nil, err
			}
		}
	}
	return absent, half, nil
}

func (t *tenant) rolesOf(ctx context.Context, clientID string) *call {
	info, err := t.servicePrincipal(keyToReplace).AppRoleAssignments().ToGetRequestInformation(ctx,
		&serviceprincipals.ItemAppRoleAssignmentsRequestBuilderGetRequestConfiguration{
			QueryParameters: &serviceprincipals.ItemAppRoleAssignmentsRequestBuilderGetQueryParameters{Top: &pageSize},
		})
	return newCall("read the granted application permissions", entra.ReadApplications, info, err).ofClient(clientID)
}

func (t *tenant) scopesOf(ctx context.Context, clientID string) *call {
	info, err := t.servicePrincipal(keyToReplace).Oauth2PermissionGrants().ToGetRequestInformation(ctx, nil)
	return newCall("read the granted delegated permissions", entra.ReadDelegatedGrants, info, err).ofClient(clientID)
}
