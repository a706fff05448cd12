package graph

import (
	"encoding/json"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

const (
	appID       = "aaaaaaaa-0000-4000-8000-000000000001" // application id
	appObject   = "aaaaaaaa-0000-4000-8000-000000000002"
	principal   = "aaaaaaaa-0000-4000-8000-000000000003"
	resource    = "aaaaaaaa-0000-4000-8000-000000000004" // service principal of an API
	permission  = "aaaaaaaa-0000-4000-8000-000000000005"
	keyID       = "aaaaaaaa-0000-4000-8000-000000000006"
	role        = "29232cdf-9323-42fd-ade2-1d097af3e4de"
	microsoftID = "00000003-0000-0000-c000-000000000000"
)

// wantCall is what a builder must produce. The query is not escaped, the body is compared as JSON.
type wantCall struct {
	method, path, query, body, prefer string
	once                              bool // must not be sent again unless the first had no effect
	waits                             bool // waits while what it refers to is absent
	right                             entra.Right
}

func (w wantCall) check(t *testing.T, c *call) {
	t.Helper()
	if c.err != nil {
		t.Fatal(c.err)
	}
	path, rawQuery, _ := strings.Cut(c.url, "?")
	query, err := url.QueryUnescape(rawQuery)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := url.PathUnescape(path); err != nil || c.method != w.method || plain != w.path || query != w.query {
		t.Errorf("got  %s %s?%s\nwant %s %s?%s", c.method, path, query, w.method, w.path, w.query)
	}
	if strings.Contains(rawQuery, " ") || strings.Contains(path, " ") {
		t.Errorf("the address %q is not escaped", c.url)
	}
	contentType := ""
	for name, value := range c.headers {
		switch strings.ToLower(name) {
		case "content-type":
			contentType = value
		case "prefer":
			if value != w.prefer {
				t.Errorf("Prefer: %s, want %q", value, w.prefer)
			}
		default:
			t.Errorf("unexpected header %s: %s", name, value)
		}
	}
	if (w.prefer != "") != (c.headers["Prefer"] != "") {
		t.Errorf("headers %v, want Prefer: %s", c.headers, w.prefer)
	}
	if (w.body != "") != (contentType == "application/json") {
		t.Errorf("Content-Type %q with the body %s", contentType, c.body)
	}
	w.checkBody(t, c.body)
	absent := &answer{status: 404}
	waits := c.notYet != nil && c.notYet(absent) || c.perhaps != nil && c.perhaps(absent)
	if c.once != w.once || waits != w.waits {
		t.Errorf("once %t, waits %t; want %t, %t", c.once, waits, w.once, w.waits)
	}
	if !reflect.DeepEqual(c.right, w.right) {
		t.Errorf("right %v, want %v", c.right, w.right)
	}
}

func (w wantCall) checkBody(t *testing.T, body json.RawMessage) {
	t.Helper()
	if w.body == "" {
		if len(body) > 0 {
			t.Errorf("body %s, want none", body)
		}
		return
	}
	var got, want map[string]any
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatalf("body %s: %v", body, err)
	}
	if err := json.Unmarshal([]byte(w.body), &want); err != nil {
		t.Fatalf("the test's body %s: %v", w.body, err)
	}
	delete(got, "@odata.type")
	if !reflect.DeepEqual(got, want) {
		t.Errorf("body\ngot  %s\nwant %s", body, w.body)
	}
}

var testCertificate = entra.Certificate{
	DER: []byte("contents"), SHA1: "AB12", SHA256: "CD34", Subject: "CN=" + strings.Repeat("é", 100),
	NotBefore: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC),
}

func TestRequestsOfApplications(t *testing.T) {
	t.Parallel()
	tenant, _, _ := newTenant(t)
	ctx := t.Context()
	name, notes, none, audience := "it's A", "n", "", entra.AudienceSingleTenant
	access := entra.NewAccess(
		entra.Permission{API: microsoftID, Kind: entra.Application, ID: permission, Name: "A"},
		entra.Permission{API: microsoftID, Kind: entra.Delegated, ID: keyID, Name: "D"},
		entra.Permission{API: appID, Kind: entra.Application, ID: role, Name: "B"})
	withKey := body{"keyCredentials": []body{keyBody(testCertificate, keyID)}}
	patch := func(change entra.PatchApplication) *call {
		return tenant.patchApplication(ctx, "write", appObject, patchBody(change))
	}
	const path = "/applications/" + appObject
	for title, c := range map[string]struct {
		call *call
		want wantCall
	}{
		"look up a unique name": {tenant.lookUpName(ctx, "it's"), wantCall{
			method: "GET", path: "/applications(uniqueName='it''s')",
			query: "$select=" + strings.Join(applicationProperties, ","), right: entra.ReadApplications,
		}},
		"patch everything": {
			patch(entra.PatchApplication{
				UniqueName: &name, DisplayName: &name, Notes: &notes, Audience: &audience, Manifest: &access, Tags: []string{"a:b"},
			}),
			wantCall{
				method: "PATCH", path: path, waits: true, right: entra.ManageApplications,
				body: `{"uniqueName":"it's A","displayName":"it's A","notes":"n","signInAudience":"AzureADMyOrg","tags":["a:b"],` +
					`"requiredResourceAccess":[{"resourceAppId":"` + microsoftID + `","resourceAccess":[{"id":"` + permission +
					`","type":"Role"},{"id":"` + keyID + `","type":"Scope"}]},{"resourceAppId":"` + appID +
					`","resourceAccess":[{"id":"` + role + `","type":"Role"}]}]}`,
			},
		},
		"patch nothing but the notes, away": {patch(entra.PatchApplication{Notes: &none}), wantCall{
			method: "PATCH", path: path, waits: true, right: entra.ManageApplications, body: `{"notes":null}`,
		}},
		"patch an empty manifest": {patch(entra.PatchApplication{Manifest: &entra.Access{}}), wantCall{
			method: "PATCH", path: path, waits: true, right: entra.ManageApplications, body: `{"requiredResourceAccess":[]}`,
		}},
		"patch the first certificate": {tenant.patchApplication(ctx, "write", appObject, withKey), wantCall{
			method: "PATCH", path: path, waits: true, right: entra.ManageApplications,
			body: `{"keyCredentials":[{"type":"AsymmetricX509Cert","usage":"Verify","keyId":"` + keyID + `","key":"Y29udGVudHM=","displayName":"sapio365 App session, CN=` +
				strings.Repeat("é", 65) + `","startDateTime":"2026-01-01T00:00:00Z","endDateTime":"2027-01-01T00:00:00Z"}]}`,
		}},
		"read the certificates": {tenant.readKeys(ctx, appObject), wantCall{
			method: "GET", path: path, query: "$select=keyCredentials", right: entra.ReadApplications,
		}},
		"add an owner": {tenant.addOwner(ctx, entra.AddOwner{ObjectID: principal}, appObject), wantCall{
			method: "POST", path: path + "/owners/$ref", once: true, waits: true, right: entra.ManageOwners,
			body: `{"@odata.id":"` + testHost + `/v1.0/directoryObjects/` + principal + `"}`,
		}},
		"remove an owner": {tenant.removeOwner(ctx, entra.RemoveOwner{ObjectID: principal}, appObject), wantCall{
			method: "DELETE", path: path + "/owners/" + principal + "/$ref", right: entra.ManageApplications,
		}},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			c.want.check(t, c.call)
		})
	}
}

func TestRequestsOfSecrets(t *testing.T) {
	t.Parallel()
	tenant, _, _ := newTenant(t)
	now := time.Date(2026, 3, 1, 12, 0, 0, 987654321, time.UTC) // Microsoft Graph takes seven digits of a fraction
	const path = "/applications/" + appObject
	add := entra.AddSecret{Terms: entra.SecretTerms{ValidDays: 180}, Predecessor: keyID}
	wantCall{
		method: "POST", path: path + "/addPassword", once: true, waits: true, right: entra.ManageApplications,
		body: `{"passwordCredential":{"displayName":"sapio365 App session, run 0123456789abcdef, after ` + keyID +
			`","endDateTime":"2026-08-28T12:00:00Z"}}`,
	}.check(t, tenant.addPassword(t.Context(), appObject, add, "0123456789abcdef", now))
	// A removed credential stays removed, so that a removal may be repeated although it is a POST.
	wantCall{
		method: "POST", path: path + "/removePassword", right: entra.ManageApplications, body: `{"keyId":"` + keyID + `"}`,
	}.check(t, tenant.removePassword(t.Context(), appObject, entra.RemoveSecret{KeyID: keyID}))
}

func TestRequestsOfServicePrincipals(t *testing.T) {
	t.Parallel()
	tenant, _, _ := newTenant(t)
	ctx := t.Context()
	required := true
	granted := entra.Permission{API: microsoftID, Kind: entra.Application, ID: permission}
	for title, c := range map[string]struct {
		call *call
		want wantCall
	}{
		"the session's own": {tenant.upsertServicePrincipal(ctx, "make it", appID, &required), wantCall{
			method: "PATCH", path: "/servicePrincipals(appId='" + appID + "')", prefer: "create-if-missing",
			right: entra.ManageApplications,
			body:  `{"appId":"` + appID + `","appRoleAssignmentRequired":true,"tags":["WindowsAzureActiveDirectoryIntegratedApp"]}`,
		}},
		"that of an API": {tenant.upsertServicePrincipal(ctx, "make it", microsoftID, nil), wantCall{
			method: "PATCH", path: "/servicePrincipals(appId='" + microsoftID + "')", prefer: "create-if-missing",
			right: entra.ManageForeignServicePrincipals, body: `{"appId":"` + microsoftID + `"}`,
		}},
		"assignment required": {tenant.patchServicePrincipal(ctx, entra.PatchServicePrincipal{AssignmentRequired: false}, principal), wantCall{
			method: "PATCH", path: "/servicePrincipals/" + principal, right: entra.ManageApplications,
			body: `{"appRoleAssignmentRequired":false}`,
		}},
		"grant a role": {tenant.assignAppRole(ctx, entra.GrantRole{Permission: granted}, principal, resource), wantCall{
			method: "POST", path: "/servicePrincipals/" + resource + "/appRoleAssignedTo", once: true, waits: true,
			right: entra.AssignAppRoles,
			body:  `{"principalId":"` + principal + `","resourceId":"` + resource + `","appRoleId":"` + permission + `"}`,
		}},
		"revoke a role": {tenant.unassignAppRole(ctx, entra.RevokeRole{AssignmentID: "As-1_x"}, principal), wantCall{
			method: "DELETE", path: "/servicePrincipals/" + principal + "/appRoleAssignments/As-1_x", right: entra.RevokeAppRoles,
		}},
		"make a grant": {tenant.grantScopes(ctx, entra.GrantScopes{Names: []string{"A", "B"}}, principal, resource), wantCall{
			method: "POST", path: "/oauth2PermissionGrants", once: true, waits: true, right: entra.ManageDelegatedGrants,
			body: `{"clientId":"` + principal + `","consentType":"AllPrincipals","resourceId":"` + resource + `","scope":"A B"}`,
		}},
		"change a grant": {
			tenant.grantScopes(ctx, entra.GrantScopes{GrantID: "Gr-1_x", Names: []string{"A"}}, principal, resource),
			wantCall{
				method: "PATCH", path: "/oauth2PermissionGrants/Gr-1_x", right: entra.ManageDelegatedGrants, body: `{"scope":"A"}`,
			},
		},
		"delete a grant": {tenant.deleteGrant(ctx, "revoke", "Gr-1_x"), wantCall{
			method: "DELETE", path: "/oauth2PermissionGrants/Gr-1_x", right: entra.ManageDelegatedGrants,
		}},
		"assign a directory role": {tenant.assignDirectoryRole(ctx, entra.AssignDirectoryRole{TemplateID: role}, principal), wantCall{
			method: "POST", path: "/roleManagement/directory/roleAssignments", once: true, waits: true,
			right: entra.AssignDirectoryRoles,
			body:  `{"roleDefinitionId":"` + role + `","principalId":"` + principal + `","directoryScopeId":"/"}`,
		}},
		"withdraw a directory role": {tenant.deleteDirectoryRole(ctx, "withdraw", "Ra-1_x"), wantCall{
			method: "DELETE", path: "/roleManagement/directory/roleAssignments/Ra-1_x", right: entra.AssignDirectoryRoles,
		}},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			c.want.check(t, c.call)
		})
	}
}

func TestRequestsOfARead(t *testing.T) {
	t.Parallel()
	tenant, _, _ := newTenant(t)
	l := tenant.lookingAt(t.Context(), entra.Ref{
		ClientID: appID, ObjectID: appObject, ServicePrincipalID: principal, DirectoryRoles: true,
	}, 1)
	r := l.readings[0]
	for title, c := range map[string]struct {
		call *call
		want wantCall
	}{
		"application": {r.application, wantCall{
			path: "/applications(appId='" + appID + "')", query: "$select=" + strings.Join(applicationProperties, ","),
			right: entra.ReadApplications,
		}},
		"certificates": {l.keys, wantCall{
			path: "/applications/" + appObject, query: "$select=keyCredentials", right: entra.ReadApplications,
		}},
		"owners": {r.owners, wantCall{path: "/applications/" + appObject + "/owners", right: entra.ReadOwners}},
		"service principal": {r.principal, wantCall{
			path: "/servicePrincipals(appId='" + appID + "')", query: "$select=id,appId,appRoleAssignmentRequired",
			right: entra.ReadApplications,
		}},
		"roles": {r.roles, wantCall{
			path: "/servicePrincipals/" + principal + "/appRoleAssignments", query: "$top=999", right: entra.ReadApplications,
		}},
		"scopes": {r.scopes, wantCall{
			path: "/servicePrincipals/" + principal + "/oauth2PermissionGrants", right: entra.ReadDelegatedGrants,
		}},
		"directory roles": {r.directoryRoles, wantCall{
			path: "/roleManagement/directory/roleAssignments", query: "$filter=principalId eq '" + principal + "'",
			right: entra.ReadDirectoryRoles,
		}},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			c.want.method = "GET"
			c.want.check(t, c.call)
		})
	}
	l = tenant.lookingAt(t.Context(), entra.Ref{ClientID: appID}, 1)
	if r = l.readings[0]; l.keys != nil || r.owners != nil || r.roles != nil || r.scopes != nil || r.directoryRoles != nil {
		t.Error("a call was made up without the id that it takes")
	}
}
