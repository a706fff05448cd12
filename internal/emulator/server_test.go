package emulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
)

// caller speaks plain HTTP as one application.
type caller struct {
	t      *testing.T
	server *Server
	token  string
}

func signIn(t *testing.T, server *Server, tenant string, identity Identity) caller {
	t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {identity.ClientID},
		"client_secret": {identity.ClientSecret}, "scope": {server.URL() + "/.default"}}
	response, err := server.Client().PostForm(server.URL()+"/"+tenant+"/oauth2/v2.0/token", form)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var body struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil || body.AccessToken == "" {
		t.Fatalf("sign in: status %d, %v", response.StatusCode, err)
	}
	return caller{t, server, body.AccessToken}
}

func (c caller) do(method, path string, body any) (int, map[string]any) {
	c.t.Helper()
	encoded, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.server.URL()+"/v1.0"+path, bytes.NewReader(encoded))
	if err != nil {
		c.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Prefer", "create-if-missing")
	response, err := c.server.Client().Do(request)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var decoded map[string]any
	if response.StatusCode != http.StatusNoContent {
		if err := json.NewDecoder(response.Body).Decode(&decoded); err != nil {
			c.t.Fatal(err)
		}
	}
	return response.StatusCode, decoded
}

func start(t *testing.T) (*Server, *Tenant) {
	t.Helper()
	server, err := Start(Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	tenant, err := server.Tenant(TenantOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return server, tenant
}

func TestUpsertThenBatch(t *testing.T) {
	t.Parallel()
	server, tenant := start(t)
	admin := signIn(t, server, tenant.Domain(), tenant.Admin())

	status, app := admin.do(http.MethodPatch, "/applications(uniqueName='one')", map[string]any{"displayName": "One"})
	if status != http.StatusCreated {
		t.Fatalf("first upsert: status %d, %v", status, app)
	}
	if status, body := admin.do(http.MethodPatch, "/applications(uniqueName='one')", map[string]any{"displayName": "Two"}); status != http.StatusNoContent {
		t.Fatalf("second upsert: status %d, %v", status, body)
	}
	appID := directory.Text(app, "appId")
	status, batch := admin.do(http.MethodPost, "/$batch", map[string]any{"requests": []any{
		map[string]any{"id": "3", "method": "GET", "url": "/servicePrincipals(appId='" + appID + "')", "dependsOn": []string{"2"}},
		map[string]any{"id": "2", "method": "PATCH", "url": "/servicePrincipals(appId='" + appID + "')",
			"headers": map[string]string{"Content-Type": "application/json", "Prefer": "create-if-missing"}, "body": map[string]any{}},
		map[string]any{"id": "4", "method": "GET", "url": "/applications/nonsense"},
		map[string]any{"id": "5", "method": "GET", "url": "/applications(appId='" + appID + "')?$select=displayName", "dependsOn": []string{"4"}},
	}})
	if status != http.StatusOK {
		t.Fatalf("batch: status %d, %v", status, batch)
	}
	want := map[string]float64{"2": 201, "3": 200, "4": 400, "5": 424}
	for _, part := range directory.Items(batch["responses"]) {
		if part["status"] != want[directory.Text(part, "id")] {
			t.Errorf("part %v: status %v, body %v", part["id"], part["status"], part["body"])
		}
	}
	requests := tenant.Requests()
	if last := requests[len(requests)-1]; last.Path != "/$batch" || len(last.Parts) != 4 || last.Parts[1].Status != 201 {
		t.Errorf("log of the batch: %+v", last)
	}
	if first := requests[0]; first.Kind != KindToken || first.CallerID != tenant.Admin().ClientID || !strings.HasSuffix(first.Path, "/token") {
		t.Errorf("log of the sign-in: %+v", first)
	}
	if tenant.ResetRequests(); len(tenant.Requests()) != 0 {
		t.Error("the log is not empty after its reset")
	}
}

// TestDoLeavesNoTrace looks at what the portal's administrator leaves behind: neither entries in the log nor ownership.
func TestDoLeavesNoTrace(t *testing.T) {
	t.Parallel()
	_, tenant := start(t)
	status, app, err := tenant.Do(http.MethodPost, "applications", map[string]any{"displayName": "By hand"})
	if err != nil || status != http.StatusCreated {
		t.Fatalf("status %d, %v, %v", status, app, err)
	}
	_, owners, err := tenant.Do(http.MethodGet, "/applications/"+directory.Text(app, "id")+"/owners?$top=5", nil)
	if err != nil || len(directory.Items(owners["value"])) != 0 {
		t.Errorf("owners %v, %v", owners, err)
	}
	if requests := tenant.Requests(); len(requests) != 0 {
		t.Errorf("log: %v", requests)
	}
}

func TestTenantsAreRefused(t *testing.T) {
	t.Parallel()
	server, tenant := start(t)
	if _, err := server.Tenant(TenantOptions{ID: strings.ToUpper(tenant.ID())}); !errors.Is(err, ErrTenantExists) {
		t.Errorf("a second tenant with the id: %v", err)
	}
	if _, err := server.Tenant(TenantOptions{Domain: tenant.Domain()}); !errors.Is(err, ErrTenantExists) {
		t.Errorf("a second tenant with the domain: %v", err)
	}
	if _, err := server.Tenant(TenantOptions{ID: "contoso"}); err == nil {
		t.Error("an id that is no GUID was accepted")
	}
	if _, err := tenant.Caller("x", "User.Fly.All"); err == nil {
		t.Error("an unknown permission was accepted")
	}
}

func TestCertificateNames(t *testing.T) {
	t.Parallel()
	server, tenant := start(t)
	port := server.URL()[strings.LastIndexByte(server.URL(), ':'):]
	for _, base := range []string{server.URL(), "https://localhost" + port} {
		response, err := server.Client().Get(base + "/" + tenant.ID() + "/v2.0/.well-known/openid-configuration")
		if err != nil {
			t.Errorf("%s: %v", base, err)
			continue
		}
		var metadata map[string]any
		if err := json.NewDecoder(response.Body).Decode(&metadata); err != nil || response.Body.Close() != nil {
			t.Fatal(err)
		}
		if got := directory.Text(metadata, "token_endpoint"); got != base+"/"+tenant.ID()+"/oauth2/v2.0/token" {
			t.Errorf("%s: token endpoint %s", base, got)
		}
	}
}

// An interruption breaks the connection before or after the request is carried out.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	for name, applied := range map[string]bool{"before": false, "after": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, err := Start(Options{Interrupt: func(r *http.Request, done bool) bool {
				return r.Method == http.MethodPost && r.URL.Path == "/v1.0/applications" && done == applied
			}})
			if err != nil {
				t.Fatal(err)
			}
			defer server.Close()
			tenant, err := server.Tenant(TenantOptions{})
			if err != nil {
				t.Fatal(err)
			}
			c := signIn(t, server, tenant.ID(), tenant.Admin())
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL()+"/v1.0/applications",
				strings.NewReader(`{"displayName":"Broken off"}`))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Authorization", "Bearer "+c.token)
			request.Header.Set("Content-Type", "application/json")
			if response, err := server.Client().Do(request); err == nil {
				_ = response.Body.Close()
				t.Errorf("status %d, want a broken connection", response.StatusCode)
			}
			_, found, err := tenant.Do(http.MethodGet, "/applications?$filter=displayName eq 'Broken off'", nil)
			if got, _ := found["value"].([]any); err != nil || (len(got) == 1) != applied {
				t.Errorf("%d applications, %v", len(got), err)
			}
		})
	}
}
