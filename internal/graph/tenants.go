package graph

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// itself is what is known of a tenant itself. It is looked up once.
type itself struct {
	found atomic.Pointer[organizationAnswer]
}

// organizationAnswer is what a look-up has led to. That the caller may not read is an answer, too.
type organizationAnswer struct {
	organization entra.Organization
	err          error
}

// itselfKey stands for the tenant among the look-ups that are made once.
const itselfKey = "the tenant itself"

// Tenant looks at the tenant and at the rules for credentials, in one batch, and each once.
func (g *Gateway) Tenant(ctx context.Context, tenantID string) (entra.TenantFacts, error) {
	t := g.tenant(tenantID)
	var facts entra.TenantFacts
	keys := []string{itselfKey}
	switch err := t.mayReadPolicies(ctx); {
	case err == nil:
		keys = append(keys, defaultPolicyKey)
	case errors.Is(err, entra.ErrForbidden):
		facts.RulesRefused = err
	default:
		return entra.TenantFacts{}, err
	}
	known := func(key string) bool {
		if key == itselfKey {
			return t.itself.found.Load() != nil
		}
		_, ok := t.policies.get(key)
		return ok
	}
	if err := t.apis.lookUpOnce(ctx, keys, known, func(mine []string) error { return t.readTenant(ctx, mine) }); err != nil {
		return entra.TenantFacts{}, err
	}
	answer := t.itself.found.Load()
	facts.Organization, facts.OrganizationRefused = answer.organization, answer.err
	if facts.RulesRefused == nil {
		facts.Rules, facts.RulesRefused = t.rulesFor("")
	}
	return facts, nil
}

// readTenant looks up what the keys stand for, in one batch.
func (t *tenant) readTenant(ctx context.Context, keys []string) error {
	var organization *call
	var policyKeys []string
	for _, key := range keys {
		if key == itselfKey {
			organization = readItself()
		} else {
			policyKeys = append(policyKeys, key)
		}
	}
	if err := t.readPolicies(ctx, policyKeys, compact(organization)...); err != nil || organization == nil {
		return err
	}
	page, err := decode[collection[tenantObject]](organization)
	if err != nil && !errors.Is(err, entra.ErrForbidden) {
		return err
	}
	answer := &organizationAnswer{err: err}
	if len(page.Value) > 0 {
		answer.organization = page.Value[0].decode()
	}
	t.itself.found.Store(answer)
	return nil
}

func readItself() *call {
	return &call{
		operation: "read the organization", right: entra.ReadOrganization, method: http.MethodGet,
		url: "/organization?%24select=id,displayName,verifiedDomains,onPremisesSyncEnabled",
	}
}

type tenantObject struct {
	DisplayName           string `json:"displayName"`
	OnPremisesSyncEnabled *bool  `json:"onPremisesSyncEnabled"` // false: no longer; nil: never
	VerifiedDomains       []struct {
		Name      string `json:"name"`
		IsDefault bool   `json:"isDefault"`
	} `json:"verifiedDomains"`
}

func (o tenantObject) decode() entra.Organization {
	organization := entra.Organization{
		DisplayName: o.DisplayName, Synchronised: o.OnPremisesSyncEnabled != nil && *o.OnPremisesSyncEnabled,
	}
	for _, domain := range o.VerifiedDomains {
		if domain.IsDefault {
			organization.DefaultDomain = domain.Name
		}
	}
	return organization
}
