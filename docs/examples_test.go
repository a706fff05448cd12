package docs_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest/hclcheck"
	"github.com/sapio365/terraform-provider-sapio365/internal/pki"
	"github.com/sapio365/terraform-provider-sapio365/internal/provider"
)

// server is all of the protocol that the provider has.
type server interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
}

func protocol(t *testing.T) (server, hclcheck.Schemas) {
	t.Helper()
	made, ok := provider.Server("test")().(server)
	if !ok {
		t.Fatal("the provider lacks a part of the protocol")
	}
	schemas, err := made.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return made, schemas
}

// valueType is the type of what the description of the attribute gives as values.
func (a attribute) valueType() tftypes.Type {
	if a.NestedType != nil {
		return tftypes.String // the key of an object
	}
	return a.Type
}

// Values that are not written out: references to something else, and what functions make of files.
var (
	reference = regexp.MustCompile(`^(?:var\.\w+|(?:ephemeral\.)?sapio365_\w+\.\w+\.\w+)$`)
	call      = regexp.MustCompile(`^file(?:base64)?\(`)
)

// literal is the value as people write it, without the quotes of a string. Of a list or a set it may be an element.
func literal(kind tftypes.Type, text string) (tftypes.Value, error) {
	if reference.MatchString(text) {
		return tftypes.NewValue(kind, tftypes.UnknownValue), nil
	}
	var element tftypes.Type
	switch kind := kind.(type) {
	case tftypes.List:
		element = kind.ElementType
	case tftypes.Set:
		element = kind.ElementType
	}
	switch {
	case element != nil && !strings.HasPrefix(text, "["):
		value, err := literal(element, text)
		if err != nil {
			return tftypes.Value{}, err
		}
		return tftypes.NewValue(kind, []tftypes.Value{value}), nil
	case kind.Is(tftypes.String) && !call.MatchString(text):
		return tftypes.NewValue(kind, text), nil
	}
	expression, diags := hclsyntax.ParseExpression([]byte(text), "example", hcl.InitialPos)
	if diags.HasErrors() {
		return tftypes.Value{}, diags
	}
	value, diags := expression.Value(&hcl.EvalContext{Functions: map[string]function.Function{"file": files(asText), "filebase64": files(asBase64)}})
	if diags.HasErrors() {
		return tftypes.Value{}, diags
	}
	content, err := ctyjson.Marshal(value, value.Type())
	if err != nil {
		return tftypes.Value{}, err
	}
	return tfprotov6.RawState{JSON: json.RawMessage(content)}.Unmarshal(kind)
}

// files is a function that reads files.
func files(content func(path string) (string, error)) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(arguments []cty.Value, _ cty.Type) (cty.Value, error) {
			text, err := content(arguments[0].AsString())
			return cty.StringVal(text), err
		},
	})
}

var generated = sync.OnceValues(func() (pki.KeyPair, error) {
	return pki.Generate(pki.Request{CommonName: "Contoso", KeyBits: 2048, NotBefore: time.Now(), Valid: time.Hour})
})

// asText reads a .key as the private key, and a .pem as the certificate of it.
func asText(path string) (string, error) {
	pair, err := generated()
	if err == nil && strings.HasSuffix(path, ".key") {
		return pair.PrivateKeyPEM()
	}
	return pair.Certificate.PEM(), err
}

// asBase64 reads a .pfx with both.
func asBase64(string) (string, error) {
	pair, err := generated()
	if err != nil {
		return "", err
	}
	content, err := pair.PFX("")
	return base64.StdEncoding.EncodeToString(content), err
}

// companions are the attributes beside an attribute that its description says it needs.
var companions = regexp.MustCompile("(?:Needs|Goes with) `([a-z_]+)`")

// accompany tells whether one of the attributes has to be set beside the other.
func accompany(other *tfprotov6.SchemaAttribute, a attribute) bool {
	needed := companions.FindStringSubmatch(a.Description)
	return other.Required || needed != nil && needed[1] == other.Name
}

// config is a configuration that has nothing but the value of the attribute, and what has to be there beside it.
func config(t *testing.T, a attribute, value tftypes.Value) tftypes.Value {
	t.Helper()
	types, values := map[string]tftypes.Type{}, map[string]tftypes.Value{}
	for _, other := range a.beside {
		kind := other.ValueType()
		types[other.Name], values[other.Name] = kind, tftypes.NewValue(kind, nil)
		switch {
		case other.Name == a.Name:
			values[a.Name] = value
		case accompany(other, a):
			values[other.Name] = first(t, attribute{other, a.kind, a.of, a.beside, a.parent})
		}
	}
	object := tftypes.Object{AttributeTypes: types}
	if a.parent == nil {
		return tftypes.NewValue(object, values)
	}
	return config(t, *a.parent, holder(t, *a.parent, tftypes.NewValue(object, values)))
}

// holder is the value of an attribute that has attributes in it, with one object.
func holder(t *testing.T, a attribute, object tftypes.Value) tftypes.Value {
	t.Helper()
	switch kind := a.ValueType(); a.NestedType.Nesting {
	case tfprotov6.SchemaObjectNestingModeMap:
		return tftypes.NewValue(kind, map[string]tftypes.Value{a.key(t): object})
	case tfprotov6.SchemaObjectNestingModeSingle:
		return object
	default:
		return tftypes.NewValue(kind, []tftypes.Value{object})
	}
}

// key is an example of a key of a map.
func (a attribute) key(t *testing.T) string {
	t.Helper()
	if len(a.values()) == 0 {
		t.Fatalf("%s gives no example", a)
	}
	return a.values()[0]
}

// first is a value of the attribute: the first that its description gives, and of an attribute with others in it the
// least that there has to be.
func first(t *testing.T, a attribute) tftypes.Value {
	t.Helper()
	if a.NestedType == nil {
		value, err := literal(a.Type, a.key(t))
		if err != nil {
			t.Fatalf("%s: %v", a, err)
		}
		return value
	}
	return holder(t, a, inside(t, a, func(inner *tfprotov6.SchemaAttribute) bool { return inner.Required }))
}

// inside is an object in the attribute, with those of its attributes that are chosen.
func inside(t *testing.T, a attribute, chosen func(*tfprotov6.SchemaAttribute) bool) tftypes.Value {
	t.Helper()
	types, values := map[string]tftypes.Type{}, map[string]tftypes.Value{}
	for _, inner := range a.NestedType.Attributes {
		kind := inner.ValueType()
		types[inner.Name], values[inner.Name] = kind, tftypes.NewValue(kind, nil)
		if chosen(inner) {
			values[inner.Name] = first(t, attribute{inner, a.kind, a.of, a.NestedType.Attributes, &a})
		}
	}
	return tftypes.NewValue(tftypes.Object{AttributeTypes: types}, values)
}

func hasExample(a *tfprotov6.SchemaAttribute) bool {
	return len(attribute{SchemaAttribute: a}.values()) > 0
}

// refused returns what the provider finds wrong with a value of the attribute. What it finds missing beside it does not
// count, and neither does that a file is not on this machine.
func refused(t *testing.T, s server, a attribute, text string) []string {
	t.Helper()
	if a.kind == "function" {
		return refusedByFunction(t, s, a, text)
	}
	var value tftypes.Value
	var err error
	if a.NestedType != nil {
		value = tftypes.NewValue(a.ValueType(), map[string]tftypes.Value{text: inside(t, a, hasExample)})
	} else if value, err = literal(a.Type, text); err != nil {
		return []string{err.Error()}
	}
	var problems []string
	for _, d := range validate(t, s, a, config(t, a, value)) {
		if d.Severity == tfprotov6.DiagnosticSeverityError && a.isAt(d.Attribute) && d.Summary != "Unreadable "+a.Name {
			problems = append(problems, d.Summary+": "+d.Detail)
		}
	}
	return problems
}

// isAt tells whether a path leads to the attribute, or to an element of it, but not to an attribute in it.
func (a attribute) isAt(path *tftypes.AttributePath) bool {
	var names []string
	for _, step := range path.Steps() {
		if name, ok := step.(tftypes.AttributeName); ok {
			names = append(names, string(name))
		}
	}
	_, own, _ := strings.Cut(a.String(), ": ")
	return strings.Join(names, ".") == own
}

// validate has the provider look at a configuration, as terraform validate does, and of its own block as a plan does.
func validate(t *testing.T, s server, a attribute, values tftypes.Value) []*tfprotov6.Diagnostic {
	t.Helper()
	made, err := tfprotov6.NewDynamicValue(values.Type(), values)
	if err != nil {
		t.Fatalf("%s: %v", a, err)
	}
	switch a.kind {
	case "provider":
		return answer(t, s.ConfigureProvider, &tfprotov6.ConfigureProviderRequest{Config: &made}).Diagnostics
	case "resource":
		return answer(t, s.ValidateResourceConfig, &tfprotov6.ValidateResourceConfigRequest{
			TypeName: a.of, Config: &made,
			ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: true},
		}).Diagnostics
	case "data source":
		return answer(t, s.ValidateDataResourceConfig, &tfprotov6.ValidateDataResourceConfigRequest{TypeName: a.of, Config: &made}).Diagnostics
	case "ephemeral resource":
		return answer(t, s.ValidateEphemeralResourceConfig, &tfprotov6.ValidateEphemeralResourceConfigRequest{
			TypeName: a.of, Config: &made,
		}).Diagnostics
	case "list resource":
		return answer(t, s.ValidateListResourceConfig, &tfprotov6.ValidateListResourceConfigRequest{TypeName: a.of, Config: &made}).Diagnostics
	case "action":
		return answer(t, s.ValidateActionConfig, &tfprotov6.ValidateActionConfigRequest{ActionType: a.of, Config: &made}).Diagnostics
	}
	t.Fatalf("nothing validates %s", a)
	return nil
}

func answer[Request, Response any](t *testing.T, ask func(context.Context, Request) (Response, error), request Request) Response {
	t.Helper()
	response, err := ask(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	return response
}

// refusedByFunction calls the function with the value, and with the examples of the other parameters.
func refusedByFunction(t *testing.T, s server, a attribute, text string) []string {
	t.Helper()
	var arguments []*tfprotov6.DynamicValue
	for _, parameter := range a.beside {
		value := first(t, attribute{SchemaAttribute: parameter, kind: a.kind, of: a.of})
		if parameter.Name == a.Name {
			var err error
			if value, err = literal(a.Type, text); err != nil {
				return []string{err.Error()}
			}
		}
		made, err := tfprotov6.NewDynamicValue(value.Type(), value)
		if err != nil {
			t.Fatalf("%s: %v", a, err)
		}
		arguments = append(arguments, &made)
	}
	response := answer(t, s.CallFunction, &tfprotov6.CallFunctionRequest{Name: a.of, Arguments: arguments})
	if response.Error != nil {
		return []string{response.Error.Text}
	}
	return nil
}
