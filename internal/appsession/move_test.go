package appsession

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

const azuread = "registry.terraform.io/hashicorp/azuread"

// azureadState is the state of an azuread_application as version 3 of the provider writes it, in schema version 2.
const azureadState = `{
  "api": [{"known_client_applications": [], "mapped_claims_enabled": false, "oauth2_permission_scope": [], "requested_access_token_version": 1}],
  "app_role": [], "app_role_ids": {}, "client_id": "CLIENT_ID", "description": "", "device_only_auth_enabled": false,
  "disabled_by_microsoft": "<nil>", "display_name": "Jane Doe", "fallback_public_client_enabled": false,
  "feature_tags": [{"custom_single_sign_on": false, "enterprise": false, "gallery": false, "hide": false}],
  "group_membership_claims": [], "id": "/applications/OBJECT_ID", "identifier_uris": [], "logo_image": "", "logo_url": "",
  "marketing_url": "", "notes": "", "oauth2_permission_scope_ids": {}, "oauth2_post_response_required": false,
  "object_id": "OBJECT_ID", "optional_claims": [], "owners": ["11111111-0000-4000-8000-000000000001"], "password": [],
  "prevent_duplicate_names": false, "privacy_statement_url": "", "public_client": [{"redirect_uris": []}],
  "publisher_domain": "contoso.onmicrosoft.com",
  "required_resource_access": [{
    "resource_access": [{"id": "df021288-bdef-4463-88db-98f22de89214", "type": "Role"}],
    "resource_app_id": "00000003-0000-0000-c000-000000000000"
  }],
  "service_management_reference": "", "sign_in_audience": "AzureADMyOrg", "single_page_application": [{"redirect_uris": []}],
  "support_url": "", "tags": [], "template_id": "", "terms_of_service_url": "", "timeouts": null,
  "web": [{"homepage_url": "", "implicit_grant": [{"access_token_issuance_enabled": false, "id_token_issuance_enabled": false}],
    "logout_url": "", "redirect_uris": []}]
}`

func stateOf(clientID string) string {
	return strings.NewReplacer("CLIENT_ID", clientID, "OBJECT_ID", objectID).Replace(azureadState)
}

func (d *driver) move(provider, resource, state string) (stored, []*tfprotov6.Diagnostic) {
	d.t.Helper()
	resp, err := d.server.MoveResourceState(d.t.Context(), &tfprotov6.MoveResourceStateRequest{
		SourceProviderAddress: provider, SourceTypeName: resource, SourceSchemaVersion: 2, TargetTypeName: typeName,
		SourceState: &tfprotov6.RawState{JSON: []byte(state)},
	})
	if err != nil {
		d.t.Fatal(err)
	}
	if resp.TargetState == nil {
		return d.none(), resp.Diagnostics
	}
	return stored{value: d.value(resp.TargetState), private: resp.TargetPrivate, identity: resp.TargetIdentity}, resp.Diagnostics
}

// What another provider has managed becomes an App session, and after the next read is what an import leads to. Terraform
// moves before it configures the provider.
func TestMove(t *testing.T) {
	t.Parallel()
	for name, source := range map[string]struct{ resource, provider, state string }{
		"application":          {"azuread_application", azuread, stateOf(strings.ToUpper(clientID))},
		"before version 3":     {"azuread_application", azuread, `{"application_id": "` + clientID + `", "object_id": "` + objectID + `"}`},
		"registration":         {"azuread_application_registration", azuread, `{"client_id": "` + clientID + `"}`},
		"OpenTofu's registry":  {"azuread_application", "registry.opentofu.org/hashicorp/azuread", stateOf(clientID)},
		"a registry of theirs": {"azuread_application", "mirror.contoso.com/hashicorp/azuread", stateOf(clientID)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDriver(t)
			d.sessions.registration = finished(t)
			d.configure(nil)
			moved, diags := d.move(source.provider, source.resource, source.state)
			if len(diags) > 0 || !d.model(moved.value).isImported() {
				t.Fatal(texts(diags))
			}
			d.configure(d.data)
			imported, _ := d.importID(clientID)
			for _, from := range []*stored{&moved, &imported} {
				if *from, diags = d.refresh(*from); len(diags) > 0 {
					t.Fatal(texts(diags))
				}
			}
			if diff := differences(d.model(moved.value), d.model(imported.value)); len(diff) > 0 {
				t.Errorf("%v are otherwise than after an import", diff)
			}
			if !sameIdentity(t, moved, imported) {
				t.Error("the identity is not that of an import")
			}
			config := configured()
			config.PermissionProfile = types.StringNull()
			if planned, diags := d.plan(config, moved); len(diags) > 0 || !d.value(planned.PlannedState).Equal(moved.value) {
				t.Errorf("the plan changes something: %s", texts(diags))
			}
		})
	}
}

func sameIdentity(t *testing.T, a, b stored) bool {
	t.Helper()
	kind := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"tenant_id": tftypes.String, "client_id": tftypes.String}}
	left, err := a.identity.IdentityData.Unmarshal(kind)
	if err != nil {
		t.Fatal(err)
	}
	right, err := b.identity.IdentityData.Unmarshal(kind)
	return err == nil && left.Equal(right)
}

func TestMoveRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ provider, resource, state, says string }{
		"another type":     {azuread, "azuread_service_principal", stateOf(clientID), "azuread_service_principal"},
		"another provider": {"registry.terraform.io/contoso/azuread", "azuread_application", stateOf(clientID), "contoso/azuread"},
		"no client ID":     {azuread, "azuread_application", `{"object_id": "` + objectID + `"}`, "No client ID in the state"},
		"no GUID":          {azuread, "azuread_application", stateOf("Jane"), "destroy = false"},
		"no object":        {azuread, "azuread_application", `[]`, "Unreadable state"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDriver(t)
			if moved, diags := d.move(tt.provider, tt.resource, tt.state); !moved.value.IsNull() || len(diags) != 1 || !strings.Contains(texts(diags), tt.says) {
				t.Errorf("%s, %s", moved.value, texts(diags))
			}
		})
	}
}

// A registration that is not in the provider's tenant is not taken for gone: a plan would make another one.
func TestMoveOfWhatIsElsewhere(t *testing.T) {
	t.Parallel()
	d := newDriver(t)
	moved, _ := d.move(azuread, "azuread_application", stateOf(clientID))
	d.sessions.err = &entra.GraphError{Kind: entra.ErrNotFound}
	read, diags := d.refresh(moved)
	if text := texts(diags); read.value.IsNull() || len(diags) != 1 || !strings.Contains(text, homeTenant) || !strings.Contains(text, "TENANT_ID/"+clientID) {
		t.Errorf("%s, %s", read.value, text)
	}
}

// Without a read nothing is known that could be planned from, destroyed, or left alone.
func TestMoveWithoutARead(t *testing.T) {
	t.Parallel()
	d := newDriver(t)
	moved, _ := d.move(azuread, "azuread_application", stateOf(clientID))
	if _, diags := d.plan(configured(), moved); len(diags) != 1 || !strings.Contains(texts(diags), "-refresh=false") {
		t.Error(texts(diags))
	}
	resp, err := d.server.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: typeName, PriorState: d.dynamic(moved.value), ProposedNewState: d.dynamic(d.none().value), Config: d.dynamic(d.none().value),
	})
	if err != nil || !strings.Contains(texts(resp.Diagnostics), "-refresh=false") {
		t.Error(err, texts(resp.Diagnostics))
	}
	if len(d.sessions.calls) > 0 {
		t.Errorf("the tenant was asked to %v", d.sessions.calls)
	}
}
