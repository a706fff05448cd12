package signin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
)

// azurePipelinesAPIVersion is the version of Azure DevOps' OIDC endpoint.
const azurePipelinesAPIVersion = "7.1"

// maxAssertionAnswer bounds what is read from an OIDC endpoint, in bytes.
const maxAssertionAnswer = 1 << 20

// AssertionError is a federated token that could not be had from where it
// comes from, before Entra ID was asked at all.
type AssertionError struct {
	// Source is the setting that named the origin of the token.
	Source string
	// Remedy is what to do, if that is known.
	Remedy string
	Err    error
}

func (e *AssertionError) Error() string {
	return joinSentences(fmt.Sprintf("getting the OIDC token (%s): %v", e.Source, e.Err), e.Remedy)
}

func (e *AssertionError) Unwrap() error { return e.Err }

// fetch gets the federated token anew; it must not keep it, because the token
// may be replaced or expire within minutes.
type fetch func(ctx context.Context, client *http.Client, audience string) (string, error)

type assertionCredential struct {
	kind   Kind
	source string
	fetch  fetch
}

func (c assertionCredential) Kind() Kind     { return c.kind }
func (c assertionCredential) Source() string { return c.source }

func (c assertionCredential) issuer(cfg Config) (issuer, error) {
	callback := func(ctx context.Context, _ confidential.AssertionRequestOptions) (string, error) {
		token, err := c.fetch(ctx, cfg.HTTPClient, cfg.Cloud.AssertionAudience)
		if err != nil {
			var failed *AssertionError
			if !errors.As(err, &failed) {
				failed = &AssertionError{Err: err}
			}
			failed.Source = c.source
			return "", failed
		}
		return token, nil
	}
	return newConfidentialIssuer(cfg, confidential.NewCredFromAssertionCallback(callback)), nil
}

// NewOIDCToken is a federated token given as a value.
func NewOIDCToken(token, source string) Credential {
	token = strings.TrimSpace(token)
	return assertionCredential{kind: KindOIDC, source: source, fetch: func(context.Context, *http.Client, string) (string, error) {
		return token, nil
	}}
}

// NewOIDCTokenFile is a federated token in a file, read at every sign-in.
func NewOIDCTokenFile(path, source string) Credential {
	return assertionCredential{kind: KindOIDC, source: source, fetch: fromFile(path)}
}

// NewAKSWorkloadIdentity is the token file that AKS mounts into the pod, read
// at every sign-in.
func NewAKSWorkloadIdentity(path, source string) Credential {
	return assertionCredential{kind: KindAKSWorkloadIdentity, source: source, fetch: fromFile(path)}
}

// NewOIDCRequest asks an endpoint for the federated token, as GitHub Actions
// offers it.
func NewOIDCRequest(requestURL, requestToken, source string) Credential {
	return assertionCredential{kind: KindOIDC, source: source, fetch: func(ctx context.Context, client *http.Client, audience string) (string, error) {
		token, err := requestAssertion(ctx, client, http.MethodGet, requestURL, url.Values{"audience": {audience}}, requestToken)
		return token, withRemedy(err, "In GitHub Actions the job needs `permissions: id-token: write`; the request token is valid in its own job only.")
	}}
}

// NewAzurePipelines asks Azure DevOps for the token of a service connection.
func NewAzurePipelines(requestURL, requestToken, serviceConnectionID, source string) Credential {
	return assertionCredential{kind: KindOIDC, source: source, fetch: func(ctx context.Context, client *http.Client, _ string) (string, error) {
		// The service connection knows its audience.
		query := url.Values{"api-version": {azurePipelinesAPIVersion}, "serviceConnectionId": {serviceConnectionID}}
		token, err := requestAssertion(ctx, client, http.MethodPost, requestURL, query, requestToken)
		return token, withRemedy(err, "In Azure DevOps map SYSTEM_ACCESSTOKEN: $(System.AccessToken) into the step, check the service connection id and that the pipeline may use that connection.")
	}}
}

func fromFile(path string) fetch {
	return func(context.Context, *http.Client, string) (string, error) {
		content, err := os.ReadFile(path)
		if err != nil {
			return "", err
		}
		token := strings.TrimSpace(string(content))
		if token == "" {
			return "", fmt.Errorf("%s is empty", path)
		}
		return token, nil
	}
}

func withRemedy(err error, remedy string) error {
	if err == nil {
		return nil
	}
	return &AssertionError{Remedy: remedy, Err: err}
}

// requestAssertion adds the query unless the URL already has it. The answer is
// {"value": …} (GitHub) or {"oidcToken": …} (Azure DevOps).
func requestAssertion(ctx context.Context, client *http.Client, method, rawURL string, query url.Values, bearer string) (string, error) {
	target, err := url.Parse(rawURL)
	if err != nil {
		return "", errors.New("the request URL is not a URL")
	}
	merged := target.Query()
	for name, values := range query {
		if !merged.Has(name) {
			merged[name] = values
		}
	}
	target.RawQuery = merged.Encode()
	req, err := http.NewRequestWithContext(ctx, method, target.String(), http.NoBody)
	if err != nil {
		return "", err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Authorization", "Bearer "+bearer)
	// Azure DevOps: answer 401 rather than redirect to a page for people.
	req.Header.Set("X-TFS-FedAuthRedirect", "Suppress")
	resp, err := client.Do(req)
	if err != nil {
		return "", networkError(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s answered %s", target.Host, resp.Status)
	}
	var answer struct {
		Value     string `json:"value"`
		OIDCToken string `json:"oidcToken"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxAssertionAnswer)).Decode(&answer); err != nil {
		return "", fmt.Errorf("%s did not answer in JSON", target.Host)
	}
	if answer.Value == "" {
		answer.Value = answer.OIDCToken
	}
	if answer.Value == "" {
		return "", fmt.Errorf("%s answered without a token", target.Host)
	}
	return answer.Value, nil
}
