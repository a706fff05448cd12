package signin

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// domainTimeout bounds a look-up. It only makes a message better, so nobody shall wait for it for long.
const domainTimeout = 5 * time.Second

// Domains finds the tenants of domains. It is safe for concurrent use, asks for a domain once, and for none any more
// when the endpoint has not answered.
type Domains struct {
	client        *http.Client
	loginEndpoint string

	mu      sync.Mutex
	answers map[string]func() (string, error) // by domain
	silence error                             // why the endpoint has not answered
}

// NewDomains asks at a cloud's login endpoint, https://host[:port].
func NewDomains(client *http.Client, loginEndpoint string) *Domains {
	return &Domains{client: client, loginEndpoint: loginEndpoint, answers: map[string]func() (string, error){}}
}

// UnknownDomainError is a domain that no tenant of the cloud has.
type UnknownDomainError struct{ Domain string }

func (e *UnknownDomainError) Error() string { return "no tenant has the domain " + e.Domain }

var domainName = regexp.MustCompile(`^(?i)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$`)

// IsDomain tells whether the text has the form of a domain name with at least one dot.
func IsDomain(text string) bool { return len(text) <= 253 && domainName.MatchString(text) }

// Tenant is the ID, in lower case, of the tenant that has the domain. It is in the issuer of the OpenID Connect
// configuration that Entra ID shows everybody for each verified domain
// (https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc).
//
// Errors: *UnknownDomainError, or any other when there is no usable answer.
func (d *Domains) Tenant(ctx context.Context, domain string) (string, error) {
	domain = strings.ToLower(domain)
	d.mu.Lock()
	answer, ok := d.answers[domain]
	if !ok {
		answer = sync.OnceValues(func() (string, error) { return d.ask(ctx, domain) })
		d.answers[domain] = answer
	}
	d.mu.Unlock()
	return answer()
}

// ConfigurationURL is where Entra ID shows the OpenID Connect configuration of the tenant with the domain.
func (d *Domains) ConfigurationURL(domain string) string {
	return d.loginEndpoint + "/" + url.PathEscape(domain) + "/v2.0/.well-known/openid-configuration"
}

func (d *Domains) ask(ctx context.Context, domain string) (string, error) {
	if err := d.silent(); err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, domainTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, d.ConfigurationURL(domain), http.NoBody)
	if err != nil {
		return "", err
	}
	response, err := d.client.Do(request)
	if err != nil {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.silence = err
		return "", err
	}
	defer response.Body.Close()
	var body struct {
		Issuer     string `json:"issuer"`
		ErrorCodes []int  `json:"error_codes"`
	}
	const longest = 1 << 16
	if err := json.NewDecoder(io.LimitReader(response.Body, longest)).Decode(&body); err != nil {
		return "", fmt.Errorf("%s answers %s: %w", d.ConfigurationURL(domain), response.Status, err)
	}
	if slices.ContainsFunc(body.ErrorCodes, func(code int) bool { return explanations[strconv.Itoa(code)] == noSuchTenant }) {
		return "", &UnknownDomainError{domain}
	}
	return tenantOf(body.Issuer)
}

func (d *Domains) silent() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.silence
}

// tenantOf reads the tenant from an issuer: https://host/tenant/v2.0.
func tenantOf(issuer string) (string, error) {
	parsed, err := url.Parse(issuer)
	if err != nil {
		return "", err
	}
	tenantID, _, _ := strings.Cut(strings.TrimPrefix(parsed.Path, "/"), "/")
	id, err := uuid.Parse(tenantID)
	if err != nil {
		return "", fmt.Errorf("the issuer %q names no tenant: %w", issuer, err)
	}
	return id.String(), nil
}
