package graph

import (
	"net/http"
	"strings"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/conditions"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/odata"
)

// route serves one method of the paths of one pattern. In a pattern, {} stands for a key.
type route struct {
	method  string
	name    string // the pattern as a whole
	pattern []string
	needs   requirement
	handle  func(*call) (reply, error)
}

func newRoute(method, pattern string, needs requirement, handle func(*call) (reply, error)) route {
	return route{method, pattern, strings.Split(pattern, "/"), needs, handle}
}

// Routes returns the methods that are served below /v1.0, by route.
func Routes() conditions.Served {
	served := conditions.Served{}
	for _, r := range routes {
		served[r.name] = append(served[r.name], r.method)
	}
	return served
}

// match returns the keys in the path, and how many of its segments fit.
func (r route) match(path []odata.Segment) (keys []odata.Segment, fitting int) {
	for i, segment := range path {
		if i >= len(r.pattern) {
			break
		}
		switch {
		case r.pattern[i] == "{}":
			keys = append(keys, segment)
		case segment.Parenthesis || !strings.EqualFold(r.pattern[i], segment.Text):
			return keys, i
		}
		fitting = i + 1
	}
	return keys, fitting
}

// findRoute returns the route of a request with the keys in its path.
func findRoute(method, path string) (route, []odata.Segment, error) {
	segments, ok := odata.ParsePath(path)
	if !ok {
		return route{}, nil, badQuery("Bad Request - Error in query syntax.")
	}
	known, otherMethod := 0, false
	for _, r := range routes {
		keys, fitting := r.match(segments)
		known = max(known, fitting)
		if fitting != len(segments) || fitting != len(r.pattern) {
			continue
		}
		if r.method == method {
			return r, keys, nil
		}
		otherMethod = true
	}
	if otherMethod {
		return route{}, nil, &Error{Status: http.StatusMethodNotAllowed, Code: codeBadRequest,
			Message: "Specified HTTP method is not allowed for the request target."}
	}
	unknown := segments[min(known, len(segments)-1)]
	return route{}, nil, badQuery("Resource not found for the segment '%s'.", unknown.Text)
}
