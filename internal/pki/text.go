package pki

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

const pemMarker = "-----BEGIN "

// unwrap removes the text encoding around a certificate: hex with or without
// separators, base64 or base64url with or without padding and line breaks.
// PEM and binary are returned as they are. encoding names what was found.
func unwrap(input []byte) (content []byte, encoding string, err error) {
	content = bytes.TrimSpace(bytes.TrimPrefix(input, []byte("\ufeff")))
	switch {
	case len(content) == 0:
		return nil, "", ErrEmpty
	case bytes.Contains(content, []byte(pemMarker)):
		return content, "PEM", nil
	case isBinaryDER(input):
		// Not the trimmed content: DER may well end in bytes that look like white space.
		return input, "binary", nil
	}
	if decoded, ok := decodeHex(string(content)); ok {
		return decoded, "hex", nil
	}
	if decoded, ok := decodeBase64(string(content)); ok {
		return decoded, "base64", nil
	}
	return nil, "", unparsable("PEM: no BEGIN line", "hex: other characters", "base64: other characters or a wrong length")
}

// isBinaryDER reports whether the input starts as a DER sequence with a long
// length. Every certificate, key and archive does, and no text encoding can:
// the second byte is not ASCII.
func isBinaryDER(input []byte) bool {
	return len(input) > 1 && input[0] == 0x30 && input[1]&0x80 != 0
}

func decodeHex(text string) ([]byte, bool) {
	digits := strip(text, " \t\r\n:-")
	digits = strings.TrimPrefix(strings.TrimPrefix(digits, "0x"), "0X")
	decoded, err := hex.DecodeString(digits)
	return decoded, err == nil && len(decoded) > 0
}

func decodeBase64(text string) ([]byte, bool) {
	compact := strings.TrimRight(strip(text, " \t\r\n"), "=")
	compact = strings.NewReplacer("-", "+", "_", "/").Replace(compact)
	decoded, err := base64.RawStdEncoding.DecodeString(compact)
	return decoded, err == nil && len(decoded) > 0
}

func strip(text, unwanted string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(unwanted, r) {
			return -1
		}
		return r
	}, text)
}
