package emulator_test

import (
	"fmt"
	"net/http"
	"testing"

	graphcore "github.com/microsoftgraph/msgraph-sdk-go-core"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
)

// part is one request of a batch; properties are added as names and values in turn.
func part(id, method, url string, properties ...any) object {
	return with(object{"id": id, "method": method, "url": url}, properties...)
}

// write is a part with a body.
func write(id, method, url string, body object, properties ...any) object {
	all := append([]any{"headers", object{"Content-Type": "application/json"}, "body", body}, properties...)
	return part(id, method, url, all...)
}

func (c *client) batch(t *testing.T, requests ...any) answer {
	t.Helper()
	return c.post(t, "/$batch", object{"requests": requests})
}

// responses are the parts of a batch's answer by their ids, each of which must come once.
func responses(t *testing.T, batch answer) map[string]object {
	t.Helper()
	found := map[string]object{}
	for _, response := range objects(batch.want(t, http.StatusOK).body["responses"]) {
		id := fmt.Sprint(response["id"])
		if found[id] != nil {
			t.Errorf("two responses with the id %s", id)
		}
		found[id] = response
	}
	return found
}

func wantStatuses(t *testing.T, got map[string]object, want map[string]int) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d responses, want %d", len(got), len(want))
	}
	for id, status := range want {
		if got[id]["status"] != float64(status) {
			t.Errorf("part %s: status %v, want %d: %v", id, got[id]["status"], status, dig(got[id], "body", "error"))
		}
	}
}

func TestBatchParts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, appID := w.newApplication(t, "Batched")
	got := responses(t, w.batch(t,
		part("read", "GET", "/applications/"+id+"?$select=id,appId"),
		part("relative", "GET", "applications(appId='"+appID+"')"),
		part("absent", "GET", "/applications/"+absent),
		write("create", "POST", "/applications", object{"displayName": "By batch"}),
		write("bad", "POST", "/applications", object{"displayName": ""}),
		write("upsert", "PATCH", "/applications(uniqueName='batched')", object{"displayName": "Upserted"},
			"headers", object{"Content-Type": "application/json", "Prefer": "create-if-missing"}),
	))
	wantStatuses(t, got, map[string]int{"read": 200, "relative": 200, "absent": 404, "create": 201, "bad": 400, "upsert": 201})
	if dig(got["read"], "body", "appId") != appID {
		t.Errorf("the part reads %v", got["read"]["body"])
	}
	if dig(got["absent"], "body", "error", "code") != requestResourceNotFound {
		t.Errorf("the refused part carries %v", got["absent"]["body"])
	}
	for name, response := range got {
		if response["headers"] == nil {
			t.Errorf("part %s has no headers", name)
		}
	}
}

func TestBatchDependencies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	name := "/applications(uniqueName='chained')"
	prefer := object{"Content-Type": "application/json", "Prefer": "create-if-missing"}
	got := responses(t, w.batch(t,
		part("4", "DELETE", name, "dependsOn", list{"3"}),
		part("3", "GET", name, "dependsOn", list{"2"}),
		write("2", "PATCH", name, object{"notes": "second"}, "dependsOn", list{"1"}),
		write("1", "PATCH", name, object{"displayName": "Chained"}, "headers", prefer),
	))
	wantStatuses(t, got, map[string]int{"1": 201, "2": 204, "3": 200, "4": 204})
	if dig(got["3"], "body", "notes") != "second" {
		t.Error("the parts did not run in the order of their dependencies")
	}
	got = responses(t, w.batch(t,
		part("1", "GET", "/applications/"+absent),
		part("2", "GET", "/organization", "dependsOn", list{"1"}),
		part("3", "GET", "/organization", "dependsOn", list{"2"}),
	))
	wantStatuses(t, got, map[string]int{"1": 404, "2": 424, "3": 424})
}

func TestBatchThroughTheSDK(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, _ := w.newApplication(t, "Batched")
	read, err := w.applications().ByApplicationId(id).ToGetRequestInformation(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	body := models.NewApplication()
	body.SetDisplayName(ptr("By the SDK"))
	create, err := w.applications().ToPostRequestInformation(t.Context(), body, nil)
	if err != nil {
		t.Fatal(err)
	}
	batch := graphcore.NewBatchRequest(w.adapter)
	first, err := batch.AddBatchRequestStep(*read)
	if err != nil {
		t.Fatal(err)
	}
	second, err := batch.AddBatchRequestStep(*create)
	if err != nil {
		t.Fatal(err)
	}
	second.DependsOnItem(first)
	answered, err := batch.Send(t.Context(), w.adapter)
	if err != nil {
		t.Fatal(refusalOrSelf(err))
	}
	found, err := graphcore.GetBatchResponseById[models.Applicationable](answered, *first.GetId(), models.CreateApplicationFromDiscriminatorValue)
	if err != nil || value(found.GetId()) != id {
		t.Errorf("reading in a batch: %v", err)
	}
	made, err := graphcore.GetBatchResponseById[models.Applicationable](answered, *second.GetId(), models.CreateApplicationFromDiscriminatorValue)
	if err != nil || value(made.GetDisplayName()) != "By the SDK" {
		t.Errorf("creating in a batch: %v", err)
	}
}

func TestBatchPermissions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, _ := w.newApplication(t, "Batched")
	reader := w.caller(t, "reader", "Application.Read.All")
	got := responses(t, reader.batch(t,
		part("read", "GET", "/applications/"+id), write("write", "PATCH", "/applications/"+id, object{"notes": "x"})))
	wantStatuses(t, got, map[string]int{"read": 200, "write": 403})
	if dig(got["write"], "body", "error", "message") != insufficientPrivileges {
		t.Errorf("the refused part carries %v", got["write"]["body"])
	}
}

func TestBatchRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	batch := func(requests ...any) func(t *testing.T) error {
		return once(func(t *testing.T) answer { return w.batch(t, requests...) })
	}
	read := part("1", "GET", "/organization")
	many := repeat(21, func(i int) object { return part(fmt.Sprint(i), "GET", "/organization") })
	wantStatuses(t, responses(t, w.batch(t, many[:1]...)), map[string]int{"0": 200})
	if got := responses(t, w.batch(t, many[:20]...)); len(got) != 20 {
		t.Errorf("%d responses, want 20", len(got))
	}
	check(t, []refused{
		{"facts13/21 parts", batch(many...), 400, badRequest, ""},
		{"facts13/no part", batch(), 400, badRequest, ""},
		{"facts13/id twice", batch(read, read), 400, badRequest, ""},
		{"facts13/no id", batch(part("", "GET", "/organization")), 400, badRequest, ""},
		{"facts13/no method", batch(object{"id": "1", "url": "/organization"}), 400, badRequest, ""},
		{"facts13/no url", batch(object{"id": "1", "method": "GET"}), 400, badRequest, ""},
		{"facts13/dependsOn an unknown id", batch(part("1", "GET", "/organization", "dependsOn", list{"7"})), 400, badRequest, ""},
		{"facts13/dependsOn in a circle", batch(
			part("1", "GET", "/organization", "dependsOn", list{"2"}), part("2", "GET", "/organization", "dependsOn", list{"1"}),
		), 400, badRequest, ""},
		{"facts13/not JSON", once(func(t *testing.T) answer { return w.post(t, "/$batch", "{") }), 400, badRequest, ""},
	})
	for name, one := range map[string]object{
		"body without Content-Type": part("1", "POST", "/applications", "body", object{"displayName": "x"}),
		"absolute url":              part("1", "GET", "https://graph.microsoft.com/v1.0/organization"),
	} {
		t.Run("facts13/"+name, func(t *testing.T) {
			t.Parallel()
			wantRefused(t, w.batch(t, one).err(), http.StatusBadRequest, badRequest, "")
		})
	}
}
