package odata

import (
	"errors"
	"testing"
)

func TestFilterMatch(t *testing.T) {
	t.Parallel()
	object := map[string]any{
		"displayName": "It's Contoso", "appId": "A-1", "uniqueName": nil, "enabled": true,
		"tags": []any{"sapio365:app-session", "other"},
	}
	for _, test := range []struct {
		filter string
		want   bool
	}{
		{"displayName eq 'it''s contoso'", true},
		{"displayName eq 'It'", false},
		{"startswith(displayName,'it''s')", true},
		{"startsWith(displayName, 'Contoso')", false},
		{"uniqueName eq null", true},
		{"uniqueName eq 'null'", false},
		{"enabled eq true", true},
		{"enabled eq false", false},
		{"appId in ('b', 'a-1')", true},
		{"appId in ('b')", false},
		{"tags/any(t:t eq 'sapio365:app-session')", true},
		{"tags/any(t: t eq 'sapio365')", false},
		{"tags/any(x:startswith(x,'sapio365:'))", true},
		{"appId eq 'A-1' and enabled eq false", false},
		{"appId eq 'x' or enabled eq true and appId eq 'A-1'", true},
		{"(appId eq 'x' or enabled eq true) and appId eq 'y'", false},
	} {
		filter, err := ParseFilter(test.filter)
		if err != nil {
			t.Errorf("%s: %v", test.filter, err)
			continue
		}
		if got := filter.Match(object); got != test.want {
			t.Errorf("%s: got %v, want %v", test.filter, got, test.want)
		}
	}
}

func TestFilterErrors(t *testing.T) {
	t.Parallel()
	for filter, want := range map[string]error{
		"":                                ErrSyntax,
		"appId":                           ErrSyntax,
		"appId eq":                        ErrSyntax,
		"appId eq 'x":                     ErrSyntax,
		"appId eq 'x' and":                ErrSyntax,
		"appId eq 'x')":                   ErrSyntax,
		"(appId eq 'x'":                   ErrSyntax,
		"'x' eq appId":                    ErrSyntax,
		"appId in ()":                     ErrSyntax,
		"appId ne 'x'":                    ErrUnsupported,
		"not (appId eq 'x')":              ErrUnsupported,
		"not startswith(appId,'x')":       ErrUnsupported,
		"endsWith(mail,'x')":              ErrUnsupported,
		"web/homePageUrl eq 'x'":          ErrUnsupported,
		"tags/any(t:startswith(u,'x'))":   ErrUnsupported,
		"tags/all(t:t eq 'x')":            ErrUnsupported,
		"createdDateTime ge 2026-01-01":   ErrUnsupported,
		"tags/any(t:t eq 'x' and t eq 'y": ErrSyntax,
	} {
		if _, err := ParseFilter(filter); !errors.Is(err, want) {
			t.Errorf("%q: got %v, want %v", filter, err, want)
		}
	}
}

func TestParsePath(t *testing.T) {
	t.Parallel()
	segments, ok := ParsePath("/applications(uniqueName='a%27%27b')/members/graph.user/x%20y")
	want := []Segment{
		{Text: "applications"}, {Text: "a'b", KeyProperty: "uniqueName", Parenthesis: true},
		{Text: "members"}, {Text: "microsoft.graph.user"}, {Text: "x y"},
	}
	if !ok || len(segments) != len(want) {
		t.Fatalf("got %v, %v", segments, ok)
	}
	for i := range want {
		if segments[i] != want[i] {
			t.Errorf("segment %d: got %+v, want %+v", i, segments[i], want[i])
		}
	}
	for _, malformed := range []string{"/a//b", "/a(b", "/a()", "/(x)", "/%zz"} {
		if got, ok := ParsePath(malformed); ok {
			t.Errorf("%s: got %v, want it refused", malformed, got)
		}
	}
}
