package graph_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/conditions"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

const longAgo = "2014-10-19T10:37:00Z"

// restrict makes the rules those of the default policy for applications.
func (w *world) restrict(rules map[string]any) {
	w.Helper()
	w.do(http.MethodPatch, "/policies/defaultAppManagementPolicy", map[string]any{"isEnabled": true, "applicationRestrictions": rules})
}

// newApplication makes an application and returns its object id.
func (w *world) newApplication(name string) string {
	w.Helper()
	return fmt.Sprint(w.do(http.MethodPost, "/applications", map[string]any{"displayName": name})["id"])
}

func rule(kind string, lifetime any) map[string]any {
	return map[string]any{
		"restrictionType": kind, "state": "enabled", "maxLifetime": lifetime, "restrictForAppsCreatedAfterDateTime": longAgo,
	}
}

func (w *world) rules(objectID string) entra.CredentialRules {
	w.Helper()
	rules, err := w.CredentialRules(w.Context(), w.tenant.ID(), objectID)
	if err != nil {
		w.Fatal(err)
	}
	return rules
}

// What the provider says of a credential is what the tenant says of it.
func TestPoliciesAreThoseOfTheTenant(t *testing.T) {
	t.Parallel()
	disabled := rule("passwordAddition", nil)
	disabled["state"] = "disabled"
	future := rule("passwordAddition", nil)
	future["restrictForAppsCreatedAfterDateTime"] = time.Now().AddDate(1, 0, 0).UTC().Format(time.RFC3339)
	timeless := rule("passwordLifetime", "P90D")
	delete(timeless, "restrictForAppsCreatedAfterDateTime")
	for name, rules := range map[string][]any{
		"none":          {},
		"no secrets":    {rule("passwordAddition", nil)},
		"90 days":       {rule("passwordLifetime", "P90D")},
		"half a year":   {rule("passwordLifetime", "P6M")},
		"a year":        {rule("passwordLifetime", "P1Y")},
		"an hour":       {rule("passwordLifetime", "PT1H")},
		"disabled":      {disabled},
		"of the future": {future},
		"without date":  {timeless},
		"others":        {rule("customPasswordAddition", nil), rule("symmetricKeyLifetime", "P1D")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, emulator.TenantOptions{})
			w.restrict(map[string]any{"passwordCredentials": rules, "keyCredentials": []any{}})
			found := w.rules("")
			for _, days := range []int{1, 90, 91, 180, 181, 366} {
				status, answer, err := w.tenant.Do(http.MethodPost, "/applications/"+w.newApplication(name)+"/addPassword", map[string]any{
					"passwordCredential": map[string]any{"endDateTime": time.Now().AddDate(0, 0, days).UTC().Format(time.RFC3339)},
				})
				if err != nil {
					t.Fatal(err)
				}
				if says := found.CheckSecret(entra.SecretTerms{ValidDays: days}); (says != nil) != (status == http.StatusBadRequest) {
					t.Errorf("%d days: the tenant answers %d %v, the provider says %v", days, status, answer["error"], says)
				}
			}
		})
	}
}

// An application's own policy takes the place of the default one, and its age decides which rules are for it.
func TestPolicyOfAnApplication(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	w.restrict(map[string]any{
		"passwordCredentials": []any{rule("passwordAddition", nil)}, "keyCredentials": []any{rule("asymmetricKeyLifetime", "P180D")},
	})
	app := w.newApplication("App")
	if rules := w.rules(app); rules.AllowSecrets() || rules.MaxCertificateLifetime() != 180*24*time.Hour || time.Since(rules.CreatedAt) > time.Hour {
		t.Errorf("the default policy: %+v", rules)
	}
	policy := fmt.Sprint(w.do(http.MethodPost, "/policies/appManagementPolicies", map[string]any{
		"displayName": "Pipelines", "isEnabled": true,
		"restrictions": map[string]any{"passwordCredentials": []any{rule("passwordLifetime", "P30D")}, "keyCredentials": []any{}},
	})["id"])
	w.do(http.MethodPost, "/applications/"+app+"/appManagementPolicies/$ref", map[string]any{
		"@odata.id": w.server.URL() + "/v1.0/policies/appManagementPolicies/" + policy,
	})
	if rules := w.rules(app); rules.AllowSecrets() {
		t.Error("what is known is looked up again")
	}
	w.restart()
	rules := w.rules(app)
	if !rules.AllowSecrets() || rules.MaxSecretLifetime() != 30*24*time.Hour || rules.Policy.ID != policy || rules.Policy.Name != "Pipelines" {
		t.Errorf("the custom policy: %+v", rules)
	}
	if rules := w.rules(""); rules.AllowSecrets() {
		t.Error("another application has the custom policy, too")
	}
}

// However many sessions ask at the same time, the default policy is read once, and all in one request.
func TestPoliciesAreLookedUpOnce(t *testing.T) {
	t.Parallel()
	distant, err := emulator.Start(emulator.Options{Latency: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(distant.Close)
	w := newWorldOn(t, distant, emulator.TenantOptions{}, entra.SystemClock{})
	app := w.newApplication("App")
	w.tenant.ResetRequests()
	var sessions sync.WaitGroup
	for i := range 20 {
		objectID := ""
		if i%2 > 0 {
			objectID = app
		}
		sessions.Go(func() {
			if _, err := w.CredentialRules(t.Context(), w.tenant.ID(), objectID); err != nil {
				t.Error(err)
			}
		})
	}
	sessions.Wait()
	var paths []string
	for _, request := range w.tenant.Requests() {
		for _, part := range request.Parts {
			paths = append(paths, part.Path)
		}
	}
	slices.Sort(paths)
	want := []string{"/applications/" + app, "/applications/" + app + "/appManagementPolicies", "/policies/defaultAppManagementPolicy"}
	if !slices.Equal(paths, want) {
		t.Errorf("asked for %q", paths)
	}
}

// A caller that may not read policies does not ask, and the error says which permission would do.
func TestPoliciesThatMayNotBeRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	caller, err := w.tenant.Caller("Minimal", "Application.ReadWrite.OwnedBy")
	if err != nil {
		t.Fatal(err)
	}
	w.Gateway = w.another(w.server.Client().Transport, caller, &skippingClock{})
	w.tenant.ResetRequests()
	_, err = w.CredentialRules(t.Context(), w.tenant.ID(), "")
	var refused *entra.GraphError
	if !errors.As(err, &refused) || !errors.Is(err, entra.ErrForbidden) || !slices.Equal(refused.Needs, []string{"Policy.Read.All"}) {
		t.Errorf("got %v", err)
	}
	if n := w.roundTrips(); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// What the token does not tell, the tenant does, once: that it refuses is remembered.
func TestRefusalOfPoliciesIsRemembered(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.TenantOptions{})
	err := w.tenant.SetConditions(conditions.Conditions{Rules: []conditions.Rule{{
		Path: "policies/defaultAppManagementPolicy", Of: conditions.BatchParts, Probability: 1, Answer: &conditions.Answer{Status: http.StatusForbidden},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	w.tenant.ResetRequests()
	for range 2 {
		_, err := w.CredentialRules(t.Context(), w.tenant.ID(), "")
		if !errors.Is(err, entra.ErrForbidden) || !strings.Contains(err.Error(), "/policies/defaultAppManagementPolicy answered 403") {
			t.Errorf("got %v", err)
		}
	}
	if n := w.roundTrips(); n != 1 {
		t.Errorf("%d requests, want one", n)
	}
}
