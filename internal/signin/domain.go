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
	"golang.org/x/sync/singleflight"
)

// domainTimeout bounds a look-up. It only makes a message better, so nobody shall wait for it for long.
const domainTimeout = 5 * time.Second

// Domains finds the tenants of domains. It is safe for concurrent use, asks for a domain once, and for none any more
// when the endpoint has not answered.
type Domains struct {
	client        *http.Client
	loginEndpoint string

	flights singleflight.Group

	mu      sync.Mutex
	answers map[string]domainAnswer
	silence error // why the endpoint has not answered
}

type domainAnswer struct {
	tenantID string
	err      error
	silent   bool // the endpoint has not answered
}

// NewDomains asks at a cloud's login endpoint, https://host[:port].
func NewDomains(client *http.Client, loginEndpoint string) *Domains {
	return &Domains{client: client, loginEndpoint: loginEndpoint, answers: map[string]domainAnswer{}}
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
	tenantID, err, _ := d.flights.Do(domain, func() (any, error) {
		if answer, ok := d.known(domain); ok {
			return answer.tenantID, answer.err
		}
		answer := d.ask(ctx, domain)
		d.mu.Lock()
		defer d.mu.Unlock()
		if answer.silent {
			d.silence = answer.err
		}
		d.answers[domain] = answer
		return answer.tenantID, answer.err
	})
	return tenantID.(string), err
}

// known is what has been found out about the domain.
func (d *Domains) known(domain string) (domainAnswer, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if answer, ok := d.answers[domain]; ok {
		return answer, true
	}
	return domainAnswer{err: d.silence}, d.silence != nil
}

// ConfigurationURL is where Entra ID shows the OpenID Connect configuration of the tenant with the domain.
func (d *Domains) ConfigurationURL(domain string) string {
	return d.loginEndpoint + "/" + url.PathEscape(domain) + "/v2.0/.well-known/openid-configuration"
}

func (d *Domains) ask(ctx context.Context, domain string) domainAnswer {
	ctx, cancel := context.WithTimeout(ctx, domainTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, d.ConfigurationURL(domain), http.NoBody)
	if err != nil {
		return domainAnswer{err: err}
	}
	response, err := d.client.Do(request)
	if err != nil {
		return domainAnswer{err: err, silent: true}
	}
	defer response.Body.Close()
	var body struct {
		Issuer     string `json:"issuer"`
		ErrorCodes []int  `json:"error_codes"`
	}
	const longest = 1 << 16
	if err := json.NewDecoder(io.LimitReader(response.Body, longest)).Decode(&body); err != nil {
		return domainAnswer{err: fmt.Errorf("%s answers %s: %w", d.ConfigurationURL(domain), response.Status, err)}
	}
	if slices.ContainsFunc(body.ErrorCodes, func(code int) bool { return explanations[strconv.Itoa(code)] == noSuchTenant }) {
		return domainAnswer{err: &UnknownDomainError{domain}}
	}
	tenantID, err := tenantOf(body.Issuer)
	return domainAnswer{tenantID: tenantID, err: err}
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
