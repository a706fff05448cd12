package pki

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"

	"software.sslmate.com/src/go-pkcs12"
)

// KeyPair is a certificate with its private key.
type KeyPair struct {
	// Certificate is the one that belongs to Key.
	Certificate Certificate
	// Chain is Certificate followed by the other certificates of the input.
	Chain []*x509.Certificate
	// Key is the private key.
	Key crypto.Signer
}

// String names the pair by its certificate, so that no formatting verb can
// print the key.
func (p KeyPair) String() string {
	if p.Certificate.X509 == nil {
		return "key pair (none)"
	}
	return "key pair " + p.Certificate.ThumbprintSHA1()
}

// GoString is String.
func (p KeyPair) GoString() string { return p.String() }

// ParseKeyPair decodes a certificate with its private key from PEM (key in
// PKCS#8, PKCS#1 or SEC 1, not encrypted) or from a PKCS#12 archive, which may
// be binary, base64 or hex. The password is for PKCS#12; PEM ignores it.
//
// Errors: ErrEmpty, ErrWrongPassword, ErrEncryptedKey, ErrNoKey,
// ErrNoCertificate, ErrKeyMismatch, ErrUnparsable.
func ParseKeyPair(input []byte, password string) (KeyPair, error) {
	content, encoding, err := unwrap(input)
	if err != nil {
		return KeyPair{}, err
	}
	if encoding == "PEM" || bytes.Contains(content, []byte(pemMarker)) {
		return keyPairFromPEM(content)
	}
	return keyPairFromArchive(content, password, encoding)
}

func keyPairFromPEM(text []byte) (KeyPair, error) {
	var certificates []*x509.Certificate
	var key crypto.Signer
	for rest := text; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		switch {
		case isCertificateBlock(block):
			parsed, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return KeyPair{}, unparsable("PEM: " + err.Error())
			}
			certificates = append(certificates, parsed)
		case block.Type == "ENCRYPTED PRIVATE KEY", block.Headers["DEK-Info"] != "":
			return KeyPair{}, ErrEncryptedKey
		case strings.HasSuffix(block.Type, "PRIVATE KEY"):
			parsed, err := parseKey(block.Bytes)
			if err != nil {
				return KeyPair{}, err
			}
			key = parsed
		}
	}
	return pair(certificates, key)
}

func keyPairFromArchive(der []byte, password, encoding string) (KeyPair, error) {
	key, leaf, others, err := pkcs12.DecodeChain(der, password)
	switch {
	case err == nil:
	case errors.Is(err, pkcs12.ErrIncorrectPassword), errors.Is(err, pkcs12.ErrDecryption):
		return KeyPair{}, ErrWrongPassword
	default:
		if _, publicErr := publicFromDER(der, encoding); publicErr == nil {
			return KeyPair{}, ErrNoKey
		}
		if _, keyErr := parseKey(der); keyErr == nil {
			return KeyPair{}, ErrNoCertificate
		}
		return KeyPair{}, unparsable("PEM: no BEGIN line", encoding+" of PKCS#12: "+err.Error())
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return KeyPair{}, unparsable(encoding + " of PKCS#12: a key that cannot sign")
	}
	return pair(append([]*x509.Certificate{leaf}, others...), signer)
}

// pair puts the certificate of the key first.
func pair(certificates []*x509.Certificate, key crypto.Signer) (KeyPair, error) {
	switch {
	case len(certificates) == 0 && key == nil:
		return KeyPair{}, unparsable("PEM: neither a certificate nor a private key")
	case key == nil:
		return KeyPair{}, ErrNoKey
	case len(certificates) == 0:
		return KeyPair{}, ErrNoCertificate
	}
	public, ok := key.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok {
		return KeyPair{}, ErrKeyMismatch
	}
	for i, certificate := range certificates {
		if public.Equal(certificate.PublicKey) {
			chain := append([]*x509.Certificate{certificate}, certificates[:i]...)
			return KeyPair{
				Certificate: Certificate{DER: certificate.Raw, X509: certificate},
				Chain:       append(chain, certificates[i+1:]...),
				Key:         key,
			}, nil
		}
	}
	return KeyPair{}, ErrKeyMismatch
}
