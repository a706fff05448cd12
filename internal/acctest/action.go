package acctest

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/provider"
)

// Invocation is what became of an action.
type Invocation struct {
	Planned     []*tfprotov6.Diagnostic // before anything is done: of the validation, or else of the plan
	Progress    []string
	Diagnostics []*tfprotov6.Diagnostic // of the invocation, which errors before it leave out
}

// HasErrors tells whether any of the diagnostics is an error.
func HasErrors(diagnostics []*tfprotov6.Diagnostic) bool {
	for _, d := range diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			return true
		}
	}
	return false
}

// Invoke validates, plans and invokes an action as Terraform 1.14 does, by the protocol: it takes no CLI. The attributes
// that are not set are null.
func (e Emulated) Invoke(
	tb testing.TB, action string, as emulator.Identity, enforcement entra.Enforcement, set map[string]tftypes.Value,
) Invocation {
	tb.Helper()
	ctx, server := tb.Context(), provider.Server("test")()
	actions, ok := server.(tfprotov6.ActionServer)
	schemas, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil || !ok || schemas.ActionSchemas[action] == nil {
		tb.Fatalf("there is no action %s: %v", action, err)
	}
	text := func(value string) tftypes.Value { return tftypes.NewValue(tftypes.String, value) }
	configured, err := server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{
		Config: valuesOf(tb, schemas.Provider, map[string]tftypes.Value{
			"tenant_id": text(e.ID()), "client_id": text(as.ClientID), "client_secret": text(as.ClientSecret),
			"graph_endpoint": text(e.Server.URL()), "login_endpoint": text(e.Server.URL()), "ca_certificate_path": text(authority),
			"use_cli": tftypes.NewValue(tftypes.Bool, false), "access_enforcement": text(string(enforcement)),
		}),
	})
	if err != nil || HasErrors(configured.Diagnostics) {
		tb.Fatal(err, configured)
	}
	config := valuesOf(tb, schemas.ActionSchemas[action].Schema, set)
	validated, err := actions.ValidateActionConfig(ctx, &tfprotov6.ValidateActionConfigRequest{ActionType: action, Config: config})
	if err != nil {
		tb.Fatal(err)
	}
	if HasErrors(validated.Diagnostics) {
		return Invocation{Planned: validated.Diagnostics}
	}
	planned, err := actions.PlanAction(ctx, &tfprotov6.PlanActionRequest{ActionType: action, Config: config})
	if err != nil {
		tb.Fatal(err)
	}
	done := Invocation{Planned: planned.Diagnostics}
	if HasErrors(done.Planned) {
		return done
	}
	stream, err := actions.InvokeAction(ctx, &tfprotov6.InvokeActionRequest{ActionType: action, Config: config})
	if err != nil {
		tb.Fatal(err)
	}
	for event := range stream.Events {
		switch event := event.Type.(type) {
		case tfprotov6.ProgressInvokeActionEventType:
			done.Progress = append(done.Progress, event.Message)
		case tfprotov6.CompletedInvokeActionEventType:
			done.Diagnostics = event.Diagnostics
		}
	}
	return done
}

// valuesOf is a configuration of the schema.
func valuesOf(tb testing.TB, schema *tfprotov6.Schema, set map[string]tftypes.Value) *tfprotov6.DynamicValue {
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
