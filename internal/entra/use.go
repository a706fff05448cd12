package entra

// Use is a right that a type of the provider needs.
type Use struct {
	Right Right
	When  string // in Markdown; empty: always
}

// Subject is a type of resource, ephemeral resource, action, data source or list with the rights that it needs. A data source
// or a list that has the name of a resource, and needs less, has its address in configurations for a type.
type Subject struct {
	Type string
	Uses []Use
}

// Subjects are all types of the provider, in the order of the documentation.
var Subjects = []Subject{
	{Type: "sapio365_app_session", Uses: []Use{
		{Right: ReadApplications},
		{Right: ReadDelegatedGrants},
		{Right: ManageApplications},
		{AssignAppRoles, "`admin_consent`, where application permissions are declared"},
		{RevokeAppRoles, "`admin_consent`, where others are granted"},
		{ManageDelegatedGrants, "`admin_consent`, where delegated permissions are declared or granted"},
		{ReadDirectoryRoles, "`exchange_online_powershell`, and an import"},
		{AssignDirectoryRoles, "`exchange_online_powershell`"},
		{ManageOwners, "`owners` with others than the creator"},
		{ManageForeignServicePrincipals, "`permissions` on an API that the tenant has no service principal of"},
		{ReadMemberships, "`access_enforcement`, unless it is `off`"},
		{ReadPolicies, "the check of a new credential; without it, what a policy forbids shows only at the apply"},
	}},
	{Type: "sapio365_app_session_onprem", Uses: []Use{
		{Right: ReadApplications},
		{Right: ManageApplications},
		{ReadOrganization, "`require_hybrid`"},
		{ReadMemberships, "`access_enforcement`, unless it is `off`"},
	}},
	{Type: "sapio365_access_roles", Uses: []Use{
		{Right: ReadApplications},
		{Right: ManageApplications},
		{ManageOwners, "`owners` with others than the creator"},
		{ReadMemberships, "`access_enforcement`, unless it is `off`"},
	}},
	{Type: "sapio365_access_role_assignment", Uses: []Use{
		{Right: ReadApplications},
		{Right: AssignAccessRoles},
		{ReadPrincipals, "the check of `principal_id`; without it, a mistake shows only at the apply"},
		{ReadMemberships, "`access_enforcement`, unless it is `off`"},
	}},
	{Type: "sapio365_app_session_token", Uses: []Use{
		{ReadApplications, "`access_enforcement`, unless it is `off`"},
		{ReadMemberships, "`access_enforcement`, unless it is `off`"},
	}},
	{Type: "sapio365_rotate_secret", Uses: []Use{
		{Right: ReadApplications},
		{Right: ManageApplications},
		{ReadMemberships, "`access_enforcement`, unless it is `off`"},
	}},
	{Type: "sapio365_verify_sign_in", Uses: []Use{
		{ReadApplications, "`access_enforcement`, unless it is `off`"},
		{ReadMemberships, "`access_enforcement`, unless it is `off`"},
	}},
	{Type: "data.sapio365_app_session", Uses: []Use{
		{Right: ReadApplications},
		{Right: ReadDelegatedGrants},
		{ReadDirectoryRoles, "a session that declares `Exchange.ManageAsApp`"},
		{ReadMemberships, "`access_enforcement`, unless it is `off`"},
	}},
	{Type: "sapio365_app_sessions", Uses: []Use{
		{Right: ReadApplications},
		{ReadDelegatedGrants, "`include_consent`"},
		{ReadMemberships, "`access_enforcement`, unless it is `off`"},
	}},
	{Type: "list.sapio365_app_session", Uses: []Use{
		{Right: ReadApplications},
		{ReadDelegatedGrants, "`include_resource`"},
		{ReadDirectoryRoles, "`include_resource`"},
		{ReadMemberships, "`access_enforcement`, unless it is `off`"},
	}},
	{Type: "sapio365_tenant", Uses: []Use{
		{ReadOrganization, "`display_name`, `default_domain`, `hybrid`"},
		{ReadApplications, "`caller_access_roles`"},
		{ReadMemberships, "`caller_access_roles`"},
		{ReadPolicies, "`secrets_allowed`, `max_secret_days`, `max_certificate_days`"},
	}},
	{Type: "sapio365_customers", Uses: []Use{
		{ReadRelationships, "`sources` with `delegated_admin`"},
		{ReadContracts, "`sources` with `contract`"},
	}},
}

// MissingForAll returns what the holder lacks for everything that the subject can do, each permission once.
func (h Holder) MissingForAll(s Subject) []string {
	e := &InsufficientError{}
	for _, use := range s.Uses {
		e.Shortfalls = append(e.Shortfalls, Shortfall{Missing: h.Missing(use.Right)})
	}
	return e.Missing()
}
