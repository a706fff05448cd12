// Package hclcheck checks configurations against the provider's schemas without a CLI: those in the documentation, and
// those for which a CLI newer than the oldest supported one would be needed. It is for tests.
package hclcheck

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/zclconf/go-cty/cty"
)

// Schemas are what configurations are checked against.
type Schemas = *tfprotov6.GetProviderSchemaResponse

// language are the blocks of Terraform's own whose arguments are checked: those that are required, and the others.
var language = map[string]struct{ required, optional []string }{
	"import":  {[]string{"to"}, []string{"id", "identity", "for_each", "provider"}},
	"moved":   {[]string{"from", "to"}, nil},
	"removed": {[]string{"from"}, nil},
}

// meta are the arguments that any block of the provider's may have.
var meta = []string{"for_each", "count", "provider", "depends_on"}

// Check returns what is wrong with the configuration: its syntax, its format, and the arguments of blocks of this provider
// and of those that take resources over. The values of arguments are not looked at.
func Check(schemas Schemas, configuration string) error {
	file, diags := hclsyntax.ParseConfig([]byte(configuration), "configuration", hcl.InitialPos)
	if diags.HasErrors() {
		return diags
	}
	var problems []error
	if formatted := hclwrite.Format([]byte(configuration)); string(formatted) != configuration {
		problems = append(problems, fmt.Errorf("it should be formatted like this:\n%s", formatted))
	}
	body, ok := file.Body.(*hclsyntax.Body)
	if !ok {
		return errors.New("it has no body")
	}
	for _, block := range body.Blocks {
		problems = append(problems, checkBlock(schemas, block)...)
	}
	return errors.Join(problems...)
}

// Types are the labels of the blocks of a kind.
func Types(configuration, kind string) []string {
	file, _ := hclsyntax.ParseConfig([]byte(configuration), "configuration", hcl.InitialPos)
	var types []string
	if body, ok := file.Body.(*hclsyntax.Body); ok {
		for _, block := range body.Blocks {
			if block.Type == kind && len(block.Labels) > 0 {
				types = append(types, block.Labels[0])
			}
		}
	}
	return types
}

func checkBlock(schemas Schemas, block *hclsyntax.Block) []error {
	name := block.Type
	if len(block.Labels) > 0 {
		name += "." + block.Labels[0]
	}
	if known, ok := language[block.Type]; ok {
		return checkNames(name, block.Body, known.required, known.optional)
	}
	if len(block.Labels) == 0 || !strings.HasPrefix(block.Labels[0], "sapio365") {
		return nil
	}
	var found map[string]*tfprotov6.Schema
	switch block.Type {
	case "resource":
		found = schemas.ResourceSchemas
	case "data":
		found = schemas.DataSourceSchemas
	case "ephemeral":
		found = schemas.EphemeralResourceSchemas
	case "provider":
		found = map[string]*tfprotov6.Schema{"sapio365": schemas.Provider}
	case "list":
		return inConfig(name, block, []string{"provider"}, []string{"include_resource", "limit"}, schemas.ListResourceSchemas)
	case "action":
		actions := map[string]*tfprotov6.Schema{}
		for kind, schema := range schemas.ActionSchemas {
			actions[kind] = schema.Schema
		}
		return inConfig(name, block, nil, meta, actions)
	default:
		return nil
	}
	schema, ok := found[block.Labels[0]]
	if !ok {
		return []error{fmt.Errorf("%s: there is no such type", name)}
	}
	return checkBody(name, block.Body, schema.Block.Attributes, meta)
}

// inConfig checks a block whose arguments are in a block config of their own.
func inConfig(name string, block *hclsyntax.Block, required, optional []string, found map[string]*tfprotov6.Schema) []error {
	problems := checkNames(name, block.Body, required, optional)
	schema, ok := found[block.Labels[0]]
	if !ok {
		return append(problems, fmt.Errorf("%s: there is no such type", name))
	}
	config := &hclsyntax.Body{}
	for _, inner := range block.Body.Blocks {
		if inner.Type == "config" {
			config = inner.Body
		}
	}
	return append(problems, checkBody(name+".config", config, schema.Block.Attributes, nil)...)
}

func checkBody(name string, body *hclsyntax.Body, attributes []*tfprotov6.SchemaAttribute, further []string) []error {
	var required, optional []string
	problems := []error{}
	for _, a := range attributes {
		if a.Required {
			required = append(required, a.Name)
		} else if a.Optional {
			optional = append(optional, a.Name)
		}
		if given, ok := body.Attributes[a.Name]; ok && a.NestedType != nil {
			problems = append(problems, checkNested(name+"."+a.Name, given.Expr, a.NestedType)...)
		}
	}
	return append(problems, checkNames(name, body, required, append(optional, further...))...)
}

func checkNames(name string, body *hclsyntax.Body, required, optional []string) []error {
	given := make([]string, 0, len(body.Attributes))
	for argument := range body.Attributes {
		given = append(given, argument)
	}
	return compare(name, given, required, optional)
}

func compare(name string, given, required, optional []string) []error {
	var problems []error
	for _, argument := range required {
		if !slices.Contains(given, argument) {
			problems = append(problems, fmt.Errorf("%s: %s is missing", name, argument))
		}
	}
	for _, argument := range given {
		if !slices.Contains(required, argument) && !slices.Contains(optional, argument) {
			problems = append(problems, fmt.Errorf("%s: %s cannot be set", name, argument))
		}
	}
	return problems
}

// checkNested checks an object, or a list or map of objects, where it is written out.
func checkNested(name string, expression hclsyntax.Expression, nested *tfprotov6.SchemaObject) []error {
	var problems []error
	switch value := expression.(type) {
	case *hclsyntax.TupleConsExpr:
		for _, element := range value.Exprs {
			problems = append(problems, checkNested(name, element, nested)...)
		}
	case *hclsyntax.ObjectConsExpr:
		if nested.Nesting == tfprotov6.SchemaObjectNestingModeMap {
			for _, item := range value.Items {
				problems = append(problems, checkObject(name, item.ValueExpr, nested)...)
			}
			return problems
		}
		problems = checkObject(name, value, nested)
	}
	return problems
}

func checkObject(name string, expression hclsyntax.Expression, nested *tfprotov6.SchemaObject) []error {
	object, ok := expression.(*hclsyntax.ObjectConsExpr)
	if !ok {
		return nil
	}
	var given, required, optional []string
	for _, item := range object.Items {
		if key, diags := item.KeyExpr.Value(nil); !diags.HasErrors() && key.Type() == cty.String {
			given = append(given, key.AsString())
		}
	}
	for _, a := range nested.Attributes {
		if a.Required {
			required = append(required, a.Name)
		} else if a.Optional {
			optional = append(optional, a.Name)
		}
	}
	return compare(name, given, required, optional)
}
