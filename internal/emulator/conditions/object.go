package conditions

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// object is a JSON object that is being read. It keeps the first error, which names the place of what is wrong.
type object struct {
	place  string // with a dot at its end, empty for the whole document
	fields map[string]json.RawMessage
	err    error
}

func newObject(place string, raw json.RawMessage) *object {
	o := &object{place: place, fields: map[string]json.RawMessage{}}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		o.fail("", "not an object")
		return o
	}
	for decoder.More() {
		token, err := decoder.Token()
		name, _ := token.(string)
		var value json.RawMessage
		if err == nil {
			err = decoder.Decode(&value)
		}
		if err != nil {
			o.fail(name, err.Error())
			return o
		}
		if _, twice := o.fields[name]; twice {
			o.fail(name, "given twice")
		}
		o.fields[name] = value
	}
	return o
}

// fail notes what is wrong with a field, or without a name with the object itself.
func (o *object) fail(name, problem string) {
	if o.err == nil {
		place := strings.TrimSuffix(o.place+name, ".")
		if place == "" {
			place = "conditions"
		}
		o.err = fmt.Errorf("%s: %s", place, problem)
	}
}

// has tells whether a field is given, which may then not be null.
func (o *object) has(name string) bool {
	value, given := o.fields[name]
	if string(value) == "null" {
		o.fail(name, "null")
	}
	return given
}

// read takes a field into what the pointer points to. wanted describes what the field must be.
func (o *object) read(name string, into any, wanted string) {
	if !o.has(name) {
		return
	}
	if err := json.Unmarshal(o.fields[name], into); err != nil {
		o.fail(name, fmt.Sprintf("%s is not %s", o.fields[name], wanted))
	}
	delete(o.fields, name)
}

func (o *object) text(name string, into *string)      { o.read(name, into, "a text") }
func (o *object) flag(name string, into *bool)        { o.read(name, into, "true or false") }
func (o *object) number(name string, into *int)       { o.read(name, into, "a whole number") }
func (o *object) fraction(name string, into *float64) { o.read(name, into, "a number") }

// probability takes a probability, which may be left out but not be 0.
func (o *object) probability(into *float64) {
	given := o.has("probability")
	o.fraction("probability", into)
	if given && *into == 0 {
		o.fail("probability", "0 is not above 0 and up to 1")
	}
}

func (o *object) duration(name string, into *time.Duration) {
	if !o.has(name) {
		return
	}
	var text string
	o.read(name, &text, `a duration as in "1.5s"`)
	if o.err != nil {
		return
	}
	var err error
	if *into, err = time.ParseDuration(text); err != nil {
		o.fail(name, fmt.Sprintf(`%q is not a duration as in "1.5s"`, text))
	}
}

// object takes a field that is an object itself.
func (o *object) object(name string, read func(*object)) {
	if !o.has(name) {
		return
	}
	inner := newObject(o.place+name+".", o.fields[name])
	delete(o.fields, name)
	read(inner)
	o.adopt(inner)
}

// list takes a field that is a list of objects.
func (o *object) list(name string, read func(*object)) {
	var items []json.RawMessage
	o.read(name, &items, "a list")
	for i, raw := range items {
		inner := newObject(fmt.Sprintf("%s%s[%d].", o.place, name, i), raw)
		read(inner)
		o.adopt(inner)
	}
}

// adopt takes over the error of an object in it that has been read.
func (o *object) adopt(inner *object) {
	if err := inner.end(); err != nil && o.err == nil {
		o.err = err
	}
}

// end returns the first error; a field that nobody has taken is one.
func (o *object) end() error {
	for _, name := range slices.Sorted(maps.Keys(o.fields)) {
		o.fail(name, "unknown field")
	}
	return o.err
}
