package emulator_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/microsoftgraph/msgraph-sdk-go/applications"
	"github.com/microsoftgraph/msgraph-sdk-go/applicationswithappid"
	"github.com/microsoftgraph/msgraph-sdk-go/applicationswithuniquename"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
)

const uniqueNameTaken = "Another object with the same value for property uniqueName already exists."

func TestApplicationLifecycle(t *testing.T) {
	t.Parallel()
	w := newWorld(t)

	created := w.post(t, "/applications", object{"displayName": "Sessions"}).want(t, http.StatusCreated)
	id, appID := created.text("id"), created.text("appId")
	if uuid.Validate(id) != nil || uuid.Validate(appID) != nil || id == appID {
		t.Errorf("id %q and appId %q: want two GUIDs", id, appID)
	}
	if created.text("createdDateTime") == "" || created.text("publisherDomain") != w.tenant.Domain() {
		t.Errorf("createdDateTime %q, publisherDomain %q", created.text("createdDateTime"), created.text("publisherDomain"))
	}
	if name, present := created.body["uniqueName"]; name != nil || !present {
		t.Errorf("uniqueName is %v, want null", name)
	}
	for _, collection := range []string{"appRoles", "identifierUris", "keyCredentials", "passwordCredentials", "requiredResourceAccess", "tags"} {
		if members, ok := created.body[collection].([]any); !ok || len(members) > 0 {
			t.Errorf("%s is %v, want an empty collection", collection, created.body[collection])
		}
	}

	w.patch(t, "/applications/"+id, object{"notes": "first", "tags": list{"a", "b"}}).want(t, http.StatusNoContent)
	w.patch(t, "/applications(appId='"+appID+"')", object{"tags": list{"c"}}).want(t, http.StatusNoContent)
	read := w.get(t, "/applications/"+id).want(t, http.StatusOK)
	if read.text("displayName") != "Sessions" || read.text("notes") != "first" {
		t.Errorf("a PATCH changed what it left out: %q, %q", read.text("displayName"), read.text("notes"))
	}
	if got := fmt.Sprint(read.body["tags"]); got != "[c]" {
		t.Errorf("tags %s, want the collection replaced whole", got)
	}

	w.delete(t, "/applications/"+id).want(t, http.StatusNoContent)
	for _, path := range []string{"/applications/" + id, "/applications(appId='" + appID + "')"} {
		wantRefused(t, w.get(t, path).err(), http.StatusNotFound, requestResourceNotFound, resourceMissing)
	}
}

func TestApplicationReads(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, appID := w.newApplication(t, "Contoso Sessions")
	w.newApplication(t, "Something else")
	patched := models.NewApplication()
	patched.SetUniqueName(ptr("contoso-sessions"))
	if _, err := w.applications().ByApplicationId(id).Patch(t.Context(), patched, nil); err != nil {
		t.Fatal(refusalOrSelf(err))
	}

	byID, errByID := w.applications().ByApplicationId(id).Get(t.Context(), nil)
	byAppID, errByAppID := w.applicationByAppID(appID).Get(t.Context(), nil)
	byName, errByName := w.applicationByUniqueName("contoso-sessions").Get(t.Context(), nil)
	for key, err := range map[string]error{"id": errByID, "appId": errByAppID, "uniqueName": errByName} {
		if err != nil {
			t.Fatalf("reading by %s: %v", key, refusalOrSelf(err))
		}
	}
	for key, found := range map[string]models.Applicationable{"id": byID, "appId": byAppID, "uniqueName": byName} {
		if value(found.GetId()) != id || value(found.GetAppId()) != appID || value(found.GetUniqueName()) != "contoso-sessions" {
			t.Errorf("by %s: %s, %s, %s", key, value(found.GetId()), value(found.GetAppId()), value(found.GetUniqueName()))
		}
	}

	for _, filter := range []string{
		"appId eq '" + appID + "'", "displayName eq 'Contoso Sessions'", "startswith(displayName,'Contoso S')",
	} {
		query := &applications.ApplicationsRequestBuilderGetQueryParameters{Filter: &filter, Select: []string{"id", "appId"}}
		page, err := w.applications().Get(t.Context(), &applications.ApplicationsRequestBuilderGetRequestConfiguration{QueryParameters: query})
		if err != nil {
			t.Errorf("%s: %v", filter, refusalOrSelf(err))
			continue
		}
		found := page.GetValue()
		if len(found) != 1 || value(found[0].GetId()) != id {
			t.Errorf("%s finds %d applications", filter, len(found))
		} else if found[0].GetDisplayName() != nil {
			t.Errorf("%s: displayName comes back although $select leaves it out", filter)
		}
	}

	query := &applicationswithappid.ApplicationsWithAppIdRequestBuilderGetQueryParameters{Select: []string{"tags"}}
	selected, err := w.applicationByAppID(appID).Get(t.Context(),
		&applicationswithappid.ApplicationsWithAppIdRequestBuilderGetRequestConfiguration{QueryParameters: query})
	if err != nil {
		t.Fatal(refusalOrSelf(err))
	}
	if selected.GetAppId() != nil || selected.GetTags() == nil {
		t.Error("$select=tags must bring tags and nothing else")
	}
}

func TestApplicationUpsert(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := "/applications(uniqueName='upserted')"

	created := w.patch(t, path, object{"displayName": "First"}, "Prefer", "create-if-missing").want(t, http.StatusCreated)
	if created.text("uniqueName") != "upserted" || created.text("appId") == "" {
		t.Errorf("created as uniqueName %q, appId %q", created.text("uniqueName"), created.text("appId"))
	}
	w.patch(t, path, object{"displayName": "Second"}, "Prefer", "create-if-missing").want(t, http.StatusNoContent)

	body := models.NewApplication()
	body.SetDisplayName(ptr("Third"))
	updated, err := w.applicationByUniqueName("upserted").Patch(t.Context(), body,
		&applicationswithuniquename.ApplicationsWithUniqueNameRequestBuilderPatchRequestConfiguration{Headers: createIfMissing()})
	if err != nil || updated != nil {
		t.Fatalf("an upsert of what exists answers %v, %v; want an empty 204", updated, err)
	}
	read := w.get(t, path).want(t, http.StatusOK)
	if read.text("id") != created.text("id") || read.text("displayName") != "Third" {
		t.Errorf("after the upserts: id %q, displayName %q", read.text("id"), read.text("displayName"))
	}

	other, err := w.applicationByUniqueName("by-sdk").Patch(t.Context(), body,
		&applicationswithuniquename.ApplicationsWithUniqueNameRequestBuilderPatchRequestConfiguration{Headers: createIfMissing()})
	if err != nil || value(other.GetUniqueName()) != "by-sdk" {
		t.Fatalf("an upsert of what is missing through the SDK: %v", refusalOrSelf(err))
	}
}

func TestUniqueNameIsHeldWhileDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := "/applications(uniqueName='held')"
	upsert := func() answer {
		return w.patch(t, path, object{"displayName": "Held"}, "Prefer", "create-if-missing")
	}
	id := upsert().want(t, http.StatusCreated).text("id")
	w.delete(t, "/applications/"+id).want(t, http.StatusNoContent)

	wantRefused(t, w.get(t, path).err(), http.StatusNotFound, requestResourceNotFound, resourceMissing)
	wantRefused(t, upsert().err(), http.StatusBadRequest, requestBadRequest, uniqueNameTaken)

	w.post(t, "/directory/deletedItems/"+id+"/restore", nil).want(t, http.StatusOK)
	upsert().want(t, http.StatusNoContent)

	w.delete(t, "/applications/"+id).want(t, http.StatusNoContent)
	w.delete(t, "/directory/deletedItems/"+id).want(t, http.StatusNoContent)
	if again := upsert().want(t, http.StatusCreated).text("id"); again == id {
		t.Error("the purged application is back under the same id")
	}
}

func TestApplicationRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, _ := w.newApplication(t, "Subject")
	w.patch(t, "/applications/"+id, object{"uniqueName": "subject"}).want(t, http.StatusNoContent)
	other, _ := w.newApplication(t, "Other")
	patch := func(body any) func(t *testing.T) error {
		return once(func(t *testing.T) answer { return w.patch(t, "/applications/"+id, body) })
	}
	create := func(body any) func(t *testing.T) error {
		return once(func(t *testing.T) answer { return w.post(t, "/applications", body) })
	}
	missingID, missing := fmt.Sprintf(resourceDoesNotExist, absent), "/applications/"+absent
	check(t, []refused{
		{"facts2/displayName missing", create(object{"notes": "x"}), 400, requestBadRequest, ""},
		{"facts2/displayName empty", create(object{"displayName": ""}), 400, requestBadRequest, ""},
		{"facts2/displayName null", patch(object{"displayName": nil}), 400, requestBadRequest, ""},
		{"facts2/unknown property", create(object{"displayName": "x", "colour": "red"}), 400, requestBadRequest, ""},
		{"facts2/unknown property in PATCH", patch(object{"colour": "red"}), 400, requestBadRequest, ""},
		{"facts2/unknown nested property", patch(object{"web": object{"colour": "red"}}), 400, requestBadRequest, ""},
		{"facts2/string for a boolean", patch(object{"isFallbackPublicClient": "yes"}), 400, requestBadRequest, ""},
		{"facts2/string for a collection", patch(object{"tags": "x"}), 400, requestBadRequest, ""},
		{"facts2/number for a string", patch(object{"displayName": 7}), 400, requestBadRequest, ""},
		{"facts2/not JSON", patch(`{"displayName":`), 400, badRequest, ""},
		{"facts2/signInAudience unknown", patch(object{"signInAudience": "Everyone"}), 400, requestBadRequest, ""},
		{"facts2/id is read-only", patch(object{"id": absent}), 400, requestBadRequest, ""},
		{"facts2/appId is read-only", patch(object{"appId": absent}), 400, requestBadRequest, ""},
		{"facts2/createdDateTime is read-only", patch(object{"createdDateTime": "2020-01-01T00:00:00Z"}), 400, requestBadRequest, ""},
		{"facts2/publisherDomain is read-only", patch(object{"publisherDomain": "example.com"}), 400, requestBadRequest, ""},
		{"facts2/passwordCredentials in a PATCH", patch(object{"passwordCredentials": list{object{"displayName": "x"}}}), 400, requestBadRequest, ""},
		{"facts2/uniqueName changed", patch(object{"uniqueName": "renamed"}), 400, requestBadRequest, ""},
		{"facts2/uniqueName taken", func(t *testing.T) error {
			body := models.NewApplication()
			body.SetUniqueName(ptr("subject"))
			_, err := w.applications().ByApplicationId(other).Patch(t.Context(), body, nil)
			return err
		}, 400, requestBadRequest, uniqueNameTaken},
		{"facts2/upsert without displayName", once(func(t *testing.T) answer {
			return w.patch(t, "/applications(uniqueName='nameless')", object{"notes": "x"}, "Prefer", "create-if-missing")
		}), 400, requestBadRequest, ""},
		{"facts2/upsert with another uniqueName in the body", once(func(t *testing.T) answer {
			return w.patch(t, "/applications(uniqueName='one')", object{"displayName": "x", "uniqueName": "two"}, "Prefer", "create-if-missing")
		}), 400, requestBadRequest, ""},
		{"facts2/PATCH by uniqueName without Prefer", func(t *testing.T) error {
			body := models.NewApplication()
			body.SetDisplayName(ptr("x"))
			_, err := w.applicationByUniqueName("missing").Patch(t.Context(), body, nil)
			return err
		}, 404, requestResourceNotFound, resourceMissing},
		{"facts11/GET of an absent id", func(t *testing.T) error {
			_, err := w.applications().ByApplicationId(absent).Get(t.Context(), nil)
			return err
		}, 404, requestResourceNotFound, missingID},
		{"facts11/PATCH of an absent id", once(func(t *testing.T) answer {
			return w.patch(t, missing, object{"notes": "x"})
		}), 404, requestResourceNotFound, missingID},
		{"facts11/DELETE of an absent id", func(t *testing.T) error {
			return w.applications().ByApplicationId(absent).Delete(t.Context(), nil)
		}, 404, requestResourceNotFound, missingID},
		{"facts11/GET of an absent appId", func(t *testing.T) error {
			_, err := w.applicationByAppID(absent).Get(t.Context(), nil)
			return err
		}, 404, requestResourceNotFound, resourceMissing},
	})
}

func TestOwners(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, _ := w.newApplication(t, "Owned")
	user, second := w.newUser(t, "owner"), w.newUser(t, "second")
	owners := w.applications().ByApplicationId(id).Owners()
	listOwners := func() []string {
		t.Helper()
		var ids []string
		for _, owner := range w.get(t, "/applications/"+id+"/owners").want(t, http.StatusOK).items() {
			ids = append(ids, str(owner["id"]))
		}
		return ids
	}
	reference := models.NewReferenceCreate()
	reference.SetOdataId(ptr(w.server.URL() + "/v1.0/directoryObjects/" + user))
	if err := owners.Ref().Post(t.Context(), reference, nil); err != nil {
		t.Fatalf("adding an owner: %v", refusalOrSelf(err))
	}
	w.post(t, "/applications/"+id+"/owners/$ref", w.reference(second)).want(t, http.StatusNoContent)
	if got := listOwners(); !slices.Contains(got, user) || !slices.Contains(got, second) {
		t.Errorf("owners %v, want %s and %s among them", got, user, second)
	}
	if err := owners.ByDirectoryObjectId(user).Ref().Delete(t.Context(), nil); err != nil {
		t.Fatalf("removing an owner: %v", refusalOrSelf(err))
	}
	if got := listOwners(); slices.Contains(got, user) {
		t.Errorf("owners %v, want %s gone", got, user)
	}

	bound := w.post(t, "/applications", object{"displayName": "Bound", "owners@odata.bind": list{
		w.reference(user)["@odata.id"], w.reference(second)["@odata.id"],
	}}).want(t, http.StatusCreated).text("id")
	if found := w.get(t, "/applications/"+bound+"/owners").want(t, http.StatusOK).items(); len(found) < 2 {
		t.Errorf("%d owners, want those bound at creation", len(found))
	}
	many := list{}
	for i := range 21 {
		many = append(many, w.reference(w.newUser(t, fmt.Sprintf("bound%d", i)))["@odata.id"])
	}
	check(t, []refused{
		{"facts2/owner twice", once(func(t *testing.T) answer {
			return w.post(t, "/applications/"+id+"/owners/$ref", w.reference(second))
		}), 400, requestBadRequest, "One or more added object references already exist for the following modified properties: 'owners'."},
		{"facts2/absent owner removed", func(t *testing.T) error {
			return owners.ByDirectoryObjectId(user).Ref().Delete(t.Context(), nil)
		}, 400, requestBadRequest, "One or more removed object references do not exist…"},
		{"facts2/owner that does not exist", once(func(t *testing.T) answer {
			return w.post(t, "/applications/"+id+"/owners/$ref", w.reference(absent))
		}), 404, requestResourceNotFound, fmt.Sprintf(resourceDoesNotExist, absent)},
		{"facts2/group for an owner", once(func(t *testing.T) answer {
			return w.post(t, "/applications/"+id+"/owners/$ref", w.reference(w.newGroup(t, "owners", false)))
		}), 400, requestBadRequest, ""},
		{"facts2/owner that is no reference", once(func(t *testing.T) answer {
			return w.post(t, "/applications/"+id+"/owners/$ref", object{"@odata.id": user})
		}), 400, requestBadRequest, ""},
		{"facts2/more than 20 owners bound", once(func(t *testing.T) answer {
			return w.post(t, "/applications", object{"displayName": "Many", "owners@odata.bind": many})
		}), 400, requestBadRequest, ""},
	})
}
