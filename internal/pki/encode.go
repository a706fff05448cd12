package pki

import (
	"crypto/x509"
	"encoding/pem"

	"software.sslmate.com/src/go-pkcs12"
)

// PEM is the certificate as PEM.
func (c Certificate) PEM() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.DER}))
}

// PrivateKeyPEM is the private key as PEM, in PKCS#8 and not encrypted.
func (p KeyPair) PrivateKeyPEM() (string, error) {
	der, err := x509.MarshalPKCS8PrivateKey(p.Key)
	if err != nil {
		return "", err
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), nil
}

// PFX is the pair as a PKCS#12 archive, which Windows calls PFX. It is encrypted with AES-256-CBC by a key derived with
// PBKDF2 and HMAC-SHA-256 (PBES2), and protected by HMAC-SHA-256. The password may be empty.
func (p KeyPair) PFX(password string) ([]byte, error) {
	return pkcs12.Modern2023.Encode(p.Key, p.Certificate.X509, p.Chain[1:], password)
}
