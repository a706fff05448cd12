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
	"github.com/sapio365/terraform-provider-sapio365/internal/entra/catalogue"
)

// api is the object id of the service principal of Microsoft Graph.
func (w *world) api() string {
	w.Helper()
	return fmt.Sprint(w.do(http.MethodGet, "/servicePrincipals(appId='"+catalogue.MicrosoftGraph+"')?$select=id", nil)["id"])
}

func TestConsentIsAuthoritativeForTheTenantOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	result, want := w.create(secretSession(t, "Consented"))
	principal, api := result.Registration.ServicePrincipal.ObjectID, w.api()
	user := w.do(http.MethodPost, "/users", map[string]any{
		"displayName": "Ada", "userPrincipalName": "ada@" + w.tenant.Domain(), "mailNickname": "ada", "accountEnabled": true,
		"passwordProfile": map[string]any{"password": "Sehr-geheim-1"},
	})
	w.do(http.MethodPost, "/oauth2PermissionGrants", map[string]any{
		"clientId": principal, "consentType": "Principal", "principalId": user["id"], "resourceId": api, "scope": "Mail.Read",
	})
	extra := permissionOf(t, entra.Application, "Mail.Send")
	w.do(http.MethodPost, "/servicePrincipals/"+api+"/appRoleAssignedTo",
		map[string]any{"principalId": principal, "resourceId": api, "appRoleId": extra.ID})
	grant := result.Registration.Scopes[0].GrantID
	w.do(http.MethodPatch, "/oauth2PermissionGrants/"+grant, map[string]any{"scope": "Calendars.Read Mail.Send"})

	have, err := w.Read(t.Context(), w.tenant.ID(), refOf(result.Registration, want))
	if err != nil {
		t.Fatal(err)
	}
	if got := have.ExtraConsents(want.Access).Labels(); !slices.Equal(got, []string{
		"Microsoft Graph: Mail.Send (application)", "Microsoft Graph: Calendars.Read (delegated)", "Microsoft Graph: Mail.Send (delegated)",
	}) {
		t.Errorf("extra consents %v", got)
	}
	if got := have.MissingConsents(want.Access).Labels(); !slices.Equal(got, []string{"Microsoft Graph: User.Read (delegated)"}) {
		t.Errorf("missing consents %v", got)
	}
	updated, want := w.update(refOf(have, want), want)
	have = w.wantComplete(updated.Registration, want)
	if len(have.ExtraConsents(want.Access)) != 0 || have.Scopes[0].GrantID != grant {
		t.Errorf("extra consents %v", have.ExtraConsents(want.Access).Labels())
	}
	want.Access = entra.NewAccess(permissionOf(t, entra.Application, "User.Read.All"))
	updated, want = w.update(refOf(have, want), want)
	if have = w.wantComplete(updated.Registration, want); len(have.Scopes) != 0 || len(have.Roles) != 1 {
		t.Errorf("granted %v", have.Granted().Labels())
	}
	left := w.list("/oauth2PermissionGrants?$filter=clientId eq '" + principal + "'")
	if len(left) != 1 || left[0].(map[string]any)["principalId"] != user["id"] { //nolint:forcetypeassert // a failed test may panic
		t.Errorf("grants left: %v, want the user's alone", left)
	}
}

// TestConsentGivenMeanwhile has an administrator consent in the portal between the read and the grants.
func TestConsentGivenMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	session := secretSession(t, "Hasty")
	declared := session.Access
	session.Access = entra.NewAccess(permissionOf(t, entra.Application, "Mail.Send"))
	result, want := w.create(session)
	principal, api := result.Registration.ServicePrincipal.ObjectID, w.api()
	want.Access = declared
	portal := &intruder{base: w.server.Client().Transport, before: 3, act: func() {
		w.do(http.MethodPost, "/oauth2PermissionGrants", map[string]any{
			"clientId": principal, "consentType": "AllPrincipals", "resourceId": api, "scope": "Mail.Read",
		})
		w.do(http.MethodPost, "/servicePrincipals/"+api+"/appRoleAssignedTo", map[string]any{
			"principalId": principal, "resourceId": api, "appRoleId": permissionOf(t, entra.Application, "User.Read.All").ID,
		})
	}}
	clock := &skippingClock{}
	w.Gateway = w.another(portal, w.tenant.Admin(), clock)
	updated, want := w.update(refOf(result.Registration, want), want)
	if clock.skipped > 10*time.Second {
		t.Errorf("the clash was taken for a delay: waited %s", clock.skipped)
	}
	have := w.wantComplete(updated.Registration, want)
	if portal.count < portal.before || len(have.Scopes) != 1 || len(have.Roles) != 2 {
		t.Errorf("granted %v", have.Granted().Labels())
	}
}

func TestRefusedConsentLeavesAnUnfinishedSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	weak, err := w.tenant.Caller("Weak", "Application.ReadWrite.OwnedBy", "DelegatedPermissionGrant.ReadWrite.All", "Directory.Read.All")
	if err != nil {
		t.Fatal(err)
	}
	session := secretSession(t, "Refused")
	gateway := w.another(w.server.Client().Transport, weak, &skippingClock{})
	_, err = gateway.Create(t.Context(), w.tenant.ID(), session, entra.CreateOptions{})
	var incomplete *entra.IncompleteError
	var refused *entra.GraphError
	if !errors.As(err, &incomplete) || !errors.As(err, &refused) || !errors.Is(err, entra.ErrForbidden) {
		t.Fatalf("error %v, want one that tells what is missing", err)
	}
	if !slices.Contains(refused.Needs, "AppRoleAssignment.ReadWrite.All") || len(refused.Holds) != 3 {
		t.Errorf("needs %v, holds %v", refused.Needs, refused.Holds)
	}
	var missing []string
	for _, change := range incomplete.Missing {
		missing = append(missing, change.Describe())
	}
	for _, want := range []string{
		"grant Microsoft Graph: Group.Read.All (application)", "grant Microsoft Graph: User.Read.All (application)",
		"mark the App session as complete",
	} {
		if !slices.Contains(missing, want) {
			t.Errorf("missing: %v, want also %q", missing, want)
		}
	}
	begun := incomplete.Registration.ClientID
	result, want := w.create(session)
	if have := w.wantOne(result, want); have.ClientID != begun {
		t.Errorf("client id %s, begun with %s", have.ClientID, begun)
	}
}

func TestDirectoryRoleIsWithdrawn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	session := secretSession(t, "Promoted")
	session.DirectoryRole = entra.ExchangeRoles[0].TemplateID
	result, want := w.create(session)
	ref := refOf(result.Registration, want)
	want.DirectoryRole = entra.ExchangeRoles[1].TemplateID
	updated, _ := w.update(ref, want)
	if got := updated.Registration.DirectoryRoles; len(got) != 1 || got[0].TemplateID != want.DirectoryRole {
		t.Errorf("directory roles %v", got)
	}
	if left := entra.Diff(want, updated.Registration, "", time.Now()); len(left) > 0 {
		t.Errorf("left to do: %s", left[0].Describe())
	}
}
