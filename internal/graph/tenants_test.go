package graph_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

func TestTenant(t *testing.T) {
	t.Parallel()
	for _, hybrid := range []bool{false, true} {
		w := newWorld(t, emulator.TenantOptions{DisplayName: "Fabrikam", Hybrid: hybrid})
		w.restrict(map[string]any{"passwordCredentials": []any{rule("passwordLifetime", "P90D")}, "keyCredentials": []any{}})
		facts, err := w.Tenant(t.Context(), w.tenant.ID())
		if err != nil {
			t.Fatal(err)
		}
		want := entra.Organization{DisplayName: "Fabrikam", DefaultDomain: w.tenant.Domain(), Synchronised: hybrid}
		if facts.Organization != want || facts.OrganizationRefused != nil || facts.RulesRefused != nil {
			t.Errorf("got %+v, want %+v", facts, want)
		}
		if limit := facts.Rules.MaxSecretLifetime(); limit != 90*24*time.Hour {
			t.Errorf("secrets live for %s", limit)
		}
	}
}

// All that there is to look up takes one request, however many ask at the same time, and is not asked again.
func TestTenantIsLookedUpOnce(t *testing.T) {
	t.Parallel()
	w := newWorldOn(t, server(), emulator.TenantOptions{}, entra.SystemClock{})
	w.tenant.ResetRequests()
	var sources sync.WaitGroup
	for range 10 {
		sources.Go(func() {
			if _, err := w.Tenant(t.Context(), w.tenant.ID()); err != nil {
				t.Error(err)
			}
		})
	}
	sources.Wait()
	if _, err := w.CredentialRules(t.Context(), w.tenant.ID(), ""); err != nil {
		t.Error(err)
	}
	if n := w.roundTrips(); n != 1 {
		t.Errorf("%d requests, want one", n)
	}
}

// What a caller may not read leaves the rest readable, and says which permission would do.
func TestTenantOfWhichPartsMayNotBeRead(t *testing.T) {
	t.Parallel()
	for permission, c := range map[string]struct {
		organization, rules bool // readable
		needs               []string
	}{
		"Organization.Read.All":         {organization: true, needs: []string{"Policy.Read.All"}},
		"Policy.Read.All":               {rules: true, needs: []string{"Organization.Read.All"}},
		"Application.ReadWrite.OwnedBy": {needs: []string{"Organization.Read.All", "Policy.Read.All"}},
		"Directory.Read.All":            {organization: true, needs: []string{"Policy.Read.All"}},
	} {
		w := newWorld(t, emulator.TenantOptions{})
		caller, err := w.tenant.Caller("Caller", permission)
		if err != nil {
			t.Fatal(err)
		}
		w.Gateway = w.another(w.server.Client().Transport, caller, &skippingClock{})
		facts, err := w.Tenant(t.Context(), w.tenant.ID())
		if err != nil {
			t.Fatal(err)
		}
		var needs []string
		for _, refused := range []error{facts.OrganizationRefused, facts.RulesRefused} {
			var e *entra.GraphError
			if errors.As(refused, &e) && errors.Is(refused, entra.ErrForbidden) {
				needs = append(needs, e.Needs...)
			}
		}
		if (facts.Organization.DisplayName != "") != c.organization || (facts.Rules.Policy.ID != "") != c.rules || !slices.Equal(needs, c.needs) {
			t.Errorf("%s: got %+v, needs %v", permission, facts, needs)
		}
	}
}
