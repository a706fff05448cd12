package conditions

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Example is conditions in JSON that show every part.
const Example = `{
  "seed": 7,
  "rules": [
    {"method": "POST", "path": "applications/{}/addPassword", "to": 2, "answer": {"status": 503, "retry_after": "2s"}},
    {"path": "$batch", "probability": 0.05, "reset": true, "applied": true},
    {"path": "*", "of": "batch parts", "probability": 0.1, "delay": "1s"}
  ],
  "lags": [
    {"kind": "application", "purpose": "read", "delay": "8s", "probability": 0.5},
    {"purpose": "copy", "delay": "20s", "probability": 1}
  ],
  "throttling": {"tenant_size": "small"},
  "foreign_writer": {"probability": 0.2, "certificates": true},
  "conflicts": 0.1
}`

// Parse reads conditions from JSON: the fields by their names in snake case, durations as texts like "1.5s". The error
// names the place of what is wrong, as in "rules[0].from: …". Whether conditions make sense together and for the paths
// that are served is checked when they are set.
func Parse(content []byte) (Conditions, error) {
	var document json.RawMessage
	decoder := json.NewDecoder(bytes.NewReader(content))
	if err := decoder.Decode(&document); err != nil {
		return Conditions{}, fmt.Errorf("not JSON: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Conditions{}, errors.New("not JSON: more than one value")
	}
	var c Conditions
	o := newObject("", document)
	o.read("seed", &c.Seed, "a whole number from 0 up")
	o.list("rules", func(o *object) { c.Rules = append(c.Rules, readRule(o)) })
	o.list("lags", func(o *object) { c.Lags = append(c.Lags, readLag(o)) })
	o.object("throttling", func(o *object) { c.Throttling = readThrottling(o) })
	o.object("foreign_writer", func(o *object) { c.ForeignWriter = readForeignWriter(o) })
	o.fraction("conflicts", &c.Conflicts)
	if err := o.end(); err != nil {
		return Conditions{}, err
	}
	return c, nil
}

func readRule(o *object) (r Rule) {
	o.text("method", &r.Method)
	o.text("path", &r.Path)
	o.text("of", (*string)(&r.Of))
	o.number("from", &r.From)
	o.number("to", &r.To)
	o.probability(&r.Probability)
	o.duration("delay", &r.Delay)
	o.object("answer", func(o *object) { r.Answer = readAnswer(o) })
	o.flag("reset", &r.Reset)
	o.flag("applied", &r.Applied)
	return r
}

func readAnswer(o *object) *Answer {
	var a Answer
	o.number("status", &a.Status)
	o.text("code", &a.Code)
	o.text("message", &a.Message)
	o.read("headers", &a.Headers, "an object of texts")
	o.duration("retry_after", &a.RetryAfter)
	o.flag("retry_after_date", &a.RetryAfterDate)
	return &a
}

func readLag(o *object) (l Lag) {
	o.text("kind", (*string)(&l.Kind))
	o.text("purpose", (*string)(&l.Purpose))
	o.duration("delay", &l.Delay)
	o.probability(&l.Probability)
	return l
}

// readThrottling reads limits, or the size of a tenant whose documented limits are meant.
func readThrottling(o *object) *Throttling {
	var t Throttling
	if o.has("tenant_size") {
		var size TenantSize
		o.text("tenant_size", (*string)(&size))
		if documented := Documented(size); documented != nil {
			t = *documented
		} else {
			o.fail("tenant_size", fmt.Sprintf("%q is none of %s, %s, %s", size, Small, Medium, Large))
		}
		for _, name := range []string{"units", "unit_window", "writes", "write_window", "tenant_writes", "tenant_write_window"} {
			if o.has(name) {
				o.fail(name, "follows from tenant_size")
			}
		}
	}
	o.number("units", &t.Units)
	o.duration("unit_window", &t.UnitWindow)
	o.number("writes", &t.Writes)
	o.duration("write_window", &t.WriteWindow)
	o.number("tenant_writes", &t.TenantWrites)
	o.duration("tenant_write_window", &t.TenantWriteWindow)
	o.duration("retry_after", &t.RetryAfter)
	return &t
}

func readForeignWriter(o *object) *ForeignWriter {
	var f ForeignWriter
	o.probability(&f.Probability)
	o.flag("certificates", &f.Certificates)
	o.flag("secrets", &f.Secrets)
	o.flag("between", &f.Between)
	return &f
}
