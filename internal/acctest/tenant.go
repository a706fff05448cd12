package acctest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/signin"
)

// Tenant is where a test makes its sessions. Other tests may be at work in it.
type Tenant struct {
	// Cloud has the endpoints that the provider uses.
	Cloud signin.Cloud

	id        string
	suffix    string
	arguments string // of the provider block
	client    *http.Client
	// do performs a request to Microsoft Graph; the path is relative to /v1.0 and may have a query.
	do func(method, path string, body any) (status int, response map[string]any, err error)
	// lag is how long what was written may take to show.
	lag time.Duration
}

// NewTenant returns the existing tenant, or else a new emulated one. Whatever the test makes in the existing tenant
// under its Name is purged in the end.
func NewTenant(t testing.TB) Tenant {
	t.Helper()
	if existingID == "" {
		return newEmulated(t, emulator.TenantOptions{}).Tenant
	}
	return newExisting(t)
}

func randomSuffix() string { return strings.ToLower(rand.Text()[:8]) }

// ID is the tenant's GUID.
func (t Tenant) ID() string { return t.id }

// Name is what the display name of everything begins with that the test makes: no other test has it.
func (t Tenant) Name() string { return "Acceptance " + t.suffix }

// UniqueName makes a unique name that no other test has.
func (t Tenant) UniqueName(word string) string { return word + "-" + t.suffix }

// Provider is a provider block that signs in as an administrator. Further lines may set further arguments.
func (t Tenant) Provider(lines ...string) string { return providerBlock(t.arguments, lines) }

func providerBlock(arguments string, lines []string) string {
	return fmt.Sprintf("provider \"sapio365\" {\n%s\n%s\n}\n", arguments, strings.Join(lines, "\n"))
}

// Graph performs a request as an administrator and fails the test when it is refused.
func (t Tenant) Graph(tb testing.TB, method, path string, body any) map[string]any {
	tb.Helper()
	answer, err := t.request(method, path, body)
	if err != nil {
		tb.Fatal(err)
	}
	return answer
}

// List reads a collection, all pages of it.
func (t Tenant) List(tb testing.TB, path string) []map[string]any {
	tb.Helper()
	list, err := t.list(path)
	if err != nil {
		tb.Fatal(err)
	}
	return list
}

// request gives what is not there yet or throttled the time that the tenant takes.
func (t Tenant) request(method, path string, body any) (answer map[string]any, err error) {
	err = t.eventually(func() (again bool, err error) {
		var status int
		status, answer, err = t.do(method, path, body)
		if err == nil && status >= http.StatusMultipleChoices {
			err = fmt.Errorf("%s %s answered %d: %v", method, path, status, answer)
		}
		return status == http.StatusNotFound || status == http.StatusTooManyRequests, err
	})
	return answer, err
}

func (t Tenant) list(path string) ([]map[string]any, error) {
	var list []map[string]any
	for {
		page, err := t.request(http.MethodGet, path, nil)
		if err != nil {
			return nil, err
		}
		values, _ := page["value"].([]any)
		for _, value := range values {
			item, _ := value.(map[string]any)
			list = append(list, item)
		}
		link, more := page["@odata.nextLink"].(string)
		if !more {
			return list, nil
		}
		next, err := url.Parse(link)
		if err != nil {
			return nil, fmt.Errorf("%s answered with the next link %q: %w", path, link, err)
		}
		path = strings.TrimPrefix(next.RequestURI(), "/v1.0")
	}
}

// User makes a user, who cannot sign in, and returns the object id.
func (t Tenant) User(tb testing.TB, word string) string {
	tb.Helper()
	domain := ""
	for _, organization := range t.List(tb, "/organization?$select=id,verifiedDomains") {
		domains, _ := organization["verifiedDomains"].([]any)
		for _, value := range domains {
			if verified, _ := value.(map[string]any); verified["isInitial"] == true {
				domain = fmt.Sprint(verified["name"])
			}
		}
	}
	nickname := t.UniqueName(strings.ToLower(word))
	return fmt.Sprint(t.Graph(tb, http.MethodPost, "/users", map[string]any{
		"accountEnabled": false, "displayName": t.Name() + " " + word, "mailNickname": nickname,
		"userPrincipalName": nickname + "@" + domain,
		"passwordProfile":   map[string]any{"password": "Aa1!" + rand.Text()},
	})["id"])
}

// Group makes a security group without members and returns the object id.
func (t Tenant) Group(tb testing.TB, word string) string {
	tb.Helper()
	return fmt.Sprint(t.Graph(tb, http.MethodPost, "/groups", map[string]any{
		"displayName": t.Name() + " " + word, "mailEnabled": false, "mailNickname": t.UniqueName(strings.ToLower(word)), "securityEnabled": true,
	})["id"])
}

// SignIn signs in as an application of the tenant, as sapio365 would, and checks what its token says. A new credential,
// consent or role gets the time that the tenant takes.
func (t Tenant) SignIn(request signin.SignInRequest, check func(signin.Claims) error) error {
	identity, err := signin.New(signin.Config{
		TenantID: t.id, ClientID: request.ClientID, Cloud: t.Cloud,
		Credential: signin.NewSecret("unused", "the test"), HTTPClient: t.client,
	})
	if err != nil {
		return err
	}
	request.TenantID = t.id
	return t.eventually(func() (bool, error) {
		token, err := identity.SignInAs(context.Background(), request)
		if err != nil {
			return true, err
		}
		return true, check(token.Claims)
	})
}

const pollInterval = 2 * time.Second

// eventually repeats an attempt that may succeed later, until the tenant has had its time.
func (t Tenant) eventually(attempt func() (again bool, err error)) error {
	ctx, cancel := context.WithTimeout(context.Background(), t.lag)
	defer cancel()
	for {
		again, err := attempt()
		if err == nil || !again || (entra.SystemClock{}).Wait(ctx, pollInterval) != nil {
			return err
		}
	}
}
