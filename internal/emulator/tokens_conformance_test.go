package emulator_test

import (
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
)

// TestDiscoveryAndKeys finds the issuer and the signing keys as a resource server does and checks a token with them.
func TestDiscoveryAndKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	fetch := func(address string) answer {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		return roundTrip(t, w.server.Client(), request).want(t, http.StatusOK)
	}
	discovery := fetch(w.server.URL() + "/" + w.tenantID + "/v2.0/.well-known/openid-configuration")
	if got, want := discovery.text("token_endpoint"), w.server.URL()+"/"+w.tenantID+"/oauth2/v2.0/token"; got != want {
		t.Errorf("token_endpoint %q, want %q", got, want)
	}
	if !strings.Contains(discovery.text("issuer"), w.tenantID) {
		t.Errorf("issuer %q does not name the tenant", discovery.text("issuer"))
	}
	keys := map[string]*rsa.PublicKey{}
	for _, key := range objects(fetch(discovery.text("jwks_uri")).body["keys"]) {
		keys[str(key["kid"])] = publicKey(t, key)
	}
	parsed, err := jwt.Parse(w.token, func(token *jwt.Token) (any, error) { return keys[str(token.Header["kid"])], nil },
		jwt.WithValidMethods([]string{"RS256"}))
	if err != nil || !parsed.Valid {
		t.Errorf("the token does not stand the published keys: %v", err)
	}
}

func publicKey(t *testing.T, key object) *rsa.PublicKey {
	t.Helper()
	modulus, err := base64.RawURLEncoding.DecodeString(str(key["n"]))
	if err != nil {
		t.Fatal(err)
	}
	exponent, err := base64.RawURLEncoding.DecodeString(str(key["e"]))
	if err != nil {
		t.Fatal(err)
	}
	return &rsa.PublicKey{N: new(big.Int).SetBytes(modulus), E: int(new(big.Int).SetBytes(exponent).Int64())}
}

// TestBearerTokens sends tokens that Graph must not take. The code of a 401 is not confirmed, so it is not checked.
func TestBearerTokens(t *testing.T) {
	t.Parallel()
	w, other := newWorld(t), newWorld(t)
	parts := strings.Split(w.token, ".")
	claims := claimsOf(t, w.token)
	claims["tid"] = other.tenantID
	altered, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	forged := parts[0] + "." + base64.RawURLEncoding.EncodeToString(altered) + "." + parts[2]
	ownKey, err := jwt.NewWithClaims(jwt.SigningMethodRS256, claimsOf(t, w.token)).SignedString(firstKey())
	if err != nil {
		t.Fatal(err)
	}
	unsigned, err := jwt.NewWithClaims(jwt.SigningMethodNone, claimsOf(t, w.token)).SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Fatal(err)
	}
	exchange, err := acquire(t, w.server, w.tenantID, w.identity.ClientID,
		secretCredential(t, w.identity.ClientSecret), "https://outlook.office365.com/.default")
	if err != nil {
		t.Fatal(err)
	}
	bearer := func(header string) func(t *testing.T) error {
		return once(func(t *testing.T) answer { return w.get(t, "/applications", "Authorization", header) })
	}
	check(t, []refused{
		{"facts11/no token", bearer(""), 401, invalidAuthenticationToken, ""},
		{"facts11/not a bearer token", bearer("Basic dXNlcjpwYXNz"), 401, invalidAuthenticationToken, ""},
		{"facts11/malformed token", bearer("Bearer garbage"), 401, invalidAuthenticationToken, ""},
		{"facts11/altered token", bearer("Bearer " + forged), 401, invalidAuthenticationToken, ""},
		{"facts11/token signed with another key", bearer("Bearer " + ownKey), 401, invalidAuthenticationToken, ""},
		{"facts11/unsigned token", bearer("Bearer " + unsigned), 401, invalidAuthenticationToken, ""},
		{"facts11/token for another audience", bearer("Bearer " + exchange), 401, invalidAuthenticationToken, ""},
		{"facts11/no token for a batch", once(func(t *testing.T) answer {
			return w.post(t, "/$batch", object{"requests": list{object{"id": "1", "method": "GET", "url": "/organization"}}}, "Authorization", "")
		}), 401, invalidAuthenticationToken, ""},
		{"facts15/me of an application", once(func(t *testing.T) answer { return w.get(t, "/me") }), 400, badRequest, "/me request is only valid with delegated authentication flow."},
	})
}

// clock is time that tests move.
type clock struct {
	mutex sync.Mutex
	now   time.Time
}

func (c *clock) Now() time.Time {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.now
}

func (c *clock) forward(by time.Duration) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.now = c.now.Add(by)
}

// newTimedWorld is a tenant on an emulator of its own, whose clock the test moves.
func newTimedWorld(t *testing.T) (*world, *clock) {
	t.Helper()
	moved := &clock{now: time.Now()}
	started, err := emulator.Start(emulator.Options{Clock: moved.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(started.Close)
	return newWorldOn(t, started, emulator.TenantOptions{}), moved
}

func TestTimePasses(t *testing.T) {
	t.Parallel()
	w, moved := newTimedWorld(t)
	session := w.register(t, "Aging")
	short := w.post(t, "/applications/"+session.objectID+"/addPassword", object{"passwordCredential": object{
		"endDateTime": moved.Now().UTC().Add(3 * day).Format(time.RFC3339),
	}}).want(t, http.StatusOK)
	form := secretForm(session.appID, short.text("secretText"), graphScope)
	tokenRequest(t, w.client, w.tenantID, form).want(t, http.StatusOK)

	moved.forward(2 * time.Hour)
	wantRefused(t, w.get(t, "/applications").err(), http.StatusUnauthorized, invalidAuthenticationToken, "")
	moved.forward(4 * day)
	wantTokenRefused(t, tokenRequest(t, w.client, w.tenantID, form), http.StatusUnauthorized, "invalid_client", 7000222)
}

// TestExpiredCertificate registers a certificate as PEM text and signs in with it before and after its end.
func TestExpiredCertificate(t *testing.T) {
	t.Parallel()
	w, moved := newTimedWorld(t)
	session := w.register(t, "Expiring")
	certificate := newCertificate(t, firstKey(), 10*day)
	pemText := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw})
	w.patch(t, "/applications/"+session.objectID, object{"keyCredentials": list{
		with(keyCredential(certificate, "expiring"), "key", base64.StdEncoding.EncodeToString(pemText)),
	}}).want(t, http.StatusNoContent)
	attempt := func() answer {
		now := moved.Now()
		return tokenRequest(t, w.client, w.tenantID, assertionForm(session.appID, proof(t, firstKey(), certificate, jwt.MapClaims{
			"aud": w.server.URL() + "/" + w.tenantID + "/oauth2/v2.0/token", "iss": session.appID, "sub": session.appID,
			"jti": now.String(), "nbf": now.Unix(), "exp": now.Add(10 * time.Minute).Unix(),
		})))
	}
	attempt().want(t, http.StatusOK)
	moved.forward(11 * day)
	wantTokenRefused(t, attempt(), http.StatusUnauthorized, "invalid_client", 700027)
}

func TestDeletedObjectsLastThirtyDays(t *testing.T) {
	t.Parallel()
	w, moved := newTimedWorld(t)
	id, _ := w.newApplication(t, "Forgotten")
	w.delete(t, "/applications/"+id).want(t, http.StatusNoContent)
	administrator := func() answer {
		form := secretForm(w.identity.ClientID, w.identity.ClientSecret, graphScope)
		return tokenRequest(t, w.client, w.tenantID, form).want(t, http.StatusOK)
	}
	moved.forward(29 * day)
	w.token = administrator().text("access_token")
	w.get(t, "/directory/deletedItems/"+id).want(t, http.StatusOK)
	moved.forward(2 * day)
	w.token = administrator().text("access_token")
	wantRefused(t, w.get(t, "/directory/deletedItems/"+id).err(), http.StatusNotFound, requestResourceNotFound, resourceMissing)
	wantRefused(t, w.post(t, "/directory/deletedItems/"+id+"/restore", nil).err(), http.StatusNotFound, requestResourceNotFound, resourceMissing)
}
