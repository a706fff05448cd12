// Package schemajson describes a provider's schemas in the JSON form of
// "terraform providers schema -json".
//
// The provider is asked directly. A Terraform CLI shows only the kinds of
// schemas that its own version knows, and the documentation must not depend
// on which one happens to be installed.
package schemajson

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"
)

// formatVersion is the version of the JSON form that Terraform writes.
const formatVersion = "1.0"

// Export asks server for all its schemas and returns them under the provider
// address. It fails when the server answers with an error diagnostic or with
// a type that Terraform does not have.
func Export(ctx context.Context, server tfprotov6.ProviderServer, address string) (*tfjson.ProviderSchemas, error) {
	response, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, fmt.Errorf("get provider schema: %w", err)
	}
	if err := firstError(response.Diagnostics); err != nil {
		return nil, fmt.Errorf("get provider schema: %w", err)
	}
	identities, err := server.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		return nil, fmt.Errorf("get resource identity schemas: %w", err)
	}
	if err := firstError(identities.Diagnostics); err != nil {
		return nil, fmt.Errorf("get resource identity schemas: %w", err)
	}
	provider, err := providerSchema(response, identities)
	if err != nil {
		return nil, err
	}
	return &tfjson.ProviderSchemas{
		FormatVersion: formatVersion,
		Schemas:       map[string]*tfjson.ProviderSchema{address: provider},
	}, nil
}

func firstError(diagnostics []*tfprotov6.Diagnostic) error {
	for _, d := range diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			return fmt.Errorf("%s: %s", d.Summary, d.Detail)
		}
	}
	return nil
}

func providerSchema(r *tfprotov6.GetProviderSchemaResponse, identities *tfprotov6.GetResourceIdentitySchemasResponse) (*tfjson.ProviderSchema, error) {
	var p tfjson.ProviderSchema
	var err error
	if p.ConfigSchema, err = schema(r.Provider); err != nil {
		return nil, fmt.Errorf("provider: %w", err)
	}
	if p.ResourceSchemas, err = each(r.ResourceSchemas, schema); err != nil {
		return nil, fmt.Errorf("resource %w", err)
	}
	if p.DataSourceSchemas, err = each(r.DataSourceSchemas, schema); err != nil {
		return nil, fmt.Errorf("data source %w", err)
	}
	if p.EphemeralResourceSchemas, err = each(r.EphemeralResourceSchemas, schema); err != nil {
		return nil, fmt.Errorf("ephemeral resource %w", err)
	}
	if p.ListResourceSchemas, err = each(r.ListResourceSchemas, schema); err != nil {
		return nil, fmt.Errorf("list resource %w", err)
	}
	if p.ActionSchemas, err = each(r.ActionSchemas, action); err != nil {
		return nil, fmt.Errorf("action %w", err)
	}
	if p.Functions, err = each(r.Functions, function); err != nil {
		return nil, fmt.Errorf("function %w", err)
	}
	if p.ResourceIdentitySchemas, err = each(identities.IdentitySchemas, identity); err != nil {
		return nil, fmt.Errorf("identity of %w", err)
	}
	return &p, nil
}

// each converts every value of a map and names the one that cannot be.
func each[From, To any](from map[string]From, convert func(From) (To, error)) (map[string]To, error) {
	to := make(map[string]To, len(from))
	for name, value := range from {
		converted, err := convert(value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		to[name] = converted
	}
	return to, nil
}

func schema(s *tfprotov6.Schema) (*tfjson.Schema, error) {
	b, err := block(s.Block)
	if err != nil {
		return nil, err
	}
	return &tfjson.Schema{Version: uint64(s.Version), Block: b}, nil
}

func action(a *tfprotov6.ActionSchema) (*tfjson.ActionSchema, error) {
	b, err := block(a.Schema.Block)
	if err != nil {
		return nil, err
	}
	return &tfjson.ActionSchema{Block: b}, nil
}

func block(b *tfprotov6.SchemaBlock) (*tfjson.SchemaBlock, error) {
	attrs, err := attributes(b.Attributes)
	if err != nil {
		return nil, err
	}
	blocks := make(map[string]*tfjson.SchemaBlockType, len(b.BlockTypes))
	for _, nested := range b.BlockTypes {
		inner, err := block(nested.Block)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", nested.TypeName, err)
		}
		blocks[nested.TypeName] = &tfjson.SchemaBlockType{
			NestingMode: tfjson.SchemaNestingMode(strings.ToLower(nested.Nesting.String())),
			Block:       inner,
			MinItems:    uint64(nested.MinItems),
			MaxItems:    uint64(nested.MaxItems),
		}
	}
	return &tfjson.SchemaBlock{
		Attributes:      attrs,
		NestedBlocks:    blocks,
		Description:     b.Description,
		DescriptionKind: descriptionKind(b.DescriptionKind),
		Deprecated:      b.Deprecated,
	}, nil
}

func attributes(from []*tfprotov6.SchemaAttribute) (map[string]*tfjson.SchemaAttribute, error) {
	to := make(map[string]*tfjson.SchemaAttribute, len(from))
	for _, a := range from {
		converted, err := attribute(a)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a.Name, err)
		}
		to[a.Name] = converted
	}
	return to, nil
}

func attribute(a *tfprotov6.SchemaAttribute) (*tfjson.SchemaAttribute, error) {
	to := &tfjson.SchemaAttribute{
		Description:     a.Description,
		DescriptionKind: descriptionKind(a.DescriptionKind),
		Deprecated:      a.Deprecated,
		Required:        a.Required,
		Optional:        a.Optional,
		Computed:        a.Computed,
		Sensitive:       a.Sensitive,
		WriteOnly:       a.WriteOnly,
	}
	var err error
	if a.NestedType == nil {
		to.AttributeType, err = ctyType(a.Type)
		return to, err
	}
	nested, err := attributes(a.NestedType.Attributes)
	to.AttributeNestedType = &tfjson.SchemaNestedAttributeType{
		Attributes:  nested,
		NestingMode: tfjson.SchemaNestingMode(strings.ToLower(a.NestedType.Nesting.String())),
	}
	return to, err
}

func function(f *tfprotov6.Function) (*tfjson.FunctionSignature, error) {
	to := &tfjson.FunctionSignature{
		Description:        f.Description,
		Summary:            f.Summary,
		DeprecationMessage: f.DeprecationMessage,
	}
	var err error
	if to.ReturnType, err = ctyType(f.Return.Type); err != nil {
		return nil, err
	}
	for _, p := range f.Parameters {
		converted, err := parameter(p)
		if err != nil {
			return nil, err
		}
		to.Parameters = append(to.Parameters, converted)
	}
	if f.VariadicParameter != nil {
		to.VariadicParameter, err = parameter(f.VariadicParameter)
	}
	return to, err
}

func parameter(p *tfprotov6.FunctionParameter) (*tfjson.FunctionParameter, error) {
	t, err := ctyType(p.Type)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.Name, err)
	}
	return &tfjson.FunctionParameter{
		Name:        p.Name,
		Description: p.Description,
		IsNullable:  p.AllowNullValue,
		Type:        t,
	}, nil
}

func identity(i *tfprotov6.ResourceIdentitySchema) (*tfjson.IdentitySchema, error) {
	to := &tfjson.IdentitySchema{
		Version:    uint64(i.Version),
		Attributes: make(map[string]*tfjson.IdentityAttribute, len(i.IdentityAttributes)),
	}
	for _, a := range i.IdentityAttributes {
		t, err := ctyType(a.Type)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a.Name, err)
		}
		to.Attributes[a.Name] = &tfjson.IdentityAttribute{
			IdentityType:      t,
			Description:       a.Description,
			RequiredForImport: a.RequiredForImport,
			OptionalForImport: a.OptionalForImport,
		}
	}
	return to, nil
}

func descriptionKind(kind tfprotov6.StringKind) tfjson.SchemaDescriptionKind {
	if kind == tfprotov6.StringKindMarkdown {
		return tfjson.SchemaDescriptionKindMarkdown
	}
	return tfjson.SchemaDescriptionKindPlain
}

// ctyType goes by JSON, which is the same for both: the wire form of types.
func ctyType(t tftypes.Type) (cty.Type, error) {
	wire, err := json.Marshal(t)
	if err != nil {
		return cty.NilType, fmt.Errorf("type %v: %w", t, err)
	}
	var to cty.Type
	if err := json.Unmarshal(wire, &to); err != nil {
		return cty.NilType, fmt.Errorf("type %s: %w", wire, err)
	}
	return to, nil
}
