package emulator_test

import (
	"net/http"
	"reflect"
	"slices"
	"testing"

	"github.com/google/uuid"
)

// TestApplicationProperties writes every kind of property of an application and reads it back.
func TestApplicationProperties(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, _ := w.newApplication(t, "Properties")
	path, known := "/applications/"+id, uuid.NewString()
	for name, value := range (object{
		"api": object{
			"acceptMappedClaims": true, "knownClientApplications": list{known}, "requestedAccessTokenVersion": float64(2),
		},
		"description":                       "described",
		"groupMembershipClaims":             "SecurityGroup",
		"info":                              object{"marketingUrl": "https://example.com/m", "supportUrl": "https://example.com/s"},
		"isDisabled":                        true,
		"isFallbackPublicClient":            true,
		"managerApplications":               list{known},
		"notes":                             "noted",
		"optionalClaims":                    object{"accessToken": list{object{"name": "idtyp", "essential": false}}},
		"publicClient":                      object{"redirectUris": list{"http://localhost"}},
		"requiredResourceAccess":            list{object{"resourceAppId": microsoftGraphAppID, "resourceAccess": list{object{"id": applicationReadAll, "type": "Role"}}}},
		"serviceManagementReference":        "INC-1",
		"servicePrincipalLockConfiguration": object{"isEnabled": true, "allProperties": true},
		"spa":                               object{"redirectUris": list{"https://example.com/spa"}},
		"tags":                              list{"one", "two"},
		"web": object{
			"homePageUrl": "https://example.com", "logoutUrl": "https://example.com/out", "redirectUris": list{"https://example.com/in"},
			"implicitGrantSettings": object{"enableAccessTokenIssuance": true, "enableIdTokenIssuance": true},
		},
	}) {
		w.patch(t, path, object{name: value}).want(t, http.StatusNoContent)
		if got := w.get(t, path+"?$select="+name).want(t, http.StatusOK).body[name]; !holds(got, value) {
			t.Errorf("%s reads back as %v, want %v", name, got, value)
		}
	}
	w.patch(t, path, object{"notes": nil, "tags": list{}}).want(t, http.StatusNoContent)
	if read := w.get(t, path).want(t, http.StatusOK); read.body["notes"] != nil || len(texts(read.body["tags"])) != 0 {
		t.Errorf("after clearing: notes %v, tags %v", read.body["notes"], read.body["tags"])
	}
}

// holds tells whether a value read has all that was written; Graph adds properties with their defaults.
func holds(got, written any) bool {
	switch written := written.(type) {
	case object:
		properties, ok := got.(object)
		for name, value := range written {
			ok = ok && holds(properties[name], value)
		}
		return ok
	case list:
		members, ok := got.([]any)
		if !ok || len(members) != len(written) {
			return false
		}
		for i, value := range written {
			if !holds(members[i], value) {
				return false
			}
		}
		return true
	default:
		return reflect.DeepEqual(got, written)
	}
}

func TestSignInAudiences(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, audience := range []string{"AzureADMyOrg", "AzureADMultipleOrgs", "AzureADandPersonalMicrosoftAccount", "PersonalMicrosoftAccount"} {
		created := w.post(t, "/applications", object{
			"displayName": "x", "signInAudience": audience, "api": object{"requestedAccessTokenVersion": 2},
		}).want(t, http.StatusCreated)
		if created.text("signInAudience") != audience {
			t.Errorf("signInAudience %q, want %s", created.text("signInAudience"), audience)
		}
	}
}

func TestApplicationDeletedByAppID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, appID := w.newApplication(t, "x")
	if err := w.applicationByAppID(appID).Delete(t.Context(), nil); err != nil {
		t.Fatal(refusalOrSelf(err))
	}
	wantRefused(t, w.get(t, "/applications/"+id).err(), http.StatusNotFound, requestResourceNotFound, resourceMissing)
	wantRefused(t, w.applicationByAppID(appID).Delete(t.Context(), nil), http.StatusNotFound, requestResourceNotFound, resourceMissing)
}

// TestGroupMembers nests a group in another: app roles reach direct members alone.
func TestGroupMembers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	outer, inner := w.newGroup(t, "outer", false), w.newGroup(t, "inner", false)
	direct, nested := w.newUser(t, "direct"), w.newUser(t, "nested")
	session := w.register(t, "Member")
	for _, member := range [][2]string{{outer, direct}, {outer, inner}, {outer, session.principalID}, {inner, nested}} {
		status, answer, err := w.tenant.Do(http.MethodPost, "/groups/"+member[0]+"/members/$ref", w.reference(member[1]))
		if err != nil || status != http.StatusNoContent {
			t.Fatalf("adding a member: status %d, %v: %v", status, err, answer["error"])
		}
	}
	for path, want := range map[string][]string{
		"/members":                      {direct, inner, session.principalID},
		"/members/microsoft.graph.user": {direct},
		"/transitiveMembers":            {direct, inner, session.principalID, nested},
	} {
		var got []string
		for _, member := range w.get(t, "/groups/"+outer+path).want(t, http.StatusOK).items() {
			got = append(got, str(member["id"]))
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
	wantRefused(t, w.get(t, "/groups/"+absent+"/members").err(), http.StatusNotFound, requestResourceNotFound, resourceMissing)
	wantRefused(t, w.get(t, "/users/"+absent).err(), http.StatusNotFound, requestResourceNotFound, resourceMissing)
}

func TestDirectoryObjects(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	session, user := w.register(t, "Known"), w.newUser(t, "known")
	for id, kind := range map[string]string{
		session.objectID: "#microsoft.graph.application", session.principalID: "#microsoft.graph.servicePrincipal", user: "#microsoft.graph.user",
	} {
		if got := w.get(t, "/directoryObjects/"+id).want(t, http.StatusOK); got.text("@odata.type") != kind || got.text("id") != id {
			t.Errorf("%s is a %q, want %s", id, got.text("@odata.type"), kind)
		}
	}
	found := w.post(t, "/directoryObjects/getByIds", object{"ids": list{session.principalID, user, absent}}).want(t, http.StatusOK).items()
	if len(found) != 2 {
		t.Errorf("getByIds finds %d objects, want the 2 that exist", len(found))
	}
	wantRefused(t, w.get(t, "/directoryObjects/"+absent).err(), http.StatusNotFound, requestResourceNotFound, resourceMissing)
}
