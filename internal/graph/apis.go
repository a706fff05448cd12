package graph

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/microsoftgraph/msgraph-sdk-go/serviceprincipals"
	"github.com/microsoftgraph/msgraph-sdk-go/serviceprincipalswithappid"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// apiCache keeps what was learnt of a tenant's resource applications, so that each is looked up once.
type apiCache struct {
	lookup chan struct{} // holds one while somebody looks up, so that nobody asks for the same in the meantime
	mu     sync.Mutex
	byID   map[string]entra.API // by application id
}

// reserve waits for its turn to look up, and returns what ends it.
func (c *apiCache) reserve(ctx context.Context) (release func(), err error) {
	select {
	case c.lookup <- struct{}{}:
		return func() { <-c.lookup }, nil
	case <-ctx.Done():
		return nil, &entra.GraphError{Kind: entra.ErrUnavailable, Operation: "wait for another look-up of the same APIs", Cause: ctx.Err()}
	}
}

func (c *apiCache) get(id string) (entra.API, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	api, ok := c.byID[id]
	return api, ok
}

func (c *apiCache) byServicePrincipal(objectID string) (entra.API, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, api := range c.byID {
		if api.ServicePrincipalID == objectID {
			return api, true
		}
	}
	return entra.API{}, false
}

func (c *apiCache) put(api entra.API) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byID == nil {
		c.byID = map[string]entra.API{}
	}
	if known, ok := c.byID[api.ID]; ok && api.Permissions == nil && known.ServicePrincipalID == api.ServicePrincipalID {
		return // do not forget the permissions of a fuller answer
	}
	c.byID[api.ID] = api
}

// forget drops an API that proved to be out of date.
func (c *apiCache) forget(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.byID, id)
}

// seed takes over what an earlier run knew.
func (c *apiCache) seed(hints entra.Hints) {
	for servicePrincipalID, id := range hints.APIs {
		if _, ok := c.get(id); !ok {
			c.put(entra.API{ID: id, ServicePrincipalID: servicePrincipalID})
		}
	}
}

var (
	apiProperties     = []string{"id", "appId", "displayName", "tags"}
	apiWithPermission = append(slices.Clone(apiProperties), "appRoles", "oauth2PermissionScopes")
)

// findAPIs looks up the service principals of the APIs that are not known yet, in one batch together with the other
// calls. An API without a service principal stays unknown.
func (t *tenant) findAPIs(ctx context.Context, ids []string, others ...*call) error {
	release, err := t.apis.reserve(ctx)
	if err != nil {
		return err
	}
	unknown := slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
		_, ok := t.apis.get(id)
		return ok
	})
	if len(unknown) == 0 {
		release()
		if len(others) == 0 {
			return nil
		}
		return t.run(ctx, plan{calls: others})
	}
	defer release()
	return t.readAPIs(ctx, unknown, apiProperties, others...)
}

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
	err := t.run(ctx, plan{calls: append(lookups, others...)})
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
	if err != nil && len(others) == 0 {
		return nil // only absent APIs, which the caller sees by their absence
	}
	return firstError(others)
}

// nameResources completes the APIs on which something is granted: it looks up the service principals that nothing is
// known of.
func (t *tenant) nameResources(ctx context.Context, objectIDs []string) error {
	var lookups []*call
	for _, id := range slices.Compact(slices.Sorted(slices.Values(objectIDs))) {
		if _, ok := t.apis.byServicePrincipal(id); ok {
			continue
		}
		info, err := t.servicePrincipal(id).ToGetRequestInformation(ctx,
			&serviceprincipals.ServicePrincipalItemRequestBuilderGetRequestConfiguration{
				QueryParameters: &serviceprincipals.ServicePrincipalItemRequestBuilderGetQueryParameters{Select: apiProperties},
			})
		lookups = append(lookups, newCall("look up the resource "+id, entra.ReadApplications, info, err))
	}
	if t.run(ctx, plan{calls: lookups}) != nil {
		if err := otherThanAbsence(lookups); err != nil {
			return err
		}
	}
	for _, c := range lookups {
		if c.err != nil {
			continue
		}
		api, err := decodeAPI(c)
		if err != nil {
			return err
		}
		t.apis.put(api)
	}
	return nil
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

// findPermissions makes the permissions of the APIs known.
func (t *tenant) findPermissions(ctx context.Context, ids []string) error {
	release, err := t.apis.reserve(ctx)
	if err != nil {
		return err
	}
	defer release()
	unknown := slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
		api, ok := t.apis.get(id)
		return ok && api.Permissions != nil
	})
	if len(unknown) == 0 {
		return nil
	}
	return t.readAPIs(ctx, unknown, apiWithPermission)
}
