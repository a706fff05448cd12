package signin

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"time"
)

// Token is an access token with what it says about its holder. Formatting one
// never shows its value.
type Token struct {
	// Value goes into the Authorization header.
	Value string
	// ExpiresAt is by the injected clock.
	ExpiresAt time.Time
	Claims    Claims
}

// String names the holder, not the value.
func (t Token) String() string {
	return "token of " + t.Claims.ObjectID + " in " + t.Claims.TenantID
}

// GoString is String.
func (t Token) GoString() string { return t.String() }

// LogValue is String.
func (t Token) LogValue() slog.Value { return slog.StringValue(t.String()) }

// MarshalJSON is String, in quotes.
func (t Token) MarshalJSON() ([]byte, error) { return json.Marshal(t.String()) }

// Identity types of Claims.IDType.
const (
	IDTypeApp  = "app"
	IDTypeUser = "user"
)

// Claims are the claims of an access token that matter here.
type Claims struct {
	TenantID string // tid
	ObjectID string // oid; for an application, of its service principal
	AppID    string // appid (v1 tokens) or azp (v2 tokens)
	// Name is the user's sign-in name or the application's display name; it may be empty.
	Name   string
	IDType string   // IDTypeApp or IDTypeUser
	Roles  []string // application permissions
	Scopes []string // delegated permissions
	WIDs   []string // template ids of the directory roles
}

// parseClaims reads a token's claims without verifying its signature: the
// token comes straight from the sign-in over TLS, and whether it is good is
// for Graph to say.
func parseClaims(token string) (Claims, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return Claims{}, errors.New("the access token is not a JWT")
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return Claims{}, errors.New("the access token is not base64url")
	}
	var raw struct {
		TID               string   `json:"tid"`
		OID               string   `json:"oid"`
		AppID             string   `json:"appid"`
		AZP               string   `json:"azp"`
		AppDisplayName    string   `json:"app_displayname"`
		UPN               string   `json:"upn"`
		UniqueName        string   `json:"unique_name"`
		PreferredUsername string   `json:"preferred_username"`
		IDType            string   `json:"idtyp"`
		SCP               string   `json:"scp"`
		Roles             []string `json:"roles"`
		WIDs              []string `json:"wids"`
	}
	if err := json.Unmarshal(payload, &raw); err != nil {
		// The decoder's message could quote the token.
		return Claims{}, errors.New("the claims of the access token are not JSON")
	}
	claims := Claims{
		TenantID: strings.ToLower(raw.TID),
		ObjectID: raw.OID,
		AppID:    cmp.Or(raw.AppID, raw.AZP),
		Name:     cmp.Or(raw.UPN, raw.UniqueName, raw.PreferredUsername, raw.AppDisplayName),
		IDType:   raw.IDType,
		Roles:    raw.Roles,
		Scopes:   strings.Fields(raw.SCP),
		WIDs:     raw.WIDs,
	}
	if claims.IDType == "" {
		// idtyp is an optional claim; only a user's token carries delegated permissions.
		claims.IDType = IDTypeApp
		if raw.SCP != "" {
			claims.IDType = IDTypeUser
		}
	}
	return claims, nil
}
