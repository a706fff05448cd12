// Package signin obtains access tokens for Microsoft Graph: which cloud, which
// credential, which tenant. It is the only package that talks to Entra ID's
// sign-in and the only one that sees a secret of the provider.
package signin

import "slices"

// Cloud is one of the separate Microsoft clouds. Tokens of one are not
// accepted in another.
type Cloud struct {
	// Name is what the provider's environment attribute calls it.
	Name string
	// LoginEndpoint and GraphEndpoint are https://host[:port] without path.
	LoginEndpoint string
	GraphEndpoint string
	// GraphResource is the audience of Graph's tokens. It belongs to the cloud,
	// so it stays when GraphEndpoint is replaced by a proxy or an emulator.
	GraphResource string
	// AssertionAudience is what a federated token must be issued for.
	AssertionAudience string
	// PortalEndpoint is the portal for people.
	PortalEndpoint string
}

var clouds = []Cloud{
	{
		Name:              "public",
		LoginEndpoint:     "https://login.microsoftonline.com",
		GraphEndpoint:     "https://graph.microsoft.com",
		GraphResource:     "https://graph.microsoft.com",
		AssertionAudience: "api://AzureADTokenExchange",
		PortalEndpoint:    "https://portal.azure.com",
	},
	{
		Name:              "usgovernment",
		LoginEndpoint:     "https://login.microsoftonline.us",
		GraphEndpoint:     "https://graph.microsoft.us",
		GraphResource:     "https://graph.microsoft.us",
		AssertionAudience: "api://AzureADTokenExchangeUSGov",
		PortalEndpoint:    "https://portal.azure.us",
	},
	{
		Name:              "dod",
		LoginEndpoint:     "https://login.microsoftonline.us",
		GraphEndpoint:     "https://dod-graph.microsoft.us",
		GraphResource:     "https://dod-graph.microsoft.us",
		AssertionAudience: "api://AzureADTokenExchangeUSGov",
		PortalEndpoint:    "https://portal.azure.us",
	},
	{
		Name:              "china",
		LoginEndpoint:     "https://login.chinacloudapi.cn",
		GraphEndpoint:     "https://microsoftgraph.chinacloudapi.cn",
		GraphResource:     "https://microsoftgraph.chinacloudapi.cn",
		AssertionAudience: "api://AzureADTokenExchangeChina",
		PortalEndpoint:    "https://portal.azure.cn",
	},
}

// IsUSGovernment tells whether the cloud is one of the two of the US
// government, in which Exchange Online PowerShell is an API of its own.
func (c Cloud) IsUSGovernment() bool { return c.Name == "usgovernment" || c.Name == "dod" }

// HasDelegatedAdmin tells whether Microsoft Graph has the delegated admin relationships of partners in the cloud: its
// metadata for China lack them.
func (c Cloud) HasDelegatedAdmin() bool { return c.Name != "china" }

// CloudNames lists the names LookupCloud knows.
func CloudNames() []string {
	names := make([]string, len(clouds))
	for i, cloud := range clouds {
		names[i] = cloud.Name
	}
	return names
}

// LookupCloud finds a cloud by its exact name.
func LookupCloud(name string) (Cloud, bool) {
	i := slices.IndexFunc(clouds, func(c Cloud) bool { return c.Name == name })
	if i < 0 {
		return Cloud{}, false
	}
	return clouds[i], true
}

// GraphScope asks for every permission of Graph that the caller has been granted.
func (c Cloud) GraphScope() string { return c.GraphResource + "/.default" }

// AdminConsentURL is the page on which an administrator of the tenant accepts
// the application there.
func (c Cloud) AdminConsentURL(tenantID, clientID string) string {
	return c.LoginEndpoint + "/" + tenantID + "/adminconsent?client_id=" + clientID
}
