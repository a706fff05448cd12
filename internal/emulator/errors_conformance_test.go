package emulator_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/microsoftgraph/msgraph-sdk-go/models/odataerrors"
)

func TestErrorBody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	trace := uuid.NewString()
	got := w.get(t, "/applications/"+absent, "client-request-id", trace)
	if got.status != http.StatusNotFound {
		t.Fatalf("status %d", got.status)
	}
	if kind := got.header.Get("Content-Type"); kind == "" || kind[:len("application/json")] != "application/json" {
		t.Errorf("Content-Type %q", kind)
	}
	if got.text("error", "innerError", "client-request-id") != trace || got.header.Get("client-request-id") != trace {
		t.Error("client-request-id is not echoed in the body and in the header")
	}
	request := got.text("error", "innerError", "request-id")
	if uuid.Validate(request) != nil || got.header.Get("request-id") != request {
		t.Errorf("request-id %q in the body and %q in the header", request, got.header.Get("request-id"))
	}
	if at, err := time.Parse("2006-01-02T15:04:05", got.text("error", "innerError", "date")); err != nil || time.Since(at).Abs() > time.Hour {
		t.Errorf("date %q: %v", got.text("error", "innerError", "date"), err)
	}
	if len(got.body) != 1 {
		t.Errorf("the body has %v beside error", keysOf(got.body))
	}
}

func TestSuccessCarriesRequestIDs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	trace := uuid.NewString()
	first, second := w.get(t, "/organization", "client-request-id", trace), w.get(t, "/organization")
	if first.header.Get("client-request-id") != trace || uuid.Validate(first.header.Get("request-id")) != nil {
		t.Errorf("client-request-id %q, request-id %q", first.header.Get("client-request-id"), first.header.Get("request-id"))
	}
	if first.header.Get("request-id") == second.header.Get("request-id") {
		t.Error("two requests have one request-id")
	}
	if first.header.Get("Date") == "" {
		t.Error("the answer has no Date")
	}
}

// TestErrorsThroughTheSDK reads what a client of the SDK can show its user.
func TestErrorsThroughTheSDK(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.applications().ByApplicationId(absent).Get(t.Context(), nil)
	var odata *odataerrors.ODataError
	if !errors.As(err, &odata) {
		t.Fatalf("%v is not an ODataError", err)
	}
	body := odata.GetErrorEscaped()
	if odata.GetStatusCode() != http.StatusNotFound || value(body.GetCode()) != requestResourceNotFound || value(body.GetMessage()) == "" {
		t.Errorf("status %d, code %q", odata.GetStatusCode(), value(body.GetCode()))
	}
	inner := body.GetInnerError()
	if inner == nil || value(inner.GetRequestId()) == "" || value(inner.GetClientRequestId()) == "" || inner.GetDate() == nil {
		t.Error("innerError lacks request-id, client-request-id or date")
	}
}

func TestUnknownPaths(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, _ := w.newApplication(t, "x")
	get := func(path string) func(t *testing.T) error {
		return once(func(t *testing.T) answer { return w.get(t, path) })
	}
	check(t, []refused{
		{"facts11/unknown segment", get("/nothing"), 400, badRequest, ""},
		{"facts11/unknown segment of an application", get("/applications/" + id + "/nothing"), 400, badRequest, ""},
		{"facts11/method that a collection does not have", once(func(t *testing.T) answer { return w.delete(t, "/applications") }), 405, requestBadRequest, ""},
		{"facts11/unknown key", get("/applications(colour='red')"), 400, badRequest, ""},
	})
}
