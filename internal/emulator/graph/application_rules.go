package graph

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
)

// Limits of an application for organizational accounts.
const (
	maxDisplayName        = 256
	maxDescription        = 1024 // also notes, for which no limit is documented
	maxTag                = 256
	maxIdentifierURI      = 255
	maxLogoutURL          = 255
	maxRedirectURI        = 256
	maxRedirectURIs       = 256
	maxRequiredAPIs       = 50
	maxRequiredPermission = 400
	maxManifestEntries    = 1200 // over all collections
	maxOwners             = 100
	maxBoundOwners        = 20
)

var audiences = []string{"AzureADMyOrg", "AzureADMultipleOrgs", "AzureADandPersonalMicrosoftAccount", "PersonalMicrosoftAccount"}

// length counts as Graph does, in UTF-16 units.
func length(text string) int { return len(utf16.Encode([]rune(text))) }

// checkApplication verifies the properties of an application that changed.
func (c *call) checkApplication(before, after *directory.Object, changes map[string]any) error {
	checks := map[string]func() error{
		"displayName":            func() error { return checkDisplayName(after, "Application") },
		"description":            func() error { return checkLength(after, "description", "Application", maxDescription) },
		"notes":                  func() error { return checkLength(after, "notes", "Application", maxDescription) },
		"tags":                   func() error { return checkTags(after.Properties["tags"], "Application") },
		"signInAudience":         func() error { return checkAudience(after) },
		"identifierUris":         func() error { return c.checkIdentifierURIs(before, after) },
		"uniqueName":             func() error { return c.checkUniqueName(after) },
		"web":                    func() error { return checkRedirects(after) },
		"spa":                    func() error { return checkRedirects(after) },
		"publicClient":           func() error { return checkRedirects(after) },
		"requiredResourceAccess": func() error { return checkRequiredAccess(after) },
		"appRoles":               func() error { return checkRoles(before, after) },
		"api":                    func() error { return checkScopes(before, after) },
	}
	for name := range changes {
		if check, ok := checks[name]; ok {
			if err := check(); err != nil {
				return err
			}
		}
	}
	if err := checkManifestSize(after); err != nil {
		return err
	}
	return checkExtensionCount(after.Properties)
}

func checkDisplayName(o *directory.Object, resource string) error {
	if o.Text("displayName") == "" {
		return missingValue("displayName", resource)
	}
	return checkLength(o, "displayName", resource, maxDisplayName)
}

func checkLength(o *directory.Object, property, resource string, limit int) error {
	if length(o.Text(property)) > limit {
		return tooLong(property, resource, limit)
	}
	return nil
}

func checkTags(value any, resource string) error {
	tags, _ := value.([]any)
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
	if !slices.Contains(audiences, app.Text("signInAudience")) {
		return invalidValue("signInAudience", "Application")
	}
	return nil
}

// checkUniqueName refuses a name that another application holds. A soft-deleted one keeps its name until it is purged.
func (c *call) checkUniqueName(app *directory.Object) error {
	name := app.Text("uniqueName")
	if name == "" {
		return invalidValue("uniqueName", "Application")
	}
	for _, other := range c.liveAndDeletedApplications() {
		if other.ID != app.ID && strings.EqualFold(other.Text("uniqueName"), name) {
			return duplicateProperty("uniqueName")
		}
	}
	return nil
}

func (c *call) liveAndDeletedApplications() []*directory.Object {
	view := c.tenant.View(directory.Write)
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
		if slices.Contains(held, value) {
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
		for _, other := range c.liveAndDeletedApplications() {
			if others := other.Values("identifierUris"); other.ID != after.ID && containsFold(others, uri) {
				return duplicateProperty("identifierUris")
			}
		}
		if err := c.checkURIPolicy(after, uri); err != nil {
			return err
		}
	}
	return nil
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
	for _, domain := range c.tenant.View(directory.Reference).List(directory.Domain) {
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
	if total > maxRequiredPermission {
		return tooMany("resourceAccess", "Application", maxRequiredPermission)
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
