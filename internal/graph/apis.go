package graph

import (
	"cmp"
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
	mu      sync.Mutex
	byID    map[string]entra.API // by application id
	flights map[string]*flight   // look-ups under way, by application id
}

// flight is a look-up under way.
type flight struct {
	landed chan struct{}
	failed bool // set before it has landed
}

// board divides the APIs that are not known well enough into those that the caller is to look up now, and the look-ups
// of others to wait for.
func (c *apiCache) board(ids []string, known func(entra.API) bool) (mine []string, others map[string]*flight) {
	c.mu.Lock()
	defer c.mu.Unlock()
	others = map[string]*flight{}
	for _, id := range ids {
		api, ok := c.byID[id]
		switch under, way := c.flights[id]; {
		case ok && known(api):
		case way:
			others[id] = under
		default:
			mine = append(mine, id)
			if c.flights == nil {
				c.flights = map[string]*flight{}
			}
			c.flights[id] = &flight{landed: make(chan struct{})}
		}
	}
	return mine, others
}

// land ends the look-ups of the caller.
func (c *apiCache) land(mine []string, failed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, id := range mine {
		c.flights[id].failed = failed
		close(c.flights[id].landed)
		delete(c.flights, id)
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
	return t.lookUpAPIs(ctx, ids, apiProperties, func(entra.API) bool { return true }, others...)
}

// findPermissions makes the permissions of the APIs known.
func (t *tenant) findPermissions(ctx context.Context, ids []string) error {
	return t.lookUpAPIs(ctx, ids, apiWithPermission, func(api entra.API) bool { return api.Permissions != nil })
}

// lookUpAPIs looks up the APIs that are not known well enough, each only once at a time: who needs one that somebody
// else is looking up waits for that.
func (t *tenant) lookUpAPIs(ctx context.Context, ids, properties []string, known func(entra.API) bool, others ...*call) error {
	for {
		mine, flights := t.apis.board(ids, known)
		if len(mine)+len(others) > 0 {
			err := t.readAPIs(ctx, mine, properties, others...)
			t.apis.land(mine, err != nil)
			if err := cmp.Or(err, firstError(others)); err != nil {
				return err
			}
			others = nil
		}
		ids = nil
		for id, under := range flights {
			select {
			case <-under.landed:
			case <-ctx.Done():
				return &entra.GraphError{Kind: entra.ErrUnavailable, Operation: "wait for another look-up of the same APIs", Cause: ctx.Err()}
			}
			if _, found := t.apis.get(id); found || under.failed {
				ids = append(ids, id) // perhaps not well enough
			}
		}
		if len(ids) == 0 {
			return nil
		}
	}
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
