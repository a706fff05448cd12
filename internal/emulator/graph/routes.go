package graph

import (
	"net/http"
	"slices"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
)

// Short names for the table below.
const (
	get   = http.MethodGet
	post  = http.MethodPost
	patch = http.MethodPatch
	del   = http.MethodDelete
)

var routes = slices.Concat(applicationRoutes(), servicePrincipalRoutes(), consentRoutes(), peopleRoutes(), tenantRoutes(), partnerRoutes(),
	membershipRoutes("users/{}", readUser, readMemberships), membershipRoutes("groups/{}", readGroup, readMemberships),
	membershipRoutes("servicePrincipals/{}", readPrincipal, readApplications))

func applicationRoutes() []route {
	return []route{
		newRoute(get, "applications", readApplications, (*call).listApplications),
		newRoute(post, "applications", writeApplications, (*call).createApplication),
		newRoute(get, "applications/{}", readApplications, (*call).getApplication),
		newRoute(patch, "applications/{}", writeApplications, (*call).patchApplication),
		newRoute(del, "applications/{}", writeApplications, (*call).deleteApplication),
		newRoute(post, "applications/{}/addPassword", writeApplications, addPassword(writeApplication)),
		newRoute(post, "applications/{}/removePassword", writeApplications, removePassword(writeApplication)),
		newRoute(post, "applications/{}/addKey", nothing, (*call).addKey),
		newRoute(post, "applications/{}/removeKey", nothing, (*call).removeKey),
		newRoute(get, "applications/{}/owners", readApplications, listOwners(readApplication)),
		newRoute(post, "applications/{}/owners/$ref", addOwners, addOwner(writeApplication)),
		newRoute(del, "applications/{}/owners/{}/$ref", writeApplications, removeOwner(writeApplication)),
		newRoute(get, "applications/{}/extensionProperties", readApplications, (*call).listExtensions),
		newRoute(post, "applications/{}/extensionProperties", writeApplications, (*call).createExtension),
		newRoute(get, "applications/{}/extensionProperties/{}", readApplications, (*call).getExtension),
		newRoute(del, "applications/{}/extensionProperties/{}", writeApplications, (*call).deleteExtension),
		newRoute(get, "applications/{}/appManagementPolicies", readPolicies, (*call).listAssignedPolicies),
		newRoute(post, "applications/{}/appManagementPolicies/$ref", assignPolicies, (*call).assignPolicy),
		newRoute(del, "applications/{}/appManagementPolicies/{}/$ref", assignPolicies, (*call).unassignPolicy),
	}
}

func servicePrincipalRoutes() []route {
	return []route{
		newRoute(get, "servicePrincipals", readApplications, (*call).listServicePrincipals),
		newRoute(post, "servicePrincipals", writeApplications, (*call).createServicePrincipal),
		newRoute(get, "servicePrincipals/{}", readApplications, (*call).getServicePrincipal),
		newRoute(patch, "servicePrincipals/{}", writeApplications, (*call).patchServicePrincipal),
		newRoute(del, "servicePrincipals/{}", writeApplications, (*call).deleteServicePrincipal),
		newRoute(post, "servicePrincipals/{}/addPassword", writeApplications, addPassword(writePrincipal)),
		newRoute(post, "servicePrincipals/{}/removePassword", writeApplications, removePassword(writePrincipal)),
		newRoute(get, "servicePrincipals/{}/owners", readApplications, listOwners(readPrincipal)),
		newRoute(post, "servicePrincipals/{}/owners/$ref", addOwners, addOwner(writePrincipal)),
		newRoute(del, "servicePrincipals/{}/owners/{}/$ref", writeApplications, removeOwner(writePrincipal)),
	}
}

func consentRoutes() []route {
	table := []route{
		newRoute(get, "oauth2PermissionGrants", readGrants, (*call).listGrants),
		newRoute(post, "oauth2PermissionGrants", writeGrants, (*call).createGrant),
		newRoute(get, "oauth2PermissionGrants/{}", readGrants, (*call).getGrant),
		newRoute(patch, "oauth2PermissionGrants/{}", writeGrants, (*call).patchGrant),
		newRoute(del, "oauth2PermissionGrants/{}", writeGrants, (*call).deleteGrant),
		newRoute(get, "servicePrincipals/{}/oauth2PermissionGrants", readGrants, listGrantsOf("clientId", readPrincipal)),
		newRoute(get, "users/{}/oauth2PermissionGrants", readGrants, listGrantsOf("principalId", readUser)),

		newRoute(get, "roleManagement/directory/roleDefinitions", readRoles, (*call).listRoleDefinitions),
		newRoute(get, "roleManagement/directory/roleDefinitions/{}", readRoles, (*call).getRoleDefinition),
		newRoute(get, "roleManagement/directory/roleAssignments", readRoles, (*call).listRoleAssignments),
		newRoute(post, "roleManagement/directory/roleAssignments", writeRoles, (*call).createRoleAssignment),
		newRoute(get, "roleManagement/directory/roleAssignments/{}", readRoles, (*call).getRoleAssignment),
		newRoute(del, "roleManagement/directory/roleAssignments/{}", writeRoles, (*call).deleteRoleAssignment),
		newRoute(get, "directoryRoles", readRoles, (*call).listDirectoryRoles),
		newRoute(post, "directoryRoles", writeRoles, (*call).activateDirectoryRole),
		newRoute(get, "directoryRoles/{}", readRoles, (*call).getDirectoryRole),
		newRoute(get, "directoryRoles/{}/members", readRoles, (*call).listDirectoryRoleMembers),
	}
	return slices.Concat(table,
		assignmentRoutes("servicePrincipals/{}/appRoleAssignedTo", readAssignments, granted, readPrincipal, targetPrincipal),
		assignmentRoutes("servicePrincipals/{}/appRoleAssignments", readAssignments, heldBy, readPrincipal, targetPrincipal),
		assignmentRoutes("users/{}/appRoleAssignments", readPrincipalAssignments, heldBy, readUser, targetUser),
		assignmentRoutes("groups/{}/appRoleAssignments", readPrincipalAssignments, heldBy, readGroup, targetGroup))
}

func assignmentRoutes(pattern string, needs requirement, end string, read, target finder) []route {
	return []route{
		newRoute(get, pattern, needs, listAssignments(end, read)),
		newRoute(post, pattern, writeAssignments, createAssignment(end, target)),
		newRoute(get, pattern+"/{}", needs, getAssignment(end, read)),
		newRoute(del, pattern+"/{}", deleteAssignments, deleteAssignment(end, target)),
	}
}

func peopleRoutes() []route {
	return []route{
		newRoute(get, "me", nothing, (*call).me),
		newRoute(get, "users", readUsers, (*call).listUsers),
		newRoute(post, "users", writeUsers, (*call).createUser),
		newRoute(get, "users/{}", readUsers, (*call).getUser),
		newRoute(patch, "users/{}", writeUsers, (*call).patchUser),
		newRoute(del, "users/{}", writeUsers, (*call).deleteUser),
		newRoute(get, "groups", readGroups, (*call).listGroups),
		newRoute(post, "groups", createGroups, (*call).createGroup),
		newRoute(get, "groups/{}", readGroups, (*call).getGroup),
		newRoute(patch, "groups/{}", writeGroups, (*call).patchGroup),
		newRoute(del, "groups/{}", writeGroups, (*call).deleteGroup),
		newRoute(get, "groups/{}/members", readMembers, listMembers(false, "")),
		newRoute(get, "groups/{}/members/microsoft.graph.user", readMembers, listMembers(false, directory.User)),
		newRoute(get, "groups/{}/members/microsoft.graph.servicePrincipal", readMembers, listMembers(false, directory.ServicePrincipal)),
		newRoute(get, "groups/{}/members/microsoft.graph.group", readMembers, listMembers(false, directory.Group)),
		newRoute(get, "groups/{}/transitiveMembers", readMembers, listMembers(true, "")),
		newRoute(get, "groups/{}/transitiveMembers/microsoft.graph.user", readMembers, listMembers(true, directory.User)),
		newRoute(post, "groups/{}/members/$ref", writeMembers, (*call).addMember),
		newRoute(del, "groups/{}/members/{}/$ref", writeMembers, (*call).removeMember),
	}
}

func partnerRoutes() []route {
	return []route{
		newRoute(get, "contracts", readContracts, (*call).listContracts),
		newRoute(get, "contracts/{}", readContracts, (*call).getContract),
		newRoute(get, "tenantRelationships/delegatedAdminRelationships", readRelationships, listDelegated(directory.AdminRelationship)),
		newRoute(get, "tenantRelationships/delegatedAdminRelationships/{}", readRelationships, getDelegated(directory.AdminRelationship)),
		newRoute(get, "tenantRelationships/delegatedAdminCustomers", readRelationships, listDelegated(directory.AdminCustomer)),
		newRoute(get, "tenantRelationships/delegatedAdminCustomers/{}", readRelationships, getDelegated(directory.AdminCustomer)),
	}
}

func tenantRoutes() []route {
	return []route{
		newRoute(get, "organization", readOrganization, (*call).listOrganization),
		newRoute(get, "organization/{}", readOrganization, (*call).getOrganization),
		newRoute(get, "domains", readDomains, (*call).listDomains),
		newRoute(get, "domains/{}", readDomains, (*call).getDomain),
		newRoute(get, "policies/defaultAppManagementPolicy", readPolicies, (*call).getDefaultPolicy),
		newRoute(patch, "policies/defaultAppManagementPolicy", writePolicies, (*call).patchDefaultPolicy),
		newRoute(get, "policies/appManagementPolicies", readPolicies, (*call).listPolicies),
		newRoute(post, "policies/appManagementPolicies", writePolicies, (*call).createPolicy),
		newRoute(get, "policies/appManagementPolicies/{}", readPolicies, (*call).getPolicy),
		newRoute(patch, "policies/appManagementPolicies/{}", writePolicies, (*call).patchPolicy),
		newRoute(del, "policies/appManagementPolicies/{}", writePolicies, (*call).deletePolicy),
		newRoute(get, "policies/appManagementPolicies/{}/appliesTo", readPolicies, (*call).listPolicyTargets),
		// The permissions for deleted items depend on the kind of the item, which the handlers know.
		newRoute(get, "directory/deletedItems/{}", nothing, (*call).listDeleted),
		newRoute(del, "directory/deletedItems/{}", nothing, (*call).purgeDeleted),
		newRoute(post, "directory/deletedItems/{}/restore", nothing, (*call).restore),
		newRoute(get, "directoryObjects/{}", readDirectory, (*call).getDirectoryObject),
		newRoute(post, "directoryObjects/getByIds", readDirectory, (*call).getByIDs),
		newRoute(post, "directoryObjects/getAvailableExtensionProperties", readDirectory, (*call).availableExtensions),
	}
}
