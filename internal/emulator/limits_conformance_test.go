package emulator_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"
)

func repeat[T any](count int, member func(i int) T) []any {
	members := make([]any, count)
	for i := range members {
		members[i] = member(i)
	}
	return members
}

func access(resource string, permissions int) object {
	return object{"resourceAppId": resource, "resourceAccess": repeat(permissions, func(int) object {
		return object{"id": uuid.NewString(), "type": "Role"}
	})}
}

func required(permissions ...any) object {
	return object{"requiredResourceAccess": list{object{"resourceAppId": microsoftGraphAppID, "resourceAccess": permissions}}}
}

func redirect(kind string, uris ...any) object { return object{kind: object{"redirectUris": uris}} }

// manyRedirects are one more than an application may have, longRedirect is as long as one may be.
var (
	longRedirect  = "https://example.com/" + strings.Repeat("x", 236)
	manyRedirects = repeat(257, func(i int) string { return fmt.Sprintf("https://example.com/%d", i) })
)

// identifierURI is one of the tenant's verified domain.
func (w *world) identifierURI(length int) string {
	stem := "https://" + w.tenant.Domain() + "/"
	return stem + strings.Repeat("x", length-len(stem))
}

func TestLimitsAreReached(t *testing.T) {
	t.Parallel()
	w := newWorld(t)

	accepted := map[string]object{
		"displayName of 120":     {"displayName": strings.Repeat("x", 120)},
		"description of 1024":    {"description": strings.Repeat("x", 1024)},
		"notes of 1024":          {"notes": strings.Repeat("x", 1024)},
		"tag of 256":             {"tags": list{strings.Repeat("x", 256)}},
		"identifierUri of 255":   {"identifierUris": list{w.identifierURI(255)}},
		"redirect URI of 256":    redirect("web", longRedirect),
		"256 redirect URIs":      redirect("web", manyRedirects[:256]...),
		"redirect to localhost":  redirect("web", "http://localhost:8080/back"),
		"redirect case":          redirect("spa", "https://example.com/a", "https://example.com/A"),
		"logoutUrl of 255":       {"web": object{"logoutUrl": longRedirect[:255]}},
		"50 resource APIs":       {"requiredResourceAccess": repeat(50, func(int) object { return access(uuid.NewString(), 1) })},
		"400 permissions":        {"requiredResourceAccess": list{access(microsoftGraphAppID, 200), access(exchangeOnlineAppID, 200)}},
		"app role value of 120":  {"appRoles": list{role(uuid.NewString(), strings.Repeat("x", 120))}},
		"app role value symbols": {"appRoles": list{role(uuid.NewString(), "a:!#$%&'()*+,-./;<=>?@[]^_{|}~`Z9")}},
	}
	for name, body := range accepted {
		t.Run("facts2/accepted "+name, func(t *testing.T) {
			t.Parallel()
			id, _ := w.newApplication(t, "limits")
			w.patch(t, "/applications/"+id, body).want(t, http.StatusNoContent)
		})
	}

}

func TestLimitsAreNotExceeded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	beyond := map[string]object{
		"displayName of 257":          {"displayName": strings.Repeat("x", 257)},
		"description of 1025":         {"description": strings.Repeat("x", 1025)},
		"notes of 1025":               {"notes": strings.Repeat("x", 1025)},
		"tag of 257":                  {"tags": list{strings.Repeat("x", 257)}},
		"empty tag":                   {"tags": list{""}},
		"tag with a space":            {"tags": list{"two words"}},
		"identifierUri of 256":        {"identifierUris": list{w.identifierURI(256)}},
		"257 redirect URIs":           redirect("web", manyRedirects...),
		"257 redirect URIs in all":    {"web": object{"redirectUris": manyRedirects[:200]}, "spa": object{"redirectUris": manyRedirects[200:]}},
		"redirect URI of 257":         redirect("web", longRedirect+"x"),
		"redirect without TLS":        redirect("web", "http://example.com/back"),
		"redirect of no URI":          redirect("web", "back"),
		"spa redirect without TLS":    redirect("spa", "http://example.com/back"),
		"logoutUrl of 256":            {"web": object{"logoutUrl": longRedirect}},
		"logoutUrl without TLS":       {"web": object{"logoutUrl": "http://example.com/out"}},
		"51 resource APIs":            {"requiredResourceAccess": repeat(51, func(int) object { return access(uuid.NewString(), 1) })},
		"401 permissions":             {"requiredResourceAccess": list{access(microsoftGraphAppID, 200), access(exchangeOnlineAppID, 201)}},
		"1,201 entries in all":        {"tags": repeat(1201, func(i int) string { return fmt.Sprintf("tag%d", i) })},
		"app role value of 121":       {"appRoles": list{role(uuid.NewString(), strings.Repeat("x", 121))}},
		"app role value with a space": {"appRoles": list{role(uuid.NewString(), "two words")}},
		"app role value with a dot":   {"appRoles": list{role(uuid.NewString(), ".hidden")}},
		"app role value not ASCII":    {"appRoles": list{role(uuid.NewString(), "é")}},
		"app role value with a quote": {"appRoles": list{role(uuid.NewString(), `a"b`)}},
		"app role of no known member": {"appRoles": list{with(role(uuid.NewString(), "x"), "allowedMemberTypes", list{"Device"})}},
		"app role without id":         {"appRoles": list{with(role("", "x"), "id", nil)}},
		"app role without a name":     {"appRoles": list{with(role(uuid.NewString(), "x"), "displayName", nil)}},
		"scope for nobody":            {"api": object{"oauth2PermissionScopes": list{with(scope(absent, "x"), "type", "Device")}}},
		"permission of no kind":       required(object{"id": applicationReadAll, "type": "Wish"}),
		"permission without id":       required(object{"type": "Role"}),
		"app role with an origin":     {"appRoles": list{with(role(uuid.NewString(), "x"), "origin", "Application")}},
	}
	for _, symbol := range "!$'(),;" {
		beyond["redirect with "+string(symbol)] = redirect("web", "https://example.com/a"+string(symbol))
	}
	repeated := map[string]object{
		"tag twice":            {"tags": list{"same", "same"}},
		"app role id twice":    {"appRoles": list{role(absent, "x"), role(absent, "y")}},
		"app role value twice": {"appRoles": list{role(uuid.NewString(), "x"), role(uuid.NewString(), "x")}},
		"resource API twice":   {"requiredResourceAccess": list{access(microsoftGraphAppID, 1), access(microsoftGraphAppID, 1)}},
		"permission twice":     required(object{"id": domainReadAll, "type": "Role"}, object{"id": domainReadAll, "type": "Role"}),
	}
	for code, bodies := range map[string]map[string]object{requestBadRequest: beyond, duplicateValue: repeated} {
		for name, body := range bodies {
			t.Run("facts2/refused "+name, func(t *testing.T) {
				t.Parallel()
				id, _ := w.newApplication(t, "limits")
				wantRefused(t, w.patch(t, "/applications/"+id, body).err(), http.StatusBadRequest, code, "")
			})
		}
	}
}

// TestPersonalAccountLimits: applications that personal accounts may use have tighter limits.
func TestPersonalAccountLimits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	personal := object{
		"displayName": "x", "signInAudience": "AzureADandPersonalMicrosoftAccount", "api": object{"requestedAccessTokenVersion": 2},
	}
	create := func(body object) func(t *testing.T) error {
		return once(func(t *testing.T) answer { return w.post(t, "/applications", body) })
	}
	id := w.post(t, "/applications", with(personal, "displayName", strings.Repeat("x", 90),
		"requiredResourceAccess", list{access(microsoftGraphAppID, 30)})).want(t, http.StatusCreated).text("id")
	for range 2 {
		w.secretFor(t, id, day).want(t, http.StatusOK)
	}
	check(t, []refused{
		{"facts2/personal displayName of 91", create(with(personal, "displayName", strings.Repeat("x", 91))), 400, requestBadRequest, ""},
		{"facts2/personal 31 permissions of one API", create(with(personal, "requiredResourceAccess", list{access(microsoftGraphAppID, 31)})), 400, requestBadRequest, ""},
		{"facts2/personal 201 permissions", create(with(personal, "requiredResourceAccess", repeat(7, func(int) object {
			return access(uuid.NewString(), 29)
		}))), 400, requestBadRequest, ""},
		{"facts2/personal third secret", once(func(t *testing.T) answer { return w.secretFor(t, id, day) }), 400, requestBadRequest, ""},
	})
}

func TestIdentifierURIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, appID := w.newApplication(t, "API")
	other, _ := w.newApplication(t, "Other API")
	uris := list{
		"api://" + appID, "api://" + w.tenantID + "/sessions", "https://" + w.tenant.Domain() + "/api",
		"https://sub." + w.tenant.Domain() + "/api",
	}
	w.patch(t, "/applications/"+id, object{"identifierUris": uris}).want(t, http.StatusNoContent)
	if got := w.get(t, "/applications/"+id).want(t, http.StatusOK).body["identifierUris"]; fmt.Sprint(got) != fmt.Sprint(uris) {
		t.Errorf("identifierUris %v, want %v", got, uris)
	}

	const notVerified = "Values of identifierUris property must use a verified domain of the organization or its subdomain…"
	patch := func(uri string) func(t *testing.T) error {
		return once(func(t *testing.T) answer {
			return w.patch(t, "/applications/"+other, object{"identifierUris": list{uri}})
		})
	}
	check(t, []refused{
		{"facts2/identifierUris of a foreign domain", patch("https://example.com/api"), 400, "HostNameNotOnVerifiedDomain", notVerified},
		{"facts2/identifierUris of a lookalike domain", patch("https://not" + w.tenant.Domain() + "/api"), 400, "HostNameNotOnVerifiedDomain", notVerified},
		{"facts2/identifierUris of a foreign api name", patch("api://something"), 400, "HostNameNotOnVerifiedDomain", notVerified},
		{"facts2/identifierUris taken", patch("api://" + w.tenantID + "/sessions"), 400, requestBadRequest,
			"Another object with the same value for property identifierUris already exists."},
	})
}

func TestOwnerQuota(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, _ := w.newApplication(t, "Crowded")
	owners := len(w.get(t, "/applications/"+id+"/owners").want(t, http.StatusOK).items())
	for i := owners; i < 100; i++ {
		w.post(t, "/applications/"+id+"/owners/$ref", w.reference(w.newUser(t, fmt.Sprintf("owner%d", i)))).want(t, http.StatusNoContent)
	}
	err := w.post(t, "/applications/"+id+"/owners/$ref", w.reference(w.newUser(t, "owner100"))).err()
	wantRefused(t, err, http.StatusForbidden, directoryQuotaExceeded, "…would exceed the maximum quota count '100' for forward-link 'owners'.")
}
