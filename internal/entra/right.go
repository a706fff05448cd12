package entra

// Right is what an operation asks of its caller: of each set of permissions at least one, the least privileged first
// (Microsoft Graph permissions reference).
type Right [][]string

// The rights that the provider's operations need.
var (
	ReadApplications = Right{{
		"Application.Read.All", "Application.ReadWrite.OwnedBy", "Application.ReadWrite.All", "Directory.Read.All",
		"Directory.ReadWrite.All",
	}}
	ManageApplications = Right{{"Application.ReadWrite.OwnedBy", "Application.ReadWrite.All"}}
	// ManageForeignServicePrincipals is needed to add the service principal of a Microsoft API to a tenant that lacks it.
	ManageForeignServicePrincipals = Right{{"Application.ReadWrite.All"}}
	AssignAppRoles                 = Right{
		{"AppRoleAssignment.ReadWrite.All"},
		{"Application.Read.All", "Application.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"},
	}
	ReadDelegatedGrants = Right{{
		"Directory.Read.All", "DelegatedPermissionGrant.ReadWrite.All", "Directory.ReadWrite.All",
	}}
	ManageDelegatedGrants = Right{{"DelegatedPermissionGrant.ReadWrite.All", "Directory.ReadWrite.All"}}
	ReadDirectoryRoles    = Right{{
		"RoleManagement.Read.Directory", "RoleManagement.Read.All", "RoleManagement.ReadWrite.Directory", "Directory.Read.All",
	}}
	AssignDirectoryRoles = Right{{"RoleManagement.ReadWrite.Directory"}}
	ReadOwners           = ReadApplications
	// ReadMemberships tells which groups the caller is a member of, for the access rules.
	ReadMemberships = Right{{"GroupMember.Read.All", "Group.Read.All", "Directory.Read.All", "Directory.ReadWrite.All"}}
	// Access roles are app roles of a registration of the provider's own.
	ReadAccessRoles   = ReadApplications
	AssignAccessRoles = AssignAppRoles
	ManageOwners      = Right{{"Application.ReadWrite.All"}, {"Directory.Read.All", "Directory.ReadWrite.All"}}
	// ReadOrganization is needed to see whether a tenant is synchronised with an Active Directory.
	ReadOrganization = Right{{
		"Organization.Read.All", "Directory.Read.All", "Organization.ReadWrite.All", "Directory.ReadWrite.All",
	}}
)

// Least returns the smallest set of permissions that gives the right.
func (r Right) Least() []string {
	least := make([]string, len(r))
	for i, alternatives := range r {
		least[i] = alternatives[0]
	}
	return least
}
