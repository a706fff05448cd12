package entra

import "strings"

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
	return r.Values != nil && len(r.Values.differing(settings)) == 0
}

// OnPremHints are what an earlier operation has learnt, which saves look-ups.
type OnPremHints struct {
	ObjectID    string            `json:"application,omitempty"` // of the application
	Definitions map[string]string `json:"definitions,omitempty"` // ids by the names of the properties
}

// Hints returns what the record teaches later operations.
func (r OnPremRecord) Hints() OnPremHints {
	hints := OnPremHints{ObjectID: r.ObjectID, Definitions: map[string]string{}}
	for name, definition := range r.Definitions {
		hints.Definitions[name] = definition.ID
	}
	return hints
}
