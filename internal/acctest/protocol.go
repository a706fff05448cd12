package acctest

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/provider"
)

// Protocol configures a provider by Terraform's plugin protocol, for what takes a newer CLI than the oldest supported one.
func (e Emulated) Protocol(
	tb testing.TB, as emulator.Identity, enforcement entra.Enforcement,
) (tfprotov6.ProviderServer, *tfprotov6.GetProviderSchemaResponse) {
	tb.Helper()
	server := provider.Server("test")()
	schemas, err := server.GetProviderSchema(tb.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		tb.Fatal(err)
	}
	text := func(value string) tftypes.Value { return tftypes.NewValue(tftypes.String, value) }
	configured, err := server.ConfigureProvider(tb.Context(), &tfprotov6.ConfigureProviderRequest{
		Config: ValuesOf(tb, schemas.Provider, map[string]tftypes.Value{
			"tenant_id": text(e.ID()), "client_id": text(as.ClientID), "client_secret": text(as.ClientSecret),
			"graph_endpoint": text(e.Server.URL()), "login_endpoint": text(e.Server.URL()), "ca_certificate_path": text(authority),
			"use_cli": tftypes.NewValue(tftypes.Bool, false), "access_enforcement": text(string(enforcement)),
		}),
	})
	if err != nil || HasErrors(configured.Diagnostics) {
		tb.Fatal(err, configured)
	}
	return server, schemas
}

// ValuesOf is a configuration of the schema. The attributes that are not set are null.
func ValuesOf(tb testing.TB, schema *tfprotov6.Schema, set map[string]tftypes.Value) *tfprotov6.DynamicValue {
	tb.Helper()
	object, ok := schema.ValueType().(tftypes.Object)
	if !ok {
		tb.Fatal("the schema is of no object")
	}
	values := map[string]tftypes.Value{}
	for name, kind := range object.AttributeTypes {
		values[name] = tftypes.NewValue(kind, nil)
	}
	for name, value := range set {
		values[name] = value
	}
	config, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, values))
	if err != nil {
		tb.Fatal(err)
	}
	return &config
}
