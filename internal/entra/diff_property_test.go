package entra_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const nonce = "0123456789abcdef"

// world is a tenant in miniature: it carries changes out as Microsoft Graph would.
type world struct {
	t    *rapid.T
	want entra.Session
	have entra.Registration
	ids  int
}

func (w *world) id() string {
	w.ids++
	return fmt.Sprintf("00000000-0000-4000-8000-%012d", w.ids)
}

func (w *world) carryOut(change entra.Change) {
	switch c := change.(type) {
	case entra.PatchApplication:
		w.patch(c)
	case entra.AddCertificate:
		w.have.Keys = append(w.have.Keys, entra.Key{KeyID: w.id(), SHA256: c.Certificate.SHA256, ExpiresAt: now.AddDate(1, 0, 0)})
	case entra.AddSecret:
		secret := entra.Secret{
			KeyID: w.id(), DisplayName: entra.SecretDisplayName(nonce, c.Predecessor), ExpiresAt: c.Terms.Expiry(now),
		}
		w.have.Secrets = append(w.have.Secrets, secret)
		w.want.Owned.Follow(secret.KeyID, w.want.OverlapDays)
	case entra.RemoveSecret:
		remove(w.t, &w.have.Secrets, func(s entra.Secret) bool { return s.KeyID == c.KeyID })
	case entra.RemoveCertificate:
		remove(w.t, &w.have.Keys, func(k entra.Key) bool { return k.KeyID == c.KeyID })
	case entra.CreateServicePrincipal:
		w.have.ServicePrincipal = &entra.ServicePrincipal{ObjectID: w.id(), AssignmentRequired: c.AssignmentRequired}
	case entra.PatchServicePrincipal:
		w.have.ServicePrincipal.AssignmentRequired = c.AssignmentRequired
	case entra.MarkRotation:
		w.have.Tags = entra.TagsOfRequest(w.have.Tags)
	case entra.UnmarkRotation:
		w.have.Tags = entra.TagsOfAnswer(w.have.Tags)
	case entra.FinishProvisioning:
		w.have.Tags = c.Tags
	default:
		w.carryOutGrant(change)
	}
}

func (w *world) patch(c entra.PatchApplication) {
	for _, p := range []struct{ from, to *string }{
		{c.UniqueName, &w.have.UniqueName}, {c.DisplayName, &w.have.DisplayName}, {c.Notes, &w.have.Notes},
		{c.Audience, &w.have.Audience},
	} {
		if p.from != nil {
			*p.to = *p.from
		}
	}
	if c.Manifest != nil {
		w.have.Manifest = *c.Manifest
	}
	if c.Tags != nil {
		w.have.Tags = c.Tags
	}
}

func (w *world) carryOutGrant(change entra.Change) {
	switch c := change.(type) {
	case entra.GrantRole:
		w.have.Roles = append(w.have.Roles, entra.GrantedRole{
			AssignmentID: w.id(), Resource: entra.API{ID: c.Permission.API}, RoleID: c.Permission.ID,
		})
	case entra.RevokeRole:
		remove(w.t, &w.have.Roles, func(r entra.GrantedRole) bool { return r.AssignmentID == c.AssignmentID })
	case entra.GrantScopes:
		if c.GrantID == "" {
			if slices.ContainsFunc(w.have.Scopes, func(s entra.GrantedScopes) bool { return s.Resource.ID == c.API }) {
				w.t.Fatalf("a second grant on %s", c.API)
			}
			w.have.Scopes = append(w.have.Scopes, entra.GrantedScopes{
				GrantID: w.id(), Resource: entra.API{ID: c.API}, Names: c.Names,
			})
			return
		}
		i := slices.IndexFunc(w.have.Scopes, func(s entra.GrantedScopes) bool { return s.GrantID == c.GrantID })
		w.have.Scopes[i].Names = c.Names
	case entra.RevokeScopes:
		remove(w.t, &w.have.Scopes, func(s entra.GrantedScopes) bool { return s.GrantID == c.GrantID })
	case entra.AssignDirectoryRole:
		w.have.DirectoryRoles = append(w.have.DirectoryRoles, entra.AssignedDirectoryRole{AssignmentID: w.id(), TemplateID: c.TemplateID})
	case entra.UnassignDirectoryRole:
		remove(w.t, &w.have.DirectoryRoles, func(r entra.AssignedDirectoryRole) bool { return r.AssignmentID == c.AssignmentID })
	case entra.AddOwner:
		w.have.Owners = append(w.have.Owners, entra.Owner{ObjectID: c.ObjectID})
	case entra.RemoveOwner:
		remove(w.t, &w.have.Owners, func(o entra.Owner) bool { return o.ObjectID == c.ObjectID })
	default:
		w.t.Fatalf("unknown change %T", change)
	}
}

// remove fails when there is nothing to remove: a diff must not ask for what is not there.
func remove[T any](t *rapid.T, from *[]T, match func(T) bool) {
	before := len(*from)
	*from = slices.DeleteFunc(*from, match)
	if len(*from) != before-1 {
		t.Fatalf("a removal hit %d objects", before-len(*from))
	}
}

var (
	apis = []string{
		"00000003-0000-0000-c000-000000000000", "00000002-0000-0ff1-ce00-000000000000", "11111111-1111-4111-8111-111111111111",
	}
	owners = []string{"aaaaaaaa-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000002", "aaaaaaaa-0000-4000-8000-000000000003"}
	sums   = []string{"", "AA01", "AA02", "AA03"}
	roles  = []string{"", entra.ExchangeRoles[0].TemplateID, entra.ExchangeRoles[1].TemplateID}
)

func genPermissions() *rapid.Generator[[]entra.Permission] {
	return rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) entra.Permission {
		n := rapid.IntRange(1, 9).Draw(t, "n")
		kind := rapid.SampledFrom([]entra.PermissionKind{entra.Application, entra.Delegated}).Draw(t, "kind")
		return entra.Permission{
			API: rapid.SampledFrom(apis).Draw(t, "api"), Kind: kind,
			ID: fmt.Sprintf("99999999-0000-4000-8000-%012d", n), Name: fmt.Sprintf("Thing%d.Read", n),
		}
	}), 0, 12, func(p entra.Permission) string { return p.Label() + p.ID })
}

func genSession(t *rapid.T) entra.Session {
	want := entra.Session{
		DisplayName: rapid.SampledFrom([]string{"Reports", "Jobs"}).Draw(t, "name"),
		UniqueName:  rapid.SampledFrom([]string{"", "sapio365-reports"}).Draw(t, "unique"),
		Notes:       rapid.SampledFrom([]string{"", "note"}).Draw(t, "notes"),
		Access:      entra.NewAccess(genPermissions().Draw(t, "access")...),
		Consent:     rapid.Bool().Draw(t, "consent"), AssignmentRequired: rapid.Bool().Draw(t, "required"),
		DirectoryRole: rapid.SampledFrom(roles).Draw(t, "role"),
	}
	if rapid.Bool().Draw(t, "owned") {
		want.Owners = rapid.SliceOfDistinct(rapid.SampledFrom(owners), rapid.ID[string]).Draw(t, "owners")
	}
	switch rapid.IntRange(0, 2).Draw(t, "credential") {
	case 1:
		want.Secret = &entra.SecretTerms{ValidDays: 30}
	case 2:
		want.Certificate = &entra.Certificate{SHA256: rapid.SampledFrom(sums[1:]).Draw(t, "certificate")}
	}
	want.OverlapDays = rapid.SampledFrom([]int{0, 7}).Draw(t, "overlap")
	want.Owned.DirectoryRole = rapid.SampledFrom(roles).Draw(t, "owned role")
	want.Owned.CertificateSHA256 = rapid.SampledFrom(sums).Draw(t, "owned certificate")
	return want
}

func genRegistration(t *rapid.T, w *world) entra.Registration {
	have := entra.Registration{
		DisplayName: rapid.SampledFrom([]string{"Reports", "Other"}).Draw(t, "have name"),
		UniqueName:  rapid.SampledFrom([]string{"", "sapio365-reports"}).Draw(t, "have unique"),
		Notes:       rapid.SampledFrom([]string{"", "note", "other"}).Draw(t, "have notes"),
		Audience:    rapid.SampledFrom([]string{entra.AudienceSingleTenant, "AzureADMultipleOrgs"}).Draw(t, "audience"),
		Tags: rapid.SampledFrom([][]string{
			nil, {"kept"}, {entra.TagAppSession}, {entra.TagAppSession, entra.TagProvisioning(nonce)},
			{entra.TagAppSession, entra.TagRotateRequested, "kept"}, {entra.TagRotateRequested},
			{entra.TagAppSession, entra.TagRotateRequested, entra.TagProvisioning(nonce)},
		}).Draw(t, "tags"),
		Manifest: entra.NewAccess(genPermissions().Draw(t, "manifest")...),
	}
	for _, sum := range rapid.SliceOfDistinct(rapid.SampledFrom(sums[1:]), rapid.ID[string]).Draw(t, "keys") {
		have.Keys = append(have.Keys, entra.Key{
			KeyID: w.id(), SHA256: sum, ExpiresAt: now.AddDate(0, 0, rapid.SampledFrom([]int{-1, 30}).Draw(t, "key expiry")),
		})
	}
	for range rapid.IntRange(0, 3).Draw(t, "secrets") {
		name := rapid.SampledFrom([]string{
			"by hand", entra.SecretDisplayName(nonce, ""), entra.SecretDisplayName("fedcba9876543210", ""),
		}).Draw(t, "secret name")
		expiry := now.AddDate(0, 0, rapid.SampledFrom([]int{-1, 30}).Draw(t, "expiry"))
		have.Secrets = append(have.Secrets, entra.Secret{KeyID: w.id(), DisplayName: name, ExpiresAt: expiry})
	}
	if !rapid.Bool().Draw(t, "principal") {
		return have
	}
	have.ServicePrincipal = &entra.ServicePrincipal{ObjectID: w.id(), AssignmentRequired: rapid.Bool().Draw(t, "have required")}
	scopes := map[string][]string{}
	for _, p := range genPermissions().Draw(t, "granted") {
		if p.Kind == entra.Application {
			have.Roles = append(have.Roles, entra.GrantedRole{AssignmentID: w.id(), Resource: entra.API{ID: p.API}, RoleID: p.ID})
		} else {
			scopes[p.API] = append(scopes[p.API], p.Name)
		}
	}
	for api, names := range scopes {
		have.Scopes = append(have.Scopes, entra.GrantedScopes{GrantID: w.id(), Resource: entra.API{ID: api}, Names: names})
	}
	for i, id := range rapid.SliceOfDistinct(rapid.SampledFrom(owners), rapid.ID[string]).Draw(t, "have owners") {
		have.Owners = append(have.Owners, entra.Owner{ObjectID: id, Hidden: i == 0})
	}
	for _, role := range rapid.SliceOfDistinct(rapid.SampledFrom(roles[1:]), rapid.ID[string]).Draw(t, "have roles") {
		have.DirectoryRoles = append(have.DirectoryRoles, entra.AssignedDirectoryRole{AssignmentID: w.id(), TemplateID: role})
	}
	return have
}

// Carrying a diff out reaches the session, and does not touch what belongs to others.
func TestDiffReachesTheSession(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := &world{t: t}
		w.have = genRegistration(t, w)
		w.want = genSession(t)
		if len(w.have.Secrets) > 0 && rapid.Bool().Draw(t, "own first secret") {
			w.want.Owned.SecretKeyID = w.have.Secrets[0].KeyID
		}
		before, owned := w.have, w.want.Owned
		foreign := foreignCredentials(before, owned, w.want)
		changes := entra.Diff(w.want, w.have, nonce, now)
		phase := entra.PhaseClear
		for _, change := range changes {
			if change.Phase() < phase {
				t.Fatalf("%q comes after phase %d", change.Describe(), phase)
			}
			phase = change.Phase()
			w.carryOut(change)
		}
		if again := entra.Diff(w.want, w.have, nonce, now); len(again) > 0 {
			t.Fatalf("a second diff is not empty: %s (%+v)", again[0].Describe(), again[0])
		}
		w.check(foreign)
	})
}

func foreignCredentials(have entra.Registration, owned entra.Owned, want entra.Session) []string {
	var ids []string
	for _, s := range have.Secrets {
		if s.KeyID != owned.SecretKeyID && s.DisplayName == "by hand" {
			ids = append(ids, s.KeyID)
		}
	}
	for _, k := range have.Keys {
		if k.SHA256 != owned.CertificateSHA256 && (want.Certificate == nil || k.SHA256 != want.Certificate.SHA256) {
			ids = append(ids, k.KeyID)
		}
	}
	return ids
}

// check states what a session has to be without using Diff.
func (w *world) check(foreign []string) {
	t := w.t
	if w.have.DisplayName != w.want.DisplayName || w.have.Notes != w.want.Notes || w.have.Audience != entra.AudienceSingleTenant {
		t.Fatalf("application is %+v", w.have)
	}
	if w.have.ServicePrincipal == nil || w.have.ServicePrincipal.AssignmentRequired != w.want.AssignmentRequired {
		t.Fatal("service principal is not as wanted")
	}
	if w.have.Provisioning() {
		t.Fatal("still provisioning")
	}
	if w.want.Consent {
		granted, wanted := w.have.Granted().Labels(), map[string]bool{}
		for _, label := range granted {
			wanted[label] = true
		}
		if len(w.have.MissingConsents(w.want.Access))+len(w.have.ExtraConsents(w.want.Access)) > 0 {
			t.Fatalf("granted %v, declared %v", granted, w.want.Access.Labels())
		}
	}
	present := map[string]bool{}
	for _, s := range w.have.Secrets {
		present[s.KeyID] = true
	}
	for _, k := range w.have.Keys {
		present[k.KeyID] = true
	}
	for _, id := range foreign {
		if !present[id] {
			t.Fatalf("the foreign credential %s is gone", id)
		}
	}
	if w.want.Secret != nil {
		if s, ok := w.have.Secret(w.want.Owned.SecretKeyID); !ok || !s.ExpiresAt.After(now) {
			t.Fatal("there is no valid secret of ours")
		}
	}
	if w.want.DirectoryRole != "" && !w.have.HoldsDirectoryRole(w.want.DirectoryRole) {
		t.Fatal("the directory role is missing")
	}
}

// A diff of what is already there is empty, whatever the order of things.
func TestDiffOfTheSameIsEmpty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := &world{t: t, want: genSession(t)}
		w.have = entra.Registration{Tags: []string{entra.TagAppSession, entra.TagProvisioning(nonce)}}
		for _, change := range entra.Diff(w.want, w.have, nonce, now) {
			w.carryOut(change)
		}
		slices.Reverse(w.have.Roles)
		slices.Reverse(w.have.Scopes)
		for i := range w.have.Scopes {
			slices.Reverse(w.have.Scopes[i].Names)
		}
		slices.Reverse(w.have.Manifest)
		if changes := entra.Diff(w.want, w.have, nonce, now); len(changes) > 0 {
			t.Fatalf("%s (%+v)", changes[0].Describe(), changes[0])
		}
	})
}
