package entra_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf16"

	"pgregory.net/rapid"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// genConnection makes up a connection, which may be too long. Texts are whatever a configuration can have in them.
func genConnection() *rapid.Generator[entra.DomainConnection] {
	return rapid.Custom(func(t *rapid.T) entra.DomainConnection {
		longest := rapid.SampledFrom([]int{5, 60, 300}).Draw(t, "longest")
		text := rapid.StringN(0, longest, -1)
		return entra.DomainConnection{
			Domain:           rapid.StringN(1, longest, -1).Draw(t, "domain"),
			DomainController: text.Draw(t, "controller"), Username: text.Draw(t, "username"),
			CredentialSecretID: text.Draw(t, "secret"),
		}
	})
}

func encode(t *rapid.T, connections []entra.DomainConnection) []string {
	values := make([]string, len(connections))
	for i, connection := range connections {
		value, err := entra.EncodeConnection(i, connection)
		if err != nil {
			t.Fatal(err)
		}
		values[i] = value
	}
	return values
}

func asJSON(value any) json.RawMessage {
	content, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return content
}

func domains(value any) map[string]json.RawMessage {
	return map[string]json.RawMessage{entra.OnPremDomains.Name: asJSON(value)}
}

func fits(c entra.DomainConnection) bool {
	_, err := entra.EncodeConnection(entra.MaxConnections-1, c)
	return err == nil
}

// What is written is read again as it was, in its order, in whatever order the tenant keeps it.
func TestConnectionsAreReadAsWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		written := rapid.SliceOfN(genConnection().Filter(fits), 1, entra.MaxConnections).Draw(t, "connections")
		kept := rapid.Permutation(encode(t, written)).Draw(t, "kept")
		read := entra.DecodeOnPrem(domains(kept))
		if !reflect.DeepEqual(read.Connections, written) || len(read.Unreadable) > 0 || read.Empty() {
			t.Fatalf("read %+v", read)
		}
	})
}

// No value is longer than the tenant takes, and what is refused is longer.
func TestConnectionsFitIntoValues(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := genConnection().Draw(t, "connection")
		index := rapid.IntRange(0, entra.MaxConnections-1).Draw(t, "index")
		value, err := entra.EncodeConnection(index, c)
		var tooLong *entra.ConnectionTooLongError
		switch length := len(utf16.Encode([]rune(value))); {
		case errors.As(err, &tooLong):
			if tooLong.Length <= entra.MaxExtensionValue || tooLong.Index != index {
				t.Fatalf("refused with %+v", tooLong)
			}
		case err != nil || length > entra.MaxExtensionValue:
			t.Fatalf("%d characters, %v", length, err)
		}
	})
}

// The limit is exact, also for characters that take two code units.
func TestLongestConnection(t *testing.T) {
	t.Parallel()
	rest := len(`{"n":20,"d":"a.b","u":""}`)
	for _, c := range []struct {
		username string
		length   int
	}{
		{strings.Repeat("x", 256-rest), 256},
		{strings.Repeat("x", 257-rest), 257},
		{strings.Repeat("🙂", (256-rest)/2), 256 - (256-rest)%2},
		{strings.Repeat("🙂", (256-rest)/2+1), 258 - (256-rest)%2},
		{strings.Repeat("<", 256-rest), 256}, // not escaped
	} {
		_, err := entra.EncodeConnection(19, entra.DomainConnection{Domain: "a.b", Username: c.username})
		var tooLong *entra.ConnectionTooLongError
		if refused := errors.As(err, &tooLong); refused != (c.length > 256) || refused && tooLong.Length != c.length {
			t.Errorf("%d characters: %v", c.length, err)
		}
	}
}

// Whatever somebody writes by hand can be read, and is never taken for what was declared.
func TestForeignValuesAreDrift(t *testing.T) {
	t.Parallel()
	declared := entra.OnPrem{Connections: []entra.DomainConnection{{Domain: "contoso.local"}}, ConnectServer: "sync.contoso.local"}
	const good = `{"n":1,"d":"contoso.local"}`
	for name, property := range map[string]map[string]json.RawMessage{
		"nothing":               {},
		"null":                  domains(nil),
		"empty list":            domains([]string{}),
		"a single text":         domains(good),
		"a number":              domains(7),
		"an object":             domains(map[string]any{"n": 1}),
		"no JSON":               domains([]string{good, "contoso.local"}),
		"cut off":               domains([]string{good, `{"n":2,"d":"b.loc`}),
		"more behind it":        domains([]string{good + good}),
		"another list":          domains([]string{good, `[1]`}),
		"an unknown member":     domains([]string{`{"n":1,"d":"contoso.local","p":"hunter2"}`}),
		"no position":           domains([]string{`{"d":"contoso.local"}`}),
		"position 0":            domains([]string{`{"n":0,"d":"contoso.local"}`}),
		"no domain":             domains([]string{good, `{"n":2}`}),
		"one position twice":    domains([]string{good, `{"n":1,"d":"fabrikam.local"}`}),
		"the same value twice":  domains([]string{good, good}),
		"not only text":         domains([]any{good, 1}),
		"null among the values": domains([]any{good, nil}),
		"one more":              domains([]string{good, `{"n":2,"d":"fabrikam.local"}`}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			property[entra.OnPremConnectServer.Name] = asJSON(declared.ConnectServer)
			property[entra.OnPremConsistencyGUID.Name] = asJSON(false)
			values := entra.DecodeOnPrem(property)
			if (entra.OnPremRecord{Values: &values}).Shows(declared) {
				t.Errorf("%+v passes as declared", values)
			}
			values = entra.DecodeOnPrem(domains([]string{good}))
			if (entra.OnPremRecord{Values: &values}).Shows(declared) {
				t.Error("passes as declared without server and consistency GUID")
			}
		})
	}
	for name, property := range map[string]struct {
		property entra.ExtensionProperty
		value    any
	}{
		"server, several":           {entra.OnPremConnectServer, []string{"sync.contoso.local"}},
		"server, a number":          {entra.OnPremConnectServer, 1},
		"consistency GUID, a text":  {entra.OnPremConsistencyGUID, "false"},
		"consistency GUID, several": {entra.OnPremConsistencyGUID, []bool{false}},
		"consistency GUID, null":    {entra.OnPremConsistencyGUID, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := domains([]string{good})
			all[entra.OnPremConnectServer.Name] = asJSON(declared.ConnectServer)
			all[entra.OnPremConsistencyGUID.Name] = asJSON(false)
			if values := entra.DecodeOnPrem(all); !(entra.OnPremRecord{Values: &values}).Shows(declared) {
				t.Fatalf("%+v is not as declared", values)
			}
			all[property.property.Name] = asJSON(property.value)
			values := entra.DecodeOnPrem(all)
			if (entra.OnPremRecord{Values: &values}).Shows(declared) {
				t.Errorf("%+v passes as declared", values)
			}
			alone := entra.DecodeOnPrem(map[string]json.RawMessage{property.property.Name: all[property.property.Name]})
			if alone.Empty() != (property.value == nil) {
				t.Errorf("alone, %+v counts as empty: %t", alone, alone.Empty())
			}
		})
	}
}

// A connection that somebody took out leaves the others in their order.
func TestGapsInPositions(t *testing.T) {
	t.Parallel()
	read := entra.DecodeOnPrem(domains([]string{`{"n":9,"d":"c"}`, `{"n":10,"d":"b"}`, `{"n":2,"d":"a"}`}))
	if want := []entra.DomainConnection{{Domain: "a"}, {Domain: "c"}, {Domain: "b"}}; !reflect.DeepEqual(read.Connections, want) {
		t.Errorf("read %+v", read)
	}
}

func TestFullName(t *testing.T) {
	t.Parallel()
	got := entra.OnPremDomains.FullName("4F0A3C1E-6a52-4f1e-9a3d-8b1b6f0c2d11")
	if got != "extension_4f0a3c1e6a524f1e9a3d8b1b6f0c2d11_sapio365_onprem_domains" {
		t.Error(got)
	}
}
