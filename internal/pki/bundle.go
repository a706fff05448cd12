package pki

import (
	"crypto/x509"
	"encoding/pem"
)

// ParseBundle decodes the certificates of a PEM file, or a single one in the
// other encodings of ParsePublic. Errors are those of ParsePublic.
func ParseBundle(input []byte) ([]*x509.Certificate, error) {
	first, err := ParsePublic(string(input))
	if err != nil {
		return nil, err
	}
	var all []*x509.Certificate
	for rest := input; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if !isCertificateBlock(block) {
			continue
		}
		parsed, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, unparsable("PEM: " + err.Error())
		}
		all = append(all, parsed)
	}
	if len(all) == 0 {
		all = append(all, first.X509)
	}
	return all, nil
}
