package emulator_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	graphcore "github.com/microsoftgraph/msgraph-sdk-go-core"
	"github.com/microsoftgraph/msgraph-sdk-go/applications"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
)

func TestPaging(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const made = 130
	for start := 0; start < made; start += 10 {
		w.batch(t, repeat(10, func(i int) object {
			return write(fmt.Sprint(i), "POST", "/applications", object{"displayName": fmt.Sprintf("Paged %03d", start+i)})
		})...).want(t, http.StatusOK)
	}
	filter := "startswith(displayName,'Paged')"

	page := w.get(t, "/applications?$filter="+url.QueryEscape(filter)).want(t, http.StatusOK)
	if len(page.items()) != 100 {
		t.Errorf("%d applications on a page, want 100", len(page.items()))
	}
	next := page.text("@odata.nextLink")
	if !strings.HasPrefix(next, w.server.URL()+"/v1.0/applications?") {
		t.Fatalf("@odata.nextLink %q", next)
	}
	rest := w.get(t, next).want(t, http.StatusOK)
	if len(rest.items()) != made-100 || rest.text("@odata.nextLink") != "" {
		t.Errorf("%d applications on the last page, nextLink %q", len(rest.items()), rest.text("@odata.nextLink"))
	}
	if all := w.get(t, "/applications?$top=999&$filter="+url.QueryEscape(filter)).want(t, http.StatusOK).items(); len(all) != made {
		t.Errorf("%d applications with $top=999, want %d", len(all), made)
	}

	query := &applications.ApplicationsRequestBuilderGetQueryParameters{Filter: &filter, Top: ptr(int32(7)), Select: []string{"id", "displayName"}}
	first, err := w.applications().Get(t.Context(), &applications.ApplicationsRequestBuilderGetRequestConfiguration{QueryParameters: query})
	if err != nil {
		t.Fatal(refusalOrSelf(err))
	}
	pages, err := graphcore.NewPageIterator[models.Applicationable](first, w.adapter, models.CreateApplicationCollectionResponseFromDiscriminatorValue)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	if err := pages.Iterate(t.Context(), func(one models.Applicationable) bool {
		if seen[value(one.GetId())] || one.GetAppId() != nil {
			t.Errorf("%s comes twice or with more than was selected", value(one.GetDisplayName()))
		}
		seen[value(one.GetId())] = true
		return true
	}); err != nil {
		t.Fatal(refusalOrSelf(err))
	}
	if len(seen) != made {
		t.Errorf("the pages hold %d applications, want %d", len(seen), made)
	}
}

// TestPagesOfOtherCollections reads the collections that the provider reads with one object on a page.
func TestPagesOfOtherCollections(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	graph := w.principalOf(t, microsoftGraphAppID)
	session, other := w.register(t, "One"), w.register(t, "Two")
	for _, one := range []registration{session, other} {
		for _, permission := range []string{applicationReadAll, domainReadAll} {
			w.consent(t, one.principalID, graph, permission)
		}
		w.post(t, "/oauth2PermissionGrants", grant(one.principalID, graph, "User.Read")).want(t, http.StatusCreated)
		w.roleAssignment(t, one.principalID, globalReaderRole)
	}
	for path, least := range map[string]int{
		"/servicePrincipals/" + session.principalID + "/appRoleAssignments": 2,
		"/servicePrincipals/" + graph + "/appRoleAssignedTo":                4,
		"/oauth2PermissionGrants":                                           2, roleAssignmentsPath: 2, "/servicePrincipals": 4, "/applications": 2,
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			seen := map[string]bool{}
			for next := path + "?$top=1"; next != ""; {
				page := w.get(t, next).want(t, http.StatusOK)
				if len(page.items()) > 1 {
					t.Fatalf("%d objects on a page, want 1", len(page.items()))
				}
				for _, one := range page.items() {
					seen[fmt.Sprint(one["id"])] = true
				}
				next = page.text("@odata.nextLink")
			}
			if len(seen) < least {
				t.Errorf("%d objects on all pages, want at least %d", len(seen), least)
			}
		})
	}
}

func TestCountOfAdvancedQueries(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 3 {
		w.newApplication(t, fmt.Sprintf("Counted %d", i))
	}
	filter := url.QueryEscape("startswith(displayName,'Counted')")
	page := w.get(t, "/applications?$count=true&$top=1&$filter="+filter, "ConsistencyLevel", "eventual").want(t, http.StatusOK)
	if page.body["@odata.count"] != float64(3) || len(page.items()) != 1 {
		t.Errorf("@odata.count %v and %d applications, want 3 and 1", page.body["@odata.count"], len(page.items()))
	}
}

func TestQueryRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	query := func(text string) func(t *testing.T) error {
		return once(func(t *testing.T) answer { return w.get(t, "/applications?"+text) })
	}
	filter := func(text string) func(t *testing.T) error { return query("$filter=" + url.QueryEscape(text)) }
	check(t, []refused{
		{"facts13/$top of 1000", query("$top=1000"), 400, requestUnsupportedQuery, ""},
		{"facts13/$top of no number", query("$top=many"), 400, requestUnsupportedQuery, ""},
		{"facts13/negative $top", query("$top=-1"), 400, requestUnsupportedQuery, ""},
		{"facts13/filter of a syntax error", filter("displayName eq"), 400, badRequest, ""},
		{"facts13/filter by an unknown property", filter("colour eq 'red'"), 400, badRequest, ""},
		{"facts13/filter by a value of another type", filter("isDisabled eq 'x'"), 400, requestUnsupportedQuery, ""},
		{"facts13/filter with an unclosed text", filter("displayName eq 'x"), 400, badRequest, ""},
		{"facts13/filter by ne without ConsistencyLevel", filter("displayName ne 'x'"), 400, requestUnsupportedQuery, ""},
		{"facts13/filter by not without ConsistencyLevel", filter("not(displayName eq 'x')"), 400, requestUnsupportedQuery, ""},
		{"facts13/filter by endsWith without ConsistencyLevel", filter("endsWith(displayName,'x')"), 400, requestUnsupportedQuery, ""},
		{"facts13/$search without ConsistencyLevel", query("$search=" + url.QueryEscape(`"displayName:x"`)), 400, badRequest, ""},
		{"facts13/made-up nextLink", query("$skiptoken=made-up"), 400, "Directory_ExpiredPageToken", ""},
	})
}
