package graph

import (
	"encoding/base64"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
)

const (
	proofAudience = "00000002-0000-0000-c000-000000000000"
	proofLifetime = 10 * time.Minute
)

// rollingApplication finds the application of addKey and removeKey, which may roll its own keys without permission.
func (c *call) rollingApplication() (*directory.Object, error) {
	app, err := c.application(c.keys[0], directory.Target)
	if err == nil && app.Text("appId") == c.caller.AppID {
		return app, nil
	}
	if err := c.authorize(writeApplications); err != nil {
		return nil, err
	}
	return c.ownedApplication(c.keys[0])
}

func (c *call) addKey() (reply, error) {
	app, err := c.rollingApplication()
	if err != nil {
		return reply{}, err
	}
	given, err := parameters(c.body, map[string]string{"keyCredential": "keyCredential",
		"passwordCredential": "passwordCredential", "proof": "String"})
	if err != nil {
		return reply{}, err
	}
	if err := c.checkProof(app, given["proof"]); err != nil {
		return reply{}, err
	}
	requested, ok := given["keyCredential"].(map[string]any)
	if !ok {
		return reply{}, missingValue("keyCredential", "Application")
	}
	added, err := c.newKey(app, requested)
	if err != nil {
		return reply{}, err
	}
	present := app.Values("keyCredentials")
	c.tenant.Put(app.With(map[string]any{"keyCredentials": append(slices.Clone(present), added)}))
	answer := maps.Clone(added)
	answer["key"] = nil
	answer["@odata.context"] = c.context("microsoft.graph.keyCredential")
	return reply{http.StatusOK, answer}, nil
}

func (c *call) removeKey() (reply, error) {
	app, err := c.rollingApplication()
	if err != nil {
		return reply{}, err
	}
	given, err := parameters(c.body, map[string]string{"keyId": "Guid", "proof": "String"})
	if err != nil {
		return reply{}, err
	}
	if err := c.checkProof(app, given["proof"]); err != nil {
		return reply{}, err
	}
	keyID := directory.Text(given, "keyId")
	remaining, found := withoutCredential(app, "keyCredentials", keyID)
	if !found {
		return reply{}, badRequest("No key credential found with keyId '%s'.", keyID)
	}
	c.tenant.Put(app.With(map[string]any{"keyCredentials": remaining}))
	return noContent()
}

// checkProof verifies that the caller holds the private key of a valid certificate that is on the application already.
func (c *call) checkProof(app *directory.Object, proof any) error {
	text, _ := proof.(string)
	for _, credential := range app.Items("keyCredentials") {
		end := directory.Text(credential, "endDateTime")
		raw, _ := base64.StdEncoding.DecodeString(directory.Text(credential, "key"))
		certificate, err := parseCertificate(raw)
		if err != nil || !c.now.Before(parseTime(end)) {
			continue
		}
		var claims jwt.RegisteredClaims
		_, err = jwt.ParseWithClaims(text, &claims, func(*jwt.Token) (any, error) { return certificate.PublicKey, nil },
			jwt.WithAudience(proofAudience), jwt.WithIssuer(app.ID), jwt.WithExpirationRequired(),
			jwt.WithNotBeforeRequired(), jwt.WithTimeFunc(func() time.Time { return c.now }),
			jwt.WithValidMethods([]string{"RS256", "PS256"}))
		if err == nil && claims.ExpiresAt.Sub(claims.NotBefore.Time) <= proofLifetime {
			return nil
		}
	}
	return &Error{Status: http.StatusUnauthorized, Code: "Authentication_MissingOrMalformed",
		Message: "Access Token missing or malformed."}
}
