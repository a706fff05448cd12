package emulator_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/serviceprincipals"
	"github.com/microsoftgraph/msgraph-sdk-go/serviceprincipalswithappid"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
)

func scope(id, value string) object {
	return object{
		"id": id, "value": value, "type": "Admin", "isEnabled": true,
		"adminConsentDisplayName": value, "adminConsentDescription": value,
	}
}

func TestServicePrincipalLifecycle(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	roleID, scopeID := uuid.NewString(), uuid.NewString()
	app := w.post(t, "/applications", object{
		"displayName": "API", "tags": list{"from-application"}, "appRoles": list{role(roleID, "Do.All")},
		"api": object{"oauth2PermissionScopes": list{scope(scopeID, "Do")}},
	}).want(t, http.StatusCreated)
	appID := app.text("appId")

	created := w.post(t, "/servicePrincipals", object{"appId": appID, "tags": list{"own"}}).want(t, http.StatusCreated)
	id := created.text("id")
	if created.text("displayName") != "API" || created.text("servicePrincipalType") != "Application" || created.text("appId") != appID {
		t.Errorf("displayName %q, servicePrincipalType %q", created.text("displayName"), created.text("servicePrincipalType"))
	}
	if created.body["appRoleAssignmentRequired"] != false || created.body["accountEnabled"] != true {
		t.Errorf("appRoleAssignmentRequired %v, accountEnabled %v", created.body["appRoleAssignmentRequired"], created.body["accountEnabled"])
	}
	if names := texts(created.body["servicePrincipalNames"]); !slices.Contains(names, appID) {
		t.Errorf("servicePrincipalNames %v, want the appId among them", names)
	}
	if created.text("appOwnerOrganizationId") != w.tenantID {
		t.Errorf("appOwnerOrganizationId %q", created.text("appOwnerOrganizationId"))
	}

	read, err := w.servicePrincipals().ByServicePrincipalId(id).Get(t.Context(), nil)
	if err != nil {
		t.Fatal(refusalOrSelf(err))
	}
	if roles := read.GetAppRoles(); len(roles) != 1 || roles[0].GetId().String() != roleID {
		t.Errorf("%d app roles, want the application's", len(roles))
	}
	if scopes := read.GetOauth2PermissionScopes(); len(scopes) != 1 || scopes[0].GetId().String() != scopeID {
		t.Errorf("%d scopes, want the application's", len(scopes))
	}
	if tags := read.GetTags(); !slices.Contains(tags, "own") || !slices.Contains(tags, "from-application") {
		t.Errorf("tags %v, want the application's and its own", tags)
	}

	patched := models.NewServicePrincipal()
	patched.SetAppRoleAssignmentRequired(ptr(true))
	if _, err := w.servicePrincipalByAppID(appID).Patch(t.Context(), patched, nil); err != nil {
		t.Fatal(refusalOrSelf(err))
	}
	w.patch(t, "/servicePrincipals/"+id, object{"notes": "kept"}).want(t, http.StatusNoContent)
	filter := "appId eq '" + appID + "'"
	page, err := w.servicePrincipals().Get(t.Context(), &serviceprincipals.ServicePrincipalsRequestBuilderGetRequestConfiguration{
		QueryParameters: &serviceprincipals.ServicePrincipalsRequestBuilderGetQueryParameters{Filter: &filter}})
	if err != nil || len(page.GetValue()) != 1 {
		t.Fatalf("filter by appId: %v", refusalOrSelf(err))
	}
	if found := page.GetValue()[0]; !value(found.GetAppRoleAssignmentRequired()) || value(found.GetNotes()) != "kept" {
		t.Error("the patches do not read back")
	}

	w.delete(t, "/servicePrincipals/"+id).want(t, http.StatusNoContent)
	wantRefused(t, w.get(t, "/servicePrincipals/"+id).err(), http.StatusNotFound, requestResourceNotFound, resourceMissing)
	w.get(t, "/applications/"+app.text("id")).want(t, http.StatusOK)
	w.get(t, "/directory/deletedItems/"+id).want(t, http.StatusOK)
}

func TestServicePrincipalUpsert(t *testing.T) {
	t.Parallel()
	w := newWorldOn(t, server(), emulator.TenantOptions{WithoutExchange: true})
	upsert := func(appID string) (models.ServicePrincipalable, error) {
		body := models.NewServicePrincipal()
		body.SetAppRoleAssignmentRequired(ptr(false))
		return w.servicePrincipalByAppID(appID).Patch(t.Context(), body,
			&serviceprincipalswithappid.ServicePrincipalsWithAppIdRequestBuilderPatchRequestConfiguration{Headers: createIfMissing()})
	}
	wantRefused(t, w.get(t, "/servicePrincipals(appId='"+exchangeOnlineAppID+"')").err(), http.StatusNotFound, requestResourceNotFound, resourceMissing)
	created, err := upsert(exchangeOnlineAppID)
	if err != nil {
		t.Fatal(refusalOrSelf(err))
	}
	if created == nil || value(created.GetAppId()) != exchangeOnlineAppID {
		t.Fatal("the first upsert brings no service principal")
	}
	if !slices.ContainsFunc(created.GetAppRoles(), func(role models.AppRoleable) bool {
		return role.GetId().String() == exchangeManageAsApp && value(role.GetValue()) == "Exchange.ManageAsApp"
	}) {
		t.Error("Office 365 Exchange Online lacks Exchange.ManageAsApp")
	}
	if again, err := upsert(exchangeOnlineAppID); err != nil || again != nil {
		t.Errorf("the second upsert answers %v, %v; want an empty 204", again, err)
	}
	_, appID := w.newApplication(t, "Own")
	path := "/servicePrincipals(appId='" + appID + "')"
	w.patch(t, path, object{"notes": "x"}, "Prefer", "create-if-missing").want(t, http.StatusCreated)
	w.patch(t, path, object{"notes": "y"}, "Prefer", "create-if-missing").want(t, http.StatusNoContent)
	if got := w.get(t, path).want(t, http.StatusOK).text("notes"); got != "y" {
		t.Errorf("notes %q", got)
	}
}

func TestMicrosoftServicePrincipals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for appID, permission := range map[string]struct{ id, value, name string }{
		microsoftGraphAppID:   {applicationReadAll, "Application.Read.All", "Microsoft Graph"},
		exchangeOnlineAppID:   {exchangeManageAsApp, "Exchange.ManageAsApp", "Office 365 Exchange Online"},
		sharePointOnlineAppID: {"678536fe-1083-478a-9c59-b99265e6b0d3", "Sites.FullControl.All", "Office 365 SharePoint Online"},
	} {
		found, err := w.servicePrincipalByAppID(appID).Get(t.Context(), nil)
		if err != nil {
			t.Errorf("%s: %v", permission.name, refusalOrSelf(err))
			continue
		}
		if value(found.GetDisplayName()) != permission.name {
			t.Errorf("%s is called %q", appID, value(found.GetDisplayName()))
		}
		if !slices.ContainsFunc(found.GetAppRoles(), func(role models.AppRoleable) bool {
			return role.GetId().String() == permission.id && value(role.GetValue()) == permission.value
		}) {
			t.Errorf("%s lacks %s", permission.name, permission.value)
		}
	}
}

func TestServicePrincipalRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	session := w.register(t, "Session")
	_, deletedAppID := func() (string, string) {
		id, appID := w.newApplication(t, "Deleted")
		w.delete(t, "/applications/"+id).want(t, http.StatusNoContent)
		return id, appID
	}()
	path := "/servicePrincipals/" + session.principalID
	patch := func(body object) func(t *testing.T) error {
		return once(func(t *testing.T) answer { return w.patch(t, path, body) })
	}
	inUse := "The service principal cannot be created, updated, or restored because the service principal name " + session.appID + " is already in use."
	noApplication := func(appID string) string {
		return "The appId '" + appID + "' of the service principal does not reference a valid application object."
	}
	check(t, []refused{
		{"facts4/duplicate", func(t *testing.T) error {
			body := models.NewServicePrincipal()
			body.SetAppId(&session.appID)
			_, err := w.servicePrincipals().Post(t.Context(), body, nil)
			return err
		}, 409, requestMultipleObjects, inUse},
		{"facts4/unknown application", once(func(t *testing.T) answer {
			return w.post(t, "/servicePrincipals", object{"appId": absent})
		}), 400, noBackingApplication, noApplication(absent)},
		{"facts4/deleted application", once(func(t *testing.T) answer {
			return w.post(t, "/servicePrincipals", object{"appId": deletedAppID})
		}), 400, noBackingApplication, noApplication(deletedAppID)},
		{"facts4/upsert for an unknown application", once(func(t *testing.T) answer {
			return w.patch(t, "/servicePrincipals(appId='"+absent+"')", object{"notes": "x"}, "Prefer", "create-if-missing")
		}), 400, noBackingApplication, noApplication(absent)},
		{"facts4/PATCH by appId without Prefer", once(func(t *testing.T) answer {
			return w.patch(t, "/servicePrincipals(appId='"+absent+"')", object{"notes": "x"})
		}), 404, requestResourceNotFound, resourceMissing},
		{"facts4/no appId", once(func(t *testing.T) answer { return w.post(t, "/servicePrincipals", object{"displayName": "x"}) }), 400, requestBadRequest, ""},
		{"facts4/appRoleAssignmentRequired null", patch(object{"appRoleAssignmentRequired": nil}), 400, requestBadRequest, ""},
		{"facts4/servicePrincipalType is read-only", patch(object{"servicePrincipalType": "ManagedIdentity"}), 400, requestBadRequest, ""},
		{"facts4/appId is read-only", patch(object{"appId": absent}), 400, requestBadRequest, ""},
		{"facts4/unknown property", patch(object{"colour": "red"}), 400, requestBadRequest, ""},
		{"facts2/notes of 1025", patch(object{"notes": strings.Repeat("x", 1025)}), 400, requestBadRequest, ""},
		{"facts2/description of 1025", patch(object{"description": strings.Repeat("x", 1025)}), 400, requestBadRequest, ""},
	})

	err := w.post(t, "/servicePrincipals", object{"appId": session.appID}).err()
	details := refusalOf(err).details
	if len(details) != 1 || details[0]["code"] != "ObjectConflict" || details[0]["message"] == nil || details[0]["target"] == nil {
		t.Errorf("details %v, want one ObjectConflict with message and target", details)
	}
}

// TestAssignmentRequired gets tokens for an API that serves assigned clients alone.
func TestAssignmentRequired(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	roleID := uuid.NewString()
	api := w.newResource(t, object{"displayName": "Guarded", "appRoles": list{role(roleID, "Do.All")}})
	uri := "api://" + api.appID
	w.patch(t, "/applications/"+api.objectID, object{"identifierUris": list{uri}}).want(t, http.StatusNoContent)
	session := w.register(t, "Client")
	_, secret := w.addSecret(t, session.objectID)
	form := secretForm(session.appID, secret, uri+"/.default")
	tokenRequest(t, w.client, w.tenantID, form).want(t, http.StatusOK)

	w.patch(t, "/servicePrincipals/"+api.principalID, object{"appRoleAssignmentRequired": true}).want(t, http.StatusNoContent)
	wantTokenRefused(t, tokenRequest(t, w.client, w.tenantID, form), 0, "", 501051)
	w.consent(t, session.principalID, api.principalID, roleID)
	granted := tokenRequest(t, w.client, w.tenantID, form).want(t, http.StatusOK)
	if roles := texts(claimsOf(t, granted.text("access_token"))["roles"]); !slices.Equal(roles, []string{"Do.All"}) {
		t.Errorf("roles %v, want Do.All", roles)
	}
}
