package signin

import "strings"

// explain says what a code of Entra ID's sign-in means for the user of the
// provider and what to do; empty for a code it does not know.
func (s subject) explain(code string) string {
	text := explanations[strings.TrimPrefix(code, "AADSTS")]
	entry := ""
	if s.standsIn {
		entry = missingEntry
	}
	return strings.NewReplacer(
		"{entry}", strings.ReplaceAll(entry, "{tenant}", s.tenantID),
		"{tenant}", s.tenantID,
		"{client}", s.clientID,
		"{cloud}", s.cloud.Name,
		"{consent}", s.cloud.AdminConsentURL(s.tenantID, s.clientID),
	).Replace(text)
}

const (
	notInTenant      = "The application {client} is not in tenant {tenant}. Check client_id, tenant_id and environment ({cloud}); a registration just created can take a minute to be known. {entry}If {client} is a multi-tenant application of another tenant, an administrator of {tenant} must accept it first: {consent}"
	missingEntry     = "If {tenant} has an identity of its own, that one takes an entry in tenants, which has to stay until everything there has been removed. "
	noSuchTenant     = "No tenant {tenant} in the cloud \"{cloud}\". Check tenant_id (a GUID) and environment."
	byAccessPolicy   = "A Conditional Access policy of tenant {tenant} blocks this sign-in. Its sign-in log names the policy; exclude this identity from it, or run from a location it allows."
	loginExpired     = "The login of the Azure CLI has expired or needs more proof. Run `az login --tenant {tenant} --allow-no-subscriptions`."
	noFederation     = "No federated credential of the application {client} fits the OIDC token. Compare the token's issuer, subject and audience with those registered under \"Certificates & secrets\", letter by letter; a GitHub token's subject depends on the branch, tag or environment of the job."
	principalBlocked = "The application {client} is disabled in tenant {tenant}. An administrator can enable it again: Enterprise applications, the application, \"Enabled for users to sign-in\"."
	notAssigned      = "The resource requires an assignment and this identity has none. Assign it under Enterprise applications, Users and groups."
	noConsent        = "Nobody has consented to the permissions of {client} in tenant {tenant}. An administrator can do so: {consent}"
	badAssertion     = "Entra ID does not accept the signed assertion for the application {client}: check that the certificate in the configuration is uploaded to that application and has not expired, and that client_id is that application."
)

// explanations are keyed by the number after AADSTS.
var explanations = map[string]string{
	"7000215": "The client secret is not one of the application {client}. Give its value, not its id; it may have been removed, and a new one can take a minute to be accepted.",
	"7000222": "The client secret or certificate of the application {client} has expired. Create a new one and put it into the configuration.",
	"7000216": "The sign-in carried no client secret, certificate or OIDC token. Check which credential is configured.",
	"7000218": "The sign-in carried no client secret, certificate or OIDC token. Check which credential is configured.",

	"700016":  notInTenant,
	"7000229": notInTenant,
	"500011":  "Microsoft Graph is not in tenant {tenant} under this name. Check environment ({cloud}).",
	"90002":   noSuchTenant,
	"900021":  noSuchTenant,
	"900023":  noSuchTenant,
	"90014":   "A required part of the sign-in is missing. Check that client_id and the credential are not empty.",
	"700038":  "client_id is not the id of an application. Check client_id.",

	"700027":  badAssertion,
	"7000217": badAssertion,
	"700021":  "The signed assertion names another application than client_id. Check client_id.",
	"700023":  "The OIDC token is issued for another audience than this cloud's. Check environment ({cloud}).",
	"700024":  "The OIDC token or signed assertion is outside its period of validity. Check the clock of this computer; an OIDC token given as a value expires within minutes, use a token file or the request URL instead, which are read again at every sign-in.",
	"700222":  "A token issued by Entra ID itself cannot be used as OIDC token here. Give the token of the external identity provider.",
	"70021":   noFederation,
	"700211":  "The issuer of the OIDC token is not that of a federated credential of the application {client}. Compare them letter by letter, a trailing slash counts.",
	"700212":  "The audience of the OIDC token is not that of a federated credential of the application {client}. Request the token for the audience of this cloud ({cloud}).",
	"700213":  "The subject of the OIDC token is not that of a federated credential of the application {client}. Compare them letter by letter; a GitHub token's subject depends on the branch, tag or environment of the job.",
	"7002131": noFederation,
	"7002138": noFederation,

	"7000112": principalBlocked,
	"7000113": "The application {client} may not sign in for others here. Check client_id.",
	"50105":   notAssigned,
	"501051":  notAssigned,
	"65001":   noConsent,
	"650052":  noConsent,

	"53003":  byAccessPolicy,
	"530003": byAccessPolicy,
	"530032": byAccessPolicy,
	"530033": byAccessPolicy,
	"530034": byAccessPolicy,
	"530035": byAccessPolicy,

	"50020":   "The user of the Azure CLI is not in tenant {tenant}. Log in as one who is: `az login --tenant {tenant} --allow-no-subscriptions`.",
	"50057":   "The account of the user is disabled.",
	"50076":   loginExpired,
	"50078":   loginExpired,
	"50079":   loginExpired,
	"50173":   loginExpired,
	"700082":  loginExpired,
	"700084":  loginExpired,
	"7000012": loginExpired,

	"50196": "Entra ID has seen the same sign-in too often in a short time. Wait a few minutes.",
	"90033": "Entra ID is temporarily unavailable. Try again.",
	"90055": "Entra ID has too many requests from this tenant. Wait a few minutes.",
}
