package graph_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra/catalogue"
)

func TestReadOfADeletedApplication(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	result, want := w.create(secretSession(t, "Gone"))
	ref := refOf(result.Registration, want)
	w.do(http.MethodDelete, "/applications/"+ref.ObjectID, nil)
	w.tenant.ResetRequests()
	if _, err := w.Read(t.Context(), w.tenant.ID(), ref); !errors.Is(err, entra.ErrNotFound) {
		t.Errorf("error %v, want that it is gone", err)
	}
	if n := w.roundTrips(); n < 2 {
		t.Errorf("%d look, want a second one", n)
	}
	if _, err := w.Update(t.Context(), w.tenant.ID(), ref, want); !errors.Is(err, entra.ErrNotFound) {
		t.Errorf("error %v of the update, want that it is gone", err)
	}
}

func TestReadWithoutServicePrincipal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	result, want := w.create(secretSession(t, "Beheaded"))
	ref := refOf(result.Registration, want)
	w.do(http.MethodDelete, "/servicePrincipals/"+ref.ServicePrincipalID, nil)
	have, err := w.Read(t.Context(), w.tenant.ID(), ref)
	if err != nil || have.ServicePrincipal != nil || len(have.Granted()) != 0 {
		t.Fatalf("service principal %v, granted %v, error %v", have.ServicePrincipal, have.Granted().Labels(), err)
	}
	updated, want := w.update(ref, want)
	if have = w.wantComplete(updated.Registration, want); have.ServicePrincipal.ObjectID == ref.ServicePrincipalID {
		t.Error("the deleted service principal is still there")
	}
}

// TestReadFollowsPages reads a session with more grants than fit on a page.
func TestReadFollowsPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	session := secretSession(t, "Large")
	var access []entra.Permission
	for _, entry := range catalogue.All(catalogue.MicrosoftGraph, catalogue.Application) {
		if entry.Standing == catalogue.Published && len(access) < 150 {
			access = append(access, entra.Permission{API: entry.API, Kind: entry.Kind, ID: entry.ID, Name: entry.Name})
		}
	}
	session.Access = entra.NewAccess(access...)
	result, want := w.create(session)
	if have := w.wantComplete(result.Registration, want); len(have.Roles) != 150 {
		t.Errorf("%d roles, want 150", len(have.Roles))
	}
}

// library is an API of the tenant's own, which no catalogue knows.
func (w *world) library(role string) (appID string) {
	w.Helper()
	application := w.do(http.MethodPost, "/applications", map[string]any{
		"displayName": "Library", "appRoles": []any{map[string]any{
			"id": "33333333-3333-4333-8333-333333333333", "allowedMemberTypes": []string{"Application"}, "displayName": role,
			"description": role, "value": role, "isEnabled": true,
		}},
	})
	w.do(http.MethodPost, "/servicePrincipals", map[string]any{"appId": application["appId"]})
	return fmt.Sprint(application["appId"])
}

func TestResolve(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	own := w.library("Books.Lend.All")
	w.tenant.ResetRequests()
	resolve := func(refs ...entra.PermissionRef) (entra.Access, error) {
		return w.Resolve(t.Context(), w.tenant.ID(), refs)
	}
	ref := func(api, text string) entra.PermissionRef {
		return entra.PermissionRef{API: api, Kind: entra.Application, Text: text}
	}
	access, err := resolve(ref(catalogue.MicrosoftGraph, "User.Read.All"), ref(catalogue.ExchangeOnline, "exchange.manageasapp"))
	if err != nil || len(access) != 2 || w.roundTrips() != 0 {
		t.Errorf("the catalogue's own: %v, %v, want both without a request", access.Labels(), err)
	}
	for range 2 {
		access, err = resolve(ref(own, "books.lend.all"))
		if err != nil || len(access) != 1 || access[0].ID != "33333333-3333-4333-8333-333333333333" || access[0].Name != "Books.Lend.All" {
			t.Errorf("the tenant's own: %v, %v", access.Labels(), err)
		}
	}
	if n := w.roundTrips(); n != 1 {
		t.Errorf("%d look-ups, want one for all calls", n)
	}
	_, err = resolve(ref(catalogue.MicrosoftGraph, "User.Raed.All"), ref(catalogue.MicrosoftGraph, "profile"), ref(own, "Books.Burn.All"))
	var messages []string
	for e := range strings.Lines(fmt.Sprint(err)) {
		messages = append(messages, strings.TrimSpace(e))
	}
	if !slices.Equal(messages, []string{
		`Microsoft Graph has no application permission "User.Raed.All"`,
		`"profile" is a permission of the other kind: Microsoft Graph has it as delegated permission only`,
		`Library has no application permission "Books.Burn.All"`,
	}) {
		t.Errorf("errors %q", messages)
	}
	var unknown *entra.UnknownPermissionError
	if !errors.As(err, &unknown) || unknown.Nearest != "User.Read.All" {
		t.Errorf("error %+v, want the nearest name", unknown)
	}
	if n := w.roundTrips(); n != 1 {
		t.Errorf("%d look-ups of the unknown names, want one for the API not known yet", n)
	}
}

func TestResolveOnAnAPIWithoutServicePrincipal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	absent := entra.PermissionRef{API: "44444444-4444-4444-8444-444444444444", Kind: entra.Application, Text: "Books.Lend.All"}
	_, err := w.Resolve(t.Context(), w.tenant.ID(), []entra.PermissionRef{absent})
	var missing *entra.MissingAPIError
	if !errors.As(err, &missing) || missing.API.ID != absent.API {
		t.Errorf("error %v", err)
	}
}

func TestResolveOnAnAPIWithoutPermissions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	bare, err := w.tenant.Caller("Bare")
	if err != nil {
		t.Fatal(err)
	}
	w.tenant.ResetRequests()
	for range 3 {
		_, err := w.Resolve(t.Context(), w.tenant.ID(), []entra.PermissionRef{{API: bare.ClientID, Kind: entra.Application, Text: "Any"}})
		var unknown *entra.UnknownPermissionError
		if !errors.As(err, &unknown) {
			t.Errorf("error %v", err)
		}
	}
	if n := w.roundTrips(); n != 1 {
		t.Errorf("%d look-ups, want one", n)
	}
}

// TestExtraConsentOnAnUnknownAPI has somebody grant a role that neither the catalogue nor the configuration knows.
func TestExtraConsentOnAnUnknownAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	own := w.library("Books.Lend.All")
	result, want := w.create(secretSession(t, "Reader"))
	api := fmt.Sprint(w.do(http.MethodGet, "/servicePrincipals(appId='"+own+"')", nil)["id"])
	w.do(http.MethodPost, "/servicePrincipals/"+api+"/appRoleAssignedTo", map[string]any{
		"principalId": result.Registration.ServicePrincipal.ObjectID, "resourceId": api,
		"appRoleId": "33333333-3333-4333-8333-333333333333",
	})
	have, err := w.Read(t.Context(), w.tenant.ID(), refOf(result.Registration, want))
	if err != nil {
		t.Fatal(err)
	}
	if extra := have.ExtraConsents(want.Access); len(extra) != 1 || extra[0].API != own {
		t.Errorf("extra consents %v", extra.Labels())
	}
	updated, want := w.update(refOf(have, want), want)
	w.wantComplete(updated.Registration, want)
}

// TestAccessRolesAreNoConsent reads with and without the hints of an earlier read.
func TestAccessRolesAreNoConsent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	own := w.library("Access.All")
	w.do(http.MethodPatch, "/applications(appId='"+own+"')", map[string]any{"tags": []string{"sapio365:access-roles"}})
	result, want := w.create(secretSession(t, "Holder of access roles"))
	api := fmt.Sprint(w.do(http.MethodGet, "/servicePrincipals(appId='"+own+"')", nil)["id"])
	w.do(http.MethodPost, "/servicePrincipals/"+api+"/appRoleAssignedTo", map[string]any{
		"principalId": result.Registration.ServicePrincipal.ObjectID, "resourceId": api,
		"appRoleId": "33333333-3333-4333-8333-333333333333",
	})
	ref := refOf(result.Registration, want)
	for range 2 {
		w.restart()
		have, err := w.Read(t.Context(), w.tenant.ID(), ref)
		if err != nil {
			t.Fatal(err)
		}
		if extra := have.ExtraConsents(want.Access); len(extra) != 0 {
			t.Errorf("extra consents %v", extra.Labels())
		}
		ref = refOf(have, want)
	}
}
