package entra

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
)

// Tags by which the provider knows its registrations. Graph allows no white space in a tag.
const (
	TagAppSession   = "sapio365:app-session"
	TagAccessRoles  = "sapio365:access-roles"
	tagProvisioning = "sapio365:provisioning:"
	// TagRotateRequested asks for a new client secret of an App session.
	TagRotateRequested = "sapio365:rotate-requested"
)

// TagProvisioning marks a registration that the run with the nonce is still setting up.
func TagProvisioning(nonce string) string { return tagProvisioning + nonce }

// ProvisioningNonce returns the nonce of the run that is setting a registration up, and "" for a finished one.
func ProvisioningNonce(tags []string) string {
	for _, tag := range tags {
		if nonce, ok := strings.CutPrefix(tag, tagProvisioning); ok {
			return nonce
		}
	}
	return ""
}

// NewNonce returns an identifier of one run, 16 hexadecimal digits.
func NewNonce() string {
	var b [8]byte
	rand.Read(b[:]) //nolint:errcheck // documented never to fail
	return hex.EncodeToString(b[:])
}

const maxSlug = 40

// DeriveUniqueName makes the unique name of a session that none was configured for. It depends on the exact display
// name alone, so that a broken create finds its registration again. Attempt 1 has no suffix.
func DeriveUniqueName(displayName string, attempt int) string {
	sum := sha256.Sum256([]byte(displayName))
	name := fmt.Sprintf("sapio365-%s%s", slug(displayName), hex.EncodeToString(sum[:4]))
	if attempt > 1 {
		name = fmt.Sprintf("%s-%d", name, attempt)
	}
	return name
}

// slug keeps the letters and digits of ASCII, lower case, with dashes between the words; it ends with a dash unless
// it is empty.
func slug(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		isWord := r >= 'a' && r <= 'z' || r >= '0' && r <= '9'
		switch {
		case b.Len() >= maxSlug:
		case isWord:
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	word := strings.TrimSuffix(b.String(), "-")
	if word == "" {
		return ""
	}
	return word + "-"
}

const credentialMarker = "sapio365 App session"

// SecretDisplayName labels a secret so that the run that made it, and only that, knows it again when the answer was
// lost; predecessor names the credential it follows, empty for the first one.
func SecretDisplayName(nonce, predecessor string) string {
	if predecessor == "" {
		predecessor = "none"
	}
	return fmt.Sprintf("%s, run %s, after %s", credentialMarker, nonce, predecessor)
}

// certificateLabel shortens a certificate's SHA-256 for the label of the secret that follows it.
func certificateLabel(sha256 string) string { return sha256[:min(len(sha256), 32)] }

// CertificateDisplayName labels a certificate of ours by its subject. Microsoft Graph cuts longer labels to
// maxKeyName characters.
func CertificateDisplayName(subject string) string {
	name := []rune(credentialMarker + ", " + subject)
	return string(name[:min(len(name), maxKeyName)])
}

// maxKeyName is the length that Microsoft Graph cuts the display name of a key credential to.
const maxKeyName = 90

var secretName = regexp.MustCompile(`^` + credentialMarker + `, run ([0-9a-f]{16}), after (none|[0-9a-fA-F-]{36}|[0-9A-F]{32})$`)

// secretOrigin reads a secret's label; ok is false for one that the provider did not make.
func secretOrigin(displayName string) (nonce, predecessor string, ok bool) {
	m := secretName.FindStringSubmatch(displayName)
	if m == nil {
		return "", "", false
	}
	if m[2] == "none" {
		return m[1], "", true
	}
	return m[1], strings.ToLower(m[2]), true
}

var guid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// IsGUID tells whether s is a GUID in the form that Graph uses: 8-4-4-4-12 hexadecimal digits.
func IsGUID(s string) bool { return guid.MatchString(s) }
