package edm

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Problem tells what is wrong with a body.
type Problem int

// The problems that Check reports.
const (
	UnknownProperty Problem = iota + 1
	WrongType
	NullValue
	ReadOnly
)

// Error is a body that does not fit its type.
type Error struct {
	Problem  Problem
	Property string // dotted path
	Message  string // in the service's words
}

func (e *Error) Error() string { return e.Message }

// Rules are the demands on a body beyond the schema.
type Rules struct {
	// ReadOnly holds the dotted paths of properties that a caller must not send, collections without index.
	ReadOnly []string
	// Dynamic checks and normalises a property that an open type does not declare. Nil refuses all of them.
	Dynamic func(name string, value any) (any, error)
}

// Check verifies a decoded JSON body (numbers as json.Number) against the named type and returns its properties,
// normalised: GUIDs in lower case, times in UTC, integers as int64, binary values in standard base64. OData
// annotations are left out. Errors are *Error, or what Dynamic returned.
func Check(typeName string, body map[string]any, rules Rules) (map[string]any, error) {
	t, ok := Lookup(typeName)
	if !ok {
		return nil, fmt.Errorf("edm: no type %q", typeName)
	}
	return checker{rules}.object(t, "", body)
}

type checker struct{ rules Rules }

func (c checker) object(t Type, path string, body map[string]any) (map[string]any, error) {
	checked := make(map[string]any, len(body))
	// In alphabetical order, so that of several mistakes the same one is always reported.
	for _, name := range slices.Sorted(maps.Keys(body)) {
		value := body[name]
		if name == "@odata.type" {
			if err := checkTypeAnnotation(t, value); err != nil {
				return nil, err
			}
		}
		if strings.Contains(name, "@odata.") {
			continue
		}
		property, declared := t.Properties[name]
		var err error
		switch {
		case !declared:
			checked[name], err = c.undeclared(t, path, name, value)
		case slices.Contains(c.rules.ReadOnly, path+name):
			err = &Error{ReadOnly, path + name, fmt.Sprintf("Property '%s' is read-only and cannot be set.", name)}
		default:
			checked[name], err = c.value(property, path+name, value)
		}
		if err != nil {
			return nil, err
		}
	}
	return checked, nil
}

func (c checker) undeclared(t Type, path, name string, value any) (any, error) {
	if path != "" {
		return nil, &Error{UnknownProperty, path + name, fmt.Sprintf("The property '%s' does not exist on type "+
			"'microsoft.graph.%s'. Make sure to only use property names that are defined by the type.", name, t.Name)}
	}
	if !t.Open || c.rules.Dynamic == nil {
		return nil, &Error{UnknownProperty, name, fmt.Sprintf("Invalid property '%s'.", name)}
	}
	return c.rules.Dynamic(name, value)
}

func checkTypeAnnotation(t Type, value any) error {
	if text, ok := value.(string); ok && strings.TrimPrefix(text, "#") == "microsoft.graph."+t.Name {
		return nil
	}
	return &Error{WrongType, "@odata.type", fmt.Sprintf("A resource with type '%v' was found, but it is not assignable "+
		"to the expected type 'microsoft.graph.%s'.", value, t.Name)}
}

func (c checker) value(p Property, path string, value any) (any, error) {
	if value == nil {
		// A nullable collection may be null as a whole; a collection that is not nullable may only be empty.
		if p.Nullable {
			return nil, nil
		}
		return nil, &Error{NullValue, path, fmt.Sprintf("A null value was found for the property named '%s', which has "+
			"the expected type '%s[Nullable=False]'. The expected type '%[2]s[Nullable=False]' does not allow null values.",
			lastSegment(path), p.display())}
	}
	if !p.Collection {
		return c.single(p, path, value)
	}
	items, ok := value.([]any)
	if !ok {
		return nil, wrongNode(path, "PrimitiveValue", "StartArray")
	}
	checked := make([]any, 0, len(items))
	for _, item := range items {
		v, err := c.single(p, path, item)
		if err != nil {
			return nil, err
		}
		checked = append(checked, v)
	}
	return checked, nil
}

func (c checker) single(p Property, path string, value any) (any, error) {
	if t, ok := Lookup(p.Type); ok {
		body, ok := value.(map[string]any)
		if !ok {
			return nil, wrongNode(path, "PrimitiveValue", "StartObject")
		}
		return c.object(t, path+".", body)
	}
	if members, ok := load().enums[p.Type]; ok {
		text, _ := value.(string)
		if !slices.Contains(members, text) {
			return nil, &Error{WrongType, path, fmt.Sprintf("Requested value '%v' was not found.", value)}
		}
		return text, nil
	}
	return Primitive(p.Type, path, value)
}

func (p Property) display() string {
	name := "microsoft.graph." + p.Type
	if !p.IsComplex() {
		name = "Edm." + p.Type
	}
	if p.Collection {
		return "Collection(" + name + ")"
	}
	return name
}

var durationPattern = regexp.MustCompile(`^-?P(\d+Y)?(\d+M)?(\d+D)?(T(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$`)

// Primitive checks and normalises one value of an Edm primitive type; path is for the error.
func Primitive(typeName, path string, value any) (any, error) {
	switch v := value.(type) {
	case string:
		if normal, ok := fromText(typeName, v); ok {
			return normal, nil
		}
	case bool:
		if typeName == "Boolean" {
			return v, nil
		}
	case json.Number:
		if n, err := strconv.ParseInt(v.String(), 10, 64); err == nil {
			if typeName == "Int64" || typeName == "Int32" && n >= math.MinInt32 && n <= math.MaxInt32 {
				return n, nil
			}
		}
	case []any:
		return nil, wrongNode(path, "StartArray", "PrimitiveValue")
	case map[string]any:
		return nil, wrongNode(path, "StartObject", "PrimitiveValue")
	}
	return nil, &Error{WrongType, path, fmt.Sprintf("Cannot convert a primitive value to the expected type 'Edm.%s'. "+
		"See the inner exception for more details.", typeName)}
}

func fromText(typeName, v string) (any, bool) {
	switch typeName {
	case "String":
		return v, true
	case "Guid":
		id, err := uuid.Parse(v)
		return id.String(), err == nil && len(v) == 36
	case "DateTimeOffset":
		t, err := time.Parse(time.RFC3339Nano, v)
		return FormatTime(t), err == nil
	case "Binary":
		raw, err := decodeBase64(v)
		return base64.StdEncoding.EncodeToString(raw), err == nil
	case "Duration":
		return v, durationPattern.MatchString(v)
	}
	return nil, false
}

// FormatTime writes a time as Graph does: UTC, no more precise than 100 nanoseconds.
func FormatTime(t time.Time) string {
	return t.UTC().Truncate(100 * time.Nanosecond).Format(time.RFC3339Nano)
}

// Graph reads binary values in the standard and in the URL alphabet, padded or not.
func decodeBase64(text string) ([]byte, error) {
	text = strings.TrimRight(strings.NewReplacer("-", "+", "_", "/").Replace(text), "=")
	return base64.RawStdEncoding.DecodeString(text)
}

func wrongNode(path, found, expected string) *Error {
	return &Error{WrongType, path, fmt.Sprintf("An unexpected '%s' node was found for property named '%s' when reading "+
		"from the JSON reader. A '%s' node was expected.", found, lastSegment(path), expected)}
}

func lastSegment(path string) string {
	return path[strings.LastIndexByte(path, '.')+1:]
}
