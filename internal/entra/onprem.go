package entra

import (
	"encoding/json"
	"slices"
	"strings"
)

// MaxConnections is how many domain connections a session can have.
const MaxConnections = 20

// OnPrem are the on-premises settings of an App session.
type OnPrem struct {
	Connections     []DomainConnection // later ones override earlier ones
	ConnectServer   string             // the server of Microsoft Entra Connect; empty for none
	ConsistencyGUID bool               // match users by ms-DS-ConsistencyGuid
}

// DomainConnection is the way into one Active Directory domain. It never holds a password.
type DomainConnection struct {
	Domain             string
	DomainController   string // empty: that of the computer, which only the first connection may use
	Username           string // empty for none
	CredentialSecretID string // URI of the vault's secret that holds the password; empty for none
}

// ExtensionProperty is a directory extension that an application defines for itself.
type ExtensionProperty struct {
	Name        string // without the prefix that Microsoft Graph adds
	DataType    string
	MultiValued bool
}

// ExtensionTarget is the kind of objects that have values of the extensions.
const ExtensionTarget = "Application"

// The directory extensions that keep on-premises settings.
var (
	OnPremDomains         = ExtensionProperty{Name: "sapio365_onprem_domains", DataType: "String", MultiValued: true}
	OnPremConnectServer   = ExtensionProperty{Name: "sapio365_onprem_connect_server", DataType: "String"}
	OnPremConsistencyGUID = ExtensionProperty{Name: "sapio365_onprem_consistency_guid", DataType: "Boolean"}

	// OnPremProperties are all of them.
	OnPremProperties = []ExtensionProperty{OnPremDomains, OnPremConnectServer, OnPremConsistencyGUID}
)

// FullName is the name of the property on the wire: Microsoft Graph names it after the application that defines it.
func (p ExtensionProperty) FullName(clientID string) string {
	return "extension_" + strings.ToLower(strings.ReplaceAll(clientID, "-", "")) + "_" + p.Name
}

// ExtensionDefinition is a directory extension as the tenant has it.
type ExtensionDefinition struct {
	ID      string
	Targets []string
	ExtensionProperty
}

// OnPremRecord is what an application holds of on-premises settings.
type OnPremRecord struct {
	ObjectID    string // of the application
	ClientID    string
	DisplayName string
	Tags        []string
	// Definitions are those of the properties that are defined, by their names; nil: not looked at.
	Definitions map[string]ExtensionDefinition
	// Values are the values of the properties; nil: not looked at.
	Values *OnPremValues
}

// Exists tells whether the application has settings, or anything that was made for them.
func (r OnPremRecord) Exists() bool {
	return len(r.Definitions) > 0 || r.Values != nil && !r.Values.Empty()
}

// Shows tells whether the record has exactly these settings.
func (r OnPremRecord) Shows(settings OnPrem) bool {
	return r.Values != nil && len(r.Values.Differing(settings)) == 0
}

// Fingerprint is equal for two looks that have shown the same of what settings depend on.
func (r OnPremRecord) Fingerprint() string {
	values := ""
	if r.Values != nil {
		values = r.Values.Fingerprint()
	}
	content, err := json.Marshal([]any{r.ObjectID, slices.Contains(r.Tags, TagAppSession), r.Definitions, values})
	if err != nil {
		panic(err) // there is nothing in it that JSON could not hold
	}
	return string(content)
}

// OnPremRef points to the on-premises settings of an App session.
type OnPremRef struct {
	ClientID string
	Hints    OnPremHints
}

// OnPremHints are what an earlier operation has learnt. They save look-ups, and tell a read what it may believe at first
// sight.
type OnPremHints struct {
	ObjectID    string            `json:"application,omitempty"` // of the application; empty: not known
	Definitions map[string]string `json:"definitions"`           // ids by the names of the properties; nil: not known
	Seen        string            `json:"seen,omitempty"`        // fingerprint of the values; empty: not known
}

// Hints returns what the record, and the earlier hints where it was not looked at, teach later operations.
func (r OnPremRecord) Hints(earlier OnPremHints) OnPremHints {
	hints := OnPremHints{ObjectID: r.ObjectID, Definitions: earlier.Definitions}
	if r.Values != nil {
		hints.Seen = r.Values.Fingerprint()
	}
	if r.Definitions != nil {
		hints.Definitions = map[string]string{}
		for name, definition := range r.Definitions {
			hints.Definitions[name] = definition.ID
		}
	}
	return hints
}

// Remembered is what the hints tell of the record; ok is false where that is not enough to take everything away.
func (r OnPremRef) Remembered() (have OnPremRecord, ok bool) {
	have = OnPremRecord{ObjectID: r.Hints.ObjectID, ClientID: r.ClientID, Definitions: map[string]ExtensionDefinition{}}
	for _, property := range OnPremProperties {
		if id := r.Hints.Definitions[property.Name]; id != "" {
			have.Definitions[property.Name] = ExtensionDefinition{ID: id, ExtensionProperty: property}
		}
	}
	return have, r.Hints.ObjectID != "" && len(have.Definitions) > 0
}

// OnPremTerms are the terms on which settings are written.
type OnPremTerms struct {
	RequireHybrid bool // refuse a tenant that is not synchronised with an Active Directory
}
