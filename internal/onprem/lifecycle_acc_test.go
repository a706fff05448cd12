package onprem_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/conditions"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// anywhere lets a test run on tenants that are not hybrid.
const anywhere = "require_hybrid = false"

var inPlace = resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
	plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate),
	plancheck.ExpectResourceAction("sapio365_app_session.test", plancheck.ResourceActionNoop),
}}

// A whole life: created with the session, reordered, shortened, extended, imported, and removed before the session.
func TestAccAppSessionOnprem_life(t *testing.T) {
	t.Parallel()
	p := probe{t, acctest.NewTenant(t)}
	withTenant := func(state *terraform.State) (string, error) {
		return p.tenant.ID() + "/" + strings.ToUpper(state.RootModule().Resources[address].Primary.ID), nil
	}
	server := `entra_connect_server = "sync.contoso.local"`
	same := []string{"require_hybrid", "timeouts"}
	run(t, p.tenant,
		resource.TestStep{
			Config: p.configured(anywhere, connections(contoso, fabrikam), server, "use_consistency_guid = true"),
			Check: resource.ComposeAggregateTestCheckFunc(
				resource.TestCheckResourceAttrPair(address, "id", "sapio365_app_session.test", "client_id"),
				resource.TestCheckResourceAttrPair(address, "app_session_id", address, "id"),
				resource.TestCheckResourceAttr(address, "tenant_id", p.tenant.ID()),
				p.holds(entra.OnPrem{
					Connections:   []entra.DomainConnection{isContoso, isFabrikam},
					ConnectServer: "sync.contoso.local", ConsistencyGUID: true,
				}),
			),
		},
		resource.TestStep{ResourceName: address, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: same},
		resource.TestStep{
			ResourceName: address, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: same, ImportStateIdFunc: withTenant,
		},
		resource.TestStep{
			Config: p.configured(anywhere, connections(
				strings.Replace(fabrikam, "fabrikam.local", "FABRIKAM.local", 1), strings.Replace(contoso, "}", `, domain_controller = "dc2.contoso.local" }`, 1),
			), server, "use_consistency_guid = true"),
			ConfigPlanChecks: inPlace,
			Check: p.holds(entra.OnPrem{
				Connections: []entra.DomainConnection{
					{Domain: "FABRIKAM.local", DomainController: "dc1.fabrikam.local"},
					{
						Domain: "contoso.local", DomainController: "dc2.contoso.local", Username: isContoso.Username,
						CredentialSecretID: isContoso.CredentialSecretID,
					},
				},
				ConnectServer: "sync.contoso.local", ConsistencyGUID: true,
			}),
		},
		resource.TestStep{
			Config:           p.configured(anywhere, connections(tailspin)),
			ConfigPlanChecks: inPlace,
			Check:            p.holds(entra.OnPrem{Connections: []entra.DomainConnection{isTailspin}}),
		},
		resource.TestStep{
			Config:           p.configured(anywhere, connections(twenty()...)),
			ConfigPlanChecks: inPlace,
			Check:            resource.TestCheckResourceAttr(address, "domain_connections.#", "20"),
		},
		resource.TestStep{Config: p.tenant.Provider() + p.session(), Check: p.holdsNothing()},
		resource.TestStep{
			Config: p.configured(anywhere, connections(fabrikam)),
			Check:  p.holds(entra.OnPrem{Connections: []entra.DomainConnection{isFabrikam}}),
		},
		resource.TestStep{
			// The same GUID written otherwise is no change.
			Config: p.tenant.Provider() + p.session() +
				settings("test", "app_session_id = upper(sapio365_app_session.test.client_id)", anywhere, connections(fabrikam)),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
		},
	)
}

// twenty are as many connections as a session can have.
func twenty() []string {
	var all []string
	for i := range entra.MaxConnections {
		all = append(all, fmt.Sprintf("{ domain = \"d%d.contoso.local\", domain_controller = \"dc.d%[1]d.contoso.local\" }", i))
	}
	return all
}

// A configuration that names another session moves the settings there.
func TestAccAppSessionOnprem_replace(t *testing.T) {
	t.Parallel()
	p := probe{t, newHybrid(t).Tenant}
	second := strings.Replace(strings.Replace(p.session(), `"test"`, `"second"`, 1), p.tenant.Name(), p.tenant.Name()+" second", 1)
	run(t, p.tenant,
		resource.TestStep{Config: p.configured(connections(contoso)) + second},
		resource.TestStep{
			Config: p.tenant.Provider() + p.session() + second +
				settings("test", "app_session_id = sapio365_app_session.second.client_id", connections(contoso)),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(address, plancheck.ResourceActionDestroyBeforeCreate),
			}},
			Check: resource.ComposeAggregateTestCheckFunc(p.holdsNothing(),
				resource.TestCheckResourceAttrPair(address, "id", "sapio365_app_session.second", "client_id")),
		},
	)
}

// The session and its settings change in one apply, and neither disturbs the other.
func TestAccAppSessionOnprem_togetherWithTheSession(t *testing.T) {
	t.Parallel()
	p := probe{t, newHybrid(t).Tenant}
	certificate, _ := acctest.Certificate(t, 1000*1000*1000*3600*24*365)
	changed := strings.Replace(p.session(), "permissions ", "description = \"Changed\"\n  certificate = {\n value = <<EOT\n"+certificate+"EOT\n}\n  permissions ", 1)
	run(t, p.tenant,
		resource.TestStep{Config: p.configured(connections(contoso))},
		resource.TestStep{
			Config: p.tenant.Provider() + changed + settings("test", ofTheSession, connections(fabrikam, tailspin)),
			Check: resource.ComposeAggregateTestCheckFunc(
				p.holds(entra.OnPrem{Connections: []entra.DomainConnection{isFabrikam, isTailspin}}),
				resource.TestCheckResourceAttr("sapio365_app_session.test", "description", "Changed"),
			),
		},
	)
}

// What is unknown at plan is checked by the apply, before anything is written.
func TestAccAppSessionOnprem_unknown(t *testing.T) {
	t.Parallel()
	p := probe{t, newHybrid(t).Tenant}
	computed := func(domain, controller string) string {
		return p.configured(connections(
			`{ domain = terraform_data.domain.output }`,
			`{ domain = "contoso.local", domain_controller = terraform_data.controller.output }`,
		)) + fmt.Sprintf("resource \"terraform_data\" \"domain\" {\n input = %q\n}\nresource \"terraform_data\" \"controller\" {\n input = %q\n}\n",
			domain, controller)
	}
	run(t, p.tenant,
		resource.TestStep{
			Config:      computed("CONTOSO.local", "10.0.0.1"),
			ExpectError: regexp.MustCompile(`(?s)domain_connections\[1\]\.domain_controller\s+is\s+an\s+IP\s+address.*domain_connections\[1\]\.domain\s+is\s+"contoso\.local",\s+the\s+domain\s+of\s+domain_connections\[0\]`),
		},
		resource.TestStep{Config: p.tenant.Provider() + p.session(), Check: p.holdsNothing()},
		resource.TestStep{
			Config: computed("fabrikam.local", "dc1.contoso.local"),
			Check: p.holds(entra.OnPrem{Connections: []entra.DomainConnection{
				{Domain: "fabrikam.local"}, {Domain: "contoso.local", DomainController: "dc1.contoso.local"},
			}}),
		},
	)
}

// lost is the loss of the first answer to a part of a batch that has been carried out.
func lost(method, path string) conditions.Conditions {
	return conditions.Conditions{Rules: []conditions.Rule{{
		Method: method, Path: path, Of: conditions.BatchParts, To: 1, Applied: true,
		Answer: &conditions.Answer{Status: http.StatusGatewayTimeout},
	}}}
}

// An apply gets over what goes wrong, makes everything once, and leaves nothing for the next plan.
func TestAccAppSessionOnprem_faults(t *testing.T) {
	t.Parallel()
	for name, wrong := range map[string]conditions.Conditions{
		"the answer to a definition is lost":    lost("POST", "applications/{}/extensionProperties"),
		"the answer to the values is lost":      lost("PATCH", "applications/{}"),
		"the answer to a removal is lost":       lost("DELETE", "applications/{}/extensionProperties/{}"),
		"somebody else writes at the same time": {Rules: []conditions.Rule{{Method: "PATCH", Path: "applications/{}", Of: conditions.BatchParts, To: 1, Answer: &conditions.Answer{Status: http.StatusConflict}}}},
		"definitions take their time":           {Lags: []conditions.Lag{{Kind: directory.ExtensionProperty, Delay: 2e9, Probability: 1}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tenant := newHybrid(t)
			p := probe{t, tenant.Tenant}
			run(t, p.tenant,
				resource.TestStep{Config: p.tenant.Provider() + p.session()},
				resource.TestStep{
					PreConfig: func() { tenant.SetConditions(t, wrong) },
					Config:    p.configured(connections(contoso, fabrikam)),
				},
				resource.TestStep{
					PreConfig: func() { tenant.SetConditions(t, conditions.Conditions{}) },
					Config:    p.configured(connections(contoso, fabrikam)),
					Check:     p.holds(entra.OnPrem{Connections: []entra.DomainConnection{isContoso, isFabrikam}}),
				},
				resource.TestStep{
					PreConfig: func() { tenant.SetConditions(t, wrong) },
					Config:    p.tenant.Provider() + p.session(),
				},
				resource.TestStep{
					PreConfig: func() { tenant.SetConditions(t, conditions.Conditions{}) },
					Config:    p.tenant.Provider() + p.session(), Check: p.holdsNothing(),
				},
			)
		})
	}
}

// A pipeline with the least privilege manages settings of sessions that it owns.
func TestAccAppSessionOnprem_ownedBy(t *testing.T) {
	t.Parallel()
	tenant := newHybrid(t)
	p := probe{t, tenant.Tenant}
	provider := tenant.ProviderAs(tenant.Caller(t, "Application.ReadWrite.OwnedBy", "Directory.Read.All"))
	session := strings.Replace(p.session(), "permissions ", "admin_consent = false\n  permissions ", 1)
	run(t, p.tenant,
		resource.TestStep{Config: provider + session + settings("test", ofTheSession, connections(contoso, fabrikam))},
		resource.TestStep{
			Config: provider + session + settings("test", ofTheSession, connections(fabrikam)),
			Check:  p.holds(entra.OnPrem{Connections: []entra.DomainConnection{isFabrikam}}),
		},
		resource.TestStep{Config: provider + session, Check: p.holdsNothing()},
	)
}

// Settings of a session in another tenant, which the resource names.
func TestAccAppSessionOnprem_otherTenant(t *testing.T) {
	t.Parallel()
	home, other := acctest.NewEmulated(t, "there are two", emulator.TenantOptions{}), newHybrid(t)
	p := probe{t, other.Tenant}
	clientID := fmt.Sprint(other.Graph(t, http.MethodPost, "/applications", map[string]any{
		"displayName": other.Name(), "tags": []any{entra.TagAppSession},
	})["appId"])
	lines := []string{fmt.Sprintf("app_session_id = %q", clientID), fmt.Sprintf("tenant_id = %q", other.ID()), connections(contoso)}
	// The home tenant's identity is not known there: the plan is made, with a warning, and applying it fails.
	refusals := acctest.Refused(t,
		resource.TestStep{Config: home.Provider() + settings("test", lines...), PlanOnly: true, ExpectNonEmptyPlan: true},
		resource.TestStep{Config: home.Provider() + settings("test", lines...)})
	if len(refusals) != 1 || !strings.Contains(refusals[0], other.ID()) {
		t.Errorf("refused with %q", refusals)
	}
	if have := p.record(clientID); have.Exists() {
		t.Errorf("the tenant holds %+v", have)
	}
}
