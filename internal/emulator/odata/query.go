package odata

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// MaxTop is the largest page that directory objects are served in, DefaultTop the one that is served unasked.
const (
	MaxTop     = 999
	DefaultTop = 100
)

// ErrPage is a page size out of range.
var ErrPage = errors.New("invalid page size")

// ErrOption is a query option that is unknown or not served.
var ErrOption = errors.New("query option not supported")

// Query holds the query options of a request.
type Query struct {
	Select    []string // empty: the default properties
	Filter    Filter   // nil: none
	Top       int
	SkipToken string
	Count     bool
	values    url.Values
}

var served = []string{"$select", "$filter", "$top", "$skiptoken", "$count", "$format"}

// ParseQuery reads the query options. Errors wrap ErrSyntax, ErrUnsupported, ErrPage or ErrOption.
func ParseQuery(values url.Values) (Query, error) {
	q := Query{Top: DefaultTop, values: values}
	for name := range values {
		if strings.HasPrefix(name, "$") && !slices.Contains(served, name) {
			return Query{}, fmt.Errorf("%w: %s", ErrOption, name)
		}
	}
	if list := values.Get("$select"); list != "" {
		for name := range strings.SplitSeq(list, ",") {
			q.Select = append(q.Select, strings.TrimSpace(name))
		}
	}
	if text := values.Get("$top"); text != "" {
		top, err := strconv.Atoi(text)
		if err != nil || top < 1 || top > MaxTop {
			return Query{}, fmt.Errorf("%w: %q", ErrPage, text)
		}
		q.Top = top
	}
	if values.Has("$filter") {
		filter, err := ParseFilter(values.Get("$filter"))
		if err != nil {
			return Query{}, err
		}
		q.Filter = filter
	}
	q.SkipToken = values.Get("$skiptoken")
	q.Count = values.Get("$count") == "true"
	return q, nil
}

// Next returns the raw query of the next page.
func (q Query) Next(skipToken string) string {
	next := url.Values{}
	for name, values := range q.values {
		next[name] = values
	}
	next.Set("$skiptoken", skipToken)
	return next.Encode()
}
