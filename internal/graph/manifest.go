package graph

import (
	"strings"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// The types of an entry of requiredResourceAccess.
const (
	typeRole  = "Role"
	typeScope = "Scope"
)

// manifestBody writes the permissions as the application's manifest has them: by API, by id.
func manifestBody(access entra.Access) []requiredResourceAccess {
	resources := []requiredResourceAccess{}
	for _, api := range access.APIs() {
		resource := requiredResourceAccess{ResourceAppID: api}
		for _, p := range access {
			if p.API != api {
				continue
			}
			entry := resourceAccess{ID: p.ID, Type: typeRole}
			if p.Kind == entra.Delegated {
				entry.Type = typeScope
			}
			resource.ResourceAccess = append(resource.ResourceAccess, entry)
		}
		resources = append(resources, resource)
	}
	return resources
}

// manifest reads requiredResourceAccess, naming what the catalogue knows.
func manifest(resources []requiredResourceAccess) entra.Access {
	var access []entra.Permission
	for _, resource := range resources {
		for _, entry := range resource.ResourceAccess {
			p := entra.Permission{
				API: strings.ToLower(resource.ResourceAppID), Kind: entra.Application, ID: strings.ToLower(entry.ID),
			}
			if strings.EqualFold(entry.Type, typeScope) {
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
