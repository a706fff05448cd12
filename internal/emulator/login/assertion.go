package login

import (
	"crypto/sha1" // #nosec G505 -- x5t is defined as a SHA-1 thumbprint
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
)

// checkAssertion verifies a JWT that the client signed with the key of a certificate registered on its application.
func (s *Service) checkAssertion(c client, assertion string) *refusal {
	var claims jwt.RegisteredClaims
	parser := jwt.NewParser(jwt.WithoutClaimsValidation(), jwt.WithValidMethods([]string{"RS256", "PS256"}))
	unverified, _, err := parser.ParseUnverified(assertion, &claims)
	if err != nil {
		return badClient(50027, "JWT token is invalid or malformed.")
	}
	credential, certificate := findCertificate(c, unverified.Header)
	if certificate == nil {
		return unregisteredKey("The key was not found.", unverified.Header)
	}
	if !s.isCurrent(credential) {
		return unregisteredKey("The key used is expired.", unverified.Header)
	}
	if _, err := parser.ParseWithClaims(assertion, &claims, func(*jwt.Token) (any, error) {
		return certificate.PublicKey, nil
	}); err != nil {
		if errors.Is(err, jwt.ErrTokenSignatureInvalid) {
			return unregisteredKey("The provided signature value did not match the expected signature value.", unverified.Header)
		}
		return badClient(50027, "JWT token is invalid or malformed.")
	}
	return s.checkAssertionClaims(c, claims)
}

func (s *Service) checkAssertionClaims(c client, claims jwt.RegisteredClaims) *refusal {
	appID := c.application.Text("appId")
	if !strings.EqualFold(claims.Issuer, appID) || !strings.EqualFold(claims.Subject, appID) {
		return badClient(700021, "Client assertion application identifier doesn't match 'client_id' parameter.")
	}
	if len(claims.Audience) != 1 || !s.isTokenAudience(claims.Audience[0], c.tenant) {
		return badClient(700023, "Client assertion audience claim does not match Realm issuer.")
	}
	if claims.ExpiresAt == nil {
		return badClient(50027, "JWT token is invalid or malformed.")
	}
	now := s.Directory.Clock()
	notBefore := time.Time{}
	if claims.NotBefore != nil {
		notBefore = claims.NotBefore.Time
	}
	const skew = 5 * time.Minute
	if now.Add(skew).Before(notBefore) || !now.Before(claims.ExpiresAt.Time) {
		return badClient(700024, "Client assertion is not within its valid time range. Current time: %s, assertion valid from %s, "+
			"expiry time of assertion %s.", now.UTC().Format(time.RFC3339), notBefore.UTC().Format(time.RFC3339),
			claims.ExpiresAt.UTC().Format(time.RFC3339))
	}
	return nil
}

// isTokenAudience accepts the tenant's token endpoint and issuer, the tenant by id or by domain.
func (s *Service) isTokenAudience(audience string, tenant *directory.Tenant) bool {
	u, err := url.Parse(audience)
	if err != nil || !s.isOwnHost(u) {
		return false
	}
	name, path, _ := strings.Cut(strings.Trim(u.Path, "/"), "/")
	named, ok := s.Directory.Tenant(name)
	return ok && named == tenant && (path == "" || path == "v2.0" || path == "oauth2/v2.0/token" || path == "oauth2/token")
}

func unregisteredKey(reason string, header map[string]any) *refusal {
	thumbprint := directory.Text(header, "x5t")
	if thumbprint == "" {
		thumbprint, _ = header["x5t#S256"].(string)
	}
	return badClient(700027, "The certificate with identifier used to sign the client assertion is not registered on "+
		"application. [Reason - %s, Thumbprint of key used by client: '%s']", reason, thumbprint)
}

// findCertificate returns the credential whose certificate has the thumbprint in the header of an assertion.
func findCertificate(c client, header map[string]any) (map[string]any, *x509.Certificate) {
	sha1Wanted := directory.Text(header, "x5t")
	sha256Wanted, _ := header["x5t#S256"].(string)
	for _, credential := range c.credentials("keyCredentials") {
		certificate := certificateOf(credential)
		if certificate == nil {
			continue
		}
		short, long := sha1.Sum(certificate.Raw), sha256.Sum256(certificate.Raw) // #nosec G401 -- see import
		if sameThumbprint(sha1Wanted, short[:]) || sameThumbprint(sha256Wanted, long[:]) {
			return credential, certificate
		}
	}
	return nil, nil
}

// sameThumbprint compares with the header in either base64 alphabet: Microsoft's libraries write the standard one.
func sameThumbprint(header string, sum []byte) bool {
	header = strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(header)
	return header == base64.RawURLEncoding.EncodeToString(sum)
}

// certificateOf reads the DER or PEM in a key credential.
func certificateOf(credential map[string]any) *x509.Certificate {
	text := directory.Text(credential, "key")
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	if block, _ := pem.Decode(raw); block != nil {
		raw = block.Bytes
	}
	certificate, err := x509.ParseCertificate(raw)
	if err != nil {
		return nil
	}
	return certificate
}
