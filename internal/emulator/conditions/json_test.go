package conditions

import (
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
)

func TestParse(t *testing.T) {
	t.Parallel()
	got, err := Parse([]byte(`{
		"seed": 18446744073709551615,
		"rules": [{"method": "POST", "path": "applications", "of": "http requests", "from": 2, "to": 3, "probability": 0.5,
			"delay": "1.5s", "applied": true, "answer": {"status": 429, "code": "c", "message": "m", "headers": {"a": "b"},
			"retry_after": "1m", "retry_after_date": true}}, {"path": "$batch", "reset": true, "to": 1}],
		"lags": [{"kind": "application", "purpose": "read", "delay": "8s", "probability": 1}],
		"throttling": {"units": 1, "unit_window": "1s", "writes": 2, "write_window": "2s", "tenant_writes": 3,
			"tenant_write_window": "3s", "retry_after": "4s"},
		"foreign_writer": {"probability": 0.25, "certificates": true, "secrets": true, "between": true},
		"conflicts": 0.75}`))
	want := Conditions{Seed: 1<<64 - 1,
		Rules: []Rule{{Method: "POST", Path: "applications", Of: HTTPRequests, From: 2, To: 3, Probability: 0.5,
			Delay: 1500 * time.Millisecond, Applied: true, Answer: &Answer{Status: 429, Code: "c", Message: "m",
				Headers: map[string]string{"a": "b"}, RetryAfter: time.Minute, RetryAfterDate: true}}, {Path: Batch, Reset: true, To: 1}},
		Lags: []Lag{{Kind: directory.Application, Purpose: directory.Read, Delay: 8 * time.Second, Probability: 1}},
		Throttling: &Throttling{Units: 1, UnitWindow: time.Second, Writes: 2, WriteWindow: 2 * time.Second, TenantWrites: 3,
			TenantWriteWindow: 3 * time.Second, RetryAfter: 4 * time.Second},
		ForeignWriter: &ForeignWriter{Probability: 0.25, Certificates: true, Secrets: true, Between: true},
		Conflicts:     0.75}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := Parse([]byte(`{}`)); err != nil || !reflect.DeepEqual(got, Conditions{}) {
		t.Errorf("nothing: %+v, %v", got, err)
	}
	sized, err := Parse([]byte(`{"throttling": {"tenant_size": "large", "retry_after": "1s"}}`))
	limits := *Documented(Large)
	limits.RetryAfter = time.Second
	if err != nil || !reflect.DeepEqual(*sized.Throttling, limits) {
		t.Errorf("documented limits: %+v, %v", sized.Throttling, err)
	}
}

// TestEveryFieldIsParsed keeps Parse complete: a field that is added to the conditions must be set by the document above.
func TestEveryFieldIsParsed(t *testing.T) {
	t.Parallel()
	for name, fields := range map[string][2]int{
		"Conditions":    {reflect.TypeFor[Conditions]().NumField(), 6},
		"Rule":          {reflect.TypeFor[Rule]().NumField(), 10},
		"Answer":        {reflect.TypeFor[Answer]().NumField(), 6},
		"Lag":           {reflect.TypeFor[Lag]().NumField(), 4},
		"Throttling":    {reflect.TypeFor[Throttling]().NumField(), 7},
		"ForeignWriter": {reflect.TypeFor[ForeignWriter]().NumField(), 4},
	} {
		if fields[0] != fields[1] {
			t.Errorf("%s has %d fields, and Parse knows %d", name, fields[0], fields[1])
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for document, want := range map[string]string{
		``:                              "not JSON: EOF",
		`{} {}`:                         "not JSON: more than one value",
		`[]`:                            "conditions: not an object",
		`{"sed": 1}`:                    "sed: unknown field",
		`{"Seed": 1}`:                   "Seed: unknown field",
		`{"seed": 1, "seed": 2}`:        "seed: given twice",
		`{"seed": -1}`:                  "seed: -1 is not a whole number from 0 up",
		`{"seed": null}`:                "seed: null",
		`{"rules": {}}`:                 "rules: {} is not a list",
		`{"rules": [1]}`:                "rules[0]: not an object",
		`{"rules": [{}, {"pth": "x"}]}`: "rules[1].pth: unknown field",
		`{"rules": [{"from": "1"}]}`:    `rules[0].from: "1" is not a whole number`,
		`{"rules": [{"from": 1.5}]}`:    `rules[0].from: 1.5 is not a whole number`,
		`{"rules": [{"delay": 3}]}`:     `rules[0].delay: 3 is not a duration as in "1.5s"`,
		`{"rules": [{"delay": "3"}]}`:   `rules[0].delay: "3" is not a duration as in "1.5s"`,
		`{"rules": [{"to": 1, "probability": 0}]}`:             `rules[0].probability: 0 is not above 0 and up to 1`,
		`{"rules": [{"reset": "yes"}]}`:                        `rules[0].reset: "yes" is not true or false`,
		`{"rules": [{"answer": {"stats": 1}}]}`:                `rules[0].answer.stats: unknown field`,
		`{"rules": [{"answer": {"headers": {"a": 1}}}]}`:       `rules[0].answer.headers: {"a": 1} is not an object of texts`,
		`{"lags": [{"propose": "read"}]}`:                      "lags[0].propose: unknown field",
		`{"throttling": {"tenant_size": "s"}}`:                 `throttling.tenant_size: "s" is none of small, medium, large`,
		`{"throttling": {"tenant_size": "small", "units": 1}}`: `throttling.units: follows from tenant_size`,
		`{"foreign_writer": true}`:                             "foreign_writer: not an object",
		`{"conflicts": "often"}`:                               `conflicts: "often" is not a number`,
	} {
		if _, err := Parse([]byte(document)); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", document, err, want)
		}
	}
}

// TestExample parses what the documentation shows.
func TestExample(t *testing.T) {
	t.Parallel()
	c, err := Parse([]byte(Example))
	if err != nil || len(c.Rules) != 3 || len(c.Lags) != 2 || c.Throttling == nil || c.ForeignWriter == nil {
		t.Fatalf("got %+v, %v", c, err)
	}
	content, err := os.ReadFile("../doc.go")
	if err != nil {
		t.Fatal(err)
	}
	shown := "//\t" + strings.ReplaceAll(Example, "\n", "\n//\t")
	if !strings.Contains(string(content), shown) {
		t.Error("the documentation of the emulator shows another example")
	}
}
