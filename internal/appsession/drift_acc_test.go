package appsession_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra/catalogue"
)

// Ids of Microsoft Graph's permissions, as the portal writes them.
const (
	userReadAll      = "df021288-bdef-4463-88db-98f22de89214"
	directoryReadAll = "7ab1d382-f21e-4acd-a863-ba3e13f7da61"
)

// drifted is the session that has everything, so that every part of it can drift.
func (p probe) drifted(pem string, owner string) string {
	owners := ""
	if owner != "" {
		owners = fmt.Sprintf("owners = [%q]", owner)
	}
	return p.session(`description = "As declared"`, owners,
		`permissions = { "Microsoft Graph" = { application = ["User.Read.All"], delegated = ["User.Read", "Mail.Read"] } }`,
		certificateLine(pem), `exchange_online_powershell = {}`)
}

// drift is a change that somebody makes behind Terraform's back.
type drift struct {
	make func(d driftScene)
	// replaced is set where the session itself is gone, so that only a new one helps.
	replaced bool
}

// driftScene is the session in the tenant when the change is made.
type driftScene struct {
	probe
	object, principal, client, owner string
}

func (d driftScene) patchApplication(body map[string]any) {
	d.tenant.Graph(d.t, http.MethodPatch, "/applications/"+d.object, body)
}

func (d driftScene) firstGrant() string {
	for _, grant := range d.tenant.List(d.t, "/servicePrincipals/"+d.principal+"/oauth2PermissionGrants") {
		if grant["consentType"] == "AllPrincipals" {
			return fmt.Sprint(grant["id"])
		}
	}
	d.t.Fatal("there is no grant")
	return ""
}

func (d driftScene) assign(api, role string) {
	resourceID := d.api(api)
	d.tenant.Graph(d.t, http.MethodPost, "/servicePrincipals/"+resourceID+"/appRoleAssignedTo", map[string]any{
		"principalId": d.principal, "resourceId": resourceID, "appRoleId": role,
	})
}

func (d driftScene) removeDirectoryRoles() {
	for _, role := range d.tenant.List(d.t, "/roleManagement/directory/roleAssignments?$filter=principalId%20eq%20'"+d.principal+"'") {
		d.tenant.Graph(d.t, http.MethodDelete, fmt.Sprintf("/roleManagement/directory/roleAssignments/%v", role["id"]), nil)
	}
}

var drifts = map[string]drift{
	"display name": {make: func(d driftScene) { d.patchApplication(map[string]any{"displayName": d.tenant.Name() + " renamed"}) }},
	"notes":        {make: func(d driftScene) { d.patchApplication(map[string]any{"notes": "Changed"}) }},
	"notes gone":   {make: func(d driftScene) { d.patchApplication(map[string]any{"notes": nil}) }},
	"audience":     {make: func(d driftScene) { d.patchApplication(map[string]any{"signInAudience": "AzureADMultipleOrgs"}) }},
	"manifest emptied": {make: func(d driftScene) {
		d.patchApplication(map[string]any{"requiredResourceAccess": []any{}})
	}},
	"manifest extended": {make: func(d driftScene) {
		declared, _ := d.application(d.client)["requiredResourceAccess"].([]any)
		d.patchApplication(map[string]any{"requiredResourceAccess": append(declared, map[string]any{
			"resourceAppId":  catalogue.SharePointOnline,
			"resourceAccess": []any{map[string]any{"id": "678536fe-1083-478a-9c59-b99265e6b0d3", "type": "Role"}},
		})})
	}},
	"role revoked": {make: func(d driftScene) {
		for _, assignment := range d.assignments(d.client) {
			if assignment["appRoleId"] == userReadAll {
				d.tenant.Graph(d.t, http.MethodDelete, fmt.Sprintf("/servicePrincipals/%s/appRoleAssignments/%v", d.principal, assignment["id"]), nil)
			}
		}
	}},
	"role granted": {make: func(d driftScene) { d.assign(catalogue.MicrosoftGraph, directoryReadAll) }},
	"role granted on another API": {make: func(d driftScene) {
		d.assign(catalogue.SharePointOnline, "678536fe-1083-478a-9c59-b99265e6b0d3")
	}},
	"grant deleted": {make: func(d driftScene) {
		d.tenant.Graph(d.t, http.MethodDelete, "/oauth2PermissionGrants/"+d.firstGrant(), nil)
	}},
	"grant narrowed": {make: func(d driftScene) {
		d.tenant.Graph(d.t, http.MethodPatch, "/oauth2PermissionGrants/"+d.firstGrant(), map[string]any{"scope": "User.Read"})
	}},
	"grant widened": {make: func(d driftScene) {
		d.tenant.Graph(d.t, http.MethodPatch, "/oauth2PermissionGrants/"+d.firstGrant(), map[string]any{"scope": "User.Read Mail.Read Files.Read.All"})
	}},
	"grant on another API": {make: func(d driftScene) {
		d.tenant.Graph(d.t, http.MethodPost, "/oauth2PermissionGrants", map[string]any{
			"clientId": d.principal, "consentType": "AllPrincipals", "resourceId": d.api(catalogue.ExchangeOnline), "scope": "EWS.AccessAsUser.All",
		})
	}},
	"directory role removed": {make: driftScene.removeDirectoryRoles},
	"assignment no longer required": {make: func(d driftScene) {
		d.tenant.Graph(d.t, http.MethodPatch, "/servicePrincipals/"+d.principal, map[string]any{"appRoleAssignmentRequired": false})
	}},
	"certificate removed": {make: func(d driftScene) { d.patchApplication(map[string]any{"keyCredentials": []any{}}) }},
	"owner removed": {make: func(d driftScene) {
		d.tenant.Graph(d.t, http.MethodDelete, "/applications/"+d.object+"/owners/"+d.owner+"/$ref", nil)
	}},
	"owner added": {make: func(d driftScene) {
		stranger := d.tenant.User(d.t, "Stranger")
		d.tenant.Graph(d.t, http.MethodPost, "/applications/"+d.object+"/owners/$ref", map[string]any{
			"@odata.id": d.tenant.Cloud.GraphEndpoint + "/v1.0/directoryObjects/" + stranger,
		})
	}},
	"service principal deleted": {make: func(d driftScene) {
		d.removeDirectoryRoles() // they would stay behind, with the deleted principal
		d.tenant.Graph(d.t, http.MethodDelete, "/servicePrincipals/"+d.principal, nil)
	}},
	"application deleted": {replaced: true, make: func(d driftScene) {
		d.removeDirectoryRoles()
		d.tenant.Graph(d.t, http.MethodDelete, "/applications/"+d.object, nil)
	}},
}

// Whatever is changed in the tenant, the next plan finds it, and the apply repairs it under the same client ID.
func TestAccAppSession_drift(t *testing.T) {
	t.Parallel()
	for name, change := range drifts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProbe(t)
			owner, owners := "", 0
			if strings.HasPrefix(name, "owner ") {
				acctest.NeedsAllApplications(t, "it manages owners")
			}
			if acctest.MayManageAllApplications() {
				owner, owners = p.tenant.User(t, "Owner"), 1
			}
			pem, pair := acctest.Certificate(t, 200*24*time.Hour)
			config := p.tenant.Provider() + p.drifted(pem, owner)
			scene := driftScene{probe: p, owner: owner}
			remember := withSession(func(found map[string]string) error {
				if scene.client != "" && !change.replaced && scene.client != found["client_id"] {
					return fmt.Errorf("the client ID was %s and is %s", scene.client, found["client_id"])
				}
				scene.object, scene.principal, scene.client = found["application_object_id"], found["service_principal_id"], found["client_id"]
				return nil
			})
			action := plancheck.ResourceActionUpdate
			if change.replaced {
				action = plancheck.ResourceActionCreate
			}
			run(t, p.tenant,
				resource.TestStep{Config: config, Check: remember},
				resource.TestStep{
					PreConfig:        func() { change.make(scene) },
					Config:           config,
					ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, action)}},
					Check: resource.ComposeAggregateTestCheckFunc(remember,
						resource.TestCheckResourceAttr(address, "display_name", p.tenant.Name()),
						resource.TestCheckResourceAttr(address, "description", "As declared"),
						resource.TestCheckResourceAttr(address, "sign_in_audience", "AzureADMyOrg"),
						resource.TestCheckResourceAttr(address, "certificate_thumbprint", pair.Certificate.ThumbprintSHA1()),
						resource.TestCheckResourceAttr(address, "owners.#", fmt.Sprint(owners)),
						withSession(func(found map[string]string) error {
							for name, value := range found {
								if strings.HasPrefix(name, "owners.") && name != "owners.#" && value != owner {
									return fmt.Errorf("an owner is %s", value)
								}
							}
							return scene.asDeclared()
						}),
					),
				},
			)
		})
	}
}

// asDeclared states what the tenant has to hold, without the provider's help.
func (d driftScene) asDeclared() error {
	app := d.application(d.client)
	if app["displayName"] != d.tenant.Name() || app["notes"] != "As declared" || app["signInAudience"] != "AzureADMyOrg" {
		return fmt.Errorf("the application is %v", app)
	}
	if declared, _ := app["requiredResourceAccess"].([]any); len(declared) != 2 {
		return fmt.Errorf("the manifest is %v", declared)
	}
	if keys, _ := app["keyCredentials"].([]any); len(keys) != 1 {
		return fmt.Errorf("the certificates are %v", keys)
	}
	if required := d.servicePrincipal(d.client)["appRoleAssignmentRequired"]; required != true {
		return fmt.Errorf("appRoleAssignmentRequired is %v", required)
	}
	if roles := d.grantedRoles(d.client); len(roles) != 2 || roles[0] != "dc50a0fb-09a3-484d-be87-e023b12c6440" || roles[1] != userReadAll {
		return fmt.Errorf("the granted roles are %v", roles)
	}
	grants := d.tenant.List(d.t, "/servicePrincipals/"+d.principal+"/oauth2PermissionGrants")
	if len(grants) != 1 || grants[0]["scope"] != "Mail.Read User.Read" {
		return fmt.Errorf("the grants are %v", grants)
	}
	roles := d.tenant.List(d.t, "/roleManagement/directory/roleAssignments?$filter=principalId%20eq%20'"+d.principal+"'")
	if len(roles) != 1 || roles[0]["roleDefinitionId"] != exchangeAdministrator {
		return fmt.Errorf("the directory roles are %v", roles)
	}
	return nil
}

// A secret that somebody removed is made again; consent of a single user is left alone throughout.
func TestAccAppSession_driftOfSecretAndUserConsent(t *testing.T) {
	t.Parallel()
	p := newProbe(t)
	config := p.tenant.Provider() + p.session(readUsers)
	var c client
	var first map[string]string
	user := p.tenant.User(t, "Consenting")
	userGrant := func() []map[string]any {
		return p.tenant.List(t, "/servicePrincipals/"+first["service_principal_id"]+"/oauth2PermissionGrants")
	}
	run(t, p.tenant,
		resource.TestStep{Config: config, Check: resource.ComposeAggregateTestCheckFunc(c.remember(), withSession(func(found map[string]string) error {
			first = found
			return nil
		}))},
		resource.TestStep{
			PreConfig: func() {
				p.tenant.Graph(t, http.MethodPost, "/applications/"+first["application_object_id"]+"/removePassword",
					map[string]any{"keyId": first["client_secret_key_id"]})
				p.tenant.Graph(t, http.MethodPost, "/oauth2PermissionGrants", map[string]any{
					"clientId": first["service_principal_id"], "consentType": "Principal", "principalId": user,
					"resourceId": p.api(catalogue.MicrosoftGraph), "scope": "Files.Read",
				})
			},
			Config: config,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate),
			}},
			Check: resource.ComposeAggregateTestCheckFunc(c.remember(), signsInWithSecret(p.tenant, "User.Read.All"),
				withSession(func(found map[string]string) error {
					if found["client_secret_key_id"] == first["client_secret_key_id"] {
						return fmt.Errorf("the secret is the old one")
					}
					if grants := userGrant(); len(grants) != 1 || grants[0]["scope"] != "Files.Read" {
						return fmt.Errorf("the user's own consent is %v", grants)
					}
					return nil
				})),
		},
	)
}
