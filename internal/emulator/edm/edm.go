// Package edm knows the shape of Microsoft Graph's types and checks request bodies against it, as the service's own
// OData reader does.
package edm

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Type is an entity or complex type of Graph's v1.0 metadata, with the properties of its base types.
type Type struct {
	Name       string
	Open       bool // accepts directory extension values beside the declared properties
	Properties map[string]Property
}

// Property is a declared property of a Type.
type Property struct {
	Type       string // an Edm primitive without its prefix, or the name of a complex or enumeration type
	Collection bool
	Nullable   bool
}

//go:embed schema.json
var schema []byte

type metadata struct {
	types map[string]Type
	enums map[string][]string
}

var load = sync.OnceValue(func() metadata {
	var raw struct {
		Types map[string]struct {
			Base       string
			Open       bool
			Properties map[string]string
		}
		Enums map[string][]string
	}
	if err := json.Unmarshal(schema, &raw); err != nil {
		panic(fmt.Sprintf("edm: embedded schema: %v", err))
	}
	m := metadata{types: map[string]Type{}, enums: raw.Enums}
	for name, declared := range raw.Types {
		t := Type{Name: name, Open: declared.Open, Properties: map[string]Property{}}
		for level := name; level != ""; level = raw.Types[level].Base {
			for property, notation := range raw.Types[level].Properties {
				t.Properties[property] = parseProperty(notation)
			}
		}
		m.types[name] = t
	}
	return m
})

// parseProperty reads the notation of the embedded schema: a type, "[]" for a collection, "?" for nullable.
func parseProperty(notation string) Property {
	rest, nullable := strings.CutSuffix(notation, "?")
	rest, collection := strings.CutSuffix(rest, "[]")
	return Property{Type: rest, Collection: collection, Nullable: nullable}
}

// Lookup returns the type with the name as in "application", without the namespace.
func Lookup(name string) (Type, bool) {
	t, ok := load().types[name]
	return t, ok
}

// IsMember tells whether the property is of an enumeration type, and whether that has the member.
func (p Property) IsMember(name string) (enumeration, member bool) {
	members, enumeration := load().enums[p.Type]
	return enumeration, slices.Contains(members, name)
}

// IsComplex tells whether values of the property are objects.
func (p Property) IsComplex() bool {
	_, ok := load().types[p.Type]
	return ok
}
