package docs_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest/hclcheck"
)

// attribute is an attribute in a schema of the provider, or a parameter of a function.
type attribute struct {
	*tfprotov6.SchemaAttribute
	kind, of string // what has it, such as resource and sapio365_app_session; of is empty for the provider block
	beside   []*tfprotov6.SchemaAttribute
	parent   *attribute
}

func (a attribute) String() string {
	if a.parent != nil {
		return a.parent.String() + "." + a.Name
	}
	return strings.TrimSpace(a.kind+" "+a.of) + ": " + a.Name
}

// isSet tells whether configurations set the attribute.
func (a attribute) isSet() bool {
	return (a.Required || a.Optional) && (a.parent == nil || a.parent.isSet())
}

// hasValues tells whether the attribute itself has values, and not only the attributes in it. Of a map of objects they are
// the keys.
func (a attribute) hasValues() bool {
	return a.NestedType == nil || a.NestedType.Nesting == tfprotov6.SchemaObjectNestingModeMap
}

// attributesOf are all attributes of the provider, also those in others.
func attributesOf(schemas hclcheck.Schemas) []attribute {
	all := nested("provider", "", schemas.Provider.Block.Attributes, nil)
	for kind, of := range map[string]map[string]*tfprotov6.Schema{
		"resource": schemas.ResourceSchemas, "data source": schemas.DataSourceSchemas,
		"ephemeral resource": schemas.EphemeralResourceSchemas, "list resource": schemas.ListResourceSchemas,
	} {
		for name, schema := range of {
			all = append(all, nested(kind, name, schema.Block.Attributes, nil)...)
		}
	}
	for name, action := range schemas.ActionSchemas {
		all = append(all, nested("action", name, action.Schema.Block.Attributes, nil)...)
	}
	for name, function := range schemas.Functions {
		all = append(all, nested("function", name, parameters(function), nil)...)
	}
	slices.SortFunc(all, func(a, b attribute) int { return strings.Compare(a.String(), b.String()) })
	return all
}

func nested(kind, of string, attributes []*tfprotov6.SchemaAttribute, parent *attribute) []attribute {
	var all []attribute
	for _, a := range attributes {
		found := attribute{a, kind, of, attributes, parent}
		all = append(all, found)
		if a.NestedType != nil {
			all = append(all, nested(kind, of, a.NestedType.Attributes, &found)...)
		}
	}
	return all
}

// parameters are those of a function, as attributes; the variadic one is optional.
func parameters(f *tfprotov6.Function) []*tfprotov6.SchemaAttribute {
	var all []*tfprotov6.SchemaAttribute
	for _, p := range f.Parameters {
		all = append(all, &tfprotov6.SchemaAttribute{Name: p.Name, Type: p.Type, Description: p.Description, Required: true})
	}
	if p := f.VariadicParameter; p != nil {
		all = append(all, &tfprotov6.SchemaAttribute{Name: p.Name, Type: p.Type, Description: p.Description, Optional: true})
	}
	return all
}

// How descriptions give values: examples, all that there are, or those of another attribute beside it.
var (
	exampleValues = regexp.MustCompile("(?i)\\bfor example ((?:`[^`]+`(?: or )?)+)")
	allValues     = regexp.MustCompile("(?i)\\b(exactly one of|one of|always) ((?:`[^`]+`(?:, | or )?)+)")
	sameValues    = regexp.MustCompile("^The same as `([^`]+)`")
	code          = regexp.MustCompile("`([^`]+)`")
)

// values are those that the description gives.
func (a attribute) values() []string {
	var found []string
	for _, match := range exampleValues.FindAllStringSubmatch(a.Description, -1) {
		found = append(found, match[1])
	}
	for _, match := range allValues.FindAllStringSubmatch(a.Description, -1) {
		if !strings.EqualFold(match[1], "exactly one of") { // which is about several attributes
			found = append(found, match[2])
		}
	}
	if match := sameValues.FindStringSubmatch(a.Description); match != nil {
		for _, other := range a.beside {
			if other.Name == match[1] {
				return attribute{SchemaAttribute: other, beside: a.beside}.values()
			}
		}
	}
	var values []string
	for _, match := range code.FindAllStringSubmatch(strings.Join(found, " "), -1) {
		values = append(values, match[1])
	}
	return values
}

// How descriptions say what it means that an attribute is left out: the default, an environment variable, or other attributes
// in its place.
var (
	defaultFlag = regexp.MustCompile("\\bDefault `(true|false)`")
	leftOut     = regexp.MustCompile(`\bDefault\b|\bEnvironment: |(?i:\bleft out,|\bmay leave it out:|\bnot needed for|\beither\b|exactly one of)`)
)

// saysForAll tells whether the attribute that it is in says what it means that any in it is left out.
func (a attribute) saysForAll() bool {
	return a.parent != nil && strings.Contains(a.parent.Description, "stand in for what is missing")
}

func TestDescriptionsGiveExamples(t *testing.T) {
	t.Parallel()
	_, schemas := protocol(t)
	all := attributesOf(schemas)
	for kind, name := range map[string]string{
		"provider": "tenants.oidc_token", "resource sapio365_app_session": "permissions.application", "data source sapio365_customers": "customers.status",
		"ephemeral resource sapio365_app_session_token": "scope", "list resource sapio365_app_session": "client_ids",
		"action sapio365_rotate_secret": "client_id", "function admin_consent_url": "environment",
	} {
		if !slices.ContainsFunc(all, func(a attribute) bool { return a.String() == kind+": "+name }) {
			t.Fatalf("%s: %s was not looked at", kind, name)
		}
	}
	for _, a := range all {
		flag := a.Type != nil && a.Type.Is(tftypes.Bool)
		switch {
		case flag && a.isSet() && !a.Required && !defaultFlag.MatchString(a.Description):
			t.Errorf("%s names no default: %s", a, a.Description)
		case !flag && a.hasValues() && len(a.values()) == 0:
			t.Errorf("%s gives no example: %s", a, a.Description)
		}
		for _, text := range a.values() {
			if _, err := literal(a.valueType(), text); err != nil {
				t.Errorf("%s: %q is no value of it: %v", a, text, err)
			}
			if reference.MatchString(text) && !isThere(schemas, text) {
				t.Errorf("%s: %q refers to what is not there", a, text)
			}
		}
	}
}

func TestDescriptionsSayWhatLeavingOutMeans(t *testing.T) {
	t.Parallel()
	_, schemas := protocol(t)
	for _, a := range attributesOf(schemas) {
		if a.Optional && a.isSet() && a.hasValues() && !leftOut.MatchString(a.Description) && !a.saysForAll() {
			t.Errorf("%s does not say what becomes of it when it is left out: %s", a, a.Description)
		}
	}
}

// isThere tells whether what a value refers to is an attribute of the provider. Variables always are.
func isThere(schemas hclcheck.Schemas, reference string) bool {
	parts, of := strings.Split(reference, "."), schemas.ResourceSchemas
	switch parts[0] {
	case "var":
		return true
	case "ephemeral":
		parts, of = parts[1:], schemas.EphemeralResourceSchemas
	}
	schema, known := of[parts[0]]
	return known && slices.ContainsFunc(schema.Block.Attributes, func(a *tfprotov6.SchemaAttribute) bool { return a.Name == parts[2] })
}

// Every example that a configuration may have is accepted by the provider.
func TestExamplesAreValid(t *testing.T) {
	t.Parallel()
	server, schemas := protocol(t)
	checked := map[string]int{}
	for _, a := range attributesOf(schemas) {
		if !a.isSet() || a.NestedType != nil && !a.hasValues() {
			continue
		}
		for _, text := range a.values() {
			checked[a.kind]++
			if problems := refused(t, server, a, text); len(problems) > 0 {
				t.Errorf("%s: the example %q is refused: %s", a, text, strings.Join(problems, "; "))
			}
		}
	}
	for _, kind := range []string{"provider", "resource", "data source", "ephemeral resource", "list resource", "action", "function"} {
		if checked[kind] == 0 {
			t.Errorf("no example of a %s was tried: %v", kind, slices.Sorted(maps.Keys(checked)))
		}
	}
}

// What TestExamplesAreValid goes by refuses what is wrong, in every kind of configuration.
func TestBadValuesAreRefused(t *testing.T) {
	t.Parallel()
	server, schemas := protocol(t)
	bad := map[string]string{
		"provider: tenant_id": "contoso.com", "provider: tenants": "contoso.com", "provider: tenants.client_id": "7",
		"provider: access_enforcement":               "never",
		"resource sapio365_app_session: permissions": "Google", "resource sapio365_app_session: permissions.application": "User Read All",
		"resource sapio365_app_session: client_secret.valid_days": "0", "resource sapio365_app_session: certificate.value_wo": "session.pem",
		"resource sapio365_app_session_onprem: domain_connections.domain": "CONTOSO", "data source sapio365_customers: sources": `["all"]`,
		"ephemeral resource sapio365_certificate: key_bits": "1024", "list resource sapio365_app_session: expiring_within_days": "-1",
		"action sapio365_verify_sign_in: certificate_pem": "session.pem", "function admin_consent_url: environment": "moon",
	}
	for _, a := range attributesOf(schemas) {
		value, ok := bad[a.String()]
		if ok && len(refused(t, server, a, value)) == 0 {
			t.Errorf("%s: %q is not refused", a, value)
		}
		delete(bad, a.String())
	}
	if len(bad) > 0 {
		t.Errorf("there are no such attributes: %v", bad)
	}
}
