package signin

import (
	"context"
	"net/http"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
)

// noRegion keeps the environment variable MSAL_FORCE_REGION from sending the
// sign-in to another host than the configured one.
const noRegion = "DisableMsalForceRegion"

// confidentialIssuer signs an application in with MSAL.
type confidentialIssuer struct {
	loginEndpoint string
	clientID      string
	client        *http.Client
	credential    confidential.Credential
}

func newConfidentialIssuer(cfg Config, credential confidential.Credential) issuer {
	return &confidentialIssuer{
		loginEndpoint: cfg.Cloud.LoginEndpoint,
		clientID:      cfg.ClientID,
		client:        cfg.HTTPClient,
		credential:    credential,
	}
}

func (i *confidentialIssuer) issue(ctx context.Context, tenantID, scope string) (issued, error) {
	// A client per sign-in, because MSAL's clients cache tokens: one fetched to
	// see a changed consent must not come from there. Instance discovery would
	// ask login.microsoftonline.com about hosts that MSAL does not know.
	client, err := confidential.New(i.loginEndpoint+"/"+tenantID, i.clientID, i.credential,
		confidential.WithHTTPClient(i.client),
		confidential.WithInstanceDiscovery(false),
		confidential.WithAzureRegion(noRegion))
	if err != nil {
		return issued{}, err
	}
	result, err := client.AcquireTokenByCredential(ctx, []string{scope})
	if err != nil {
		return issued{}, err
	}
	return issued{value: result.AccessToken, expiresOn: result.ExpiresOn}, nil
}
