package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// A tenant by its domain name is refused with the ID to write: in the block, in its tenants, in a resource, and in what
// is imported.
func TestAccProvider_domainInPlaceOfTenant(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, "its domain has to be known", emulator.TenantOptions{})
	domain := domainOf(t, tenant)
	good := reaching(tenant, tenant.Admin())
	const entry = `{ client_id = "` + anyID + `", client_secret = local.secret }`
	session := func(line string) string { return strings.Replace(session, "\n}\n", "\n  "+line+"\n}\n", 1) }
	write := fmt.Sprintf("The tenant of %s is %s: write that.", domain, tenant.ID())
	unknown := "And no tenant of this cloud has the domain nowhere.example.com: check its spelling and the provider's environment"
	for name, row := range map[string]struct{ config, line, says string }{
		"block":           {good.with(arguments{"tenant_id": domain}).block() + session(""), "tenant_id", write},
		"block, unknown":  {good.with(arguments{"tenant_id": "nowhere.example.com"}).block() + session(""), "tenant_id", unknown},
		"tenants":         {good.withTenants(fmt.Sprintf("%q = %s", domain, entry)) + session(""), "tenants", write},
		"tenants, odd":    {good.withTenants(fmt.Sprintf("%q = %s", "Nowhere.Example.com", entry)) + session(""), "tenants", "Nowhere.Example.com"},
		"resource":        {good.block() + session(fmt.Sprintf("tenant_id = %q", strings.ToUpper(domain))), "tenant_id", strings.Replace(write, domain, strings.ToUpper(domain), 1)},
		"not known first": {good.block() + session(`tenant_id = terraform_data.domain.output`) + `resource "terraform_data" "domain" { input = "` + domain + `" }`, "tenant_id", write},
		"import":          {good.block() + session("") + fmt.Sprintf("import {\n  to = sapio365_app_session.test\n  id = \"%s/%s\"\n}\n", domain, anyID), "", write},
		"other cloud": {good.with(arguments{"tenant_id": domain, "login_endpoint": nowhere}).block() + session(""), "tenant_id",
			`Write the ID of the tenant, which stands in the "issuer" of ` + nowhere + "/" + domain + "/v2.0/.well-known/openid-configuration"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refusals := acctest.Refused(t, resource.TestStep{Config: secrets + row.config})
			if len(refusals) != 1 || !strings.Contains(refusals[0], row.says) || !strings.Contains(refusals[0], row.line) {
				t.Errorf("want one error at %s with %q:\n%s", row.line, row.says, strings.Join(refusals, "\n"))
			}
		})
	}
}

// Whatever takes a tenant tells the ID of a domain name, when it is validated.
func TestEveryTenantIDTellsTheTenantOfADomain(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, "its domain has to be known", emulator.TenantOptions{})
	domain := domainOf(t, tenant)
	s, all := tenant.Protocol(t, tenant.Admin(), entra.IgnoreAccess)
	lists, listing := s.(tfprotov6.ListResourceServer)
	actions, acting := s.(tfprotov6.ActionServer)
	if !listing || !acting {
		t.Fatal("the server lacks lists or actions")
	}
	config := func(schema *tfprotov6.Schema) *tfprotov6.DynamicValue {
		return acctest.ValuesOf(t, schema, map[string]tftypes.Value{"tenant_id": tftypes.NewValue(tftypes.String, domain)})
	}
	said := map[string][]*tfprotov6.Diagnostic{}
	for name, schema := range all.ResourceSchemas {
		resp, err := s.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: name, Config: config(schema)})
		noError(t, err)
		said["resource "+name] = resp.Diagnostics
	}
	for name, schema := range all.DataSourceSchemas {
		resp, err := s.ValidateDataResourceConfig(t.Context(), &tfprotov6.ValidateDataResourceConfigRequest{TypeName: name, Config: config(schema)})
		noError(t, err)
		said["data "+name] = resp.Diagnostics
	}
	for name, schema := range all.EphemeralResourceSchemas {
		if name == "sapio365_certificate" { // is in no tenant
			continue
		}
		resp, err := s.ValidateEphemeralResourceConfig(t.Context(), &tfprotov6.ValidateEphemeralResourceConfigRequest{TypeName: name, Config: config(schema)})
		noError(t, err)
		said["ephemeral "+name] = resp.Diagnostics
	}
	for name, schema := range all.ListResourceSchemas {
		resp, err := lists.ValidateListResourceConfig(t.Context(), &tfprotov6.ValidateListResourceConfigRequest{TypeName: name, Config: config(schema)})
		noError(t, err)
		said["list "+name] = resp.Diagnostics
	}
	for name, schema := range all.ActionSchemas {
		resp, err := actions.ValidateActionConfig(t.Context(), &tfprotov6.ValidateActionConfigRequest{ActionType: name, Config: config(schema.Schema)})
		noError(t, err)
		said["action "+name] = resp.Diagnostics
	}
	for name, diagnostics := range said {
		var text strings.Builder
		for _, d := range diagnostics {
			text.WriteString(d.Detail + "\n")
		}
		if !strings.Contains(text.String(), "The tenant of "+domain+" is "+tenant.ID()+": write that.") {
			t.Errorf("%s does not tell the tenant:\n%s", name, text.String())
		}
	}
}

func domainOf(t *testing.T, tenant acctest.Emulated) string {
	t.Helper()
	domain, ok := tenant.List(t, "/domains")[0]["id"].(string)
	if !ok {
		t.Fatal("the tenant has no domain")
	}
	return domain
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
