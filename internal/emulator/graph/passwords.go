package graph

import (
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/edm"
)

// defaultSecretYears is the lifetime of a secret that is asked for without an end.
const defaultSecretYears = 2

func addPassword(find finder) func(*call) (reply, error) {
	return func(c *call) (reply, error) {
		holder, err := find(c)
		if err != nil {
			return reply{}, err
		}
		given, err := parameters(c.body, map[string]string{"passwordCredential": "passwordCredential"})
		if err != nil {
			return reply{}, err
		}
		requested, _ := given["passwordCredential"].(map[string]any)
		// The reference says that custom values are ignored or refused; a caller that sends them expects something else.
		for _, name := range []string{"keyId", "secretText", "hint", "customKeyIdentifier"} {
			if requested[name] != nil {
				return reply{}, badRequest("Property '%s' is read-only and cannot be set.", name)
			}
		}
		credential, err := c.newPassword(holder, requested)
		if err != nil {
			return reply{}, err
		}
		return reply{http.StatusOK, credential}, nil
	}
}

func (c *call) newPassword(holder *directory.Object, requested map[string]any) (map[string]any, error) {
	start, end := c.now, time.Time{}
	if text, ok := requested["startDateTime"].(string); ok {
		start = parseTime(text)
	}
	if text, ok := requested["endDateTime"].(string); ok {
		end = parseTime(text)
	} else {
		end = start.AddDate(defaultSecretYears, 0, 0)
	}
	if !end.After(start) {
		return nil, invalidValue("endDateTime", "PasswordCredential")
	}
	if limit := limitsOf(holder).secrets; limit > 0 && len(holder.Values("passwordCredentials")) >= limit {
		return nil, tooMany("passwordCredentials", "Application", limit)
	}
	if err := c.checkPasswordPolicy(holder, end.Sub(start)); err != nil {
		return nil, err
	}
	secret, keyID := directory.NewSecret(), directory.NewID()
	credential := map[string]any{"customKeyIdentifier": nil, "displayName": requested["displayName"],
		"startDateTime": edm.FormatTime(start), "endDateTime": edm.FormatTime(end), "hint": secret[:3],
		"keyId": keyID, "secretText": nil}
	credentials := holder.Values("passwordCredentials")
	changed := holder.With(map[string]any{"passwordCredentials": append(slices.Clone(credentials), credential)})
	c.tenant.Put(changed.WithSecret(keyID, secret))

	answer := maps.Clone(credential)
	answer["secretText"] = secret
	answer["@odata.context"] = c.context("microsoft.graph.passwordCredential")
	return answer, nil
}

func removePassword(find finder) func(*call) (reply, error) {
	return func(c *call) (reply, error) {
		holder, err := find(c)
		if err != nil {
			return reply{}, err
		}
		given, err := parameters(c.body, map[string]string{"keyId": "Guid"})
		if err != nil {
			return reply{}, err
		}
		keyID := directory.Text(given, "keyId")
		remaining, found := withoutCredential(holder, "passwordCredentials", keyID)
		if !found {
			return reply{}, badRequest("No password credential found with keyId '%s'.", keyID)
		}
		c.tenant.Put(holder.With(map[string]any{"passwordCredentials": remaining}).WithoutSecret(keyID))
		return noContent()
	}
}

// withoutCredential returns the credentials of a holder but for one, and whether that was there.
func withoutCredential(holder *directory.Object, property, keyID string) (remaining []any, found bool) {
	remaining = []any{}
	for _, credential := range holder.Items(property) {
		if credential["keyId"] == keyID {
			found = true
			continue
		}
		remaining = append(remaining, credential)
	}
	return remaining, found
}

// parseTime reads a time that Check has normalised.
func parseTime(text string) time.Time {
	t, _ := time.Parse(time.RFC3339Nano, text)
	return t
}
