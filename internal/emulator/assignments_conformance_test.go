package emulator_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/google/uuid"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/serviceprincipals"
)

const defaultRole = "00000000-0000-0000-0000-000000000000"

func assignment(principal, resource, role string) object {
	return object{"principalId": principal, "resourceId": resource, "appRoleId": role}
}

func TestAppRoleAssignments(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	graph, session := w.principalOf(t, microsoftGraphAppID), w.register(t, "Client")

	body := models.NewAppRoleAssignment()
	body.SetPrincipalId(ptr(uuid.MustParse(session.principalID)))
	body.SetResourceId(ptr(uuid.MustParse(graph)))
	body.SetAppRoleId(ptr(uuid.MustParse(applicationReadAll)))
	created, err := w.servicePrincipals().ByServicePrincipalId(graph).AppRoleAssignedTo().Post(t.Context(), body, nil)
	if err != nil {
		t.Fatal(refusalOrSelf(err))
	}
	if value(created.GetPrincipalType()) != "ServicePrincipal" || value(created.GetPrincipalDisplayName()) != "Client" ||
		value(created.GetResourceDisplayName()) != "Microsoft Graph" || created.GetCreatedDateTime() == nil || value(created.GetId()) == "" {
		t.Errorf("principal %q %q, resource %q", value(created.GetPrincipalType()), value(created.GetPrincipalDisplayName()), value(created.GetResourceDisplayName()))
	}
	other := w.post(t, "/servicePrincipals/"+session.principalID+"/appRoleAssignments",
		assignment(session.principalID, graph, domainReadAll)).want(t, http.StatusCreated)
	exchange := w.principalOf(t, exchangeOnlineAppID)
	w.consent(t, session.principalID, exchange, exchangeManageAsApp)

	held := w.servicePrincipals().ByServicePrincipalId(session.principalID).AppRoleAssignments()
	for filter, want := range map[string]int{"": 3, "resourceId eq " + graph: 2, "resourceId eq " + exchange: 1, "resourceId eq " + absent: 0} {
		query := &serviceprincipals.ItemAppRoleAssignmentsRequestBuilderGetQueryParameters{}
		if filter != "" {
			query.Filter = &filter
		}
		page, err := held.Get(t.Context(), &serviceprincipals.ItemAppRoleAssignmentsRequestBuilderGetRequestConfiguration{QueryParameters: query})
		if err != nil {
			t.Errorf("filter %q: %v", filter, refusalOrSelf(err))
		} else if len(page.GetValue()) != want {
			t.Errorf("filter %q finds %d assignments, want %d", filter, len(page.GetValue()), want)
		}
	}
	if got := assignedTo(t, w, graph, session.principalID); got != 2 {
		t.Errorf("Microsoft Graph's side shows %d assignments, want 2", got)
	}

	path := "/servicePrincipals/" + graph + "/appRoleAssignedTo/" + value(created.GetId())
	w.delete(t, path).want(t, http.StatusNoContent)
	w.delete(t, "/servicePrincipals/"+session.principalID+"/appRoleAssignments/"+other.text("id")).want(t, http.StatusNoContent)
	wantRefused(t, w.delete(t, path).err(), http.StatusNotFound, requestResourceNotFound, resourceMissing)
	if got := assignedTo(t, w, graph, session.principalID); got != 0 {
		t.Errorf("%d assignments are left, want none", got)
	}
}

// assignedTo counts the assignments of a principal on the resource's side, over all pages.
func assignedTo(t *testing.T, w *world, resource, principal string) int {
	t.Helper()
	count := 0
	for next := "/servicePrincipals/" + resource + "/appRoleAssignedTo"; next != ""; {
		page := w.get(t, next).want(t, http.StatusOK)
		for _, one := range page.items() {
			if one["principalId"] == principal {
				count++
			}
		}
		next = page.text("@odata.nextLink")
	}
	return count
}

func TestAssignmentsOfUsersAndGroups(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	everyone := uuid.NewString()
	api := w.newResource(t, object{"displayName": "Roles", "appRoles": list{
		with(role(everyone, "Access"), "allowedMemberTypes", list{"User", "Application"}),
	}})
	roleless := w.register(t, "Without roles")
	user, group, session := w.newUser(t, "member"), w.newGroup(t, "members", false), w.register(t, "Client")
	for kind, principal := range map[string]string{"User": user, "Group": group, "ServicePrincipal": session.principalID} {
		created := w.post(t, "/servicePrincipals/"+api.principalID+"/appRoleAssignedTo",
			assignment(principal, api.principalID, everyone)).want(t, http.StatusCreated)
		if created.text("principalType") != kind || created.text("resourceDisplayName") != "Roles" {
			t.Errorf("principalType %q, want %s", created.text("principalType"), kind)
		}
	}
	w.post(t, "/users/"+user+"/appRoleAssignments", assignment(user, roleless.principalID, defaultRole)).want(t, http.StatusCreated)
	if held := w.get(t, "/users/"+user+"/appRoleAssignments").want(t, http.StatusOK).items(); len(held) != 2 {
		t.Errorf("the user holds %d roles, want 2", len(held))
	}
	if assigned := w.get(t, "/servicePrincipals/"+api.principalID+"/appRoleAssignedTo").want(t, http.StatusOK).items(); len(assigned) != 3 {
		t.Errorf("%d principals hold roles of the API, want 3", len(assigned))
	}
	filter := url.QueryEscape("startswith(principalDisplayName,'Cli')")
	if found := w.get(t, "/servicePrincipals/"+api.principalID+"/appRoleAssignedTo?$filter="+filter).want(t, http.StatusOK).items(); len(found) != 1 {
		t.Errorf("%d assignments by principalDisplayName, want 1", len(found))
	}
}

func TestAppRoleAssignmentRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	graph, exchange := w.principalOf(t, microsoftGraphAppID), w.principalOf(t, exchangeOnlineAppID)
	session, other := w.register(t, "Client"), w.register(t, "Other")
	w.consent(t, session.principalID, graph, applicationReadAll)
	to := "/servicePrincipals/" + graph + "/appRoleAssignedTo"
	from := "/servicePrincipals/" + session.principalID + "/appRoleAssignments"
	post := func(path string, body object) func(t *testing.T) error {
		return once(func(t *testing.T) answer { return w.post(t, path, body) })
	}
	check(t, []refused{
		{"facts7/absent role", post(to, assignment(session.principalID, graph, absent)), 400, requestBadRequest, permissionNotFoundOnResource},
		{"facts7/delegated id", post(to, assignment(session.principalID, graph, applicationReadAllDelegated)), 400, requestBadRequest, permissionNotFoundOnResource},
		{"facts7/role of another resource", post(to, assignment(session.principalID, graph, exchangeManageAsApp)), 400, requestBadRequest, permissionNotFoundOnResource},
		{"facts7/default role where roles are declared", post(to, assignment(session.principalID, graph, defaultRole)), 400, requestBadRequest, permissionNotFoundOnResource},
		{"facts7/resourceId is not the path's", post(to, assignment(session.principalID, exchange, exchangeManageAsApp)), 400, requestBadRequest, notAValidReference},
		{"facts7/principalId is not the path's", post(from, assignment(other.principalID, graph, domainReadAll)), 400, requestBadRequest, notAValidReference},
		{"facts7/absent principal", post(to, assignment(absent, graph, domainReadAll)), 400, requestBadRequest, notAValidReference},
		{"facts7/absent resource", post(from, assignment(session.principalID, absent, domainReadAll)), 400, requestBadRequest, notAValidReference},
		{"facts7/application for a principal", post(to, assignment(session.objectID, graph, domainReadAll)), 400, requestBadRequest, notAValidReference},
		{"facts7/no principalId", post(to, object{"resourceId": graph, "appRoleId": domainReadAll}), 400, requestBadRequest, ""},
		{"facts7/malformed id", post(to, assignment("nobody", graph, domainReadAll)), 400, requestBadRequest, ""},
		{"facts7/absent service principal in the path", post("/servicePrincipals/"+absent+"/appRoleAssignedTo", assignment(session.principalID, absent, domainReadAll)), 404, requestResourceNotFound, resourceMissing},
	})
	for _, path := range []string{to, from} {
		err := w.post(t, path, assignment(session.principalID, graph, applicationReadAll)).err()
		got := refusalOf(err)
		if got == nil || got.status != http.StatusBadRequest {
			t.Fatalf("a duplicate on %s: %v, want 400", path, err)
		}
		switch [2]string{got.code, got.message} {
		case [2]string{requestBadRequest, "Permission being assigned already exists on the object"},
			[2]string{requestMultipleObjects, "EntitlementGrant entry already exists."}:
		default:
			t.Errorf("a duplicate: %v", got)
		}
	}
	held := w.get(t, from).want(t, http.StatusOK).items()
	if len(held) != 1 {
		t.Fatalf("%d assignments, want the first alone", len(held))
	}
	change := w.patch(t, from+"/"+str(held[0]["id"]), object{"appRoleId": domainReadAll})
	wantRefused(t, change.err(), http.StatusMethodNotAllowed, requestBadRequest, "")
}

func TestEnabledEntitlementsStay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	roleID, scopeID := uuid.NewString(), uuid.NewString()
	id := w.post(t, "/applications", object{
		"displayName": "API", "appRoles": list{role(roleID, "Do.All")}, "api": object{"oauth2PermissionScopes": list{scope(scopeID, "Do")}},
	}).want(t, http.StatusCreated).text("id")
	path := "/applications/" + id
	scopes := func(all ...any) object {
		return object{"api": object{"oauth2PermissionScopes": append(list{}, all...)}}
	}
	patch := func(body object) func(t *testing.T) error {
		return once(func(t *testing.T) answer { return w.patch(t, path, body) })
	}
	const code = "CannotDeleteOrUpdateEnabledEntitlement"
	t.Run("refusals", func(t *testing.T) {
		check(t, []refused{
			{"facts7/enabled role removed", patch(object{"appRoles": list{}}), 400, code, disableEntitlementFirst},
			{"facts7/enabled role renamed", patch(object{"appRoles": list{role(roleID, "Do.Less")}}), 400, code, disableEntitlementFirst},
			{"facts7/enabled role replaced", patch(object{"appRoles": list{role(uuid.NewString(), "Do.All")}}), 400, code, disableEntitlementFirst},
			{"facts7/enabled scope removed", patch(scopes()), 400, code, disableEntitlementFirst},
			{"facts7/enabled scope renamed", patch(scopes(scope(scopeID, "Other"))), 400, code, disableEntitlementFirst},
		})
	})
	w.patch(t, path, object{"appRoles": list{role(roleID, "Do.All"), role(uuid.NewString(), "Do.More")}}).want(t, http.StatusNoContent)
	kept := objects(w.get(t, path).want(t, http.StatusOK).body["appRoles"])
	for i := range kept {
		kept[i] = with(kept[i], "isEnabled", false)
		delete(kept[i], "origin")
	}
	w.patch(t, path, object{"appRoles": kept}).want(t, http.StatusNoContent)
	w.patch(t, path, object{"appRoles": list{}}).want(t, http.StatusNoContent)
	w.patch(t, path, scopes(with(scope(scopeID, "Do"), "isEnabled", false))).want(t, http.StatusNoContent)
	w.patch(t, path, scopes()).want(t, http.StatusNoContent)
}

// TestAssignmentQuota fills a principal up to its 1,500 assignments, twenty in a batch.
func TestAssignmentQuota(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	session := w.register(t, "Greedy")
	type pair struct{ resource, role string }
	var pairs []pair
	for i := range 4 {
		roles := repeat(376, func(n int) object { return role(uuid.NewString(), fmt.Sprintf("Role.%d", n)) })
		api := w.newResource(t, object{"displayName": fmt.Sprintf("API %d", i), "appRoles": roles})
		for _, one := range objects(roles) {
			pairs = append(pairs, pair{api.principalID, str(one["id"])})
		}
	}
	for start := 0; start < 1500; start += 20 {
		var requests list
		for i, one := range pairs[start : start+20] {
			requests = append(requests, object{
				"id": fmt.Sprint(i), "method": "POST", "url": "/servicePrincipals/" + one.resource + "/appRoleAssignedTo",
				"headers": object{"Content-Type": "application/json"}, "body": assignment(session.principalID, one.resource, one.role),
			})
		}
		for _, part := range objects(w.post(t, "/$batch", object{"requests": requests}).want(t, http.StatusOK).body["responses"]) {
			if part["status"] != float64(http.StatusCreated) {
				t.Fatalf("an assignment before the quota is reached: status %v", part["status"])
			}
		}
	}
	last := pairs[1500]
	err := w.post(t, "/servicePrincipals/"+last.resource+"/appRoleAssignedTo", assignment(session.principalID, last.resource, last.role)).err()
	wantRefused(t, err, http.StatusForbidden, directoryQuotaExceeded, "…would exceed the maximum quota count '1500' for forward-link…")
}
