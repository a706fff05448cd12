package appsession_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// left has the provider azuread leave what it managed where it is.
func left(resource string) string {
	return fmt.Sprintf("removed {\n  from = azuread_%s.test\n  lifecycle {\n    destroy = false\n  }\n}\n", resource)
}

// An App session that was wired of azuread's resources is taken over without a change: the application by a moved block or
// by an import, the rest by leaving it be. Its secret stays when it gets one of ours.
func TestAccAppSession_fromAzuread(t *testing.T) {
	t.Parallel()
	acctest.NeedsAllApplications(t, "it changes a registration of somebody else's")
	for name, takeOver := range map[string]func(clientID string) string{
		"moved": func(string) string { return "moved {\n  from = azuread_application.test\n  to = " + address + "\n}\n" },
		"import": func(clientID string) string {
			return left("application") + fmt.Sprintf("import {\n  to = %s\n  id = %q\n}\n", address, clientID)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProbe(t)
			source := azuread{t, p.tenant, p.tenant.Graph(t, http.MethodPost, "/applications", map[string]any{
				"displayName": p.tenant.Name(), "requiredResourceAccess": []any{map[string]any{
					"resourceAppId":  "00000003-0000-0000-c000-000000000000",
					"resourceAccess": []any{map[string]any{"id": "df021288-bdef-4463-88db-98f22de89214", "type": "Role"}},
				}},
			})}
			clientID := fmt.Sprint(source.made["appId"])
			wired := fmt.Sprintf(`
resource "azuread_application" "test" { display_name = %q }
resource "azuread_service_principal" "test" { client_id = azuread_application.test.client_id }
resource "azuread_application_password" "test" { application_id = azuread_application.test.id }
`, p.tenant.Name())
			taken := p.tenant.Provider() + takeOver(clientID) + left("service_principal") + left("application_password")
			same := []string{readUsers, "assignment_required = false", "admin_consent = false"}
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: source.factories(),
				CheckDestroy:             p.tenant.CheckDestroy,
				Steps: []resource.TestStep{
					{Config: wired},
					{
						Config: taken + p.session(same...),
						ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
							plancheck.ExpectResourceAction(address, plancheck.ResourceActionNoop),
						}},
						Check: withSession(func(found map[string]string) error {
							if found["client_id"] != clientID || found["unmanaged_credentials"] != "1" {
								return fmt.Errorf("the session is %v", found)
							}
							return nil
						}),
					},
					{Config: taken + p.session(readUsers, "client_secret = {}"), Check: func(*terraform.State) error {
						application := p.application(clientID)
						secrets, _ := application["passwordCredentials"].([]any)
						tags := fmt.Sprint(application["tags"])
						if len(secrets) != 2 || tags != "["+entra.TagAppSession+"]" {
							return fmt.Errorf("%d secrets, the tags %s", len(secrets), tags)
						}
						return nil
					}},
				},
			})
		})
	}
}
