package tfkit

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/signin"
)

type domainsKey struct{}

// WithDomains lets what is made with the context find the tenants of domains; domains returns nil where nobody can be asked.
// Validators run before the framework hands out the configured provider, so the context is their only way to it.
func WithDomains(ctx context.Context, domains func() *signin.Domains) context.Context {
	return context.WithValue(ctx, domainsKey{}, domains)
}

// AboutDomain is a further sentence of an error about an import ID whose tenant may be a domain name; empty if it is none.
func AboutDomain(ctx context.Context, tenant types.String) string {
	if !signin.IsDomain(tenant.ValueString()) {
		return ""
	}
	return " " + DomainRemedy(ctx, tenant.ValueString())
}

// DomainRemedy is what to do about a domain name in place of a tenant's ID: to write the ID, which it tells if it can
// be found.
func DomainRemedy(ctx context.Context, domain string) string {
	const why = "A domain name can move to another tenant, so it is not accepted. "
	var domains *signin.Domains
	if find, ok := ctx.Value(domainsKey{}).(func() *signin.Domains); ok {
		domains = find()
	}
	if domains == nil {
		return why + "Write the ID of the tenant, which stands in the Microsoft Entra admin center under Overview."
	}
	tenantID, err := domains.Tenant(ctx, domain)
	var unknown *signin.UnknownDomainError
	switch {
	case err == nil:
		return fmt.Sprintf("%sThe tenant of %s is %s: write that.", why, domain, tenantID)
	case errors.As(err, &unknown):
		return fmt.Sprintf("%sAnd no tenant of this cloud has the domain %s: check its spelling and the provider's environment, and write the ID of "+
			"the tenant, which stands in the Microsoft Entra admin center under Overview.", why, domain)
	default:
		return fmt.Sprintf("%sWrite the ID of the tenant, which stands in the \"issuer\" of %s, and in the Microsoft Entra admin center under "+
			"Overview.", why, domains.ConfigurationURL(domain))
	}
}
