package graph

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// The shapes of Microsoft Graph's objects, as far as this package reads them. The SDK's request builders make the
// addresses; its models are left aside, because a plugin cannot have the linker drop what it does not use of them: they
// lead from an application to its owners and from those to all of Microsoft 365, 24 MB of the binary. They also lose
// the fractions of a second with which a certificate has to go back.
type (
	applicationObject struct {
		ID                     string                   `json:"id"`
		AppID                  string                   `json:"appId"`
		DisplayName            string                   `json:"displayName"`
		UniqueName             string                   `json:"uniqueName"`
		Notes                  string                   `json:"notes"`
		SignInAudience         string                   `json:"signInAudience"`
		CreatedByAppID         string                   `json:"createdByAppId"`
		Tags                   []string                 `json:"tags"`
		RequiredResourceAccess []requiredResourceAccess `json:"requiredResourceAccess"`
		PasswordCredentials    []passwordCredential     `json:"passwordCredentials"`
		KeyCredentials         []keyCredential          `json:"keyCredentials"`
		AppRoles               []appRole                `json:"appRoles"`
	}

	requiredResourceAccess struct {
		ResourceAppID  string           `json:"resourceAppId"`
		ResourceAccess []resourceAccess `json:"resourceAccess"`
	}

	resourceAccess struct {
		ID   string `json:"id"`
		Type string `json:"type"`
	}

	passwordCredential struct {
		KeyID       string    `json:"keyId"`
		DisplayName string    `json:"displayName"`
		EndDateTime time.Time `json:"endDateTime"`
		SecretText  string    `json:"secretText"`
	}

	keyCredential struct {
		KeyID               string    `json:"keyId"`
		DisplayName         string    `json:"displayName"`
		CustomKeyIdentifier string    `json:"customKeyIdentifier"`
		EndDateTime         time.Time `json:"endDateTime"`
		Key                 []byte    `json:"key"`
	}

	servicePrincipalObject struct {
		ID                        string            `json:"id"`
		AppID                     string            `json:"appId"`
		DisplayName               string            `json:"displayName"`
		AppRoleAssignmentRequired bool              `json:"appRoleAssignmentRequired"`
		Tags                      []string          `json:"tags"`
		AppRoles                  []appRole         `json:"appRoles"`
		OAuth2PermissionScopes    []permissionScope `json:"oauth2PermissionScopes"`
	}

	appRole struct {
		ID                 string   `json:"id"`
		Value              string   `json:"value"`
		DisplayName        string   `json:"displayName"`
		Description        string   `json:"description"`
		AllowedMemberTypes []string `json:"allowedMemberTypes"`
		IsEnabled          bool     `json:"isEnabled"`
	}

	permissionScope struct {
		ID    string `json:"id"`
		Value string `json:"value"`
	}

	appRoleAssignment struct {
		ID                   string `json:"id"`
		ResourceID           string `json:"resourceId"`
		AppRoleID            string `json:"appRoleId"`
		PrincipalID          string `json:"principalId"`
		PrincipalType        string `json:"principalType"`
		PrincipalDisplayName string `json:"principalDisplayName"`
	}

	oAuth2PermissionGrant struct {
		ID          string `json:"id"`
		ConsentType string `json:"consentType"`
		ResourceID  string `json:"resourceId"`
		Scope       string `json:"scope"`
	}

	unifiedRoleAssignment struct {
		ID               string `json:"id"`
		RoleDefinitionID string `json:"roleDefinitionId"`
		DirectoryScopeID string `json:"directoryScopeId"`
	}

	// directoryObject is an owner: a user, or a service principal, which has an application id.
	directoryObject struct {
		Type  string `json:"@odata.type"`
		ID    string `json:"id"`
		AppID string `json:"appId"`
	}

	collection[T any] struct {
		Value []T `json:"value"`
	}
)

// thumbprint is the SHA-1 that identifies the certificate to people, in upper-case hexadecimal digits. Microsoft Graph
// shows it in base64; the portal's own writes have been seen in hexadecimal.
func (k keyCredential) thumbprint() string {
	if raw, err := hex.DecodeString(k.CustomKeyIdentifier); err == nil && len(raw) == 20 {
		return strings.ToUpper(k.CustomKeyIdentifier)
	}
	raw, err := base64.StdEncoding.DecodeString(k.CustomKeyIdentifier)
	if err != nil {
		return ""
	}
	return strings.ToUpper(hex.EncodeToString(raw))
}

// decode reads the answer to a call.
func decode[T any](c *call) (T, error) {
	var value T
	if c.err != nil {
		return value, c.err
	}
	if err := json.Unmarshal(c.answer.body, &value); err != nil {
		return value, fmt.Errorf("could not %s: the answer cannot be read: %w", c.operation, err)
	}
	return value, nil
}

// decodePages reads all pages of a collection.
func decodePages[T any](pages []*call) ([]T, error) {
	var all []T
	for _, c := range pages {
		page, err := decode[collection[T]](c)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Value...)
	}
	return all, nil
}

// body is what a request writes. A nil value is written as null, which clears a property.
type body map[string]any

// sending makes a write of a call that the builder made for its address.
func (c *call) sending(method string, b body) *call {
	c.method, c.once = method, method == http.MethodPost
	content, err := json.Marshal(b)
	if err != nil && c.err == nil {
		c.err = fmt.Errorf("could not %s: the request cannot be written: %w", c.operation, err)
	}
	c.body = content
	if c.headers == nil {
		c.headers = map[string]string{}
	}
	c.headers["Content-Type"] = "application/json"
	return c
}
