package entra

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Diff returns the changes that lead from the registration to the session, in the order in which they are to be
// carried out. nonce is that of the present run; now tells which credentials have expired. The result is minimal, and
// empty when nothing is left to do.
func Diff(want Session, have Registration, nonce string, now time.Time) []Change {
	changes := applicationChanges(want, have)
	changes = append(changes, credentialChanges(want, have, nonce, now)...)
	changes = append(changes, servicePrincipalChanges(want.AssignmentRequired, have)...)
	if want.Consent {
		changes = append(changes, roleConsentChanges(want.Access, have)...)
		changes = append(changes, scopeConsentChanges(want.Access, have)...)
	}
	changes = append(changes, directoryRoleChanges(want, have)...)
	changes = append(changes, ownerChanges(want.Owners, have)...)
	changes = append(changes, tagChanges(want, have, changes)...)
	if len(changes) > 0 && !have.Provisioning() && !KindSession.marks(have.Tags) {
		changes = withTags(changes, KindSession.FinishedTags(have.Tags))
	}
	slices.SortStableFunc(changes, func(a, b Change) int { return cmp.Compare(a.Phase(), b.Phase()) })
	return changes
}

// tagChanges say, once the changes are in place, that nothing is left to do: neither of a create nor of a rotation that
// was asked for. A request alone is no reason to write.
func tagChanges(want Session, have Registration, changes []Change) []Change {
	answered := have.RotationRequested() && want.answers(changes)
	switch tags := KindSession.FinishedTags(have.Tags); {
	case have.Provisioning() && answered:
		return []Change{FinishProvisioning{Kind: KindSession, Tags: TagsOfAnswer(tags)}}
	case have.Provisioning():
		return []Change{FinishProvisioning{Kind: KindSession, Tags: tags}}
	case answered:
		return []Change{UnmarkRotation{}}
	}
	return nil
}

// withTags adds the tags to the first change of the application, making one where there is none: a missing tag is no
// reason to write, but is put right when something else is written.
func withTags(changes []Change, tags []string) []Change {
	for i, change := range changes {
		if patch, ok := change.(PatchApplication); ok {
			patch.Tags = tags
			changes[i] = patch
			return changes
		}
	}
	return append(changes, PatchApplication{Tags: tags})
}

func differing(want, have string) *string {
	if want == have {
		return nil
	}
	return &want
}

func applicationChanges(want Session, have Registration) []Change {
	patch := PatchApplication{
		DisplayName: differing(want.DisplayName, have.DisplayName),
		Notes:       differing(want.Notes, have.Notes),
		Audience:    differing(AudienceSingleTenant, have.Audience),
	}
	if want.UniqueName != "" {
		patch.UniqueName = differing(want.UniqueName, have.UniqueName)
	}
	if !want.Access.SameManifest(have.Manifest) {
		patch.Manifest = &want.Access
	}
	if patch.UniqueName == nil && patch.DisplayName == nil && patch.Notes == nil &&
		patch.Audience == nil && patch.Manifest == nil {
		return nil
	}
	return []Change{patch}
}

func servicePrincipalChanges(assignmentRequired bool, have Registration) []Change {
	switch {
	case have.ServicePrincipal == nil:
		return []Change{CreateServicePrincipal{AssignmentRequired: assignmentRequired}}
	case have.ServicePrincipal.AssignmentRequired != assignmentRequired:
		return []Change{PatchServicePrincipal{AssignmentRequired: assignmentRequired}}
	}
	return nil
}

func roleConsentChanges(want Access, have Registration) []Change {
	var changes []Change
	for _, p := range have.MissingConsents(want) {
		if p.Kind == Application {
			changes = append(changes, GrantRole{Permission: p})
		}
	}
	declared := make(map[string]bool, len(want))
	for _, p := range want {
		declared[p.consentKey()] = true
	}
	for _, role := range have.Roles {
		if p, ok := role.consent(); ok && !declared[p.consentKey()] {
			changes = append(changes, RevokeRole{AssignmentID: role.AssignmentID, Permission: p})
		}
	}
	return changes
}

func scopeConsentChanges(want Access, have Registration) []Change {
	var changes []Change
	missing, extra := have.MissingConsents(want), have.ExtraConsents(want)
	granted := make(map[string]GrantedScopes, len(have.Scopes))
	for _, grant := range have.Scopes {
		granted[grant.Resource.ID] = grant
	}
	delegated := func(access Access, api string) Access {
		return slices.DeleteFunc(slices.Clone(access), func(p Permission) bool { return p.Kind != Delegated || p.API != api })
	}
	for _, api := range want.APIs() {
		wanted := delegated(want, api)
		added, removed := delegated(missing, api), delegated(extra, api)
		if len(wanted) == 0 || len(added) == 0 && len(removed) == 0 {
			continue
		}
		names := make([]string, len(wanted))
		for i, p := range wanted {
			names[i] = p.Name
		}
		changes = append(changes, GrantScopes{
			API: api, GrantID: granted[api].GrantID, Names: names, Added: added, Removed: removed,
		})
	}
	for _, grant := range have.Scopes {
		if len(delegated(want, grant.Resource.ID)) == 0 {
			changes = append(changes, RevokeScopes{GrantID: grant.GrantID, Removed: delegated(extra, grant.Resource.ID)})
		}
	}
	return changes
}

func directoryRoleChanges(want Session, have Registration) []Change {
	var changes []Change
	if want.DirectoryRole != "" && !have.HoldsDirectoryRole(want.DirectoryRole) {
		changes = append(changes, AssignDirectoryRole{TemplateID: want.DirectoryRole})
	}
	if want.Owned.DirectoryRole == "" || want.Owned.DirectoryRole == want.DirectoryRole {
		return changes
	}
	for _, role := range have.DirectoryRoles {
		if role.TemplateID == want.Owned.DirectoryRole {
			changes = append(changes, UnassignDirectoryRole(role))
		}
	}
	return changes
}

// ownerChanges lead to the wanted owners; nil: they are not managed.
func ownerChanges(owners []string, have Registration) []Change {
	if owners == nil {
		return nil
	}
	var changes []Change
	has := func(id string) bool {
		return slices.ContainsFunc(have.Owners, func(o Owner) bool { return strings.EqualFold(o.ObjectID, id) })
	}
	wanted := func(id string) bool {
		return slices.ContainsFunc(owners, func(o string) bool { return strings.EqualFold(o, id) })
	}
	for _, id := range owners {
		if !has(id) {
			changes = append(changes, AddOwner{ObjectID: id})
		}
	}
	for _, owner := range have.Owners {
		if !owner.Hidden && !wanted(owner.ObjectID) {
			changes = append(changes, RemoveOwner{ObjectID: owner.ObjectID})
		}
	}
	return changes
}
