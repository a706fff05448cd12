package graph

// requirement is what a caller's token must hold: of every list at least one permission.
type requirement [][]string

func anyOf(permissions ...string) requirement { return requirement{permissions} }

func (r requirement) and(other requirement) requirement { return append(r[:len(r):len(r)], other...) }

// ownedBy suffices only for what the caller owns.
const ownedBy = "Application.ReadWrite.OwnedBy"

// The requirements of the endpoints: the least permission and those that Microsoft's reference lists as higher.
var (
	// Reading all applications with OwnedBy is documented for the list methods and holds for a single one as well.
	readApplications = anyOf("Application.Read.All", "Application.ReadWrite.All", ownedBy, "Directory.Read.All",
		"Directory.ReadWrite.All")
	writeApplications = anyOf("Application.ReadWrite.All", ownedBy)
	// The reference lists OwnedBy for adding owners and notes that it does not suffice; the note is what happens.
	addOwners = anyOf("Application.ReadWrite.All", "Directory.ReadWrite.All").
			and(anyOf("Directory.Read.All", "Directory.ReadWrite.All"))

	readAssignments = anyOf("Application.Read.All", "Application.ReadWrite.All", ownedBy, "Directory.Read.All",
		"Directory.ReadWrite.All")
	// Without a permission to read applications Graph refuses although the reference once listed one permission alone.
	// OwnedBy is not in the reference's pair, so it is not accepted as the second half.
	writeAssignments = anyOf("AppRoleAssignment.ReadWrite.All").and(anyOf("Application.Read.All",
		"Application.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"))
	deleteAssignments        = anyOf("AppRoleAssignment.ReadWrite.All")
	readPrincipalAssignments = anyOf("AppRoleAssignment.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All")

	readGrants = anyOf("Directory.Read.All", "Directory.ReadWrite.All", "DelegatedPermissionGrant.Read.All",
		"DelegatedPermissionGrant.ReadWrite.All")
	writeGrants = anyOf("DelegatedPermissionGrant.ReadWrite.All")

	readRoles = anyOf("RoleManagement.Read.Directory", "RoleManagement.Read.All", "RoleManagement.ReadWrite.Directory",
		"Directory.Read.All", "Directory.ReadWrite.All")
	writeRoles = anyOf("RoleManagement.ReadWrite.Directory")

	readPolicies     = anyOf("Policy.Read.All", "Policy.Read.ApplicationConfiguration", "Policy.ReadWrite.ApplicationConfiguration")
	writePolicies    = anyOf("Policy.ReadWrite.ApplicationConfiguration")
	assignPolicies   = writePolicies.and(anyOf("Application.Read.All", "Application.ReadWrite.All"))
	readOrganization = anyOf("Organization.Read.All", "Organization.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All")
	readDomains      = anyOf("Domain.Read.All", "Domain.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All")
	readDirectory    = anyOf("Directory.Read.All", "Directory.ReadWrite.All")
	readUsers        = anyOf("User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All")
	writeUsers       = anyOf("User.ReadWrite.All", "Directory.ReadWrite.All")
	readGroups       = anyOf("GroupMember.Read.All", "Group.Read.All", "Group.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All")
	createGroups     = anyOf("Group.Create", "Group.ReadWrite.All", "Directory.ReadWrite.All")
	writeGroups      = anyOf("Group.ReadWrite.All", "Directory.ReadWrite.All")
	readMembers      = anyOf("GroupMember.ReadBasic.All", "GroupMember.Read.All", "GroupMember.ReadWrite.All", "Group.Read.All", "Group.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All")
	writeMembers     = anyOf("GroupMember.ReadWrite.All", "Group.ReadWrite.All", "Directory.ReadWrite.All")
	readMemberships  = anyOf("GroupMember.Read.All", "Group.Read.All", "Directory.Read.All", "Directory.ReadWrite.All")
	// Contracts are objects of the directory. Applications may read delegated administration as the permissions
	// reference has it; older pages of single methods say that they may not.
	readContracts     = readDirectory
	readRelationships = anyOf("DelegatedAdminRelationship.Read.All", "DelegatedAdminRelationship.ReadWrite.All")
	nothing           requirement
)

// authorize refuses a caller that does not meet the requirement, and restricts one that does so by ownership alone.
func (c *call) authorize(needs requirement) error {
	for _, alternatives := range needs {
		held, owned := false, false
		for _, permission := range alternatives {
			switch {
			case !c.caller.holds(permission):
			case permission == ownedBy && !c.caller.Administrator:
				owned = true
			default:
				held = true
			}
		}
		if !held && !owned {
			return denied()
		}
		c.ownedOnly = c.ownedOnly || !held
	}
	return nil
}
