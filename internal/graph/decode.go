package graph

import (
	"context"
	"crypto/sha1" //nolint:gosec // the thumbprint that Windows and sapio365 show is a SHA-1
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

func (t *tenant) decodeApplication(c *call) (entra.Registration, error) {
	app, err := decode[applicationObject](c)
	if err != nil {
		return entra.Registration{}, err
	}
	registration := entra.Registration{
		TenantID: t.id, ObjectID: app.ID, ClientID: app.AppID, UniqueName: app.UniqueName, DisplayName: app.DisplayName,
		Notes: app.Notes, Audience: app.SignInAudience, Tags: app.Tags, CreatedByAppID: app.CreatedByAppID,
		Manifest: manifest(app.RequiredResourceAccess),
	}
	for _, credential := range app.PasswordCredentials {
		registration.Secrets = append(registration.Secrets, credential.secret())
	}
	return registration, nil
}

func (p passwordCredential) secret() entra.Secret {
	return entra.Secret{KeyID: strings.ToLower(p.KeyID), DisplayName: p.DisplayName, ExpiresAt: p.EndDateTime.UTC()}
}

func decodePrincipal(c *call, registration *entra.Registration) error {
	if errors.Is(c.err, entra.ErrNotFound) {
		return nil
	}
	principal, err := decode[servicePrincipalObject](c)
	if err != nil {
		return err
	}
	registration.ServicePrincipal = &entra.ServicePrincipal{
		ObjectID: principal.ID, AssignmentRequired: principal.AppRoleAssignmentRequired,
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
	assignments, err := decodePages[unifiedRoleAssignment](byCall[r.directoryRoles])
	for _, assignment := range assignments {
		if assignment.DirectoryScopeID == "/" {
			registration.DirectoryRoles = append(registration.DirectoryRoles, entra.AssignedDirectoryRole{
				AssignmentID: assignment.ID, TemplateID: strings.ToLower(assignment.RoleDefinitionID),
			})
		}
	}
	return err
}

func decodeKeys(c *call) ([]entra.Key, error) {
	app, err := decode[applicationObject](c)
	if err != nil {
		return nil, err
	}
	var keys []entra.Key
	for _, credential := range app.KeyCredentials {
		key := entra.Key{
			KeyID: strings.ToLower(credential.KeyID), DisplayName: credential.DisplayName, SHA1: credential.thumbprint(),
			ExpiresAt: credential.EndDateTime.UTC(),
		}
		if der := certificateDER(credential.Key); der != nil {
			sum1, sum256 := sha1.Sum(der), sha256.Sum256(der) //nolint:gosec // see the import
			key.SHA1 = strings.ToUpper(hex.EncodeToString(sum1[:]))
			key.SHA256 = strings.ToUpper(hex.EncodeToString(sum256[:]))
		}
		keys = append(keys, key)
	}
	return keys, nil
}

func (t *tenant) decodeOwners(ctx context.Context, pages []*call, registration *entra.Registration) error {
	token, err := t.options.Tokens.Token(ctx, t.id)
	if err != nil {
		return err
	}
	objects, err := decodePages[directoryObject](pages)
	for _, object := range objects {
		creator := object.AppID != "" && strings.EqualFold(object.AppID, registration.CreatedByAppID) ||
			strings.EqualFold(object.ID, registration.CreatorID)
		registration.Owners = append(registration.Owners, entra.Owner{
			ObjectID: object.ID, Hidden: creator || strings.EqualFold(object.ID, token.ObjectID),
		})
	}
	return err
}

func (t *tenant) decodeConsent(ctx context.Context, roles, scopes []*call, registration *entra.Registration) error {
	assignments, err := decodePages[appRoleAssignment](roles)
	if err != nil {
		return err
	}
	grants, err := decodePages[oAuth2PermissionGrant](scopes)
	if err != nil {
		return err
	}
	// Consent that single users gave is theirs.
	grants = slices.DeleteFunc(grants, func(g oAuth2PermissionGrant) bool { return g.ConsentType != allPrincipals })
	var resources []string
	for _, assignment := range assignments {
		resources = append(resources, assignment.ResourceID)
	}
	for _, grant := range grants {
		resources = append(resources, grant.ResourceID)
	}
	if err := t.nameResources(ctx, resources); err != nil {
		return err
	}
	for _, assignment := range assignments {
		registration.Roles = append(registration.Roles, entra.GrantedRole{
			AssignmentID: assignment.ID, Resource: t.resource(assignment.ResourceID), RoleID: strings.ToLower(assignment.AppRoleID),
		})
	}
	for _, grant := range grants {
		registration.Scopes = append(registration.Scopes, entra.GrantedScopes{
			GrantID: grant.ID, Resource: t.resource(grant.ResourceID), Names: strings.Fields(grant.Scope),
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
