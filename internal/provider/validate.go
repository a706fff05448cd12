package provider

import (
	"context"
	"os"
	"slices"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/sapio365/terraform-provider-sapio365/internal/signin"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// ValidateConfig checks what the block says by itself. What it needs of the environment may be elsewhere at this time.
func (p *sapio365) ValidateConfig(ctx context.Context, req provider.ValidateConfigRequest, resp *provider.ValidateConfigResponse) {
	configuration, _ := p.readBlock(ctx, req.Config, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(p.diagnostics(ctx, CheckConfiguration(configuration))...)
}

// readBlock reads the block, and learns from it where to ask for the tenant of a domain, so that an error can tell it. Where
// the block does not tell yet which cloud it is, nobody is asked.
func (p *sapio365) readBlock(ctx context.Context, block tfsdk.Config, diags *diag.Diagnostics) (cfg Configuration, unknown []string) {
	var m providerModel
	if diags.Append(block.Get(ctx, &m)...); diags.HasError() {
		return cfg, nil
	}
	cfg, unknown = m.configuration(ctx)
	if !slices.ContainsFunc([]string{"environment", "login_endpoint", "ca_certificate_path"}, func(attribute string) bool {
		return slices.Contains(unknown, attribute)
	}) {
		domains := sync.OnceValue(func() *signin.Domains { return domainsAt(cfg) })
		p.domains.Store(&domains)
	}
	return cfg, unknown
}

// domainsAt is nil where something is wrong about what the block says of its cloud.
func domainsAt(cfg Configuration) *signin.Domains {
	r := &resolver{getenv: os.Getenv, readFile: os.ReadFile, sources: map[string]string{}}
	cloud, authorities := r.cloud(cfg), r.authorities(cfg.CACertificatePath)
	client, err := httpClient(authorities)
	if err != nil || len(r.problems) > 0 {
		return nil
	}
	return signin.NewDomains(client, cloud.LoginEndpoint)
}

// findDomains returns nil where nobody can be asked.
func (p *sapio365) findDomains() *signin.Domains {
	if domains := p.domains.Load(); domains != nil {
		return (*domains)()
	}
	return nil
}

func (p *sapio365) diagnostics(ctx context.Context, problems []SettingError) diag.Diagnostics {
	ctx = tfkit.WithDomains(ctx, p.findDomains)
	var diags diag.Diagnostics
	for _, problem := range problems {
		if problem.Domain != "" {
			problem.Detail += " " + tfkit.DomainRemedy(ctx, problem.Domain)
		}
		diags.Append(problem.diagnostic())
	}
	return diags
}

// diagnostic shows the error at its attribute.
func (e SettingError) diagnostic() diag.Diagnostic {
	var at path.Path
	switch {
	case e.Tenant != "" && e.Attribute != "":
		at = path.Root("tenants").AtMapKey(e.Tenant).AtName(e.Attribute)
	case e.Tenant != "":
		at = path.Root("tenants").AtMapKey(e.Tenant)
	case e.Attribute != "":
		at = path.Root(e.Attribute)
	default:
		return diag.NewErrorDiagnostic(e.Summary, e.Detail)
	}
	return diag.NewAttributeErrorDiagnostic(at, e.Summary, e.Detail)
}
