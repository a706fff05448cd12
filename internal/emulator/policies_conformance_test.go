package emulator_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

const (
	defaultPolicy    = "/policies/defaultAppManagementPolicy"
	customPolicies   = "/policies/appManagementPolicies"
	defaultPolicyID  = "00000000-0000-0000-0000-000000000000"
	lifetimeRefused  = "CredentialInvalidLifetimeAsPerAppPolicy"
	typeRefused      = "CredentialTypeNotAllowedAsPerAppPolicy"
	longAgo          = "2014-10-19T10:37:00Z"
	lifetimeExceeded = "Credential lifetime exceeds the max value allowed as per assigned policy '%s'."
)

// restriction is one rule that is enforced for every application ever created.
func restriction(kind string, maxLifetime any) object {
	return object{
		"restrictionType": kind, "state": "enabled", "maxLifetime": maxLifetime, "restrictForAppsCreatedAfterDateTime": longAgo,
	}
}

func passwords(rules ...any) object {
	return object{"passwordCredentials": append(list{}, rules...), "keyCredentials": list{}}
}

func keys(rules ...any) object {
	return object{"passwordCredentials": list{}, "keyCredentials": append(list{}, rules...)}
}

// enforce makes restrictions of applications the tenant's default.
func (w *world) enforce(t *testing.T, restrictions object) {
	t.Helper()
	answer := w.patch(t, defaultPolicy, object{"isEnabled": true, "applicationRestrictions": restrictions})
	if answer.err() != nil {
		t.Fatalf("changing the default policy: %v", answer.err())
	}
}

func (w *world) newPolicy(t *testing.T, restrictions object) string {
	t.Helper()
	return w.post(t, customPolicies, object{
		"displayName": "Custom", "description": "for one application", "isEnabled": true, "restrictions": restrictions,
	}).want(t, http.StatusCreated).text("id")
}

func (w *world) bind(t *testing.T, applicationID, policyID string) answer {
	t.Helper()
	return w.post(t, "/applications/"+applicationID+"/appManagementPolicies/$ref",
		object{"@odata.id": w.server.URL() + "/v1.0/policies/appManagementPolicies/" + policyID})
}

// secretFor asks for a secret that lives as long as told; 0 leaves the end to Graph.
func (w *world) secretFor(t *testing.T, applicationID string, lifetime time.Duration) answer {
	t.Helper()
	credential := object{"displayName": "policed"}
	if lifetime > 0 {
		credential["endDateTime"] = time.Now().UTC().Add(lifetime).Format(time.RFC3339)
	}
	return w.post(t, "/applications/"+applicationID+"/addPassword", object{"passwordCredential": credential})
}

func TestPolicyLifecycle(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	untouched := w.get(t, defaultPolicy).want(t, http.StatusOK)
	if untouched.text("id") != defaultPolicyID || untouched.body["isEnabled"] != false {
		t.Errorf("id %q, isEnabled %v", untouched.text("id"), untouched.body["isEnabled"])
	}
	for _, side := range []string{"applicationRestrictions", "servicePrincipalRestrictions"} {
		restrictions, ok := untouched.body[side].(object)
		if !ok || restrictions["passwordCredentials"] == nil || restrictions["keyCredentials"] == nil {
			t.Errorf("%s is %v", side, untouched.body[side])
		}
	}
	w.enforce(t, passwords(restriction("passwordLifetime", "P90D")))
	rules := objects(dig(w.get(t, defaultPolicy).want(t, http.StatusOK).body, "applicationRestrictions", "passwordCredentials"))
	if len(rules) != 1 || rules[0]["restrictionType"] != "passwordLifetime" || rules[0]["maxLifetime"] != "P90D" || rules[0]["state"] != "enabled" {
		t.Errorf("the default policy reads back as %v", rules)
	}

	policy := w.newPolicy(t, passwords(restriction("passwordAddition", nil)))
	path := customPolicies + "/" + policy
	w.patch(t, path, object{"description": "changed"}).want(t, http.StatusNoContent)
	if got := w.get(t, path).want(t, http.StatusOK); got.text("description") != "changed" || got.text("displayName") != "Custom" {
		t.Errorf("description %q, displayName %q", got.text("description"), got.text("displayName"))
	}
	if all := w.get(t, customPolicies).want(t, http.StatusOK).items(); len(all) != 1 {
		t.Errorf("%d custom policies, want 1", len(all))
	}
	id, _ := w.newApplication(t, "Bound")
	w.bind(t, id, policy).want(t, http.StatusNoContent)
	bound, err := w.applications().ByApplicationId(id).AppManagementPolicies().Get(t.Context(), nil)
	if err != nil || len(bound.GetValue()) != 1 || value(bound.GetValue()[0].GetId()) != policy {
		t.Errorf("the application does not show its policy: %v", refusalOrSelf(err))
	}
	if err := w.applications().ByApplicationId(id).AppManagementPolicies().ByAppManagementPolicyId(policy).Ref().Delete(t.Context(), nil); err != nil {
		t.Fatalf("unbinding: %v", refusalOrSelf(err))
	}
	if left := w.get(t, "/applications/"+id+"/appManagementPolicies").want(t, http.StatusOK).items(); len(left) != 0 {
		t.Errorf("%d policies are left, want none", len(left))
	}
	w.delete(t, path).want(t, http.StatusNoContent)
	wantRefused(t, w.get(t, path).err(), http.StatusNotFound, requestResourceNotFound, resourceMissing)
}

// TestPoliciesRefuseCredentials states for each policy which credentials pass and which do not.
func TestPoliciesRefuseCredentials(t *testing.T) {
	t.Parallel()
	certificate := func(lifetime time.Duration) func(t *testing.T, w *world, id string) answer {
		return func(t *testing.T, w *world, id string) answer {
			entry := keyCredential(newCertificate(t, firstKey(), lifetime), "policed")
			return w.patch(t, "/applications/"+id, object{"keyCredentials": list{entry}})
		}
	}
	secret := func(lifetime time.Duration) func(t *testing.T, w *world, id string) answer {
		return func(t *testing.T, w *world, id string) answer { return w.secretFor(t, id, lifetime) }
	}
	thirtyDays, tooLong := passwords(restriction("passwordLifetime", "P30D")), fmt.Sprintf(lifetimeExceeded, defaultPolicyID)
	oneYear := keys(restriction("asymmetricKeyLifetime", "P1Y"))
	for _, one := range []struct {
		name          string
		restrictions  object
		send          func(t *testing.T, w *world, id string) answer
		code, message string // empty where the credential passes
	}{
		{"secrets forbidden", passwords(restriction("passwordAddition", nil)), secret(day), typeRefused, ""},
		{"certificate where secrets are forbidden", passwords(restriction("passwordAddition", nil)), certificate(90 * day), "", ""},
		{"secret too long", thirtyDays, secret(31 * day), lifetimeRefused, tooLong},
		{"secret without an end", thirtyDays, secret(0), lifetimeRefused, tooLong},
		{"secret short enough", thirtyDays, secret(29 * day), "", ""},
		{"certificate too long", oneYear, certificate(400 * day), lifetimeRefused, tooLong},
		{"certificate short enough", oneYear, certificate(300 * day), "", ""},
		{"secret where certificates are limited", oneYear, secret(0), "", ""},
		{"rule disabled", passwords(with(restriction("passwordAddition", nil), "state", "disabled")), secret(day), "", ""},
		{"rule for later applications", passwords(with(restriction("passwordAddition", nil), "restrictForAppsCreatedAfterDateTime", "2099-01-01T00:00:00Z")), secret(day), "", ""},
		{"custom passwords forbidden", passwords(restriction("customPasswordAddition", nil)), secret(day), "", ""},
	} {
		t.Run("facts6/"+one.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.enforce(t, one.restrictions)
			id, _ := w.newApplication(t, "Policed")
			answer := one.send(t, w, id)
			if one.code != "" {
				wantRefused(t, answer.err(), http.StatusBadRequest, one.code, one.message)
			} else if answer.err() != nil {
				t.Errorf("refused: %v", answer.err())
			}
		})
	}
}

func TestDisabledPolicy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.enforce(t, passwords(restriction("passwordAddition", nil)))
	id, _ := w.newApplication(t, "Policed")
	wantRefused(t, w.secretFor(t, id, day).err(), http.StatusBadRequest, typeRefused, "")
	if err := w.patch(t, defaultPolicy, object{"isEnabled": false}).err(); err != nil {
		t.Fatal(err)
	}
	w.secretFor(t, id, day).want(t, http.StatusOK)
}

func TestPolicyRefusalDetails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	policy := w.newPolicy(t, passwords(restriction("passwordLifetime", "P30D")))
	id, _ := w.newApplication(t, "Policed")
	w.bind(t, id, policy).want(t, http.StatusNoContent)
	err := w.secretFor(t, id, 60*day).err()
	wantRefused(t, err, http.StatusBadRequest, lifetimeRefused, fmt.Sprintf(lifetimeExceeded, policy))
	details := refusalOf(err).details
	if len(details) != 1 || details[0]["code"] != "InvalidKeyEndDate" || details[0]["target"] != "EndDate" || details[0]["message"] == nil {
		t.Errorf("details %v", details)
	}
}

func TestCustomPolicyReplacesTheDefault(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	session := w.register(t, "Exempt")
	_, early := w.addSecret(t, session.objectID)
	w.enforce(t, passwords(restriction("passwordAddition", nil)))
	wantRefused(t, w.secretFor(t, session.objectID, day).err(), http.StatusBadRequest, typeRefused, "")
	signIn(t, w.server, w.tenantID, session.appID, early)
	w.patch(t, "/applications/"+session.objectID, object{"notes": "an existing secret does not stand in the way"}).want(t, http.StatusNoContent)

	policy := w.newPolicy(t, keys(restriction("asymmetricKeyLifetime", "P30D")))
	w.bind(t, session.objectID, policy).want(t, http.StatusNoContent)
	w.secretFor(t, session.objectID, day).want(t, http.StatusOK)
	w.patch(t, customPolicies+"/"+policy, object{"restrictions": passwords(restriction("passwordAddition", nil))}).want(t, http.StatusNoContent)
	wantRefused(t, w.secretFor(t, session.objectID, day).err(), http.StatusBadRequest, typeRefused, "")
}

// TestExistingKeysKeepWorking shortens the allowed lifetime under a certificate that is already there.
func TestExistingKeysKeepWorking(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, _ := w.newApplication(t, "Grandfathered")
	path := "/applications/" + id
	w.patch(t, path, object{"keyCredentials": list{keyCredential(newCertificate(t, firstKey(), 400*day), "long")}}).want(t, http.StatusNoContent)
	w.enforce(t, keys(restriction("asymmetricKeyLifetime", "P90D")))
	held := objects(w.get(t, path).want(t, http.StatusOK).body["keyCredentials"])
	short := keyCredential(newCertificate(t, secondKey(), 60*day), "short")
	w.patch(t, path, object{"keyCredentials": list{held[0], short}}).want(t, http.StatusNoContent)
}

func TestIdentifierURIPolicy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.enforce(t, object{"identifierUris": object{"nonDefaultUriAddition": object{
		"state": "enabled", "restrictForAppsCreatedAfterDateTime": longAgo,
	}}})
	id, appID := w.newApplication(t, "API")
	path := "/applications/" + id
	wantRefused(t, w.patch(t, path, object{"identifierUris": list{"https://" + w.tenant.Domain() + "/api"}}).err(), 400, requestBadRequest, "")
	w.patch(t, path, object{"identifierUris": list{"api://" + appID}}).want(t, http.StatusNoContent)
}

func TestPolicyRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, _ := w.newApplication(t, "Bound")
	first, second := w.newPolicy(t, passwords()), w.newPolicy(t, passwords())
	w.bind(t, id, first).want(t, http.StatusNoContent)
	create := func(restrictions object) func(t *testing.T) error {
		return once(func(t *testing.T) answer {
			return w.post(t, customPolicies, object{"displayName": "x", "description": "x", "isEnabled": true, "restrictions": restrictions})
		})
	}
	rule := restriction("passwordLifetime", "P30D")
	check(t, []refused{
		{"facts6/second policy for one application", once(func(t *testing.T) answer { return w.bind(t, id, second) }), 400, requestBadRequest, "One or more added object references already exist…"},
		{"facts6/absent policy bound", once(func(t *testing.T) answer { return w.bind(t, id, absent) }), 404, requestResourceNotFound, resourceMissing},
		{"facts6/policy unbound that is not bound", once(func(t *testing.T) answer {
			return w.delete(t, "/applications/"+id+"/appManagementPolicies/"+second+"/$ref")
		}), 400, requestBadRequest, "One or more removed object references do not exist…"},
		{"facts6/restrictionType twice", create(passwords(rule, rule)), 400, duplicateValue, ""},
		{"facts6/unknown restrictionType", create(passwords(restriction("passwordColour", nil))), 400, requestBadRequest, ""},
		{"facts6/trustedCertificateAuthority is beta", create(keys(restriction("trustedCertificateAuthority", nil))), 400, requestBadRequest, ""},
		{"facts6/password rule for keys", create(keys(rule)), 400, requestBadRequest, ""},
		{"facts6/malformed duration", create(passwords(restriction("passwordLifetime", "thirty days"))), 400, requestBadRequest, ""},
		{"facts6/unknown state", create(passwords(with(rule, "state", "sometimes"))), 400, requestBadRequest, ""},
		{"facts6/unknown property", create(with(passwords(), "colour", "red")), 400, requestBadRequest, ""},
		{"facts6/restrictionType twice in the default", once(func(t *testing.T) answer {
			return w.patch(t, defaultPolicy, object{"isEnabled": true, "applicationRestrictions": passwords(rule, rule)})
		}), 400, duplicateValue, ""},
		{"facts6/default policy deleted", once(func(t *testing.T) answer { return w.delete(t, defaultPolicy) }), 405, requestBadRequest, ""},
		{"facts6/absent policy changed", once(func(t *testing.T) answer {
			return w.patch(t, customPolicies+"/"+absent, object{"description": "x"})
		}), 404, requestResourceNotFound, resourceMissing},
	})
}
