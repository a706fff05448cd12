package graph

import (
	"net/http"
	"slices"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
)

func (c *call) defaultPolicy(purpose directory.Purpose) *directory.Object {
	return c.view(purpose).List(directory.DefaultAppPolicy)[0]
}

func (c *call) getDefaultPolicy() (reply, error) {
	return c.one(http.StatusOK, c.defaultPolicy(directory.Read))
}

func (c *call) patchDefaultPolicy() (reply, error) {
	body, err := c.checked(directory.DefaultAppPolicy, c.body)
	if err != nil {
		return reply{}, err
	}
	for _, name := range []string{"applicationRestrictions", "servicePrincipalRestrictions"} {
		if err := checkRestrictions(body[name]); err != nil {
			return reply{}, err
		}
	}
	policy := c.defaultPolicy(directory.Write)
	c.tenant.Put(policy.With(merged(string(directory.DefaultAppPolicy), policy.Properties, body)))
	return noContent()
}

// checkRestrictions refuses a kind of restriction that stands twice, and a lifetime restriction without lifetime.
func checkRestrictions(value any) error {
	rules, _ := value.(map[string]any)
	for _, name := range []string{"passwordCredentials", "keyCredentials"} {
		seen := map[any]bool{}
		for _, rule := range directory.Items(rules[name]) {
			kind := directory.Text(rule, "restrictionType")
			if kind == "" {
				return missingValue("restrictionType", "AppManagementPolicy")
			}
			if seen[kind] {
				return duplicateValues(name)
			}
			seen[kind] = true
			needsLifetime := kind == "passwordLifetime" || kind == "symmetricKeyLifetime" || kind == "asymmetricKeyLifetime"
			if needsLifetime != (rule["maxLifetime"] != nil) {
				return invalidValue("maxLifetime", "AppManagementPolicy")
			}
		}
	}
	return nil
}

func (c *call) listPolicies() (reply, error) {
	return c.list(directory.AppPolicy, c.view(directory.List).List(directory.AppPolicy))
}

func (c *call) policy(purpose directory.Purpose) (*directory.Object, error) {
	return c.keyed(directory.AppPolicy, c.keys[0], purpose)
}

func (c *call) getPolicy() (reply, error) {
	policy, err := c.policy(directory.Read)
	if err != nil {
		return reply{}, err
	}
	return c.one(http.StatusOK, policy)
}

func (c *call) createPolicy() (reply, error) {
	body, err := c.checked(directory.AppPolicy, c.body)
	if err != nil {
		return reply{}, err
	}
	if directory.Text(body, "displayName") == "" {
		return reply{}, missingValue("displayName", "AppManagementPolicy")
	}
	if err := checkRestrictions(body["restrictions"]); err != nil {
		return reply{}, err
	}
	policy := &directory.Object{Kind: directory.AppPolicy, ID: directory.NewID(), Properties: map[string]any{
		"deletedDateTime": nil, "description": nil, "displayName": nil, "isEnabled": false, "restrictions": nil}}
	policy = policy.With(body)
	c.tenant.Add(policy)
	return c.one(http.StatusCreated, policy)
}

func (c *call) patchPolicy() (reply, error) {
	policy, err := c.policy(directory.Target)
	if err != nil {
		return reply{}, err
	}
	body, err := c.checked(directory.AppPolicy, c.body)
	if err != nil {
		return reply{}, err
	}
	if err := checkRestrictions(body["restrictions"]); err != nil {
		return reply{}, err
	}
	c.tenant.Put(policy.With(merged(string(directory.AppPolicy), policy.Properties, body)))
	return noContent()
}

func (c *call) deletePolicy() (reply, error) {
	policy, err := c.policy(directory.Target)
	if err != nil {
		return reply{}, err
	}
	for _, app := range c.view(directory.Write).List(directory.Application) {
		if app.Linked(directory.AppPolicies, policy.ID) {
			c.tenant.Put(app.WithoutLink(directory.AppPolicies, policy.ID))
		}
	}
	c.tenant.Remove(policy)
	return noContent()
}

// listPolicyTargets lists what a policy applies to.
func (c *call) listPolicyTargets() (reply, error) {
	policy, err := c.policy(directory.Read)
	if err != nil {
		return reply{}, err
	}
	targets := slices.DeleteFunc(c.view(directory.List).List(directory.Application), func(o *directory.Object) bool {
		return !o.Linked(directory.AppPolicies, policy.ID)
	})
	return c.mixedList(targets)
}

func (c *call) listAssignedPolicies() (reply, error) {
	app, err := c.application(c.keys[0], directory.Read)
	if err != nil {
		return reply{}, err
	}
	return c.list(directory.AppPolicy, c.linked(app, directory.AppPolicies))
}

func (c *call) assignPolicy() (reply, error) {
	app, err := c.application(c.keys[0], directory.Target)
	if err != nil {
		return reply{}, err
	}
	policy, err := c.reference(c.body, directory.AppPolicy)
	if err != nil {
		return reply{}, err
	}
	if len(app.Links[directory.AppPolicies]) > 0 {
		return reply{}, badRequest("One or more added object references already exist for the following modified properties: '%s'.",
			directory.AppPolicies)
	}
	c.tenant.Put(app.WithLink(directory.AppPolicies, policy.ID))
	return noContent()
}

func (c *call) unassignPolicy() (reply, error) {
	app, err := c.application(c.keys[0], directory.Target)
	if err != nil {
		return reply{}, err
	}
	return c.removeReference(app, directory.AppPolicies, c.keys[1].Text)
}
