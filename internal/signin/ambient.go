package signin

import (
	"context"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// ambientCredential signs in as who the machine is or who is logged in on it.
type ambientCredential struct {
	kind   Kind
	source string
	build  func(cfg Config) (azcore.TokenCredential, error)
}

func (c ambientCredential) Kind() Kind     { return c.kind }
func (c ambientCredential) Source() string { return c.source }

func (c ambientCredential) issuer(cfg Config) (issuer, error) {
	credential, err := c.build(cfg)
	if err != nil {
		return nil, err
	}
	return ambientIssuer{credential: credential}, nil
}

// NewManagedIdentity is the identity of the Azure resource this runs on: the
// user-assigned one named by Config.ClientID, or the system-assigned one.
// Azure caches its tokens for up to a day, whatever Forget says.
func NewManagedIdentity(source string) Credential {
	return ambientCredential{kind: KindManagedIdentity, source: source, build: func(cfg Config) (azcore.TokenCredential, error) {
		options := &azidentity.ManagedIdentityCredentialOptions{}
		if cfg.ClientID != "" {
			options.ID = azidentity.ClientID(cfg.ClientID)
		}
		return azidentity.NewManagedIdentityCredential(options)
	}}
}

// NewAzureCLI is whoever is logged in with `az login`.
func NewAzureCLI(source string) Credential {
	return ambientCredential{kind: KindAzureCLI, source: source, build: func(Config) (azcore.TokenCredential, error) {
		return azidentity.NewAzureCLICredential(nil)
	}}
}

type ambientIssuer struct {
	credential azcore.TokenCredential
}

func (i ambientIssuer) issue(ctx context.Context, tenantID, scope string) (issued, error) {
	token, err := i.credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{scope}, TenantID: tenantID})
	if err != nil {
		return issued{}, err
	}
	return issued{value: token.Token, expiresOn: token.ExpiresOn}, nil
}
