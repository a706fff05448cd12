package entra_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// application is one application in miniature. Values without a definition are there, but nobody can reach them.
type application struct {
	t           *rapid.T
	definitions map[string]entra.ExtensionDefinition
	values      map[string]json.RawMessage
}

func (a *application) record() entra.OnPremRecord {
	visible := map[string]json.RawMessage{}
	for name := range a.definitions {
		visible[name] = a.values[name]
	}
	values := entra.DecodeOnPrem(visible)
	return entra.OnPremRecord{Definitions: a.definitions, Values: &values}
}

func (a *application) carryOut(change entra.Change) {
	switch c := change.(type) {
	case entra.DefineExtension:
		if _, ok := a.definitions[c.Property.Name]; ok {
			a.t.Fatalf("%s is defined twice", c.Property.Name)
		}
		a.definitions[c.Property.Name] = entra.ExtensionDefinition{
			ID: fmt.Sprint(len(a.values)), Targets: []string{entra.ExtensionTarget}, ExtensionProperty: c.Property,
		}
	case entra.WriteExtensions:
		for _, value := range c.Values {
			if _, ok := a.definitions[value.Property.Name]; !ok {
				a.t.Fatalf("%s is written and not defined", value.Property.Name)
			}
			a.values[value.Property.Name] = asJSON(value.Value)
		}
	case entra.RemoveExtension:
		if _, ok := a.definitions[c.Definition.Name]; !ok {
			a.t.Fatalf("%s is removed and not there", c.Definition.Name)
		}
		delete(a.definitions, c.Definition.Name)
	default:
		a.t.Fatalf("unknown change %T", change)
	}
}

func genOnPrem(t *rapid.T, what string) entra.OnPrem {
	connection := rapid.Custom(func(t *rapid.T) entra.DomainConnection {
		return entra.DomainConnection{
			Domain:           rapid.SampledFrom([]string{"a.local", "b.local", "c.local"}).Draw(t, "domain"),
			DomainController: rapid.SampledFrom([]string{"", "dc1.a.local"}).Draw(t, "controller"),
			Username:         rapid.SampledFrom([]string{"", "svc"}).Draw(t, "username"),
		}
	})
	return entra.OnPrem{
		Connections:     rapid.SliceOfN(connection, 1, 4).Draw(t, what+" connections"),
		ConnectServer:   rapid.SampledFrom([]string{"", "sync1", "sync2"}).Draw(t, what+" server"),
		ConsistencyGUID: rapid.Bool().Draw(t, what+" guid"),
	}
}

// genApplication makes up what somebody may have left: settings of another time, some of them without a definition, and
// what is no setting at all.
func genApplication(t *rapid.T) *application {
	a := &application{t: t, definitions: map[string]entra.ExtensionDefinition{}, values: map[string]json.RawMessage{}}
	changes, err := entra.DiffOnPrem(genOnPrem(t, "earlier"), a.record())
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range changes {
		a.carryOut(change)
	}
	for _, property := range entra.OnPremProperties {
		switch rapid.SampledFrom([]string{"", "cleared", "undefined", "by hand"}).Draw(t, property.Name) {
		case "cleared":
			delete(a.values, property.Name)
		case "undefined":
			delete(a.definitions, property.Name)
		case "by hand":
			a.values[property.Name] = json.RawMessage(rapid.SampledFrom([]string{
				`null`, `[]`, `["x"]`, `"x"`, `true`, `[{"n":1}]`, `["{\"n\":1,\"d\":\"a.local\"}","{\"n\":1,\"d\":\"b.local\"}"]`,
			}).Draw(t, "value"))
		}
	}
	return a
}

func TestOnPremDiffReachesTheSettings(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, want := genApplication(t), genOnPrem(t, "wanted")
		changes, err := entra.DiffOnPrem(want, a.record())
		if err != nil {
			t.Fatal(err)
		}
		if !slices.IsSortedFunc(changes, func(a, b entra.Change) int { return int(a.Phase()) - int(b.Phase()) }) {
			t.Fatalf("the changes are out of order: %v", changes)
		}
		for _, change := range changes {
			a.carryOut(change)
		}
		if have := a.record(); !have.Shows(want) {
			t.Fatalf("%v lead to %+v", changes, have.Values)
		}
		if again, err := entra.DiffOnPrem(want, a.record()); err != nil || len(again) > 0 {
			t.Fatalf("after %v, still to do: %v, %v", changes, again, err)
		}
	})
}

// Without any one of the written values the settings are not reached. Only what an earlier definition may have left, which
// nobody can see before there is a new one, is written in any case.
func TestOnPremDiffIsMinimal(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, want := genApplication(t), genOnPrem(t, "wanted")
		before := a.record()
		defined := maps.Clone(before.Definitions)
		changes, err := entra.DiffOnPrem(want, before)
		if err != nil {
			t.Fatal(err)
		}
		for _, change := range changes {
			write, ok := change.(entra.WriteExtensions)
			if !ok {
				a.carryOut(change) // it is needed, or carrying it out would fail
				continue
			}
			left := rapid.IntRange(0, len(write.Values)-1).Draw(t, "left out")
			name := write.Values[left].Property.Name
			a.carryOut(entra.WriteExtensions{Values: slices.Delete(slices.Clone(write.Values), left, left+1)})
			if _, visible := defined[name]; visible && a.record().Shows(want) {
				t.Fatalf("%s need not be written", name)
			}
		}
	})
}

func TestUndoOnPremLeavesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := genApplication(t)
		defined := a.record().Definitions
		hidden := map[string]bool{}
		for name := range a.values {
			_, ok := defined[name]
			hidden[name] = !ok
		}
		have := a.record()
		if rapid.Bool().Draw(t, "values not looked at") {
			have.Values = nil
		}
		for _, change := range entra.UndoOnPrem(have) {
			a.carryOut(change)
		}
		if len(a.definitions) > 0 {
			t.Fatalf("left: %v", a.definitions)
		}
		for name, value := range a.values {
			if !hidden[name] && string(value) != "null" && string(value) != "[]" {
				t.Fatalf("%s keeps the value %s", name, value)
			}
		}
		if again := entra.UndoOnPrem(a.record()); len(again) > 0 || a.record().Exists() {
			t.Fatalf("still to do: %v", again)
		}
	})
}

// A definition of another kind is never written to, and never taken for ours.
func TestOnPremDiffRefusesOtherDefinitions(t *testing.T) {
	t.Parallel()
	want := entra.OnPrem{Connections: []entra.DomainConnection{{Domain: "a.local"}}}
	for name, change := range map[string]func(*entra.ExtensionDefinition){
		"type":         func(d *entra.ExtensionDefinition) { d.DataType = "Integer" },
		"multi-valued": func(d *entra.ExtensionDefinition) { d.MultiValued = !d.MultiValued },
		"target":       func(d *entra.ExtensionDefinition) { d.Targets = []string{"User", "Group"} },
	} {
		for _, property := range entra.OnPremProperties {
			definition := entra.ExtensionDefinition{ID: "1", Targets: []string{"User", entra.ExtensionTarget}, ExtensionProperty: property}
			have := entra.OnPremRecord{Definitions: map[string]entra.ExtensionDefinition{property.Name: definition}}
			if changes, err := entra.DiffOnPrem(want, have); err != nil || len(changes) != len(entra.OnPremProperties) {
				t.Errorf("%s: %v, %v, want it adopted", property.Name, changes, err)
			}
			change(&definition)
			have.Definitions[property.Name] = definition
			var mismatch *entra.ExtensionMismatchError
			if _, err := entra.DiffOnPrem(want, have); !errors.As(err, &mismatch) || mismatch.Definition.ID != "1" || mismatch.Wanted != property {
				t.Errorf("%s, other %s: %v", property.Name, name, err)
			}
		}
	}
}

func TestOnPremDiffRefusesWhatIsTooLong(t *testing.T) {
	t.Parallel()
	var tooLong *entra.ConnectionTooLongError
	want := entra.OnPrem{Connections: []entra.DomainConnection{{Domain: "a.local"}, {Domain: fmt.Sprintf("%0256d", 0)}}}
	if _, err := entra.DiffOnPrem(want, entra.OnPremRecord{}); !errors.As(err, &tooLong) || tooLong.Index != 1 {
		t.Error(err)
	}
}
