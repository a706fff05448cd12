package graph

import (
	"crypto/sha1" // #nosec G505 -- the thumbprint by which Entra ID names certificates
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/edm"
)

// maxKeyName is where Graph cuts the display name of a key credential, without a word.
const maxKeyName = 90

// replaceKeys returns the key credentials that a whole-array write leaves on the object: entries that are there already
// stay as they are and may come without their key, others are added, and those left out are removed.
func (c *call) replaceKeys(holder *directory.Object, requested []map[string]any) ([]any, error) {
	present := holder.Items("keyCredentials")
	next := make([]any, 0, len(requested))
	seen := map[string]bool{}
	for _, entry := range requested {
		keyID := directory.Text(entry, "keyId")
		if keyID != "" && seen[keyID] {
			return nil, duplicateValues("keyCredentials")
		}
		seen[keyID] = true
		i := slices.IndexFunc(present, func(old map[string]any) bool { return keyID != "" && old["keyId"] == keyID })
		if i >= 0 {
			if err := checkUnchanged(present[i], entry); err != nil {
				return nil, err
			}
			next = append(next, present[i])
			continue
		}
		added, err := c.newKey(holder, entry)
		if err != nil {
			return nil, err
		}
		next = append(next, added)
	}
	return next, nil
}

// checkUnchanged refuses an entry that differs from the one it repeats in anything but what is left out.
func checkUnchanged(old, entry map[string]any) error {
	for name, value := range entry {
		if value != nil && value != old[name] {
			return badRequest("Update to existing credential with KeyId '%s' is not allowed.", old["keyId"])
		}
	}
	return nil
}

func (c *call) newKey(holder *directory.Object, entry map[string]any) (map[string]any, error) {
	if entry["type"] != "AsymmetricX509Cert" {
		return nil, credentialValueError("type", "AsymmetricX509Cert, X509CertAndPassword")
	}
	// A public certificate can only verify; what signs would need its private key.
	if entry["usage"] != "Verify" {
		return nil, credentialValueError("usage", "Sign, Verify")
	}
	key := directory.Text(entry, "key")
	if key == "" {
		return nil, missingValue("key", "KeyCredential")
	}
	raw, _ := base64.StdEncoding.DecodeString(key) // checked as Edm.Binary
	certificate, err := parseCertificate(raw)
	if err != nil {
		return nil, err
	}
	start, end := certificate.NotBefore, certificate.NotAfter
	if text, ok := entry["startDateTime"].(string); ok {
		start = parseTime(text)
	}
	if text, ok := entry["endDateTime"].(string); ok {
		end = parseTime(text)
	}
	if err := c.checkKeyDates(certificate, start, end); err != nil {
		return nil, err
	}
	if err := c.checkKeyPolicy(holder, end.Sub(start)); err != nil {
		return nil, err
	}
	thumbprint := sha1.Sum(certificate.Raw) // #nosec G401 -- see import
	added := map[string]any{"type": "AsymmetricX509Cert", "usage": "Verify", "key": key, "keyId": entry["keyId"],
		"startDateTime": edm.FormatTime(start), "endDateTime": edm.FormatTime(end),
		"customKeyIdentifier": entry["customKeyIdentifier"], "displayName": keyName(entry, certificate)}
	if added["customKeyIdentifier"] == nil {
		added["customKeyIdentifier"] = base64.StdEncoding.EncodeToString(thumbprint[:])
	}
	if added["keyId"] == nil {
		added["keyId"] = directory.NewID()
	}
	return added, nil
}

func keyName(entry map[string]any, certificate *x509.Certificate) string {
	name := directory.Text(entry, "displayName")
	if name == "" {
		name = certificate.Subject.String()
	}
	if runes := []rune(name); len(runes) > maxKeyName {
		name = string(runes[:maxKeyName])
	}
	return name
}

func credentialValueError(property, acceptable string) *Error {
	return badRequest(`The value for the property "%s" in one of your credentials is invalid. Acceptable values are %s.`,
		property, acceptable)
}

// parseCertificate reads what a key holds: a certificate in DER, or PEM text. Private keys have no place there.
func parseCertificate(raw []byte) (*x509.Certificate, error) {
	if strings.Contains(string(raw), "PRIVATE KEY") {
		return nil, badRequest("Key value is invalid: it must be a certificate without private key.")
	}
	if block, _ := pem.Decode(raw); block != nil {
		raw = block.Bytes
	}
	certificate, err := x509.ParseCertificate(raw)
	if err != nil {
		return nil, badRequest("Key value is invalid certificate.")
	}
	return certificate, nil
}

func (c *call) checkKeyDates(certificate *x509.Certificate, start, end time.Time) error {
	if end.After(certificate.NotAfter) || !end.After(c.now) {
		return keyDateError("KeyCredentialsInvalidEndDate", "Key credential end date is invalid.", "EndDate")
	}
	if start.Before(certificate.NotBefore) || !start.Before(end) {
		return keyDateError("KeyCredentialsInvalidStartDate", "Key credential start date is invalid.", "StartDate")
	}
	return nil
}

func keyDateError(code, message, target string) *Error {
	e := &Error{Status: http.StatusBadRequest, Code: code, Message: message}
	return e.withDetail(code, target)
}
