package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/microsoftgraph/msgraph-sdk-go/applications"
	"github.com/microsoftgraph/msgraph-sdk-go/applicationswithappid"
	"github.com/microsoftgraph/msgraph-sdk-go/applicationswithuniquename"
	"github.com/microsoftgraph/msgraph-sdk-go/directory"
	"github.com/microsoftgraph/msgraph-sdk-go/oauth2permissiongrants"
	"github.com/microsoftgraph/msgraph-sdk-go/rolemanagement"
	"github.com/microsoftgraph/msgraph-sdk-go/serviceprincipals"
	"github.com/microsoftgraph/msgraph-sdk-go/serviceprincipalswithappid"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// createIfMissing is the header that makes a PATCH by alternate key an upsert.
const createIfMissing = "create-if-missing"

// root is the path parameter of all request builders: batch parts have addresses relative to the version.
func root() map[string]string { return map[string]string{"baseurl": ""} }

// literal writes a string into an OData key.
func literal(s string) *string {
	s = strings.ReplaceAll(s, "'", "''")
	return &s
}

func (g *Gateway) applicationByName(uniqueName string) *applicationswithuniquename.ApplicationsWithUniqueNameRequestBuilder {
	return applicationswithuniquename.NewApplicationsWithUniqueNameRequestBuilderInternal(root(), g.adapter, literal(uniqueName))
}

func (g *Gateway) applicationByClientID(clientID string) *applicationswithappid.ApplicationsWithAppIdRequestBuilder {
	return applicationswithappid.NewApplicationsWithAppIdRequestBuilderInternal(root(), g.adapter, literal(clientID))
}

func (g *Gateway) application(objectID string) *applications.ApplicationItemRequestBuilder {
	return applications.NewApplicationsRequestBuilderInternal(root(), g.adapter).ByApplicationId(objectID)
}

func (g *Gateway) servicePrincipalByClientID(clientID string) *serviceprincipalswithappid.ServicePrincipalsWithAppIdRequestBuilder {
	return serviceprincipalswithappid.NewServicePrincipalsWithAppIdRequestBuilderInternal(root(), g.adapter, literal(clientID))
}

func (g *Gateway) servicePrincipal(objectID string) *serviceprincipals.ServicePrincipalItemRequestBuilder {
	return serviceprincipals.NewServicePrincipalsRequestBuilderInternal(root(), g.adapter).ByServicePrincipalId(objectID)
}

func (g *Gateway) grants() *oauth2permissiongrants.Oauth2PermissionGrantsRequestBuilder {
	return oauth2permissiongrants.NewOauth2PermissionGrantsRequestBuilderInternal(root(), g.adapter)
}

func (g *Gateway) roleAssignments() *rolemanagement.DirectoryRoleAssignmentsRequestBuilder {
	return rolemanagement.NewRoleManagementRequestBuilderInternal(root(), g.adapter).Directory().RoleAssignments()
}

func (g *Gateway) deletedItems() *directory.DeletedItemsRequestBuilder {
	return directory.NewDirectoryRequestBuilderInternal(root(), g.adapter).DeletedItems()
}

// upsert turns a PATCH by alternate key into one that makes the object where there is none. The body never changes,
// so sending it again is harmless.
func (c *call) upsert() *call {
	if c.headers == nil {
		c.headers = map[string]string{}
	}
	c.headers["Prefer"] = createIfMissing
	return c
}

// patchBody is what the change writes. Empty notes are cleared.
func patchBody(change entra.PatchApplication) body {
	b := body{}
	for property, value := range map[string]*string{
		"displayName": change.DisplayName, "uniqueName": change.UniqueName,
		"signInAudience": change.Audience, "notes": change.Notes,
	} {
		switch {
		case value == nil:
		case *value == "":
			b[property] = nil
		default:
			b[property] = *value
		}
	}
	if change.Manifest != nil {
		b["requiredResourceAccess"] = manifestBody(*change.Manifest)
	}
	if change.Tags != nil {
		b["tags"] = change.Tags
	}
	return b
}

// keyDatePatience bounds the wait for a service whose clock is behind that of whoever has signed a certificate.
const keyDatePatience = 30 * time.Second

func (t *tenant) patchApplication(ctx context.Context, operation, objectID string, b body) *call {
	info, err := t.application(objectID).ToGetRequestInformation(ctx, nil)
	return newCall(operation, entra.ManageApplications, info, err).sending(http.MethodPatch, b).waitingFor(missing).
		waitingBriefly(keyDatePatience, refusesKeyDate)
}

func (t *tenant) addPassword(ctx context.Context, objectID string, change entra.AddSecret, nonce string, now time.Time) *call {
	info, err := t.application(objectID).AddPassword().ToPostRequestInformation(ctx, applications.NewItemAddPasswordPostRequestBody(), nil)
	return newCall(change.Describe(), entra.ManageApplications, info, err).sending(http.MethodPost, body{
		"passwordCredential": body{
			"displayName": entra.SecretDisplayName(nonce, change.Predecessor),
			"endDateTime": change.Terms.Expiry(now).Truncate(time.Second),
		},
	}).waitingFor(missing)
}

func (t *tenant) removePassword(ctx context.Context, objectID string, change entra.RemoveSecret) *call {
	info, err := t.application(objectID).RemovePassword().ToPostRequestInformation(ctx, applications.NewItemRemovePasswordPostRequestBody(), nil)
	c := newCall(change.Describe(), entra.ManageApplications, info, err).sending(http.MethodPost, body{"keyId": change.KeyID})
	c.once = false // a removed credential stays removed
	return c
}

// newServicePrincipalTag makes the portal list the service principal among the enterprise applications, as it does
// for registrations made in the portal.
const newServicePrincipalTag = "WindowsAzureActiveDirectoryIntegratedApp"

func (t *tenant) upsertServicePrincipal(ctx context.Context, operation, clientID string, assignmentRequired *bool) *call {
	b := body{"appId": clientID}
	right := entra.ManageForeignServicePrincipals
	if assignmentRequired != nil {
		b["appRoleAssignmentRequired"] = *assignmentRequired
		b["tags"] = []string{newServicePrincipalTag}
		right = entra.ManageApplications
	}
	info, err := t.servicePrincipalByClientID(clientID).ToGetRequestInformation(ctx, nil)
	return newCall(operation, right, info, err).sending(http.MethodPatch, b).upsert()
}

func (t *tenant) patchServicePrincipal(ctx context.Context, change entra.PatchServicePrincipal, objectID string) *call {
	info, err := t.servicePrincipal(objectID).ToGetRequestInformation(ctx, nil)
	return newCall(change.Describe(), entra.ManageApplications, info, err).
		sending(http.MethodPatch, body{"appRoleAssignmentRequired": change.AssignmentRequired})
}

// grantPatience bounds the wait for what a consent refers to. An app role may also not exist in the tenant's cloud, and
// the service principal of the API may be another one than before.
const grantPatience = time.Minute

func (t *tenant) assignAppRole(ctx context.Context, change entra.GrantRole, principalID, resourceID string) *call {
	info, err := t.servicePrincipal(resourceID).AppRoleAssignedTo().ToGetRequestInformation(ctx, nil)
	return newCall(change.Describe(), entra.AssignAppRoles, info, err).sending(http.MethodPost, body{
		"principalId": principalID, "resourceId": resourceID, "appRoleId": change.Permission.ID,
	}).waitingBriefly(grantPatience, func(a *answer) bool { return missing(a) || lacksRole(a) })
}

func (t *tenant) unassignAppRole(ctx context.Context, change entra.RevokeRole, principalID string) *call {
	info, err := t.servicePrincipal(principalID).AppRoleAssignments().
		ByAppRoleAssignmentId(change.AssignmentID).ToDeleteRequestInformation(ctx, nil)
	return newCall(change.Describe(), entra.RevokeAppRoles, info, err)
}

const allPrincipals = "AllPrincipals"

func (t *tenant) grantScopes(ctx context.Context, change entra.GrantScopes, principalID, resourceID string) *call {
	scope := strings.Join(change.Names, " ")
	if change.GrantID != "" {
		// A grant that is not there has been withdrawn: the next look shows that it has to be made.
		info, err := t.grants().ByOAuth2PermissionGrantId(change.GrantID).ToGetRequestInformation(ctx, nil)
		return newCall(change.Describe(), entra.ManageDelegatedGrants, info, err).sending(http.MethodPatch, body{"scope": scope})
	}
	info, err := t.grants().ToGetRequestInformation(ctx, nil)
	return newCall(change.Describe(), entra.ManageDelegatedGrants, info, err).sending(http.MethodPost, body{
		"clientId": principalID, "consentType": allPrincipals, "resourceId": resourceID, "scope": scope,
	}).waitingBriefly(grantPatience, missing)
}

func (t *tenant) deleteGrant(ctx context.Context, operation, grantID string) *call {
	info, err := t.grants().ByOAuth2PermissionGrantId(grantID).ToDeleteRequestInformation(ctx, nil)
	return newCall(operation, entra.ManageDelegatedGrants, info, err)
}

func (t *tenant) assignDirectoryRole(ctx context.Context, change entra.AssignDirectoryRole, principalID string) *call {
	info, err := t.roleAssignments().ToGetRequestInformation(ctx, nil)
	return newCall(change.Describe(), entra.AssignDirectoryRoles, info, err).sending(http.MethodPost, body{
		"roleDefinitionId": change.TemplateID, "principalId": principalID, "directoryScopeId": "/",
	}).waitingFor(missing)
}

func (t *tenant) deleteDirectoryRole(ctx context.Context, operation, assignmentID string) *call {
	info, err := t.roleAssignments().ByUnifiedRoleAssignmentId(assignmentID).ToDeleteRequestInformation(ctx, nil)
	return newCall(operation, entra.AssignDirectoryRoles, info, err)
}

// ownerPatience bounds the wait for an owner: unlike the session's own objects it may never have existed.
const ownerPatience = time.Minute

func (t *tenant) addOwner(ctx context.Context, change entra.AddOwner, objectID string) *call {
	info, err := t.application(objectID).Owners().Ref().ToGetRequestInformation(ctx, nil)
	c := newCall(change.Describe(), entra.ManageOwners, info, err).sending(http.MethodPost, body{
		"@odata.id": t.options.Endpoint + "/v1.0/directoryObjects/" + change.ObjectID,
	}).waitingBriefly(ownerPatience, missing)
	c.absent = "no user or service principal of the tenant has the object ID " + change.ObjectID
	return c
}

func (t *tenant) removeOwner(ctx context.Context, change entra.RemoveOwner, objectID string) *call {
	info, err := t.application(objectID).Owners().ByDirectoryObjectId(change.ObjectID).Ref().ToDeleteRequestInformation(ctx, nil)
	return newCall(change.Describe(), entra.ManageApplications, info, err)
}

// nextPage returns the call for the page after the one that the call answered, nil after the last.
func (t *tenant) nextPage(c *call) *call {
	var page struct {
		NextLink string `json:"@odata.nextLink"`
	}
	if json.Unmarshal(c.answer.body, &page) != nil || page.NextLink == "" {
		return nil
	}
	next := &call{operation: c.operation, right: c.right, method: http.MethodGet}
	_, relative, ok := strings.Cut(page.NextLink, "/v1.0/")
	if !ok {
		// Half a collection would look like drift.
		next.err = fmt.Errorf("could not %s: the address of the next page is not one of version 1.0", c.operation)
	}
	next.url = "/" + relative
	return next
}

// keyBody is a certificate as a new key credential. The key id is chosen here, so that what is added is known by it.
func keyBody(certificate entra.Certificate, keyID string) body {
	return body{
		"type": "AsymmetricX509Cert", "usage": "Verify", "keyId": keyID, "key": certificate.DER,
		"displayName":   entra.CertificateDisplayName(certificate.Subject),
		"startDateTime": certificate.NotBefore, "endDateTime": certificate.NotAfter,
	}
}
