package emulator_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
)

// job is something a caller may do with exactly the least permissions, and not with any of them missing.
type job struct {
	name        string
	permissions []string
	status      int
	// send has the administrator prepare and the caller try.
	send func(t *testing.T, w *world, c *client) answer
}

// owned registers a session whose application and service principal the caller owns.
func (w *world) owned(t *testing.T, c *client) registration {
	t.Helper()
	session := w.register(t, "Owned")
	w.own(t, "/applications/"+session.objectID, c)
	w.own(t, "/servicePrincipals/"+session.principalID, c)
	return session
}

func (w *world) own(t *testing.T, path string, c *client) {
	t.Helper()
	w.post(t, path+"/owners/$ref", w.reference(c.identity.ObjectID)).want(t, http.StatusNoContent)
}

// reads are jobs that need nothing but a GET of a path that is the same in each tenant.
func reads(permission string, paths ...string) []job {
	jobs := make([]job, 0, len(paths))
	for _, path := range paths {
		jobs = append(jobs, job{"GET " + path, []string{permission}, http.StatusOK,
			func(t *testing.T, _ *world, c *client) answer { return c.get(t, path) }})
	}
	return jobs
}

func applicationJobs() []job {
	ownedBy, all := []string{"Application.ReadWrite.OwnedBy"}, []string{"Application.ReadWrite.All"}
	on := func(method, path string, body any, status int, permissions []string) job {
		return job{method + " " + path, permissions, status, func(t *testing.T, w *world, c *client) answer {
			session := w.owned(t, c)
			return c.do(t, method, fmt.Sprintf(path, session.objectID), body)
		}}
	}
	principal := func(method, path string, body any, status int, permissions []string) job {
		return job{method + " " + path, permissions, status, func(t *testing.T, w *world, c *client) answer {
			session := w.owned(t, c)
			return c.do(t, method, fmt.Sprintf(path, session.principalID), body)
		}}
	}
	return []job{
		{"create an application", ownedBy, 201, func(t *testing.T, _ *world, c *client) answer {
			return c.post(t, "/applications", object{"displayName": "x"})
		}},
		{"upsert an application", ownedBy, 201, func(t *testing.T, _ *world, c *client) answer {
			return c.patch(t, "/applications(uniqueName='"+c.identity.ClientID+"')", object{"displayName": "x"}, "Prefer", "create-if-missing")
		}},
		on("GET", "/applications/%s", nil, 200, ownedBy),
		on("PATCH", "/applications/%s", object{"notes": "x"}, 204, ownedBy),
		on("DELETE", "/applications/%s", nil, 204, ownedBy),
		on("POST", "/applications/%s/addPassword", object{"passwordCredential": object{"displayName": "x"}}, 200, ownedBy),
		on("POST", "/applications/%s/extensionProperties", extension("x", "String", false), 201, ownedBy),
		{"create a service principal", ownedBy, 201, func(t *testing.T, w *world, c *client) answer {
			id, appID := w.newApplication(t, "x")
			w.own(t, "/applications/"+id, c)
			return c.post(t, "/servicePrincipals", object{"appId": appID})
		}},
		principal("GET", "/servicePrincipals/%s", nil, 200, ownedBy),
		principal("PATCH", "/servicePrincipals/%s", object{"notes": "x"}, 204, ownedBy),
		principal("DELETE", "/servicePrincipals/%s", nil, 204, ownedBy),
		{"restore an application", ownedBy, 200, func(t *testing.T, w *world, c *client) answer {
			session := w.owned(t, c)
			w.delete(t, "/applications/"+session.objectID).want(t, http.StatusNoContent)
			return c.post(t, "/directory/deletedItems/"+session.objectID+"/restore", nil)
		}},
		{"change a foreign application", all, 204, func(t *testing.T, w *world, c *client) answer {
			id, _ := w.newApplication(t, "Foreign")
			return c.patch(t, "/applications/"+id, object{"notes": "x"})
		}},
		{"add a missing service principal of a foreign application", all, 201, func(t *testing.T, w *world, c *client) answer {
			_, appID := w.newApplication(t, "Foreign")
			return c.patch(t, "/servicePrincipals(appId='"+appID+"')", object{"notes": "x"}, "Prefer", "create-if-missing")
		}},
		{"read a foreign application", []string{"Application.Read.All"}, 200, func(t *testing.T, w *world, c *client) answer {
			_, appID := w.newApplication(t, "Foreign")
			return c.get(t, "/applications(appId='"+appID+"')")
		}},
	}
}

func consentJobs() []job {
	assign := []string{"AppRoleAssignment.ReadWrite.All", "Application.Read.All"}
	grants, reader := []string{"DelegatedPermissionGrant.ReadWrite.All"}, []string{"Directory.Read.All"}
	created := func(t *testing.T, w *world) string {
		return w.post(t, "/oauth2PermissionGrants",
			grant(w.register(t, "x").principalID, w.principalOf(t, microsoftGraphAppID), "User.Read")).want(t, 201).text("id")
	}
	return []job{
		{"POST appRoleAssignedTo", assign, 201, func(t *testing.T, w *world, c *client) answer {
			graph := w.principalOf(t, microsoftGraphAppID)
			return c.post(t, "/servicePrincipals/"+graph+"/appRoleAssignedTo", assignment(w.register(t, "x").principalID, graph, domainReadAll))
		}},
		{"POST appRoleAssignments", assign, 201, func(t *testing.T, w *world, c *client) answer {
			graph, client := w.principalOf(t, microsoftGraphAppID), w.register(t, "x").principalID
			return c.post(t, "/servicePrincipals/"+client+"/appRoleAssignments", assignment(client, graph, domainReadAll))
		}},
		{"DELETE appRoleAssignedTo", assign[:1], 204, func(t *testing.T, w *world, c *client) answer {
			graph := w.principalOf(t, microsoftGraphAppID)
			return c.delete(t, "/servicePrincipals/"+graph+"/appRoleAssignedTo/"+w.consent(t, w.register(t, "x").principalID, graph, domainReadAll))
		}},
		{"GET appRoleAssignedTo", assign[1:], 200, func(t *testing.T, w *world, c *client) answer {
			return c.get(t, "/servicePrincipals/"+w.register(t, "x").principalID+"/appRoleAssignedTo")
		}},
		{"POST oauth2PermissionGrants", grants, 201, func(t *testing.T, w *world, c *client) answer {
			return c.post(t, "/oauth2PermissionGrants", grant(w.register(t, "x").principalID, w.principalOf(t, microsoftGraphAppID), "User.Read"))
		}},
		{"PATCH oauth2PermissionGrants", grants, 204, func(t *testing.T, w *world, c *client) answer {
			return c.patch(t, "/oauth2PermissionGrants/"+created(t, w), object{"scope": "Mail.Read"})
		}},
		{"DELETE oauth2PermissionGrants", grants, 204, func(t *testing.T, w *world, c *client) answer {
			return c.delete(t, "/oauth2PermissionGrants/"+created(t, w))
		}},
		{"GET oauth2PermissionGrants", reader, 200, func(t *testing.T, w *world, c *client) answer {
			return c.get(t, "/oauth2PermissionGrants/"+created(t, w))
		}},
	}
}

func directoryJobs() []job {
	manage, write := []string{"RoleManagement.ReadWrite.Directory"}, []string{"Policy.ReadWrite.ApplicationConfiguration"}
	user := func(t *testing.T, w *world, c *client) answer {
		return c.get(t, "/users/"+w.newUser(t, "u"+c.identity.ClientID)+"/appRoleAssignments")
	}
	members := func(path string) func(t *testing.T, w *world, c *client) answer {
		return func(t *testing.T, w *world, c *client) answer {
			return c.get(t, "/groups/"+w.newGroup(t, "g"+c.identity.ClientID, false)+path)
		}
	}
	return []job{
		{"POST roleAssignments", manage, 201, func(t *testing.T, w *world, c *client) answer {
			return c.post(t, roleAssignmentsPath, directoryRole(w.register(t, "x").principalID, globalReaderRole))
		}},
		{"DELETE roleAssignments", manage, 204, func(t *testing.T, w *world, c *client) answer {
			return c.delete(t, roleAssignmentsPath+"/"+w.roleAssignment(t, w.register(t, "x").principalID, globalReaderRole))
		}},
		{"POST appManagementPolicies", write, 201, func(t *testing.T, _ *world, c *client) answer {
			return c.post(t, customPolicies, object{"displayName": "x", "description": "x", "isEnabled": false, "restrictions": passwords()})
		}},
		{"PATCH appManagementPolicies", write, 204, func(t *testing.T, w *world, c *client) answer {
			return c.patch(t, customPolicies+"/"+w.newPolicy(t, passwords()), object{"isEnabled": false})
		}},
		{"DELETE appManagementPolicies", write, 204, func(t *testing.T, w *world, c *client) answer {
			return c.delete(t, customPolicies+"/"+w.newPolicy(t, passwords()))
		}},
		{"assign a policy", []string{"Application.Read.All", write[0]}, 204, func(t *testing.T, w *world, c *client) answer {
			id, _ := w.newApplication(t, "x")
			policy := w.newPolicy(t, passwords())
			return c.post(t, "/applications/"+id+"/appManagementPolicies/$ref", object{"@odata.id": w.server.URL() + "/v1.0" + customPolicies + "/" + policy})
		}},
		{"GET members", []string{"GroupMember.Read.All"}, 200, members("/members")},
		{"GET transitiveMembers", []string{"GroupMember.Read.All"}, 200, members("/transitiveMembers")},
		{"GET a user's appRoleAssignments with AppRoleAssignment", []string{"AppRoleAssignment.ReadWrite.All"}, 200, user},
		{"GET a user's appRoleAssignments with Directory", []string{"Directory.Read.All"}, 200, user},
		{"getAvailableExtensionProperties", []string{"Directory.Read.All"}, 200, func(t *testing.T, _ *world, c *client) answer {
			return c.post(t, "/directoryObjects/getAvailableExtensionProperties", object{"isSyncedFromOnPremises": false})
		}},
	}
}

func TestLeastPermissions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	jobs := slices.Concat(applicationJobs(), consentJobs(), directoryJobs(),
		reads("Application.Read.All", "/applications", "/servicePrincipals", "/servicePrincipals(appId='"+microsoftGraphAppID+"')"),
		reads("Directory.Read.All", "/oauth2PermissionGrants", "/organization"),
		reads("Organization.Read.All", "/organization"), reads("Domain.Read.All", "/domains"),
		reads("Directory.Read.All", "/contracts"), reads("DelegatedAdminRelationship.Read.All", relationshipsPath, customersPath),
		reads("RoleManagement.Read.Directory", roleAssignmentsPath), reads("Policy.Read.All", defaultPolicy, customPolicies))
	for number, one := range jobs {
		t.Run("facts1/"+one.name, func(t *testing.T) {
			t.Parallel()
			name := fmt.Sprintf("job %d", number)
			one.send(t, w, w.caller(t, name, one.permissions...)).want(t, one.status)
			for missing := range one.permissions {
				held := slices.Delete(slices.Clone(one.permissions), missing, missing+1)
				short := w.caller(t, name+" without", append(held, "Mail.Read")...)
				wantRefused(t, one.send(t, w, short).err(), http.StatusForbidden, authorizationRequestDenied, insufficientPrivileges)
			}
		})
	}
}

func TestDefaultPolicyPermission(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := object{"isEnabled": true}
	if err := w.caller(t, "allowed", "Policy.ReadWrite.ApplicationConfiguration").patch(t, defaultPolicy, body).err(); err != nil {
		t.Error(err)
	}
	err := w.caller(t, "reader", "Policy.Read.All").patch(t, defaultPolicy, body).err()
	wantRefused(t, err, http.StatusForbidden, authorizationRequestDenied, insufficientPrivileges)
}
