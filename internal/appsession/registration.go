package appsession

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// registration is what the state says of the tenant's side, as far as a plan has to know what an apply will change.
func (m model) registration(declared entra.Access) entra.Registration {
	have := entra.Registration{
		ObjectID: m.ApplicationObjectID.ValueString(), ClientID: m.ClientID.ValueString(),
		UniqueName: m.UniqueName.ValueString(), DisplayName: m.DisplayName.ValueString(), Notes: m.Description.ValueString(),
		Audience: m.SignInAudience.ValueString(), Tags: []string{entra.TagAppSession}, Manifest: declared,
		Owners: tfkit.StoredOwners(m.Owners),
	}
	if tfkit.IsSet(m.ServicePrincipalID) {
		have.ServicePrincipal = &entra.ServicePrincipal{
			ObjectID: m.ServicePrincipalID.ValueString(), AssignmentRequired: m.AssignmentReq.ValueBool(),
		}
	}
	if tfkit.IsSet(m.SecretKeyID) {
		have.Secrets = []entra.Secret{{KeyID: m.SecretKeyID.ValueString(), ExpiresAt: tfkit.Moment(m.SecretExpiresAt)}}
	}
	if tfkit.IsSet(m.ThumbprintSHA256) {
		have.Keys = []entra.Key{{SHA1: m.Thumbprint.ValueString(), SHA256: m.ThumbprintSHA256.ValueString()}}
	}
	if role := m.directoryRole(); role != "" {
		have.DirectoryRoles = []entra.AssignedDirectoryRole{{TemplateID: role}}
	}
	missing, _ := tfkit.Members(m.MissingConsents)
	for _, p := range declared {
		if !slices.Contains(missing, p.Label()) {
			grant(&have, p)
		}
	}
	extra, _ := tfkit.Members(m.ExtraConsents)
	for _, label := range extra {
		grant(&have, unlabelled(label))
	}
	return have
}

// grant adds a permission to what the registration has been granted.
func grant(r *entra.Registration, p entra.Permission) {
	api := entra.API{ID: p.API}
	if p.Kind == entra.Application {
		r.Roles = append(r.Roles, entra.GrantedRole{Resource: api, RoleID: p.ID})
		return
	}
	i := slices.IndexFunc(r.Scopes, func(g entra.GrantedScopes) bool { return g.Resource.ID == p.API })
	if i < 0 {
		i = len(r.Scopes)
		r.Scopes = append(r.Scopes, entra.GrantedScopes{Resource: api})
	}
	r.Scopes[i].Names = append(r.Scopes[i].Names, p.Name)
}

// unlabelled is the permission that a label shows. Where the catalogue does not tell the id, the name stands for it.
func unlabelled(label string) entra.Permission {
	key, rest, _ := strings.Cut(label, ": ")
	name, kind, _ := strings.Cut(rest, " (")
	ref := entra.PermissionRef{API: cmp.Or(apiID(key), key), Kind: entra.PermissionKind(strings.TrimSuffix(kind, ")")), Text: name}
	if p, ok := ref.Resolve(); ok {
		return p
	}
	return entra.Permission{API: ref.API, Kind: ref.Kind, ID: name, Name: name}
}
