package graph

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"slices"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/odata"
)

// foreignLifetime is how long foreign credentials are valid.
const foreignLifetime = 30 * 24 * time.Hour

// intrude lets the foreign writer come in before a request. between tells that the request is carried out right after.
func (s *Service) intrude(caller Caller, r Request, between bool) {
	if r.Conditions == nil {
		return
	}
	s.Directory.Lock()
	defer s.Directory.Unlock()
	s.intrudeLocked(caller, r, between)
}

func (s *Service) intrudeLocked(caller Caller, r Request, between bool) {
	if r.Conditions == nil {
		return
	}
	route := r.route()
	intrusion, comes := r.Conditions.Intrude(r.Method, route.Name, between)
	if !comes {
		return
	}
	app, found := foreignTarget(caller.Tenant, route.Keys[0])
	if !found {
		return
	}
	portal := &call{Service: s, caller: Caller{Tenant: caller.Tenant, Administrator: true}, tenant: caller.Tenant,
		now: s.Directory.Clock()}
	if intrusion.Certificate {
		portal.addForeignCertificate(app.ID)
	}
	if intrusion.Secret {
		portal.addForeignSecret(app.ID)
	}
}

// foreignTarget finds the application that a key names now.
func foreignTarget(tenant *directory.Tenant, key odata.Segment) (*directory.Object, bool) {
	view := tenant.View(directory.Write, nil)
	if key.KeyProperty == "" || key.KeyProperty == "id" {
		return view.Get(directory.Application, key.Text)
	}
	return view.Find(directory.Application, key.KeyProperty, key.Text)
}

// addForeignCertificate adds a certificate, unless a policy of the tenant forbids it to everybody.
func (c *call) addForeignCertificate(appID string) {
	app, _ := c.view(directory.Write).Get(directory.Application, appID)
	name := fmt.Sprintf("CN=Portal %d", len(c.tenant.Foreign)+1)
	added, err := c.newKey(app, map[string]any{"type": "AsymmetricX509Cert", "usage": "Verify", "displayName": name,
		"key": base64.StdEncoding.EncodeToString(foreignCertificate(name, c.now))})
	if err != nil {
		return
	}
	present := app.Values("keyCredentials")
	c.tenant.Put(app.With(map[string]any{"keyCredentials": append(slices.Clone(present), added)}))
	c.tenant.Foreign = append(c.tenant.Foreign, directory.ForeignCredential{ApplicationID: appID,
		KeyID: directory.Text(added, "keyId"), Certificate: true})
}

// addForeignSecret adds a client secret, unless a policy of the tenant forbids it to everybody.
func (c *call) addForeignSecret(appID string) {
	app, _ := c.view(directory.Write).Get(directory.Application, appID)
	added, err := c.newPassword(app, map[string]any{"displayName": "Portal"})
	if err != nil {
		return
	}
	c.tenant.Foreign = append(c.tenant.Foreign, directory.ForeignCredential{ApplicationID: appID,
		KeyID: directory.Text(added, "keyId")})
}

// foreignCertificate makes a self-signed certificate in DER.
func foreignCertificate(name string, now time.Time) []byte {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic("graph: no key: " + err.Error()) // never fails for a known curve
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(foreignLifetime)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic("graph: no certificate: " + err.Error()) // never fails for this template
	}
	return der
}
