package graph

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
)

func TestParseDuration(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"P180D": 180 * day, "P4DT12H30M5S": 4*day + 12*time.Hour + 30*time.Minute + 5*time.Second, "P1Y2M": 425 * day, "PT90S": 90 * time.Second,
	} {
		if got, ok := parseDuration(text); !ok || got != want {
			t.Errorf("%s: got %v, %v", text, got, ok)
		}
	}
	if _, ok := parseDuration(""); ok {
		t.Error("an empty duration was read")
	}
}

func TestValidRedirect(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		uri            string
		web, installed bool
	}{
		{"https://example.com/signin", true, true},
		{"http://localhost:8080", true, true},
		{"http://127.0.0.1", false, true},
		{"http://example.com", false, false},
		{"myapp://auth", false, true},
		{"https://", false, false},
		{"/relative", false, false},
		{"https://example.com/a;b", false, false},
		{"https://example.com/" + strings.Repeat("a", 236), true, true},
		{"https://example.com/" + strings.Repeat("a", 237), false, false},
	} {
		if got := validRedirect(test.uri, false); got != test.web {
			t.Errorf("%s for web: got %v", test.uri, got)
		}
		if got := validRedirect(test.uri, true); got != test.installed {
			t.Errorf("%s for an installed client: got %v", test.uri, got)
		}
	}
}

func TestEntitlementValue(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]bool{
		"User.Read.All": true, "a/b:c": true, "`~{}": true, ".default": false, "a b": false, "é": false, `a"b`: false, `a\b`: false,
	} {
		if got := entitlementValue.MatchString(value); got != want {
			t.Errorf("%q: got %v", value, got)
		}
	}
}

func TestFindRoute(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		method, path string
		status       int // of the refusal, 0 for none
		segment      string
	}{
		{get, "/applications", 0, ""},
		{get, "/Applications(appId='x')/owners", 0, ""},
		{post, "/servicePrincipals(appId='x')/appRoleAssignedTo", 0, ""},
		{get, "/directory/deletedItems/microsoft.graph.application", 0, ""},
		{del, "/applications", http.StatusMethodNotAllowed, ""},
		{get, "/nothing", http.StatusBadRequest, "nothing"},
		{get, "/applications/x/nothing", http.StatusBadRequest, "nothing"},
		{get, "/applications/x/owners/y/z", http.StatusBadRequest, "z"},
		{get, "/organization/x/y", http.StatusBadRequest, "y"},
		{get, "/directory", http.StatusBadRequest, "directory"},
	} {
		_, _, err := findRoute(test.method, test.path)
		refusal, refused := errors.AsType[*Error](err)
		switch {
		case test.status == 0 && err != nil, test.status != 0 && (!refused || refusal.Status != test.status):
			t.Errorf("%s %s: got %v", test.method, test.path, err)
		case test.segment != "" && !strings.Contains(refusal.Message, "'"+test.segment+"'"):
			t.Errorf("%s %s: %s, want segment %s", test.method, test.path, refusal.Message, test.segment)
		}
	}
}

func TestMergedKeepsWhatIsLeftOut(t *testing.T) {
	t.Parallel()
	current := template("application")
	changed := merged("application", current, map[string]any{"web": map[string]any{"logoutUrl": "https://x",
		"implicitGrantSettings": map[string]any{"enableIdTokenIssuance": true}}, "tags": []any{"a"}})
	web, _ := changed["web"].(map[string]any)
	implicit, _ := web["implicitGrantSettings"].(map[string]any)
	if web["logoutUrl"] != "https://x" || web["redirectUris"] == nil || implicit["enableIdTokenIssuance"] != true || implicit["enableAccessTokenIssuance"] != false {
		t.Errorf("web: %v", web)
	}
	if before, _ := current["web"].(map[string]any); before["logoutUrl"] != nil {
		t.Error("the current value changed")
	}
}

// service returns a service with one tenant and its administrator.
func service(t *testing.T) (*Service, Caller) {
	t.Helper()
	d := directory.New(time.Now)
	tenant, _ := d.AddTenant("00000000-0000-0000-0000-00000000000a", "Contoso", "contoso.onmicrosoft.com")
	Seed(tenant, time.Now(), false, false)
	return New(d, "https://localhost"), Caller{Tenant: tenant, Administrator: true}
}

func send(s *Service, caller Caller, method, path, query, body string) Response {
	return s.Serve(context.Background(), caller, Request{Method: method, Path: path, Query: query, Body: []byte(body),
		Header: http.Header{"Content-Type": {"application/json"}}})
}

// TestPagesStayWhole deletes what was served already between two pages; the second page misses nothing.
func TestPagesStayWhole(t *testing.T) {
	t.Parallel()
	s, admin := service(t)
	for i := range 4 {
		send(s, admin, post, "/applications", "", fmt.Sprintf(`{"displayName": "%d"}`, i))
	}
	names := func(response Response) (served []string, next string) {
		page, _ := response.Body.(map[string]any)
		for _, item := range directory.Items(page["value"]) {
			served = append(served, directory.Text(item, "displayName"))
		}
		_, next, _ = strings.Cut(directory.Text(page, "@odata.nextLink"), "?")
		return served, next
	}
	served, next := names(send(s, admin, get, "/applications", "$top=2&$select=displayName", ""))
	if fmt.Sprint(served) != "[0 1]" || next == "" {
		t.Fatalf("first page %v, next %q", served, next)
	}
	first, _ := admin.Tenant.View(directory.Read, nil).Find(directory.Application, "displayName", "0")
	send(s, admin, del, "/applications/"+first.ID, "", "")
	served, next = names(send(s, admin, get, "/applications", next, ""))
	if fmt.Sprint(served) != "[2 3]" || next != "" {
		t.Errorf("second page %v, next %q", served, next)
	}
}

func TestBatchesAreCheckedAsAWhole(t *testing.T) {
	t.Parallel()
	s, admin := service(t)
	part := func(id, more string) string {
		return `{"id": "` + id + `", "method": "GET", "url": "/organization"` + more + `}`
	}
	many := make([]string, 21)
	for i := range many {
		many[i] = part(fmt.Sprint(i), "")
	}
	for name, parts := range map[string]string{
		"no parts":              "",
		"too many parts":        strings.Join(many, ","),
		"one id twice":          part("1", "") + "," + part("1", ""),
		"circle":                part("1", `, "dependsOn": ["2"]`) + "," + part("2", `, "dependsOn": ["1"]`),
		"dependence on itself":  part("1", `, "dependsOn": ["1"]`),
		"dependence on nothing": part("1", `, "dependsOn": ["2"]`),
		"body without type":     part("1", `, "body": {}`),
		"absolute url":          `{"id": "1", "method": "GET", "url": "https://graph.microsoft.com/v1.0/organization"}`,
		"no method":             `{"id": "1", "url": "/organization"}`,
	} {
		if response := send(s, admin, post, "/$batch", "", `{"requests": [`+parts+`]}`); response.Status != http.StatusBadRequest {
			t.Errorf("%s: status %d", name, response.Status)
		}
	}
	nested := send(s, admin, post, "/$batch", "", `{"requests": [{"id": "1", "method": "POST", "url": "/$batch",
		"headers": {"Content-Type": "application/json"}, "body": {"requests": []}}]}`)
	if nested.Status != http.StatusOK || nested.Parts[0].Status != http.StatusBadRequest {
		t.Errorf("a batch within a batch: status %d, parts %v", nested.Status, nested.Parts)
	}
}

// TestDirectoryRoleThroughAGroup follows a role that a group holds to a member of the group.
func TestDirectoryRoleThroughAGroup(t *testing.T) {
	t.Parallel()
	s, admin := service(t)
	text := func(response Response, name string) string {
		body, _ := response.Body.(map[string]any)
		return directory.Text(body, name)
	}
	titles := func(path string) string {
		var names []string
		request := Request{Method: get, Path: path}
		if strings.Contains(path, "/graph.") || strings.Contains(path, "/microsoft.graph.") {
			if refused := s.Serve(context.Background(), admin, request); refused.Status != http.StatusBadRequest {
				t.Errorf("%s without the index of advanced queries: status %d", path, refused.Status)
			}
			request.Query, request.Header = "$count=true", http.Header{"Consistencylevel": {"eventual"}}
		}
		body, _ := s.Serve(context.Background(), admin, request).Body.(map[string]any)
		for _, item := range directory.Items(body["value"]) {
			names = append(names, directory.Text(item, "displayName"))
		}
		return strings.Join(names, ", ")
	}
	user := text(send(s, admin, post, "/users", "", `{"accountEnabled": true, "displayName": "Alex", "mailNickname": "alex",
		"userPrincipalName": "alex@contoso.onmicrosoft.com", "passwordProfile": {"password": "x"}}`), "id")
	group := text(send(s, admin, post, "/groups", "", `{"displayName": "Admins", "mailEnabled": false, "mailNickname": "admins",
		"securityEnabled": true, "isAssignableToRole": true, "members@odata.bind": ["https://localhost/v1.0/users/`+user+`"]}`), "id")
	const global = "62e90394-69f5-4237-9190-012177145e10"
	assignment := send(s, admin, post, "/roleManagement/directory/roleAssignments", "",
		`{"roleDefinitionId": "`+global+`", "principalId": "`+group+`", "directoryScopeId": "/"}`)
	if assignment.Status != http.StatusCreated {
		t.Fatalf("assignment: %v", assignment.Body)
	}
	for path, want := range map[string]string{
		"/users/" + user + "/memberOf":                                         "Admins",
		"/users/" + user + "/transitiveMemberOf":                               "Admins, Global Administrator",
		"/users/" + user + "/transitiveMemberOf/microsoft.graph.directoryRole": "Global Administrator",
		"/users/" + user + "/transitiveMemberOf/graph.group":                   "Admins",
		"/groups/" + group + "/memberOf/microsoft.graph.directoryRole":         "Global Administrator",
		"/directoryRoles(roleTemplateId='" + global + "')/members":             "Admins",
		"/directoryRoles": "Global Administrator",
	} {
		if got := titles(path); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
	again := send(s, admin, post, "/directoryRoles", "", `{"roleTemplateId": "`+global+`"}`)
	if again.Status != http.StatusBadRequest {
		t.Errorf("activation of an active role: status %d", again.Status)
	}
}
