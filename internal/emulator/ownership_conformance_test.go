package emulator_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/microsoftgraph/msgraph-sdk-go/applications"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/serviceprincipalswithappid"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
)

func TestCreatorOwnsWhatItCreates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.caller(t, "creator", "Application.ReadWrite.OwnedBy")
	app := c.post(t, "/applications", object{"displayName": "Mine"}).want(t, http.StatusCreated)
	id := app.text("id")
	principal := c.post(t, "/servicePrincipals", object{"appId": app.text("appId")}).want(t, http.StatusCreated).text("id")
	for _, path := range []string{"/applications/" + id, "/servicePrincipals/" + principal} {
		owners := w.get(t, path+"/owners").want(t, http.StatusOK).items()
		if !slices.ContainsFunc(owners, func(one object) bool { return one["id"] == c.identity.ObjectID }) {
			t.Errorf("%s is not owned by its creator", path)
		}
	}
	c.patch(t, "/applications/"+id, object{"notes": "mine"}).want(t, http.StatusNoContent)
	c.patch(t, "/servicePrincipals/"+principal, object{"notes": "mine"}).want(t, http.StatusNoContent)

	added := c.post(t, "/applications/"+id+"/addPassword", object{"passwordCredential": object{}}).want(t, http.StatusOK)
	c.post(t, "/applications/"+id+"/removePassword", object{"keyId": added.text("keyId")}).want(t, http.StatusNoContent)
	second := w.newUser(t, "second")
	err := c.post(t, "/applications/"+id+"/owners/$ref", w.reference(second)).err() // owning does not suffice for this
	wantRefused(t, err, http.StatusForbidden, authorizationRequestDenied, insufficientPrivileges)

	w.post(t, "/applications/"+id+"/owners/$ref", w.reference(second)).want(t, http.StatusNoContent)
	w.delete(t, "/applications/"+id+"/owners/"+c.identity.ObjectID+"/$ref").want(t, http.StatusNoContent)
	err = c.patch(t, "/applications/"+id, object{"notes": "no longer mine"}).err()
	wantRefused(t, err, http.StatusForbidden, authorizationRequestDenied, insufficientPrivileges)
}

// TestUpsertedApplicationIsOwned uses the upsert, which creates like a POST.
func TestUpsertedApplicationIsOwned(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.caller(t, "creator", "Application.ReadWrite.OwnedBy")
	path := "/applications(uniqueName='owned')"
	app := c.patch(t, path, object{"displayName": "Mine"}, "Prefer", "create-if-missing").want(t, http.StatusCreated)
	c.patch(t, path, object{"displayName": "Mine"}, "Prefer", "create-if-missing").want(t, http.StatusNoContent)
	other := w.caller(t, "other", "Application.ReadWrite.OwnedBy")
	err := other.patch(t, path, object{"displayName": "Not mine"}, "Prefer", "create-if-missing").err()
	wantRefused(t, err, http.StatusForbidden, authorizationRequestDenied, insufficientPrivileges)
	c.delete(t, "/applications/"+app.text("id")).want(t, http.StatusNoContent)
}

func TestOwnedByRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.caller(t, "owner", "Application.ReadWrite.OwnedBy")
	graph, foreign := w.principalOf(t, microsoftGraphAppID), w.register(t, "Foreign")
	keyID, _ := w.addSecret(t, foreign.objectID)
	principalOnly, applicationOnly := w.register(t, "Principal only"), w.register(t, "Application only")
	w.own(t, "/servicePrincipals/"+principalOnly.principalID, c)
	w.own(t, "/applications/"+applicationOnly.objectID, c)
	both := w.owned(t, c)
	foreignID, foreignAppID := w.newApplication(t, "Foreign without service principal")
	deleted := w.register(t, "Deleted")
	w.delete(t, "/applications/"+deleted.objectID).want(t, http.StatusNoContent)
	app, principal := "/applications/"+foreign.objectID, "/servicePrincipals/"

	denied := func(name string, send func(t *testing.T) answer) refused {
		return refused{"facts1/" + name, once(send), 403, authorizationRequestDenied, insufficientPrivileges}
	}
	check(t, []refused{
		{"facts1/foreign application changed", func(t *testing.T) error {
			body := models.NewApplication()
			body.SetNotes(ptr("x"))
			_, err := c.applications().ByApplicationId(foreign.objectID).Patch(t.Context(), body, nil)
			return err
		}, 403, authorizationRequestDenied, insufficientPrivileges},
		{"facts1/secret added to a foreign application", func(t *testing.T) error {
			body := applications.NewItemAddPasswordPostRequestBody()
			body.SetPasswordCredential(models.NewPasswordCredential())
			_, err := c.applications().ByApplicationId(foreign.objectID).AddPassword().Post(t.Context(), body, nil)
			return err
		}, 403, authorizationRequestDenied, insufficientPrivileges},
		denied("secret removed from a foreign application", func(t *testing.T) answer {
			return c.post(t, app+"/removePassword", object{"keyId": keyID})
		}),
		denied("foreign application deleted", func(t *testing.T) answer { return c.delete(t, app) }),
		denied("owner added to a foreign application", func(t *testing.T) answer {
			return c.post(t, app+"/owners/$ref", w.reference(c.identity.ObjectID))
		}),
		denied("extension defined on a foreign application", func(t *testing.T) answer {
			return c.post(t, app+"/extensionProperties", extension("x", "String", false))
		}),
		denied("service principal changed, application not owned", func(t *testing.T) answer {
			return c.patch(t, principal+principalOnly.principalID, object{"notes": "x"})
		}),
		denied("service principal changed, itself not owned", func(t *testing.T) answer {
			return c.patch(t, principal+applicationOnly.principalID, object{"notes": "x"})
		}),
		denied("foreign service principal deleted", func(t *testing.T) answer { return c.delete(t, principal+foreign.principalID) }),
		denied("foreign application restored", func(t *testing.T) answer {
			return c.post(t, "/directory/deletedItems/"+deleted.objectID+"/restore", nil)
		}),
		denied("foreign application purged", func(t *testing.T) answer { return c.delete(t, "/directory/deletedItems/"+deleted.objectID) }),
		denied("consent to its own application", func(t *testing.T) answer {
			return c.post(t, principal+graph+"/appRoleAssignedTo", assignment(both.principalID, graph, applicationReadAll))
		}),
		denied("delegated grant to its own application", func(t *testing.T) answer {
			return c.post(t, "/oauth2PermissionGrants", grant(both.principalID, graph, "User.Read"))
		}),
		denied("directory role for its own application", func(t *testing.T) answer {
			return c.post(t, roleAssignmentsPath, directoryRole(both.principalID, globalReaderRole))
		}),
		{"facts4/service principal of an application not owned", once(func(t *testing.T) answer {
			return c.post(t, "/servicePrincipals", object{"appId": foreignAppID})
		}), 403, authorizationRequestDenied, insufficientPrivileges},
	})
	w.get(t, "/applications/"+foreignID).want(t, http.StatusOK)
}

// TestOwnedByCannotAddForeignServicePrincipals: only Application.ReadWrite.All adds what is not of this tenant.
func TestOwnedByCannotAddForeignServicePrincipals(t *testing.T) {
	t.Parallel()
	w := newWorldOn(t, server(), emulator.TenantOptions{WithoutExchange: true})
	c := w.caller(t, "owner", "Application.ReadWrite.OwnedBy")
	const notLocal = "When using this permission, the backing application of the service principal being created must in the local tenant…"
	check(t, []refused{
		{"facts4/absent application under OwnedBy", once(func(t *testing.T) answer {
			return c.post(t, "/servicePrincipals", object{"appId": absent})
		}), 403, authorizationRequestDenied, notLocal},
		{"facts4/application of Microsoft under OwnedBy", func(t *testing.T) error {
			_, err := c.servicePrincipalByAppID(exchangeOnlineAppID).Patch(t.Context(), models.NewServicePrincipal(),
				&serviceprincipalswithappid.ServicePrincipalsWithAppIdRequestBuilderPatchRequestConfiguration{Headers: createIfMissing()})
			return err
		}, 403, authorizationRequestDenied, notLocal},
	})
}

// TestConsentIsUnlimited: whoever may assign app roles may assign itself every one.
func TestConsentIsUnlimited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.caller(t, "ambitious", "AppRoleAssignment.ReadWrite.All", "Application.Read.All")
	graph := w.principalOf(t, microsoftGraphAppID)
	c.get(t, "/domains").want(t, http.StatusForbidden)
	c.post(t, "/servicePrincipals/"+graph+"/appRoleAssignedTo", assignment(c.identity.ObjectID, graph, domainReadAll)).want(t, http.StatusCreated)
	c.refreshToken(t)
	c.get(t, "/domains").want(t, http.StatusOK)
}
