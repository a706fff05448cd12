// Package odata reads what Graph's URLs say: resource paths with keys, and the query options.
package odata

import (
	"net/url"
	"strings"
)

// Segment is one step of a resource path. A key in parentheses is a segment of its own.
type Segment struct {
	Text        string // name, or the value of the key
	KeyProperty string // alternate key: appId or uniqueName; empty for the primary key
	Parenthesis bool   // a key that stood in parentheses, which cannot be taken for a name
}

// ParsePath splits an escaped path as in "/applications(appId='x')/owners". ok is false when it is malformed.
func ParsePath(escaped string) (segments []Segment, ok bool) {
	for part := range strings.SplitSeq(strings.Trim(escaped, "/"), "/") {
		text, err := url.PathUnescape(part)
		if err != nil || text == "" {
			return nil, false
		}
		name, key, found := strings.Cut(text, "(")
		if !found {
			segments = append(segments, Segment{Text: castName(text)})
			continue
		}
		key, closed := strings.CutSuffix(key, ")")
		if !closed || name == "" || key == "" {
			return nil, false
		}
		property, value, named := strings.Cut(key, "=")
		if !named || strings.HasPrefix(key, "'") {
			property, value = "", key
		}
		segments = append(segments, Segment{Text: name},
			Segment{Text: unquote(value), KeyProperty: property, Parenthesis: true})
	}
	return segments, true
}

// castName completes the short namespace that Graph accepts in type casts.
func castName(text string) string {
	if short, ok := strings.CutPrefix(text, "graph."); ok {
		return "microsoft.graph." + short
	}
	return text
}

func unquote(literal string) string {
	if len(literal) >= 2 && literal[0] == '\'' && literal[len(literal)-1] == '\'' {
		return strings.ReplaceAll(literal[1:len(literal)-1], "''", "'")
	}
	return literal
}
