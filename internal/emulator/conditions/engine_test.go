package conditions

import (
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/odata"
)

var served = Served{
	"applications":                           {"GET", "POST"},
	"applications/{}":                        {"GET", "PATCH", "DELETE"},
	"applications/{}/addPassword":            {"POST"},
	"servicePrincipals/{}/appRoleAssignedTo": {"GET", "POST"},
}

func engine(t *testing.T, c Conditions) *Engine {
	t.Helper()
	e, err := New(c, served)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func to(method, route string, keys ...odata.Segment) Request {
	return Request{Method: method, Route: Route{Name: route, Keys: keys}}
}

// fates tells for a number of equal requests which of them are interfered with.
func fates(e *Engine, r Request, requests int) []bool {
	all := make([]bool, requests)
	for i := range all {
		all[i] = e.Decide(r).Interferes()
	}
	return all
}

func TestNothingGoesWrongWithoutConditions(t *testing.T) {
	t.Parallel()
	e := engine(t, Conditions{Seed: 7})
	if e != nil {
		t.Fatalf("an engine for nothing: %+v", e)
	}
	if d := e.Decide(to("GET", "applications")); d.Delay != 0 || d.Interferes() {
		t.Errorf("got %+v", d)
	}
}

func TestRulesCountTheirMatches(t *testing.T) {
	t.Parallel()
	unavailable := &Answer{Status: http.StatusServiceUnavailable}
	for name, test := range map[string]struct {
		rule Rule
		want []bool
	}{
		"second and third": {Rule{From: 2, To: 3}, []bool{false, true, true, false, false}},
		"from the fourth":  {Rule{From: 4}, []bool{false, false, false, true, true}},
		"the first two":    {Rule{To: 2}, []bool{true, true, false, false, false}},
		"all":              {Rule{Probability: 1}, []bool{true, true, true, true, true}},
	} {
		test.rule.Path, test.rule.Answer = "applications", unavailable
		e := engine(t, Conditions{Rules: []Rule{test.rule}})
		e.Decide(to("GET", "applications/{}", odata.Segment{Text: "x"})) // no match, which does not count
		if got := fates(e, to("GET", "applications"), 5); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
}

func TestChanceIsRepeatable(t *testing.T) {
	t.Parallel()
	run := func(seed uint64, between Request) []bool {
		e := engine(t, Conditions{Seed: seed, Rules: []Rule{{Path: Any, Probability: 0.3, Answer: &Answer{Status: 500}}}})
		var all []bool
		for range 400 {
			all = append(all, e.Decide(to("GET", "applications")).Interferes())
			e.Decide(between)
		}
		return all
	}
	first := run(1, to("POST", "applications"))
	if !slices.Equal(first, run(1, to("POST", "applications"))) {
		t.Error("the same seed decides otherwise in the second run")
	}
	if slices.Equal(first, run(2, to("POST", "applications"))) {
		t.Error("another seed decides alike")
	}
	if !slices.Equal(first, run(1, to("GET", "applications/{}"))) {
		t.Error("requests elsewhere disturb the decisions")
	}
	hits := 0
	for _, hit := range first {
		if hit {
			hits++
		}
	}
	if hits < 90 || hits > 150 {
		t.Errorf("%d of 400 for a probability of 0.3", hits)
	}
}

func TestRulesOfOneRouteDecideApart(t *testing.T) {
	t.Parallel()
	rule := Rule{Path: "applications", Probability: 0.5, Answer: &Answer{Status: 500}}
	delay := Rule{Path: "applications", Probability: 0.5, Delay: time.Second}
	e := engine(t, Conditions{Rules: []Rule{rule, delay}})
	together := 0
	for range 200 {
		if d := e.Decide(to("GET", "applications")); d.Interferes() == (d.Delay > 0) {
			together++
		}
	}
	if together < 60 || together > 140 {
		t.Errorf("two rules agree in %d of 200 cases", together)
	}
}

func TestDelaysAddUpAndTheFirstAnswerWins(t *testing.T) {
	t.Parallel()
	first, second := &Answer{Status: 500}, &Answer{Status: 503}
	e := engine(t, Conditions{Rules: []Rule{
		{Path: Any, Probability: 1, Delay: time.Second},
		{Path: "applications", Probability: 1, Delay: time.Second, Answer: first, Applied: true},
		{Path: "applications", Probability: 1, Answer: second},
	}})
	want := Decision{Delay: 2 * time.Second, Answer: first, Applied: true}
	if got := e.Decide(to("GET", "applications")); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestPatterns(t *testing.T) {
	t.Parallel()
	byID := odata.Segment{Text: "A-1"}
	byAppID := odata.Segment{Text: "A-1", KeyProperty: "appId", Parenthesis: true}
	for _, test := range []struct {
		path, method string
		request      Request
		want         bool
	}{
		{"applications/{}", "", to("GET", "applications/{}", byID), true},
		{"/applications/{}", "", to("GET", "applications/{}", byAppID), true},
		{"Applications/a-1", "", to("GET", "applications/{}", byAppID), true},
		{"applications/a-2", "", to("GET", "applications/{}", byID), false},
		{"applications(appId={})", "", to("GET", "applications/{}", byAppID), true},
		{"applications(appId={})", "", to("GET", "applications/{}", byID), false},
		{"applications(appId='A-1')", "", to("GET", "applications/{}", byAppID), true},
		{"applications/{}", "PATCH", to("GET", "applications/{}", byID), false},
		{"applications/{}", "", to("POST", "applications/{}/addPassword", byID), false},
		{"applications/{}/addPassword", "POST", to("POST", "applications/{}/addPassword", byID), true},
		{"applications", "", to("GET", "applications/{}", byID), false},
		{"$batch", "", to("POST", "$batch"), true},
		{"token", "", to("POST", "$batch"), false},
		{"*", "", to("GET", ""), true},
		{"*", "", to("POST", "token"), true},
	} {
		e := engine(t, Conditions{Rules: []Rule{{Path: test.path, Method: test.method, Probability: 1, Answer: &Answer{Status: 500}}}})
		if got := e.Decide(test.request).Interferes(); got != test.want {
			t.Errorf("%s %s for %+v: %v", test.method, test.path, test.request, got)
		}
	}
}

func TestScopes(t *testing.T) {
	t.Parallel()
	for scope, want := range map[Scope][2]bool{"": {true, true}, HTTPRequests: {true, false}, BatchParts: {false, true}} {
		e := engine(t, Conditions{Rules: []Rule{{Path: Any, Of: scope, Probability: 1, Answer: &Answer{Status: 500}}}})
		part := to("GET", "applications")
		part.Part = true
		if got := [2]bool{e.Decide(to("GET", "applications")).Interferes(), e.Decide(part).Interferes()}; got != want {
			t.Errorf("%q: got %v, want %v", scope, got, want)
		}
	}
}

func TestSenselessRulesAreRefused(t *testing.T) {
	t.Parallel()
	answer := &Answer{Status: 503}
	for want, rule := range map[string]Rule{
		"path: nothing is served at \"application/{}\"":              {Path: "application/{}", Answer: answer},
		"path: nothing is served at \"applications/{}/addPasswort\"": {Path: "applications/{}/addPasswort", Answer: answer},
		"path: nothing is served at \"applications/{}/{}\"":          {Path: "applications/{}/{}", Answer: answer},
		"path: \"\" is not well formed":                              {Answer: answer},
		"path: \"applications(\" is not well formed":                 {Path: "applications(", Answer: answer},
		"method: \"get\" is none of GET, POST, PATCH, DELETE":        {Method: "get", Path: Any, Answer: answer},
		"method: DELETE is not served at \"applications\"":           {Method: "DELETE", Path: "applications", Answer: answer},
		"method: GET is not served at \"token\"":                     {Method: "GET", Path: Token, Answer: answer},
		"of: \"parts\" is neither":                                   {Path: Any, Of: "parts", Answer: answer},
		"of: \"$batch\" is never a part of a batch":                  {Path: Batch, Of: BatchParts, Answer: answer},
		"from: -1 is negative":                                       {Path: Any, From: -1, Answer: answer},
		"to: 1 is before the first match 2":                          {Path: Any, From: 2, To: 1, Answer: answer},
		"delay: -1s is negative":                                     {Path: Any, Delay: -time.Second},
		"delay: missing":                                             {Path: Any},
		"reset: a broken connection has no answer":                   {Path: Batch, Answer: answer, Reset: true},
		"reset: only an HTTP request has a connection to break":      {Path: Any, Reset: true},
		"reset: only an HTTP request has a connection":               {Path: Any, Of: BatchParts, Reset: true},
		"applied: without answer or reset":                           {Path: Any, Delay: 1, Applied: true},
		"answer.status: 200 is not between 400 and 599":              {Path: Any, Answer: &Answer{Status: 200}},
		"answer.code: \"AADSTSx\" is not an AADSTS number":           {Path: Any, Answer: &Answer{Status: 400, Code: "AADSTSx"}},
		"answer.code: \"Nonsense\" is not an AADSTS number":          {Path: Token, Answer: &Answer{Status: 400, Code: "Nonsense"}},
		"answer.retry_after: -1s is negative":                        {Path: Any, Answer: &Answer{Status: 429, RetryAfter: -time.Second}},
		"answer.retry_after_date: there is no retry_after":           {Path: Any, Answer: &Answer{Status: 429, RetryAfterDate: true}},
		"probability: 1.5 is not above 0 and up to 1":                {Path: Any, Probability: 1.5, Answer: answer},
		"probability: -0.5 is not above 0 and up to 1":               {Path: Any, Probability: -0.5, Answer: answer},
	} {
		if rule.Probability == 0 {
			rule.Probability = 1
		}
		fine := Rule{Path: "applications", Probability: 1, Delay: time.Second}
		_, err := New(Conditions{Rules: []Rule{fine, rule}}, served)
		if err == nil || !strings.HasPrefix(err.Error(), "rules[1]."+want) {
			t.Errorf("%q: got %v", want, err)
		}
	}
	_, err := New(Conditions{Rules: []Rule{{Path: Any, Answer: answer}}}, served)
	if want := "rules[0].probability: missing"; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%q: got %v", want, err)
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for want, answer := range map[string]Answer{
		"":                              {},
		"2":                             {RetryAfter: 1500 * time.Millisecond},
		"Thu, 01 Jan 2026 00:01:00 GMT": {RetryAfter: time.Minute, RetryAfterDate: true},
		"soon":                          {Headers: map[string]string{"retry-after": "soon"}},
	} {
		header := http.Header{}
		answer.Write(header, now)
		if got := header.Get("Retry-After"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
