package graph_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// What is foretold of a caller's permissions is what the tenant does: a caller that lacks nothing is refused nothing, and
// one that lacks something is refused, for want of just that.
func TestPermissionsForetoldAreThoseNeeded(t *testing.T) {
	t.Parallel()
	least := []string{
		"Application.ReadWrite.OwnedBy", "Application.Read.All", "Directory.Read.All", "AppRoleAssignment.ReadWrite.All",
		"DelegatedPermissionGrant.ReadWrite.All", "RoleManagement.ReadWrite.Directory",
	}
	entitled := append([]string{"Application.ReadWrite.All"}, least[2:]...)
	kinds := map[string]func(*entra.Session){
		"application permissions": func(s *entra.Session) { s.Access = kindOf(s.Access, entra.Application) },
		"delegated permissions":   func(s *entra.Session) { s.Access = kindOf(s.Access, entra.Delegated) },
		"no consent":              func(s *entra.Session) { s.Consent = false },
		"directory role":          func(s *entra.Session) { s.DirectoryRole = entra.ExchangeRoles[0].TemplateID },
		"owner":                   func(s *entra.Session) { s.Owners = []string{"the user"} },
	}
	for name, change := range kinds {
		for _, held := range [][]string{least, entitled} {
			for i := -1; i < len(held); i++ {
				holds := slices.Clone(held)
				if i >= 0 {
					holds = slices.Delete(holds, i, i+1)
				}
				t.Run(fmt.Sprintf("%s, holding %v", name, holds), func(t *testing.T) {
					t.Parallel()
					foretold(t, change, holds)
				})
			}
		}
	}
}

func kindOf(access entra.Access, kind entra.PermissionKind) entra.Access {
	return slices.DeleteFunc(access, func(p entra.Permission) bool { return p.Kind != kind })
}

// foretold creates the session as a caller with the permissions, and compares what comes of it with what the plan says.
func foretold(t *testing.T, change func(*entra.Session), holds []string) {
	t.Helper()
	w := newWorld(t, emulator.TenantOptions{})
	caller, err := w.tenant.Caller("Caller", holds...)
	if err != nil {
		t.Fatal(err)
	}
	want := secretSession(t, "Session")
	change(&want)
	if want.Owners != nil {
		owner := w.do(http.MethodPost, "/users", map[string]any{
			"accountEnabled": false, "displayName": "Owner", "mailNickname": "owner", "userPrincipalName": "owner@" + w.tenant.Domain(),
			"passwordProfile": map[string]any{"password": "Aa1!something long"},
		})
		want.Owners = []string{fmt.Sprint(owner["id"])}
	}
	have := entra.Registration{
		Tags:   entra.KindSession.ClaimedTags(nil, "planned"),
		Owners: []entra.Owner{{ObjectID: caller.ObjectID, Hidden: true}},
	}
	looks := []entra.Right{entra.ReadApplications, entra.ReadDelegatedGrants}
	if want.DirectoryRole != "" {
		looks = append(looks, entra.ReadDirectoryRoles)
	}
	holder := entra.Holder{ObjectID: caller.ObjectID, Permissions: holds}
	said := holder.Suffices(looks, entra.Diff(want, have, "planned", time.Now()))
	w.Gateway = w.another(w.server.Client().Transport, caller, &skippingClock{})
	_, err = w.Create(t.Context(), w.tenant.ID(), want, entra.CreateOptions{})
	if (said != nil) != (err != nil) {
		t.Fatalf("foretold: %v; met: %v", said, err)
	}
	var insufficient *entra.InsufficientError
	var refused *entra.GraphError
	if said == nil {
		return
	}
	if !errors.As(said, &insufficient) || !errors.As(err, &refused) || !errors.Is(err, entra.ErrForbidden) {
		t.Fatalf("foretold: %v; met: %v", said, err)
	}
	if !slices.ContainsFunc(refused.Needs, func(p string) bool { return slices.Contains(insufficient.Missing(), p) }) {
		t.Errorf("refused for want of %v, foretold was %v", refused.Needs, insufficient.Missing())
	}
}
