package pki

import (
	"encoding/pem"
	"errors"
)

// ParseCertificate decodes the public certificate from anything that holds one: what ParsePublic takes, and what
// ParseKeyPair takes, of which the private key is left alone. The password is for PKCS#12.
//
// Errors: those of ParsePublic but for ErrPrivateKey, and ErrNoCertificate, ErrKeyMismatch.
func ParseCertificate(input, password string) (Certificate, error) {
	pair, err := ParseKeyPair([]byte(input), password)
	switch {
	case err == nil:
		return pair.Certificate, nil
	case errors.Is(err, ErrEncryptedKey):
		return firstOf([]byte(input))
	case errors.Is(err, ErrNoKey) || errors.Is(err, ErrUnparsable):
		return ParsePublic(input)
	}
	return Certificate{}, err
}

// firstOf is the first certificate of a PEM text, whose keys are not looked at.
func firstOf(input []byte) (Certificate, error) {
	content, _, err := unwrap(input)
	if err != nil {
		return Certificate{}, err
	}
	var public []byte
	for rest := content; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return publicFromPEM(public)
		}
		if isCertificateBlock(block) {
			public = append(public, pem.EncodeToMemory(block)...)
		}
	}
}
