package terraformcli_test

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// What the other resources manage is taken over in the same way, by each form of the import ID.
func TestAccAdoptionOfAllTypes(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t, 0)
	w.needsGenerator(t)
	session := newByHand(t, w, 2).make(0)
	w.do(t, http.MethodPatch, "/applications/"+session.objectID, map[string]any{"tags": []any{entra.TagAppSession}}) // settings ask for it
	holder := w.do(t, http.MethodPost, "/groups", map[string]any{
		"displayName": "Managers", "mailEnabled": false, "mailNickname": "managers", "securityEnabled": true,
	})["id"]
	w.write(t, "main.tf", withProvider(onPremSettings(fmt.Sprintf("%q", session.clientID), "SYNC01")+fmt.Sprintf(`
resource "sapio365_access_roles" "this" {}

resource "sapio365_access_role_assignment" "managers" {
  access_roles_id = sapio365_access_roles.this.id
  role            = "General Manager"
  principal_id    = %q
}

output "register" { value = sapio365_access_roles.this.id }
`, holder)))
	w.run(t, "apply", "-auto-approve")
	register, err := w.Run(t.Context(), 0, "output", "-raw", "register")
	if err != nil {
		t.Fatal(err)
	}
	for name, tenant := range map[string]string{"alone": "", "with a tenant": w.tenant.ID() + "/"} {
		t.Run(name, func(t *testing.T) {
			adopter := w
			adopter.Directory = filepath.Join(w.Directory, name)
			if err := os.Mkdir(adopter.Directory, 0o700); err != nil {
				t.Fatal(err)
			}
			imports := ""
			for kind, id := range map[string]string{
				"app_session": session.clientID, "app_session_onprem": session.clientID, "access_roles": register,
				"access_role_assignment": fmt.Sprintf("%s/%s/General Manager", register, holder),
			} {
				imports += fmt.Sprintf("import {\n  to = sapio365_%s.adopted\n  id = %q\n}\n", kind, tenant+id)
			}
			adopter.write(t, "main.tf", withProvider(imports))
			adopter.reads(t, "plan", "-generate-config-out=generated.tf", "-out=adopt.tfplan")
			adopter.wantImportsOnly(t, 4)
			adopter.reads(t, "apply", "adopt.tfplan")
			adopter.reads(t, "plan", "-detailed-exitcode")
		})
	}
}

// Some registrations are no App sessions yet: what Terraform generates for them is refused with the reason, or the plan shows
// what they lack, as the guide says.
func TestAccAdoptionOfWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t, 0)
	w.needsGenerator(t)
	declared := []any{map[string]any{
		"resourceAppId":  "00000003-0000-0000-c000-000000000000",
		"resourceAccess": []any{map[string]any{"id": "df021288-bdef-4463-88db-98f22de89214", "type": "Role"}},
	}}
	for name, tt := range map[string]struct {
		set              map[string]any
		withoutPrincipal bool
		fails            bool
		says             string
	}{
		"long name":     {map[string]any{"displayName": strings.Repeat("long", 31)}, false, true, "Display name too long"},
		"no permission": {map[string]any{"requiredResourceAccess": []any{}}, false, true, "No permissions"},
		"audience":      {map[string]any{"signInAudience": "AzureADMultipleOrgs"}, false, false, `"AzureADMultipleOrgs" -> "AzureADMyOrg"`},
		"no principal":  {nil, true, false, "+ service_principal_id"},
	} {
		t.Run(name, func(t *testing.T) {
			application := map[string]any{"displayName": "sapio365 " + name, "requiredResourceAccess": declared}
			maps.Copy(application, tt.set)
			made := w.do(t, http.MethodPost, "/applications", application)
			if !tt.withoutPrincipal {
				w.do(t, http.MethodPost, "/servicePrincipals", map[string]any{"appId": made["appId"]})
			}
			adopter := w
			adopter.Directory = filepath.Join(w.Directory, name)
			if err := os.Mkdir(adopter.Directory, 0o700); err != nil {
				t.Fatal(err)
			}
			adopter.write(t, "main.tf", withProvider(fmt.Sprintf("import {\n  to = sapio365_app_session.adopted\n  id = %q\n}\n", made["appId"])))
			out, err := adopter.Run(t.Context(), 0, "plan", "-no-color", "-generate-config-out=generated.tf")
			if said := fmt.Sprint(out, err); (err != nil) != tt.fails || !strings.Contains(said, tt.says) {
				t.Errorf("it says %s", said)
			}
		})
	}
}
