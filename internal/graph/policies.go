package graph

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/microsoftgraph/msgraph-sdk-go/applications"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// policyCache keeps what was learnt of a tenant's app management policies, so that each is looked up once.
type policyCache struct {
	mu    sync.Mutex
	found map[string]policyAnswer // by object id of the application; the default policy by defaultPolicyKey
}

// policyAnswer is what a look-up has led to. That the caller may not read policies is an answer, too.
type policyAnswer struct {
	policies  []entra.AppPolicy // the default one, or those assigned to an application
	createdAt time.Time         // of the application
	err       error
}

func (c *policyCache) get(key string) (policyAnswer, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a, ok := c.found[key]
	return a, ok
}

func (c *policyCache) put(key string, a policyAnswer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.found == nil {
		c.found = map[string]policyAnswer{}
	}
	c.found[key] = a
}

// Keys of look-ups that are made once. What precedes the object id of an application keeps them from those of APIs.
const (
	defaultPolicyKey = "the default app management policy"
	appPolicyKey     = "the app management policy of "
)

// CredentialRules finds the policy that is in force for an application, which is read once, or for one that is to be made
// now. A caller that surely may not read policies does not ask.
func (g *Gateway) CredentialRules(ctx context.Context, tenantID, objectID string) (entra.CredentialRules, error) {
	t := g.tenant(tenantID)
	if err := t.mayReadPolicies(ctx); err != nil {
		return entra.CredentialRules{}, err
	}
	keys := []string{defaultPolicyKey}
	if objectID != "" {
		keys = append(keys, appPolicyKey+objectID)
	}
	known := func(key string) bool {
		_, ok := t.policies.get(key)
		return ok
	}
	err := t.apis.lookUpOnce(ctx, keys, known, func(mine []string) error { return t.readPolicies(ctx, mine) })
	if err != nil {
		return entra.CredentialRules{}, err
	}
	return t.rulesFor(objectID)
}

// rulesFor puts together what is known by now.
func (t *tenant) rulesFor(objectID string) (entra.CredentialRules, error) {
	standard, _ := t.policies.get(defaultPolicyKey)
	assigned, createdAt := policyAnswer{}, t.options.Clock.Now()
	if objectID != "" {
		assigned, _ = t.policies.get(appPolicyKey + objectID)
		createdAt = assigned.createdAt
	}
	if err := cmp.Or(standard.err, assigned.err); err != nil {
		return entra.CredentialRules{}, err
	}
	return entra.RulesFor(standard.policies[0], assigned.policies, createdAt), nil
}

// mayReadPolicies spares the request that is sure to be refused.
func (t *tenant) mayReadPolicies(ctx context.Context) error {
	token, err := t.options.Tokens.Token(ctx, t.id)
	if err != nil {
		return err
	}
	if token.User || len(token.holder().Missing(entra.ReadPolicies)) == 0 {
		return nil
	}
	return &entra.GraphError{
		Kind: entra.ErrForbidden, Operation: readDefaultPolicy, Needs: entra.ReadPolicies.Least(), Holds: token.Permissions,
	}
}

const readDefaultPolicy = "read the tenant's default app management policy"

// policyLook is the look-up of one key.
type policyLook struct {
	key                   string
	policies, application *call // the latter is nil for the default policy
}

// readPolicies looks up what the keys stand for, in one batch with the other calls, which keep their errors.
func (t *tenant) readPolicies(ctx context.Context, keys []string, others ...*call) error {
	var looks []policyLook
	calls := others
	for _, key := range keys {
		look := t.policyLook(ctx, key)
		looks = append(looks, look)
		calls = append(calls, compact(look.policies, look.application)...)
	}
	_ = t.run(ctx, plan{calls: calls}) // the calls hold their errors
	for _, look := range looks {
		answer, err := look.answer()
		if err != nil && !errors.Is(err, entra.ErrForbidden) {
			return err
		}
		answer.err = err
		t.policies.put(look.key, answer)
	}
	return nil
}

func (t *tenant) policyLook(ctx context.Context, key string) policyLook {
	if key == defaultPolicyKey {
		// The SDK's builder would bring all kinds of policies into the binary.
		return policyLook{key: key, policies: &call{
			operation: readDefaultPolicy, right: entra.ReadPolicies, method: http.MethodGet, url: "/policies/defaultAppManagementPolicy",
		}}
	}
	application := t.application(key[len(appPolicyKey):])
	info, err := application.AppManagementPolicies().ToGetRequestInformation(ctx, nil)
	look := policyLook{key: key}
	look.policies = newCall("read the app management policy of the application", entra.ReadPolicies, info, err)
	info, err = application.ToGetRequestInformation(ctx, &applications.ApplicationItemRequestBuilderGetRequestConfiguration{
		QueryParameters: &applications.ApplicationItemRequestBuilderGetQueryParameters{Select: []string{"createdDateTime"}},
	})
	look.application = newCall("read when the application was made", entra.ReadApplications, info, err)
	return look
}

func (l policyLook) answer() (policyAnswer, error) {
	if l.application == nil {
		policy, err := decode[defaultPolicyObject](l.policies)
		return policyAnswer{policies: []entra.AppPolicy{policy.decode()}}, err
	}
	application, err := decode[struct {
		CreatedDateTime time.Time `json:"createdDateTime"`
	}](l.application)
	if err != nil {
		return policyAnswer{}, err
	}
	assigned, err := decode[collection[customPolicyObject]](l.policies)
	answer := policyAnswer{createdAt: application.CreatedDateTime}
	for _, policy := range assigned.Value {
		answer.policies = append(answer.policies, policy.decode())
	}
	return answer, err
}

type (
	defaultPolicyObject struct {
		ID           string             `json:"id"`
		IsEnabled    bool               `json:"isEnabled"`
		Applications restrictionsObject `json:"applicationRestrictions"`
	}

	customPolicyObject struct {
		ID           string             `json:"id"`
		DisplayName  string             `json:"displayName"`
		IsEnabled    bool               `json:"isEnabled"`
		Restrictions restrictionsObject `json:"restrictions"`
	}

	restrictionsObject struct {
		PasswordCredentials []restrictionObject `json:"passwordCredentials"`
		KeyCredentials      []restrictionObject `json:"keyCredentials"`
	}

	restrictionObject struct {
		RestrictionType string     `json:"restrictionType"`
		State           string     `json:"state"`
		MaxLifetime     string     `json:"maxLifetime"`
		CreatedAfter    *time.Time `json:"restrictForAppsCreatedAfterDateTime"`
		ExcludeActors   struct {
			CustomSecurityAttributes []json.RawMessage `json:"customSecurityAttributes"`
		} `json:"excludeActors"`
	}
)

func (p defaultPolicyObject) decode() entra.AppPolicy {
	return p.Applications.decode(entra.AppPolicy{ID: p.ID, Enabled: p.IsEnabled})
}

func (p customPolicyObject) decode() entra.AppPolicy {
	return p.Restrictions.decode(entra.AppPolicy{ID: p.ID, Name: cmp.Or(p.DisplayName, p.ID), Enabled: p.IsEnabled})
}

func (r restrictionsObject) decode(policy entra.AppPolicy) entra.AppPolicy {
	policy.Secrets, policy.Keys = restrictions(r.PasswordCredentials), restrictions(r.KeyCredentials)
	return policy
}

// restrictions decodes rules. A state that is left out counts as enabled.
func restrictions(objects []restrictionObject) []entra.Restriction {
	rules := make([]entra.Restriction, len(objects))
	for i, object := range objects {
		rules[i] = entra.Restriction{
			Type: object.RestrictionType, Enabled: object.State != "disabled",
			Exempts: len(object.ExcludeActors.CustomSecurityAttributes) > 0,
		}
		rules[i].MaxLifetime, _ = entra.ParseLifetime(object.MaxLifetime)
		if object.CreatedAfter != nil {
			rules[i].CreatedAfter = *object.CreatedAfter
		}
	}
	return rules
}
