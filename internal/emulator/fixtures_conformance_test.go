package emulator_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/microsoftgraph/msgraph-sdk-go/applications"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
)

// Ids that Microsoft publishes and that are the same in every tenant.
const (
	microsoftGraphAppID   = "00000003-0000-0000-c000-000000000000"
	exchangeOnlineAppID   = "00000002-0000-0ff1-ce00-000000000000"
	sharePointOnlineAppID = "00000003-0000-0ff1-ce00-000000000000"

	exchangeManageAsApp          = "dc50a0fb-09a3-484d-be87-e023b12c6440"
	applicationReadAll           = "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30"
	applicationReadAllDelegated  = "c79f8feb-a9db-4090-85f9-90d820caa0eb"
	domainReadAll                = "dbb9058a-0e50-45d7-ae91-66909b5d4664"
	exchangeAdministratorRole    = "29232cdf-9323-42fd-ade2-1d097af3e4de"
	globalReaderRole             = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
	absent                       = "7f1e5b0a-9c58-4d0e-8f61-3a2f6f0d9b11"
	insufficientPrivileges       = "Insufficient privileges to complete the operation."
	resourceDoesNotExist         = "Resource '%s' does not exist or one of its queried reference-property objects are not present."
	badRequest                   = "BadRequest" // of the gateway in front of the directory
	requestBadRequest            = "Request_BadRequest"
	requestResourceNotFound      = "Request_ResourceNotFound"
	requestMultipleObjects       = "Request_MultipleObjectsWithSameKeyValue"
	requestUnsupportedQuery      = "Request_UnsupportedQuery"
	directoryQuotaExceeded       = "Directory_QuotaExceeded"
	duplicateValue               = "DuplicateValue"
	invalidAuthenticationToken   = "InvalidAuthenticationToken"
	noBackingApplication         = "NoBackingApplicationObject"
	authorizationRequestDenied   = "Authorization_RequestDenied"
	disableEntitlementFirst      = "Permission (scope or role) cannot be deleted or updated unless disabled first."
	permissionNotFoundOnResource = "Permission being assigned was not found on application"
	notAValidReference           = "Not a valid reference update."
)

// resourceMissing is resourceDoesNotExist of whatever resource.
var resourceMissing = fmt.Sprintf(resourceDoesNotExist, "…")

func ptr[T any](value T) *T { return &value }

// newApplication registers an application and returns its object id and its application id.
func (w *world) newApplication(t *testing.T, name string) (id, appID string) {
	t.Helper()
	body := models.NewApplication()
	body.SetDisplayName(&name)
	created, err := w.applications().Post(t.Context(), body, nil)
	if err != nil {
		t.Fatalf("creating the application %s: %v", name, refusalOrSelf(err))
	}
	return value(created.GetId()), value(created.GetAppId())
}

// newResource registers an application that declares what the body says, with its service principal.
func (w *world) newResource(t *testing.T, body object) registration {
	t.Helper()
	created := w.post(t, "/applications", body).want(t, http.StatusCreated)
	return registration{
		objectID: created.text("id"), appID: created.text("appId"),
		principalID: w.newServicePrincipal(t, created.text("appId")),
	}
}

func (w *world) newServicePrincipal(t *testing.T, appID string) string {
	t.Helper()
	body := models.NewServicePrincipal()
	body.SetAppId(&appID)
	created, err := w.servicePrincipals().Post(t.Context(), body, nil)
	if err != nil {
		t.Fatalf("creating the service principal of %s: %v", appID, refusalOrSelf(err))
	}
	return value(created.GetId())
}

// registration is an application with its service principal.
type registration struct{ objectID, appID, principalID string }

func (w *world) register(t *testing.T, name string) registration {
	t.Helper()
	id, appID := w.newApplication(t, name)
	return registration{objectID: id, appID: appID, principalID: w.newServicePrincipal(t, appID)}
}

// principalOf returns the service principal id of an API.
func (w *world) principalOf(t *testing.T, appID string) string {
	t.Helper()
	found, err := w.servicePrincipalByAppID(appID).Get(t.Context(), nil)
	if err != nil {
		t.Fatalf("reading the service principal of %s: %v", appID, refusalOrSelf(err))
	}
	return value(found.GetId())
}

// addSecret adds a client secret with Microsoft's defaults.
func (w *world) addSecret(t *testing.T, applicationID string) (keyID, text string) {
	t.Helper()
	body := applications.NewItemAddPasswordPostRequestBody()
	body.SetPasswordCredential(models.NewPasswordCredential())
	added, err := w.applications().ByApplicationId(applicationID).AddPassword().Post(t.Context(), body, nil)
	if err != nil {
		t.Fatalf("adding a secret: %v", refusalOrSelf(err))
	}
	return added.GetKeyId().String(), value(added.GetSecretText())
}

// consent gives a client an app role of an API and returns the id of the assignment.
func (w *world) consent(t *testing.T, client, resource, role string) string {
	t.Helper()
	return w.post(t, "/servicePrincipals/"+resource+"/appRoleAssignedTo",
		object{"principalId": client, "resourceId": resource, "appRoleId": role}).want(t, http.StatusCreated).text("id")
}

func (w *world) newUser(t *testing.T, name string) string {
	t.Helper()
	return w.byHand(t, "/users", object{
		"displayName": name, "mailNickname": name, "userPrincipalName": name + "@" + w.tenant.Domain(), "accountEnabled": true,
		"passwordProfile": object{"password": rand.Text(), "forceChangePasswordNextSignIn": true},
	})
}

func (w *world) newGroup(t *testing.T, name string, assignableToRole bool) string {
	t.Helper()
	return w.byHand(t, "/groups", object{
		"displayName": name, "mailNickname": name, "mailEnabled": false, "securityEnabled": true,
		"isAssignableToRole": assignableToRole,
	})
}

// byHand creates an object as an administrator at the portal does and returns its id.
func (w *world) byHand(t *testing.T, path string, body object) string {
	t.Helper()
	status, created, err := w.tenant.Do(http.MethodPost, path, body)
	if err != nil || status != http.StatusCreated {
		t.Fatalf("creating in %s: status %d, %v: %v", path, status, err, created["error"])
	}
	return str(created["id"])
}

func (w *world) reference(id string) object {
	return object{"@odata.id": w.server.URL() + "/v1.0/directoryObjects/" + id}
}

func refusalOrSelf(err error) error {
	if refused := refusalOf(err); refused != nil {
		return refused
	}
	return err
}

// role is an enabled app role for applications.
func role(id, value string) object {
	return object{
		"id": id, "allowedMemberTypes": list{"Application"}, "displayName": value, "description": value,
		"value": value, "isEnabled": true,
	}
}

// keyPair makes RSA keys once each: they are the slow part of a certificate.
var (
	firstKey  = sync.OnceValue(newKey)
	secondKey = sync.OnceValue(newKey)
)

func newKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
}

// newCertificate is a self-signed certificate that is valid from an hour ago for as long as told.
func newCertificate(t *testing.T, key crypto.Signer, validFor time.Duration) *x509.Certificate {
	t.Helper()
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC().Truncate(time.Second)
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "conformance"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(validFor),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

// keyCredential is the certificate as a new entry of keyCredentials, with the certificate's own dates.
func keyCredential(certificate *x509.Certificate, displayName string) object {
	return object{
		"type": "AsymmetricX509Cert", "usage": "Verify", "displayName": displayName,
		"key":           base64.StdEncoding.EncodeToString(certificate.Raw),
		"startDateTime": certificate.NotBefore.Format(time.RFC3339), "endDateTime": certificate.NotAfter.Format(time.RFC3339),
	}
}

// with copies an object and sets properties of the copy, given as names and values in turn.
func with(original object, properties ...any) object {
	changed := make(object, len(original))
	for name, value := range original {
		changed[name] = value
	}
	for i := 0; i+1 < len(properties); i += 2 {
		changed[str(properties[i])] = properties[i+1]
	}
	return changed
}
