// Package seal encrypts values to a recipient who alone can read them, in age's format (age-encryption.org/v1).
package seal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/armor"
)

// What is wrong with the text of a recipient.
var (
	// ErrPrivate is a text that holds a private key. Whoever wrote it down should make a new one.
	ErrPrivate = errors.New("it is a private key")
	// ErrUnsupported is a text that is a recipient, or a key, of a kind that values cannot be sealed to.
	ErrUnsupported = errors.New("nothing can be sealed to a key of this kind")
	// ErrMalformed is a text that is no recipient.
	ErrMalformed = errors.New("it is neither an age recipient nor an SSH public key")
)

// Recipient is whom values are sealed to.
type Recipient struct{ recipient age.Recipient }

// Parse reads a recipient: that of age ("age1…", X25519 or its hybrid post-quantum form) or an SSH public key (ssh-ed25519,
// ssh-rsa of at least 2048 bits) in the form of authorized_keys.
//
// Errors: ErrPrivate, ErrUnsupported, ErrMalformed, each with a detail that never repeats a private key.
func Parse(text string) (Recipient, error) {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(strings.ToUpper(text), "AGE-SECRET-KEY-") || strings.Contains(text, "PRIVATE KEY") {
		return Recipient{}, ErrPrivate
	}
	var recipient age.Recipient
	var err error
	switch {
	case strings.HasPrefix(text, "age1pq1"):
		recipient, err = age.ParseHybridRecipient(text)
	case strings.HasPrefix(text, "age1") && strings.Count(text, "1") > 1: // after a name, and nowhere in the key itself
		return Recipient{}, fmt.Errorf("%w: it needs a plugin of age", ErrUnsupported)
	case strings.HasPrefix(text, "age1"):
		recipient, err = age.ParseX25519Recipient(text)
	case strings.HasPrefix(text, "ssh-") || strings.HasPrefix(text, "ecdsa-") || strings.HasPrefix(text, "sk-"):
		if !strings.HasPrefix(text, "ssh-rsa ") && !strings.HasPrefix(text, "ssh-ed25519 ") {
			return Recipient{}, fmt.Errorf("%w: use ssh-ed25519 or ssh-rsa", ErrUnsupported)
		}
		recipient, err = agessh.ParseRecipient(text)
	default:
		return Recipient{}, ErrMalformed
	}
	if err != nil {
		return Recipient{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return Recipient{recipient}, nil
}

// Seal encrypts the value to the recipient, as armored text. Each time the text is another one.
func (r Recipient) Seal(value string) (string, error) {
	var sealed bytes.Buffer
	armored := armor.NewWriter(&sealed)
	w, err := age.Encrypt(armored, r.recipient)
	if err != nil {
		return "", err
	}
	if _, err := io.WriteString(w, value); err != nil {
		return "", err
	}
	if err := errors.Join(w.Close(), armored.Close()); err != nil {
		return "", err
	}
	return sealed.String(), nil
}
