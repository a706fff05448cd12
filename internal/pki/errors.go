package pki

import (
	"errors"
	"strings"
)

// What can be wrong with a certificate or a key, for use with errors.Is.
var (
	// ErrEmpty: the input holds nothing but white space.
	ErrEmpty = errors.New("the certificate is empty")
	// ErrPrivateKey: a private key was given where only the public certificate belongs.
	ErrPrivateKey = errors.New("the input holds a private key, give the public certificate only")
	// ErrUnparsable: the input is in none of the known encodings; the error is an *UnparsableError.
	ErrUnparsable = errors.New("the certificate cannot be decoded")
	// ErrWrongPassword: the password does not open the PKCS#12 archive.
	ErrWrongPassword = errors.New("the password does not open the PKCS#12 (PFX) archive")
	// ErrEncryptedKey: the private key in the PEM text is encrypted.
	ErrEncryptedKey = errors.New("the private key is encrypted, give it unencrypted or as PKCS#12 (PFX) with a password")
	// ErrNoKey: a certificate without its private key.
	ErrNoKey = errors.New("the private key is missing")
	// ErrNoCertificate: a private key without its certificate.
	ErrNoCertificate = errors.New("the certificate of the private key is missing")
	// ErrKeyMismatch: no certificate in the input belongs to the private key.
	ErrKeyMismatch = errors.New("the private key does not belong to the certificate")
)

// UnparsableError says which encodings were tried and why each failed. It
// never quotes the input.
type UnparsableError struct {
	// Tried holds one "encoding: reason" per attempt.
	Tried []string
}

func (e *UnparsableError) Error() string {
	return ErrUnparsable.Error() + " (tried " + strings.Join(e.Tried, "; ") + ")"
}

// Is makes errors.Is(err, ErrUnparsable) true.
func (e *UnparsableError) Is(target error) bool { return target == ErrUnparsable }

func unparsable(tried ...string) error { return &UnparsableError{Tried: tried} }
