package seal_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/armor"
	"golang.org/x/crypto/ssh"

	"github.com/sapio365/terraform-provider-sapio365/internal/seal"
)

const secret = "Abc8Q~a.secret.that.nobody.else.reads"

// identities are the kinds of keys that can unseal, each with the text of its recipient.
func identities(t *testing.T) map[string]age.Identity {
	t.Helper()
	all := map[string]age.Identity{}
	native, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	all[native.Recipient().String()] = native
	hybrid, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	all[hybrid.Recipient().String()] = hybrid
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	overEdwards, err := agessh.NewEd25519Identity(edwards)
	if err != nil {
		t.Fatal(err)
	}
	all[authorizedKey(t, edwards.Public())+" jane@contoso.com"] = overEdwards
	old, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	overRSA, err := agessh.NewRSAIdentity(old)
	if err != nil {
		t.Fatal(err)
	}
	all["\n"+authorizedKey(t, old.Public())+"\n"] = overRSA
	return all
}

func authorizedKey(t *testing.T, key any) string {
	t.Helper()
	public, err := ssh.NewPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(public)))
}

func TestOnlyTheRecipientReads(t *testing.T) {
	t.Parallel()
	stranger, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	for text, identity := range identities(t) {
		recipient, err := seal.Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		sealed, err := recipient.Seal(secret)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(sealed, "-----BEGIN AGE ENCRYPTED FILE-----\n") || strings.Contains(sealed, secret) {
			t.Errorf("sealed to %s: %s", text, sealed)
		}
		reader, err := age.Decrypt(armor.NewReader(strings.NewReader(sealed)), identity)
		if err != nil {
			t.Fatal(text, err)
		}
		if read, err := io.ReadAll(reader); err != nil || string(read) != secret {
			t.Errorf("%s reads %q: %v", text, read, err)
		}
		if _, err := age.Decrypt(armor.NewReader(strings.NewReader(sealed)), stranger); err == nil {
			t.Error("a stranger reads it")
		}
	}
}

func TestWhatIsNoRecipient(t *testing.T) {
	t.Parallel()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	short, err := rsa.GenerateKey(rand.Reader, 1024) //nolint:gosec // it is to be refused
	if err != nil {
		t.Fatal(err)
	}
	recipient := identity.Recipient().String()
	for text, want := range map[string]error{
		"":                           seal.ErrMalformed,
		"jane@contoso.com":           seal.ErrMalformed,
		recipient[:len(recipient)-1]: seal.ErrMalformed,
		"ssh-ed25519 AAAA":           seal.ErrMalformed,
		identity.String():            seal.ErrPrivate,
		"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA":                               seal.ErrPrivate,
		"age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t": seal.ErrUnsupported,
		authorizedKey(t, curve.Public()):                                          seal.ErrUnsupported,
		authorizedKey(t, short.Public()):                                          seal.ErrMalformed,
	} {
		_, err := seal.Parse(text)
		if !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", text, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "AGE-SECRET-KEY-") {
			t.Errorf("the message repeats a private key: %v", err)
		}
	}
}
