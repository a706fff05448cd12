package graph_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

var (
	hybridOnly = entra.OnPremTerms{RequireHybrid: true}

	twoDomains = entra.OnPrem{
		Connections: []entra.DomainConnection{
			{Domain: "contoso.local", Username: `CONTOSO\svc-sapio365`, CredentialSecretID: "https://vault.example/secrets/contoso"},
			{Domain: "fabrikam.local", DomainController: "dc1.fabrikam.local"},
		},
		ConnectServer: "sync.contoso.local", ConsistencyGUID: true,
	}
	// otherDomains has one connection less, one more, and the one that stays in another place.
	otherDomains = entra.OnPrem{
		Connections: []entra.DomainConnection{
			{Domain: "fabrikam.local", DomainController: "dc1.fabrikam.local"},
			{Domain: "tailspin.local", DomainController: "dc7.tailspin.local"},
		},
	}
)

// session makes what an App session has for its settings, and returns its client ID.
func (w *world) session(tags ...any) string {
	w.Helper()
	app := w.do(http.MethodPost, "/applications", map[string]any{"displayName": "Session", "tags": append([]any{}, tags...)})
	w.do(http.MethodPost, "/servicePrincipals", map[string]any{"appId": app["appId"]})
	return fmt.Sprint(app["appId"])
}

func newHybridWorld(tb testing.TB) (*world, string) {
	tb.Helper()
	w := newWorld(tb, emulator.TenantOptions{Hybrid: true})
	return w, w.session(entra.TagAppSession)
}

func (w *world) createOnPrem(clientID string, want entra.OnPrem) entra.OnPremRef {
	w.Helper()
	have, err := w.CreateOnPrem(w.Context(), w.tenant.ID(), clientID, want, hybridOnly)
	if err != nil {
		w.Fatal(err)
	}
	return entra.OnPremRef{ClientID: clientID, Hints: have.Hints(entra.OnPremHints{})}
}

func (w *world) updateOnPrem(ref entra.OnPremRef, want entra.OnPrem) entra.OnPremRef {
	w.Helper()
	have, err := w.UpdateOnPrem(w.Context(), w.tenant.ID(), ref, want, hybridOnly)
	if err != nil {
		w.Fatal(err)
	}
	return entra.OnPremRef{ClientID: ref.ClientID, Hints: have.Hints(ref.Hints)}
}

func (w *world) readOnPrem(ref entra.OnPremRef) entra.OnPremRecord {
	w.Helper()
	have, err := w.ReadOnPrem(w.Context(), w.tenant.ID(), ref)
	if err != nil {
		w.Fatal(err)
	}
	return have
}

// extensionPath is where the application's definitions are.
func extensionPath(clientID string) string {
	return "/applications(appId='" + clientID + "')/extensionProperties"
}

// extensionValues reads the values of the properties that the tenant shows, as the portal would.
func (w *world) extensionValues(clientID string) map[string]any {
	w.Helper()
	names := []string{"id"}
	for _, property := range entra.OnPremProperties {
		names = append(names, property.FullName(clientID))
	}
	shown := w.do(http.MethodGet, "/applications(appId='"+clientID+"')?$select="+strings.Join(names, ","), nil)
	values := map[string]any{}
	for _, property := range entra.OnPremProperties {
		if value := shown[property.FullName(clientID)]; value != nil {
			values[property.Name] = value
		}
	}
	return values
}

func (w *world) patchExtension(clientID string, property entra.ExtensionProperty, value any) {
	w.Helper()
	w.do(http.MethodPatch, "/applications(appId='"+clientID+"')", map[string]any{property.FullName(clientID): value})
}

// wantOnPrem stops the test unless the tenant holds the settings, under three definitions as they have to be.
func (w *world) wantOnPrem(clientID string, want entra.OnPrem) {
	w.Helper()
	raw := map[string]json.RawMessage{}
	for name, value := range w.extensionValues(clientID) {
		content, err := json.Marshal(value)
		if err != nil {
			w.Fatal(err)
		}
		raw[name] = content
	}
	if values := entra.DecodeOnPrem(raw); !(entra.OnPremRecord{Values: &values}).Shows(want) {
		w.Fatalf("the tenant holds %s, want %+v", raw, want)
	}
	var got []string
	for _, item := range w.list(extensionPath(clientID)) {
		d, _ := item.(map[string]any)
		got = append(got, fmt.Sprintln(d["name"], d["dataType"], d["isMultiValued"], d["targetObjects"]))
	}
	prefix := "extension_" + strings.ReplaceAll(clientID, "-", "") + "_sapio365_onprem_"
	wanted := []string{
		prefix + "connect_server String false [Application]\n", prefix + "consistency_guid Boolean false [Application]\n",
		prefix + "domains String true [Application]\n",
	}
	if slices.Sort(got); !slices.Equal(got, wanted) {
		w.Fatalf("the definitions are %q", got)
	}
}

// wantNoOnPrem stops the test unless nothing of settings is left, not even what a new definition would bring back.
func (w *world) wantNoOnPrem(clientID string) {
	w.Helper()
	if left := w.list(extensionPath(clientID)); len(left) > 0 {
		w.Fatalf("left: %v", left)
	}
	for _, property := range entra.OnPremProperties {
		w.do(http.MethodPost, extensionPath(clientID), map[string]any{
			"name": property.Name, "dataType": property.DataType, "isMultiValued": property.MultiValued,
			"targetObjects": []string{entra.ExtensionTarget},
		})
	}
	if left := w.extensionValues(clientID); len(left) > 0 {
		w.Fatalf("left: %v", left)
	}
	for _, item := range w.list(extensionPath(clientID)) {
		d, _ := item.(map[string]any)
		w.do(http.MethodDelete, fmt.Sprintf("%s/%v", extensionPath(clientID), d["id"]), nil)
	}
}

// The life of settings, and what it costs.
func TestOnPremLife(t *testing.T) {
	t.Parallel()
	w, clientID := newHybridWorld(t)
	cost := func(stage string, want int) {
		t.Helper()
		if got := w.roundTrips(); got != want {
			t.Errorf("%s: %d round trips, want %d", stage, got, want)
		}
	}
	w.roundTrips()
	ref := w.createOnPrem(clientID, twoDomains)
	cost("create", 3) // a look, the writes, a look
	w.wantOnPrem(clientID, twoDomains)
	w.restart()
	if have := w.readOnPrem(ref); !have.Shows(twoDomains) || !reflect.DeepEqual(have.Hints(ref.Hints), ref.Hints) {
		t.Errorf("read %+v, hints %+v, want %+v", have, have.Hints(ref.Hints), ref.Hints)
	}
	cost("read", 1)
	ref = w.updateOnPrem(ref, otherDomains)
	cost("update", 3)
	w.wantOnPrem(clientID, otherDomains)
	w.restart()
	if err := w.DeleteOnPrem(t.Context(), w.tenant.ID(), ref); err != nil {
		t.Fatal(err)
	}
	cost("delete", 2) // the writes, a look
	w.wantNoOnPrem(clientID)
	if err := w.DeleteOnPrem(t.Context(), w.tenant.ID(), ref); err != nil {
		t.Errorf("a second delete: %v", err)
	}
	if have := w.readOnPrem(ref); have.Exists() {
		t.Errorf("read after the delete: %+v", have)
	}
}

// Without hints, as after an import, everything is found as well.
func TestOnPremWithoutHints(t *testing.T) {
	t.Parallel()
	w, clientID := newHybridWorld(t)
	known := w.createOnPrem(clientID, twoDomains)
	w.restart()
	w.roundTrips()
	ref := entra.OnPremRef{ClientID: clientID}
	have := w.readOnPrem(ref)
	if got := have.Hints(ref.Hints); !have.Shows(twoDomains) || !reflect.DeepEqual(got, known.Hints) {
		t.Errorf("read %+v, hints %+v", have, got)
	}
	if got := w.roundTrips(); got != 1 {
		t.Errorf("%d round trips", got)
	}
	w.updateOnPrem(ref, otherDomains)
	w.wantOnPrem(clientID, otherDomains)
	for range 2 {
		if err := w.DeleteOnPrem(t.Context(), w.tenant.ID(), ref); err != nil {
			t.Fatal(err)
		}
		w.wantNoOnPrem(clientID)
	}
}

// Writes are one batch, in order: definitions before values, and on the way back values before definitions.
func TestOnPremOrderOfWrites(t *testing.T) {
	t.Parallel()
	w, clientID := newHybridWorld(t)
	writes := func() (methods []string) {
		for _, request := range w.tenant.Requests() {
			for _, part := range request.Parts {
				if part.Method != http.MethodGet {
					methods = append(methods, part.Method)
				}
			}
		}
		w.tenant.ResetRequests()
		return methods
	}
	w.tenant.ResetRequests()
	ref := w.createOnPrem(clientID, twoDomains)
	if got := writes(); !slices.Equal(got, []string{"POST", "POST", "POST", "PATCH"}) {
		t.Errorf("create: %v", got)
	}
	if err := w.DeleteOnPrem(t.Context(), w.tenant.ID(), ref); err != nil {
		t.Fatal(err)
	}
	if got := writes(); !slices.Equal(got, []string{"PATCH", "DELETE", "DELETE", "DELETE"}) {
		t.Errorf("delete: %v", got)
	}
}

// What is not an App session, or not in a synchronised tenant, is refused before anything is written.
func TestOnPremRefusals(t *testing.T) {
	t.Parallel()
	hybrid, sessionID := newHybridWorld(t)
	foreign := hybrid.session()
	cloud := newWorld(t, emulator.TenantOptions{})
	inCloud := cloud.session(entra.TagAppSession)
	const absent = "00000000-0000-4000-8000-000000000001"
	for name, c := range map[string]struct {
		w        *world
		clientID string
		terms    entra.OnPremTerms
		wanted   func(error) bool
	}{
		"no application": {hybrid, absent, hybridOnly, func(err error) bool {
			var e *entra.NoAppSessionError
			return errors.As(err, &e) && e.ClientID == absent
		}},
		"no App session": {hybrid, foreign, hybridOnly, func(err error) bool {
			var e *entra.NotAppSessionError
			return errors.As(err, &e) && e.ClientID == foreign && e.DisplayName == "Session"
		}},
		"no hybrid tenant": {cloud, inCloud, hybridOnly, func(err error) bool {
			var e *entra.NotSynchronisedError
			return errors.As(err, &e) && e.TenantID == cloud.tenant.ID() && !e.Ended
		}},
		"neither": {cloud, absent, hybridOnly, func(err error) bool {
			var tenant *entra.NotSynchronisedError
			var session *entra.NoAppSessionError
			return errors.As(err, &tenant) && errors.As(err, &session)
		}},
		"hybrid":                   {hybrid, sessionID, hybridOnly, nil},
		"hybrid, not asked for":    {hybrid, sessionID, entra.OnPremTerms{}, nil},
		"no hybrid, and no matter": {cloud, inCloud, entra.OnPremTerms{}, nil},
	} {
		err := c.w.CheckOnPrem(t.Context(), c.w.tenant.ID(), c.clientID, c.terms)
		if c.wanted == nil {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if !c.wanted(err) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := c.w.CreateOnPrem(t.Context(), c.w.tenant.ID(), c.clientID, twoDomains, c.terms); !c.wanted(err) {
			t.Errorf("%s, create: %v", name, err)
		}
		if c.clientID != absent {
			c.w.wantNoOnPrem(c.clientID)
		}
	}
	if err := cloud.CheckOnPrem(t.Context(), cloud.tenant.ID(), "", hybridOnly); err == nil {
		t.Error("the tenant alone passes")
	}
}

// The tenant is asked once, whoever wants to know, and together with the application.
func TestOnPremAsksForTheOrganizationOnce(t *testing.T) {
	t.Parallel()
	w, first := newHybridWorld(t)
	second := w.session(entra.TagAppSession)
	w.tenant.ResetRequests()
	if err := w.CheckOnPrem(t.Context(), w.tenant.ID(), first, hybridOnly); err != nil {
		t.Fatal(err)
	}
	if got := w.roundTrips(); got != 1 {
		t.Errorf("%d round trips of the check", got)
	}
	w.restart()
	w.createOnPrem(first, twoDomains)
	w.createOnPrem(second, otherDomains)
	asked := 0
	for _, request := range w.tenant.Requests() {
		for _, part := range request.Parts {
			if part.Path == "/organization" {
				asked++
			}
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
}

// A caller that may not read the organization is told so, and about the application all the same.
func TestOnPremWithoutRightToTheOrganization(t *testing.T) {
	t.Parallel()
	w, _ := newHybridWorld(t)
	foreign := w.session()
	weak, err := w.tenant.Caller("Weak", "Application.ReadWrite.All")
	if err != nil {
		t.Fatal(err)
	}
	gateway := w.another(w.server.Client().Transport, weak, &skippingClock{})
	err = gateway.CheckOnPrem(t.Context(), w.tenant.ID(), foreign, hybridOnly)
	var refused *entra.GraphError
	var other *entra.NotAppSessionError
	if !errors.Is(err, entra.ErrForbidden) || !errors.As(err, &refused) || !slices.Equal(refused.Needs, []string{"Organization.Read.All"}) {
		t.Errorf("error %v, want the missing permission", err)
	}
	if !errors.As(err, &other) {
		t.Errorf("error %v, want the application's as well", err)
	}
	if _, err := gateway.CreateOnPrem(t.Context(), w.tenant.ID(), foreign, twoDomains, hybridOnly); !errors.Is(err, entra.ErrForbidden) {
		t.Errorf("create: %v", err)
	}
	w.wantNoOnPrem(foreign)
}

// Settings that are there are neither overwritten nor shared.
func TestOnPremTaken(t *testing.T) {
	t.Parallel()
	w, clientID := newHybridWorld(t)
	w.createOnPrem(clientID, twoDomains)
	_, err := w.CreateOnPrem(t.Context(), w.tenant.ID(), clientID, otherDomains, hybridOnly)
	var taken *entra.OnPremTakenError
	if !errors.As(err, &taken) || taken.ClientID != clientID {
		t.Fatal(err)
	}
	w.wantOnPrem(clientID, twoDomains)
	w.createOnPrem(clientID, twoDomains) // the same: a create whose answer was lost
	w.wantOnPrem(clientID, twoDomains)
}

// Two resources of one run that write to the same session take turns, and the second finds that it is not alone.
func TestOnPremOneAtATime(t *testing.T) {
	t.Parallel()
	w, clientID := newHybridWorld(t)
	errs := make(chan error, 2)
	for _, want := range []entra.OnPrem{twoDomains, otherDomains} {
		go func() {
			_, err := w.CreateOnPrem(t.Context(), w.tenant.ID(), clientID, want, hybridOnly)
			errs <- err
		}()
	}
	first, second := <-errs, <-errs
	var taken *entra.OnPremTakenError
	if (first == nil) == (second == nil) || !errors.As(errors.Join(first, second), &taken) {
		t.Errorf("they end with %v and %v", first, second)
	}
}
