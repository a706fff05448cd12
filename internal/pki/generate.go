package pki

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"time"
)

// Request says what key pair to generate.
type Request struct {
	CommonName string
	KeyBits    int
	// NotBefore is when the certificate begins, and Valid how long it lasts from there. Tenants limit the life of a
	// certificate from its beginning to its end, not from today.
	NotBefore time.Time
	Valid     time.Duration
}

// Generate makes an RSA key and a certificate that it signs itself, for a client that signs in. Exchange Online PowerShell
// wants the key in one of Windows' older providers (CSP), which hold RSA keys for key exchange: hence RSA, and hence key
// encipherment beside the signature.
func Generate(r Request) (KeyPair, error) {
	key, err := rsa.GenerateKey(rand.Reader, r.KeyBits)
	if err != nil {
		return KeyPair{}, err
	}
	serial, err := serialNumber()
	if err != nil {
		return KeyPair{}, err
	}
	begin := r.NotBefore.UTC().Truncate(time.Second) // which is all that a certificate can say
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: r.CommonName},
		NotBefore:             begin,
		NotAfter:              begin.Add(r.Valid),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true,
		SignatureAlgorithm:    x509.SHA256WithRSA,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return KeyPair{}, err
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		return KeyPair{}, err
	}
	return KeyPair{Certificate: Certificate{DER: der, X509: parsed}, Chain: []*x509.Certificate{parsed}, Key: key}, nil
}

// serialNumber is positive and has at most 20 octets, as RFC 5280 asks.
func serialNumber() (*big.Int, error) {
	number, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	return number.Add(number, big.NewInt(1)), nil
}
