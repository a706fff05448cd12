// Package pki decodes certificates and keys from the encodings people paste
// into configurations. It does no I/O.
package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"time"
)

// Certificate is one public X.509 certificate.
type Certificate struct {
	// DER is the encoded certificate; two inputs mean the same certificate
	// exactly when their DER is equal.
	DER []byte
	// X509 is the decoded form of DER.
	X509 *x509.Certificate
}

// ThumbprintSHA1 is the SHA-1 of the DER in upper-case hex, as Entra ID and
// Windows show it.
func (c Certificate) ThumbprintSHA1() string {
	return fmt.Sprintf("%X", sha1.Sum(c.DER))
}

// ThumbprintSHA256 is the SHA-256 of the DER in upper-case hex.
func (c Certificate) ThumbprintSHA256() string {
	return fmt.Sprintf("%X", sha256.Sum256(c.DER))
}

// NotBefore is the start of the validity period, UTC.
func (c Certificate) NotBefore() time.Time { return c.X509.NotBefore.UTC() }

// NotAfter is the end of the validity period, UTC.
func (c Certificate) NotAfter() time.Time { return c.X509.NotAfter.UTC() }

// KeyType describes the public key, such as "RSA 2048" or "ECDSA P-256".
func (c Certificate) KeyType() string { return keyType(c.X509.PublicKey) }

func keyType(key crypto.PublicKey) string {
	switch k := key.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", k.N.BitLen())
	case *ecdsa.PublicKey:
		return "ECDSA " + k.Params().Name
	case ed25519.PublicKey:
		return "Ed25519"
	default:
		return "unknown"
	}
}
