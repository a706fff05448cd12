package appsession

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"maps"
	"math/big"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/pki"
	"github.com/sapio365/terraform-provider-sapio365/internal/signin"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

const (
	homeTenant  = "aaaaaaaa-0000-4000-8000-000000000001"
	otherTenant = "aaaaaaaa-0000-4000-8000-000000000002"
	clientID    = "cccccccc-0000-4000-8000-000000000001"
	objectID    = "dddddddd-0000-4000-8000-000000000001"
	principalID = "eeeeeeee-0000-4000-8000-000000000001"
	secretKeyID = "ffffffff-0000-4000-8000-000000000001"
	customAPI   = "bbbbbbbb-0000-4000-8000-000000000001"
)

var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func str(s string) types.String { return types.StringValue(s) }

// blank is a model in which nothing is set.
func blank() model {
	timeoutTypes := map[string]attr.Type{
		"create": types.StringType, "read": types.StringType, "update": types.StringType, "delete": types.StringType,
	}
	return model{
		Owners: types.SetNull(types.StringType), Permissions: types.MapNull(tfkit.PermissionsType),
		ClientSecret: types.ObjectNull(secretTypes), Certificate: types.ObjectNull(certificateTypes), Exchange: types.ObjectNull(exchangeTypes),
		MissingConsents: types.SetNull(types.StringType), ExtraConsents: types.SetNull(types.StringType), Retiring: types.ListNull(retiringType),
		Timeouts: timeouts.Value{Object: types.ObjectNull(timeoutTypes)},
	}
}

// configured is a configuration with defaults.
func configured(changes ...func(*model)) model {
	m := blank()
	m.DisplayName = str("Jane Doe")
	m.Permissions = permissionsOf(map[string]apiNames{"Microsoft Graph": {application: []string{"User.Read.All"}}})
	m.AdminConsent, m.AssignmentReq, m.VerifySignIn = types.BoolValue(true), types.BoolValue(true), types.BoolValue(false)
	for _, change := range changes {
		change(&m)
	}
	return m
}

// created is the state after a create of the configuration.
func created(changes ...func(*model)) model {
	m := configured()
	m.TenantID, m.UniqueName, m.Owners = str(homeTenant), str("sapio365-jane-doe-12345678"), tfkit.SetOf(nil)
	m.ID, m.ClientID, m.ApplicationObjectID, m.ServicePrincipalID = str(clientID), str(clientID), str(objectID), str(principalID)
	m.SignInAudience, m.Authentication = str(entra.AudienceSingleTenant), str(bySecret)
	m.SecretValue, m.SecretKeyID, m.SecretExpiresAt = str("the secret"), str(secretKeyID), str("2027-05-22T12:00:00Z")
	m.RotationDueAt, m.RotationPending, m.Retiring = str("2027-04-22T12:00:00Z"), types.BoolValue(false), retiringList(nil)
	m.ConsentGranted, m.ConsentURL = types.BoolValue(true), str("https://login.microsoftonline.com/"+homeTenant+"/adminconsent?client_id="+clientID)
	m.MissingConsents, m.ExtraConsents = tfkit.SetOf(nil), tfkit.SetOf(nil)
	m.UnmanagedCredentials, m.ExchangeReady = types.Int64Value(0), types.BoolValue(false)
	for _, change := range changes {
		change(&m)
	}
	return m
}

type apiNames struct{ application, delegated []string }

func permissionsOf(apis map[string]apiNames) types.Map {
	set := func(names []string) attr.Value {
		if names == nil {
			return types.SetNull(types.StringType)
		}
		return tfkit.SetOf(names)
	}
	entries := map[string]attr.Value{}
	for key, names := range apis {
		entries[key] = types.ObjectValueMust(tfkit.PermissionsType.AttrTypes, map[string]attr.Value{
			"application": set(names.application), "delegated": set(names.delegated),
		})
	}
	return types.MapValueMust(tfkit.PermissionsType, entries)
}

func permits(apis map[string]apiNames) func(*model) {
	return func(m *model) { m.Permissions = permissionsOf(apis) }
}

func withSecret(days int64) func(*model) {
	return func(m *model) {
		rotateBefore := usualRotateBefore(int(days))
		m.ClientSecret = secretObject(days, rotateBefore, usualOverlap(rotateBefore), types.StringNull())
	}
}

func secretObject(valid int64, rotateBefore, overlap int, sealedTo types.String) types.Object {
	return types.ObjectValueMust(secretTypes, map[string]attr.Value{
		"valid_days": types.Int64Value(valid), "rotate_before_days": types.Int64Value(int64(rotateBefore)),
		"overlap_days": types.Int64Value(int64(overlap)), "sealed_to": sealedTo,
	})
}

func withCertificate(value types.String) func(*model) {
	return func(m *model) {
		m.Certificate = certificateObject(map[string]attr.Value{"value": value})
	}
}

func certificateObject(given map[string]attr.Value) types.Object {
	attributes := map[string]attr.Value{
		"value": types.StringNull(), "value_wo": types.StringNull(), "value_wo_password": types.StringNull(),
		"value_wo_version": types.Int64Null(), "overlap_days": types.Int64Value(defaultOverlap),
	}
	maps.Copy(attributes, given)
	return types.ObjectValueMust(certificateTypes, attributes)
}

func withExchange(role string) func(*model) {
	return func(m *model) { m.Exchange = exchangeValue(str(role)) }
}

// byTheCertificate is the state of a session that signs in by the certificate.
func byTheCertificate(c testCertificate) func(*model) {
	return func(m *model) {
		withCertificate(str(c.pem))(m)
		m.Authentication = str(byCertificate)
		m.setSecret(types.StringNull())
		m.certify(*certificateOf(c.parsed))
	}
}

type testCertificate struct {
	pem, privateKeyPEM string
	parsed             pki.Certificate
}

func (c testCertificate) base64() string { return base64.StdEncoding.EncodeToString(c.parsed.DER) }

// certificates are made once: an RSA key takes time.
var certificates = sync.OnceValue(func() (made [2]testCertificate) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	for i := range made {
		template := &x509.Certificate{
			SerialNumber: big.NewInt(int64(i + 1)), Subject: pkix.Name{CommonName: "App session"},
			NotBefore: now.AddDate(0, -1, 0), NotAfter: now.AddDate(1, 0, 0),
		}
		der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		if err != nil {
			panic(err)
		}
		made[i].pem = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
		made[i].privateKeyPEM = string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
		if made[i].parsed, err = pki.ParsePublic(made[i].pem); err != nil {
			panic(err)
		}
	}
	return made
})

func publicCloud(t testing.TB) signin.Cloud {
	t.Helper()
	cloud, ok := signin.LookupCloud("public")
	if !ok {
		t.Fatal("there is no public cloud")
	}
	return cloud
}

func graphPermission(t testing.TB, kind entra.PermissionKind, name string) entra.Permission {
	t.Helper()
	p, ok := (entra.PermissionRef{API: apiID("Microsoft Graph"), Kind: kind, Text: name}).Resolve()
	if !ok {
		t.Fatalf("no permission %s", name)
	}
	return p
}
