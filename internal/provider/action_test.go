package provider_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

func TestActionsAreDescribed(t *testing.T) {
	t.Parallel()
	resp := schemas(t)
	for _, name := range []string{"sapio365_rotate_secret", "sapio365_verify_sign_in"} {
		action := resp.ActionSchemas[name]
		if action == nil {
			t.Fatalf("the action %s is missing", name)
		}
		describedAll(t, name, action.Schema.Block.Attributes)
		if action.Schema.Block.Description == "" {
			t.Errorf("%s has no description", name)
		}
		for _, a := range action.Schema.Block.Attributes {
			if a.WriteOnly {
				t.Errorf("%s.%s is write-only: nobody could set it", name, a.Name)
			}
		}
	}
	if _, ok := server().(tfprotov6.ActionServer); !ok {
		t.Error("the server has no actions")
	}
}

// While parts of the provider block are unknown, an action says what it waits for.
func TestActionsOfAnUnreadyProvider(t *testing.T) {
	t.Parallel()
	const id = "11111111-2222-3333-4444-555555555555"
	s, _ := configure(t, false, map[string]tftypes.Value{
		"client_secret": tftypes.NewValue(tftypes.String, tftypes.UnknownValue), "tenant_id": tftypes.NewValue(tftypes.String, id),
	})
	actions, ok := s.(tfprotov6.ActionServer)
	if !ok {
		t.Fatal("the server has no actions")
	}
	for name, schema := range schemas(t).ActionSchemas {
		object, ok := schema.Schema.ValueType().(tftypes.Object)
		if !ok {
			t.Fatalf("%s is no object", name)
		}
		values := map[string]tftypes.Value{}
		for attribute, kind := range object.AttributeTypes {
			values[attribute] = tftypes.NewValue(kind, nil)
			if attribute == "client_id" || attribute == "client_secret" {
				values[attribute] = tftypes.NewValue(kind, id)
			}
		}
		config, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, values))
		if err != nil {
			t.Fatal(err)
		}
		stream, err := actions.InvokeAction(t.Context(), &tfprotov6.InvokeActionRequest{ActionType: name, Config: &config})
		if err != nil {
			t.Fatal(err)
		}
		said := ""
		for event := range stream.Events {
			if done, ok := event.Type.(tfprotov6.CompletedInvokeActionEventType); ok {
				for _, d := range done.Diagnostics {
					said += d.Severity.String() + ": " + d.Detail
				}
			}
		}
		if !strings.HasPrefix(said, "ERROR") || !strings.Contains(said, "cannot sign in yet") {
			t.Errorf("%s: %s", name, said)
		}
	}
}
