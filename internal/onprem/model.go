// Package onprem is the Terraform face of the on-premises settings of App sessions: the resource
// sapio365_app_session_onprem.
package onprem

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// model is the resource as Terraform keeps it, in configuration, plan and state alike.
type model struct {
	AppSessionID    types.String   `tfsdk:"app_session_id"`
	TenantID        types.String   `tfsdk:"tenant_id"`
	Connections     types.List     `tfsdk:"domain_connections"`
	ConnectServer   types.String   `tfsdk:"entra_connect_server"`
	ConsistencyGUID types.Bool     `tfsdk:"use_consistency_guid"`
	RequireHybrid   types.Bool     `tfsdk:"require_hybrid"`
	Timeouts        timeouts.Value `tfsdk:"timeouts"`
	ID              types.String   `tfsdk:"id"`
}

// The attributes of a domain connection.
const (
	domainName       = "domain"
	controllerName   = "domain_controller"
	usernameName     = "username"
	credentialName   = "credential_secret_id"
	connectionsName  = "domain_connections"
	defaultHybrid    = true
	defaultGUID      = false
	connectServerKey = "entra_connect_server"
)

var connectionType = types.ObjectType{AttrTypes: map[string]attr.Type{
	domainName: types.StringType, controllerName: types.StringType, usernameName: types.StringType, credentialName: types.StringType,
}}

// text returns an attribute of a domain connection, null or unknown as the connection itself is.
func text(connection attr.Value, name string) types.String {
	if connection.IsUnknown() {
		return types.StringUnknown()
	}
	if object, ok := connection.(types.Object); ok {
		if value, ok := object.Attributes()[name].(types.String); ok {
			return value
		}
	}
	return types.StringNull()
}

// isImported tells whether the state holds nothing but what an import gives.
func (m model) isImported() bool { return m.Connections.IsNull() }

// tenant and clientID are in lower case, as tokens and Microsoft Graph have them.
func (m model) tenant() string   { return strings.ToLower(m.TenantID.ValueString()) }
func (m model) clientID() string { return strings.ToLower(m.AppSessionID.ValueString()) }

func (m model) identity() tfkit.RegistrationIdentity {
	return tfkit.RegistrationIdentity{TenantID: types.StringValue(m.tenant()), ClientID: types.StringValue(m.clientID())}
}
