package graph

import (
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
)

// restrictions returns the rules for the credentials of an object, with the id of the policy that sets them. A custom
// policy on an application takes the place of the tenant's default as a whole.
func (c *call) restrictions(holder *directory.Object) (policyID string, rules map[string]any) {
	view := c.view(directory.Write)
	for _, id := range holder.Links[directory.AppPolicies] {
		if policy, ok := view.Get(directory.AppPolicy, id); ok && policy.Flag("isEnabled") {
			rules, _ = policy.Properties["restrictions"].(map[string]any)
			return policy.ID, rules
		}
	}
	policy := view.List(directory.DefaultAppPolicy)[0]
	if !policy.Flag("isEnabled") {
		return policy.ID, nil
	}
	if holder.Kind == directory.ServicePrincipal {
		rules, _ = policy.Properties["servicePrincipalRestrictions"].(map[string]any)
	} else {
		rules, _ = policy.Properties["applicationRestrictions"].(map[string]any)
	}
	return policy.ID, rules
}

func (c *call) checkPasswordPolicy(holder *directory.Object, lifetime time.Duration) error {
	policyID, rules := c.restrictions(holder)
	for _, rule := range directory.Items(rules["passwordCredentials"]) {
		if !c.applies(rule, holder) {
			continue
		}
		if rule["restrictionType"] == "passwordAddition" {
			e := badRequest("Credential type not allowed as per assigned policy '%s'.", policyID)
			e.Code = "CredentialTypeNotAllowedAsPerAppPolicy"
			return e
		}
		if rule["restrictionType"] == "passwordLifetime" && c.exceeds(rule, lifetime) {
			return lifetimeRefused(policyID)
		}
	}
	return nil
}

func (c *call) checkKeyPolicy(holder *directory.Object, lifetime time.Duration) error {
	policyID, rules := c.restrictions(holder)
	for _, rule := range directory.Items(rules["keyCredentials"]) {
		if rule["restrictionType"] == "asymmetricKeyLifetime" && c.applies(rule, holder) && c.exceeds(rule, lifetime) {
			return lifetimeRefused(policyID)
		}
	}
	return nil
}

// checkURIPolicy verifies an added identifier URI. A custom policy keeps these rules one level deeper than the default.
func (c *call) checkURIPolicy(app *directory.Object, uri string) error {
	policyID, rules := c.restrictions(app)
	if nested, ok := rules["applicationRestrictions"].(map[string]any); ok {
		rules = nested
	}
	uris, _ := rules["identifierUris"].(map[string]any)
	byID := "api://" + app.Text("appId")
	byTenant := "api://" + c.tenant.ID + "/" + app.Text("appId")
	if rule, ok := uris["nonDefaultUriAddition"].(map[string]any); ok && c.applies(rule, app) && uri != byID && uri != byTenant {
		return badRequest("The newly added URI '%s' must have the form '%s' or '%s' as per assigned policy '%s'.", uri, byID,
			byTenant, policyID).withDetail("InvalidValue", "identifierUris")
	}
	return nil
}

// applies tells whether a restriction is on for an object of its age. A state that is left out counts as enabled.
func (c *call) applies(rule map[string]any, holder *directory.Object) bool {
	if rule["state"] == "disabled" {
		return false
	}
	since := directory.Text(rule, "restrictForAppsCreatedAfterDateTime")
	return since == "" || parseTime(holder.Text("createdDateTime")).After(parseTime(since))
}

func (c *call) exceeds(rule map[string]any, lifetime time.Duration) bool {
	text := directory.Text(rule, "maxLifetime")
	limit, ok := parseDuration(text)
	return ok && lifetime > limit
}

func lifetimeRefused(policyID string) *Error {
	message := "Credential lifetime exceeds the max value allowed as per assigned policy '" + policyID + "'."
	return &Error{Status: http.StatusBadRequest, Code: "CredentialInvalidLifetimeAsPerAppPolicy", Message: message,
		Details: []Detail{{Code: "InvalidKeyEndDate", Message: message, Target: "EndDate"}}}
}

var durationParts = regexp.MustCompile(`^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?)?$`)

// parseDuration reads an ISO 8601 duration, a year as 365 days and a month as 30.
func parseDuration(text string) (time.Duration, bool) {
	parts := durationParts.FindStringSubmatch(text)
	if parts == nil {
		return 0, false
	}
	const day = 24 * time.Hour
	var total time.Duration
	for i, unit := range []time.Duration{365 * day, 30 * day, day, time.Hour, time.Minute, time.Second} {
		if n, err := strconv.Atoi(parts[i+1]); err == nil {
			total += time.Duration(n) * unit
		}
	}
	return total, true
}
