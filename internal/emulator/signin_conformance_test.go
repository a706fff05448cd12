package emulator_test

import (
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
	msalerrors "github.com/AzureAD/microsoft-authentication-library-for-go/apps/errors"
	"github.com/golang-jwt/jwt/v5"
)

// claimsOf reads a token without checking its signature, as a client must not care.
func claimsOf(t *testing.T, token string) jwt.MapClaims {
	t.Helper()
	claims := jwt.MapClaims{}
	if _, _, err := jwt.NewParser().ParseUnverified(token, claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

func texts(value any) []string {
	members, _ := value.([]any)
	found := make([]string, 0, len(members))
	for _, member := range members {
		if number, ok := member.(float64); ok {
			member = int64(number)
		}
		found = append(found, fmt.Sprint(member))
	}
	slices.Sort(found)
	return found
}

// tokenRequest posts a form to the token endpoint of a tenant.
func tokenRequest(t *testing.T, c *client, tenant string, form url.Values) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.server.URL()+"/"+tenant+"/oauth2/v2.0/token",
		strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return roundTrip(t, c.server.Client(), request)
}

func secretForm(clientID, secret, scope string) url.Values {
	return url.Values{
		"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {secret}, "scope": {scope},
	}
}

func TestSignInWithSecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	self := w.caller(t, "secretive", "Application.Read.All", "Domain.Read.All")
	w.roleAssignment(t, self.identity.ObjectID, exchangeAdministratorRole)
	self.refreshToken(t)

	claims := claimsOf(t, self.token)
	for name, want := range map[string]string{
		"tid": w.tenantID, "oid": self.identity.ObjectID, "sub": self.identity.ObjectID, "appid": self.identity.ClientID,
		"appidacr": "1", "idtyp": "app", "ver": "1.0",
	} {
		if claims[name] != want {
			t.Errorf("%s is %v, want %s", name, claims[name], want)
		}
	}
	if got := texts(claims["roles"]); !slices.Equal(got, []string{"Application.Read.All", "Domain.Read.All"}) {
		t.Errorf("roles %v", got)
	}
	if got := texts(claims["wids"]); !slices.Contains(got, exchangeAdministratorRole) {
		t.Errorf("wids %v, want the Exchange Administrator's template id", got)
	}
	if issuer, _ := claims.GetIssuer(); !strings.Contains(issuer, w.tenantID) {
		t.Errorf("iss %q does not name the tenant", issuer)
	}
	if audience, _ := claims.GetAudience(); len(audience) != 1 || audience[0] != "https://graph.microsoft.com" && audience[0] != microsoftGraphAppID {
		t.Errorf("aud %v", audience)
	}
	issued, _ := claims.GetIssuedAt()
	expires, _ := claims.GetExpirationTime()
	if lives := expires.Sub(issued.Time); lives < 50*time.Minute || lives > 95*time.Minute {
		t.Errorf("the token lives %v, want about an hour", lives)
	}
	if claims["uti"] == nil || claims["scp"] != nil {
		t.Errorf("uti %v and scp %v, want the one set and the other not", claims["uti"], claims["scp"])
	}
}

func TestSignInWithCertificate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	self := w.caller(t, "certified", "Application.Read.All")
	certificate := newCertificate(t, firstKey(), 90*day)
	w.patch(t, "/applications/"+self.identity.ApplicationObjectID,
		object{"keyCredentials": list{keyCredential(certificate, "sign-in")}}).want(t, http.StatusNoContent)

	credential, err := confidential.NewCredFromCert([]*x509.Certificate{certificate}, firstKey())
	if err != nil {
		t.Fatal(err)
	}
	token, err := acquire(t, w.server, w.tenantID, self.identity.ClientID, credential, graphScope)
	if err != nil {
		t.Fatal(err)
	}
	claims := claimsOf(t, token)
	if claims["appidacr"] != "2" || claims["oid"] != self.identity.ObjectID {
		t.Errorf("appidacr %v, oid %v", claims["appidacr"], claims["oid"])
	}
	self.token = token
	self.get(t, "/applications?$top=1").want(t, http.StatusOK)

	exchange, err := acquire(t, w.server, w.tenantID, self.identity.ClientID, credential, "https://outlook.office365.com/.default")
	if err != nil {
		t.Fatal(err)
	}
	if roles := texts(claimsOf(t, exchange)["roles"]); len(roles) != 0 {
		t.Errorf("roles %v in a token for Exchange Online, want those on that API alone", roles)
	}
	w.consent(t, self.identity.ObjectID, w.principalOf(t, exchangeOnlineAppID), exchangeManageAsApp)
	if exchange, err = acquire(t, w.server, w.tenantID, self.identity.ClientID, credential, "https://outlook.office365.com/.default"); err != nil {
		t.Fatal(err)
	}
	if roles := texts(claimsOf(t, exchange)["roles"]); !slices.Equal(roles, []string{"Exchange.ManageAsApp"}) {
		t.Errorf("roles %v, want Exchange.ManageAsApp", roles)
	}
}

// TestRolesAreFixedAtIssue consents and withdraws between the tokens of one caller.
func TestRolesAreFixedAtIssue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	self := w.caller(t, "waiting")
	self.get(t, "/applications").want(t, http.StatusForbidden)
	graph := w.principalOf(t, microsoftGraphAppID)
	assignment := w.consent(t, self.identity.ObjectID, graph, applicationReadAll)
	self.get(t, "/applications").want(t, http.StatusForbidden)
	self.refreshToken(t)
	self.get(t, "/applications").want(t, http.StatusOK)
	w.delete(t, "/servicePrincipals/"+graph+"/appRoleAssignedTo/"+assignment).want(t, http.StatusNoContent)
	self.get(t, "/applications").want(t, http.StatusOK)
	self.refreshToken(t)
	self.get(t, "/applications").want(t, http.StatusForbidden)
}

func TestSecretsSignInWhileTheyAreHeld(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	session := w.register(t, "Session")
	keyID, secret := w.addSecret(t, session.objectID)
	_, other := w.addSecret(t, session.objectID)
	signIn(t, w.server, w.tenantID, session.appID, secret)
	w.post(t, "/applications/"+session.objectID+"/removePassword", object{"keyId": keyID}).want(t, http.StatusNoContent)
	_, err := acquire(t, w.server, w.tenantID, session.appID, secretCredential(t, secret), graphScope)
	wantEntraError(t, err, "AADSTS7000215")
	signIn(t, w.server, w.tenantID, session.appID, other)
	signIn(t, w.server, w.tenant.Domain(), session.appID, other)

	w.patch(t, "/servicePrincipals/"+session.principalID, object{"accountEnabled": false}).want(t, http.StatusNoContent)
	_, err = acquire(t, w.server, w.tenantID, session.appID, secretCredential(t, other), graphScope)
	wantEntraError(t, err, "AADSTS7000112")
	w.patch(t, "/servicePrincipals/"+session.principalID, object{"accountEnabled": true}).want(t, http.StatusNoContent)
	signIn(t, w.server, w.tenantID, session.appID, other)

	w.delete(t, "/applications/"+session.objectID).want(t, http.StatusNoContent)
	_, err = acquire(t, w.server, w.tenantID, session.appID, secretCredential(t, other), graphScope)
	wantEntraError(t, err, "AADSTS700016")
}

// wantEntraError expects an error of the token endpoint as MSAL passes it on.
func wantEntraError(t *testing.T, err error, code string) {
	t.Helper()
	var call msalerrors.CallErr
	if !errors.As(err, &call) {
		t.Fatalf("%v is not an answer of the token endpoint", err)
	}
	body, readErr := io.ReadAll(call.Resp.Body)
	if readErr != nil {
		t.Fatal(readErr)
	}
	if text := err.Error() + string(body); !strings.Contains(text, code+":") {
		t.Errorf("want %s in %s", code, text)
	}
}

func TestSignInRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	session := w.register(t, "Session")
	_, secret := w.addSecret(t, session.objectID)
	unprincipled, unprincipledAppID := w.newApplication(t, "Without service principal")
	_, unprincipledSecret := w.addSecret(t, unprincipled)
	form := func(properties ...string) url.Values {
		all := secretForm(session.appID, secret, graphScope)
		for i := 0; i+1 < len(properties); i += 2 {
			all.Set(properties[i], properties[i+1])
		}
		return all
	}
	for _, one := range []struct {
		name, tenant string
		form         url.Values
		status       int
		err          string
		code         int
	}{
		{"facts15/wrong secret", w.tenantID, form("client_secret", "wrong"), 401, "invalid_client", 7000215},
		{"facts15/unknown application", w.tenantID, form("client_id", absent), 400, "unauthorized_client", 700016},
		{"facts15/application without service principal", w.tenantID, secretForm(unprincipledAppID, unprincipledSecret, graphScope), 0, "", 0},
		{"facts15/unknown tenant", absent, form(), 400, "invalid_request", 90002},
		{"facts15/unknown domain", "nowhere.example.com", form(), 400, "invalid_request", 90002},
		{"facts15/no tenant", "common", form(), 400, "", 0},
		{"facts15/two scopes", w.tenantID, form("scope", graphScope+" https://outlook.office365.com/.default"), 400, "", 0},
		{"facts15/scope without .default", w.tenantID, form("scope", "https://graph.microsoft.com/User.Read.All"), 400, "invalid_scope", 0},
		{"facts15/no scope", w.tenantID, form("scope", ""), 400, "", 0},
		{"facts15/unknown resource", w.tenantID, form("scope", "https://nothing.example.com/.default"), 400, "invalid_resource", 500011},
		{"facts15/unknown grant type", w.tenantID, form("grant_type", "magic"), 400, "unsupported_grant_type", 0},
		{"facts15/no credential", w.tenantID, form("client_secret", ""), 401, "invalid_client", 0},
	} {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			wantTokenRefused(t, tokenRequest(t, w.client, one.tenant, one.form), one.status, one.err, one.code)
		})
	}
}

// TestUnknownTenantThroughMSAL asks for the tenant's metadata before the token.
func TestUnknownTenantThroughMSAL(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := acquire(t, w.server, absent, w.identity.ClientID, secretCredential(t, w.identity.ClientSecret), graphScope)
	wantEntraError(t, err, "AADSTS90002")
}

// wantTokenRefused checks an error of Entra ID; zero values stand for any.
func wantTokenRefused(t *testing.T, got answer, status int, errorName string, code int) {
	t.Helper()
	if got.status < 400 || got.status > 499 || status != 0 && got.status != status {
		t.Errorf("status %d, want %d", got.status, status)
	}
	if got.text("error") == "" || errorName != "" && got.text("error") != errorName {
		t.Errorf("error %q, want %q", got.text("error"), errorName)
	}
	codes := texts(got.body["error_codes"])
	if len(codes) != 1 || !strings.HasPrefix(got.text("error_description"), "AADSTS"+codes[0]+":") {
		t.Errorf("error_codes %v and error_description %q", codes, got.text("error_description"))
	} else if code != 0 && codes[0] != fmt.Sprint(code) {
		t.Errorf("error code %s, want %d", codes[0], code)
	}
	for _, name := range []string{"timestamp", "trace_id", "correlation_id"} {
		if got.text(name) == "" {
			t.Errorf("%s is missing", name)
		}
	}
	if got.body["access_token"] != nil {
		t.Error("a refusal carries a token")
	}
}

// assertionForm asks for a token with a signed statement in place of a secret.
func assertionForm(clientID, assertion string) url.Values {
	form := secretForm(clientID, "", graphScope)
	form.Del("client_secret")
	form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
	form.Set("client_assertion", assertion)
	return form
}

func TestAssertionRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	session := w.register(t, "Certified")
	registered, foreign := newCertificate(t, firstKey(), 90*day), newCertificate(t, secondKey(), 90*day)
	w.patch(t, "/applications/"+session.objectID,
		object{"keyCredentials": list{keyCredential(registered, "sign-in")}}).want(t, http.StatusNoContent)
	endpoint, now := w.server.URL()+"/"+w.tenantID+"/oauth2/v2.0/token", time.Now()
	claims := func(properties ...any) jwt.MapClaims {
		return jwt.MapClaims(with(object{
			"aud": endpoint, "iss": session.appID, "sub": session.appID, "jti": fmt.Sprint(now.UnixNano()),
			"nbf": now.Unix(), "exp": now.Add(10 * time.Minute).Unix(),
		}, properties...))
	}
	unlimited := claims()
	delete(unlimited, "exp")
	send := func(t *testing.T, assertion string) answer {
		return tokenRequest(t, w.client, w.tenantID, assertionForm(session.appID, assertion))
	}
	send(t, proof(t, firstKey(), registered, claims())).want(t, http.StatusOK)

	var hidden crypto.Signer = secondKey()
	credential, err := confidential.NewCredFromCert([]*x509.Certificate{foreign}, hidden)
	if err != nil {
		t.Fatal(err)
	}
	_, err = acquire(t, w.server, w.tenantID, session.appID, credential, graphScope)
	wantEntraError(t, err, "AADSTS700027")

	for _, one := range []struct {
		name, assertion string
		code            int
	}{
		{"facts15/unregistered certificate", proof(t, secondKey(), foreign, claims()), 700027},
		{"facts15/forged signature", proof(t, secondKey(), registered, claims()), 700027},
		{"facts15/assertion expired", proof(t, firstKey(), registered, claims("nbf", now.Add(-2*time.Hour).Unix(), "exp", now.Add(-time.Hour).Unix())), 700024},
		{"facts15/assertion not yet valid", proof(t, firstKey(), registered, claims("nbf", now.Add(time.Hour).Unix(), "exp", now.Add(2*time.Hour).Unix())), 700024},
		{"facts15/assertion for another audience", proof(t, firstKey(), registered, claims("aud", "https://example.com")), 0},
		{"facts15/assertion for another host", proof(t, firstKey(), registered, claims("aud", "https://example.com/"+w.tenantID+"/oauth2/v2.0/token")), 0},
		{"facts15/assertion without an end", proof(t, firstKey(), registered, unlimited), 0},
		{"facts15/assertion by another issuer", proof(t, firstKey(), registered, claims("iss", absent)), 0},
		{"facts15/assertion about another subject", proof(t, firstKey(), registered, claims("sub", absent)), 0},
		{"facts15/assertion is no JWT", "garbage", 0},
	} {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			wantTokenRefused(t, send(t, one.assertion), 0, "", one.code)
		})
	}
}
