package pki

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"

	"software.sslmate.com/src/go-pkcs12"
)

// Object identifiers of RFC 7292 and RFC 2315.
var (
	oidData           = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidKeyBag         = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 1}
	oidShroudedKeyBag = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 2}
)

// archive is the outer structure of a PKCS#12 archive.
type archive struct {
	Version  int
	AuthSafe contentInfo
	MacData  asn1.RawValue `asn1:"optional"`
}

type contentInfo struct {
	ContentType asn1.ObjectIdentifier
	Content     asn1.RawValue `asn1:"tag:0,explicit,optional"`
}

type safeBag struct {
	ID         asn1.ObjectIdentifier
	Value      asn1.RawValue `asn1:"tag:0,explicit"`
	Attributes asn1.RawValue `asn1:"set,optional"`
}

// publicFromArchive takes the first certificate of a PKCS#12 archive that has
// no password and holds certificates only.
//
// The library decodes an archive only if a private key is in it. So each part
// of the archive is handed to it beside a part of our own with a key that
// means nothing; and first without that, to see whether the part has a key.
func publicFromArchive(der []byte) (*x509.Certificate, error) {
	parts, err := archiveParts(der)
	if err != nil {
		return nil, err
	}
	for _, part := range parts {
		if holdsKeyBag(part) {
			return nil, ErrPrivateKey
		}
	}
	companion, err := companionPart()
	if err != nil {
		return nil, err
	}
	var first *x509.Certificate
	for _, part := range parts {
		certificate, err := certificateOfPart(part, companion)
		if err != nil {
			return nil, err
		}
		if first == nil {
			first = certificate
		}
	}
	if first == nil {
		return nil, errors.New("the archive is empty")
	}
	return first, nil
}

// certificateOfPart fails for a part that has a key or no certificate.
func certificateOfPart(part, companion asn1.RawValue) (*x509.Certificate, error) {
	alone, err := assemble(part)
	if err != nil {
		return nil, err
	}
	_, _, _, err = pkcs12.DecodeChain(alone, "")
	switch {
	case err == nil:
		return nil, ErrPrivateKey
	case errors.Is(err, pkcs12.ErrDecryption), errors.Is(err, pkcs12.ErrIncorrectPassword):
		return nil, ErrWrongPassword
	}
	paired, err := assemble(part, companion)
	if err != nil {
		return nil, err
	}
	_, certificate, _, err := pkcs12.DecodeChain(paired, "")
	if err != nil {
		return nil, fmt.Errorf("reading the archive: %w", err)
	}
	return certificate, nil
}

func archiveParts(der []byte) ([]asn1.RawValue, error) {
	var outer archive
	if err := unmarshalWhole(der, &outer); err != nil {
		return nil, err
	}
	if outer.Version != 3 {
		return nil, fmt.Errorf("version %d instead of 3", outer.Version)
	}
	content, err := dataOf(outer.AuthSafe)
	if err != nil {
		return nil, err
	}
	var parts []asn1.RawValue
	err = unmarshalWhole(content, &parts)
	return parts, err
}

// holdsKeyBag finds a key outside encrypted parts. That is where archives keep
// it, itself encrypted, so that it is seen even without the password.
func holdsKeyBag(part asn1.RawValue) bool {
	var info contentInfo
	if unmarshalWhole(part.FullBytes, &info) != nil {
		return false
	}
	content, err := dataOf(info)
	if err != nil {
		return false
	}
	var bags []safeBag
	if unmarshalWhole(content, &bags) != nil {
		return false
	}
	for _, bag := range bags {
		if bag.ID.Equal(oidKeyBag) || bag.ID.Equal(oidShroudedKeyBag) {
			return true
		}
	}
	return false
}

func dataOf(info contentInfo) ([]byte, error) {
	if !info.ContentType.Equal(oidData) {
		return nil, errors.New("not plain data")
	}
	var content []byte
	err := unmarshalWhole(info.Content.Bytes, &content)
	return content, err
}

// companionPart holds a key that belongs to nobody.
func companionPart() (asn1.RawValue, error) {
	key, err := x509.MarshalPKCS8PrivateKey(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	if err != nil {
		return asn1.RawValue{}, err
	}
	bags, err := asn1.Marshal([]struct {
		ID    asn1.ObjectIdentifier
		Value asn1.RawValue
	}{{ID: oidKeyBag, Value: explicit(key)}})
	if err != nil {
		return asn1.RawValue{}, err
	}
	return dataPart(bags)
}

// assemble makes an archive without integrity protection of the parts.
func assemble(parts ...asn1.RawValue) ([]byte, error) {
	content, err := asn1.Marshal(parts)
	if err != nil {
		return nil, err
	}
	safe, err := dataPart(content)
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(struct {
		Version  int
		AuthSafe asn1.RawValue
	}{Version: 3, AuthSafe: safe})
}

func dataPart(content []byte) (asn1.RawValue, error) {
	octets, err := asn1.Marshal(content)
	if err != nil {
		return asn1.RawValue{}, err
	}
	encoded, err := asn1.Marshal(struct {
		ContentType asn1.ObjectIdentifier
		Content     asn1.RawValue
	}{ContentType: oidData, Content: explicit(octets)})
	return asn1.RawValue{FullBytes: encoded}, err
}

func explicit(content []byte) asn1.RawValue {
	return asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: content}
}

func unmarshalWhole(der []byte, into any) error {
	rest, err := asn1.Unmarshal(der, into)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return errors.New("trailing data")
	}
	return nil
}
