package entra

import (
	"fmt"
	"slices"
	"strings"
)

type (
	// DefineExtension makes a directory extension on the application.
	DefineExtension struct{ Property ExtensionProperty }
	// WriteExtensions writes values of directory extensions, each as a whole.
	WriteExtensions struct{ Values []ExtensionValue }
	// RemoveExtension removes the definition of a directory extension, which has no value any more.
	RemoveExtension struct{ Definition ExtensionDefinition }
)

// ExtensionValue is what a directory extension is to hold, as JSON has it; nil clears it.
type ExtensionValue struct {
	Property ExtensionProperty
	Value    any
}

// Phase says when the change is carried out.
func (DefineExtension) Phase() Phase { return PhasePrepare }
func (WriteExtensions) Phase() Phase { return PhaseGrant }
func (RemoveExtension) Phase() Phase { return PhaseRemove }

// Describe names the extension.
func (c DefineExtension) Describe() string {
	return "define the directory extension " + c.Property.Name
}

// Describe names what is written and what is cleared.
func (c WriteExtensions) Describe() string {
	var written, cleared, parts []string
	for _, value := range c.Values {
		if value.Value == nil {
			cleared = append(cleared, value.Property.Name)
		} else {
			written = append(written, value.Property.Name)
		}
	}
	if len(written) > 0 {
		parts = append(parts, "write "+strings.Join(written, ", "))
	}
	if len(cleared) > 0 {
		parts = append(parts, "clear "+strings.Join(cleared, ", "))
	}
	return strings.Join(parts, " and ")
}

// Describe names the extension.
func (c RemoveExtension) Describe() string {
	return "remove the directory extension " + c.Definition.Name
}

// DiffOnPrem lists, in order, the changes that lead from the record to the settings. The definitions must have been
// looked at. It fails with *ExtensionMismatchError where a definition stands in the way, and with *ConnectionTooLongError.
//
// A value that is written under a new definition is written even where there shall be none: one that an earlier
// definition of the same name has left would come back.
func DiffOnPrem(want OnPrem, have OnPremRecord) ([]Change, error) {
	var changes []Change
	var write WriteExtensions
	var values OnPremValues
	if have.Values != nil {
		values = *have.Values
	}
	differing := values.Differing(want)
	for _, property := range OnPremProperties {
		definition, defined := have.Definitions[property.Name]
		if defined && !definition.serves(property) {
			return nil, &ExtensionMismatchError{ClientID: have.ClientID, Wanted: property, Definition: definition}
		}
		if !defined {
			changes = append(changes, DefineExtension{property})
		}
		if !defined || have.Values == nil || slices.Contains(differing, property) {
			value, err := want.value(property)
			if err != nil {
				return nil, err
			}
			write.Values = append(write.Values, ExtensionValue{property, value})
		}
	}
	if len(write.Values) > 0 {
		changes = append(changes, write)
	}
	return changes, nil
}

// serves tells whether the definition is as the property needs it.
func (d ExtensionDefinition) serves(p ExtensionProperty) bool {
	return d.DataType == p.DataType && d.MultiValued == p.MultiValued && slices.Contains(d.Targets, ExtensionTarget)
}

// UndoOnPrem lists, in order, the changes that take all settings away: first the values, because what a definition
// leaves behind cannot be reached any more, then the definitions.
func UndoOnPrem(have OnPremRecord) []Change {
	var changes []Change
	var clear WriteExtensions
	for _, property := range OnPremProperties {
		definition, defined := have.Definitions[property.Name]
		if !defined {
			continue
		}
		if have.Values == nil || have.Values.holds(property) {
			clear.Values = append(clear.Values, ExtensionValue{Property: property})
		}
		changes = append(changes, RemoveExtension{definition})
	}
	if len(clear.Values) == 0 {
		return changes
	}
	return append([]Change{clear}, changes...)
}

// holds tells whether the property has a value.
func (v OnPremValues) holds(property ExtensionProperty) bool {
	switch property {
	case OnPremDomains:
		return len(v.Connections)+len(v.Unreadable) > 0
	case OnPremConnectServer:
		return v.ConnectServer != ""
	}
	return v.ConsistencyGUID != nil || v.foreign
}

// ExtensionMismatchError says that a directory extension with the name of ours is defined otherwise.
type ExtensionMismatchError struct {
	ClientID   string
	Wanted     ExtensionProperty
	Definition ExtensionDefinition
}

func (e *ExtensionMismatchError) Error() string {
	return fmt.Sprintf("the directory extension %s is defined as %s, but is needed as %s",
		e.Definition.Name, e.Definition.describe(e.Definition.Targets), e.Wanted.describe([]string{ExtensionTarget}))
}

// describe tells how the extension is defined.
func (p ExtensionProperty) describe(targets []string) string {
	values := "a single " + p.DataType
	if p.MultiValued {
		values = "several values of the type " + p.DataType
	}
	return values + " for objects of the kind " + strings.Join(targets, ", ")
}
