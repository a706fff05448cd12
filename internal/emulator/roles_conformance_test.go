package emulator_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/rolemanagement"
)

const roleAssignmentsPath = "/roleManagement/directory/roleAssignments"

func directoryRole(principal, definition string) object {
	return object{
		"@odata.type": "#microsoft.graph.unifiedRoleAssignment", "roleDefinitionId": definition,
		"principalId": principal, "directoryScopeId": "/",
	}
}

// roleAssignment gives a principal a directory role of the whole tenant and returns the id of the assignment.
func (w *world) roleAssignment(t *testing.T, principal, definition string) string {
	t.Helper()
	return w.post(t, roleAssignmentsPath, directoryRole(principal, definition)).want(t, http.StatusCreated).text("id")
}

func TestDirectoryRoleAssignments(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	session := w.register(t, "Exchange session")

	definition := w.get(t, "/roleManagement/directory/roleDefinitions/"+exchangeAdministratorRole).want(t, http.StatusOK)
	if definition.text("displayName") != "Exchange Administrator" || definition.text("templateId") != exchangeAdministratorRole {
		t.Errorf("role %q, template %q", definition.text("displayName"), definition.text("templateId"))
	}

	body := models.NewUnifiedRoleAssignment()
	body.SetRoleDefinitionId(ptr(exchangeAdministratorRole))
	body.SetPrincipalId(&session.principalID)
	body.SetDirectoryScopeId(ptr("/"))
	created, err := w.roleAssignments().Post(t.Context(), body, nil)
	if err != nil {
		t.Fatal(refusalOrSelf(err))
	}
	id := value(created.GetId())
	read, err := w.roleAssignments().ByUnifiedRoleAssignmentId(id).Get(t.Context(), nil)
	if err != nil || value(read.GetPrincipalId()) != session.principalID || value(read.GetRoleDefinitionId()) != exchangeAdministratorRole {
		t.Errorf("the assignment does not read back: %v", refusalOrSelf(err))
	}

	w.roleAssignment(t, session.principalID, globalReaderRole)
	for filter, want := range map[string]int{
		"principalId eq '" + session.principalID + "'":                                                             2,
		"principalId eq '" + session.principalID + "' and roleDefinitionId eq '" + exchangeAdministratorRole + "'": 1,
		"principalId eq '" + session.principalID + "' and directoryScopeId eq '/'":                                 2,
		"principalId eq '" + session.principalID + "' and directoryScopeId in ('/')":                               2,
		"principalId eq '" + absent + "'":                                                                          0,
	} {
		query := &rolemanagement.DirectoryRoleAssignmentsRequestBuilderGetQueryParameters{Filter: &filter}
		found, err := w.roleAssignments().Get(t.Context(), &rolemanagement.DirectoryRoleAssignmentsRequestBuilderGetRequestConfiguration{QueryParameters: query})
		if err != nil {
			t.Errorf("%s: %v", filter, refusalOrSelf(err))
		} else if len(found.GetValue()) != want {
			t.Errorf("%s finds %d assignments, want %d", filter, len(found.GetValue()), want)
		}
	}

	if err := w.roleAssignments().ByUnifiedRoleAssignmentId(id).Delete(t.Context(), nil); err != nil {
		t.Fatal(refusalOrSelf(err))
	}
	wantRefused(t, w.get(t, roleAssignmentsPath+"/"+id).err(), http.StatusNotFound, requestResourceNotFound, resourceMissing)
}

func TestDirectoryRolePrincipalsAndScopes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	session := w.register(t, "Scoped")
	for name, principal := range map[string]string{
		"user": w.newUser(t, "reader"), "role-assignable group": w.newGroup(t, "readers", true), "service principal": session.principalID,
	} {
		t.Run("facts9/assigned to a "+name, func(t *testing.T) {
			t.Parallel()
			w.roleAssignment(t, principal, globalReaderRole)
		})
	}
	t.Run("facts9/scope of one application", func(t *testing.T) {
		t.Parallel()
		scoped := with(directoryRole(session.principalID, globalReaderRole), "directoryScopeId", "/"+session.objectID)
		w.post(t, roleAssignmentsPath, scoped).want(t, http.StatusCreated)
	})
}

func TestDirectoryRoleRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	session := w.register(t, "Session")
	held := w.roleAssignment(t, session.principalID, exchangeAdministratorRole)
	plain := w.newGroup(t, "plain", false)
	post := func(body object) func(t *testing.T) error {
		return once(func(t *testing.T) answer { return w.post(t, roleAssignmentsPath, body) })
	}
	valid := directoryRole(session.principalID, globalReaderRole)
	check(t, []refused{
		{"facts9/assigned twice", func(t *testing.T) error {
			body := models.NewUnifiedRoleAssignment()
			body.SetRoleDefinitionId(ptr(exchangeAdministratorRole))
			body.SetPrincipalId(&session.principalID)
			body.SetDirectoryScopeId(ptr("/"))
			_, err := w.roleAssignments().Post(t.Context(), body, nil)
			return err
		}, 400, requestBadRequest, "A conflicting object with one or more of the specified property values is present in the directory."},
		{"facts9/absent principal", post(with(valid, "principalId", absent)), 404, requestResourceNotFound, fmt.Sprintf(resourceDoesNotExist, absent)},
		{"facts9/unknown role", post(with(valid, "roleDefinitionId", absent)), 404, requestResourceNotFound, resourceMissing},
		{"facts9/group that is not role-assignable", post(with(valid, "principalId", plain)), 400, requestBadRequest, ""},
		{"facts9/no principal", post(with(valid, "principalId", nil)), 400, requestBadRequest, ""},
		{"facts9/no role", post(with(valid, "roleDefinitionId", nil)), 400, requestBadRequest, ""},
		{"facts9/no scope", post(with(valid, "directoryScopeId", nil)), 400, requestBadRequest, ""},
		{"facts9/malformed scope", post(with(valid, "directoryScopeId", "everything")), 400, requestBadRequest, ""},
		{"facts9/scope of an absent object", post(with(valid, "directoryScopeId", "/"+absent)), 404, requestResourceNotFound, resourceMissing},
		{"facts9/changed", once(func(t *testing.T) answer {
			return w.patch(t, roleAssignmentsPath+"/"+held, object{"roleDefinitionId": globalReaderRole})
		}), 405, requestBadRequest, ""},
		{"facts9/absent assignment deleted", func(t *testing.T) error {
			return w.roleAssignments().ByUnifiedRoleAssignmentId(absent).Delete(t.Context(), nil)
		}, 404, requestResourceNotFound, resourceMissing},
	})
}
