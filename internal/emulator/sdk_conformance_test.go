package emulator_test

import (
	"context"
	"net/url"
	"sync"
	"testing"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
	abstractions "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoft/kiota-abstractions-go/authentication"
	"github.com/microsoft/kiota-abstractions-go/serialization"
	kiotahttp "github.com/microsoft/kiota-http-go"
	kiotajson "github.com/microsoft/kiota-serialization-json-go"
	graphcore "github.com/microsoftgraph/msgraph-sdk-go-core"
	"github.com/microsoftgraph/msgraph-sdk-go/applications"
	"github.com/microsoftgraph/msgraph-sdk-go/applicationswithappid"
	"github.com/microsoftgraph/msgraph-sdk-go/applicationswithuniquename"
	"github.com/microsoftgraph/msgraph-sdk-go/directory"
	"github.com/microsoftgraph/msgraph-sdk-go/oauth2permissiongrants"
	"github.com/microsoftgraph/msgraph-sdk-go/rolemanagement"
	"github.com/microsoftgraph/msgraph-sdk-go/serviceprincipals"
	"github.com/microsoftgraph/msgraph-sdk-go/serviceprincipalswithappid"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
)

const graphScope = "https://graph.microsoft.com/.default"

var registerJSON = sync.OnceFunc(func() {
	abstractions.RegisterDefaultSerializer(func() serialization.SerializationWriterFactory {
		return kiotajson.NewJsonSerializationWriterFactory()
	})
	abstractions.RegisterDefaultDeserializer(func() serialization.ParseNodeFactory {
		return kiotajson.NewJsonParseNodeFactory()
	})
})

// sdk holds the request builders of msgraph-sdk-go, over the middleware that the SDK gives every client: request
// bodies travel compressed, query parameters percent-encoded.
type sdk struct {
	adapter abstractions.RequestAdapter
	base    map[string]string
}

func newSDK(t *testing.T, on *emulator.Server, token string) sdk {
	t.Helper()
	registerJSON()
	through := *on.Client()
	through.Transport = kiotahttp.NewCustomTransportWithParentTransport(through.Transport,
		graphcore.GetDefaultMiddlewaresWithOptions(&graphcore.GraphClientOptions{})...)
	adapter, err := kiotahttp.NewNetHttpRequestAdapterWithParseNodeFactoryAndSerializationWriterFactoryAndHttpClient(
		authentication.NewBaseBearerTokenAuthenticationProvider(fixedToken(token)), nil, nil, &through)
	if err != nil {
		t.Fatal(err)
	}
	adapter.SetBaseUrl(on.URL() + "/v1.0")
	return sdk{adapter: adapter, base: map[string]string{"baseurl": on.URL() + "/v1.0"}}
}

// parameters copies the path parameters, for some builders add theirs to the map they get.
func (s sdk) parameters() map[string]string {
	return map[string]string{"baseurl": s.base["baseurl"]}
}

func (s sdk) applications() *applications.ApplicationsRequestBuilder {
	return applications.NewApplicationsRequestBuilderInternal(s.parameters(), s.adapter)
}

func (s sdk) applicationByAppID(appID string) *applicationswithappid.ApplicationsWithAppIdRequestBuilder {
	return applicationswithappid.NewApplicationsWithAppIdRequestBuilderInternal(s.parameters(), s.adapter, &appID)
}

func (s sdk) applicationByUniqueName(name string) *applicationswithuniquename.ApplicationsWithUniqueNameRequestBuilder {
	return applicationswithuniquename.NewApplicationsWithUniqueNameRequestBuilderInternal(s.parameters(), s.adapter, &name)
}

func (s sdk) servicePrincipals() *serviceprincipals.ServicePrincipalsRequestBuilder {
	return serviceprincipals.NewServicePrincipalsRequestBuilderInternal(s.parameters(), s.adapter)
}

func (s sdk) servicePrincipalByAppID(appID string) *serviceprincipalswithappid.ServicePrincipalsWithAppIdRequestBuilder {
	return serviceprincipalswithappid.NewServicePrincipalsWithAppIdRequestBuilderInternal(s.parameters(), s.adapter, &appID)
}

func (s sdk) grants() *oauth2permissiongrants.Oauth2PermissionGrantsRequestBuilder {
	return oauth2permissiongrants.NewOauth2PermissionGrantsRequestBuilderInternal(s.parameters(), s.adapter)
}

func (s sdk) roleAssignments() *rolemanagement.DirectoryRoleAssignmentsRequestBuilder {
	return rolemanagement.NewRoleManagementRequestBuilderInternal(s.parameters(), s.adapter).Directory().RoleAssignments()
}

func (s sdk) deletedItems() *directory.DeletedItemsRequestBuilder {
	return directory.NewDirectoryRequestBuilderInternal(s.parameters(), s.adapter).DeletedItems()
}

// createIfMissing is the header that makes a PATCH by an alternate key an upsert.
func createIfMissing() *abstractions.RequestHeaders {
	headers := abstractions.NewRequestHeaders()
	headers.Add("Prefer", "create-if-missing")
	return headers
}

// fixedToken authenticates the SDK's requests with one access token.
type fixedToken string

func (token fixedToken) GetAuthorizationToken(context.Context, *url.URL, map[string]any) (string, error) {
	return string(token), nil
}

func (fixedToken) GetAllowedHostsValidator() *authentication.AllowedHostsValidator {
	return &authentication.AllowedHostsValidator{}
}

// signIn gets a token for Microsoft Graph with a client secret, through MSAL.
func signIn(t *testing.T, on *emulator.Server, tenantID, clientID, secret string) string {
	t.Helper()
	token, err := acquire(t, on, tenantID, clientID, secretCredential(t, secret), graphScope)
	if err != nil {
		t.Fatalf("signing in: %v", err)
	}
	return token
}

func secretCredential(t *testing.T, secret string) confidential.Credential {
	t.Helper()
	credential, err := confidential.NewCredFromSecret(secret)
	if err != nil {
		t.Fatal(err)
	}
	return credential
}

// acquire asks for an access token as a confidential client without a cache.
func acquire(t *testing.T, on *emulator.Server, tenantID, clientID string, with confidential.Credential, scope string) (string, error) {
	t.Helper()
	app, err := confidential.New(on.URL()+"/"+tenantID, clientID, with,
		confidential.WithHTTPClient(on.Client()), confidential.WithInstanceDiscovery(false))
	if err != nil {
		t.Fatalf("making a confidential client: %v", err)
	}
	result, err := app.AcquireTokenByCredential(t.Context(), []string{scope})
	return result.AccessToken, err
}
