package signin

import (
	"context"
	"crypto/rsa"
	"fmt"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"

	"github.com/sapio365/terraform-provider-sapio365/internal/pki"
)

// Kind names a way to sign in.
type Kind string

// The kinds, in the order in which they are preferred when several are configured.
const (
	KindCertificate         Kind = "certificate"
	KindSecret              Kind = "secret"
	KindOIDC                Kind = "oidc"
	KindAKSWorkloadIdentity Kind = "aks_workload_identity"
	KindManagedIdentity     Kind = "managed_identity"
	KindAzureCLI            Kind = "azure_cli"
)

// Credential is one way to sign in, made by one of the constructors of this
// package. Formatting one never shows a secret.
type Credential interface {
	Kind() Kind
	// Source says where the credential was configured, such as the name of an
	// attribute or of an environment variable.
	Source() string

	issuer(cfg Config) (issuer, error)
}

// issuer gets a new token each time it is asked.
type issuer interface {
	issue(ctx context.Context, tenantID, scope string) (issued, error)
}

type issued struct {
	value     string
	expiresOn time.Time // by the computer's clock
}

// hidden keeps a value from fmt, loggers and JSON, which see only a function.
type hidden func() string

func hide(value string) hidden { return func() string { return value } }

// NewSecret is a client secret.
func NewSecret(value, source string) Credential {
	return secretCredential{value: hide(value), source: source}
}

type secretCredential struct {
	value  hidden
	source string
}

func (c secretCredential) Kind() Kind     { return KindSecret }
func (c secretCredential) Source() string { return c.source }

func (c secretCredential) issuer(cfg Config) (issuer, error) {
	credential, err := confidential.NewCredFromSecret(c.value())
	if err != nil {
		return nil, fmt.Errorf("client secret: %w", err)
	}
	return newConfidentialIssuer(cfg, credential), nil
}

// NewCertificate is a certificate with its private key. Entra ID accepts RSA
// keys only; another key is an error.
func NewCertificate(pair pki.KeyPair, source string) (Credential, error) {
	if _, ok := pair.Key.(*rsa.PrivateKey); !ok {
		return nil, fmt.Errorf("the key of the certificate is %s, Entra ID accepts RSA keys only", pair.Certificate.KeyType())
	}
	return certificateCredential{pair: pair, source: source}, nil
}

type certificateCredential struct {
	pair   pki.KeyPair
	source string
}

func (c certificateCredential) Kind() Kind     { return KindCertificate }
func (c certificateCredential) Source() string { return c.source }

func (c certificateCredential) issuer(cfg Config) (issuer, error) {
	credential, err := confidential.NewCredFromCert(c.pair.Chain, c.pair.Key)
	if err != nil {
		return nil, fmt.Errorf("client certificate: %w", err)
	}
	return newConfidentialIssuer(cfg, credential), nil
}

// NotYet is a credential that is not known yet. Every sign-in with it fails with the cause.
func NotYet(cause error) Credential {
	return failingCredential{fail: func(string) error { return cause }}
}

// Unusable is a credential of which it is known that nobody can sign in with it, such as a file that is missing. Every
// sign-in with it fails with *UnusableError.
func Unusable(kind Kind, source string, cause error) Credential {
	return failingCredential{kind: kind, source: source, fail: func(tenantID string) error {
		return &UnusableError{Tenant: tenantID, Err: cause}
	}}
}

// failingCredential is one that every sign-in fails with, before anybody is asked.
type failingCredential struct {
	kind   Kind
	source string
	fail   func(tenantID string) error
}

func (c failingCredential) Kind() Kind                    { return c.kind }
func (c failingCredential) Source() string                { return c.source }
func (c failingCredential) issuer(Config) (issuer, error) { return c, nil }

func (c failingCredential) issue(_ context.Context, tenantID, _ string) (issued, error) {
	return issued{}, &unaskedError{c.fail(tenantID)}
}

// unaskedError carries the cause past the translation of what MSAL and azidentity say.
type unaskedError struct{ cause error }

func (e *unaskedError) Error() string { return e.cause.Error() }
