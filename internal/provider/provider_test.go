package provider_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
	"github.com/sapio365/terraform-provider-sapio365/internal/provider"
)

func server() tfprotov6.ProviderServer { return provider.Server("test")() }

func schemas(t *testing.T) *tfprotov6.GetProviderSchemaResponse {
	t.Helper()
	resp, err := server().GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range resp.Diagnostics {
		t.Errorf("%s: %s", d.Summary, d.Detail)
	}
	return resp
}

func TestSchemaIsValidAndDescribed(t *testing.T) {
	t.Parallel()
	resp := schemas(t)
	if resp.ResourceSchemas["sapio365_app_session"] == nil {
		t.Fatal("the resource sapio365_app_session is missing")
	}
	describedAll(t, "provider", resp.Provider.Block.Attributes)
	for name, schema := range resp.ResourceSchemas {
		describedAll(t, name, schema.Block.Attributes)
	}
}

func describedAll(t *testing.T, where string, attributes []*tfprotov6.SchemaAttribute) {
	t.Helper()
	for _, a := range attributes {
		if a.Description == "" {
			t.Errorf("%s.%s has no description", where, a.Name)
		}
		if a.NestedType != nil {
			describedAll(t, where+"."+a.Name, a.NestedType.Attributes)
		}
	}
}

// Everything that can be set in the block must say where else it may come from, and secrets must be marked.
func TestProviderAttributes(t *testing.T) {
	t.Parallel()
	sensitive := map[string]bool{
		"client_secret": true, "client_certificate": true, "client_certificate_password": true,
		"oidc_token": true, "oidc_request_token": true,
	}
	for _, a := range schemas(t).Provider.Block.Attributes {
		if a.Name == "tenants" { // the environment stands in for none of it
			for _, member := range a.NestedType.Attributes {
				if member.Sensitive != sensitive[member.Name] {
					t.Errorf("tenants.%s: sensitive is %t", member.Name, member.Sensitive)
				}
			}
			continue
		}
		if variable := "SAPIO365_" + strings.ToUpper(a.Name); !strings.Contains(a.Description, variable) {
			t.Errorf("%s does not mention %s", a.Name, variable)
		}
		if a.Sensitive != sensitive[a.Name] {
			t.Errorf("%s: sensitive is %t", a.Name, a.Sensitive)
		}
	}
}

// What is wrong with the block by itself is told where nothing of its environment is there; the rest waits for it.
func TestBlockIsValidated(t *testing.T) {
	t.Parallel()
	text := func(value string) tftypes.Value { return tftypes.NewValue(tftypes.String, value) }
	unknown := tftypes.NewValue(tftypes.String, tftypes.UnknownValue)
	const id, absent = "11111111-2222-3333-4444-555555555555", "/nowhere/at/all"
	entries := func(key string) tftypes.Value {
		all, ok := typesOf(t, schemas(t).Provider)["tenants"].(tftypes.Map)
		entry, ok2 := all.ElementType.(tftypes.Object)
		if !ok || !ok2 {
			t.Fatal("tenants is no map of objects")
		}
		empty := map[string]tftypes.Value{}
		for name, kind := range entry.AttributeTypes {
			empty[name] = tftypes.NewValue(kind, nil)
		}
		return tftypes.NewValue(all, map[string]tftypes.Value{key: tftypes.NewValue(entry, empty)})
	}
	for name, test := range map[string]struct {
		set  map[string]tftypes.Value
		says string // empty for nothing
	}{
		"nothing set":      {nil, ""},
		"all of it":        {map[string]tftypes.Value{"tenant_id": text(id), "client_id": text(id), "environment": text("china")}, ""},
		"not known":        {map[string]tftypes.Value{"tenant_id": unknown, "environment": unknown, "login_endpoint": unknown}, ""},
		"files elsewhere":  {map[string]tftypes.Value{"client_certificate_path": text(absent), "ca_certificate_path": text(absent)}, ""},
		"an entry, empty":  {map[string]tftypes.Value{"tenants": entries(id)}, ""},
		"tenant malformed": {map[string]tftypes.Value{"tenant_id": text("1234")}, "Give a GUID such as"},
		"tenant by domain, no cloud known": {map[string]tftypes.Value{"tenant_id": text("contoso.com"), "environment": unknown},
			"A domain name can move to another tenant"},
		"client malformed": {map[string]tftypes.Value{"client_id": text("jane")}, "Give a GUID such as"},
		"environment":      {map[string]tftypes.Value{"environment": text("pubic")}, "Use one of: public"},
		"endpoint":         {map[string]tftypes.Value{"graph_endpoint": text("http://localhost")}, "https://host"},
		"enforcement":      {map[string]tftypes.Value{"access_enforcement": text("strict")}, `is none of "enforce"`},
		"key of tenants":   {map[string]tftypes.Value{"tenants": entries("contoso")}, `The key "contoso" of tenants is not a GUID`},
		"own tenant":       {map[string]tftypes.Value{"tenants": entries(id), "tenant_id": text(id)}, "the provider's own tenant"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp, err := server().ValidateProviderConfig(t.Context(), &tfprotov6.ValidateProviderConfigRequest{
				Config: acctest.ValuesOf(t, schemas(t).Provider, test.set),
			})
			if err != nil {
				t.Fatal(err)
			}
			var said []string
			for _, d := range resp.Diagnostics {
				said = append(said, d.Summary+": "+d.Detail)
			}
			if test.says == "" && len(said) > 0 || test.says != "" && (len(said) != 1 || !strings.Contains(said[0], test.says)) {
				t.Errorf("got %q, want %q", said, test.says)
			}
		})
	}
}

func typesOf(t *testing.T, schema *tfprotov6.Schema) map[string]tftypes.Type {
	t.Helper()
	object, ok := schema.ValueType().(tftypes.Object)
	if !ok {
		t.Fatal("the schema is of no object")
	}
	return object.AttributeTypes
}

// configure configures a provider with the attributes; the others are null.
func configure(t *testing.T, deferral bool, set map[string]tftypes.Value) (tfprotov6.ProviderServer, *tfprotov6.ConfigureProviderResponse) {
	t.Helper()
	s := server()
	resp, err := s.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{
		Config: acctest.ValuesOf(t, schemas(t).Provider, set), ClientCapabilities: &tfprotov6.ConfigureProviderClientCapabilities{DeferralAllowed: deferral},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, resp
}

func TestConfigureNamesTheAttributeOfAProblem(t *testing.T) {
	t.Parallel()
	_, resp := configure(t, false, map[string]tftypes.Value{
		"environment": tftypes.NewValue(tftypes.String, "pubic"), "tenant_id": tftypes.NewValue(tftypes.String, "contoso.com"),
	})
	found := map[string]bool{}
	for _, d := range resp.Diagnostics {
		found[d.Attribute.String()] = true
	}
	for _, name := range []string{"environment", "tenant_id"} {
		if !found[tftypes.NewAttributePath().WithAttributeName(name).String()] {
			t.Errorf("no diagnostic for %s in %v", name, found)
		}
	}
}

// Neither a sign-in nor a look at the network may happen when the provider is configured: the endpoint does not exist.
func TestConfigureConnectsToNothing(t *testing.T) {
	t.Parallel()
	const id = "11111111-2222-3333-4444-555555555555"
	endpoint := tftypes.NewValue(tftypes.String, "https://127.0.0.1:1")
	_, resp := configure(t, false, map[string]tftypes.Value{
		"tenant_id": tftypes.NewValue(tftypes.String, id), "client_id": tftypes.NewValue(tftypes.String, id),
		"client_secret":  tftypes.NewValue(tftypes.String, "secret"),
		"graph_endpoint": endpoint, "login_endpoint": endpoint,
	})
	for _, d := range resp.Diagnostics {
		t.Errorf("%s: %s", d.Summary, d.Detail)
	}
}

// Values that are only known after an apply must not stop a plan, also not of a client that can defer: OpenTofu says so, and
// refuses to plan what is deferred. What cannot be done says what it waits for.
func TestConfigureAcceptsUnknownValues(t *testing.T) {
	t.Parallel()
	for _, deferral := range []bool{false, true} {
		s, resp := configure(t, deferral, map[string]tftypes.Value{
			"client_secret": tftypes.NewValue(tftypes.String, tftypes.UnknownValue),
		})
		for _, d := range resp.Diagnostics {
			t.Errorf("%s: %s", d.Summary, d.Detail)
		}
		imported, err := s.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{
			TypeName: "sapio365_app_session", ID: "11111111-2222-3333-4444-555555555555",
		})
		if err != nil {
			t.Fatal(err)
		}
		if imported.Deferred != nil || len(imported.Diagnostics) == 0 {
			t.Errorf("deferral allowed %t: deferred %v, diagnostics %v", deferral, imported.Deferred, imported.Diagnostics)
		}
	}
}
