package sessiontoken

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// verify invokes the action with what is configured. It returns everything that is said.
func verify(t *testing.T, provider *tfkit.Provider, configured map[string]string) (progress []string, resp *action.InvokeResponse) {
	t.Helper()
	a := &verifyAction{}
	var given action.ConfigureResponse
	a.Configure(t.Context(), action.ConfigureRequest{ProviderData: provider}, &given)
	var described action.SchemaResponse
	a.Schema(t.Context(), action.SchemaRequest{}, &described)
	kind, ok := described.Schema.Type().TerraformType(t.Context()).(tftypes.Object)
	if !ok || given.Diagnostics.HasError() {
		t.Fatal(given.Diagnostics)
	}
	values := map[string]tftypes.Value{}
	for name, attribute := range kind.AttributeTypes {
		values[name] = tftypes.NewValue(attribute, nil)
		if value, set := configured[name]; set {
			values[name] = tftypes.NewValue(attribute, value)
		}
	}
	config := tfsdk.Config{Schema: described.Schema, Raw: tftypes.NewValue(kind, values)}
	resp = &action.InvokeResponse{SendProgress: func(e action.InvokeProgressEvent) { progress = append(progress, e.Message) }}
	a.Invoke(t.Context(), action.InvokeRequest{Config: config}, resp)
	for _, text := range progress {
		if strings.Contains(text, testSecret) || strings.Contains(text, "the-token") {
			t.Errorf("a secret is told: %s", text)
		}
	}
	return progress, resp
}

// The action signs in as the ephemeral resource does, and tells what the token allows.
func TestVerify(t *testing.T) {
	t.Parallel()
	e := &entrance{answers: []error{nil}}
	progress, resp := verify(t, providerOf(e, &person{}, entra.IgnoreAccess), bySecret())
	const want = "The App session " + clientID + " signed in to tenant " + tenantID +
		" with client_secret. Application permissions for https://graph.microsoft.com/.default: User.Read.All."
	if len(resp.Diagnostics) > 0 || len(progress) != 1 || progress[0] != want || len(e.asked) != 1 {
		t.Errorf("%q, %v", progress, resp.Diagnostics)
	}
	pair := map[string]string{"client_id": clientID, "private_key_pem": own().key, "certificate_pem": own().certificate}
	progress, resp = verify(t, providerOf(e, &person{}, entra.IgnoreAccess), pair)
	if len(resp.Diagnostics) > 0 || len(progress) != 1 || !strings.Contains(progress[0], "with private_key_pem") || e.asked[1].KeyPair == nil {
		t.Errorf("%q, %v", progress, resp.Diagnostics)
	}
}

func TestVerifyFails(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		answer      error
		enforcement entra.Enforcement
		config      map[string]string
		says        string
	}{
		"wrong":   {refusal("AADSTS7000215"), entra.IgnoreAccess, bySecret(), "takes a while to be accepted"},
		"expired": {refusal("AADSTS7000222"), entra.IgnoreAccess, bySecret(), "AADSTS7000222"},
		"nothing": {nil, entra.IgnoreAccess, map[string]string{"client_id": clientID}, "Nothing says with what"},
		"rule":    {nil, entra.Enforce, bySecret(), entra.RoleAccessAppSessions},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				progress, resp := verify(t, providerOf(&entrance{answers: []error{tt.answer}}, &person{}, tt.enforcement), tt.config)
				text := ""
				for _, d := range resp.Diagnostics {
					text += d.Summary() + "\n" + d.Detail()
				}
				if !resp.Diagnostics.HasError() || !strings.Contains(text, tt.says) || strings.Contains(text, testSecret) || len(progress) > 0 {
					t.Errorf("%q\n%s", progress, text)
				}
			})
		})
	}
}
