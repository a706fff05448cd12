package provider

import (
	"context"
	"os"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"

	"github.com/sapio365/terraform-provider-sapio365/internal/signin"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// ValidateConfig checks what the block says by itself. What it needs of the environment may be elsewhere at this time.
func (p *sapio365) ValidateConfig(ctx context.Context, req provider.ValidateConfigRequest, resp *provider.ValidateConfigResponse) {
	var block providerModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &block)...)
	if resp.Diagnostics.HasError() {
		return
	}
	configuration, unknown := block.configuration(ctx)
	p.findDomainsAt(configuration, unknown)
	resp.Diagnostics.Append(p.diagnostics(ctx, CheckConfiguration(configuration))...)
}

// findDomainsAt learns where to ask for the tenant of a domain, so that an error can tell it. Where the block does not
// tell yet which cloud it is, or what is wrong about it, nobody is asked.
func (p *sapio365) findDomainsAt(cfg Configuration, unknown []string) {
	for _, attribute := range []string{"environment", "login_endpoint", "ca_certificate_path"} {
		if slices.Contains(unknown, attribute) {
			return
		}
	}
	r := &resolver{getenv: os.Getenv, readFile: os.ReadFile, sources: map[string]string{}}
	cloud, authorities := r.cloud(cfg), r.authorities(cfg.CACertificatePath)
	if len(r.problems) > 0 {
		return
	}
	if client, err := httpClient(authorities); err == nil {
		p.domains.Store(signin.NewDomains(client, cloud.LoginEndpoint))
	}
}

func (p *sapio365) diagnostics(ctx context.Context, problems []SettingError) diag.Diagnostics {
	ctx = tfkit.WithDomains(ctx, p.domains.Load())
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
