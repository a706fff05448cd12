package graph

import (
	"context"
	"crypto/sha1" //nolint:gosec // the thumbprint that Windows and sapio365 show is a SHA-1
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"github.com/microsoftgraph/msgraph-sdk-go/models"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

func (t *tenant) decodeApplication(c *call) (entra.Registration, error) {
	app, err := decode[models.Applicationable](c, models.CreateApplicationFromDiscriminatorValue)
	if err != nil {
		return entra.Registration{}, err
	}
	registration := entra.Registration{
		ObjectID:    text(app.GetId()),
		ClientID:    text(app.GetAppId()),
		UniqueName:  text(app.GetUniqueName()),
		DisplayName: text(app.GetDisplayName()),
		Notes:       text(app.GetNotes()),
		Audience:    text(app.GetSignInAudience()),
		Tags:        app.GetTags(),
		Manifest:    manifest(app.GetRequiredResourceAccess()),
	}
	if creator, ok := app.GetAdditionalData()["createdByAppId"].(*string); ok {
		registration.CreatedByAppID = text(creator)
	}
	for _, credential := range app.GetPasswordCredentials() {
		secret := entra.Secret{DisplayName: text(credential.GetDisplayName()), ExpiresAt: instant(credential.GetEndDateTime())}
		if id := credential.GetKeyId(); id != nil {
			secret.KeyID = id.String()
		}
		registration.Secrets = append(registration.Secrets, secret)
	}
	return registration, nil
}

func instant(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

func decodePrincipal(c *call, registration *entra.Registration) error {
	if errors.Is(c.err, entra.ErrNotFound) {
		return nil
	}
	principal, err := decode[models.ServicePrincipalable](c, models.CreateServicePrincipalFromDiscriminatorValue)
	if err != nil {
		return err
	}
	registration.ServicePrincipal = &entra.ServicePrincipal{ObjectID: text(principal.GetId())}
	if required := principal.GetAppRoleAssignmentRequired(); required != nil {
		registration.ServicePrincipal.AssignmentRequired = *required
	}
	return nil
}

// decodeDetails adds what the collections say. pages are those of owners, roles, scopes and directory roles, as far
// as they were asked for, in this order.
func (t *tenant) decodeDetails(ctx context.Context, r reading, pages [][]*call, registration *entra.Registration) error {
	byCall := make(map[*call][]*call, len(pages))
	for _, page := range pages {
		byCall[page[0]] = page
	}
	keys, err := decodeKeys(r.keys)
	if err != nil {
		return err
	}
	registration.Keys = keys
	if err := t.decodeOwners(ctx, byCall[r.owners], registration); err != nil {
		return err
	}
	if r.roles == nil {
		return nil
	}
	if err := t.decodeConsent(ctx, byCall[r.roles], byCall[r.scopes], registration); err != nil {
		return err
	}
	for _, c := range byCall[r.directoryRoles] {
		page, err := decode[models.UnifiedRoleAssignmentCollectionResponseable](c,
			models.CreateUnifiedRoleAssignmentCollectionResponseFromDiscriminatorValue)
		if err != nil {
			return err
		}
		for _, assignment := range page.GetValue() {
			if text(assignment.GetDirectoryScopeId()) == "/" {
				registration.DirectoryRoles = append(registration.DirectoryRoles, entra.AssignedDirectoryRole{
					AssignmentID: text(assignment.GetId()), TemplateID: text(assignment.GetRoleDefinitionId()),
				})
			}
		}
	}
	return nil
}

func decodeKeys(c *call) ([]entra.Key, error) {
	app, err := decode[models.Applicationable](c, models.CreateApplicationFromDiscriminatorValue)
	if err != nil {
		return nil, err
	}
	var keys []entra.Key
	for _, credential := range app.GetKeyCredentials() {
		keys = append(keys, decodeKey(credential))
	}
	return keys, nil
}

func decodeKey(credential models.KeyCredentialable) entra.Key {
	key := entra.Key{
		SHA1:      strings.ToUpper(hex.EncodeToString(credential.GetCustomKeyIdentifier())),
		ExpiresAt: instant(credential.GetEndDateTime()),
	}
	if id := credential.GetKeyId(); id != nil {
		key.KeyID = id.String()
	}
	if der := certificateDER(credential.GetKey()); der != nil {
		sum1, sum256 := sha1.Sum(der), sha256.Sum256(der) //nolint:gosec // see the import
		key.SHA1 = strings.ToUpper(hex.EncodeToString(sum1[:]))
		key.SHA256 = strings.ToUpper(hex.EncodeToString(sum256[:]))
	}
	return key
}

func (t *tenant) decodeOwners(ctx context.Context, pages []*call, registration *entra.Registration) error {
	token, err := t.options.Tokens.Token(ctx, t.id)
	if err != nil {
		return err
	}
	for _, c := range pages {
		page, err := decode[models.DirectoryObjectCollectionResponseable](c,
			models.CreateDirectoryObjectCollectionResponseFromDiscriminatorValue)
		if err != nil {
			return err
		}
		for _, object := range page.GetValue() {
			owner := entra.Owner{ObjectID: text(object.GetId())}
			owner.Hidden = strings.EqualFold(owner.ObjectID, token.ObjectID)
			if principal, ok := object.(models.ServicePrincipalable); ok && registration.CreatedByAppID != "" {
				owner.Hidden = owner.Hidden || strings.EqualFold(text(principal.GetAppId()), registration.CreatedByAppID)
			}
			registration.Owners = append(registration.Owners, owner)
		}
	}
	return nil
}

func (t *tenant) decodeConsent(ctx context.Context, roles, scopes []*call, registration *entra.Registration) error {
	var assignments []models.AppRoleAssignmentable
	var grants []models.OAuth2PermissionGrantable
	var resources []string
	for _, c := range roles {
		page, err := decode[models.AppRoleAssignmentCollectionResponseable](c,
			models.CreateAppRoleAssignmentCollectionResponseFromDiscriminatorValue)
		if err != nil {
			return err
		}
		for _, assignment := range page.GetValue() {
			if assignment.GetResourceId() != nil && assignment.GetAppRoleId() != nil {
				assignments = append(assignments, assignment)
				resources = append(resources, assignment.GetResourceId().String())
			}
		}
	}
	for _, c := range scopes {
		page, err := decode[models.OAuth2PermissionGrantCollectionResponseable](c,
			models.CreateOAuth2PermissionGrantCollectionResponseFromDiscriminatorValue)
		if err != nil {
			return err
		}
		for _, grant := range page.GetValue() {
			// Consent that single users gave is theirs.
			if text(grant.GetConsentType()) == allPrincipals {
				grants = append(grants, grant)
				resources = append(resources, text(grant.GetResourceId()))
			}
		}
	}
	if err := t.nameResources(ctx, resources); err != nil {
		return err
	}
	for _, assignment := range assignments {
		registration.Roles = append(registration.Roles, entra.GrantedRole{
			AssignmentID: text(assignment.GetId()),
			Resource:     t.resource(assignment.GetResourceId().String()),
			RoleID:       assignment.GetAppRoleId().String(),
		})
	}
	for _, grant := range grants {
		registration.Scopes = append(registration.Scopes, entra.GrantedScopes{
			GrantID:  text(grant.GetId()),
			Resource: t.resource(text(grant.GetResourceId())),
			Names:    strings.Fields(text(grant.GetScope())),
		})
	}
	return nil
}

// resource is the API whose service principal has the object id. One that has been deleted keeps that id for a name.
func (t *tenant) resource(objectID string) entra.API {
	if api, ok := t.apis.byServicePrincipal(objectID); ok {
		return api
	}
	return entra.API{ID: objectID, ServicePrincipalID: objectID}
}
