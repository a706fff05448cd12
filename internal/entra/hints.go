package entra

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
)

// Hints are what an earlier read found. They save look-ups, and tell a read what it may believe at first sight.
type Hints struct {
	APIs           map[string]string  `json:"apis,omitempty"`            // service principal id → application id
	Grants         []string           `json:"grants,omitempty"`          // ids of tenant-wide delegated grants
	DirectoryRoles []string           `json:"directory_roles,omitempty"` // ids of directory role assignments
	Creator        string             `json:"creator,omitempty"`         // object id of the caller that made the registration
	Keys           map[string]KeyHint `json:"keys"`                      // by key id; nil: nothing is known of the certificates
	Seen           string             `json:"seen,omitempty"`            // fingerprint of the registration; empty: not read yet
}

// KeyHint identifies the certificate of a key id, which Microsoft Graph never lets change.
type KeyHint struct {
	Identifier string `json:"identifier,omitempty"` // as the tenant shows it; empty when it has not yet
	SHA1       string `json:"sha1"`                 // upper-case hexadecimal, like SHA256
	SHA256     string `json:"sha256"`
}

// IsFor tells whether the hint is for the key as the tenant shows it, without its contents.
func (h KeyHint) IsFor(shown Key) bool {
	if h.Identifier != "" {
		return h.Identifier == shown.Identifier
	}
	return shown.SHA1 == "" || h.SHA1 == shown.SHA1
}

// Hints returns what the registration teaches later calls.
func (r Registration) Hints() Hints {
	hints := Hints{APIs: map[string]string{}, Keys: map[string]KeyHint{}, Creator: r.CreatorID, Seen: r.Fingerprint()}
	for _, role := range r.Roles {
		if !role.Resource.KeepsAccessRoles() { // its tag would be lost, and its roles be taken for consent
			hints.learn(role.Resource)
		}
	}
	for _, scopes := range r.Scopes {
		hints.learn(scopes.Resource)
		hints.Grants = append(hints.Grants, scopes.GrantID)
	}
	for _, role := range r.DirectoryRoles {
		hints.DirectoryRoles = append(hints.DirectoryRoles, role.AssignmentID)
	}
	for _, key := range r.Keys {
		if key.SHA256 != "" {
			hints.Keys[key.KeyID] = KeyHint{Identifier: key.Identifier, SHA1: key.SHA1, SHA256: key.SHA256}
		}
	}
	return hints
}

// learn keeps the API of a service principal. One that was not to be found is no knowledge.
func (h Hints) learn(api API) {
	if !api.Unknown() {
		h.APIs[api.ServicePrincipalID] = api.ID
	}
}

// Fingerprint is equal for two looks at the same registration, in whatever order the tenant lists its parts, and
// different when anything that a session or register depends on is different.
func (r Registration) Fingerprint() string {
	type scopes struct {
		GrantID string
		Names   []string
	}
	var seen struct {
		ObjectID, ClientID, UniqueName, DisplayName, Notes, Audience string
		Tags, Manifest, Secrets, Keys, Owners, Roles, DirectoryRoles []string
		Scopes                                                       []scopes
		ServicePrincipal                                             *ServicePrincipal
		AppRoles                                                     []AppRole `json:",omitempty"`
	}
	seen.ObjectID, seen.ClientID, seen.UniqueName = r.ObjectID, r.ClientID, r.UniqueName
	seen.DisplayName, seen.Notes, seen.Audience = r.DisplayName, r.Notes, r.Audience
	if r.ServicePrincipal != nil {
		principal := *r.ServicePrincipal
		principal.AppRoles = inOrder(principal.AppRoles)
		seen.ServicePrincipal = &principal
	}
	seen.AppRoles = inOrder(r.AppRoles)
	seen.Tags = slices.Sorted(slices.Values(r.Tags))
	seen.Manifest = sortedBy(r.Manifest, Permission.key)
	seen.Secrets = sortedBy(r.Secrets, func(s Secret) string { return s.KeyID })
	seen.Keys = sortedBy(r.Keys, func(k Key) string { return k.KeyID })
	seen.Owners = sortedBy(r.Owners, func(o Owner) string { return o.ObjectID })
	seen.Roles = sortedBy(r.Roles, func(g GrantedRole) string { return g.AssignmentID })
	seen.DirectoryRoles = sortedBy(r.DirectoryRoles, func(a AssignedDirectoryRole) string { return a.AssignmentID })
	for _, grant := range r.Scopes {
		seen.Scopes = append(seen.Scopes, scopes{grant.GrantID, slices.Sorted(slices.Values(grant.Names))})
	}
	slices.SortFunc(seen.Scopes, func(a, b scopes) int { return cmp.Compare(a.GrantID, b.GrantID) })
	content, err := json.Marshal(seen)
	if err != nil {
		panic(err) // there is nothing in it that JSON could not hold
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:16])
}

func inOrder(roles []AppRole) []AppRole {
	return slices.SortedFunc(slices.Values(roles), func(a, b AppRole) int { return cmp.Compare(a.ID, b.ID) })
}

// sortedBy lists the keys of the items in ascending order.
func sortedBy[T any](items []T, key func(T) string) []string {
	keys := make([]string, len(items))
	for i, item := range items {
		keys[i] = key(item)
	}
	slices.Sort(keys)
	return keys
}
