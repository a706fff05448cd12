package provider_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Every list is of a resource that can be imported by what it yields.
func TestListsAreDescribed(t *testing.T) {
	t.Parallel()
	resp := schemas(t)
	if resp.ListResourceSchemas["sapio365_app_session"] == nil {
		t.Fatal("the list sapio365_app_session is missing")
	}
	for name, schema := range resp.ListResourceSchemas {
		describedAll(t, name, schema.Block.Attributes)
		if schema.Block.Description == "" || resp.ResourceSchemas[name] == nil {
			t.Errorf("%s has no description, or is of no resource", name)
		}
	}
}

// While parts of the provider block are unknown, a list says what it waits for.
func TestListsOfAnUnreadyProvider(t *testing.T) {
	t.Parallel()
	unknown, id := tftypes.NewValue(tftypes.String, tftypes.UnknownValue), tftypes.NewValue(tftypes.String, ownTenant)
	for says, set := range map[string]map[string]tftypes.Value{
		"cannot sign in yet": {"client_secret": unknown, "tenant_id": id},
		"tenant_id is not set, and the provider's will only be known after an apply": {"client_secret": unknown, "tenant_id": unknown},
	} {
		s, _ := configure(t, false, set)
		lists, ok := s.(tfprotov6.ListResourceServer)
		if !ok {
			t.Fatal("the server has no lists")
		}
		for name, schema := range schemas(t).ListResourceSchemas {
			object, ok := schema.ValueType().(tftypes.Object)
			if !ok {
				t.Fatalf("%s is no object", name)
			}
			values := map[string]tftypes.Value{}
			for attribute, kind := range object.AttributeTypes {
				values[attribute] = tftypes.NewValue(kind, nil)
			}
			config, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, values))
			if err != nil {
				t.Fatal(err)
			}
			stream, err := lists.ListResource(t.Context(), &tfprotov6.ListResourceRequest{TypeName: name, Config: &config, Limit: 10})
			if err != nil {
				t.Fatal(err)
			}
			said := ""
			for result := range stream.Results {
				for _, d := range result.Diagnostics {
					said += d.Severity.String() + ": " + d.Detail
				}
			}
			if !strings.HasPrefix(said, "ERROR") || !strings.Contains(said, says) {
				t.Errorf("%s: %s", name, said)
			}
		}
	}
}
