package emulator_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/oauth2permissiongrants"
)

func grant(client, resource, scope string) object {
	return object{"clientId": client, "consentType": "AllPrincipals", "principalId": nil, "resourceId": resource, "scope": scope}
}

func tenantWideGrant(client, resource, scope string) models.OAuth2PermissionGrantable {
	body := models.NewOAuth2PermissionGrant()
	body.SetClientId(&client)
	body.SetResourceId(&resource)
	body.SetConsentType(ptr("AllPrincipals"))
	body.SetScope(&scope)
	return body
}

func TestDelegatedGrants(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	graph, exchange := w.principalOf(t, microsoftGraphAppID), w.principalOf(t, exchangeOnlineAppID)
	session, user := w.register(t, "Client"), w.newUser(t, "consenter")

	created, err := w.grants().Post(t.Context(), tenantWideGrant(session.principalID, graph, "User.Read Mail.Read"), nil)
	if err != nil {
		t.Fatal(refusalOrSelf(err))
	}
	if value(created.GetId()) == "" || value(created.GetScope()) != "User.Read Mail.Read" || created.GetPrincipalId() != nil {
		t.Errorf("id %q, scope %q", value(created.GetId()), value(created.GetScope()))
	}
	raw := w.post(t, "/oauth2PermissionGrants", grant(session.principalID, exchange, "EWS.AccessAsUser.All")).want(t, http.StatusCreated)
	own := with(grant(session.principalID, graph, "User.Read"), "consentType", "Principal", "principalId", user)
	w.post(t, "/oauth2PermissionGrants", own).want(t, http.StatusCreated)

	client := "clientId eq '" + session.principalID + "'"
	for filter, want := range map[string]int{
		client: 3,
		client + " and resourceId eq '" + graph + "'":                                       2,
		client + " and resourceId eq '" + graph + "' and consentType eq 'AllPrincipals'":    1,
		client + " and consentType eq 'Principal' and principalId eq '" + user + "'":        1,
		"clientId eq '" + absent + "' and resourceId eq '" + graph + "'":                    0,
		"clientId eq '" + session.principalID + "' and consentType eq 'AllPrincipals'":      2,
		"consentType eq 'AllPrincipals' and resourceId eq '" + exchange + "' and " + client: 1,
	} {
		query := &oauth2permissiongrants.Oauth2PermissionGrantsRequestBuilderGetQueryParameters{Filter: &filter}
		page, err := w.grants().Get(t.Context(), &oauth2permissiongrants.Oauth2PermissionGrantsRequestBuilderGetRequestConfiguration{QueryParameters: query})
		if err != nil {
			t.Errorf("%s: %v", filter, refusalOrSelf(err))
		} else if len(page.GetValue()) != want {
			t.Errorf("%s finds %d grants, want %d", filter, len(page.GetValue()), want)
		}
	}
	page, err := w.servicePrincipals().ByServicePrincipalId(session.principalID).Oauth2PermissionGrants().Get(t.Context(), nil)
	if err != nil || len(page.GetValue()) != 3 {
		t.Errorf("the service principal does not show its 3 grants: %v", refusalOrSelf(err))
	}

	path := "/oauth2PermissionGrants/" + value(created.GetId())
	w.patch(t, path, object{"scope": "Calendars.Read"}).want(t, http.StatusNoContent)
	if got := w.get(t, path).want(t, http.StatusOK).text("scope"); got != "Calendars.Read" {
		t.Errorf("scope %q, want the whole string replaced", got)
	}
	w.delete(t, path).want(t, http.StatusNoContent)
	wantRefused(t, w.get(t, path).err(), http.StatusNotFound, requestResourceNotFound, resourceMissing)
	w.get(t, "/oauth2PermissionGrants/"+raw.text("id")).want(t, http.StatusOK)
}

func TestDelegatedGrantRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	graph, session := w.principalOf(t, microsoftGraphAppID), w.register(t, "Client")
	other, user := w.register(t, "Other"), w.newUser(t, "consenter")
	held := w.post(t, "/oauth2PermissionGrants", grant(session.principalID, graph, "User.Read")).want(t, http.StatusCreated).text("id")
	own := with(grant(session.principalID, graph, "User.Read"), "consentType", "Principal", "principalId", user)
	w.post(t, "/oauth2PermissionGrants", own).want(t, http.StatusCreated)
	longest := strings.Repeat("x", 3850)
	w.post(t, "/oauth2PermissionGrants", grant(other.principalID, w.principalOf(t, exchangeOnlineAppID), longest)).want(t, http.StatusCreated)

	post := func(body object) func(t *testing.T) error {
		return once(func(t *testing.T) answer { return w.post(t, "/oauth2PermissionGrants", body) })
	}
	valid := grant(other.principalID, graph, "User.Read")
	check(t, []refused{
		{"facts8/second grant", func(t *testing.T) error {
			_, err := w.grants().Post(t.Context(), tenantWideGrant(session.principalID, graph, "Mail.Read"), nil)
			return err
		}, 409, requestMultipleObjects, "Permission entry already exists."},
		{"facts8/second grant of a user", post(own), 409, requestMultipleObjects, "Permission entry already exists."},
		{"facts8/appId for the client", post(with(valid, "clientId", other.appID)), 404, requestResourceNotFound, resourceMissing},
		{"facts8/appId for the resource", post(with(valid, "resourceId", microsoftGraphAppID)), 404, requestResourceNotFound, resourceMissing},
		{"facts8/application for the client", post(with(valid, "clientId", other.objectID)), 404, requestResourceNotFound, resourceMissing},
		{"facts8/absent client", post(with(valid, "clientId", absent)), 404, requestResourceNotFound, resourceMissing},
		{"facts8/absent resource", post(with(valid, "resourceId", absent)), 404, requestResourceNotFound, resourceMissing},
		{"facts8/no client", post(with(valid, "clientId", nil)), 400, requestBadRequest, ""},
		{"facts8/no resource", post(with(valid, "resourceId", nil)), 400, requestBadRequest, ""},
		{"facts8/unknown consentType", post(with(valid, "consentType", "Everyone")), 400, requestBadRequest, ""},
		{"facts8/consent of a user without the user", post(with(valid, "consentType", "Principal")), 400, requestBadRequest, ""},
		{"facts8/consent of an absent user", post(with(valid, "consentType", "Principal", "principalId", absent)), 404, requestResourceNotFound, resourceMissing},
		{"facts8/scope of 3,851", post(with(valid, "scope", longest+"x")), 400, requestBadRequest, ""},
		{"facts8/scope of 3,851 in a PATCH", once(func(t *testing.T) answer {
			return w.patch(t, "/oauth2PermissionGrants/"+held, object{"scope": longest + "x"})
		}), 400, requestBadRequest, ""},
		{"facts8/unknown property", post(with(valid, "colour", "red")), 400, requestBadRequest, ""},
		{"facts8/absent grant changed", func(t *testing.T) error {
			body := models.NewOAuth2PermissionGrant()
			body.SetScope(ptr("User.Read"))
			_, err := w.grants().ByOAuth2PermissionGrantId("absent").Patch(t.Context(), body, nil)
			return err
		}, 404, requestResourceNotFound, resourceMissing},
		{"facts8/absent grant deleted", func(t *testing.T) error {
			return w.grants().ByOAuth2PermissionGrantId("absent").Delete(t.Context(), nil)
		}, 404, requestResourceNotFound, resourceMissing},
	})
}

// TestDelegatedGrantToWhatIsNotThere: a reference to a missing object is a 404, or a 400 with a known text.
func TestDelegatedGrantToWhatIsNotThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	graph := w.principalOf(t, microsoftGraphAppID)
	got := refusalOf(w.post(t, "/oauth2PermissionGrants", grant(absent, graph, "User.Read")).err())
	text := "does not exist or one of its queried reference-property objects are not present"
	if got == nil || got.status != http.StatusNotFound && (got.status != http.StatusBadRequest || !strings.Contains(got.message, text)) {
		t.Errorf("%v: want 404, or 400 with %q", got, text)
	}
	filter := url.QueryEscape(fmt.Sprintf("clientId eq '%s'", absent))
	if found := w.get(t, "/oauth2PermissionGrants?$filter="+filter).want(t, http.StatusOK).items(); len(found) != 0 {
		t.Errorf("%d grants of a client that does not exist", len(found))
	}
}
