package graph

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/microsoftgraph/msgraph-sdk-go/applicationswithappid"
	"github.com/microsoftgraph/msgraph-sdk-go/rolemanagement"
	"github.com/microsoftgraph/msgraph-sdk-go/serviceprincipals"
	"github.com/microsoftgraph/msgraph-sdk-go/serviceprincipalswithappid"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

var applicationProperties = []string{
	"id", "appId", "displayName", "uniqueName", "notes", "tags", "signInAudience", "requiredResourceAccess",
	"passwordCredentials", "keyCredentials", "createdByAppId",
}

var servicePrincipalProperties = []string{"id", "appId", "appRoleAssignmentRequired"}

// selected are the properties that a read of the kind asks for.
func selected(kind entra.Kind, properties []string) []string {
	if kind == entra.KindRegister {
		return append(slices.Clone(properties), "appRoles")
	}
	return properties
}

// pageSize is the largest page that Microsoft Graph serves of directory objects.
var pageSize = int32(999)

// reading is the set of calls that read one registration.
type reading struct {
	application, owners, principal *call
	roles, scopes, directoryRoles  *call // of a session
	rivals                         *call // of a register
}

// look is one look at a registration, which asks for everything one or several times.
type look struct {
	*tenant
	ref      entra.Ref
	readings []reading
	pages    map[*call][]*call // of the collections, by their first page
	keys     *call             // hands out the certificates; nil where they are known
	keysRead bool
	known    map[string]entra.KeyHint // by key id
}

// lookingAt prepares a look.
func (t *tenant) lookingAt(ctx context.Context, ref entra.Ref, copies int) *look {
	l := &look{tenant: t, ref: ref, known: map[string]entra.KeyHint{}, pages: map[*call][]*call{}}
	maps.Copy(l.known, ref.Hints.Keys)
	for range copies {
		l.readings = append(l.readings, t.readingOf(ctx, ref))
	}
	if ref.Hints.Keys == nil && ref.ObjectID != "" {
		l.keys = t.readKeys(ctx, ref.ObjectID)
	}
	return l
}

// send sends the calls. An absent object is an answer, too.
func (l *look) send(ctx context.Context) error {
	singles, collections := compact(l.keys), []*call(nil)
	for _, r := range l.readings {
		singles = append(singles, r.application, r.principal)
		collections = append(collections, compact(r.owners, r.roles, r.scopes, r.directoryRoles, r.rivals)...)
	}
	pages, err := l.list(ctx, singles, collections...)
	for i, c := range collections {
		if err == nil {
			l.pages[c] = pages[i]
		}
	}
	return err
}

// ids returns the reference with the ids that the look has shown, and whether it was made with these.
func (l *look) ids() (known entra.Ref, complete bool, err error) {
	ref := l.ref
	known = ref
	for i, r := range l.readings {
		if (r.application.err != nil) != (l.readings[0].application.err != nil) {
			return ref, false, disagreement("see the application twice")
		}
		if r.application.err != nil {
			continue
		}
		application, err := decode[applicationObject](r.application)
		if err != nil {
			return ref, false, err
		}
		found := entra.Ref{ObjectID: application.ID}
		if r.principal.err == nil {
			principal, err := decode[servicePrincipalObject](r.principal)
			if err != nil {
				return ref, false, err
			}
			found.ServicePrincipalID = principal.ID
		}
		if i > 0 && (found.ObjectID != known.ObjectID || found.ServicePrincipalID != known.ServicePrincipalID) {
			return ref, false, disagreement("see the same service principal twice")
		}
		known.ObjectID, known.ServicePrincipalID = found.ObjectID, found.ServicePrincipalID
	}
	if l.readings[0].application.err != nil {
		return ref, false, l.readings[0].application.err
	}
	return known, known.ObjectID == ref.ObjectID && known.ServicePrincipalID == ref.ServicePrincipalID, nil
}

// agreed returns the registration that all copies show.
func (l *look) agreed(ctx context.Context) (entra.Registration, error) {
	var first entra.Registration
	for i, r := range l.readings {
		have, err := l.decode(ctx, r)
		switch {
		case errors.Is(err, entra.ErrNotFound):
			// The application is there and a part of it is not: replicas disagree.
			return have, disagreement(err.Error())
		case err != nil:
			return have, err
		case i == 0:
			first = have
		case have.Fingerprint() != first.Fingerprint():
			return have, disagreement("see the same " + l.ref.Kind.String() + " twice")
		}
	}
	return first, nil
}

func compact(calls ...*call) []*call {
	return slices.DeleteFunc(calls, func(c *call) bool { return c == nil })
}

// readingOf prepares the calls; those that take an id which is not known stay nil.
func (t *tenant) readingOf(ctx context.Context, ref entra.Ref) reading {
	var r reading
	info, err := t.applicationByClientID(ref.ClientID).ToGetRequestInformation(ctx,
		&applicationswithappid.ApplicationsWithAppIdRequestBuilderGetRequestConfiguration{
			QueryParameters: &applicationswithappid.ApplicationsWithAppIdRequestBuilderGetQueryParameters{
				Select: selected(ref.Kind, applicationProperties),
			},
		})
	r.application = newCall("read the application", entra.ReadApplications, info, err)
	info, err = t.servicePrincipalByClientID(ref.ClientID).ToGetRequestInformation(ctx,
		&serviceprincipalswithappid.ServicePrincipalsWithAppIdRequestBuilderGetRequestConfiguration{
			QueryParameters: &serviceprincipalswithappid.ServicePrincipalsWithAppIdRequestBuilderGetQueryParameters{
				Select: selected(ref.Kind, servicePrincipalProperties),
			},
		})
	r.principal = newCall("read the service principal", entra.ReadApplications, info, err)
	if ref.ObjectID != "" {
		info, err = t.application(ref.ObjectID).Owners().ToGetRequestInformation(ctx, nil)
		r.owners = newCall("read the owners", entra.ReadOwners, info, err)
	}
	if ref.Kind == entra.KindRegister {
		r.rivals = t.listTagged(ctx)
		return r
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
