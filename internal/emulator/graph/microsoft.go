package graph

import (
	"strings"
	"sync"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra/catalogue"
)

// microsoftTenant owns Microsoft's own applications.
const microsoftTenant = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"

// microsoftNames are the service principal names of Microsoft's APIs beside the application id.
var microsoftNames = map[string][]any{
	catalogue.MicrosoftGraph: {"https://graph.microsoft.com", "https://graph.microsoft.us", "https://dod-graph.microsoft.us",
		"https://microsoftgraph.chinacloudapi.cn"},
	catalogue.ExchangeOnline: {"https://outlook.office365.com", "https://outlook.office.com", "https://ps.outlook.com",
		"https://outlook.office365.us", "https://partner.outlook.cn"},
	catalogue.SharePointOnline:   {"https://microsoft.sharepoint-df.com"},
	catalogue.SecurityCompliance: {"https://ps.compliance.protection.outlook.com"},
}

// entitlements are the permissions of one API. They are the same in every tenant, and shared between tenants.
type entitlements struct{ roles, scopes []any }

var microsoftAPIs = sync.OnceValue(func() map[string]entitlements {
	apis := map[string]entitlements{}
	for appID := range microsoftNames {
		var e entitlements
		for _, entry := range published(appID, catalogue.Application) {
			e.roles = append(e.roles, map[string]any{"allowedMemberTypes": []any{"Application"}, "description": entry.Name,
				"displayName": entry.Name, "id": strings.ToLower(entry.ID), "isEnabled": true, "origin": "Application",
				"value": entry.Name})
		}
		for _, entry := range published(appID, catalogue.Delegated) {
			e.scopes = append(e.scopes, map[string]any{"adminConsentDescription": entry.Name,
				"adminConsentDisplayName": entry.Name, "id": strings.ToLower(entry.ID), "isEnabled": true,
				"origin": "Application", "type": "Admin", "userConsentDescription": entry.Name,
				"userConsentDisplayName": entry.Name, "value": entry.Name})
		}
		apis[appID] = entitlements{directory.Values(e.roles), directory.Values(e.scopes)}
	}
	return apis
})

// published lists the permissions that every tenant has: all but those in preview.
func published(appID string, kind catalogue.Kind) []catalogue.Entry {
	var entries []catalogue.Entry
	for _, entry := range catalogue.All(appID, kind) {
		if entry.Standing != catalogue.Preview {
			entries = append(entries, entry)
		}
	}
	return entries
}

// microsoftServicePrincipal returns a new service principal of one of Microsoft's own APIs.
func microsoftServicePrincipal(appID string) (*directory.Object, bool) {
	api, ok := microsoftAPIs()[appID]
	if !ok {
		return nil, false
	}
	properties := template("servicePrincipal")
	name := catalogue.APIName(appID)
	properties["appId"], properties["displayName"], properties["appDisplayName"] = appID, name, name
	properties["appOwnerOrganizationId"] = microsoftTenant
	properties["appRoles"], properties["oauth2PermissionScopes"] = api.roles, api.scopes
	properties["servicePrincipalNames"] = append([]any{appID}, microsoftNames[appID]...)
	properties["signInAudience"] = "AzureADMultipleOrgs"
	return &directory.Object{Kind: directory.ServicePrincipal, ID: directory.NewID(), Properties: properties}, true
}
