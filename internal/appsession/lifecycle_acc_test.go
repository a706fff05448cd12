package appsession_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra/catalogue"
	"github.com/sapio365/terraform-provider-sapio365/internal/signin"
)

var guid = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// signsInWithSecret signs in with the secret in the state and checks the roles of the token.
func signsInWithSecret(tenant acctest.Tenant, roles ...string) resource.TestCheckFunc {
	return withSession(func(found map[string]string) error {
		request := signin.SignInRequest{ClientID: found["client_id"], Secret: found["client_secret_value"]}
		return tenant.SignIn(request, hasRoles(roles...))
	})
}

// hasRoles insists on exactly these roles in a token.
func hasRoles(roles ...string) func(signin.Claims) error {
	slices.Sort(roles)
	return func(claims signin.Claims) error {
		if got := slices.Sorted(slices.Values(claims.Roles)); !slices.Equal(got, roles) {
			return fmt.Errorf("the token has the roles %v, wanted %v", got, roles)
		}
		return nil
	}
}

func TestAccAppSession_clientSecret(t *testing.T) {
	t.Parallel()
	p := newProbe(t)
	var c client
	provider := p.tenant.Provider()
	run(t, p.tenant,
		resource.TestStep{
			Config: provider + p.session(readUsers),
			Check: resource.ComposeAggregateTestCheckFunc(
				c.remember(),
				signsInWithSecret(p.tenant, "User.Read.All"),
				resource.TestCheckResourceAttr(address, "authentication", "client_secret"),
				resource.TestCheckResourceAttr(address, "tenant_id", p.tenant.ID()),
				resource.TestCheckResourceAttrPair(address, "id", address, "client_id"),
				resource.TestMatchResourceAttr(address, "application_object_id", guid),
				resource.TestMatchResourceAttr(address, "service_principal_id", guid),
				resource.TestMatchResourceAttr(address, "unique_name", regexp.MustCompile(`^sapio365-acceptance-[a-z2-7]{8}-[0-9a-f]{8}$`)),
				resource.TestCheckResourceAttr(address, "admin_consent_granted", "true"),
				resource.TestCheckResourceAttr(address, "missing_consents.#", "0"),
				resource.TestCheckResourceAttr(address, "extra_consents.#", "0"),
				resource.TestCheckResourceAttr(address, "unmanaged_credentials", "0"),
				resource.TestCheckResourceAttr(address, "exchange_powershell_ready", "false"),
				resource.TestCheckResourceAttr(address, "assignment_required", "true"),
				resource.TestCheckNoResourceAttr(address, "certificate_thumbprint"),
				withSession(func(found map[string]string) error {
					url := p.tenant.Cloud.LoginEndpoint + "/" + p.tenant.ID() + "/adminconsent?client_id=" + c.id
					if found["admin_consent_url"] != url {
						return fmt.Errorf("the consent URL is %s", found["admin_consent_url"])
					}
					expiry, err := time.Parse(time.RFC3339, found["client_secret_expires_at"])
					if days := time.Until(expiry).Hours() / 24; err != nil || days < 179 || days > 180 {
						return fmt.Errorf("the secret expires at %s: %w", found["client_secret_expires_at"], err)
					}
					app := p.application(c.id)
					if tags := fmt.Sprint(app["tags"]); tags != "[sapio365:app-session]" {
						return fmt.Errorf("the application has the tags %s", tags)
					}
					if app["signInAudience"] != "AzureADMyOrg" {
						return fmt.Errorf("the audience is %v", app["signInAudience"])
					}
					return nil
				}),
			),
		},
		resource.TestStep{
			Config: provider + session(`display_name = "`+p.tenant.Name()+`, renamed"`, `description = "What it is for"`,
				`assignment_required = false`, `permissions = {
					"Microsoft Graph" = { application = ["Group.Read.All", "User.Read.All"], delegated = ["User.Read", "Mail.Read"] }
					"`+catalogue.ExchangeOnline+`" = { application = ["Mail.Read"] }
				}`),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate),
			}},
			Check: resource.ComposeAggregateTestCheckFunc(
				c.remember(),
				signsInWithSecret(p.tenant, "User.Read.All", "Group.Read.All"),
				resource.TestMatchResourceAttr(address, "unique_name", regexp.MustCompile(`^sapio365-acceptance-[a-z2-7]{8}-[0-9a-f]{8}$`)),
				withSession(func(found map[string]string) error {
					app := p.application(c.id)
					if app["displayName"] != p.tenant.Name()+", renamed" || app["notes"] != "What it is for" {
						return fmt.Errorf("the application is %v, %v", app["displayName"], app["notes"])
					}
					principal := p.servicePrincipal(c.id)
					if principal["appRoleAssignmentRequired"] != false {
						return fmt.Errorf("the service principal is %v", principal)
					}
					grants := p.tenant.List(t, "/servicePrincipals/"+found["service_principal_id"]+"/oauth2PermissionGrants")
					if len(grants) != 1 || grants[0]["scope"] != "Mail.Read User.Read" || grants[0]["consentType"] != "AllPrincipals" {
						return fmt.Errorf("the delegated grants are %v", grants)
					}
					return nil
				}),
			),
		},
		resource.TestStep{
			Config: provider + p.session(readUsers),
			Check: resource.ComposeAggregateTestCheckFunc(
				c.remember(),
				signsInWithSecret(p.tenant, "User.Read.All"),
				withSession(func(found map[string]string) error {
					if grants := p.tenant.List(t, "/servicePrincipals/"+found["service_principal_id"]+"/oauth2PermissionGrants"); len(grants) > 0 {
						return fmt.Errorf("the delegated grants are %v", grants)
					}
					if notes := p.application(c.id)["notes"]; notes != nil {
						return fmt.Errorf("the notes are %v", notes)
					}
					return nil
				}),
			),
		},
	)
}

func TestAccAppSession_certificateAndExchange(t *testing.T) {
	t.Parallel()
	p := newProbe(t)
	pem, pair := acctest.Certificate(t, 200*24*time.Hour)
	var c client
	run(t, p.tenant, resource.TestStep{
		Config: p.tenant.Provider() + p.session(readUsers, certificateLine(pem), `exchange_online_powershell = {}`),
		Check: resource.ComposeAggregateTestCheckFunc(
			c.remember(),
			resource.TestCheckResourceAttr(address, "authentication", "certificate"),
			resource.TestCheckResourceAttr(address, "certificate_thumbprint", pair.Certificate.ThumbprintSHA1()),
			resource.TestCheckResourceAttr(address, "certificate_thumbprint_sha256", pair.Certificate.ThumbprintSHA256()),
			resource.TestCheckResourceAttr(address, "certificate_expires_at", pair.Certificate.NotAfter().Format(time.RFC3339)),
			resource.TestCheckResourceAttr(address, "exchange_powershell_ready", "true"),
			resource.TestCheckResourceAttr(address, "exchange_online_powershell.role", "Exchange Administrator"),
			resource.TestCheckNoResourceAttr(address, "client_secret_value"),
			withSession(func(map[string]string) error {
				request := signin.SignInRequest{ClientID: c.id, KeyPair: &pair}
				if err := p.tenant.SignIn(request, isExchangeAdministrator); err != nil {
					return err
				}
				request.Scope = "https://outlook.office365.com/.default"
				return p.tenant.SignIn(request, hasRoles("Exchange.ManageAsApp"))
			}),
		),
	}, resource.TestStep{
		// Without the block, the role and the permission go; the session stays.
		Config: p.tenant.Provider() + p.session(readUsers, certificateLine(pem)),
		Check: resource.ComposeAggregateTestCheckFunc(
			c.remember(),
			resource.TestCheckResourceAttr(address, "exchange_powershell_ready", "false"),
			withSession(func(map[string]string) error { return nothingAssigned(p, c.id) }),
		),
	})
}

func isExchangeAdministrator(claims signin.Claims) error {
	if !slices.Contains(claims.WIDs, exchangeAdministrator) {
		return fmt.Errorf("the token has the directory roles %v", claims.WIDs)
	}
	return nil
}

// nothingAssigned fails when the session still has what Exchange Online PowerShell takes.
func nothingAssigned(p probe, clientID string) error {
	principal := fmt.Sprint(p.servicePrincipal(clientID)["id"])
	filter := "/roleManagement/directory/roleAssignments?$filter=principalId%20eq%20'" + principal + "'"
	if roles := p.tenant.List(p.t, filter); len(roles) > 0 {
		return fmt.Errorf("the session still holds the roles %v", roles)
	}
	if roles := p.grantedRoles(clientID); len(roles) != 1 {
		return fmt.Errorf("the session still holds the app roles %v", roles)
	}
	return nil
}

// A switch of the kind of credential happens in place, and foreign credentials survive it.
func TestAccAppSession_switchCredential(t *testing.T) {
	t.Parallel()
	p := newProbe(t)
	pem, pair := acctest.Certificate(t, 200*24*time.Hour)
	other, otherPair := acctest.Certificate(t, 300*24*time.Hour)
	var c client
	provider := p.tenant.Provider()
	inPlace := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
		plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate),
	}}
	credentials := func(secrets, keys int) resource.TestCheckFunc {
		return withSession(func(map[string]string) error {
			app := p.application(c.id)
			gotSecrets, _ := app["passwordCredentials"].([]any)
			gotKeys, _ := app["keyCredentials"].([]any)
			if len(gotSecrets) != secrets || len(gotKeys) != keys {
				return fmt.Errorf("the application has %d secrets and %d certificates", len(gotSecrets), len(gotKeys))
			}
			return nil
		})
	}
	signsInWith := func(request signin.SignInRequest) resource.TestCheckFunc {
		return withSession(func(map[string]string) error {
			request.ClientID = c.id
			return p.tenant.SignIn(request, hasRoles("User.Read.All"))
		})
	}
	run(t, p.tenant,
		resource.TestStep{
			Config: provider + p.session(readUsers, `client_secret = { valid_days = 30 }`),
			Check:  resource.ComposeAggregateTestCheckFunc(c.remember(), credentials(1, 0), signsInWithSecret(p.tenant, "User.Read.All")),
		},
		resource.TestStep{
			PreConfig: func() {
				object := fmt.Sprint(p.application(c.id)["id"])
				p.tenant.Graph(t, http.MethodPost, "/applications/"+object+"/addPassword", map[string]any{
					"passwordCredential": map[string]any{"displayName": "somebody else's"},
				})
			},
			Config:           provider + p.session(readUsers, certificateLine(pem)),
			ConfigPlanChecks: inPlace,
			Check: resource.ComposeAggregateTestCheckFunc(c.remember(), credentials(1, 1), signsInWith(signin.SignInRequest{KeyPair: &pair}),
				resource.TestCheckResourceAttr(address, "unmanaged_credentials", "1"),
				resource.TestCheckNoResourceAttr(address, "client_secret_value"),
				resource.TestCheckNoResourceAttr(address, "client_secret_key_id")),
		},
		resource.TestStep{
			Config:           provider + p.session(readUsers, certificateLine(other)),
			ConfigPlanChecks: inPlace,
			Check: resource.ComposeAggregateTestCheckFunc(c.remember(), credentials(1, 2), signsInWith(signin.SignInRequest{KeyPair: &otherPair}),
				signsInWith(signin.SignInRequest{KeyPair: &pair}), resource.TestCheckResourceAttr(address, "retiring_credentials.#", "1"),
				resource.TestCheckResourceAttr(address, "certificate_thumbprint", otherPair.Certificate.ThumbprintSHA1())),
		},
		resource.TestStep{
			// The same certificate written otherwise is no change.
			Config:           provider + p.session(readUsers, certificateLine(strings.ReplaceAll(other, "\n", "\n\n"))),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
		},
		resource.TestStep{
			// Without either block the session goes back to sapio365's default.
			Config:           provider + p.session(readUsers),
			ConfigPlanChecks: inPlace,
			Check: resource.ComposeAggregateTestCheckFunc(c.remember(), credentials(2, 0), signsInWithSecret(p.tenant, "User.Read.All"),
				resource.TestCheckResourceAttr(address, "unmanaged_credentials", "1"),
				resource.TestCheckNoResourceAttr(address, "certificate_thumbprint")),
		},
	)
}
