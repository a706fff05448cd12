package graph

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// organization is what is known of a tenant itself. It is looked up once.
type organization struct {
	found atomic.Pointer[organizationAnswer]
}

// organizationAnswer is what a look-up has led to. That the caller may not read is an answer, too.
type organizationAnswer struct {
	organization entra.Organization
	err          error
}

// organizationKey stands for the tenant among the look-ups that are made once.
const organizationKey = "the organization"

// isKnown tells whether there is nothing to find out for the terms.
func (o *organization) isKnown(terms entra.OnPremTerms) bool {
	answer := o.found.Load()
	return !terms.RequireHybrid || answer != nil && answer.err == nil
}

// on tells whether the tenant is as the terms want it, by *entra.NotSynchronisedError.
func (o *organization) on(terms entra.OnPremTerms, tenantID string) error {
	if !terms.RequireHybrid || !o.isKnown(terms) {
		return nil
	}
	found := o.found.Load().organization
	if found.Synchronised {
		return nil
	}
	return &entra.NotSynchronisedError{TenantID: tenantID, Ended: found.SyncEnded}
}

// withOrganization has send send its calls, with the look-up of the organization among them where nobody has made it or
// is about to, and returns when the organization is known, or why it cannot be. send is called once with everything else,
// and again where the look-up of somebody else has failed.
func (t *tenant) withOrganization(ctx context.Context, send func(look ...*call) error) error {
	known := func(string) bool { return t.organization.found.Load() != nil }
	err := t.apis.lookUpOnce(ctx, []string{organizationKey}, known, func(mine []string) error {
		if len(mine) == 0 {
			return send()
		}
		look := readOrganization()
		if err := send(look); err != nil && !errors.Is(err, entra.ErrForbidden) {
			return err
		}
		return t.organization.keep(look, t.token(ctx).holder())
	})
	if err != nil {
		return err
	}
	return t.organization.found.Load().err
}

func readOrganization() *call {
	return &call{
		operation: "read the organization", right: entra.ReadOrganization, method: http.MethodGet,
		url: "/organization?%24select=id,displayName,verifiedDomains,onPremisesSyncEnabled",
	}
}

// keep remembers the answer to the look-up, which was the holder's of the token.
func (o *organization) keep(look *call, asked entra.Holder) error {
	page, err := decode[collection[organizationObject]](look)
	if err != nil && !errors.Is(err, entra.ErrForbidden) {
		return err
	}
	answer := &organizationAnswer{err: err}
	if len(page.Value) > 0 {
		answer.organization = page.Value[0].decode()
		answer.err = page.Value[0].withheld(asked)
	}
	o.found.Store(answer)
	return nil
}

type organizationObject struct {
	DisplayName           string `json:"displayName"`
	OnPremisesSyncEnabled *bool  `json:"onPremisesSyncEnabled"` // false: no longer; nil: never
	VerifiedDomains       []struct {
		Name      string `json:"name"`
		IsDefault bool   `json:"isDefault"`
	} `json:"verifiedDomains"`
}

// withheld is why the synchronisation does not show: to a user who may read little, the organization shows nothing of it,
// as if it had never been synchronised.
func (o organizationObject) withheld(asked entra.Holder) error {
	missing := asked.Missing(entra.ReadOrganization)
	if !asked.User || len(missing) == 0 || o.OnPremisesSyncEnabled != nil {
		return nil
	}
	return &entra.GraphError{
		Kind: entra.ErrForbidden, Operation: "read whether the tenant is synchronised", ByUser: true,
		Needs: missing, Holds: asked.Permissions,
	}
}

func (o organizationObject) decode() entra.Organization {
	synchronised := o.OnPremisesSyncEnabled != nil && *o.OnPremisesSyncEnabled
	organization := entra.Organization{
		DisplayName: o.DisplayName, Synchronised: synchronised, SyncEnded: o.OnPremisesSyncEnabled != nil && !synchronised,
	}
	for _, domain := range o.VerifiedDomains {
		if domain.IsDefault {
			organization.DefaultDomain = domain.Name
		}
	}
	return organization
}
