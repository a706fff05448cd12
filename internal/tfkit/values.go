package tfkit

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// IsSet tells whether a value is there and known.
func IsSet(value attr.Value) bool { return !value.IsNull() && !value.IsUnknown() }

// Members returns the strings of a set or a list; known is false while any of them, or the collection itself, is unknown.
func Members(collection interface {
	attr.Value
	Elements() []attr.Value
}) (values []string, known bool) {
	if collection.IsUnknown() {
		return nil, false
	}
	known = true
	for _, element := range collection.Elements() {
		value, ok := element.(types.String)
		switch {
		case !ok || value.IsUnknown():
			known = false
		case !value.IsNull():
			values = append(values, value.ValueString())
		}
	}
	return values, known
}

// SetOf makes a set of strings.
func SetOf(values []string) types.Set {
	elements := make([]attr.Value, len(values))
	for i, value := range values {
		elements[i] = types.StringValue(value)
	}
	return types.SetValueMust(types.StringType, elements)
}

// OrNull is the string, or null for the empty one, which is how Microsoft Graph shows what is not there.
func OrNull(value string) types.String {
	if value == "" {
		return types.StringNull()
	}
	return types.StringValue(value)
}

// Settle puts the actual value in the place of a planned one that was left open.
func Settle[T attr.Value](planned *T, actual T) {
	if (*planned).IsUnknown() {
		*planned = actual
	}
}

// Timestamp is the time as states have it: RFC 3339 in UTC.
func Timestamp(t time.Time) types.String { return types.StringValue(t.UTC().Format(time.RFC3339)) }

// Moment reads a time that the provider has written; zero where there is none.
func Moment(value types.String) time.Time {
	t, _ := time.Parse(time.RFC3339, value.ValueString())
	return t
}
