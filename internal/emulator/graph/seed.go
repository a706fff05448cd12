package graph

import (
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/edm"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra/catalogue"
)

// Seed gives a new tenant what every tenant has. With hybrid, it is synchronised from on-premises; without exchange, the
// service principal of Exchange Online is not there yet. The caller holds the lock of the directory.
func Seed(t *directory.Tenant, now time.Time, hybrid, withoutExchange bool) {
	created := edm.FormatTime(now)
	organization := map[string]any{"deletedDateTime": nil, "assignedPlans": []any{}, "businessPhones": []any{},
		"city": nil, "country": nil, "countryLetterCode": "FR", "createdDateTime": created, "displayName": t.DisplayName,
		"marketingNotificationEmails": []any{}, "onPremisesLastSyncDateTime": nil, "onPremisesSyncEnabled": nil,
		"postalCode": nil, "preferredLanguage": "en", "provisionedPlans": []any{}, "state": nil, "street": nil,
		"technicalNotificationMails": []any{}, "tenantType": "AAD", "verifiedDomains": []any{map[string]any{
			"capabilities": "Email, OfficeCommunicationsOnline", "isDefault": true, "isInitial": true, "name": t.Domain,
			"type": "Managed"}}}
	if hybrid {
		organization["onPremisesSyncEnabled"] = true
		organization["onPremisesLastSyncDateTime"] = created
	}
	t.Add(&directory.Object{Kind: directory.Organization, ID: t.ID, Properties: organization})
	t.Add(&directory.Object{Kind: directory.Domain, ID: t.Domain, Properties: map[string]any{
		"authenticationType": "Managed", "availabilityStatus": nil, "isAdminManaged": true, "isDefault": true,
		"isInitial": true, "isRoot": true, "isVerified": true, "manufacturer": nil, "model": nil,
		"passwordNotificationWindowInDays": 14, "passwordValidityPeriodInDays": 2147483647, "state": nil,
		"supportedServices": []any{"Email", "OfficeCommunicationsOnline"}}})
	t.Add(&directory.Object{Kind: directory.DefaultAppPolicy, ID: zeroID, Properties: template("defaultAppManagementPolicy")})
	for _, role := range builtInRoles {
		t.Add(&directory.Object{Kind: directory.RoleDefinition, ID: role.templateID, Properties: map[string]any{
			"description": role.name, "displayName": role.name, "isBuiltIn": true, "isEnabled": true,
			"resourceScopes": []any{"/"}, "rolePermissions": []any{}, "templateId": role.templateID, "version": "1"}})
	}
	seeded := []string{catalogue.MicrosoftGraph, catalogue.ExchangeOnline, catalogue.SharePointOnline}
	for _, appID := range seeded {
		if withoutExchange && appID == catalogue.ExchangeOnline {
			continue
		}
		sp, _ := microsoftServicePrincipal(appID)
		sp.Properties["createdDateTime"] = created
		t.Add(sp)
	}
}

// builtInRoles are directory roles by the template ids that they have in every tenant.
var builtInRoles = []struct{ templateID, name string }{
	{"62e90394-69f5-4237-9190-012177145e10", "Global Administrator"},
	{"f2ef992c-3afb-46b9-b7cf-a126ee74c451", "Global Reader"},
	{"9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "Application Administrator"},
	{"158c047a-c907-4556-b7ef-446551a6b5f7", "Cloud Application Administrator"},
	{"cf1c38e5-3621-4004-a7cb-879624dced7c", "Application Developer"},
	{"e8611ab8-c189-46e8-94e1-60213ab1f814", "Privileged Role Administrator"},
	{"29232cdf-9323-42fd-ade2-1d097af3e4de", "Exchange Administrator"},
	{"31392ffb-586c-42d1-9346-e59415a2cc4e", "Exchange Recipient Administrator"},
	{"f28a1f50-f6e7-4571-818b-6a12f2af6b6c", "SharePoint Administrator"},
	{"69091246-20e8-4a56-aa4d-066075b2a7a8", "Teams Administrator"},
	{"17315797-102d-40b4-93e0-432062caca18", "Compliance Administrator"},
	{"194ae4cb-b126-40b2-bd5b-6091b380977d", "Security Administrator"},
	{"5d6b6bb7-de71-4623-b4af-96380a352509", "Security Reader"},
	{"fe930be7-5e62-47db-91af-98c3a49a38b1", "User Administrator"},
	{"fdd7a751-b60b-444a-984c-02652fe8fa1c", "Groups Administrator"},
	{"88d8e3e3-8f55-4a1e-953a-9b9898b8876b", "Directory Readers"},
	{"9360feb5-f418-4baa-8175-e2a00bac4301", "Directory Writers"},
	{"729827e3-9c14-49f7-bb1b-9608f156bbb8", "Helpdesk Administrator"},
	{"3a2c62db-5318-420d-8d74-23affee5d9d5", "Intune Administrator"},
	{"8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2", "Hybrid Identity Administrator"},
}
