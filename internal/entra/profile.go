package entra

import (
	"slices"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra/catalogue"
)

// Profile is a preset of permissions. The presets are this provider's own: Ytria does not publish the list that
// sapio365 gives an App session.
type Profile struct {
	Name        string
	Application []string // Microsoft Graph application permissions
	Delegated   []string // Microsoft Graph delegated permissions
}

// Profiles are the presets that permission_profile names. They cover sapio365's modules: users, groups and Teams,
// mail, calendars and contacts, files and sites, licences, reports, sign-ins and audit logs, devices, applications.
var Profiles = []Profile{
	{
		Name: "administration",
		Application: []string{
			"Application.ReadWrite.All", "AuditLog.Read.All", "Calendars.ReadWrite", "Channel.Create", "Channel.Delete.All",
			"ChannelMember.ReadWrite.All", "ChannelMessage.Read.All", "ChannelSettings.ReadWrite.All", "Chat.Read.All",
			"Contacts.ReadWrite", "Device.ReadWrite.All", "Directory.ReadWrite.All", "Domain.Read.All", "Files.ReadWrite.All",
			"Group.ReadWrite.All", "GroupMember.ReadWrite.All", "IdentityRiskyUser.Read.All", "LicenseAssignment.ReadWrite.All",
			"Mail.ReadWrite", "MailboxSettings.ReadWrite", "Organization.Read.All", "Policy.Read.All", "Reports.Read.All",
			"RoleManagement.Read.Directory", "Sites.ReadWrite.All", "TeamMember.ReadWrite.All", "TeamSettings.ReadWrite.All",
			"User.ReadWrite.All", "UserAuthenticationMethod.Read.All",
		},
		Delegated: []string{"Group.ReadWrite.All", "User.Read"},
	},
	{
		Name: "read_only",
		Application: []string{
			"Application.Read.All", "AuditLog.Read.All", "Calendars.Read", "Channel.ReadBasic.All", "ChannelMember.Read.All",
			"ChannelMessage.Read.All", "ChannelSettings.Read.All", "Chat.Read.All", "Contacts.Read", "Device.Read.All",
			"Directory.Read.All", "Domain.Read.All", "Files.Read.All", "Group.Read.All", "GroupMember.Read.All",
			"IdentityRiskyUser.Read.All", "Mail.Read", "MailboxSettings.Read",
			"Organization.Read.All", "Policy.Read.All", "Reports.Read.All", "RoleManagement.Read.Directory", "Sites.Read.All",
			"TeamMember.Read.All", "TeamSettings.Read.All", "User.Read.All", "UserAuthenticationMethod.Read.All",
		},
		Delegated: []string{"User.Read"},
	},
}

// ProfileNames lists the names of the presets.
func ProfileNames() []string {
	names := make([]string, len(Profiles))
	for i, profile := range Profiles {
		names[i] = profile.Name
	}
	return names
}

// ProfileRefs returns the permissions of the preset; ok is false for an unknown one.
func ProfileRefs(name string) (refs []PermissionRef, ok bool) {
	i := slices.IndexFunc(Profiles, func(p Profile) bool { return p.Name == name })
	if i < 0 {
		return nil, false
	}
	for _, value := range Profiles[i].Application {
		refs = append(refs, PermissionRef{API: catalogue.MicrosoftGraph, Kind: Application, Text: value})
	}
	for _, value := range Profiles[i].Delegated {
		refs = append(refs, PermissionRef{API: catalogue.MicrosoftGraph, Kind: Delegated, Text: value})
	}
	return refs, true
}
