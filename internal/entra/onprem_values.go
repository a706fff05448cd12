package entra

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf16"
)

// MaxExtensionValue is how long a String value of a directory extension may be, in UTF-16 code units.
const MaxExtensionValue = 256

// OnPremValues are the values of the properties, read as settings as far as they are ones.
type OnPremValues struct {
	Connections     []DomainConnection
	Unreadable      []string // values of the domains from which no connection can be read, in ascending order
	ConnectServer   string   // empty for none; JSON where it is not text
	ConsistencyGUID *bool    // nil: no value, or none that is true or false
	foreign         bool     // the consistency GUID has a value that is not true or false
}

// Empty tells whether no property has a value.
func (v OnPremValues) Empty() bool {
	return len(v.Connections) == 0 && len(v.Unreadable) == 0 && v.ConnectServer == "" && v.ConsistencyGUID == nil && !v.foreign
}

// Fingerprint is equal for two looks at the same values, and different when anything differs.
func (v OnPremValues) Fingerprint() string {
	content, err := json.Marshal([]any{v.Connections, v.Unreadable, v.ConnectServer, v.ConsistencyGUID, v.foreign})
	if err != nil {
		panic(err) // there is nothing in it that JSON could not hold
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:16])
}

// Values are the values of the properties that hold the settings.
func (s OnPrem) Values() OnPremValues {
	return OnPremValues{Connections: s.Connections, ConnectServer: s.ConnectServer, ConsistencyGUID: &s.ConsistencyGUID}
}

// Record is what an application holds that has the settings.
func (s OnPrem) Record() OnPremRecord {
	values := s.Values()
	record := OnPremRecord{Values: &values, Definitions: map[string]ExtensionDefinition{}}
	for _, property := range OnPremProperties {
		record.Definitions[property.Name] = ExtensionDefinition{Targets: []string{ExtensionTarget}, ExtensionProperty: property}
	}
	return record
}

// Differing lists the properties whose values are not those of the settings.
func (v OnPremValues) Differing(settings OnPrem) []ExtensionProperty {
	var all []ExtensionProperty
	if !slices.Equal(v.Connections, settings.Connections) || len(v.Unreadable) > 0 {
		all = append(all, OnPremDomains)
	}
	if v.ConnectServer != settings.ConnectServer {
		all = append(all, OnPremConnectServer)
	}
	if v.ConsistencyGUID == nil || *v.ConsistencyGUID != settings.ConsistencyGUID {
		all = append(all, OnPremConsistencyGUID)
	}
	return all
}

// Hold tells whether these properties have the values that hold the settings.
func (v OnPremValues) Hold(settings OnPrem, properties []ExtensionProperty) bool {
	return !slices.ContainsFunc(v.Differing(settings), func(p ExtensionProperty) bool { return slices.Contains(properties, p) })
}

// value is what the property has to hold for the settings, as JSON has it; nil for none.
func (s OnPrem) value(property ExtensionProperty) (any, error) {
	switch property {
	case OnPremDomains:
		values := make([]string, len(s.Connections))
		for i, connection := range s.Connections {
			value, err := EncodeConnection(i, connection)
			if err != nil {
				return nil, err
			}
			values[i] = value
		}
		return values, nil
	case OnPremConnectServer:
		if s.ConnectServer == "" {
			return nil, nil
		}
		return s.ConnectServer, nil
	}
	return s.ConsistencyGUID, nil
}

// storedConnection is a domain connection as one value of the property. Microsoft Graph does not keep the order of
// values, so each has its position; the names are short because the value must be.
type storedConnection struct {
	Position           int    `json:"n"` // from 1
	Domain             string `json:"d"`
	DomainController   string `json:"c,omitempty"`
	Username           string `json:"u,omitempty"`
	CredentialSecretID string `json:"s,omitempty"`
}

// ConnectionTooLongError says that a domain connection does not fit into one value.
type ConnectionTooLongError struct {
	Index  int // counted from 0
	Length int // of the value that it would be, in UTF-16 code units
}

func (e *ConnectionTooLongError) Error() string {
	return fmt.Sprintf("domain connection %d takes %d characters, more than the %d of a directory extension's value",
		e.Index+1, e.Length, MaxExtensionValue)
}

// EncodeConnection writes the connection with the index, counted from 0, as the value that is stored. It fails with
// *ConnectionTooLongError.
func EncodeConnection(index int, c DomainConnection) (string, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	stored := storedConnection{index + 1, c.Domain, c.DomainController, c.Username, c.CredentialSecretID}
	if err := encoder.Encode(stored); err != nil {
		panic(err) // there is nothing in it that JSON could not hold
	}
	value := strings.TrimSuffix(b.String(), "\n")
	if length := len(utf16.Encode([]rune(value))); length > MaxExtensionValue {
		return "", &ConnectionTooLongError{Index: index, Length: length}
	}
	return value, nil
}

// decodeConnection reads a stored value, strictly: what it does not know would be lost when it is written again.
func decodeConnection(value string) (storedConnection, bool) {
	var stored storedConnection
	decoder := json.NewDecoder(strings.NewReader(value))
	decoder.DisallowUnknownFields()
	if decoder.Decode(&stored) != nil || stored.Position < 1 || stored.Domain == "" {
		return stored, false
	}
	_, err := decoder.Token()
	return stored, errors.Is(err, io.EOF)
}

// DecodeOnPrem reads the values of the properties, by their names, as JSON. Whatever is in them can be read; what is no
// setting of ours shows as something that no configuration can ask for.
func DecodeOnPrem(properties map[string]json.RawMessage) OnPremValues {
	var v OnPremValues
	v.decodeDomains(properties[OnPremDomains.Name])
	if server := properties[OnPremConnectServer.Name]; !isNull(server) && json.Unmarshal(server, &v.ConnectServer) != nil {
		v.ConnectServer = string(server)
	}
	if flag := properties[OnPremConsistencyGUID.Name]; !isNull(flag) && json.Unmarshal(flag, &v.ConsistencyGUID) != nil {
		v.ConsistencyGUID, v.foreign = nil, true
	}
	return v
}

func isNull(value json.RawMessage) bool {
	return len(value) == 0 || bytes.Equal(bytes.TrimSpace(value), []byte("null"))
}

// decodeDomains reads the connections in the order of their positions. Of several values with one position only the
// first counts as a connection.
func (v *OnPremValues) decodeDomains(property json.RawMessage) {
	if isNull(property) {
		return
	}
	var values []json.RawMessage
	if json.Unmarshal(property, &values) != nil {
		v.Unreadable = []string{string(property)}
		return
	}
	texts := make([]string, len(values))
	for i, value := range values {
		if json.Unmarshal(value, &texts[i]) != nil || isNull(value) {
			texts[i] = string(value)
		}
	}
	slices.Sort(texts)
	var all []storedConnection
	for _, text := range texts {
		stored, ok := decodeConnection(text)
		if taken := slices.ContainsFunc(all, func(c storedConnection) bool { return c.Position == stored.Position }); !ok || taken {
			v.Unreadable = append(v.Unreadable, text)
			continue
		}
		all = append(all, stored)
	}
	slices.SortFunc(all, func(a, b storedConnection) int { return cmp.Compare(a.Position, b.Position) })
	for _, c := range all {
		v.Connections = append(v.Connections, DomainConnection{c.Domain, c.DomainController, c.Username, c.CredentialSecretID})
	}
}
