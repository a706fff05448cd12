package terraformcli_test

import (
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra/catalogue"
)

// byHand makes registrations in the order in which people make them in the portal, with all that they leave behind. What
// it makes follows from its random numbers.
type byHand struct {
	workspace
	t            testing.TB
	random       *rand.Rand
	certificates []string // contents as keyCredentials have them
	users        []string // object ids
	apis         map[string]api
	custom       customAPI
}

// api is a service principal and what it publishes.
type api struct {
	ID     string
	Roles  []published `json:"appRoles"`
	Scopes []published `json:"oauth2PermissionScopes"`
}

type published struct{ ID, Value string }

// customAPI is an API of the tenant's own, whose permissions no catalogue knows.
type customAPI struct{ appID, roleID, scopeID string }

// handMade is one registration, and what a plan must leave as it is.
type handMade struct {
	clientID, objectID string
	secrets, keys      int
	exchange           bool // ready for Exchange Online PowerShell
}

func newByHand(t testing.TB, w workspace, seed uint64) *byHand {
	t.Helper()
	h := &byHand{workspace: w, t: t, random: rand.New(rand.NewPCG(seed, 365)), apis: map[string]api{}} //nolint:gosec // to repeat it
	for range 3 {
		certificate, _ := acctest.Certificate(t, 200*24*time.Hour)
		block, _ := pem.Decode([]byte(certificate))
		h.certificates = append(h.certificates, base64.StdEncoding.EncodeToString(block.Bytes))
	}
	for _, name := range []string{"jane", "john", "mary"} {
		h.users = append(h.users, h.id(http.MethodPost, "/users", map[string]any{
			"displayName": name, "accountEnabled": true, "mailNickname": name, "userPrincipalName": name + "@" + w.tenant.Domain(),
			"passwordProfile": map[string]any{"password": "Correct-horse-8"},
		}))
	}
	h.custom = h.makeAPI()
	for _, id := range []string{catalogue.MicrosoftGraph, catalogue.ExchangeOnline, catalogue.SharePointOnline, h.custom.appID} {
		h.apis[id] = h.look(id)
	}
	return h
}

func (h *byHand) id(method, path string, body any) string {
	h.t.Helper()
	return fmt.Sprint(h.do(h.t, method, path, body)["id"])
}

func (h *byHand) look(appID string) (found api) {
	h.t.Helper()
	text, err := json.Marshal(h.do(h.t, http.MethodGet, "/servicePrincipals(appId='"+appID+"')", nil))
	if err == nil {
		err = json.Unmarshal(text, &found)
	}
	if err != nil {
		h.t.Fatal(err)
	}
	return found
}

func (h *byHand) makeAPI() customAPI {
	h.t.Helper()
	c := customAPI{roleID: "0d5f4c5e-50d6-4c4b-8d5d-0f6a1c1f0a01", scopeID: "0d5f4c5e-50d6-4c4b-8d5d-0f6a1c1f0a02"}
	made := h.do(h.t, http.MethodPost, "/applications", map[string]any{
		"displayName": "Ticket system",
		"appRoles": []any{map[string]any{
			"id": c.roleID, "value": "Tickets.Read.All", "displayName": "Read tickets", "description": "Read tickets",
			"allowedMemberTypes": []any{"Application"}, "isEnabled": true,
		}},
		"api": map[string]any{"oauth2PermissionScopes": []any{map[string]any{
			"id": c.scopeID, "value": "Tickets.Read", "adminConsentDisplayName": "Read tickets", "adminConsentDescription": "Read tickets",
			"type": "User", "isEnabled": true,
		}}},
	})
	c.appID = fmt.Sprint(made["appId"])
	h.do(h.t, http.MethodPost, "/servicePrincipals", map[string]any{"appId": c.appID})
	return c
}

// oneIn is true once in so many times.
func (h *byHand) oneIn(n int) bool { return h.random.IntN(n) == 0 }

// makeAll makes so many registrations.
func (h *byHand) makeAll(number int) []handMade {
	h.t.Helper()
	all := make([]handMade, number)
	for i := range all {
		all[i] = h.make(i)
	}
	return all
}

// make makes one registration.
func (h *byHand) make(number int) handMade {
	h.t.Helper()
	application := map[string]any{"displayName": h.displayName(number), "web": map[string]any{"redirectUris": []any{"https://localhost/consent"}}}
	if h.oneIn(3) {
		application["notes"] = h.pick("Asked for by the helpdesk", "Line one\r\nline two\n\ttabbed", `"quoted" \ ${not.a.reference} %{ if }`, "  outer space  ")
	}
	if h.oneIn(4) {
		application["tags"] = []any{"HideApp", "apiConsumer"}
	}
	made := h.do(h.t, http.MethodPost, "/applications", application)
	m := handMade{clientID: fmt.Sprint(made["appId"]), objectID: fmt.Sprint(made["id"])}
	principal := h.id(http.MethodPost, "/servicePrincipals", map[string]any{
		"appId": m.clientID, "appRoleAssignmentRequired": h.oneIn(3), "tags": []any{"WindowsAzureActiveDirectoryIntegratedApp"},
	})
	for range h.random.IntN(4) {
		h.do(h.t, http.MethodPost, "/applications/"+m.objectID+"/addPassword", map[string]any{"passwordCredential": map[string]any{
			"displayName": h.pick("sapio365", "", "Rotated by hand")}})
		m.secrets++
	}
	h.declareAndConsent(&m, principal)
	for i := range h.users {
		if h.oneIn(4) {
			h.do(h.t, http.MethodPost, "/applications/"+m.objectID+"/owners/$ref", map[string]any{
				"@odata.id": h.server.URL() + "/v1.0/directoryObjects/" + h.users[i]})
		}
	}
	return m
}

func (h *byHand) pick(choices ...string) string { return choices[h.random.IntN(len(choices))] }

func (h *byHand) displayName(number int) string {
	name := h.pick("sapio365 - Jane Doe", "SAPIO365 JANE DOE", "Übergabe (Zürich) – 報告", `The "${old}" one %{x}`, "O'Brien & Sons <it>", strings.Repeat("long ", 20)+"name")
	if h.oneIn(5) {
		return name // not the only one of this name
	}
	return fmt.Sprintf("%s %d", name, number)
}

// declareAndConsent declares permissions, and consents to about these.
func (h *byHand) declareAndConsent(m *handMade, principal string) {
	h.t.Helper()
	declared := map[string][]any{}
	declare := func(api, kind, id string) {
		declared[api] = append(declared[api], map[string]any{"id": id, "type": kind})
	}
	var scopes []string
	neglected := h.oneIn(3) // consent and declaration have gone their own ways
	for _, api := range []string{catalogue.MicrosoftGraph, catalogue.SharePointOnline} {
		roles := h.apis[api].Roles
		for _, i := range h.random.Perm(len(roles))[:h.random.IntN(min(12, len(roles)-1))+1] {
			declare(api, "Role", roles[i].ID)
			if !neglected || !h.oneIn(4) {
				h.assign(principal, api, roles[i].ID)
			}
		}
	}
	delegated := h.apis[catalogue.MicrosoftGraph].Scopes
	for _, i := range h.random.Perm(len(delegated))[:h.random.IntN(4)] {
		declare(catalogue.MicrosoftGraph, "Scope", delegated[i].ID)
		scopes = append(scopes, delegated[i].Value)
	}
	if h.oneIn(4) {
		declare(h.custom.appID, "Role", h.custom.roleID)
		h.assign(principal, h.custom.appID, h.custom.roleID)
	}
	if h.oneIn(4) {
		declare(h.custom.appID, "Scope", h.custom.scopeID)
		h.grant(principal, h.custom.appID, "Tickets.Read", "")
	}
	h.makeExchange(m, principal, declare)
	if neglected { // consented to once, and not declared any more
		scopes = append(scopes, "offline_access", "openid")
		h.assign(principal, catalogue.SharePointOnline, h.otherRole(declared))
	}
	if len(scopes) > 0 && (!neglected || h.oneIn(2)) {
		h.grant(principal, catalogue.MicrosoftGraph, " "+strings.Join(scopes, "  "), "")
	}
	if h.oneIn(3) {
		h.grant(principal, catalogue.MicrosoftGraph, "User.Read Mail.Read", h.users[0])
	}
	var access []any
	for api, permissions := range declared {
		access = append(access, map[string]any{"resourceAppId": api, "resourceAccess": permissions})
	}
	h.do(h.t, http.MethodPatch, "/applications/"+m.objectID, map[string]any{"requiredResourceAccess": access})
}

// otherRole is an application permission of SharePoint Online that is not declared.
func (h *byHand) otherRole(declared map[string][]any) string {
	for _, role := range h.apis[catalogue.SharePointOnline].Roles {
		if !strings.Contains(fmt.Sprint(declared[catalogue.SharePointOnline]), role.ID) {
			return role.ID
		}
	}
	h.t.Fatal("all permissions are declared")
	return ""
}

// makeExchange adds certificates, the permission for Exchange Online PowerShell, and a role, or some of them.
func (h *byHand) makeExchange(m *handMade, principal string, declare func(api, kind, id string)) {
	h.t.Helper()
	var keys []any
	for i, certificate := range h.certificates {
		if h.oneIn(3) {
			keys = append(keys, map[string]any{
				"type": "AsymmetricX509Cert", "usage": "Verify", "key": certificate, "displayName": fmt.Sprintf("CN=by hand %d", i),
			})
		}
	}
	if m.keys = len(keys); m.keys > 0 {
		h.do(h.t, http.MethodPatch, "/applications/"+m.objectID, map[string]any{"keyCredentials": keys})
	}
	declares, holds := h.oneIn(2), h.oneIn(2)
	if m.exchange = declares && holds && m.keys > 0; declares {
		manage, _ := catalogue.ByName(catalogue.ExchangeOnline, catalogue.Application, "Exchange.ManageAsApp")
		declare(catalogue.ExchangeOnline, "Role", manage.ID)
		h.assign(principal, catalogue.ExchangeOnline, manage.ID)
	}
	if holds {
		h.do(h.t, http.MethodPost, "/roleManagement/directory/roleAssignments", map[string]any{
			"principalId": principal, "directoryScopeId": "/",
			"roleDefinitionId": h.pick("29232cdf-9323-42fd-ade2-1d097af3e4de", "f2ef992c-3afb-46b9-b7cf-a126ee74c451"),
		})
	}
}

func (h *byHand) assign(principal, api, roleID string) {
	h.t.Helper()
	h.do(h.t, http.MethodPost, "/servicePrincipals/"+principal+"/appRoleAssignments", map[string]any{
		"principalId": principal, "resourceId": h.apis[api].ID, "appRoleId": roleID,
	})
}

// grant grants delegated permissions for the tenant, or, of a user, for that one.
func (h *byHand) grant(principal, api, scope, user string) {
	h.t.Helper()
	body := map[string]any{"clientId": principal, "resourceId": h.apis[api].ID, "scope": scope, "consentType": "AllPrincipals"}
	if user != "" {
		body["consentType"], body["principalId"] = "Principal", user
	}
	h.do(h.t, http.MethodPost, "/oauth2PermissionGrants", body)
}
