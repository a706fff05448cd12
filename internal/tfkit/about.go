package tfkit

import "fmt"

// What attributes are that several schemas have, with examples from a tenant that does not exist.
const (
	AboutClientID = "Application (client) ID of the App session, a GUID: `client_id` of `sapio365_app_session`, for example " + ExampleClientID + "."
	// AboutRegistrationID and AboutServicePrincipalID have no full stop, so that more can follow.
	AboutRegistrationID     = "Object ID of the app registration, for example `1b6d8c3f-52e7-4f90-a4c8-0d3e7b9f6a12`"
	AboutServicePrincipalID = "Object ID of the service principal (enterprise application), for example `c2e90f47-8a1d-4b35-9e6c-71d4f8a0b523`"
	AboutSessionName        = "Name of the App session and of its registration, for example `sapio365 - Jane Doe`"
	AboutConsentURL         = "Page on which an administrator of the tenant gives consent to the declared permissions, for example " +
		"`https://login.microsoftonline.com/" + exampleTenant + "/adminconsent?client_id=" + exampleClient + "`."
	// AboutOwnersFound are the owners that a data source shows.
	AboutOwnersFound = "Object IDs of the users and service principals that own the registration, for example " + ExamplePrincipal +
		", without the identity that created it and the one that runs the provider."
	// AboutLabels is how permissions are written where there is no more to them than a text.
	AboutLabels = "Each is written as API, name and kind, for example `Microsoft Graph: User.Read.All (application)`."
)

// Forms of values, to be put behind what they are of.
const (
	FormTime   = "RFC 3339 in UTC, for example `2027-05-01T12:00:00Z`"
	FormSHA1   = "in upper-case hexadecimal digits, for example `5F3C2B1A90D8E7F6A5B4C3D2E1F0A9B8C7D6E5F4`"
	FormSHA256 = "in upper-case hexadecimal digits, for example `9C41E07B5D2A8F36C0E1B794A35D6F82071C4E9BD83A65F2B7904C1ED6A8F3B5`"
)

const (
	exampleTenant = "9d2c1a75-0d0e-4b6e-8a53-5d1f2c3b4a10"
	exampleClient = "4f0a3c1e-6a52-4f1e-9a3d-8b1b6f0c2d11"
)

// Examples, in backticks. The customer's is a tenant, too.
const (
	ExampleTenantID   = "`" + exampleTenant + "`"
	ExampleCustomerID = "`b7e2f4a9-6c3d-4f18-95a0-8d1e7c3b5f26`"
	ExampleClientID   = "`" + exampleClient + "`"
	ExamplePrincipal  = "`3f6d2b9a-8e4c-4d57-b0a1-2c9e7f5d8a63`"
)

// AboutTenant describes the attribute tenant_id. of says which tenant, such as " that the register is in"; it may be empty.
func AboutTenant(of string) string {
	return "ID (GUID) of the tenant" + of + ", for example " + ExampleTenantID + "; a domain name is not accepted. Default: the provider's tenant."
}

// AboutOwners describes the attribute owners of a resource.
func AboutOwners() string {
	return fmt.Sprintf("Object IDs of the users and service principals that own the registration, at most %d, for example "+ExamplePrincipal+
		". When left out, owners are not managed. The identity that created the registration and the one that runs the provider are neither "+
		"shown nor removed unless they are listed.", MaxOwners)
}
