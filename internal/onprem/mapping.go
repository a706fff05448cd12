package onprem

import (
	"fmt"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// settings are what the plan asks of the domain.
func (m model) settings() entra.OnPrem {
	settings := entra.OnPrem{ConnectServer: m.ConnectServer.ValueString(), ConsistencyGUID: m.ConsistencyGUID.ValueBool()}
	for _, connection := range m.Connections.Elements() {
		settings.Connections = append(settings.Connections, domainConnection(connection))
	}
	return settings
}

// ref points to the settings.
func (m model) ref() entra.OnPremRef { return entra.OnPremRef{ClientID: m.clientID()} }

func (m model) terms() entra.OnPremTerms {
	return entra.OnPremTerms{RequireHybrid: m.RequireHybrid.ValueBool()}
}

func domainConnection(connection attr.Value) entra.DomainConnection {
	return entra.DomainConnection{
		Domain:             text(connection, domainName).ValueString(),
		DomainController:   text(connection, controllerName).ValueString(),
		Username:           text(connection, usernameName).ValueString(),
		CredentialSecretID: text(connection, credentialName).ValueString(),
	}
}

// refreshed is the state as the tenant shows it. What cannot be read as a setting shows as a connection that no
// configuration can ask for, without its contents: somebody may have put a secret there.
func (m model) refreshed(have entra.OnPremValues) model {
	if m.isImported() {
		m.RequireHybrid = types.BoolValue(defaultHybrid)
	}
	connections := []attr.Value{}
	for _, c := range have.Connections {
		connections = append(connections, connectionValue(c))
	}
	for _, value := range have.Unreadable {
		connections = append(connections, connectionValue(entra.DomainConnection{
			Domain: fmt.Sprintf("(not a domain connection: %d characters)", utf8.RuneCountInString(value)),
		}))
	}
	m.Connections = types.ListValueMust(connectionType, connections)
	m.ConnectServer = tfkit.OrNull(have.ConnectServer)
	m.ConsistencyGUID = types.BoolPointerValue(have.ConsistencyGUID)
	return m
}

func connectionValue(c entra.DomainConnection) attr.Value {
	return types.ObjectValueMust(connectionType.AttrTypes, map[string]attr.Value{
		domainName: types.StringValue(c.Domain), controllerName: tfkit.OrNull(c.DomainController),
		usernameName: tfkit.OrNull(c.Username), credentialName: tfkit.OrNull(c.CredentialSecretID),
	})
}
