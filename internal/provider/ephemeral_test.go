package provider_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Whatever signs in is sensitive, and nothing else is.
func TestEphemeralResourcesAreDescribed(t *testing.T) {
	t.Parallel()
	sensitive := map[string]bool{
		"pfx_password": true, "private_key_pem": true, "pfx_base64": true, "client_secret": true, "access_token": true,
	}
	resp := schemas(t)
	for _, name := range []string{"sapio365_certificate", "sapio365_app_session_token"} {
		schema := resp.EphemeralResourceSchemas[name]
		if schema == nil {
			t.Fatalf("the ephemeral resource %s is missing", name)
		}
		describedAll(t, name, schema.Block.Attributes)
		for _, a := range schema.Block.Attributes {
			if a.Sensitive != sensitive[a.Name] {
				t.Errorf("%s.%s: sensitive is %t", name, a.Name, a.Sensitive)
			}
		}
	}
}

func TestFunctionsAreDescribed(t *testing.T) {
	t.Parallel()
	functions := schemas(t).Functions
	for _, name := range []string{"certificate_thumbprint", "admin_consent_url", "permission_profile"} {
		f := functions[name]
		if f == nil {
			t.Fatalf("the function %s is missing", name)
		}
		parameters := f.Parameters
		if f.VariadicParameter != nil {
			parameters = append(parameters, f.VariadicParameter)
		}
		for _, p := range parameters {
			if p.Description == "" {
				t.Errorf("%s of %s has no description", p.Name, name)
			}
		}
		if f.Summary == "" || f.Description == "" {
			t.Errorf("%s is not described", name)
		}
	}
}

// While parts of the provider block are unknown, a token cannot be had, and a certificate can: it takes no sign-in.
func TestEphemeralResourcesOfAnUnreadyProvider(t *testing.T) {
	t.Parallel()
	unknown := tftypes.NewValue(tftypes.String, tftypes.UnknownValue)
	const id = "11111111-2222-3333-4444-555555555555"
	s, _ := configure(t, false, map[string]tftypes.Value{
		"client_secret": unknown, "tenant_id": tftypes.NewValue(tftypes.String, id),
	})
	open := func(name string, set map[string]string) []*tfprotov6.Diagnostic {
		object, ok := schemas(t).EphemeralResourceSchemas[name].ValueType().(tftypes.Object)
		if !ok {
			t.Fatalf("%s is no object", name)
		}
		values := map[string]tftypes.Value{}
		for attribute, kind := range object.AttributeTypes {
			values[attribute] = tftypes.NewValue(kind, nil)
			if value, given := set[attribute]; given {
				values[attribute] = tftypes.NewValue(kind, value)
			}
		}
		config, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, values))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := s.OpenEphemeralResource(t.Context(), &tfprotov6.OpenEphemeralResourceRequest{TypeName: name, Config: &config})
		if err != nil {
			t.Fatal(err)
		}
		return resp.Diagnostics
	}
	if said := open("sapio365_certificate", map[string]string{"common_name": "x"}); len(said) > 0 {
		t.Errorf("the certificate: %s: %s", said[0].Summary, said[0].Detail)
	}
	said := open("sapio365_app_session_token", map[string]string{"client_id": id, "client_secret": "secret"})
	if len(said) != 1 || !strings.Contains(said[0].Detail, "cannot sign in yet") {
		t.Errorf("the token: %v", said)
	}
}
