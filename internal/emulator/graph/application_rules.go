package graph

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
)

// Limits of every application.
const (
	maxDisplayName     = 256
	maxDescription     = 1024 // also notes, for which no limit is documented
	maxTag             = 256
	maxIdentifierURI   = 255
	maxLogoutURL       = 255
	maxRedirectURI     = 256
	maxRedirectURIs    = 256
	maxRequiredAPIs    = 50
	maxManifestEntries = 1200 // over all collections
	maxOwners          = 100
)

// audienceLimits are the limits that depend on whose accounts an application is for.
type audienceLimits struct {
	displayName    int
	permissions    int // in requiredResourceAccess
	perAPI         int // permissions of one API
	secrets        int // 0 for any number
	globallyUnique bool
}

var (
	personalLimits = audienceLimits{displayName: 90, permissions: 200, perAPI: 30, secrets: 2, globallyUnique: true}
	audiences      = map[string]audienceLimits{
		"AzureADMyOrg":                       {displayName: maxDisplayName, permissions: 400, perAPI: 400},
		"AzureADMultipleOrgs":                {displayName: maxDisplayName, permissions: 400, perAPI: 400, globallyUnique: true},
		"AzureADandPersonalMicrosoftAccount": personalLimits,
		"PersonalMicrosoftAccount":           personalLimits,
	}
)

func limitsOf(app *directory.Object) audienceLimits { return audiences[app.Text("signInAudience")] }

// length counts as Graph does, in UTF-16 units.
func length(text string) int { return len(utf16.Encode([]rune(text))) }

// checkApplication verifies the properties of an application that changed.
func (c *call) checkApplication(before, after *directory.Object, changes map[string]any) error {
	checks := []struct {
		property string
		check    func() error
	}{
		{"signInAudience", func() error { return checkAudience(after) }},
		{"displayName", func() error { return checkDisplayName(after, "Application", limitsOf(after).displayName) }},
		{"description", func() error { return checkLength(after, "description", "Application", maxDescription) }},
		{"notes", func() error { return checkLength(after, "notes", "Application", maxDescription) }},
		{"tags", func() error { return checkTags(after.Values("tags"), "Application") }},
		{"uniqueName", func() error { return c.checkUniqueName(after) }},
		{"identifierUris", func() error { return c.checkIdentifierURIs(before, after) }},
		{"web", func() error { return checkRedirects(after) }},
		{"spa", func() error { return checkRedirects(after) }},
		{"publicClient", func() error { return checkRedirects(after) }},
		{"requiredResourceAccess", func() error { return checkRequiredAccess(after) }},
		{"appRoles", func() error { return checkRoles(before, after) }},
		{"api", func() error { return checkScopes(before, after) }},
	}
	// Another audience has other limits for everything but the name that never changes.
	_, everything := changes["signInAudience"]
	for _, rule := range checks {
		_, changed := changes[rule.property]
		if !changed && (!everything || rule.property == "uniqueName") {
			continue
		}
		if err := rule.check(); err != nil {
			return err
		}
	}
	if err := checkManifestSize(after); err != nil {
		return err
	}
	return checkExtensionCount(after.Properties)
}

func checkDisplayName(o *directory.Object, resource string, limit int) error {
	if o.Text("displayName") == "" {
		return missingValue("displayName", resource)
	}
	return checkLength(o, "displayName", resource, limit)
}

func checkLength(o *directory.Object, property, resource string, limit int) error {
	if length(o.Text(property)) > limit {
		return tooLong(property, resource, limit)
	}
	return nil
}

func checkTags(tags []any, resource string) error {
	seen := map[any]bool{}
	for _, tag := range tags {
		text, _ := tag.(string)
		if text == "" || length(text) > maxTag || strings.ContainsAny(text, " \t\r\n") {
			return invalidValue("tags", resource)
		}
		if seen[tag] {
			return duplicateValues("tags")
		}
		seen[tag] = true
	}
	return nil
}

func checkAudience(app *directory.Object) error {
	limits, known := audiences[app.Text("signInAudience")]
	if !known {
		return invalidValue("signInAudience", "Application")
	}
	if limits.secrets > 0 && len(app.Values("passwordCredentials")) > limits.secrets {
		return tooMany("passwordCredentials", "Application", limits.secrets)
	}
	return nil
}

// checkUniqueName refuses a name that another application holds. A soft-deleted one keeps its name until it is purged.
func (c *call) checkUniqueName(app *directory.Object) error {
	name := app.Text("uniqueName")
	if name == "" {
		return invalidValue("uniqueName", "Application")
	}
	for _, other := range liveAndDeletedApplications(c.tenant) {
		if other.ID != app.ID && strings.EqualFold(other.Text("uniqueName"), name) {
			return duplicateProperty("uniqueName")
		}
	}
	return nil
}

func liveAndDeletedApplications(tenant *directory.Tenant) []*directory.Object {
	view := tenant.View(directory.Write, nil)
	return slices.Concat(view.List(directory.Application), view.DeletedObjects(directory.Application))
}

// checkIdentifierURIs verifies what was added. Whether a soft-deleted application blocks a URI is reported both ways;
// here it does.
func (c *call) checkIdentifierURIs(before, after *directory.Object) error {
	uris := after.Values("identifierUris")
	held := before.Values("identifierUris")
	seen := map[string]bool{}
	for _, value := range uris {
		uri, _ := value.(string)
		if folded := strings.ToLower(uri); seen[folded] {
			return duplicateValues("identifierUris")
		} else {
			seen[folded] = true
		}
		if slices.Contains(held, value) && limitsOf(before) == limitsOf(after) {
			continue
		}
		if length(uri) > maxIdentifierURI {
			return tooLong("identifierUris", "Application", maxIdentifierURI)
		}
		if !c.isOwnURI(uri, after.Text("appId")) {
			e := badRequest("Values of identifierUris property must use a verified domain of the organization or its subdomain: '%s'", uri)
			e.Code = "HostNameNotOnVerifiedDomain"
			return e.withDetail("HostNameNotOnVerifiedDomain", "identifierUris")
		}
		if c.identifierURITaken(after, uri) {
			return duplicateProperty("identifierUris")
		}
		if err := c.checkURIPolicy(after, uri); err != nil {
			return err
		}
	}
	return nil
}

// identifierURITaken looks in the tenant, and for an application of several tenants in all of them.
func (c *call) identifierURITaken(app *directory.Object, uri string) bool {
	tenants := []*directory.Tenant{c.tenant}
	if limitsOf(app).globallyUnique {
		tenants = c.Directory.Tenants()
	}
	for _, tenant := range tenants {
		for _, other := range liveAndDeletedApplications(tenant) {
			if other.ID != app.ID && containsFold(other.Values("identifierUris"), uri) {
				return true
			}
		}
	}
	return false
}

func containsFold(values []any, text string) bool {
	return slices.ContainsFunc(values, func(v any) bool { s, _ := v.(string); return strings.EqualFold(s, text) })
}

// isOwnURI tells whether an identifier URI names the application, the tenant or one of its verified domains.
func (c *call) isOwnURI(uri, appID string) bool {
	parsed, err := url.Parse(uri)
	if err != nil || parsed.Host == "" || strings.HasSuffix(uri, "/") {
		return false
	}
	host := strings.ToLower(parsed.Hostname())
	if parsed.Scheme == "api" && (host == appID || host == c.tenant.ID) {
		return true
	}
	for _, domain := range c.view(directory.Reference).List(directory.Domain) {
		if domain.Flag("isVerified") && (host == domain.ID || strings.HasSuffix(host, "."+domain.ID)) {
			return true
		}
	}
	return false
}

func checkRedirects(app *directory.Object) error {
	total := 0
	for _, platform := range []string{"web", "spa", "publicClient"} {
		settings, _ := app.Properties[platform].(map[string]any)
		uris := directory.Values(settings["redirectUris"])
		total += len(uris)
		seen := map[any]bool{}
		for _, value := range uris {
			if uri, _ := value.(string); !validRedirect(uri, platform == "publicClient") {
				return invalidValue("redirectUris", "Application")
			}
			if seen[value] {
				return duplicateValues("redirectUris")
			}
			seen[value] = true
		}
	}
	if total > maxRedirectURIs {
		return tooMany("redirectUris", "Application", maxRedirectURIs)
	}
	web, _ := app.Properties["web"].(map[string]any)
	logout := directory.Text(web, "logoutUrl")
	if logout != "" && (length(logout) > maxLogoutURL || !strings.HasPrefix(logout, "https://")) {
		return invalidValue("logoutUrl", "Application")
	}
	return nil
}

// validRedirect knows the rules for redirect URIs. Installed clients may use schemes of their own.
func validRedirect(uri string, installed bool) bool {
	parsed, err := url.Parse(uri)
	if err != nil || length(uri) > maxRedirectURI || strings.ContainsAny(uri, "!$'(),; ") {
		return false
	}
	switch parsed.Scheme {
	case "https":
		return parsed.Host != ""
	case "http":
		return parsed.Hostname() == "localhost" || installed && parsed.Hostname() == "127.0.0.1"
	default:
		return installed && parsed.Scheme != ""
	}
}

func checkRequiredAccess(app *directory.Object) error {
	apis := app.Items("requiredResourceAccess")
	if len(apis) > maxRequiredAPIs {
		return tooMany("requiredResourceAccess", "Application", maxRequiredAPIs)
	}
	limits := limitsOf(app)
	seen := map[string]bool{}
	total := 0
	for _, api := range apis {
		appID := directory.Text(api, "resourceAppId")
		if appID == "" {
			return missingValue("resourceAppId", "RequiredResourceAccess")
		}
		if seen[strings.ToLower(appID)] {
			return duplicateValues("requiredResourceAccess")
		}
		seen[strings.ToLower(appID)] = true
		if len(directory.Values(api["resourceAccess"])) > limits.perAPI {
			return tooMany("resourceAccess", "Application", limits.perAPI)
		}
		permissions := map[any]bool{}
		for _, permission := range directory.Items(api["resourceAccess"]) {
			kind := directory.Text(permission, "type")
			if kind != "Role" && kind != "Scope" {
				return invalidValue("type", "ResourceAccess")
			}
			if permission["id"] == nil {
				return missingValue("id", "ResourceAccess")
			}
			if permissions[permission["id"]] {
				return duplicateValues("resourceAccess")
			}
			permissions[permission["id"]] = true
			total++
		}
	}
	if total > limits.permissions {
		return tooMany("resourceAccess", "Application", limits.permissions)
	}
	return nil
}

// checkManifestSize counts the entries of all collections, nested ones included.
func checkManifestSize(app *directory.Object) error {
	if countEntries(app.Properties) > maxManifestEntries {
		return badRequest("The size of the object has exceeded its limit. Please reduce the number of values and retry your request.")
	}
	return nil
}

// countEntries counts what a manifest lists. The member types of an app role belong to the role's entry.
func countEntries(value any) int {
	count := 0
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			if name != "allowedMemberTypes" {
				count += countEntries(member)
			}
		}
	case []any:
		count = len(v)
		for _, item := range v {
			count += countEntries(item)
		}
	}
	return count
}
