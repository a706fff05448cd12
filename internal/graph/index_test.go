package graph_test

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/conditions"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra/catalogue"
)

func (w *world) find(key entra.SessionKey) (entra.Registration, error) {
	return w.FindSession(w.Context(), w.tenant.ID(), key)
}

func (w *world) listSessions(query entra.SessionQuery) []entra.Registration {
	w.Helper()
	found, err := w.ListSessions(w.Context(), w.tenant.ID(), query)
	if err != nil {
		w.Fatal(err)
	}
	return found
}

// application makes a registration as the portal would.
func (w *world) application(name string, tags ...any) (objectID, clientID string) {
	w.Helper()
	made := w.do(http.MethodPost, "/applications", map[string]any{"displayName": name, "tags": append([]any{}, tags...)})
	return fmt.Sprint(made["id"]), fmt.Sprint(made["appId"])
}

// What is found is what a read by all ids shows, in two requests by the client ID and in three by a name.
func TestFindSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	want := referenceSession(t, "Finance's own")
	made, _ := w.create(want)
	have := made.Registration
	for key, most := range map[entra.SessionKey]int{
		{ClientID: have.ClientID}: 3, {UniqueName: have.UniqueName}: 4, {DisplayName: "Finance's own"}: 4, {DisplayName: "FINANCE'S own"}: 4,
	} {
		w.restart()
		w.roundTrips()
		got, err := w.find(key)
		if err != nil {
			t.Fatal(err)
		}
		if n := w.roundTrips(); n > most { // one of them learns the names of the APIs
			t.Errorf("%s: %d round trips, want at most %d", key.Describe(), n, most)
		}
		got.CreatorID = have.CreatorID
		if got.Fingerprint() != have.Fingerprint() {
			t.Errorf("%s:\n%+v\nwant\n%+v", key.Describe(), got, have)
		}
		if !got.ExchangeReady(false) || len(got.MissingConsents(want.Access)) > 0 || got.Keys[0].SHA256 != want.Certificate.SHA256 {
			t.Errorf("%s: ready %t, certificates %+v", key.Describe(), got.ExchangeReady(false), got.Keys)
		}
	}
}

func TestFindNoSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	for _, key := range []entra.SessionKey{
		{ClientID: "dddddddd-0000-4000-8000-000000000001"}, {UniqueName: "nobody"}, {DisplayName: "Nobody"},
	} {
		var none *entra.NoSessionError
		if _, err := w.find(key); !errors.As(err, &none) || none.Key != key {
			t.Errorf("%s: %v", key.Describe(), err)
		}
	}
}

// Of registrations of one name none is guessed; what is spelled otherwise, or gone, does not count.
func TestFindAmbiguousSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	first, _ := w.create(secretSession(t, "Finance"))
	w.application("FINANCE")
	if got, err := w.find(entra.SessionKey{DisplayName: "Finance"}); err != nil || got.ClientID != first.Registration.ClientID {
		t.Fatalf("got %s, %v", got.ClientID, err)
	}
	objectID, clientID := w.application("Finance")
	var several *entra.AmbiguousSessionError
	_, err := w.find(entra.SessionKey{DisplayName: "Finance"})
	if !errors.As(err, &several) || len(several.Candidates) != 2 {
		t.Fatalf("error %v", err)
	}
	for _, candidate := range several.Candidates {
		if candidate.IsSession() == (candidate.ClientID == clientID) {
			t.Errorf("candidate %+v", candidate)
		}
	}
	if err := w.tenant.SetConditions(conditions.Conditions{Lags: []conditions.Lag{
		{Kind: directory.Application, Purpose: directory.List, Delay: time.Hour, Probability: 1},
	}}); err != nil {
		t.Fatal(err)
	}
	w.do(http.MethodDelete, "/applications/"+objectID, nil)
	if got, err := w.find(entra.SessionKey{DisplayName: "Finance"}); err != nil || got.ClientID != first.Registration.ClientID {
		t.Errorf("got %s, %v", got.ClientID, err)
	}
}

// The names of delegated permissions that only the tenant knows are asked of it.
func TestFindSessionWithPermissionsOfAnotherAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	const scope = "eeeeeeee-0000-4000-8000-000000000001"
	api := w.do(http.MethodPost, "/applications", map[string]any{"displayName": "API", "api": map[string]any{
		"oauth2PermissionScopes": []any{map[string]any{
			"id": scope, "value": "Ledger.Read", "type": "Admin", "isEnabled": true,
			"adminConsentDisplayName": "Read", "adminConsentDescription": "Read",
		}},
	}})
	w.do(http.MethodPost, "/servicePrincipals", map[string]any{"appId": api["appId"]})
	session := secretSession(t, "Ledger")
	session.Access = entra.NewAccess(append(session.Access, entra.Permission{
		API: fmt.Sprint(api["appId"]), Kind: entra.Delegated, ID: scope, Name: "Ledger.Read",
	})...)
	made, _ := w.create(session)
	w.restart()
	got, err := w.find(entra.SessionKey{ClientID: made.Registration.ClientID})
	if err != nil || !reflect.DeepEqual(got.Manifest, session.Access) || len(got.MissingConsents(got.Manifest)) > 0 {
		t.Errorf("manifest %+v, error %v", got.Manifest, err)
	}
	all, err := w.WithConsent(t.Context(), w.tenant.ID(), w.listSessions(entra.SessionQuery{Manifests: true}))
	if err != nil || len(all) != 1 || len(all[0].MissingConsents(all[0].Manifest)) > 0 {
		t.Errorf("listed %+v, error %v", all, err)
	}
}

// Registrations with the tag are listed, finished or not, and those that are asked for; each once.
func TestListSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	finished, _ := w.create(secretSession(t, "Finished"))
	_, begun := w.application("Begun", entra.TagAppSession, entra.TagProvisioning(entra.NewNonce()))
	_, foreign := w.application("Foreign")
	w.application("Not asked for")
	w.restart()
	w.roundTrips()
	found := w.listSessions(entra.SessionQuery{ClientIDs: []string{foreign, begun}})
	if n := w.roundTrips(); n != 1 {
		t.Errorf("%d round trips, want 1", n)
	}
	var ids []string
	for _, have := range found {
		ids = append(ids, have.ClientID)
		if have.Provisioning() != (have.ClientID == begun) || len(have.Manifest) > 0 {
			t.Errorf("listed %+v", have)
		}
	}
	want := []string{finished.Registration.ClientID, begun, foreign}
	if slices.Sort(ids); !slices.Equal(ids, slices.Sorted(slices.Values(want))) {
		t.Errorf("listed %v, want %v", ids, want)
	}
	absent := "dddddddd-0000-4000-8000-000000000002"
	var none *entra.NoSessionError
	_, err := w.ListSessions(t.Context(), w.tenant.ID(), entra.SessionQuery{ClientIDs: []string{foreign, absent}})
	if !errors.As(err, &none) || none.Key.ClientID != absent || strings.Contains(err.Error(), foreign) {
		t.Errorf("error %v", err)
	}
}

// What replicas show a moment too late is waited for, and not taken to be absent.
func TestSessionsThatShowLate(t *testing.T) {
	t.Parallel()
	for _, late := range []conditions.Lag{
		{Kind: directory.Application, Purpose: directory.List}, {Kind: directory.Application, Purpose: directory.Read},
		{Kind: directory.ServicePrincipal, Purpose: directory.Read},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := inVirtualTime(t)
			late.Delay, late.Probability = 500*time.Millisecond, 1
			w.lag(late)
			resource := w.do(http.MethodGet, "/servicePrincipals(appId='"+catalogue.MicrosoftGraph+"')", nil)["id"]
			if _, err := w.plant(0, permissionOf(t, entra.Application, "User.Read.All"), resource); err != nil {
				t.Fatal(err)
			}
			have, err := w.find(entra.SessionKey{DisplayName: "Session 0000"})
			if err != nil || have.DisplayName != "Session 0000" {
				t.Fatalf("%s of %s: %v", late.Purpose, late.Kind, err)
			}
		})
		synctest.Test(t, func(t *testing.T) {
			w := inVirtualTime(t)
			late.Delay, late.Probability = 500*time.Millisecond, 1
			resource := w.do(http.MethodGet, "/servicePrincipals(appId='"+catalogue.MicrosoftGraph+"')", nil)["id"]
			w.lag(late)
			clientID, err := w.plant(0, permissionOf(t, entra.Application, "User.Read.All"), resource)
			if err != nil {
				t.Fatal(err)
			}
			found := w.listSessions(entra.SessionQuery{Manifests: true, ClientIDs: []string{clientID}})
			all, err := w.WithConsent(t.Context(), w.tenant.ID(), found)
			if err != nil || len(all) != 1 || len(all[0].MissingConsents(all[0].Manifest)) > 0 {
				t.Errorf("%s of %s: %v, %+v", late.Purpose, late.Kind, err, all)
			}
		})
	}
}

// A session without a service principal has been granted nothing.
func TestConsentWithoutServicePrincipal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	session := secretSession(t, "Whole")
	w.create(session)
	w.do(http.MethodPost, "/applications", map[string]any{"displayName": "Half", "tags": []any{entra.TagAppSession}, "requiredResourceAccess": []any{
		map[string]any{"resourceAppId": catalogue.MicrosoftGraph, "resourceAccess": []any{map[string]any{"id": session.Access[0].ID, "type": "Role"}}},
	}})
	w.restart()
	all, err := w.WithConsent(t.Context(), w.tenant.ID(), w.listSessions(entra.SessionQuery{Manifests: true}))
	if err != nil || len(all) != 2 {
		t.Fatalf("%d sessions, error %v", len(all), err)
	}
	for _, have := range all {
		want := 0
		if have.DisplayName == "Half" {
			want = 1
		}
		if missing := have.MissingConsents(have.Manifest); len(missing) != want {
			t.Errorf("%s lacks %v", have.DisplayName, missing.Labels())
		}
	}
}

// A thousand sessions are listed in at most 15 requests, and their consent takes a batch for every ten.
func TestListThousandSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	const count = 1000
	resource := w.do(http.MethodGet, "/servicePrincipals(appId='"+catalogue.MicrosoftGraph+"')", nil)["id"]
	role := permissionOf(t, entra.Application, "User.Read.All")
	if err := inParallel(count, func(i int) error {
		_, err := w.plant(i, role, resource)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	w.restart()
	w.roundTrips()
	if found := w.listSessions(entra.SessionQuery{}); len(found) != count || len(found[0].Secrets) != 1 {
		t.Fatalf("%d sessions", len(found))
	}
	n := w.roundTrips()
	t.Logf("%d sessions in %d requests", count, n)
	if n > 15 {
		t.Errorf("%d requests to list %d sessions, want at most 15", n, count)
	}
	listed := w.listSessions(entra.SessionQuery{Manifests: true})
	w.roundTrips()
	all, err := w.WithConsent(t.Context(), w.tenant.ID(), listed)
	if err != nil {
		t.Fatal(err)
	}
	for _, have := range all {
		granted, missing := strings.HasSuffix(have.DisplayName, "0"), have.MissingConsents(have.Manifest)
		if len(have.Manifest) != 1 || granted != (len(missing) == 0) {
			t.Fatalf("%s declares %v and lacks %v", have.DisplayName, have.Manifest.Labels(), missing.Labels())
		}
	}
	n = w.roundTrips()
	t.Logf("the consent of %d sessions in %d requests", count, n)
	if n > count/10+1 { // one for the name of the API
		t.Errorf("%d requests for the consent of %d sessions, want at most %d", n, count, count/10+1)
	}
}

// plant makes the session number i without the gateway, and returns its client ID. Every tenth has been granted its
// permission.
func (w *world) plant(i int, role entra.Permission, resource any) (clientID string, err error) {
	post := func(path string, body any) map[string]any {
		if err != nil {
			return nil
		}
		var status int
		var answer map[string]any
		if status, answer, err = w.tenant.Do(http.MethodPost, path, body); err == nil && status >= http.StatusBadRequest {
			err = fmt.Errorf("%s: %d %v", path, status, answer)
		}
		return answer
	}
	application := post("/applications", map[string]any{
		"displayName": fmt.Sprintf("Session %04d", i), "tags": []any{entra.TagAppSession},
		"requiredResourceAccess": []any{map[string]any{
			"resourceAppId": role.API, "resourceAccess": []any{map[string]any{"id": role.ID, "type": "Role"}},
		}},
	})
	post("/applications/"+fmt.Sprint(application["id"])+"/addPassword", map[string]any{})
	principal := post("/servicePrincipals", map[string]any{"appId": application["appId"]})
	if i%10 == 0 {
		post("/servicePrincipals/"+fmt.Sprint(resource)+"/appRoleAssignedTo", map[string]any{
			"principalId": principal["id"], "resourceId": resource, "appRoleId": role.ID,
		})
	}
	return fmt.Sprint(application["appId"]), err
}
