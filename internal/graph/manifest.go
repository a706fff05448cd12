package graph

import (
	"strings"

	"github.com/google/uuid"
	"github.com/microsoftgraph/msgraph-sdk-go/models"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// The types of an entry of requiredResourceAccess.
const (
	typeRole  = "Role"
	typeScope = "Scope"
)

// requiredResourceAccess writes the permissions as the application's manifest has them: by API, by id.
func requiredResourceAccess(access entra.Access) []models.RequiredResourceAccessable {
	resources := make([]models.RequiredResourceAccessable, 0, len(access.APIs()))
	for _, api := range access.APIs() {
		var entries []models.ResourceAccessable
		for _, p := range access {
			id, err := uuid.Parse(p.ID)
			if p.API != api || err != nil {
				continue
			}
			kind := typeRole
			if p.Kind == entra.Delegated {
				kind = typeScope
			}
			entry := models.NewResourceAccess()
			entry.SetId(&id)
			entry.SetTypeEscaped(&kind)
			entries = append(entries, entry)
		}
		resource := models.NewRequiredResourceAccess()
		resource.SetResourceAppId(&api)
		resource.SetResourceAccess(entries)
		resources = append(resources, resource)
	}
	return resources
}

// manifest reads requiredResourceAccess, naming what the catalogue knows.
func manifest(resources []models.RequiredResourceAccessable) entra.Access {
	var access []entra.Permission
	for _, resource := range resources {
		api := strings.ToLower(text(resource.GetResourceAppId()))
		for _, entry := range resource.GetResourceAccess() {
			if entry.GetId() == nil {
				continue
			}
			p := entra.Permission{API: api, Kind: entra.Application, ID: entry.GetId().String()}
			if strings.EqualFold(text(entry.GetTypeEscaped()), typeScope) {
				p.Kind = entra.Delegated
			}
			if known, ok := (entra.PermissionRef{API: p.API, Kind: p.Kind, Text: p.ID}).Resolve(); ok {
				p.Name = known.Name
			}
			access = append(access, p)
		}
	}
	return entra.NewAccess(access...)
}

// text reads an optional string of a model.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
