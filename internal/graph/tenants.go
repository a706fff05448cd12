package graph

import (
	"context"
	"errors"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// Tenant looks at the tenant and at the rules for credentials, in one batch, and each once.
func (g *Gateway) Tenant(ctx context.Context, tenantID string) (entra.TenantFacts, error) {
	t := g.tenant(tenantID)
	var facts entra.TenantFacts
	keys := []string{organizationKey}
	switch err := t.mayReadPolicies(ctx); {
	case err == nil:
		keys = append(keys, defaultPolicyKey)
	case errors.Is(err, entra.ErrForbidden):
		facts.RulesRefused = err
	default:
		return entra.TenantFacts{}, err
	}
	known := func(key string) bool {
		if key == organizationKey {
			return t.organization.found.Load() != nil
		}
		_, ok := t.policies.get(key)
		return ok
	}
	if err := t.apis.lookUpOnce(ctx, keys, known, func(mine []string) error { return t.readTenant(ctx, mine) }); err != nil {
		return entra.TenantFacts{}, err
	}
	answer := t.organization.found.Load()
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
		if key == organizationKey {
			organization = readOrganization()
		} else {
			policyKeys = append(policyKeys, key)
		}
	}
	if err := t.readPolicies(ctx, policyKeys, compact(organization)...); err != nil || organization == nil {
		return err
	}
	return t.organization.keep(organization, t.token(ctx).holder())
}
