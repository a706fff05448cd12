package odata

import (
	"strings"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/edm"
)

// Operator is what a condition does with a property.
type Operator string

// The operators of the supported part of the filter language.
const (
	Equal      Operator = "eq"
	In         Operator = "in"
	StartsWith Operator = "startswith"
)

// Literal is a constant in a filter.
type Literal struct {
	Text   string
	Quoted bool
}

// Filter is a parsed $filter expression.
type Filter interface {
	// Match evaluates the expression on an object's properties. Text compares without regard to case.
	Match(properties map[string]any) bool
	// Conditions lists the conditions on single properties.
	Conditions() []Condition
}

// Condition compares one property, or with Any at least one item of a collection, with constants.
type Condition struct {
	Property string
	Operator Operator
	Any      bool
	Values   []Literal
}

// Match implements Filter.
func (c Condition) Match(properties map[string]any) bool {
	value := properties[c.Property]
	if !c.Any {
		return c.matchValue(value)
	}
	items, _ := value.([]any)
	for _, item := range items {
		if c.matchValue(item) {
			return true
		}
	}
	return false
}

func (c Condition) matchValue(value any) bool {
	for _, literal := range c.Values {
		switch v := value.(type) {
		case nil:
			if !literal.Quoted && literal.Text == "null" {
				return true
			}
		case bool:
			if literal.Text == map[bool]string{true: "true", false: "false"}[v] {
				return true
			}
		case string:
			if literal.Quoted || literal.Text != "null" {
				if c.matchText(v, literal.Text) {
					return true
				}
			}
		}
	}
	return false
}

func (c Condition) matchText(value, literal string) bool {
	value, literal = strings.ToLower(value), strings.ToLower(literal)
	if c.Operator == StartsWith {
		return strings.HasPrefix(value, literal)
	}
	return value == literal
}

// Conditions implements Filter.
func (c Condition) Conditions() []Condition { return []Condition{c} }

// FitsType tells whether the constants have the type of the property, a GUID being written without quotes.
func (c Condition) FitsType(p edm.Property) bool {
	if p.Collection != c.Any {
		return false
	}
	for _, literal := range c.Values {
		if !literal.Quoted && literal.Text == "null" && p.Nullable && c.Operator == Equal {
			continue
		}
		if enumeration, member := p.IsMember(literal.Text); enumeration {
			if !literal.Quoted || !member {
				return false
			}
			continue
		}
		switch p.Type {
		case "String":
			if !literal.Quoted {
				return false
			}
		case "Boolean":
			if literal.Quoted || literal.Text != "true" && literal.Text != "false" {
				return false
			}
		default:
			if _, err := edm.Primitive(p.Type, c.Property, literal.Text); err != nil || literal.Quoted {
				return false
			}
		}
	}
	return true
}

type conjunction []Filter

func (all conjunction) Match(properties map[string]any) bool {
	for _, part := range all {
		if !part.Match(properties) {
			return false
		}
	}
	return true
}

func (all conjunction) Conditions() []Condition { return conditions(all) }

type disjunction []Filter

func (either disjunction) Match(properties map[string]any) bool {
	for _, part := range either {
		if part.Match(properties) {
			return true
		}
	}
	return false
}

func (either disjunction) Conditions() []Condition { return conditions(either) }

func conditions(parts []Filter) []Condition {
	var all []Condition
	for _, part := range parts {
		all = append(all, part.Conditions()...)
	}
	return all
}
