package entra

import (
	"strings"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra/catalogue"
)

// DirectoryRole is a built-in role of Microsoft Entra ID.
type DirectoryRole struct {
	Name       string
	TemplateID string // the same in every tenant
}

// ExchangeRoles are the roles with which an application may connect to Exchange Online PowerShell, the default first
// (Microsoft's "App-only authentication for unattended scripts in Exchange Online PowerShell").
var ExchangeRoles = []DirectoryRole{
	{"Exchange Administrator", "29232cdf-9323-42fd-ade2-1d097af3e4de"},
	{"Exchange Recipient Administrator", "31392ffb-586c-42d1-9346-e59415a2cc4e"},
	{"Global Reader", "f2ef992c-3afb-46b9-b7cf-a126ee74c451"},
	{"Security Reader", "5d6b6bb7-de71-4623-b4af-96380a352509"},
	{"Security Administrator", "194ae4cb-b126-40b2-bd5b-6091b380977d"},
	{"Compliance Administrator", "17315797-102d-40b4-93e0-432062caca18"},
	{"Helpdesk Administrator", "729827e3-9c14-49f7-bb1b-9608f156bbb8"},
	{"Global Administrator", "62e90394-69f5-4237-9190-012177145e10"},
}

// ExchangeRole finds one of ExchangeRoles by its name, ignoring case.
func ExchangeRole(name string) (DirectoryRole, bool) {
	for _, role := range ExchangeRoles {
		if strings.EqualFold(role.Name, name) {
			return role, true
		}
	}
	return DirectoryRole{}, false
}

// DirectoryRoleName names a built-in role by its template id; an unknown one is named by the id itself.
func DirectoryRoleName(templateID string) string {
	for _, role := range ExchangeRoles {
		if role.TemplateID == templateID {
			return role.Name
		}
	}
	return templateID
}

// ExchangeManageAsApp is the permission that Exchange Online PowerShell asks of an application. The clouds of the US
// government's higher levels have it on an API of its own.
func ExchangeManageAsApp(usGovernment bool) Permission {
	api := catalogue.ExchangeOnline
	if usGovernment {
		api = catalogue.SecurityCompliance
	}
	p, _ := PermissionRef{API: api, Kind: Application, Text: "Exchange.ManageAsApp"}.Resolve()
	return p
}
