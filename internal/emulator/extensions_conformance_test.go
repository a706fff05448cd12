package emulator_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/microsoftgraph/msgraph-sdk-go/applications"
	"github.com/microsoftgraph/msgraph-sdk-go/models"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
)

func extension(name, dataType string, multiValued bool) object {
	return object{"name": name, "dataType": dataType, "isMultiValued": multiValued, "targetObjects": list{"Application"}}
}

// define adds an extension property and returns its full name.
func (w *world) define(t *testing.T, applicationID string, body object) string {
	t.Helper()
	return w.post(t, "/applications/"+applicationID+"/extensionProperties", body).want(t, http.StatusCreated).text("name")
}

func TestExtensionProperties(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner := w.register(t, "Owner")
	id, appID := owner.objectID, owner.appID
	body := models.NewExtensionProperty()
	body.SetName(ptr("domains"))
	body.SetDataType(ptr("String"))
	body.SetIsMultiValued(ptr(true))
	body.SetTargetObjects([]string{"Application"})
	defined, err := w.applications().ByApplicationId(id).ExtensionProperties().Post(t.Context(), body, nil)
	if err != nil {
		t.Fatal(refusalOrSelf(err))
	}
	prefix := "extension_" + strings.ReplaceAll(appID, "-", "") + "_"
	name := value(defined.GetName())
	if name != prefix+"domains" || !value(defined.GetIsMultiValued()) || value(defined.GetAppDisplayName()) != "Owner" {
		t.Errorf("name %q, isMultiValued %v, appDisplayName %q", name, value(defined.GetIsMultiValued()), value(defined.GetAppDisplayName()))
	}
	single := w.post(t, "/applications/"+id+"/extensionProperties",
		object{"name": "server", "dataType": "String", "targetObjects": list{"Application"}}).want(t, http.StatusCreated)
	if single.body["isMultiValued"] != false {
		t.Errorf("isMultiValued %v by default, want false", single.body["isMultiValued"])
	}
	flag := w.define(t, id, extension("flag", "Boolean", false))

	patched := models.NewApplication()
	patched.SetAdditionalData(object{name: []string{"one.example", "two.example"}, flag: true})
	if _, err := w.applications().ByApplicationId(id).Patch(t.Context(), patched, nil); err != nil {
		t.Fatalf("writing values: %v", refusalOrSelf(err))
	}
	query := &applications.ApplicationItemRequestBuilderGetQueryParameters{Select: []string{"id", name, flag}}
	read, err := w.applications().ByApplicationId(id).Get(t.Context(), &applications.ApplicationItemRequestBuilderGetRequestConfiguration{QueryParameters: query})
	if err != nil {
		t.Fatal(refusalOrSelf(err))
	}
	if set, ok := read.GetAdditionalData()[flag].(*bool); !ok || !*set {
		t.Errorf("%s reads back as %v", flag, read.GetAdditionalData()[flag])
	}
	path := "/applications/" + id
	got := w.get(t, path+"?$select="+name).want(t, http.StatusOK).body[name]
	if fmt.Sprint(got) != "[two.example one.example]" { // their order is not kept
		t.Errorf("%s reads back as %v", name, got)
	}
	w.patch(t, path, object{flag: nil, name: list{}}).want(t, http.StatusNoContent)
	cleared := w.get(t, path+"?$select="+flag+","+name).want(t, http.StatusOK)
	if cleared.body[flag] != nil || len(texts(cleared.body[name])) != 0 {
		t.Errorf("after clearing: %v and %v", cleared.body[flag], cleared.body[name])
	}

	target, _ := w.newApplication(t, "Target")
	w.patch(t, "/applications/"+target, object{single.text("name"): "dc1.example"}).want(t, http.StatusNoContent)
	if got := w.get(t, "/applications/"+target+"?$select="+single.text("name")).text(single.text("name")); got != "dc1.example" {
		t.Errorf("a value on another application reads back as %q", got)
	}

	available := w.post(t, "/directoryObjects/getAvailableExtensionProperties", object{"isSyncedFromOnPremises": false}).want(t, http.StatusOK)
	if found := len(available.items()); found != 3 {
		t.Errorf("%d extension properties are available, want 3", found)
	}
	available = w.post(t, "/directoryObjects/getAvailableExtensionProperties", object{"isSyncedFromOnPremises": true}).want(t, http.StatusOK)
	if found := len(available.items()); found != 0 {
		t.Errorf("%d extension properties are synchronised from on-premises, want none", found)
	}
	w.delete(t, path+"/extensionProperties/"+single.text("id")).want(t, http.StatusNoContent)
	if left := w.get(t, path+"/extensionProperties").want(t, http.StatusOK).items(); len(left) != 2 {
		t.Errorf("%d definitions are left, want 2", len(left))
	}
	w.delete(t, path).want(t, http.StatusNoContent)
	available = w.post(t, "/directoryObjects/getAvailableExtensionProperties", object{"isSyncedFromOnPremises": false}).want(t, http.StatusOK)
	if found := len(available.items()); found != 0 {
		t.Errorf("%d extension properties outlive their application", found)
	}
}

func TestExtensionDefinitionRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, _ := w.newApplication(t, "Owner")
	taken := w.post(t, "/applications/"+id+"/extensionProperties", extension("taken", "String", false)).want(t, http.StatusCreated)
	path := "/applications/" + id + "/extensionProperties"
	post := func(body object) func(t *testing.T) error {
		return once(func(t *testing.T) answer { return w.post(t, path, body) })
	}
	valid := extension("fresh", "String", false)
	check(t, []refused{
		{"facts10/name taken", func(t *testing.T) error {
			body := models.NewExtensionProperty()
			body.SetName(ptr("taken"))
			body.SetDataType(ptr("String"))
			body.SetTargetObjects([]string{"Application"})
			_, err := w.applications().ByApplicationId(id).ExtensionProperties().Post(t.Context(), body, nil)
			return err
		}, 409, requestMultipleObjects, "An extension property exists with the name " + taken.text("name") + "…"},
		{"facts10/unknown dataType", post(with(valid, "dataType", "Float")), 400, requestBadRequest, ""},
		{"facts10/unknown target", post(with(valid, "targetObjects", list{"Printer"})), 400, requestBadRequest, ""},
		{"facts10/target in lower case", post(with(valid, "targetObjects", list{"application"})), 400, requestBadRequest, ""},
		{"facts10/no target", post(with(valid, "targetObjects", list{})), 400, requestBadRequest, ""},
		{"facts10/name that is none", post(with(valid, "name", "two words")), 400, requestBadRequest, ""},
		{"facts10/no name", post(with(valid, "name", nil)), 400, requestBadRequest, ""},
		{"facts10/no dataType", post(with(valid, "dataType", nil)), 400, requestBadRequest, ""},
		{"facts10/isMultiValued null", post(with(valid, "isMultiValued", nil)), 400, requestBadRequest, ""},
		{"facts10/definition changed", once(func(t *testing.T) answer {
			return w.patch(t, path+"/"+taken.text("id"), object{"isMultiValued": true})
		}), 405, requestBadRequest, ""},
		{"facts10/absent application", once(func(t *testing.T) answer {
			return w.post(t, "/applications/"+absent+"/extensionProperties", valid)
		}), 404, requestResourceNotFound, resourceMissing},
		{"facts10/absent definition deleted", once(func(t *testing.T) answer { return w.delete(t, path+"/"+absent) }), 404, requestResourceNotFound, resourceMissing},
	})
}

func TestExtensionValues(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner := w.register(t, "Owner")
	id, appID := owner.objectID, owner.appID
	names := map[string]string{}
	for _, dataType := range []string{"Binary", "Boolean", "DateTime", "Integer", "LargeInteger", "String"} {
		names[dataType] = w.define(t, id, extension("one"+dataType, dataType, false))
	}
	many := w.define(t, id, extension("many", "String", true))
	onUsers := w.define(t, id, with(extension("users", "String", false), "targetObjects", list{"User"}))
	gone := w.post(t, "/applications/"+id+"/extensionProperties", extension("gone", "String", false)).want(t, http.StatusCreated)
	w.delete(t, "/applications/"+id+"/extensionProperties/"+gone.text("id")).want(t, http.StatusNoContent)

	bytes := func(length int) string { return base64.StdEncoding.EncodeToString(make([]byte, length)) }
	long := strings.Repeat("é", 256)
	w.patch(t, "/applications/"+id, object{
		names["Binary"]: bytes(256), names["Boolean"]: false, names["DateTime"]: "2026-01-02T03:04:05Z",
		names["Integer"]: 2147483647, names["LargeInteger"]: 2147483648, names["String"]: long, many: list{long, "b"},
	}).want(t, http.StatusNoContent)

	w.patch(t, "/applications/"+id, object{names["DateTime"]: "2026-01-02T03:04:05+02:00"}).want(t, http.StatusNoContent)
	stored := w.get(t, "/applications/"+id+"?$select="+names["DateTime"]).want(t, http.StatusOK).text(names["DateTime"])
	if at := instant(t, stored); !at.Equal(time.Date(2026, 1, 2, 1, 4, 5, 0, time.UTC)) {
		t.Errorf("a date with an offset is kept as %s", stored)
	}

	patch := func(name string, value any) func(t *testing.T) error {
		return once(func(t *testing.T) answer { return w.patch(t, "/applications/"+id, object{name: value}) })
	}
	undefined := "extension_" + strings.ReplaceAll(appID, "-", "") + "_undefined"
	check(t, []refused{
		{"facts10/undefined property", patch(undefined, "x"), 400, requestBadRequest, "The following extension properties are not available: " + undefined + "…"},
		{"facts10/deleted property", patch(gone.text("name"), "x"), 400, requestBadRequest, "The following extension properties are not available: " + gone.text("name") + "…"},
		{"facts10/property of another target", patch(onUsers, "x"), 400, requestBadRequest, "The following extension properties are not available: " + onUsers + "…"},
		{"facts10/string of 257", patch(names["String"], long+"x"), 400, requestBadRequest, ""},
		{"facts10/string of 257 among several", patch(many, list{"a", long + "x"}), 400, requestBadRequest, ""},
		{"facts10/binary of 257 bytes", patch(names["Binary"], bytes(257)), 400, requestBadRequest, ""},
		{"facts10/integer of 33 bits", patch(names["Integer"], 2147483648), 400, requestBadRequest, ""},
		{"facts10/fraction for an integer", patch(names["Integer"], 1.5), 400, requestBadRequest, ""},
		{"facts10/string for an integer", patch(names["Integer"], "1"), 400, requestBadRequest, ""},
		{"facts10/string for a boolean", patch(names["Boolean"], "true"), 400, requestBadRequest, ""},
		{"facts10/number for a string", patch(names["String"], 1), 400, requestBadRequest, ""},
		{"facts10/no date", patch(names["DateTime"], "yesterday"), 400, requestBadRequest, ""},
		{"facts10/several for one", patch(names["String"], list{"a"}), 400, requestBadRequest, ""},
		{"facts10/one for several", patch(many, "a"), 400, requestBadRequest, ""},
		{"facts10/null among several", patch(many, list{"a", nil}), 400, requestBadRequest, ""},
		{"facts10/number for a boolean", patch(names["Boolean"], 0), 400, requestBadRequest, ""},
		{"facts10/boolean among strings", patch(many, list{"a", true}), 400, requestBadRequest, ""},
	})
}

func TestExtensionValueQuota(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.register(t, "Owner").objectID
	values, last := object{}, ""
	for i := range 101 {
		last = w.define(t, id, extension(fmt.Sprintf("n%d", i), "String", false))
		if i < 100 {
			values[last] = "x"
		}
	}
	w.patch(t, "/applications/"+id, values).want(t, http.StatusNoContent)
	wantRefused(t, w.patch(t, "/applications/"+id, object{last: "x"}).err(), http.StatusForbidden, directoryQuotaExceeded, "…would exceed the maximum quota count '100' for forward-link…")
}

// The limit counts each of several values, and what is cleared no longer counts.
func TestExtensionValueQuotaOfSeveralValues(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.register(t, "Owner").objectID
	path := "/applications/" + id
	many, one := w.define(t, id, extension("many", "String", true)), w.define(t, id, extension("one", "String", false))
	hundred := list{}
	for i := range 100 {
		hundred = append(hundred, fmt.Sprint(i))
	}
	w.patch(t, path, object{many: hundred}).want(t, http.StatusNoContent)
	wantRefused(t, w.patch(t, path, object{one: "x"}).err(), http.StatusForbidden, directoryQuotaExceeded, "…would exceed the maximum quota count '100' for forward-link…")
	w.patch(t, path, object{many: nil, one: "x"}).want(t, http.StatusNoContent)
}

// Without a definition a value cannot be read, written or cleared, and a new definition of the name brings it back.
func TestExtensionValuesWithoutDefinition(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.register(t, "Owner").objectID
	path := "/applications/" + id
	kept, cleared := w.define(t, id, extension("kept", "String", true)), w.define(t, id, extension("cleared", "Boolean", false))
	w.patch(t, path, object{kept: list{"x"}, cleared: true}).want(t, http.StatusNoContent)
	w.patch(t, path, object{cleared: nil}).want(t, http.StatusNoContent)
	for _, definition := range w.get(t, path+"/extensionProperties").want(t, http.StatusOK).items() {
		w.delete(t, fmt.Sprintf("%s/extensionProperties/%v", path, definition["id"])).want(t, http.StatusNoContent)
	}
	selection := path + "?$select=id," + kept + "," + cleared
	if read := w.get(t, selection).want(t, http.StatusOK).body; len(read) != 2 { // the id and the context
		t.Errorf("without definitions it reads back as %v", read)
	}
	for _, value := range []any{list{"y"}, nil} {
		wantRefused(t, w.patch(t, path, object{kept: value}).err(), http.StatusBadRequest, requestBadRequest,
			"The following extension properties are not available: "+kept+"…")
	}
	w.define(t, id, extension("kept", "String", true))
	w.define(t, id, extension("cleared", "Boolean", false))
	if read := w.get(t, selection).want(t, http.StatusOK).body; fmt.Sprint(read[kept]) != "[x]" || read[cleared] != nil {
		t.Errorf("with new definitions it reads back as %v", read)
	}
}

// Definitions are made and listed without a service principal, but their values cannot be written.
func TestExtensionValuesNeedAServicePrincipal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, appID := w.newApplication(t, "Owner")
	path := "/applications(appId='" + appID + "')"
	name := w.post(t, path+"/extensionProperties", extension("x", "String", false)).want(t, http.StatusCreated).text("name")
	wantRefused(t, w.patch(t, path, object{name: "x"}).err(), http.StatusBadRequest, requestBadRequest,
		"The following extension properties are not available: "+name+"…")
	w.newServicePrincipal(t, appID)
	w.patch(t, path, object{name: "x"}).want(t, http.StatusNoContent)
	listed := w.get(t, path+"/extensionProperties?$select=id,name").want(t, http.StatusOK).items()
	if len(listed) != 1 || listed[0]["name"] != name || len(listed[0]) != 2 {
		t.Fatalf("listed %v", listed)
	}
	w.delete(t, fmt.Sprintf("%s/extensionProperties/%v", path, listed[0]["id"])).want(t, http.StatusNoContent)
	if left := w.get(t, "/applications/"+id+"/extensionProperties").want(t, http.StatusOK).items(); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestOrganizationAndDomains(t *testing.T) {
	t.Parallel()
	cloud := newWorld(t)
	domainName := "fabrikam-" + uuid.NewString() + ".example"
	hybrid := newWorldOn(t, server(), emulator.TenantOptions{Hybrid: true, DisplayName: "Fabrikam", Domain: domainName})
	for _, one := range []struct {
		w      *world
		synced any
	}{{cloud, nil}, {hybrid, true}} {
		found := one.w.get(t, "/organization").want(t, http.StatusOK).items()
		if len(found) != 1 || found[0]["id"] != one.w.tenantID || found[0]["onPremisesSyncEnabled"] != one.synced {
			t.Errorf("organization: id %v, onPremisesSyncEnabled %v, want %v", found[0]["id"], found[0]["onPremisesSyncEnabled"], one.synced)
		}
	}
	if found := hybrid.get(t, "/organization").items(); found[0]["displayName"] != "Fabrikam" || found[0]["onPremisesLastSyncDateTime"] == nil {
		t.Errorf("displayName %v, onPremisesLastSyncDateTime %v", found[0]["displayName"], found[0]["onPremisesLastSyncDateTime"])
	}
	defaults := 0
	for _, domain := range hybrid.get(t, "/domains").want(t, http.StatusOK).items() {
		if domain["isVerified"] == nil || domain["isInitial"] == nil || domain["authenticationType"] == nil {
			t.Errorf("domain %v lacks properties", domain["id"])
		}
		if domain["isDefault"] == true {
			defaults++
			if domain["id"] != domainName {
				t.Errorf("default domain %v", domain["id"])
			}
		}
	}
	if defaults != 1 {
		t.Errorf("%d default domains, want 1", defaults)
	}
}
