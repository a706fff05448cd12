package signin

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Error is a sign-in that Entra ID (or the Azure CLI, or the managed identity
// endpoint) refused.
type Error struct {
	Tenant   string
	ClientID string
	Kind     Kind
	Source   string
	// Code is such as "AADSTS7000215"; empty if the answer had none.
	Code string
	// Description is the first sentence of the answer, without code and ids.
	Description string
	// Hint is what it means here and what to do; empty if the code is unknown.
	Hint          string
	CorrelationID string
	TraceID       string
	// Status is the HTTP status; 0 if there was no HTTP answer.
	Status int

	retryAfter time.Duration
}

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "signing in to tenant %s", e.Tenant)
	if e.ClientID != "" {
		fmt.Fprintf(&b, " as %s", e.ClientID)
	}
	fmt.Fprintf(&b, " with the %s from %s: ", kindText[e.Kind], e.Source)
	if e.Code != "" {
		b.WriteString(e.Code + ": ")
	}
	b.WriteString(e.Description)
	if e.CorrelationID != "" {
		fmt.Fprintf(&b, " (correlation id %s, trace id %s)", e.CorrelationID, e.TraceID)
	}
	return joinSentences(b.String(), e.Hint)
}

// IsUnknown tells whether the tenant does not know the application, its
// credential or the API. Of what was made a moment ago that says nothing yet.
func (e *Error) IsUnknown() bool {
	return slices.Contains([]string{"AADSTS7000215", "AADSTS700016", "AADSTS7000229", "AADSTS500011", "AADSTS700027"}, e.Code)
}

// IsClosed tells whether the tenant does not exist, or has not let the
// application in, or not any more.
func (e *Error) IsClosed() bool {
	return slices.Contains([]string{noSuchTenant, notInTenant}, explanations[strings.TrimPrefix(e.Code, "AADSTS")])
}

// IsBlocked tells whether a policy of the tenant refused a sign-in whose
// credential had been accepted.
func (e *Error) IsBlocked() bool {
	return explanations[strings.TrimPrefix(e.Code, "AADSTS")] == byAccessPolicy
}

var kindText = map[Kind]string{
	KindCertificate:         "certificate",
	KindSecret:              "client secret",
	KindOIDC:                "OIDC token",
	KindAKSWorkloadIdentity: "AKS workload identity",
	KindManagedIdentity:     "managed identity",
	KindAzureCLI:            "Azure CLI login",
}

// WrongTenantError is a token of another tenant than the one asked for.
// Nothing may be read or written with it.
type WrongTenantError struct {
	Asked  string
	Got    string
	Kind   Kind
	Source string
}

func (e *WrongTenantError) Error() string {
	return joinSentences(
		fmt.Sprintf("asked for a token of tenant %s, the %s from %s gave one of tenant %q", e.Asked, kindText[e.Kind], e.Source, e.Got),
		e.remedy())
}

func (e *WrongTenantError) remedy() string {
	switch e.Kind {
	case KindAzureCLI:
		return fmt.Sprintf("Run `az login --tenant %s --allow-no-subscriptions`.", e.Asked)
	case KindManagedIdentity:
		return "A managed identity signs in to its own tenant only; use a multi-tenant application for others."
	default:
		return "Nothing was changed. Check login_endpoint and tenant_id."
	}
}

// UnusableError is a sign-in that was not tried, because something is wrong
// with the credential itself.
type UnusableError struct {
	Tenant string
	Err    error
}

func (e *UnusableError) Error() string {
	return fmt.Sprintf("signing in to tenant %s: %v", e.Tenant, e.Err)
}

func (e *UnusableError) Unwrap() error { return e.Err }

// UnreachableError is an endpoint that did not answer.
type UnreachableError struct {
	// Endpoint is the host, with its port if it is not 443.
	Endpoint string
	Err      error
}

func (e *UnreachableError) Error() string {
	return joinSentences(fmt.Sprintf("%s cannot be reached: %v", e.Endpoint, e.Err),
		"Check environment, login_endpoint and graph_endpoint, the network and the proxy (HTTPS_PROXY).")
}

func (e *UnreachableError) Unwrap() error { return e.Err }

// UntrustedError is an endpoint whose TLS certificate is not accepted.
type UntrustedError struct {
	// Endpoint is the host, with its port if it is not 443.
	Endpoint string
	// UnknownAuthority: nobody trusted signed the certificate. Otherwise it is
	// expired or made for another host.
	UnknownAuthority bool
	Err              error
}

func (e *UntrustedError) Error() string {
	remedy := "Check the host name in the endpoint and the clock of this computer."
	if e.UnknownAuthority {
		remedy = "If this is the emulator or a proxy that inspects TLS, set ca_certificate_path (SAPIO365_CA_CERTIFICATE_PATH) to the certificate of its authority."
	}
	return joinSentences(fmt.Sprintf("the TLS certificate of %s is not trusted: %v", e.Endpoint, e.Err), remedy)
}

func (e *UntrustedError) Unwrap() error { return e.Err }

func joinSentences(first, second string) string {
	if second == "" {
		return first
	}
	if !strings.HasSuffix(first, ".") {
		first += "."
	}
	return first + " " + second
}
