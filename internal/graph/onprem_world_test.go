package graph_test

import (
	"encoding/json"
	"fmt"
	"net/http"
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

// defineByHand defines the property as somebody else would, with changes.
func (w *world) defineByHand(clientID string, property entra.ExtensionProperty, changes ...func(map[string]any)) string {
	w.Helper()
	definition := map[string]any{
		"name": property.Name, "dataType": property.DataType, "isMultiValued": property.MultiValued,
		"targetObjects": []string{entra.ExtensionTarget},
	}
	for _, change := range changes {
		change(definition)
	}
	return fmt.Sprint(w.do(http.MethodPost, extensionPath(clientID), definition)["id"])
}

func (w *world) undefine(clientID string, properties ...entra.ExtensionProperty) {
	w.Helper()
	for _, item := range w.list(extensionPath(clientID)) {
		d, _ := item.(map[string]any)
		for _, property := range properties {
			if d["name"] == property.FullName(clientID) {
				w.do(http.MethodDelete, fmt.Sprintf("%s/%v", extensionPath(clientID), d["id"]), nil)
			}
		}
	}
}
