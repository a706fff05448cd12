package emulator_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/conditions"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
)

// delay is how late the tests' replicas are.
const delay = 10 * time.Second

// late are replicas that all lag for a purpose, and for no other.
func late(purpose directory.Purpose) conditions.Conditions {
	return conditions.Conditions{Lags: []conditions.Lag{{Purpose: purpose, Delay: delay, Probability: 1}}}
}

// afterDelay waits until everything has arrived.
func afterDelay() { time.Sleep(delay) }

// wantLate wants a status until the delay is over, and another one afterwards.
func wantLate(t *testing.T, request func() answer, before, after int) {
	t.Helper()
	time.Sleep(delay - time.Second)
	if got := request(); got.status != before {
		t.Errorf("too early: status %d, want %d: %v", got.status, before, got.err())
	}
	time.Sleep(time.Second)
	if got := request(); got.status != after {
		t.Errorf("when the delay is over: status %d, want %d: %v", got.status, after, got.err())
	}
}

func TestReadsLag(t *testing.T) {
	paths := func(app answer) []string {
		return []string{"/applications/" + app.text("id"), "/applications(appId='" + app.text("appId") + "')",
			"/applications(uniqueName='late')", "/directoryObjects/" + app.text("id"), "/applications/" + app.text("id") + "/owners"}
	}
	inBubble(t, func(t *testing.T, w *world) {
		w.under(t, late(directory.Read))
		app := w.patch(t, "/applications(uniqueName='late')", object{"displayName": "Late"}, "Prefer", "create-if-missing").
			want(t, http.StatusCreated)
		for _, path := range paths(app) {
			wantRefused(t, w.get(t, path).err(), 404, requestResourceNotFound, resourceMissing)
		}
		if got := w.get(t, "/applications").want(t, http.StatusOK).items(); len(got) < 2 {
			t.Error("lists lag as well")
		}
		afterDelay()
		for _, path := range paths(app) {
			w.get(t, path).want(t, http.StatusOK)
		}
	})
}

func TestListsLag(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.under(t, late(directory.List))
		id, appID := w.newApplication(t, "Late")
		w.get(t, "/applications/"+id).want(t, http.StatusOK)
		for _, path := range []string{"/applications?$filter=appId eq '" + appID + "'", "/applications/" + id + "/owners"} {
			owned := w.post(t, "/applications/"+id+"/owners/$ref", w.reference(w.newUser(t, "owner"+uuid.NewString()[:8])))
			owned.want(t, http.StatusNoContent)
			before := len(w.get(t, path).want(t, http.StatusOK).items())
			afterDelay()
			if after := len(w.get(t, path).want(t, http.StatusOK).items()); after <= before {
				t.Errorf("%s: %d before and %d after the delay", path, before, after)
			}
		}
	})
}

func TestChangesAndDeletionsLag(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		id, _ := w.newApplication(t, "Before")
		w.under(t, late(""))
		path := "/applications/" + id
		name := func() string { return w.get(t, path).want(t, http.StatusOK).text("displayName") }
		w.patch(t, path, object{"displayName": "After"}).want(t, http.StatusNoContent)
		if got := name(); got != "Before" {
			t.Errorf("too early: %s", got)
		}
		afterDelay()
		if got := name(); got != "After" {
			t.Errorf("after the delay: %s", got)
		}
		w.delete(t, path).want(t, http.StatusNoContent)
		// Whoever deletes again sees the object still, and no more.
		wantRefused(t, w.delete(t, path).err(), 404, requestResourceNotFound, resourceMissing)
		w.get(t, "/directory/deletedItems/"+id).want(t, http.StatusNotFound)
		if got := w.get(t, "/directory/deletedItems/microsoft.graph.application").want(t, http.StatusOK); len(got.items()) != 0 {
			t.Error("listed as deleted too early")
		}
		wantRefused(t, w.post(t, "/directory/deletedItems/"+id+"/restore", nil).err(), 404, requestResourceNotFound, resourceMissing)
		wantLate(t, func() answer { return w.get(t, path) }, http.StatusOK, http.StatusNotFound)
		if got := w.get(t, "/directory/deletedItems/microsoft.graph.application").want(t, http.StatusOK); len(got.items()) != 1 {
			t.Error("not listed as deleted")
		}
		w.delete(t, "/directory/deletedItems/"+id).want(t, http.StatusNoContent)
		wantLate(t, func() answer { return w.get(t, "/directory/deletedItems/"+id) }, http.StatusOK, http.StatusNotFound)
	})
}

func TestTargetsLag(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		api := w.register(t, "Resource")
		user := w.newUser(t, "owner")
		w.under(t, late(directory.Target))
		new := w.register(t, "Late")
		grant := w.post(t, "/oauth2PermissionGrants", object{"clientId": new.principalID, "consentType": "AllPrincipals",
			"resourceId": api.principalID, "scope": "x"}).want(t, http.StatusCreated).text("id")
		role := w.post(t, "/roleManagement/directory/roleAssignments", object{"principalId": new.principalID,
			"roleDefinitionId": globalReaderRole, "directoryScopeId": "/"}).want(t, http.StatusCreated).text("id")
		held := w.consent(t, new.principalID, api.principalID, "00000000-0000-0000-0000-000000000000")
		for name, request := range map[string]func() answer{
			"addPassword": func() answer { return w.post(t, "/applications/"+new.objectID+"/addPassword", object{}) },
			"patch":       func() answer { return w.patch(t, "/applications/"+new.objectID, object{"notes": "x"}) },
			"by appId":    func() answer { return w.patch(t, "/applications(appId='"+new.appID+"')", object{"notes": "x"}) },
			"owner": func() answer {
				return w.post(t, "/applications/"+new.objectID+"/owners/$ref", w.reference(user))
			},
			"extension": func() answer {
				return w.post(t, "/applications/"+new.objectID+"/extensionProperties",
					object{"name": "x", "dataType": "String", "targetObjects": list{"Application"}})
			},
			"principal":      func() answer { return w.patch(t, "/servicePrincipals/"+new.principalID, object{"notes": "x"}) },
			"patch grant":    func() answer { return w.patch(t, "/oauth2PermissionGrants/"+grant, object{"scope": "y"}) },
			"delete role":    func() answer { return w.delete(t, "/roleManagement/directory/roleAssignments/"+role) },
			"delete consent": func() answer { return w.delete(t, "/servicePrincipals/"+api.principalID+"/appRoleAssignedTo/"+held) },
		} {
			if got := request(); got.status != http.StatusNotFound || got.text("error", "code") != requestResourceNotFound {
				t.Errorf("%s: %v", name, got.err())
			}
		}
		wantLate(t, func() answer { return w.post(t, "/applications/"+new.objectID+"/addPassword", object{}) },
			http.StatusNotFound, http.StatusOK)
		w.delete(t, "/servicePrincipals/"+api.principalID+"/appRoleAssignedTo/"+held).want(t, http.StatusNoContent)
	})
}

// A write that reached its target works on the present state, so that a client that writes a stale array back removes
// what somebody else has added in the meantime.
func TestStaleReadsWipeForeignKeys(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		id, _ := w.newApplication(t, "Shared")
		w.under(t, late(directory.Read))
		keys := "/applications/" + id + "?$select=keyCredentials"
		if status, _, err := w.tenant.Do(http.MethodPatch, "/applications/"+id, object{"keyCredentials": list{
			keyCredential(newCertificate(t, firstKey(), time.Hour), "foreign")}}); err != nil || status != http.StatusNoContent {
			t.Fatal(status, err)
		}
		stale := objects(w.get(t, keys).want(t, http.StatusOK).body["keyCredentials"])
		if len(stale) != 0 {
			t.Fatal("the read is not stale")
		}
		w.patch(t, "/applications/"+id, object{"keyCredentials": list{
			keyCredential(newCertificate(t, secondKey(), time.Hour), "own")}}).want(t, http.StatusNoContent)
		afterDelay()
		left := objects(w.get(t, keys).want(t, http.StatusOK).body["keyCredentials"])
		if len(left) != 1 || left[0]["displayName"] != "own" {
			t.Errorf("left are %v", left)
		}
	})
}

func TestUniquenessDoesNotLag(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		old := w.register(t, "Old")
		api := w.register(t, "Resource")
		w.under(t, late(""))
		upsert := func() answer {
			return w.patch(t, "/applications(uniqueName='taken')", object{"displayName": "Taken"}, "Prefer", "create-if-missing")
		}
		created := upsert().want(t, http.StatusCreated)
		w.get(t, "/applications(uniqueName='taken')").want(t, http.StatusNotFound)
		wantRefused(t, upsert().err(), 400, requestBadRequest, "Another object with the same value for property uniqueName already exists.")
		grant := object{"clientId": old.principalID, "consentType": "AllPrincipals", "resourceId": api.principalID, "scope": "x"}
		w.post(t, "/oauth2PermissionGrants", grant).want(t, http.StatusCreated)
		wantRefused(t, w.post(t, "/oauth2PermissionGrants", grant).err(), 409, requestMultipleObjects, "Permission entry already exists.")
		afterDelay()
		upsert().want(t, http.StatusNoContent)
		principal := object{"appId": created.text("appId")}
		w.post(t, "/servicePrincipals", principal).want(t, http.StatusCreated)
		wantRefused(t, w.post(t, "/servicePrincipals", principal).err(), 409, requestMultipleObjects, "")
	})
}

func TestReplicasFlap(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		run := func(seed uint64) string {
			w.under(t, conditions.Conditions{Seed: seed, Lags: []conditions.Lag{{Purpose: directory.Read, Delay: delay, Probability: 0.5}}})
			id, _ := w.newApplication(t, "Flapping")
			var seen strings.Builder
			for range 30 {
				fmt.Fprint(&seen, w.get(t, "/applications/"+id).status, " ")
			}
			for _, part := range responses(t, w.batch(t, part("1", "GET", "/applications/"+id), part("2", "GET", "/applications/"+id),
				part("3", "GET", "/applications/"+id), part("4", "GET", "/applications/"+id), part("5", "GET", "/applications/"+id))) {
				fmt.Fprint(&seen, part["status"], " ")
			}
			afterDelay()
			w.get(t, "/applications/"+id).want(t, http.StatusOK)
			return seen.String()
		}
		first := run(1)
		if !strings.Contains(first, "404") || !strings.Contains(first, "200") {
			t.Errorf("all alike: %s", first)
		}
		if strings.Count(run(1), "404") != strings.Count(first, "404") {
			t.Error("the same seed decides otherwise")
		}
		if run(2)[:100] == first[:100] {
			t.Error("another seed decides alike")
		}
	})
}

// Nothing lags for the portal's administrator, without lags, or when they have been taken back.
func TestNothingLags(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.under(t, late(""))
		id, _ := w.newApplication(t, "Late")
		if status, _, err := w.tenant.Do(http.MethodGet, "/applications/"+id, nil); err != nil || status != http.StatusOK {
			t.Errorf("the portal's administrator gets %d, %v", status, err)
		}
		w.get(t, "/applications/"+id).want(t, http.StatusNotFound)
		w.under(t, conditions.Conditions{})
		w.get(t, "/applications/"+id).want(t, http.StatusOK)
	})
}

// Writes that merge do so with the present, reads do not look where writes look, and sign-in gets what has arrived.
func TestLagsKeepToTheirPurpose(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		const policy = "/policies/defaultAppManagementPolicy"
		w.under(t, late(directory.Read))
		w.patch(t, policy, object{"isEnabled": true}).want(t, http.StatusNoContent)
		w.patch(t, policy, object{"description": "second"}).want(t, http.StatusNoContent)
		afterDelay()
		if got := w.get(t, policy).want(t, http.StatusOK); got.body["isEnabled"] != true || got.text("description") != "second" {
			t.Errorf("the second change undid the first: %v", got.body)
		}

		id, appID := w.newApplication(t, "Extended")
		w.post(t, "/servicePrincipals", object{"appId": appID}).want(t, http.StatusCreated)
		afterDelay()
		extension := w.post(t, "/applications/"+id+"/extensionProperties",
			object{"name": "x", "dataType": "String", "targetObjects": list{"Application"}}).want(t, http.StatusCreated)
		name := extension.text("name")
		w.patch(t, "/applications/"+id, object{name: "x"}).want(t, http.StatusNoContent)
		afterDelay()
		w.under(t, late(directory.Reference))
		w.delete(t, "/applications/"+id+"/extensionProperties/"+extension.text("id")).want(t, http.StatusNoContent)
		if got := w.get(t, "/applications/"+id+"?$select="+name).want(t, http.StatusOK); got.body[name] != nil {
			t.Error("the value shows without its definition")
		}
	})
}

func TestSignInGetsWhatHasArrived(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		roleID := uuid.NewString()
		api := w.newResource(t, object{"displayName": "Resource", "appRoles": list{role(roleID, "Do.It")}})
		self, err := w.tenant.Caller("client")
		if err != nil {
			t.Fatal(err)
		}
		w.consent(t, self.ObjectID, api.principalID, roleID)
		w.under(t, late(directory.Copy))
		disabled := with(role(roleID, "Do.It"), "isEnabled", false)
		w.patch(t, "/applications/"+api.objectID, object{"appRoles": list{disabled}}).want(t, http.StatusNoContent)
		w.patch(t, "/applications/"+api.objectID, object{"appRoles": list{role(roleID, "Do.More")}}).want(t, http.StatusNoContent)
		roles := func() string {
			token := tokenRequest(t, w.client, w.tenant.ID(), secretForm(self.ClientID, self.ClientSecret, api.appID+"/.default")).
				want(t, http.StatusOK).text("access_token")
			return strings.Join(texts(claimsOf(t, token)["roles"]), " ")
		}
		if got := roles(); got != "Do.It" {
			t.Errorf("too early: %s", got)
		}
		afterDelay()
		if got := roles(); got != "Do.More" {
			t.Errorf("after the delay: %s", got)
		}
	})
}
