package graph

import (
	"context"
	"sync"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// apiCache keeps what was learnt of a tenant's resource applications, so that each is looked up once.
type apiCache struct {
	mu      sync.Mutex
	byID    map[string]entra.API // by application id
	flights map[string]*flight   // look-ups under way, by what is looked up
}

// flight is a look-up under way.
type flight struct {
	landed chan struct{}
	err    error // set before it has landed
}

// board divides the keys into those that the caller is to look up now, and the look-ups of others to wait for. known is
// asked under the lock.
func (c *apiCache) board(keys []string, known func(key string) bool) (mine []string, others map[string]*flight) {
	c.mu.Lock()
	defer c.mu.Unlock()
	others = map[string]*flight{}
	for _, key := range keys {
		switch under, way := c.flights[key]; {
		case known(key):
		case way:
			others[key] = under
		default:
			mine = append(mine, key)
			if c.flights == nil {
				c.flights = map[string]*flight{}
			}
			c.flights[key] = &flight{landed: make(chan struct{})}
		}
	}
	return mine, others
}

// land ends the look-ups of the caller.
func (c *apiCache) land(mine []string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, key := range mine {
		c.flights[key].err = err
		close(c.flights[key].landed)
		delete(c.flights, key)
	}
}

// lookUpOnce has look look up what is not known, each key only once at a time: who needs one that somebody else is
// looking up waits for that. look is called at least once, perhaps with nothing to look up.
func (c *apiCache) lookUpOnce(ctx context.Context, keys []string, known func(key string) bool, look func(mine []string) error) error {
	for first := true; first || len(keys) > 0; first = false {
		mine, flights := c.board(keys, known)
		if len(mine) > 0 || first {
			err := look(mine)
			c.land(mine, err)
			if err != nil {
				return err
			}
		}
		keys = nil
		for key, under := range flights {
			select {
			case <-under.landed:
			case <-ctx.Done():
				return &entra.GraphError{Kind: entra.ErrUnavailable, Operation: "wait for another look-up of the same APIs", Cause: ctx.Err()}
			}
			switch {
			case under.err == nil:
			case isOver(under.err): // its time was over, which says nothing of this one's
				keys = append(keys, key)
			default:
				return under.err
			}
		}
	}
	return nil
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
	return c.ofServicePrincipal(objectID)
}

// ofServicePrincipal is byServicePrincipal for who holds the lock.
func (c *apiCache) ofServicePrincipal(objectID string) (entra.API, bool) {
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
	if unknown, ok := c.byID[api.ServicePrincipalID]; ok && unknown.Unknown() && !api.Unknown() {
		delete(c.byID, unknown.ID) // it shows after all
	}
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
		if _, ok := c.get(id); !ok && id != servicePrincipalID {
			c.put(entra.API{ID: id, ServicePrincipalID: servicePrincipalID})
		}
	}
}
