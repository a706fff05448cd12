package entra

import "slices"

// Right is what an operation asks of its caller: of each set of permissions at least one, the least privileged first
// (Microsoft Graph permissions reference). It is the one source of what is said about permissions before a plan, after a
// refusal and in the documentation.
type Right struct {
	Job         string     // what it is for, in the infinitive
	Application [][]string // of an application that signs in as itself
	Delegated   [][]string // of a user, in whose name an application signs in; nil: the same
	Roles       []string   // template ids of the directory roles that give an application the right without any permission
}

// asUser lets an application do in the directory whatever its user may do. The Azure CLI has it.
const asUser = "Directory.AccessAsUser.All"

// Template ids of directory roles.
const (
	applicationAdministratorRole      = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"
	cloudApplicationAdministratorRole = "158c047a-c907-4556-b7ef-446551a6b5f7"
	privilegedRoleAdministratorRole   = "e8611ab8-c189-46e8-94e1-60213ab1f814"
)

var (
	applicationRoles = []string{GlobalAdministrator, applicationAdministratorRole, cloudApplicationAdministratorRole}
	privilegedRoles  = []string{GlobalAdministrator, privilegedRoleAdministratorRole}
	readingRoles     = append(slices.Clone(applicationRoles), privilegedRoleAdministratorRole)
)

// The rights that the provider's operations need.
var (
	ReadApplications = Right{
		Job: "read registrations, service principals and granted application permissions",
		Application: [][]string{{
			"Application.Read.All", "Application.ReadWrite.OwnedBy", "Application.ReadWrite.All", "Directory.Read.All",
			"Directory.ReadWrite.All",
		}},
		Delegated: [][]string{{
			"Application.Read.All", "Application.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All", asUser,
		}},
		Roles: readingRoles,
	}
	ManageApplications = Right{
		Job:         "create, change and delete registrations of its own, with their credentials and service principals",
		Application: [][]string{{"Application.ReadWrite.OwnedBy", "Application.ReadWrite.All"}},
		Delegated:   [][]string{{"Application.ReadWrite.All", "Directory.ReadWrite.All", asUser}},
		Roles:       applicationRoles,
	}
	// ManageForeignServicePrincipals is needed to add the service principal of a Microsoft API to a tenant that lacks it.
	ManageForeignServicePrincipals = Right{
		Job:         "add the service principal of an API that the tenant lacks",
		Application: [][]string{{"Application.ReadWrite.All"}},
		Delegated:   [][]string{{"Application.ReadWrite.All", "Directory.ReadWrite.All", asUser}},
		Roles:       applicationRoles,
	}
	AssignAppRoles = Right{
		Job: "grant application permissions",
		Application: [][]string{
			{"AppRoleAssignment.ReadWrite.All"},
			{"Application.Read.All", "Application.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"},
		},
		Delegated: [][]string{
			{"AppRoleAssignment.ReadWrite.All", asUser},
			{"Application.Read.All", "Application.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All", asUser},
		},
		Roles: privilegedRoles,
	}
	// RevokeAppRoles asks for less than AssignAppRoles.
	RevokeAppRoles = Right{
		Job:         "revoke application permissions",
		Application: [][]string{{"AppRoleAssignment.ReadWrite.All"}},
		Delegated:   [][]string{{"AppRoleAssignment.ReadWrite.All", asUser}},
		Roles:       privilegedRoles,
	}
	ReadDelegatedGrants = Right{
		Job: "read granted delegated permissions",
		Application: [][]string{{
			"Directory.Read.All", "DelegatedPermissionGrant.Read.All", "DelegatedPermissionGrant.ReadWrite.All",
			"Directory.ReadWrite.All",
		}},
		Delegated: [][]string{{
			"Directory.Read.All", "DelegatedPermissionGrant.Read.All", "DelegatedPermissionGrant.ReadWrite.All",
			"Directory.ReadWrite.All", asUser,
		}},
		Roles: readingRoles,
	}
	ManageDelegatedGrants = Right{
		Job:         "grant and revoke delegated permissions",
		Application: [][]string{{"DelegatedPermissionGrant.ReadWrite.All", "Directory.ReadWrite.All"}},
		Delegated:   [][]string{{"DelegatedPermissionGrant.ReadWrite.All", "Directory.ReadWrite.All", asUser}},
		Roles:       readingRoles,
	}
	ReadDirectoryRoles = Right{
		Job: "read the assigned directory role",
		Application: [][]string{{
			"RoleManagement.Read.Directory", "RoleManagement.Read.All", "RoleManagement.ReadWrite.Directory",
			"Directory.Read.All", "Directory.ReadWrite.All",
		}},
		Delegated: [][]string{{
			"RoleManagement.Read.Directory", "RoleManagement.Read.All", "RoleManagement.ReadWrite.Directory",
			"Directory.Read.All", "Directory.ReadWrite.All", asUser,
		}},
		Roles: readingRoles,
	}
	AssignDirectoryRoles = Right{
		Job:         "assign and withdraw the directory role",
		Application: [][]string{{"RoleManagement.ReadWrite.Directory"}},
		Delegated:   [][]string{{"RoleManagement.ReadWrite.Directory", asUser}},
		Roles:       privilegedRoles,
	}
	ReadOwners = ReadApplications
	// ManageOwners is needed to add owners. What the reference lists for an application as the least, OwnedBy, does not
	// suffice.
	ManageOwners = Right{
		Job: "add owners",
		Application: [][]string{
			{"Application.ReadWrite.All", "Directory.ReadWrite.All"}, {"Directory.Read.All", "Directory.ReadWrite.All"},
		},
		Delegated: [][]string{
			{"Application.ReadWrite.All", "Directory.ReadWrite.All", asUser}, {"Directory.Read.All", "Directory.ReadWrite.All", asUser},
		},
		Roles: applicationRoles,
	}
	// ReadOrganization is needed to see what the tenant is called, and whether it is synchronised with an Active Directory.
	ReadOrganization = Right{
		Job: "read the tenant's name, default domain and synchronisation",
		Application: [][]string{{
			"Organization.Read.All", "Directory.Read.All", "Organization.ReadWrite.All", "Directory.ReadWrite.All",
		}},
		Delegated: [][]string{{
			"Organization.Read.All", "Directory.Read.All", "Organization.ReadWrite.All", "Directory.ReadWrite.All", asUser,
		}},
		Roles: readingRoles,
	}
	// ReadRelationships and ReadContracts tell a partner who its customers are.
	ReadRelationships = Right{
		Job:         "list a partner's delegated admin relationships",
		Application: [][]string{{"DelegatedAdminRelationship.Read.All", "DelegatedAdminRelationship.ReadWrite.All"}},
	}
	ReadContracts = Right{
		Job:         "list a partner's contracts",
		Application: [][]string{{"Directory.Read.All", "Directory.ReadWrite.All"}},
		Delegated:   [][]string{{"Directory.Read.All", "Directory.ReadWrite.All", asUser}},
		Roles:       readingRoles,
	}
	// ReadPolicies covers the rules of the tenant for credentials.
	ReadPolicies = Right{
		Job: "read the tenant's policies for credentials",
		Application: [][]string{{
			"Policy.Read.All", "Policy.Read.ApplicationConfiguration", "Policy.ReadWrite.ApplicationConfiguration",
		}},
		Roles: []string{GlobalAdministrator},
	}
	// ReadMemberships tells which groups the caller is a member of, for the access rules.
	ReadMemberships = Right{
		Job: "see which access roles the caller holds through its groups",
		Application: [][]string{{
			"Application.Read.All", "Application.ReadWrite.OwnedBy", "Application.ReadWrite.All", "Directory.Read.All",
			"Directory.ReadWrite.All",
		}},
		Delegated: [][]string{{
			"GroupMember.Read.All", "Group.Read.All", "Directory.Read.All", "Directory.ReadWrite.All", asUser,
		}},
		Roles: readingRoles,
	}
	// ReadPrincipals tells what an object ID stands for.
	ReadPrincipals = Right{
		Job:         "look up who is to hold an access role",
		Application: [][]string{{"Directory.Read.All", "Directory.ReadWrite.All"}},
		Delegated:   [][]string{{"Directory.Read.All", "Directory.ReadWrite.All", asUser}},
		Roles:       readingRoles,
	}
	// Access roles are app roles of a registration of the provider's own.
	ReadAccessRoles     = ReadApplications
	AssignAccessRoles   = AssignAppRoles.to("assign access roles")
	WithdrawAccessRoles = RevokeAppRoles.to("withdraw access roles")
)

// Least returns the smallest set of permissions that gives an application the right.
func (r Right) Least() []string { return least(r.Application) }

// LeastDelegated returns the smallest set of permissions that gives a user the right who may do the job.
func (r Right) LeastDelegated() []string { return least(r.delegated()) }

// to is the same right for another job.
func (r Right) to(job string) Right {
	r.Job = job
	return r
}

func (r Right) delegated() [][]string {
	if r.Delegated == nil {
		return r.Application
	}
	return r.Delegated
}

func least(sets [][]string) []string {
	permissions := make([]string, len(sets))
	for i, alternatives := range sets {
		permissions[i] = alternatives[0]
	}
	return permissions
}
