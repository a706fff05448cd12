package graph_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/graph"
)

// What is not an App session, or not in a synchronised tenant, is refused before anything is written.
func TestOnPremRefusals(t *testing.T) {
	t.Parallel()
	hybrid, sessionID := newHybridWorld(t)
	foreign := hybrid.session()
	cloud := newWorld(t, emulator.TenantOptions{})
	inCloud := cloud.session(entra.TagAppSession)
	const absent = "00000000-0000-4000-8000-000000000001"
	for name, c := range map[string]struct {
		w        *world
		clientID string
		terms    entra.OnPremTerms
		wanted   func(error) bool
	}{
		"no application": {hybrid, absent, hybridOnly, func(err error) bool {
			var e *entra.NoAppSessionError
			return errors.As(err, &e) && e.ClientID == absent
		}},
		"no App session": {hybrid, foreign, hybridOnly, func(err error) bool {
			var e *entra.NotAppSessionError
			return errors.As(err, &e) && e.ClientID == foreign && e.DisplayName == "Session"
		}},
		"no hybrid tenant": {cloud, inCloud, hybridOnly, func(err error) bool {
			var e *entra.NotSynchronisedError
			return errors.As(err, &e) && e.TenantID == cloud.tenant.ID() && !e.Ended
		}},
		"neither": {cloud, absent, hybridOnly, func(err error) bool {
			var tenant *entra.NotSynchronisedError
			var session *entra.NoAppSessionError
			return errors.As(err, &tenant) && errors.As(err, &session)
		}},
		"hybrid":                   {hybrid, sessionID, hybridOnly, nil},
		"hybrid, not asked for":    {hybrid, sessionID, entra.OnPremTerms{}, nil},
		"no hybrid, and no matter": {cloud, inCloud, entra.OnPremTerms{}, nil},
	} {
		err := c.w.CheckOnPrem(t.Context(), c.w.tenant.ID(), c.clientID, c.terms)
		if c.wanted == nil {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if !c.wanted(err) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := c.w.CreateOnPrem(t.Context(), c.w.tenant.ID(), c.clientID, twoDomains, c.terms); !c.wanted(err) {
			t.Errorf("%s, create: %v", name, err)
		}
		if c.clientID != absent {
			c.w.wantNoOnPrem(c.clientID)
		}
	}
	if err := cloud.CheckOnPrem(t.Context(), cloud.tenant.ID(), "", hybridOnly); err == nil {
		t.Error("the tenant alone passes")
	}
}

// The tenant is asked once, whoever wants to know, and together with the application.
func TestOnPremAsksForTheOrganizationOnce(t *testing.T) {
	t.Parallel()
	w, first := newHybridWorld(t)
	second := w.session(entra.TagAppSession)
	w.tenant.ResetRequests()
	if err := w.CheckOnPrem(t.Context(), w.tenant.ID(), first, hybridOnly); err != nil {
		t.Fatal(err)
	}
	if got := w.roundTrips(); got != 1 {
		t.Errorf("%d round trips of the check", got)
	}
	w.restart()
	w.createOnPrem(first, twoDomains)
	w.createOnPrem(second, otherDomains)
	asked := 0
	for _, request := range w.tenant.Requests() {
		for _, part := range request.Parts {
			if part.Path == "/organization" {
				asked++
			}
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
}

// What a check has seen is good for the create or the update that follows at once, and for no other.
func TestOnPremCheckIsTheFirstLook(t *testing.T) {
	t.Parallel()
	w, clientID := newHybridWorld(t)
	check := func() {
		t.Helper()
		if err := w.CheckOnPrem(t.Context(), w.tenant.ID(), clientID, hybridOnly); err != nil {
			t.Fatal(err)
		}
	}
	w.roundTrips()
	check()
	ref := w.createOnPrem(clientID, twoDomains)
	if got := w.roundTrips(); got != 3 {
		t.Errorf("check and create: %d round trips, want 3", got)
	}
	check()
	ref = w.updateOnPrem(ref, otherDomains)
	if got := w.roundTrips(); got != 3 {
		t.Errorf("check and update: %d round trips, want 3", got)
	}
	clock := &skippingClock{}
	late := w.another(w.server.Client().Transport, w.tenant.Admin(), clock)
	if err := late.CheckOnPrem(t.Context(), w.tenant.ID(), clientID, hybridOnly); err != nil {
		t.Fatal(err)
	}
	w.patchExtension(clientID, entra.OnPremDomains, nil) // behind the back of the check
	clock.skipped += time.Minute
	if _, err := late.UpdateOnPrem(t.Context(), w.tenant.ID(), ref, otherDomains, hybridOnly); err != nil {
		t.Fatal(err)
	}
	w.wantOnPrem(clientID, otherDomains)
}

// A caller that may not read the organization is told so, and about the application all the same.
func TestOnPremWithoutRightToTheOrganization(t *testing.T) {
	t.Parallel()
	w, _ := newHybridWorld(t)
	foreign := w.session()
	weak, err := w.tenant.Caller("Weak", "Application.ReadWrite.All")
	if err != nil {
		t.Fatal(err)
	}
	gateway := w.another(w.server.Client().Transport, weak, &skippingClock{})
	err = gateway.CheckOnPrem(t.Context(), w.tenant.ID(), foreign, hybridOnly)
	var refused *entra.GraphError
	var other *entra.NotAppSessionError
	if !errors.Is(err, entra.ErrForbidden) || !errors.As(err, &refused) || !slices.Equal(refused.Needs, []string{"Organization.Read.All"}) {
		t.Errorf("error %v, want the missing permission", err)
	}
	if !errors.As(err, &other) {
		t.Errorf("error %v, want the application's as well", err)
	}
	if _, err := gateway.CreateOnPrem(t.Context(), w.tenant.ID(), foreign, twoDomains, hybridOnly); !errors.Is(err, entra.ErrForbidden) {
		t.Errorf("create: %v", err)
	}
	w.wantNoOnPrem(foreign)
}

// Who asks for the tenant itself, and who asks whether it is hybrid, share one look-up, also of what may not be read.
func TestOnPremSharesTheOrganization(t *testing.T) {
	t.Parallel()
	asked := func(w *world) (n int) {
		for _, request := range w.tenant.Requests() {
			for _, part := range request.Parts {
				if part.Path == "/organization" {
					n++
				}
			}
		}
		return n
	}
	w, clientID := newHybridWorld(t)
	w.tenant.ResetRequests()
	facts, err := w.Tenant(t.Context(), w.tenant.ID())
	if err != nil || !facts.Organization.Synchronised {
		t.Fatalf("%+v, %v", facts, err)
	}
	w.createOnPrem(clientID, twoDomains)
	if n := asked(w); n != 1 {
		t.Errorf("asked %d times", n)
	}

	weak, err := w.tenant.Caller("Weak", "Application.ReadWrite.All")
	if err != nil {
		t.Fatal(err)
	}
	other := w.session(entra.TagAppSession)
	gateway := w.another(w.server.Client().Transport, weak, &skippingClock{})
	w.tenant.ResetRequests()
	for range 2 {
		if _, err := gateway.CreateOnPrem(t.Context(), w.tenant.ID(), other, twoDomains, hybridOnly); !errors.Is(err, entra.ErrForbidden) {
			t.Errorf("error %v, want the missing permission", err)
		}
	}
	if n := asked(w); n != 1 {
		t.Errorf("asked %d times for what may not be read", n)
	}
	w.wantNoOnPrem(other)
}

// inTheNameOf gets tokens of a user who has consented to little, and who may do more than that tells.
type inTheNameOf struct {
	*signIn
	permissions []string
}

func (s inTheNameOf) Token(ctx context.Context, tenantID string) (graph.Token, error) {
	token, err := s.signIn.Token(ctx, tenantID)
	token.User, token.Permissions = true, s.permissions
	return token, err
}

// To a user who may read little of it, the organization shows nothing of its synchronisation, as one that never had any.
// It is not taken for such a one.
func TestOnPremForAUserWhoSeesPartOfTheOrganization(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{DisplayName: "Fabrikam"})
	clientID := w.session(entra.TagAppSession)
	for permission, seen := range map[string]bool{"User.Read": false, "Organization.Read.All": true, "Directory.AccessAsUser.All": true} {
		administrator := &signIn{server: w.server, identity: w.tenant.Admin(), tokens: map[string]graph.Token{}}
		gateway, err := graph.New(graph.Options{
			Endpoint: w.server.URL(), HTTPClient: w.server.Client(), Clock: &skippingClock{}, UserAgent: "gateway-test",
			Tokens: inTheNameOf{administrator, []string{permission}},
		})
		if err != nil {
			t.Fatal(err)
		}
		facts, err := gateway.Tenant(t.Context(), w.tenant.ID())
		if err != nil || facts.Organization.DisplayName != "Fabrikam" || (facts.OrganizationRefused == nil) != seen {
			t.Errorf("%s: the tenant is %+v: %v", permission, facts, err)
		}
		_, created := gateway.CreateOnPrem(t.Context(), w.tenant.ID(), clientID, twoDomains, hybridOnly)
		for _, err := range []error{
			created, gateway.CheckOnPrem(t.Context(), w.tenant.ID(), clientID, hybridOnly), gateway.CheckOnPrem(t.Context(), w.tenant.ID(), "", hybridOnly),
		} {
			var cloud *entra.NotSynchronisedError
			var unknown *entra.UnknownSynchronisationError
			var refused *entra.GraphError
			switch {
			case seen && errors.As(err, &cloud):
			case !seen && errors.As(err, &unknown) && errors.Is(err, entra.ErrForbidden) && errors.As(err, &refused) && refused.ByUser &&
				slices.Equal(refused.Needs, []string{"Organization.Read.All"}) && !errors.As(err, &cloud):
			default:
				t.Errorf("%s: %v", permission, err)
			}
		}
		w.wantNoOnPrem(clientID)
	}
}
