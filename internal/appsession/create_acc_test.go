package appsession_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra/catalogue"
)

// The permissions of a pipeline that may do everything an App session takes, by the least of each kind.
var leastPermissions = []string{
	"Application.ReadWrite.OwnedBy", "Application.Read.All", "AppRoleAssignment.ReadWrite.All",
	"DelegatedPermissionGrant.ReadWrite.All", "Directory.Read.All", "RoleManagement.ReadWrite.Directory",
}

// picksPermissions is why a test needs an emulated tenant when its provider may not do everything.
const picksPermissions = "its provider signs in with chosen permissions"

// A whole life with the least privilege.
func TestAccAppSession_ownedBy(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, picksPermissions, emulator.TenantOptions{})
	p, provider := probe{t, tenant.Tenant}, tenant.ProviderAs(tenant.Caller(t, leastPermissions...))
	var c client
	run(t, p.tenant,
		resource.TestStep{
			Config: provider + p.session(readUsers),
			Check: resource.ComposeAggregateTestCheckFunc(c.remember(), signsInWithSecret(p.tenant, "User.Read.All"),
				resource.TestCheckResourceAttr(address, "owners.#", "0")),
		},
		resource.TestStep{
			Config: provider + p.session(`permission_profile = "read_only"`, `description = "More"`),
			Check:  c.remember(),
		},
	)
}

// A pipeline that may not consent hands the URL over and picks the consent up.
func TestAccAppSession_consentByAdministrator(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, picksPermissions, emulator.TenantOptions{})
	p, provider := probe{t, tenant.Tenant}, tenant.ProviderAs(tenant.Caller(t, "Application.ReadWrite.OwnedBy", "Directory.Read.All"))
	config := provider + p.session(readUsers, `admin_consent = false`)
	var principal string
	label := "Microsoft Graph: User.Read.All (application)"
	run(t, p.tenant,
		resource.TestStep{
			Config: config,
			Check: resource.ComposeAggregateTestCheckFunc(
				signsInWithSecret(p.tenant),
				resource.TestCheckResourceAttr(address, "admin_consent_granted", "false"),
				resource.TestCheckTypeSetElemAttr(address, "missing_consents.*", label),
				withSession(func(found map[string]string) error {
					principal = found["service_principal_id"]
					if declared, _ := p.application(found["client_id"])["requiredResourceAccess"].([]any); len(declared) != 1 {
						return fmt.Errorf("the manifest is %v", declared)
					}
					return nil
				}),
			),
		},
		resource.TestStep{
			PreConfig: func() {
				api := p.api(catalogue.MicrosoftGraph)
				p.tenant.Graph(t, http.MethodPost, "/servicePrincipals/"+api+"/appRoleAssignedTo", map[string]any{
					"principalId": principal, "resourceId": api, "appRoleId": userReadAll,
				})
			},
			Config:           config,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
		},
		resource.TestStep{
			RefreshState: true,
			Check: resource.ComposeAggregateTestCheckFunc(
				signsInWithSecret(p.tenant, "User.Read.All"),
				resource.TestCheckResourceAttr(address, "admin_consent_granted", "true"),
				resource.TestCheckResourceAttr(address, "missing_consents.#", "0"),
			),
		},
	)
}

// A consent that is refused half-way leaves a session that the next apply finishes, under the same client ID.
func TestAccAppSession_resume(t *testing.T) {
	t.Parallel()
	acctest.NeedsAllApplications(t, "another caller has begun the registration")
	tenant := acctest.NewEmulated(t, picksPermissions, emulator.TenantOptions{})
	p := probe{t, tenant.Tenant}
	mayNot := tenant.Caller(t, "Application.ReadWrite.OwnedBy", "Application.Read.All", "Directory.Read.All")
	var clientID string
	run(t, p.tenant,
		resource.TestStep{
			Config:      tenant.ProviderAs(mayNot) + p.session(readUsers),
			ExpectError: regexp.MustCompile(`(?s)AppRoleAssignment\.ReadWrite\.All.*next apply`),
		},
		resource.TestStep{
			PreConfig: func() {
				found := p.tenant.List(t, "/applications?$filter=displayName eq '"+p.tenant.Name()+"'")
				if len(found) != 1 || !strings.Contains(fmt.Sprint(found[0]["tags"]), "sapio365:provisioning:") {
					t.Fatalf("the broken create left %v", found)
				}
				clientID = fmt.Sprint(found[0]["appId"])
			},
			Config: p.tenant.Provider() + p.session(readUsers),
			Check: resource.ComposeAggregateTestCheckFunc(
				signsInWithSecret(p.tenant, "User.Read.All"),
				withSession(func(found map[string]string) error {
					if found["client_id"] != clientID {
						return fmt.Errorf("the client ID was %s and is %s", clientID, found["client_id"])
					}
					app := p.application(clientID)
					if secrets, _ := app["passwordCredentials"].([]any); len(secrets) != 1 {
						return fmt.Errorf("the application has %d secrets", len(secrets))
					}
					if strings.Contains(fmt.Sprint(app["tags"]), "provisioning") {
						return fmt.Errorf("the tags are %v", app["tags"])
					}
					return nil
				}),
			),
		},
	)
}

// configured is a session whose unique name is configured.
func (p probe) configured() string { return p.session(readUsers, p.unique("acceptance")) }

func TestAccAppSession_names(t *testing.T) {
	t.Parallel()
	t.Run("configured", func(t *testing.T) {
		t.Parallel()
		p := newProbe(t)
		run(t, p.tenant,
			resource.TestStep{
				Config: p.tenant.Provider() + p.configured(),
				Check:  resource.TestCheckResourceAttr(address, "unique_name", p.tenant.UniqueName("acceptance")),
			},
			resource.TestStep{
				Config: p.tenant.Provider() + p.session(readUsers, p.unique("other")),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(address, plancheck.ResourceActionDestroyBeforeCreate),
				}},
				Check: resource.TestCheckResourceAttr(address, "unique_name", p.tenant.UniqueName("other")),
			},
		)
	})
	t.Run("held by a deleted session", func(t *testing.T) {
		t.Parallel()
		p := newProbe(t)
		var c client
		run(t, p.tenant,
			resource.TestStep{Config: p.tenant.Provider() + p.configured(), Check: c.remember()},
			resource.TestStep{Config: p.tenant.Provider() + p.configured(), Destroy: true},
			resource.TestStep{
				Config:      p.tenant.Provider() + p.configured(),
				ExpectError: regexp.MustCompile(`(?s)"acceptance-.*recover_soft_deleted`),
			},
			resource.TestStep{
				Config: p.tenant.Provider("recover_soft_deleted = true", "permanently_delete = true") + p.configured(),
				Check:  resource.ComposeAggregateTestCheckFunc(c.remember(), signsInWithSecret(p.tenant, "User.Read.All")),
			},
			resource.TestStep{Config: p.tenant.Provider("permanently_delete = true") + p.configured(), Destroy: true},
			resource.TestStep{
				PreConfig: func() {
					for _, kind := range []string{"application", "servicePrincipal"} {
						for _, item := range p.tenant.List(t, "/directory/deletedItems/microsoft.graph."+kind) {
							if item["appId"] == c.id {
								t.Errorf("the deleted items still hold the %s", kind)
							}
						}
					}
				},
				Config: p.tenant.Provider() + p.configured(),
			},
		)
	})
	t.Run("derived, held by a deleted session", func(t *testing.T) {
		t.Parallel()
		p := newProbe(t)
		config := p.tenant.Provider() + p.session(readUsers)
		run(t, p.tenant,
			resource.TestStep{Config: config},
			resource.TestStep{Config: config, Destroy: true},
			resource.TestStep{Config: config, Check: resource.TestMatchResourceAttr(address, "unique_name", regexp.MustCompile(`-2$`))},
		)
	})
	t.Run("held by a finished session", func(t *testing.T) {
		t.Parallel()
		p := newProbe(t)
		second := strings.Replace(p.configured(), `"test"`, `"second"`, 1)
		run(t, p.tenant,
			resource.TestStep{Config: p.tenant.Provider() + p.configured()},
			resource.TestStep{
				Config:      p.tenant.Provider() + p.configured() + second,
				ExpectError: regexp.MustCompile(`(?s)"acceptance-.*import \{`),
			},
		)
	})
	t.Run("held by somebody else's application", func(t *testing.T) {
		t.Parallel()
		p := newProbe(t)
		theirs := p.tenant.Name() + " theirs"
		made := p.tenant.Graph(t, http.MethodPost, "/applications", map[string]any{"displayName": theirs})
		p.tenant.Graph(t, http.MethodPatch, fmt.Sprintf("/applications/%v", made["id"]), map[string]any{"uniqueName": p.tenant.UniqueName("acceptance")})
		run(t, p.tenant, resource.TestStep{
			Config: p.tenant.Provider() + p.configured(), ExpectError: regexp.MustCompile(`(?s)"acceptance-.*theirs`),
		})
		if name := p.application(fmt.Sprint(made["appId"]))["displayName"]; name != theirs {
			t.Errorf("the application's name is now %v", name)
		}
	})
	t.Run("twice in one configuration", func(t *testing.T) {
		t.Parallel()
		p := newProbe(t)
		run(t, p.tenant, resource.TestStep{
			Config:      p.tenant.Provider() + p.configured() + strings.Replace(p.configured(), `"test"`, `"second"`, 1),
			ExpectError: regexp.MustCompile(`"acceptance-`),
		})
		if found := p.tenant.List(t, "/applications?$filter=displayName eq '"+p.tenant.Name()+"'"); len(found) > 1 {
			t.Errorf("%d applications were made", len(found))
		}
	})
}

// The service principal of an API that the tenant lacks is added.
func TestAccAppSession_missingAPI(t *testing.T) {
	t.Parallel()
	permissions := `permissions = { "Office 365 Exchange Online" = { application = ["Mail.Read"] } }`
	t.Run("added", func(t *testing.T) {
		t.Parallel()
		acctest.NeedsAllApplications(t, "it adds a service principal of Microsoft's")
		tenant := acctest.NewEmulated(t, "it lacks Exchange Online", emulator.TenantOptions{WithoutExchange: true})
		p := probe{t, tenant.Tenant}
		run(t, p.tenant, resource.TestStep{Config: p.tenant.Provider() + p.session(permissions)})
	})
	t.Run("not allowed", func(t *testing.T) {
		t.Parallel()
		tenant := acctest.NewEmulated(t, "it lacks Exchange Online", emulator.TenantOptions{WithoutExchange: true})
		p := probe{t, tenant.Tenant}
		run(t, p.tenant, resource.TestStep{
			Config:      tenant.ProviderAs(tenant.Caller(t, leastPermissions...)) + p.session(permissions),
			ExpectError: regexp.MustCompile(`(?s)Office\s+365\s+Exchange\s+Online.*Application\.ReadWrite\.All`),
		})
	})
}

// Import takes the session over as it is.
func TestAccAppSession_import(t *testing.T) {
	t.Parallel()
	p := newProbe(t)
	config := p.tenant.Provider() + p.session(`description = "Imported"`, readUsers)
	var c client
	withTenant := func() string { return p.tenant.ID() + "/" + c.id }
	unread := []string{"authentication", "rotation_due_at", "client_secret_expires_at", "client_secret_key_id", "client_secret_value", "unmanaged_credentials", "timeouts"}
	run(t, p.tenant,
		resource.TestStep{Config: config, Check: c.remember()},
		resource.TestStep{Config: config, ResourceName: address, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: unread},
		resource.TestStep{
			Config: config, ResourceName: address, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: unread,
			ImportStateIdFunc: importID(withTenant),
		},
		resource.TestStep{
			Config: config, ResourceName: address, ImportState: true, ImportStateId: "Acceptance",
			ExpectError: regexp.MustCompile(`(?s)client\s+ID.*TENANT_ID`),
		},
	)
}
