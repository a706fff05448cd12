package graph

import (
	"context"
	"errors"
	"slices"

	"github.com/microsoftgraph/msgraph-sdk-go/applications"
	"github.com/microsoftgraph/msgraph-sdk-go/applicationswithappid"
	"github.com/microsoftgraph/msgraph-sdk-go/rolemanagement"
	"github.com/microsoftgraph/msgraph-sdk-go/serviceprincipals"
	"github.com/microsoftgraph/msgraph-sdk-go/serviceprincipalswithappid"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

var applicationProperties = []string{
	"id", "appId", "displayName", "uniqueName", "notes", "tags", "signInAudience", "requiredResourceAccess",
	"passwordCredentials", "createdByAppId",
}

var servicePrincipalProperties = []string{"id", "appId", "appRoleAssignmentRequired"}

// pageSize is the largest page that Microsoft Graph serves of directory objects.
var pageSize = int32(999)

// reading is the set of calls that read one registration.
type reading struct {
	application, keys, owners, principal *call
	roles, scopes, directoryRoles        *call
}

// Read reads the registration in one batch. It looks again before it believes that the application, or a credential of
// ours, is gone, because a replica may lag behind: what the state drops then, the next apply makes anew.
func (g *Gateway) Read(ctx context.Context, tenantID string, ref entra.Ref) (entra.Registration, error) {
	t := g.tenant(tenantID)
	t.apis.seed(ref.Hints)
	for look := 1; ; look++ {
		registration, err := t.read(ctx, ref)
		doubtful := errors.Is(err, entra.ErrNotFound) || errors.Is(err, entra.ErrNotYetVisible) ||
			err == nil && lacks(registration, ref.Owned)
		if !doubtful || look == looksForGone {
			return registration, err
		}
		if waitErr := t.options.Clock.Wait(ctx, pause(look)); waitErr != nil {
			return registration, err
		}
	}
}

// lacks tells whether the registration does not show a credential of ours.
func lacks(registration entra.Registration, owned entra.Owned) bool {
	_, secret := registration.Secret(owned.SecretKeyID)
	_, certificate := registration.Key(owned.CertificateSHA256)
	return owned.SecretKeyID != "" && !secret || owned.CertificateSHA256 != "" && !certificate
}

// looksForGone is how many reads must agree that something is gone.
const looksForGone = 3

// read reads the registration once. Ids that the reference lacks, or that turn out to be out of date, cost a second
// round trip; when they change again, replicas disagree.
func (t *tenant) read(ctx context.Context, ref entra.Ref) (entra.Registration, error) {
	for range 2 {
		r := t.readingOf(ctx, ref)
		pages, err := t.list(ctx, compact(r.application, r.keys, r.principal), compact(r.owners, r.roles, r.scopes, r.directoryRoles)...)
		if err != nil {
			return entra.Registration{}, err
		}
		if r.application.err != nil {
			return entra.Registration{}, r.application.err
		}
		registration, err := t.decodeApplication(r.application)
		if err != nil {
			return entra.Registration{}, err
		}
		registration.CreatorID = ref.Hints.Creator
		if err := decodePrincipal(r.principal, &registration); err != nil {
			return entra.Registration{}, err
		}
		known := entra.Ref{ClientID: ref.ClientID, ObjectID: registration.ObjectID, DirectoryRoles: ref.DirectoryRoles, Hints: ref.Hints}
		if registration.ServicePrincipal != nil {
			known.ServicePrincipalID = registration.ServicePrincipal.ObjectID
		}
		if known.ObjectID != ref.ObjectID || known.ServicePrincipalID != ref.ServicePrincipalID {
			ref = known
			continue
		}
		if err := t.decodeDetails(ctx, r, pages, &registration); errors.Is(err, entra.ErrNotFound) {
			// The application is there and a part of it is not: replicas disagree.
			return registration, &entra.GraphError{Kind: entra.ErrNotYetVisible, Operation: err.Error()}
		} else if err != nil {
			return registration, err
		}
		return registration, nil
	}
	return entra.Registration{}, &entra.GraphError{Kind: entra.ErrNotYetVisible, Operation: "see the same service principal twice"}
}

func compact(calls ...*call) []*call {
	return slices.DeleteFunc(calls, func(c *call) bool { return c == nil })
}

// readingOf prepares the calls; those that take an id which is not known stay nil.
func (t *tenant) readingOf(ctx context.Context, ref entra.Ref) reading {
	var r reading
	info, err := t.applicationByClientID(ref.ClientID).ToGetRequestInformation(ctx,
		&applicationswithappid.ApplicationsWithAppIdRequestBuilderGetRequestConfiguration{
			QueryParameters: &applicationswithappid.ApplicationsWithAppIdRequestBuilderGetQueryParameters{Select: applicationProperties},
		})
	r.application = newCall("read the application", entra.ReadApplications, info, err)
	info, err = t.servicePrincipalByClientID(ref.ClientID).ToGetRequestInformation(ctx,
		&serviceprincipalswithappid.ServicePrincipalsWithAppIdRequestBuilderGetRequestConfiguration{
			QueryParameters: &serviceprincipalswithappid.ServicePrincipalsWithAppIdRequestBuilderGetQueryParameters{
				Select: servicePrincipalProperties,
			},
		})
	r.principal = newCall("read the service principal", entra.ReadApplications, info, err)
	if ref.ObjectID != "" {
		r.keys = t.readKeys(ctx, ref.ObjectID)
		info, err = t.application(ref.ObjectID).Owners().ToGetRequestInformation(ctx, nil)
		r.owners = newCall("read the owners", entra.ReadOwners, info, err)
	}
	if ref.ServicePrincipalID == "" {
		return r
	}
	principal := t.servicePrincipal(ref.ServicePrincipalID)
	info, err = principal.AppRoleAssignments().ToGetRequestInformation(ctx,
		&serviceprincipals.ItemAppRoleAssignmentsRequestBuilderGetRequestConfiguration{
			QueryParameters: &serviceprincipals.ItemAppRoleAssignmentsRequestBuilderGetQueryParameters{Top: &pageSize},
		})
	r.roles = newCall("read the granted application permissions", entra.ReadApplications, info, err)
	info, err = principal.Oauth2PermissionGrants().ToGetRequestInformation(ctx, nil)
	r.scopes = newCall("read the granted delegated permissions", entra.ReadDelegatedGrants, info, err)
	if ref.DirectoryRoles {
		filter := "principalId eq '" + ref.ServicePrincipalID + "'"
		info, err = t.roleAssignments().ToGetRequestInformation(ctx,
			&rolemanagement.DirectoryRoleAssignmentsRequestBuilderGetRequestConfiguration{
				QueryParameters: &rolemanagement.DirectoryRoleAssignmentsRequestBuilderGetQueryParameters{Filter: &filter},
			})
		r.directoryRoles = newCall("read the directory roles", entra.ReadDirectoryRoles, info, err)
	}
	return r
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
