package emulator

import (
	"fmt"
	"slices"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/conditions"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/graph"
)

// SetConditions makes things go wrong in all tenants, those included that are added later or have conditions of their
// own, and ends what went wrong before. Each tenant counts its requests by itself, from now on. Requests that lead to no
// tenant are counted together. The error names the first condition that makes no sense; nothing changes then.
func (s *Server) SetConditions(c conditions.Conditions) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	engine, err := newEngine(c)
	if err != nil {
		return err
	}
	s.conditions = c
	s.engine.Store(engine)
	for _, t := range s.tenants {
		if err := t.SetConditions(c); err != nil {
			return err
		}
	}
	return nil
}

// SetConditions makes things go wrong in this tenant alone, until they are set anew, and ends what went wrong before. What
// the tenant's administrator does (Do, Caller) always succeeds. The error names the first condition that makes no sense;
// nothing changes then.
func (t *Tenant) SetConditions(c conditions.Conditions) error {
	engine, err := newEngine(c)
	if err != nil {
		return err
	}
	t.server.directory.Lock()
	defer t.server.directory.Unlock()
	t.engine.Store(engine)
	t.state.Remember(c.Horizon())
	return nil
}

// ForeignCredential is a credential that the foreign writer of the conditions has added.
type ForeignCredential = directory.ForeignCredential

// ForeignCredentials returns what the foreign writer has added to the tenant's applications, in this order, whatever has
// become of it since. A client that takes care loses none of it.
func (t *Tenant) ForeignCredentials() []ForeignCredential {
	t.server.directory.Lock()
	defer t.server.directory.Unlock()
	return slices.Clone(t.state.Foreign)
}

func newEngine(c conditions.Conditions) (*conditions.Engine, error) {
	engine, err := conditions.New(c, graph.Routes())
	if err != nil {
		return nil, fmt.Errorf("conditions: %w", err)
	}
	return engine, nil
}

// byState returns the tenant of a directory's tenant, nil for none.
func (s *Server) byState(state *directory.Tenant) *Tenant {
	if state == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tenants[state.ID]
}

// byName returns the tenant with an id or a domain, nil for none.
func (s *Server) byName(name string) *Tenant {
	s.directory.Lock()
	state, _ := s.directory.Tenant(name)
	s.directory.Unlock()
	return s.byState(state)
}

// engineOf returns what decides about requests to a tenant, or to none.
func (s *Server) engineOf(t *Tenant) *conditions.Engine {
	if t == nil {
		return s.engine.Load()
	}
	return t.engine.Load()
}
