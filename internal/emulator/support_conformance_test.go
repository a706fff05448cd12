// Package emulator_test drives the emulator as an ordinary client would, with Microsoft's own libraries and bare HTTP,
// and knows nothing of how it is made. It states what Microsoft Graph and Entra ID answer.
//
// Cases are named after the subject they belong to:
//
//	facts1   permissions of the caller          facts8   delegated permission grants
//	facts2   applications                       facts9   directory roles
//	facts3   soft delete, restore, purge        facts10  directory extensions, organization, domains
//	facts4   service principals                 facts11  error bodies
//	facts5   credentials                        facts13  batches, paging, queries
//	facts6   app management policies            facts15  tokens and consent
//	facts7   app roles and their assignments    facts16  several tenants, partners
package emulator_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
)

type (
	object = map[string]any
	list   = []any
)

// server is the one emulator of the test binary. Every test has a tenant of its own on it.
var server = sync.OnceValue(func() *emulator.Server {
	started, err := emulator.Start(emulator.Options{})
	if err != nil {
		panic(err)
	}
	return started
})

// world is a tenant and its administrator, who is signed in.
type world struct {
	*client
	tenant *emulator.Tenant
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldOn(t, server(), emulator.TenantOptions{})
}

func newWorldOn(t *testing.T, on *emulator.Server, opts emulator.TenantOptions) *world {
	t.Helper()
	tenant, err := on.Tenant(opts)
	if err != nil {
		t.Fatalf("adding a tenant: %v", err)
	}
	return &world{client: newClient(t, on, tenant, tenant.Admin()), tenant: tenant}
}

// caller signs a new application in that holds exactly the Microsoft Graph application permissions.
func (w *world) caller(t *testing.T, name string, permissions ...string) *client {
	t.Helper()
	identity, err := w.tenant.Caller(name, permissions...)
	if err != nil {
		t.Fatalf("adding the caller %s: %v", name, err)
	}
	return newClient(t, w.server, w.tenant, identity)
}

// client sends requests with the token of one identity.
type client struct {
	sdk
	server   *emulator.Server
	tenantID string
	identity emulator.Identity
	token    string
}

func newClient(t *testing.T, on *emulator.Server, tenant *emulator.Tenant, identity emulator.Identity) *client {
	t.Helper()
	c := &client{server: on, tenantID: tenant.ID(), identity: identity}
	c.refreshToken(t)
	return c
}

// refreshToken signs in anew, for the roles in a token never change.
func (c *client) refreshToken(t *testing.T) {
	t.Helper()
	c.token = signIn(t, c.server, c.tenantID, c.identity.ClientID, c.identity.ClientSecret)
	c.sdk = newSDK(t, c.server, c.token)
}

// answer is what came back for one bare HTTP request.
type answer struct {
	status int
	header http.Header
	body   object
}

// do sends one request to Microsoft Graph.
func (c *client) do(t *testing.T, method, path string, body any, headers ...string) answer {
	t.Helper()
	return roundTrip(t, c.server.Client(), c.request(t, method, path, body, headers...))
}

// request makes a request to Microsoft Graph. The path is relative to /v1.0 or an absolute URL, a body that is a
// string goes out as it is, and headers come in pairs.
func (c *client) request(t *testing.T, method, path string, body any, headers ...string) *http.Request {
	t.Helper()
	if !strings.HasPrefix(path, "https://") {
		path = c.server.URL() + "/v1.0" + strings.ReplaceAll(path, " ", "%20")
	}
	request, err := http.NewRequestWithContext(t.Context(), method, path, requestBody(t, body))
	if err != nil {
		t.Fatal(err)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	return request
}

func requestBody(t *testing.T, body any) io.Reader {
	t.Helper()
	switch body := body.(type) {
	case nil:
		return http.NoBody
	case string:
		return strings.NewReader(body)
	default:
		encoded, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		return bytes.NewReader(encoded)
	}
}

func roundTrip(t *testing.T, through *http.Client, request *http.Request) answer {
	t.Helper()
	response, err := through.Do(request)
	if err != nil {
		t.Fatalf("%s %s: %v", request.Method, request.URL.Path, err)
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", request.Method, request.URL.Path, err)
	}
	got := answer{status: response.StatusCode, header: response.Header}
	if len(content) > 0 {
		if err := json.Unmarshal(content, &got.body); err != nil {
			t.Fatalf("%s %s: the body is not a JSON object: %v", request.Method, request.URL.Path, err)
		}
	}
	return got
}

func (c *client) get(t *testing.T, path string, headers ...string) answer {
	t.Helper()
	return c.do(t, http.MethodGet, path, nil, headers...)
}

func (c *client) post(t *testing.T, path string, body any, headers ...string) answer {
	t.Helper()
	return c.do(t, http.MethodPost, path, body, headers...)
}

func (c *client) patch(t *testing.T, path string, body any, headers ...string) answer {
	t.Helper()
	return c.do(t, http.MethodPatch, path, body, headers...)
}

func (c *client) delete(t *testing.T, path string) answer {
	t.Helper()
	return c.do(t, http.MethodDelete, path, nil)
}

// want stops the test unless the status is the expected one. A 204 has no body.
func (a answer) want(t *testing.T, status int) answer {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d, want %d: %v", a.status, status, a.err())
	}
	if status == http.StatusNoContent && a.body != nil {
		t.Fatalf("a 204 carries a body with the properties %v", keysOf(a.body))
	}
	return a
}

// text is a property of the body, or of an object in it when several names are given.
func (a answer) text(names ...string) string {
	value := dig(a.body, names...)
	if value == nil {
		return ""
	}
	return fmt.Sprint(value)
}

// items are the members of a collection.
func (a answer) items() []object {
	return objects(a.body["value"])
}

func objects(value any) []object {
	members, _ := value.([]any)
	found := make([]object, 0, len(members))
	for _, member := range members {
		if member, ok := member.(object); ok {
			found = append(found, member)
		}
	}
	return found
}

func dig(body object, names ...string) any {
	var value any = body
	for _, name := range names {
		inner, _ := value.(object)
		value = inner[name]
	}
	return value
}

func keysOf(body object) []string {
	names := make([]string, 0, len(body))
	for name := range body {
		names = append(names, name)
	}
	return names
}

// str is a JSON text, and "" for anything else.
func str(value any) string {
	text, _ := value.(string)
	return text
}
