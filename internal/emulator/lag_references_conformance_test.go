package emulator_test

import (
	"crypto/x509"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
	"github.com/google/uuid"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
)

// refusals sends a request many times and returns the different refusals, sorted.
func refusals(t *testing.T, request func() answer) []string {
	t.Helper()
	var seen []string
	for range 20 {
		got := request()
		text := fmt.Sprint(got.status, " ", got.text("error", "code"), " ", got.text("error", "message"))
		if !slices.Contains(seen, text) {
			seen = append(seen, text)
		}
	}
	slices.Sort(seen)
	return seen
}

// wantMisled wants exactly these refusals, and none when the delay is over.
func wantMisled(t *testing.T, request func() answer, want ...string) {
	t.Helper()
	slices.Sort(want)
	if got := refusals(t, request); !slices.Equal(got, want) {
		t.Errorf("refused with\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	afterDelay()
	if got := request(); got.status >= http.StatusBadRequest {
		t.Errorf("after the delay: %v", got.err())
	}
}

func TestReferencesLag(t *testing.T) {
	missing := func(status int, code, id string) string {
		return fmt.Sprint(status, " ", code, " ", fmt.Sprintf(resourceDoesNotExist, id))
	}
	for name, test := range map[string]func(t *testing.T, w *world, api, new registration){
		"app role assignment": func(t *testing.T, w *world, api, new registration) {
			wantMisled(t, func() answer {
				return w.post(t, "/servicePrincipals/"+api.principalID+"/appRoleAssignedTo",
					object{"principalId": new.principalID, "resourceId": api.principalID, "appRoleId": defaultRole})
			}, "400 Request_BadRequest "+notAValidReference, missing(404, requestResourceNotFound, new.principalID))
		},
		"delegated grant": func(t *testing.T, w *world, api, new registration) {
			wantMisled(t, func() answer {
				return w.post(t, "/oauth2PermissionGrants", object{"clientId": new.principalID, "consentType": "AllPrincipals",
					"resourceId": api.principalID, "scope": "x"})
			}, missing(404, requestResourceNotFound, new.principalID), missing(400, requestBadRequest, new.principalID))
		},
		"directory role": func(t *testing.T, w *world, _, new registration) {
			wantMisled(t, func() answer {
				return w.post(t, "/roleManagement/directory/roleAssignments", object{"principalId": new.principalID,
					"roleDefinitionId": globalReaderRole, "directoryScopeId": "/"})
			}, missing(404, requestResourceNotFound, new.principalID))
		},
		"owner": func(t *testing.T, w *world, api, new registration) {
			wantMisled(t, func() answer {
				return w.post(t, "/applications/"+api.objectID+"/owners/$ref", w.reference(new.principalID))
			}, missing(404, requestResourceNotFound, new.principalID))
		},
		"service principal": func(t *testing.T, w *world, _, _ registration) {
			_, appID := w.newApplication(t, "Unbacked")
			wantMisled(t, func() answer { return w.post(t, "/servicePrincipals", object{"appId": appID}) },
				"400 "+noBackingApplication+" The appId '"+appID+"' of the service principal does not reference a valid application object.",
				"403 Authorization_RequestDenied When using this permission, the backing application of the service principal being created must in the local tenant")
		},
		"extension": func(t *testing.T, w *world, api, _ registration) {
			extension := w.post(t, "/applications/"+api.objectID+"/extensionProperties",
				object{"name": "late", "dataType": "String", "targetObjects": list{"Application"}}).want(t, http.StatusCreated).text("name")
			wantMisled(t, func() answer { return w.patch(t, "/applications/"+api.objectID, object{extension: "x"}) },
				"400 Request_BadRequest The following extension properties are not available: "+extension+".")
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				api := w.register(t, "Resource")
				id, appID := w.newApplication(t, "Late")
				w.under(t, late(directory.Reference))
				new := registration{objectID: id, appID: appID, principalID: w.newServicePrincipal(t, appID)}
				test(t, w, api, new)
			})
		})
	}
}

// What does not exist at all is refused as ever.
func TestAbsentReferencesDoNotMislead(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		api := w.register(t, "Resource")
		w.under(t, late(""))
		for want, request := range map[string]func() answer{
			"400 Request_BadRequest " + notAValidReference: func() answer {
				return w.post(t, "/servicePrincipals/"+api.principalID+"/appRoleAssignedTo",
					object{"principalId": absent, "resourceId": api.principalID, "appRoleId": defaultRole})
			},
			"404 Request_ResourceNotFound " + fmt.Sprintf(resourceDoesNotExist, absent): func() answer {
				return w.post(t, "/oauth2PermissionGrants", object{"clientId": absent, "consentType": "AllPrincipals",
					"resourceId": api.principalID, "scope": "x"})
			},
			"400 " + noBackingApplication + " The appId '" + absent + "' of the service principal does not reference a valid application object.": func() answer {
				return w.post(t, "/servicePrincipals", object{"appId": absent})
			},
		} {
			if got := refusals(t, request); len(got) != 1 || got[0] != want {
				t.Errorf("got %v, want %s", got, want)
			}
		}
	})
}

func TestServicePrincipalsFollowLater(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		api, client := w.register(t, "Resource"), w.register(t, "Client")
		w.under(t, late(directory.Copy))
		roleID, scopeID := uuid.NewString(), uuid.NewString()
		w.patch(t, "/applications/"+api.objectID, object{"displayName": "Renamed", "tags": list{"tagged"},
			"appRoles": list{role(roleID, "Do.It")}, "api": object{"oauth2PermissionScopes": list{object{"id": scopeID, "value": "do",
				"type": "Admin", "isEnabled": true, "adminConsentDisplayName": "do", "adminConsentDescription": "do"}}}}).
			want(t, http.StatusNoContent)
		fresh := w.get(t, "/applications/"+api.objectID).want(t, http.StatusOK)
		if fresh.text("displayName") != "Renamed" {
			t.Errorf("the application lags as well: %v", fresh.body)
		}
		stale := w.get(t, "/servicePrincipals/"+api.principalID).want(t, http.StatusOK)
		if stale.text("displayName") != "Resource" || len(objects(stale.body["appRoles"])) != 0 || len(stale.body["tags"].([]any)) != 0 { //nolint:forcetypeassert // a panic fails the test as well
			t.Errorf("the service principal got the changes at once: %v", stale.body)
		}
		assign := func() answer {
			return w.post(t, "/servicePrincipals/"+api.principalID+"/appRoleAssignedTo",
				object{"principalId": client.principalID, "resourceId": api.principalID, "appRoleId": roleID})
		}
		wantMisled(t, assign, "400 Request_BadRequest "+permissionNotFoundOnResource)
		copied := w.get(t, "/servicePrincipals/"+api.principalID).want(t, http.StatusOK)
		if copied.text("displayName") != "Renamed" || len(objects(copied.body["appRoles"])) != 1 ||
			len(objects(copied.body["oauth2PermissionScopes"])) != 1 || !slices.Equal(texts(copied.body["tags"]), []string{"tagged"}) {
			t.Errorf("after the delay: %v", copied.body)
		}
	})
}

// A service principal that is made of an older state of its application catches up.
func TestNewServicePrincipalsCatchUp(t *testing.T) {
	for _, purpose := range []directory.Purpose{directory.Copy, directory.Reference, ""} {
		t.Run(string(purpose), func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				id, appID := w.newApplication(t, "Made")
				time.Sleep(time.Minute)
				w.under(t, late(purpose))
				w.patch(t, "/applications/"+id, object{"appRoles": list{role(uuid.NewString(), "Do.It")}}).want(t, http.StatusNoContent)
				created := w.post(t, "/servicePrincipals", object{"appId": appID}).want(t, http.StatusCreated)
				if got := objects(created.body["appRoles"]); len(got) != 0 {
					t.Errorf("made with %d roles", len(got))
				}
				time.Sleep(2 * delay)
				if got := objects(w.get(t, "/servicePrincipals/"+created.text("id")).want(t, http.StatusOK).body["appRoles"]); len(got) != 1 {
					t.Errorf("%d roles in the end", len(got))
				}
			})
		})
	}
}

func TestSignInLags(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		self := w.caller(t, "early", "Application.Read.All")
		w.under(t, late(directory.SignIn))
		signIn := func(clientID, secret string) func() string {
			return func() string {
				got := tokenRequest(t, w.client, w.tenant.ID(), secretForm(clientID, secret, graphScope))
				return strings.Join(texts(got.body["error_codes"]), " ")
			}
		}
		keyID, secret := w.addSecret(t, self.identity.ApplicationObjectID)
		unknown, err := w.tenant.Caller("late")
		if err != nil {
			t.Fatal(err)
		}
		for name, test := range map[string]struct {
			signIn func() string
			want   string
		}{
			"known secret":    {signIn(self.identity.ClientID, self.identity.ClientSecret), ""},
			"new secret":      {signIn(self.identity.ClientID, secret), "7000215"},
			"new application": {signIn(unknown.ClientID, unknown.ClientSecret), "700016"},
		} {
			if got := test.signIn(); got != test.want {
				t.Errorf("%s: %q, want %q", name, got, test.want)
			}
		}
		afterDelay()
		if got := signIn(self.identity.ClientID, secret)(); got != "" {
			t.Errorf("after the delay: %s", got)
		}
		w.post(t, "/applications/"+self.identity.ApplicationObjectID+"/removePassword", object{"keyId": keyID}).want(t, http.StatusNoContent)
		if got := signIn(self.identity.ClientID, secret)(); got != "" {
			t.Errorf("a secret that was just removed: %s", got)
		}
		afterDelay()
		if got := signIn(self.identity.ClientID, secret)(); got != "7000215" {
			t.Errorf("a secret that has been removed: %q", got)
		}
	})
}

func TestNewCertificatesLagAtSignIn(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		self := w.caller(t, "certified")
		w.under(t, late(directory.SignIn))
		certificate := newCertificate(t, firstKey(), time.Hour)
		w.patch(t, "/applications/"+self.identity.ApplicationObjectID,
			object{"keyCredentials": list{keyCredential(certificate, "late")}}).want(t, http.StatusNoContent)
		credential, err := confidential.NewCredFromCert([]*x509.Certificate{certificate}, firstKey())
		if err != nil {
			t.Fatal(err)
		}
		_, err = acquire(t, w.server, w.tenantID, self.identity.ClientID, credential, graphScope)
		if err == nil || !strings.Contains(err.Error(), "AADSTS700027") {
			t.Errorf("got %v", err)
		}
		afterDelay()
		if _, err := acquire(t, w.server, w.tenantID, self.identity.ClientID, credential, graphScope); err != nil {
			t.Error(err)
		}
	})
}

// A token holds what its replica knew.
func TestRolesLagAtSignIn(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		self := w.caller(t, "promoted", "Application.Read.All")
		w.under(t, late(directory.SignIn))
		w.consent(t, self.identity.ObjectID, w.principalOf(t, microsoftGraphAppID), domainReadAll)
		self.refreshToken(t)
		if got := texts(claimsOf(t, self.token)["roles"]); !slices.Equal(got, []string{"Application.Read.All"}) {
			t.Errorf("too early: %v", got)
		}
		afterDelay()
		self.refreshToken(t)
		if got := texts(claimsOf(t, self.token)["roles"]); !slices.Equal(got, []string{"Application.Read.All", "Domain.Read.All"}) {
			t.Errorf("after the delay: %v", got)
		}
	})
}
