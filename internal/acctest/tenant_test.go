package acctest

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

func TestMain(m *testing.M) { Main(m) }

func TestListReadsAllPages(t *testing.T) {
	t.Parallel()
	tenant := newEmulated(t, emulator.TenantOptions{})
	all, pages := tenant.List(t, "/servicePrincipals"), tenant.List(t, "/servicePrincipals?$top=1&$select=id")
	if len(all) < 2 || len(pages) != len(all) {
		t.Errorf("pages of one hold %d service principals, one page %d", len(pages), len(all))
	}
}

func TestCheckDestroyFindsWhatTheTestLeft(t *testing.T) {
	t.Parallel()
	tenant := newEmulated(t, emulator.TenantOptions{})
	application := func(name string) string {
		made := tenant.Graph(t, http.MethodPost, "/applications", map[string]any{"displayName": name, "tags": []any{entra.TagAppSession}})
		return made["appId"].(string) //nolint:forcetypeassert // Graph says so
	}
	application("Somebody else's session")
	if err := tenant.CheckDestroy(nil); err != nil {
		t.Errorf("another test's session counts: %v", err)
	}
	clientID := application(tenant.Name() + ", renamed")
	if err := tenant.CheckDestroy(nil); err == nil || !strings.Contains(err.Error(), "is left in the tenant") {
		t.Errorf("a session that is left does not count: %v", err)
	}
	principal := tenant.Graph(t, http.MethodPost, "/servicePrincipals", map[string]any{"appId": clientID})["id"]
	tenant.Graph(t, http.MethodPost, "/roleManagement/directory/roleAssignments", map[string]any{
		"principalId": principal, "roleDefinitionId": "29232cdf-9323-42fd-ade2-1d097af3e4de", "directoryScopeId": "/",
	})
	tenant.Graph(t, http.MethodDelete, "/applications(appId='"+clientID+"')", nil)
	if err := tenant.CheckDestroy(nil); err == nil || !strings.Contains(err.Error(), "still holds the directory roles") {
		t.Errorf("a directory role that is left does not count: %v", err)
	}
	tenant.purge(t)
	if err := tenant.CheckDestroy(nil); err != nil {
		t.Errorf("what is purged counts: %v", err)
	}
	if left := tenant.List(t, "/applications?$filter=tags/any(x:x eq '"+entra.TagAppSession+"')"); len(left) != 1 {
		t.Errorf("the purge left %d sessions of others, there was one", len(left))
	}
}

func TestTenantGetsItsTime(t *testing.T) {
	t.Parallel()
	notYet := errors.New("not yet")
	for name, row := range map[string]struct {
		lag, ready time.Duration
		again      bool
		fails      bool
		took       time.Duration
	}{
		"at once":       {lag: time.Minute, again: true},
		"late":          {lag: time.Minute, ready: 5 * time.Second, again: true, took: 6 * time.Second},
		"never":         {lag: time.Minute, ready: time.Hour, again: true, fails: true, took: time.Minute},
		"without a lag": {ready: time.Second, again: true, fails: true},
		"for good":      {lag: time.Minute, ready: time.Second, fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				err := Tenant{lag: row.lag}.eventually(func() (bool, error) {
					if time.Since(began) < row.ready {
						return row.again, notYet
					}
					return row.again, nil
				})
				if fails := errors.Is(err, notYet); fails != row.fails || time.Since(began) != row.took {
					t.Errorf("it took %s and ended with %v", time.Since(began), err)
				}
			})
		})
	}
}
