package login

import (
	"errors"
	"net/url"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra/catalogue"
)

// AccessToken is what Graph reads in an access token.
type AccessToken struct {
	TenantID    string   `json:"tid"`
	AppID       string   `json:"appid"`
	ObjectID    string   `json:"oid"`
	Permissions []string `json:"roles"`
	jwt.RegisteredClaims
}

// Errors of Verify, in Graph's words.
var (
	ErrMissingToken   = errors.New("Access token is empty.")                             //nolint:staticcheck // Graph's wording
	ErrMalformedToken = errors.New("IDX14100: JWT is not well formed.")                  //nolint:staticcheck // Graph's wording
	ErrExpiredToken   = errors.New("Lifetime validation failed, the token is expired.")  //nolint:staticcheck // Graph's wording
	ErrSignature      = errors.New("Signature verification failed for token.")           //nolint:staticcheck // Graph's wording
	ErrAudience       = errors.New("Access token validation failure. Invalid audience.") //nolint:staticcheck // Graph's wording
)

// Verify reads an access token that this service issued for Graph.
func (s *Service) Verify(text string) (AccessToken, error) {
	if text == "" {
		return AccessToken{}, ErrMissingToken
	}
	var token AccessToken
	_, err := jwt.ParseWithClaims(text, &token, func(*jwt.Token) (any, error) {
		return &s.signing().private.PublicKey, nil
	}, jwt.WithValidMethods([]string{"RS256"}), jwt.WithExpirationRequired(),
		jwt.WithTimeFunc(func() time.Time { return s.Directory.Clock() }))
	switch {
	case err == nil:
	case errors.Is(err, jwt.ErrTokenMalformed):
		return AccessToken{}, ErrMalformedToken
	case errors.Is(err, jwt.ErrTokenExpired), errors.Is(err, jwt.ErrTokenNotValidYet):
		return AccessToken{}, ErrExpiredToken
	default:
		return AccessToken{}, ErrSignature
	}
	if !slices.ContainsFunc(token.Audience, s.isGraph) {
		return AccessToken{}, ErrAudience
	}
	return token, nil
}

func (s *Service) isGraph(audience string) bool {
	u, err := url.Parse(audience)
	if err != nil {
		return false
	}
	return audience == catalogue.MicrosoftGraph || s.isOwnHost(u) || u.Scheme == "https" && u.Host == "graph.microsoft.com"
}
