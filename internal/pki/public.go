package pki

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
)

// ParsePublic decodes one public certificate from PEM (of a chain, the first
// certificate, which is the leaf), or from DER or a PKCS#12 archive without
// password in hex, base64 or base64url; the encoding is detected.
//
// Errors: ErrEmpty, ErrPrivateKey for anything that holds a private key,
// ErrWrongPassword for an archive that needs a password, ErrUnparsable.
func ParsePublic(input string) (Certificate, error) {
	content, encoding, err := unwrap([]byte(input))
	if err != nil {
		return Certificate{}, err
	}
	// filebase64() of a PEM file is base64 around PEM.
	if encoding == "PEM" || bytes.Contains(content, []byte(pemMarker)) {
		return publicFromPEM(content)
	}
	return publicFromDER(content, encoding)
}

func publicFromPEM(text []byte) (Certificate, error) {
	// Looked for in the text as well, because a damaged key block must not pass for no key.
	if bytes.Contains(text, []byte("PRIVATE KEY-----")) {
		return Certificate{}, ErrPrivateKey
	}
	for rest := text; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return Certificate{}, unparsable("PEM: no complete CERTIFICATE block")
		}
		if isCertificateBlock(block) {
			parsed, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return Certificate{}, unparsable("PEM: " + err.Error())
			}
			return Certificate{DER: parsed.Raw, X509: parsed}, nil
		}
	}
}

func isCertificateBlock(block *pem.Block) bool {
	return block.Type == "CERTIFICATE" || block.Type == "X509 CERTIFICATE"
}

func publicFromDER(der []byte, encoding string) (Certificate, error) {
	parsed, certificateErr := x509.ParseCertificate(der)
	if certificateErr == nil {
		return Certificate{DER: parsed.Raw, X509: parsed}, nil
	}
	if _, err := parseKey(der); err == nil {
		return Certificate{}, ErrPrivateKey
	}
	parsed, archiveErr := publicFromArchive(der)
	if archiveErr == nil {
		return Certificate{DER: parsed.Raw, X509: parsed}, nil
	}
	if errors.Is(archiveErr, ErrPrivateKey) || errors.Is(archiveErr, ErrWrongPassword) {
		return Certificate{}, archiveErr
	}
	return Certificate{}, unparsable(
		encoding+" of DER: "+certificateErr.Error(),
		encoding+" of PKCS#12: "+archiveErr.Error())
}

// parseKey decodes an unencrypted private key in PKCS#8, PKCS#1 or SEC 1.
func parseKey(der []byte) (crypto.Signer, error) {
	if key, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		if signer, ok := key.(crypto.Signer); ok {
			return signer, nil
		}
		return nil, unparsable("PKCS#8: a key that cannot sign")
	}
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return key, nil
	}
	key, err := x509.ParseECPrivateKey(der)
	if err != nil {
		return nil, unparsable("PKCS#8, PKCS#1 and SEC 1: not a private key")
	}
	return key, nil
}
