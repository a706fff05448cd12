package entra

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra/catalogue"
)

// PermissionKind is application or delegated.
type PermissionKind = catalogue.Kind

// The two kinds of permission.
const (
	Application = catalogue.Application
	Delegated   = catalogue.Delegated
)

// Permission is one permission of one API.
type Permission struct {
	API  string // application id of the API, lower case
	Kind PermissionKind
	ID   string // id of the app role or scope, lower case; empty for a granted scope whose id is not known
	Name string // value of the app role or scope; empty for a role whose name is not known
}

// key identifies the permission among those an application declares.
func (p Permission) key() string { return p.API + " " + string(p.Kind) + " " + p.ID }

// consentKey identifies the permission among those granted: roles are granted by id, scopes by name.
func (p Permission) consentKey() string {
	if p.Kind == Delegated {
		return p.API + " delegated " + strings.ToLower(p.Name)
	}
	return p.key()
}

// Label is how a permission is shown to people: "Microsoft Graph: User.Read.All (application)".
func (p Permission) Label() string {
	api := catalogue.APIName(p.API)
	if api == "" {
		api = p.API
	}
	name := p.Name
	if name == "" {
		name = p.ID
	}
	return fmt.Sprintf("%s: %s (%s)", api, name, p.Kind)
}

// Access is a set of permissions in a fixed order.
type Access []Permission

// NewAccess sorts the permissions and drops the repeated ones.
func NewAccess(permissions ...Permission) Access {
	access := slices.Clone(permissions)
	slices.SortFunc(access, func(a, b Permission) int {
		return cmp.Or(cmp.Compare(a.API, b.API), cmp.Compare(a.Kind, b.Kind),
			cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.ID, b.ID))
	})
	return slices.CompactFunc(access, func(a, b Permission) bool {
		return a.key() == b.key() && a.consentKey() == b.consentKey()
	})
}

// APIs lists the application ids of the APIs that the set names.
func (a Access) APIs() []string {
	var apis []string
	for _, p := range a {
		if !slices.Contains(apis, p.API) {
			apis = append(apis, p.API)
		}
	}
	return apis
}

// Labels lists the permissions as people read them.
func (a Access) Labels() []string {
	labels := make([]string, len(a))
	for i, p := range a {
		labels[i] = p.Label()
	}
	return labels
}

// minus returns the members of a that b lacks, compared by key.
func (a Access) minus(b Access, key func(Permission) string) Access {
	known := make(map[string]bool, len(b))
	for _, p := range b {
		known[key(p)] = true
	}
	return slices.DeleteFunc(slices.Clone(a), func(p Permission) bool { return known[key(p)] })
}

// SameManifest tells whether two sets declare the same permissions in an application's manifest.
func (a Access) SameManifest(b Access) bool {
	return len(a.minus(b, Permission.key)) == 0 && len(b.minus(a, Permission.key)) == 0
}

// MissingFrom returns what a declares and an application's manifest b lacks.
func (a Access) MissingFrom(b Access) Access { return a.minus(b, Permission.key) }

// API is a resource application: what permissions are granted on.
type API struct {
	ID                 string // application id, lower case
	ServicePrincipalID string // object id of its service principal in the tenant
	DisplayName        string
	Tags               []string
	Permissions        []Permission // what it publishes; nil when that was not asked for
}

// Label is how the API is shown to people.
func (a API) Label() string { return cmp.Or(catalogue.APIName(a.ID), a.DisplayName, a.ID) }

// Unknown tells whether nothing but the service principal's object id is known of the API, because the tenant does not
// show it.
func (a API) Unknown() bool { return a.ID == a.ServicePrincipalID }

// KeepsAccessRoles tells whether the API is the tenant's register of sapio365 access roles. Roles held there are no
// consent: they are assigned for themselves.
func (a API) KeepsAccessRoles() bool { return slices.Contains(a.Tags, TagAccessRoles) }

// PermissionRef is a permission as configuration spells it: by name or by id.
type PermissionRef struct {
	API  string // application id, lower case
	Kind PermissionKind
	Text string
}

// Resolve finds the permission in the catalogue. It reports false where only the tenant can tell: for an API or a
// name that the catalogue lacks, or an entry whose id is not confirmed.
func (r PermissionRef) Resolve() (Permission, bool) {
	entry, ok := catalogue.ByName(r.API, r.Kind, r.Text)
	if !ok && IsGUID(r.Text) {
		if entry, ok = catalogue.ByID(r.API, r.Kind, r.Text); !ok && r.Kind == Application {
			// Roles are declared and granted by id, so the id is enough.
			return Permission{API: r.API, Kind: r.Kind, ID: strings.ToLower(r.Text)}, true
		}
	}
	if !ok || entry.Standing == catalogue.Unconfirmed {
		return Permission{}, false
	}
	return Permission{API: entry.API, Kind: entry.Kind, ID: entry.ID, Name: entry.Name}, true
}

// ResolveIn finds the permission among those that the API publishes in the tenant. It fails with
// *UnknownPermissionError.
func (r PermissionRef) ResolveIn(api API) (Permission, error) {
	var names []string
	otherKind := false
	for _, p := range api.Permissions {
		if !strings.EqualFold(p.Name, r.Text) && !strings.EqualFold(p.ID, r.Text) {
			if p.Kind == r.Kind {
				names = append(names, p.Name)
			}
			continue
		}
		if p.Kind == r.Kind {
			return p, nil
		}
		otherKind = true
	}
	return Permission{}, &UnknownPermissionError{
		API: api, Kind: r.Kind, Name: r.Text, OtherKind: otherKind, Nearest: Nearest(r.Text, names),
	}
}

// Offline is what ResolveIn would say of an API that cannot be asked, judged by the catalogue.
func (r PermissionRef) Offline() error {
	api := API{ID: r.API}
	for _, kind := range []PermissionKind{Application, Delegated} {
		for _, entry := range catalogue.All(r.API, kind) {
			api.Permissions = append(api.Permissions, Permission{API: r.API, Kind: kind, ID: entry.ID, Name: entry.Name})
		}
	}
	_, err := r.ResolveIn(api)
	return err
}

// Unnamed are the delegated permissions whose names are not known. Consent to them is by name.
func (a Access) Unnamed() []PermissionRef {
	var refs []PermissionRef
	for _, p := range a {
		if p.Kind == Delegated && p.Name == "" {
			refs = append(refs, PermissionRef{API: p.API, Kind: p.Kind, Text: p.ID})
		}
	}
	return refs
}

// WithNames takes the names over from permissions that have been looked up.
func (a Access) WithNames(found Access) Access {
	named := slices.Clone(a)
	for i, p := range named {
		j := slices.IndexFunc(found, func(f Permission) bool { return f.key() == p.key() })
		if j >= 0 {
			named[i] = found[j]
		}
	}
	return NewAccess(named...)
}
