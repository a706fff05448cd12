package graph

import (
	"context"
	"net/http"
	"sync/atomic"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// organization is what is known of a tenant itself. It is looked up once.
type organization struct {
	found atomic.Pointer[organizationObject]
}

type organizationObject struct {
	OnPremisesSyncEnabled *bool `json:"onPremisesSyncEnabled"` // false: no longer; nil: never
}

// organizationKey stands for the tenant among the look-ups that are made once.
const organizationKey = "the organization"

// isKnown tells whether there is nothing to look up for the terms.
func (o *organization) isKnown(terms entra.OnPremTerms) bool {
	return !terms.RequireHybrid || o.found.Load() != nil
}

// on tells whether the tenant is as the terms want it, by *entra.NotSynchronisedError.
func (o *organization) on(terms entra.OnPremTerms, tenantID string) error {
	found := o.found.Load()
	if !terms.RequireHybrid || found == nil {
		return nil
	}
	if enabled := found.OnPremisesSyncEnabled; enabled == nil || !*enabled {
		return &entra.NotSynchronisedError{TenantID: tenantID, Ended: enabled != nil}
	}
	return nil
}

// withOrganization has send send its calls, with the look-up of the organization among them where nobody has made it or
// is about to, and returns when the organization is known. send is called once with everything else, and again where the
// look-up of somebody else has failed.
func (t *tenant) withOrganization(ctx context.Context, send func(look ...*call) error) error {
	known := func(string) bool { return t.organization.found.Load() != nil }
	return t.apis.lookUpOnce(ctx, []string{organizationKey}, known, func(mine []string) error {
		if len(mine) == 0 {
			return send()
		}
		look := t.readOrganization()
		if err := send(look); err != nil {
			return err
		}
		page, err := decode[collection[organizationObject]](look)
		if err != nil {
			return err
		}
		found := organizationObject{}
		if len(page.Value) > 0 {
			found = page.Value[0]
		}
		t.organization.found.Store(&found)
		return nil
	})
}

func (t *tenant) readOrganization() *call {
	return &call{
		operation: "see whether the tenant is synchronised with an Active Directory", right: entra.ReadOrganization,
		method: http.MethodGet, url: "/organization?%24select=id,onPremisesSyncEnabled",
	}
}
