package acctest

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
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
	ctx := tb.Context()
	server, schemas := e.Protocol(tb, as, enforcement)
	actions, ok := server.(tfprotov6.ActionServer)
	if !ok || schemas.ActionSchemas[action] == nil {
		tb.Fatalf("there is no action %s", action)
	}
	config := ValuesOf(tb, schemas.ActionSchemas[action].Schema, set)
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
