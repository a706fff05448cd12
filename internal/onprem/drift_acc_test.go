package onprem_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// write sets a value by hand.
func (p probe) write(clientID string, property entra.ExtensionProperty, value any) {
	p.t.Helper()
	p.tenant.Graph(p.t, http.MethodPatch, application(clientID), map[string]any{property.FullName(clientID): value})
}

// undefine removes definitions by hand, whose names end like this.
func (p probe) undefine(clientID, suffix string) {
	p.t.Helper()
	for _, definition := range p.definitions(clientID) {
		if strings.HasSuffix(fmt.Sprint(definition["name"]), suffix) {
			p.tenant.Graph(p.t, http.MethodDelete, fmt.Sprintf("%s/extensionProperties/%v", application(clientID), definition["id"]), nil)
		}
	}
}

// drifts are what somebody does to the settings behind Terraform's back.
var drifts = map[string]struct {
	make   func(p probe, clientID string)
	action plancheck.ResourceActionType // what the next plan makes of it; empty for an update
}{
	"reordered": {make: func(p probe, clientID string) {
		p.write(clientID, entra.OnPremDomains, []any{
			`{"n":2,"d":"contoso.local","u":"CONTOSO\\svc","s":"https://contoso.vault.azure.net/secrets/svc"}`,
			`{"n":1,"d":"fabrikam.local","c":"dc1.fabrikam.local"}`,
		})
	}},
	"one taken out": {make: func(p probe, clientID string) {
		p.write(clientID, entra.OnPremDomains, []any{`{"n":2,"d":"fabrikam.local","c":"dc1.fabrikam.local"}`})
	}},
	"one added": {make: func(p probe, clientID string) {
		p.write(clientID, entra.OnPremDomains, []any{
			`{"n":1,"d":"contoso.local","u":"CONTOSO\\svc","s":"https://contoso.vault.azure.net/secrets/svc"}`,
			`{"n":2,"d":"fabrikam.local","c":"dc1.fabrikam.local"}`, `{"n":3,"d":"tailspin.local","c":"dc7.tailspin.local"}`,
		})
	}},
	"no JSON beside them": {make: func(p probe, clientID string) {
		p.write(clientID, entra.OnPremDomains, []any{
			`{"n":1,"d":"contoso.local","u":"CONTOSO\\svc","s":"https://contoso.vault.azure.net/secrets/svc"}`,
			`{"n":2,"d":"fabrikam.local","c":"dc1.fabrikam.local"}`, "password: hunter2",
		})
	}},
	"no JSON at all":  {make: func(p probe, clientID string) { p.write(clientID, entra.OnPremDomains, []any{"contoso.local"}) }},
	"domains cleared": {make: func(p probe, clientID string) { p.write(clientID, entra.OnPremDomains, nil) }},
	"server changed":  {make: func(p probe, clientID string) { p.write(clientID, entra.OnPremConnectServer, "other") }},
	"server cleared":  {make: func(p probe, clientID string) { p.write(clientID, entra.OnPremConnectServer, nil) }},
	"GUID changed":    {make: func(p probe, clientID string) { p.write(clientID, entra.OnPremConsistencyGUID, false) }},
	"GUID cleared":    {make: func(p probe, clientID string) { p.write(clientID, entra.OnPremConsistencyGUID, nil) }},
	"all cleared": {make: func(p probe, clientID string) {
		for _, property := range entra.OnPremProperties {
			p.write(clientID, property, nil)
		}
	}},
	"one definition removed": {make: func(p probe, clientID string) { p.undefine(clientID, "_domains") }},
	"all definitions removed": {make: func(p probe, clientID string) { p.undefine(clientID, "") },
		action: plancheck.ResourceActionCreate},
}

// Whatever is changed in the tenant, the next plan finds it, and the apply repairs it.
func TestAccAppSessionOnprem_drift(t *testing.T) {
	t.Parallel()
	for name, drift := range drifts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := probe{t, acctest.NewTenant(t)}
			config := p.configured(anywhere, connections(contoso, fabrikam), `entra_connect_server = "SYNC01"`, "use_consistency_guid = true")
			want := entra.OnPrem{
				Connections: []entra.DomainConnection{isContoso, isFabrikam}, ConnectServer: "SYNC01", ConsistencyGUID: true,
			}
			var clientID string
			action := plancheck.ResourceActionUpdate
			if drift.action != "" {
				action = drift.action
			}
			run(t, p.tenant,
				resource.TestStep{Config: config, Check: withClientID(func(found string) error {
					clientID = found
					return nil
				})},
				resource.TestStep{
					PreConfig: func() { drift.make(p, clientID) },
					Config:    config,
					ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
						plancheck.ExpectResourceAction(address, action),
						plancheck.ExpectResourceAction("sapio365_app_session.test", plancheck.ResourceActionNoop),
					}},
					Check: p.holds(want),
				},
				resource.TestStep{
					PreConfig: func() { drift.make(p, clientID) },
					Config:    p.tenant.Provider() + p.session(),
					Check:     p.holdsNothing(),
				},
			)
		})
	}
}

// What cannot be read shows as what it is not, without its contents.
func TestAccAppSessionOnprem_unreadableValues(t *testing.T) {
	t.Parallel()
	p := probe{t, acctest.NewTenant(t)}
	config := p.configured(anywhere, connections(contoso))
	var clientID string
	run(t, p.tenant,
		resource.TestStep{Config: config, Check: withClientID(func(found string) error {
			clientID = found
			return nil
		})},
		resource.TestStep{
			PreConfig:          func() { p.write(clientID, entra.OnPremDomains, []any{"password: hunter2"}) },
			RefreshState:       true,
			ExpectNonEmptyPlan: true,
			Check: resource.ComposeAggregateTestCheckFunc(
				resource.TestCheckResourceAttr(address, "domain_connections.#", "1"),
				resource.TestCheckResourceAttr(address, "domain_connections.0.domain", "(not a domain connection: 17 characters)"),
			),
		},
	)
}

// Settings go with the session, whoever deletes it.
func TestAccAppSessionOnprem_sessionGone(t *testing.T) {
	t.Parallel()
	p := probe{t, acctest.NewTenant(t)}
	config := p.configured(anywhere, connections(contoso))
	var clientID string
	run(t, p.tenant,
		resource.TestStep{Config: config, Check: withClientID(func(found string) error {
			clientID = found
			return nil
		})},
		resource.TestStep{
			PreConfig: func() { p.tenant.Graph(t, http.MethodDelete, application(clientID), nil) },
			Config:    config,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(address, plancheck.ResourceActionCreate),
				plancheck.ExpectResourceAction("sapio365_app_session.test", plancheck.ResourceActionCreate),
			}},
			Check: p.holds(entra.OnPrem{Connections: []entra.DomainConnection{isContoso}}),
		},
		resource.TestStep{
			PreConfig: func() {
				for _, found := range p.tenant.List(t, "/applications?$filter=displayName eq '"+p.tenant.Name()+"'") {
					p.tenant.Graph(t, http.MethodDelete, fmt.Sprintf("/applications/%v", found["id"]), nil)
				}
			},
			Config: config, Destroy: true,
		},
	)
}
