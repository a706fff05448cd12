package graph

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/microsoftgraph/msgraph-sdk-go/serviceprincipals"
	"github.com/microsoftgraph/msgraph-sdk-go/serviceprincipalswithappid"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

var (
	apiProperties     = []string{"id", "appId", "displayName", "tags"}
	apiWithPermission = append(slices.Clone(apiProperties), "appRoles", "oauth2PermissionScopes")
)

// findAPIs looks up the service principals of the APIs that are not known yet, in one batch together with the other
// calls. An API without a service principal stays unknown.
func (t *tenant) findAPIs(ctx context.Context, ids []string, others ...*call) error {
	known := func(id string) bool {
		_, ok := t.apis.byID[id]
		return ok
	}
	aboard := others
	err := t.apis.lookUpOnce(ctx, ids, known, func(mine []string) error {
		err := t.readAPIs(ctx, mine, apiProperties, aboard...)
		aboard = nil
		return err
	})
	return cmp.Or(err, firstError(others))
}

// deep marks the key of a look-up that asks for the permissions, too.
const deep = " permissions"

// findPermissions makes the permissions of the APIs known.
func (t *tenant) findPermissions(ctx context.Context, ids []string) error {
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = id + deep
	}
	known := func(key string) bool {
		return t.apis.byID[strings.TrimSuffix(key, deep)].Permissions != nil
	}
	return t.apis.lookUpOnce(ctx, keys, known, func(mine []string) error {
		ids := make([]string, len(mine))
		for i, key := range mine {
			ids[i] = strings.TrimSuffix(key, deep)
		}
		return t.readAPIs(ctx, ids, apiWithPermission)
	})
}

// readAPIs looks up the APIs, and runs the other calls, which keep their errors, in the same batch.
func (t *tenant) readAPIs(ctx context.Context, ids, properties []string, others ...*call) error {
	lookups := make([]*call, len(ids))
	for i, id := range ids {
		info, err := t.servicePrincipalByClientID(id).ToGetRequestInformation(ctx,
			&serviceprincipalswithappid.ServicePrincipalsWithAppIdRequestBuilderGetRequestConfiguration{
				QueryParameters: &serviceprincipalswithappid.ServicePrincipalsWithAppIdRequestBuilderGetQueryParameters{
					Select: properties,
				},
			})
		lookups[i] = newCall("look up the API "+(entra.API{ID: id}).Label(), entra.ReadApplications, info, err)
	}
	_ = t.run(ctx, plan{calls: append(lookups, others...)}) // the calls hold their errors
	for _, c := range lookups {
		if errors.Is(c.err, entra.ErrNotFound) {
			continue
		}
		if c.err != nil {
			return c.err
		}
		api, decodeErr := decodeAPI(c)
		if decodeErr != nil {
			return decodeErr
		}
		if api.Permissions == nil && slices.Contains(properties, "appRoles") {
			api.Permissions = []entra.Permission{} // it is known to publish none
		}
		t.apis.put(api)
	}
	return nil
}

// nameResources completes the APIs on which something is granted: it looks up the service principals that nothing is
// known of.
func (t *tenant) nameResources(ctx context.Context, objectIDs []string) error {
	known := func(id string) bool {
		_, ok := t.apis.ofServicePrincipal(id)
		return ok
	}
	ids := slices.Compact(slices.Sorted(slices.Values(objectIDs)))
	return t.apis.lookUpOnce(ctx, ids, known, func(mine []string) error { return t.readResources(ctx, mine) })
}

// readResources looks the service principals up. One that several looks do not find is taken to be gone, though something
// is still granted on it; its object id stands for what is not known of it.
func (t *tenant) readResources(ctx context.Context, objectIDs []string) error {
	looks := 0
	wait := waiting{forWhat: "see the service principals on which something is granted"}
	return t.wait(ctx, wait, func() (bool, error) {
		lookups := make([]*call, len(objectIDs))
		for i, id := range objectIDs {
			info, err := t.servicePrincipal(id).ToGetRequestInformation(ctx,
				&serviceprincipals.ServicePrincipalItemRequestBuilderGetRequestConfiguration{
					QueryParameters: &serviceprincipals.ServicePrincipalItemRequestBuilderGetQueryParameters{Select: apiProperties},
				})
			lookups[i] = newCall("look up the resource "+id, entra.ReadApplications, info, err)
		}
		if t.run(ctx, plan{calls: lookups}) != nil {
			if err := otherThanAbsence(lookups); err != nil {
				return false, err
			}
		}
		looks++
		var absent []string
		for i, c := range lookups {
			switch {
			case c.err == nil:
				api, err := decodeAPI(c)
				if err != nil {
					return false, err
				}
				t.apis.put(api)
			case looks == looksToBelieve:
				t.apis.put(entra.API{ID: objectIDs[i], ServicePrincipalID: objectIDs[i]})
			default:
				absent = append(absent, objectIDs[i])
			}
		}
		objectIDs = absent
		return len(absent) == 0, nil
	})
}

func decodeAPI(c *call) (entra.API, error) {
	principal, err := decode[servicePrincipalObject](c)
	if err != nil {
		return entra.API{}, err
	}
	api := entra.API{
		ID: strings.ToLower(principal.AppID), ServicePrincipalID: principal.ID,
		DisplayName: principal.DisplayName, Tags: principal.Tags,
	}
	for _, role := range principal.AppRoles {
		if slices.Contains(role.AllowedMemberTypes, "Application") {
			api.Permissions = append(api.Permissions, entra.Permission{
				API: api.ID, Kind: entra.Application, ID: strings.ToLower(role.ID), Name: role.Value,
			})
		}
	}
	for _, scope := range principal.OAuth2PermissionScopes {
		api.Permissions = append(api.Permissions, entra.Permission{
			API: api.ID, Kind: entra.Delegated, ID: strings.ToLower(scope.ID), Name: scope.Value,
		})
	}
	return api, nil
}

// Resolve finds the permissions in the catalogue, and those it lacks, by name or by id, in the tenant: once per API and
// process.
func (g *Gateway) Resolve(ctx context.Context, tenantID string, refs []entra.PermissionRef) (entra.Access, error) {
	t := g.tenant(tenantID)
	var found []entra.Permission
	var open []entra.PermissionRef
	var apis []string
	for _, ref := range refs {
		if p, ok := ref.Resolve(); ok && p.Name != "" {
			found = append(found, p)
			continue
		}
		open = append(open, ref)
		if !slices.Contains(apis, ref.API) {
			apis = append(apis, ref.API)
		}
	}
	if err := t.findPermissions(ctx, apis); err != nil {
		return nil, err
	}
	var failures []error
	for _, ref := range open {
		api, ok := t.apis.get(ref.API)
		if !ok {
			failures = append(failures, &entra.MissingAPIError{API: entra.API{ID: ref.API}})
			continue
		}
		p, err := ref.ResolveIn(api)
		if err != nil {
			failures = append(failures, err)
			continue
		}
		found = append(found, p)
	}
	return entra.NewAccess(found...), errors.Join(failures...)
}
