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
	return t.registration(app), nil
}

func (t *tenant) registration(app applicationObject) entra.Registration {
	registration := entra.Registration{
		TenantID: t.id, ObjectID: app.ID, ClientID: app.AppID, UniqueName: app.UniqueName, DisplayName: app.DisplayName,
		Notes: app.Notes, Audience: app.SignInAudience, Tags: app.Tags, CreatedByAppID: app.CreatedByAppID,
		Manifest: manifest(app.RequiredResourceAccess),
	}
	for _, credential := range app.PasswordCredentials {
		registration.Secrets = append(registration.Secrets, credential.secret())
	}
	for _, credential := range app.KeyCredentials {
		registration.Keys = append(registration.Keys, credential.certificate())
	}
	registration.AppRoles = decodeRoles(app.AppRoles)
	return registration
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
		ObjectID: principal.ID, AssignmentRequired: principal.AppRoleAssignmentRequired, AppRoles: decodeRoles(principal.AppRoles),
	}
	return nil
}

// decode returns the registration as one of the copies shows it.
func (l *look) decode(ctx context.Context, r reading) (entra.Registration, error) {
	registration, err := l.decodeApplication(r.application)
	if err != nil {
		return registration, err
	}
	registration.CreatorID = l.ref.Hints.Creator
	if err := decodePrincipal(r.principal, &registration); err != nil {
		return registration, err
	}
	if err := l.nameKeys(ctx, &registration); err != nil {
		return registration, err
	}
	if err := l.decodeOwners(ctx, l.pages[r.owners], &registration); err != nil {
		return registration, err
	}
	if r.rivals != nil {
		registration.Rivals, err = l.decodeTagged(l.pages[r.rivals])
		registration.Rivals = slices.DeleteFunc(registration.Rivals, sameAs(registration))
		return registration, err
	}
	if r.roles == nil {
		return registration, nil
	}
	if err := l.decodeConsent(ctx, l.pages[r.roles], l.pages[r.scopes], &registration); err != nil {
		return registration, err
	}
	assignments, err := decodePages[unifiedRoleAssignment](l.pages[r.directoryRoles])
	for _, assignment := range assignments {
		if assignment.DirectoryScopeID == "/" {
			registration.DirectoryRoles = append(registration.DirectoryRoles, entra.AssignedDirectoryRole{
				AssignmentID: assignment.ID, TemplateID: strings.ToLower(assignment.RoleDefinitionID),
			})
		}
	}
	return registration, err
}

// nameKeys tells the SHA-256 of each certificate, which the application itself does not show: from the hints, or else
// from the certificates themselves, which are read once.
func (l *look) nameKeys(ctx context.Context, registration *entra.Registration) error {
	unknown := func(k entra.Key) bool {
		hint, ok := l.known[k.KeyID]
		return k.SHA256 == "" && (!ok || !hint.IsFor(k))
	}
	if slices.ContainsFunc(registration.Keys, unknown) && !l.keysRead {
		if l.keys == nil {
			l.keys = l.readKeys(ctx, registration.ObjectID)
			if err := l.run(ctx, plan{calls: []*call{l.keys}}); err != nil {
				return err
			}
		}
		keys, err := decodeKeys(l.keys)
		if err != nil {
			return err
		}
		l.keysRead = true
		for _, key := range keys {
			l.known[key.KeyID] = entra.KeyHint{Identifier: key.Identifier, SHA1: key.SHA1, SHA256: key.SHA256}
		}
	}
	for i, key := range registration.Keys {
		if key.SHA256 == "" && !unknown(key) {
			registration.Keys[i].SHA1, registration.Keys[i].SHA256 = l.known[key.KeyID].SHA1, l.known[key.KeyID].SHA256
		}
	}
	return nil
}

func decodeKeys(c *call) ([]entra.Key, error) {
	app, err := decode[applicationObject](c)
	keys := make([]entra.Key, len(app.KeyCredentials))
	for i, credential := range app.KeyCredentials {
		keys[i] = credential.certificate()
	}
	return keys, err
}

// certificate is the key credential without its key, which the service hands out only on its own.
func (k keyCredential) certificate() entra.Key {
	key := entra.Key{
		KeyID: strings.ToLower(k.KeyID), DisplayName: k.DisplayName, ExpiresAt: k.EndDateTime.UTC(),
		Identifier: k.CustomKeyIdentifier, SHA1: k.thumbprint(),
	}
	if der := certificateDER(k.Key); der != nil {
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
