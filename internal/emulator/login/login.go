// Package login emulates Entra ID's sign-in endpoints for applications: metadata, signing keys, and the token endpoint
// with the client credentials grant.
package login

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
)

// Service signs applications of a directory in.
type Service struct {
	Directory *directory.Directory
	BaseURL   string // https://host:port of Graph and of this service

	signing func() signingKey
}

type signingKey struct {
	private *rsa.PrivateKey
	id      string
}

const (
	signingKeyBits = 2048
	tokenPath      = "oauth2/v2.0/token" // below the tenant
)

// New returns a service with a signing key of its own.
func New(d *directory.Directory, baseURL string) *Service {
	return &Service{Directory: d, BaseURL: baseURL, signing: sync.OnceValue(newSigningKey)}
}

func newSigningKey() signingKey {
	private, err := rsa.GenerateKey(rand.Reader, signingKeyBits)
	if err != nil {
		panic("login: no signing key: " + err.Error()) // only for a key size that is too small
	}
	sum := sha256.Sum256(private.N.Bytes())
	return signingKey{private, base64.RawURLEncoding.EncodeToString(sum[:20])}
}

// Response is the answer of a sign-in endpoint.
type Response struct {
	Status int
	Header http.Header // besides those of every response
	Body   any
	// Tenant and ClientID are who a token request was about, where that is known.
	Tenant   *directory.Tenant
	ClientID string
	// Reset tells that the connection breaks instead.
	Reset bool
	// Token tells that the request went to the token endpoint.
	Token bool
}

// Serve answers a request to any path that is not Graph's. The replica is what the token endpoint looks at, nil for the
// present state.
func (s *Service) Serve(r *http.Request, replica directory.Replica) Response {
	base := "https://" + r.Host
	tenant, path, _ := strings.Cut(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case r.Method == http.MethodPost && path == tokenPath:
		response := s.token(r, tenant, base, replica)
		response.Token = true
		return response
	case r.Method != http.MethodGet:
	case path == ".well-known/openid-configuration", path == "v2.0/.well-known/openid-configuration":
		return s.metadata(tenant, strings.HasPrefix(path, "v2.0"), base, r)
	case path == "discovery/instance":
		return instanceDiscovery(r)
	case path == "discovery/keys", path == "discovery/v2.0/keys":
		return s.keys()
	}
	return Response{Status: http.StatusNotFound, Body: map[string]any{"error": "not_found"}}
}

// metadata is the OpenID Connect configuration of a tenant.
func (s *Service) metadata(tenant string, v2 bool, base string, r *http.Request) Response {
	id, ok := s.tenantID(tenant)
	if !ok {
		return unknownTenant(tenant).response(s.Directory.Clock(), base, r.Header.Get("client-request-id"))
	}
	root := base + "/" + id
	issuer, suffix := "https://sts.windows.net/"+id+"/", ""
	if v2 {
		issuer, suffix = root+"/v2.0", "/v2.0"
	}
	return Response{Status: http.StatusOK, Body: map[string]any{
		"issuer":                                issuer,
		"authorization_endpoint":                root + "/oauth2" + suffix + "/authorize",
		"token_endpoint":                        root + "/oauth2/v2.0/token",
		"device_authorization_endpoint":         root + "/oauth2" + suffix + "/devicecode",
		"end_session_endpoint":                  root + "/oauth2" + suffix + "/logout",
		"jwks_uri":                              root + "/discovery" + suffix + "/keys",
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "private_key_jwt"},
		"response_types_supported":              []string{"code", "id_token", "code id_token", "id_token token"},
		"response_modes_supported":              []string{"query", "fragment", "form_post"},
		"subject_types_supported":               []string{"pairwise"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"scopes_supported":                      []string{"openid", "profile", "email", "offline_access"},
		"claims_supported":                      []string{"aud", "iss", "iat", "exp", "nbf", "sub", "oid", "tid", "ver"},
		"tenant_region_scope":                   "EU",
		"cloud_instance_name":                   r.Host,
		"msgraph_host":                          r.Host,
	}}
}

// tenantID resolves the tenant in a path; the names of many tenants at once stand for themselves.
func (s *Service) tenantID(name string) (string, bool) {
	if name == "common" || name == "organizations" {
		return name, true
	}
	s.Directory.Lock()
	defer s.Directory.Unlock()
	tenant, ok := s.Directory.Tenant(name)
	if !ok {
		return "", false
	}
	return tenant.ID, true
}

// instanceDiscovery tells that the host is an authority of its own cloud.
func instanceDiscovery(r *http.Request) Response {
	endpoint, err := url.Parse(r.URL.Query().Get("authorization_endpoint"))
	if err != nil || endpoint.Host == "" {
		return Response{Status: http.StatusBadRequest, Body: map[string]any{"error": "invalid_instance",
			"error_description": "AADSTS50049: Unknown or invalid instance.", "error_codes": []int{50049}}}
	}
	tenant, _, _ := strings.Cut(strings.TrimPrefix(endpoint.Path, "/"), "/")
	return Response{Status: http.StatusOK, Body: map[string]any{
		"tenant_discovery_endpoint": "https://" + endpoint.Host + "/" + tenant + "/v2.0/.well-known/openid-configuration",
		"api-version":               "1.1",
		"metadata": []map[string]any{{"preferred_network": r.Host, "preferred_cache": r.Host,
			"aliases": []string{r.Host}}},
	}}
}

// keys is the JSON Web Key Set with the key that signs access tokens.
func (s *Service) keys() Response {
	key := s.signing()
	encode := base64.RawURLEncoding.EncodeToString
	return Response{Status: http.StatusOK, Body: map[string]any{"keys": []map[string]any{{
		"kty": "RSA", "use": "sig", "kid": key.id, "x5t": key.id, "alg": "RS256",
		"n": encode(key.private.N.Bytes()), "e": encode(big.NewInt(int64(key.private.E)).Bytes()),
	}}}}
}

// isOwnHost tells whether a URL points to this server by any of its names.
func (s *Service) isOwnHost(u *url.URL) bool {
	own, err := url.Parse(s.BaseURL)
	if err != nil || u.Scheme != "https" || u.Port() != own.Port() {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == own.Hostname() || u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
