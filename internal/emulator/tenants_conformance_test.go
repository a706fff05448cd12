package emulator_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/google/uuid"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
)

func TestTenantsAreApart(t *testing.T) {
	t.Parallel()
	home, other := newWorld(t), newWorld(t)
	session := home.register(t, "Home")
	_, secret := home.addSecret(t, session.objectID)
	if home.tenantID == other.tenantID || home.tenant.Domain() == other.tenant.Domain() {
		t.Fatal("two tenants share an id or a domain")
	}
	notFound := func(path string) func(t *testing.T) error {
		return once(func(t *testing.T) answer { return other.get(t, path) })
	}
	check(t, []refused{
		{"facts16/application by id", func(t *testing.T) error {
			_, err := other.applications().ByApplicationId(session.objectID).Get(t.Context(), nil)
			return err
		}, 404, requestResourceNotFound, resourceMissing},
		{"facts16/application by appId", notFound("/applications(appId='" + session.appID + "')"), 404, requestResourceNotFound, resourceMissing},
		{"facts16/service principal by id", notFound("/servicePrincipals/" + session.principalID), 404, requestResourceNotFound, resourceMissing},
		{"facts16/service principal by appId", notFound("/servicePrincipals(appId='" + session.appID + "')"), 404, requestResourceNotFound, resourceMissing},
		{"facts16/application changed", once(func(t *testing.T) answer {
			return other.patch(t, "/applications/"+session.objectID, object{"notes": "x"})
		}), 404, requestResourceNotFound, resourceMissing},
		{"facts16/application deleted", once(func(t *testing.T) answer {
			return other.delete(t, "/applications/"+session.objectID)
		}), 404, requestResourceNotFound, resourceMissing},
		{"facts16/service principal of a single-tenant application", once(func(t *testing.T) answer {
			return other.post(t, "/servicePrincipals", object{"appId": session.appID})
		}), 400, noBackingApplication, "The appId … of the service principal does not reference a valid application object."},
	})
	filter := url.QueryEscape("appId eq '" + session.appID + "'")
	if found := other.get(t, "/applications?$filter="+filter).want(t, http.StatusOK).items(); len(found) != 0 {
		t.Error("a filter finds an application of another tenant")
	}
	form := secretForm(session.appID, secret, graphScope)
	wantTokenRefused(t, tokenRequest(t, other.client, other.tenantID, form), http.StatusBadRequest, "unauthorized_client", 700016)
	if home.principalOf(t, microsoftGraphAppID) == other.principalOf(t, microsoftGraphAppID) {
		t.Error("Microsoft Graph's service principal has the same id in two tenants")
	}
}

// TestUniqueNamesAreUniqueInTheirTenant uses one name in two tenants.
func TestUniqueNamesAreUniqueInTheirTenant(t *testing.T) {
	t.Parallel()
	for _, w := range []*world{newWorld(t), newWorld(t)} {
		w.patch(t, "/applications(uniqueName='everywhere')", object{"displayName": "x"}, "Prefer", "create-if-missing").want(t, http.StatusCreated)
	}
}

// TestMultitenantApplication signs an application in to a tenant that is not its home.
func TestMultitenantApplication(t *testing.T) {
	t.Parallel()
	home, customer := newWorld(t), newWorld(t)
	app := home.newResource(t, object{"displayName": "Partner", "signInAudience": "AzureADMultipleOrgs"})
	_, secret := home.addSecret(t, app.objectID)
	form := secretForm(app.appID, secret, graphScope)
	wantTokenRefused(t, tokenRequest(t, customer.client, customer.tenantID, form), http.StatusBadRequest, "unauthorized_client", 700016)

	principal := customer.post(t, "/servicePrincipals", object{"appId": app.appID}).want(t, http.StatusCreated)
	if principal.text("appOwnerOrganizationId") != home.tenantID || principal.text("id") == app.principalID {
		t.Errorf("appOwnerOrganizationId %q, id %q", principal.text("appOwnerOrganizationId"), principal.text("id"))
	}
	customer.consent(t, principal.text("id"), customer.principalOf(t, microsoftGraphAppID), applicationReadAll)
	claims := claimsOf(t, signIn(t, customer.server, customer.tenantID, app.appID, secret))
	if claims["tid"] != customer.tenantID || claims["oid"] != principal.text("id") || len(texts(claims["roles"])) != 1 {
		t.Errorf("tid %v, oid %v, roles %v", claims["tid"], claims["oid"], claims["roles"])
	}
	if roles := texts(claimsOf(t, signIn(t, home.server, home.tenantID, app.appID, secret))["roles"]); len(roles) != 0 {
		t.Errorf("roles %v at home, where nothing was consented", roles)
	}
}

func TestTenantOptions(t *testing.T) {
	t.Parallel()
	id := uuid.NewString()
	w := newWorldOn(t, server(), emulator.TenantOptions{ID: id})
	if w.tenant.ID() != id || claimsOf(t, w.token)["tid"] != id || w.tenant.Domain() == "" {
		t.Errorf("tenant %s with domain %q, want %s", w.tenant.ID(), w.tenant.Domain(), id)
	}
	if _, err := server().Tenant(emulator.TenantOptions{ID: id}); err == nil {
		t.Error("a second tenant with the same id is taken")
	}
	if _, err := w.tenant.Caller("impossible", "Everything.ReadWrite.All"); err == nil {
		t.Error("a caller gets a permission that does not exist")
	}
}

func TestRequestLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tenant.ResetRequests()
	if logged := w.tenant.Requests(); len(logged) != 0 {
		t.Fatalf("%d requests after a reset", len(logged))
	}
	if status, found, err := w.tenant.Do(http.MethodGet, "/applications", nil); err != nil || status != http.StatusOK || found["value"] == nil {
		t.Fatalf("the administrator's own request: %d, %v", status, err)
	}
	status, made, err := w.tenant.Do(http.MethodPost, "/applications", object{"displayName": "By hand"})
	if err != nil || status != http.StatusCreated || uuid.Validate(str(made["appId"])) != nil {
		t.Fatalf("creating by hand: %d, %v", status, err)
	}
	if status, refusal, err := w.tenant.Do(http.MethodGet, "/applications/"+absent, nil); err != nil || status != http.StatusNotFound || refusal["error"] == nil {
		t.Fatalf("a refusal by hand: %d, %v", status, err)
	}

	w.refreshToken(t)
	w.get(t, "/applications?$top=5").want(t, http.StatusOK)
	w.get(t, "/applications/"+absent)
	w.batch(t, part("1", "GET", "/organization"), part("2", "GET", "/applications/"+absent)).want(t, http.StatusOK)
	logged := w.tenant.Requests()
	if len(logged) != 4 {
		t.Fatalf("%d requests, want 4: none by hand, one for the token, three to Microsoft Graph", len(logged))
	}
	if token := logged[0]; token.Kind != "token" || token.Status != http.StatusOK || token.Method != http.MethodPost {
		t.Errorf("the token request is logged as %s %s %d", token.Kind, token.Method, token.Status)
	}
	read, missing, batch := logged[1], logged[2], logged[3]
	if read.Kind != "graph" || read.Method != http.MethodGet || read.Path != "/applications" || read.Query == "" || read.Time.IsZero() {
		t.Errorf("a read is logged as %s %s %s?%s", read.Kind, read.Method, read.Path, read.Query)
	}
	if read.CallerID != w.identity.ClientID || read.Status != http.StatusOK || missing.Status != http.StatusNotFound {
		t.Errorf("caller %s, status %d and %d", read.CallerID, read.Status, missing.Status)
	}
	if batch.Path != "/$batch" || len(batch.Parts) != 2 {
		t.Fatalf("a batch is logged as %s with %d parts", batch.Path, len(batch.Parts))
	}
	for _, one := range batch.Parts {
		want := map[string]int{"/organization": http.StatusOK, "/applications/" + absent: http.StatusNotFound}[one.Path]
		if one.Status != want || one.Method != http.MethodGet {
			t.Errorf("a part is logged as %s %s %d, want %d", one.Method, one.Path, one.Status, want)
		}
	}
	if other := newWorld(t); len(w.tenant.Requests()) != 4 || len(other.tenant.Requests()) == 4 {
		t.Error("another tenant's requests are in the log")
	}
}
