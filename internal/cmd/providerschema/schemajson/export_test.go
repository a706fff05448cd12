package schemajson_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/sapio365/terraform-provider-sapio365/internal/cmd/providerschema/schemajson"
)

const address = "registry.terraform.io/sapio365/example"

// server answers with fixed schemas; every other call panics.
type server struct {
	tfprotov6.ProviderServer

	schemas    tfprotov6.GetProviderSchemaResponse
	identities tfprotov6.GetResourceIdentitySchemasResponse
}

func (s *server) GetProviderSchema(context.Context, *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	return &s.schemas, nil
}

func (s *server) GetResourceIdentitySchemas(context.Context, *tfprotov6.GetResourceIdentitySchemasRequest) (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	return &s.identities, nil
}

func schemaOf(attributes ...*tfprotov6.SchemaAttribute) *tfprotov6.Schema {
	return &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{Attributes: attributes}}
}

func errorDiagnostics() []*tfprotov6.Diagnostic {
	return []*tfprotov6.Diagnostic{
		{Severity: tfprotov6.DiagnosticSeverityWarning, Summary: "Mind this"},
		{Severity: tfprotov6.DiagnosticSeverityError, Summary: "Schema is wrong", Detail: "twice"},
	}
}

// wantJSON uses every kind of schema and every property once.
const wantJSON = `{
  "format_version": "1.0",
  "provider_schemas": {
    "registry.terraform.io/sapio365/example": {
      "provider": {"version": 0, "block": {"description_kind": "plain"}},
      "resource_schemas": {"example_thing": {"version": 2, "block": {
        "description": "A **thing**.", "description_kind": "markdown", "deprecated": true,
        "attributes": {
          "name": {"type": "string", "description": "Its name.", "description_kind": "markdown", "required": true},
          "password": {"type": "string", "description_kind": "plain", "optional": true, "sensitive": true, "write_only": true},
          "tags": {"type": ["map", ["set", "string"]], "description_kind": "plain", "computed": true, "deprecated": true},
          "parts": {"description_kind": "plain", "optional": true, "nested_type": {"nesting_mode": "list", "attributes": {
            "size": {"type": ["object", {"a": "number"}], "description_kind": "plain", "computed": true}}}}
        },
        "block_types": {"timeouts": {"nesting_mode": "single", "min_items": 1, "max_items": 2, "block": {"description_kind": "plain"}}}
      }}},
      "data_source_schemas": {"example_data": {"version": 0, "block": {"description_kind": "plain"}}},
      "ephemeral_resource_schemas": {"example_token": {"version": 0, "block": {"description_kind": "plain"}}},
      "list_resource_schemas": {"example_thing": {"version": 0, "block": {"description_kind": "plain"}}},
      "action_schemas": {"example_rotate": {"block": {"description_kind": "plain"}}},
      "functions": {"thumbprint": {
        "summary": "Short", "description": "Long", "deprecation_message": "Old", "return_type": "string",
        "parameters": [{"name": "certificate", "description": "PEM", "type": "dynamic", "is_nullable": true}],
        "variadic_parameter": {"name": "more", "type": "bool"}
      }},
      "resource_identity_schemas": {"example_thing": {"version": 1, "attributes": {
        "client_id": {"type": "string", "description": "The client.", "required_for_import": true},
        "tenant_id": {"type": "string", "optional_for_import": true}
      }}}
    }
  }
}`

func exampleServer() *server {
	thing := schemaOf(
		&tfprotov6.SchemaAttribute{Name: "name", Type: tftypes.String, Required: true, Description: "Its name.", DescriptionKind: tfprotov6.StringKindMarkdown},
		&tfprotov6.SchemaAttribute{Name: "password", Type: tftypes.String, Optional: true, Sensitive: true, WriteOnly: true},
		&tfprotov6.SchemaAttribute{Name: "tags", Type: tftypes.Map{ElementType: tftypes.Set{ElementType: tftypes.String}}, Computed: true, Deprecated: true},
		&tfprotov6.SchemaAttribute{Name: "parts", Optional: true, NestedType: &tfprotov6.SchemaObject{
			Nesting: tfprotov6.SchemaObjectNestingModeList,
			Attributes: []*tfprotov6.SchemaAttribute{
				{Name: "size", Computed: true, Type: tftypes.Object{AttributeTypes: map[string]tftypes.Type{"a": tftypes.Number}}},
			},
		}},
	)
	thing.Version = 2
	thing.Block.Description, thing.Block.DescriptionKind, thing.Block.Deprecated = "A **thing**.", tfprotov6.StringKindMarkdown, true
	thing.Block.BlockTypes = []*tfprotov6.SchemaNestedBlock{{
		TypeName: "timeouts", Nesting: tfprotov6.SchemaNestedBlockNestingModeSingle, MinItems: 1, MaxItems: 2, Block: &tfprotov6.SchemaBlock{},
	}}
	return &server{
		schemas: tfprotov6.GetProviderSchemaResponse{
			Provider:                 schemaOf(),
			ResourceSchemas:          map[string]*tfprotov6.Schema{"example_thing": thing},
			DataSourceSchemas:        map[string]*tfprotov6.Schema{"example_data": schemaOf()},
			EphemeralResourceSchemas: map[string]*tfprotov6.Schema{"example_token": schemaOf()},
			ListResourceSchemas:      map[string]*tfprotov6.Schema{"example_thing": schemaOf()},
			ActionSchemas:            map[string]*tfprotov6.ActionSchema{"example_rotate": {Schema: schemaOf()}},
			Functions: map[string]*tfprotov6.Function{"thumbprint": {
				Summary: "Short", Description: "Long", DeprecationMessage: "Old",
				Return:            &tfprotov6.FunctionReturn{Type: tftypes.String},
				Parameters:        []*tfprotov6.FunctionParameter{{Name: "certificate", Description: "PEM", Type: tftypes.DynamicPseudoType, AllowNullValue: true}},
				VariadicParameter: &tfprotov6.FunctionParameter{Name: "more", Type: tftypes.Bool},
			}},
		},
		identities: tfprotov6.GetResourceIdentitySchemasResponse{
			IdentitySchemas: map[string]*tfprotov6.ResourceIdentitySchema{"example_thing": {
				Version: 1,
				IdentityAttributes: []*tfprotov6.ResourceIdentitySchemaAttribute{
					{Name: "client_id", Type: tftypes.String, RequiredForImport: true, Description: "The client."},
					{Name: "tenant_id", Type: tftypes.String, OptionalForImport: true},
				},
			}},
		},
	}
}

func TestExport(t *testing.T) {
	t.Parallel()
	schemas, err := schemajson.Export(t.Context(), exampleServer(), address)
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(schemas)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := indented(t, got), indented(t, []byte(wantJSON)); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	var back tfjson.ProviderSchemas
	if err := json.Unmarshal(got, &back); err != nil {
		t.Errorf("readers of Terraform's JSON refuse it: %v", err)
	}
}

// indented normalises the order of keys and the white space.
func indented(t *testing.T, document []byte) string {
	t.Helper()
	var value any
	if err := json.Unmarshal(document, &value); err != nil {
		t.Fatalf("%v in %s", err, document)
	}
	out, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestExportErrors(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		breakIt func(*server)
		want    string
	}{
		"schema diagnostics": {
			breakIt: func(s *server) { s.schemas.Diagnostics = errorDiagnostics() },
			want:    "get provider schema: Schema is wrong: twice",
		},
		"identity diagnostics": {
			breakIt: func(s *server) { s.identities.Diagnostics = errorDiagnostics() },
			want:    "get resource identity schemas: Schema is wrong: twice",
		},
		"attribute without a type": {
			breakIt: func(s *server) {
				s.schemas.DataSourceSchemas["example_data"] = schemaOf(&tfprotov6.SchemaAttribute{
					Name: "rows",
					NestedType: &tfprotov6.SchemaObject{Attributes: []*tfprotov6.SchemaAttribute{
						{Name: "cell", Type: nil},
					}},
				})
			},
			want: "data source example_data: rows: cell: type",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := exampleServer()
			test.breakIt(s)
			_, err := schemajson.Export(t.Context(), s, address)
			if err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("got %v, want %s…", err, test.want)
			}
		})
	}
}
