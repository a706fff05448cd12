package graph

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // thumbprints are made of it
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"reflect"
	"testing"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// answered is a call with the answer.
func answered(t *testing.T, body any) *call {
	t.Helper()
	content, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	c := getting("/x")
	c.answer = &answer{status: 200, body: content}
	return c
}

func TestCertificatesAreKnownByTheirContents(t *testing.T) {
	t.Parallel()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	sum1, sum256 := sha1.Sum(der), sha256.Sum256(der) //nolint:gosec // see the import
	expires := time.Date(2027, 1, 1, 0, 0, 0, 500, time.UTC)
	whole := entra.Key{KeyID: keyID, SHA1: fmt.Sprintf("%X", sum1), SHA256: fmt.Sprintf("%X", sum256), ExpiresAt: expires}
	const shown = "123456789ABCDEF0123456789ABCDEF012345678"
	for name, c := range map[string]struct {
		contents   []byte
		identifier string
		want       entra.Key
	}{
		"DER":                 {der, base64.StdEncoding.EncodeToString(sum1[:]), whole},
		"PEM text":            {text, base64.StdEncoding.EncodeToString(sum1[:]), whole},
		"identified at will":  {der, "bXkgb3duIGlkZW50aWZpZXI=", whole},
		"without contents":    {nil, "EjRWeJq83vASNFZ4mrze8BI0Vng=", entra.Key{KeyID: keyID, SHA1: shown, ExpiresAt: expires}},
		"in hexadecimal":      {nil, "123456789abcdef0123456789abcdef012345678", entra.Key{KeyID: keyID, SHA1: shown, ExpiresAt: expires}},
		"of unknown contents": {[]byte("PKCS"), "", entra.Key{KeyID: keyID, ExpiresAt: expires}},
		"of unknown identity": {nil, "not base64!", entra.Key{KeyID: keyID, ExpiresAt: expires}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			keys, err := decodeKeys(answered(t, body{"keyCredentials": []body{{
				"keyId": keyID, "customKeyIdentifier": c.identifier, "key": c.contents, "endDateTime": expires,
			}}}))
			c.want.Identifier = c.identifier
			if err != nil || len(keys) != 1 || keys[0] != c.want {
				t.Errorf("got  %+v, error %v\nwant %+v", keys, err, c.want)
			}
		})
	}
}

func TestOwnersThatStayOutOfSight(t *testing.T) {
	t.Parallel()
	tenant, _, _ := newTenant(t)
	registration := entra.Registration{CreatedByAppID: appID}
	owners := answered(t, body{"value": []body{
		{"id": "CALLER", "appId": keyID}, {"id": "creator", "appId": appID}, {"id": "other", "appId": role}, {"id": "user"},
	}})
	if err := tenant.decodeOwners(t.Context(), []*call{owners}, &registration); err != nil {
		t.Fatal(err)
	}
	want := []entra.Owner{{ObjectID: "CALLER", Hidden: true}, {ObjectID: "creator", Hidden: true}, {ObjectID: "other"}, {ObjectID: "user"}}
	if !reflect.DeepEqual(registration.Owners, want) {
		t.Errorf("owners %+v, want %+v", registration.Owners, want)
	}
	registration = entra.Registration{} // where the creator is not told, a user is not taken for it
	if err := tenant.decodeOwners(t.Context(), []*call{owners}, &registration); err != nil || registration.Owners[3].Hidden {
		t.Errorf("owners %+v, error %v", registration.Owners, err)
	}
}
