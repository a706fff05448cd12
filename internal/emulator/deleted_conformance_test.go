package emulator_test

import (
	"net/http"
	"testing"

	"github.com/microsoftgraph/msgraph-sdk-go/directory"
)

func TestSoftDelete(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	session := w.register(t, "Lost")
	_, secret := w.addSecret(t, session.objectID)
	graph := w.principalOf(t, microsoftGraphAppID)
	w.consent(t, session.principalID, graph, applicationReadAll)
	if err := w.applications().ByApplicationId(session.objectID).Delete(t.Context(), nil); err != nil {
		t.Fatal(refusalOrSelf(err))
	}
	wantRefused(t, w.get(t, "/servicePrincipals/"+session.principalID).err(), http.StatusNotFound, requestResourceNotFound, resourceMissing)

	filter := "appId eq '" + session.appID + "'"
	apps, err := w.deletedItems().GraphApplication().Get(t.Context(), &directory.DeletedItemsGraphApplicationRequestBuilderGetRequestConfiguration{
		QueryParameters: &directory.DeletedItemsGraphApplicationRequestBuilderGetQueryParameters{Filter: &filter}})
	if err != nil || len(apps.GetValue()) != 1 || value(apps.GetValue()[0].GetId()) != session.objectID {
		t.Fatalf("the deleted application is not listed: %v", refusalOrSelf(err))
	}
	if apps.GetValue()[0].GetDeletedDateTime() == nil {
		t.Error("deletedDateTime is not set")
	}
	principals, err := w.deletedItems().GraphServicePrincipal().Get(t.Context(), &directory.DeletedItemsGraphServicePrincipalRequestBuilderGetRequestConfiguration{
		QueryParameters: &directory.DeletedItemsGraphServicePrincipalRequestBuilderGetQueryParameters{Filter: &filter}})
	if err != nil || len(principals.GetValue()) != 1 || value(principals.GetValue()[0].GetId()) != session.principalID {
		t.Fatalf("the deleted service principal is not listed: %v", refusalOrSelf(err))
	}
	one, err := w.deletedItems().ByDirectoryObjectId(session.objectID).Get(t.Context(), nil)
	if err != nil || value(one.GetId()) != session.objectID {
		t.Errorf("the deleted application does not read by id: %v", refusalOrSelf(err))
	}

	restored := w.post(t, "/directory/deletedItems/"+session.objectID+"/restore", nil).want(t, http.StatusOK)
	if restored.text("id") != session.objectID || restored.text("appId") != session.appID {
		t.Errorf("restored as id %q, appId %q", restored.text("id"), restored.text("appId"))
	}
	w.post(t, "/directory/deletedItems/"+session.principalID+"/restore", nil).want(t, http.StatusOK)
	if found, err := w.servicePrincipalByAppID(session.appID).Get(t.Context(), nil); err != nil || value(found.GetId()) != session.principalID {
		t.Fatalf("the service principal is not back: %v", refusalOrSelf(err))
	}
	token := signIn(t, w.server, w.tenantID, session.appID, secret)
	if roles := texts(claimsOf(t, token)["roles"]); len(roles) != 1 {
		t.Errorf("roles %v after the restore, want the consent to have survived", roles)
	}
}

func TestRestoreThroughTheSDK(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, _ := w.newApplication(t, "Back")
	w.delete(t, "/applications/"+id).want(t, http.StatusNoContent)
	restored, err := w.deletedItems().ByDirectoryObjectId(id).Restore().Post(t.Context(), nil)
	if err != nil || value(restored.GetId()) != id {
		t.Fatalf("restoring: %v", refusalOrSelf(err))
	}
	w.get(t, "/applications/"+id).want(t, http.StatusOK)
	wantRefused(t, w.get(t, "/directory/deletedItems/"+id).err(), http.StatusNotFound, requestResourceNotFound, resourceMissing)
}

func TestPurge(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	session := w.register(t, "Purged")
	w.delete(t, "/applications/"+session.objectID).want(t, http.StatusNoContent)
	if err := w.deletedItems().ByDirectoryObjectId(session.objectID).Delete(t.Context(), nil); err != nil {
		t.Fatal(refusalOrSelf(err))
	}
	deleted := "/directory/deletedItems/" + session.objectID
	wantRefused(t, w.get(t, deleted).err(), http.StatusNotFound, requestResourceNotFound, resourceMissing)
	wantRefused(t, w.post(t, deleted+"/restore", nil).err(), http.StatusNotFound, requestResourceNotFound, resourceMissing)
	wantRefused(t, w.delete(t, deleted).err(), http.StatusNotFound, requestResourceNotFound, resourceMissing)
	w.get(t, "/directory/deletedItems/"+session.principalID).want(t, http.StatusOK)
}

func TestRestoreRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	restore := func(id string) func(t *testing.T) error {
		return once(func(t *testing.T) answer { return w.post(t, "/directory/deletedItems/"+id+"/restore", nil) })
	}
	orphan := w.register(t, "Orphan")
	w.delete(t, "/applications/"+orphan.objectID).want(t, http.StatusNoContent)
	twice := w.register(t, "Twice")
	w.delete(t, "/servicePrincipals/"+twice.principalID).want(t, http.StatusNoContent)
	w.newServicePrincipal(t, twice.appID)
	active := w.register(t, "Active")
	check(t, []refused{
		{"facts3/service principal without its application", restore(orphan.principalID), 400, requestBadRequest,
			"Cannot restore ServicePrincipal without backing Application " + orphan.appID + "…"},
		{"facts3/service principal name in use", restore(twice.principalID), 409, requestMultipleObjects, "The service principal cannot be created, updated, or restored because the service principal name … is already in use."},
		{"facts3/absent object restored", restore(absent), 404, requestResourceNotFound, resourceMissing},
		{"facts3/object that is not deleted restored", restore(active.objectID), 404, requestResourceNotFound, resourceMissing},
		{"facts3/object that is not deleted purged", once(func(t *testing.T) answer {
			return w.delete(t, "/directory/deletedItems/"+active.objectID)
		}), 404, requestResourceNotFound, resourceMissing},
		{"facts3/deleted application changed", once(func(t *testing.T) answer {
			return w.patch(t, "/applications/"+orphan.objectID, object{"notes": "x"})
		}), 404, requestResourceNotFound, resourceMissing},
	})
}

// TestIdentifierURIsAreNeverShared deletes the holder of an identifier URI. Whether another application may then take
// it is reported both ways; that both end up active is not.
func TestIdentifierURIsAreNeverShared(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	uri := "api://" + w.tenantID + "/shared"
	body := object{"displayName": "Holder", "identifierUris": list{uri}}
	id := w.post(t, "/applications", body).want(t, http.StatusCreated).text("id")
	w.delete(t, "/applications/"+id).want(t, http.StatusNoContent)
	taken, restored := w.post(t, "/applications", body), w.post(t, "/directory/deletedItems/"+id+"/restore", nil)
	if (taken.status == http.StatusCreated) == (restored.status == http.StatusOK) {
		t.Errorf("taking the URI answers %d and restoring its holder %d: want exactly one to succeed", taken.status, restored.status)
	}
}

// TestAssignmentsSurviveTheResource deletes an API and brings it back.
func TestAssignmentsSurviveTheResource(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	roleID := "3b0a5d0e-6a58-4a5b-9a57-2f7a8f0b6c11"
	api := w.newResource(t, object{"displayName": "API", "appRoles": list{role(roleID, "Do.All")}})
	session := w.register(t, "Client")
	w.consent(t, session.principalID, api.principalID, roleID)
	w.delete(t, "/servicePrincipals/"+api.principalID).want(t, http.StatusNoContent)
	w.post(t, "/directory/deletedItems/"+api.principalID+"/restore", nil).want(t, http.StatusOK)
	if held := w.get(t, "/servicePrincipals/"+session.principalID+"/appRoleAssignments").want(t, http.StatusOK).items(); len(held) != 1 {
		t.Errorf("%d assignments after the restore, want 1", len(held))
	}
}
