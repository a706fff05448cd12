package conditions

import (
	"strings"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/odata"
)

// wildcard stands for a key, in patterns and in routes.
const wildcard = "{}"

// Route is where a request goes.
type Route struct {
	// Name is one of the named routes, or a path below /v1.0 with {} for its keys, or empty for a path that leads nowhere.
	Name string
	// Keys are the keys in the path, in order.
	Keys []odata.Segment
}

// pattern is the path of a rule.
type pattern struct {
	name     string // a named route; empty for a path
	segments []odata.Segment
}

// newPattern reads the path of a rule.
func newPattern(path string) (p pattern, ok bool) {
	switch path {
	case Any, Batch, Token, Metadata:
		return pattern{name: path}, true
	}
	segments, ok := odata.ParsePath(path)
	return pattern{segments: segments}, ok
}

func (p pattern) matches(route Route) bool {
	if p.name != "" {
		return p.name == Any || p.name == route.Name
	}
	return p.fits(route.Name, func(i int, segment odata.Segment) bool {
		if i >= len(route.Keys) {
			return false
		}
		key := route.Keys[i]
		sameProperty := segment.KeyProperty == "" || segment.KeyProperty == key.KeyProperty
		return sameProperty && (segment.Text == wildcard || strings.EqualFold(segment.Text, key.Text))
	})
}

// servedBy tells whether requests of the route can match.
func (p pattern) servedBy(route string) bool {
	return p.fits(route, func(int, odata.Segment) bool { return true })
}

// fits compares the pattern with a route, whose i-th key is left to the function.
func (p pattern) fits(route string, key func(i int, segment odata.Segment) bool) bool {
	keys, n := 0, 0
	for name := range strings.SplitSeq(route, "/") {
		if n >= len(p.segments) {
			return false
		}
		segment := p.segments[n]
		n++
		if name != wildcard {
			if segment.Parenthesis || !strings.EqualFold(name, segment.Text) {
				return false
			}
			continue
		}
		if !key(keys, segment) {
			return false
		}
		keys++
	}
	return n == len(p.segments)
}
