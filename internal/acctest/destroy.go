package acctest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// CheckDestroy fails when a session or a register of access roles of the test, or a directory role that was given to a
// session, is left in the tenant.
func (t Tenant) CheckDestroy(*terraform.State) error {
	return t.eventually(func() (bool, error) { return true, t.nothingLeft() })
}

func (t Tenant) nothingLeft() error {
	applications, err := t.list(t.own("/applications"))
	if err != nil {
		return err
	}
	for _, application := range applications {
		for _, kind := range []entra.Kind{entra.KindSession, entra.KindRegister} {
			if strings.Contains(fmt.Sprint(application["tags"]), kind.Tag()) {
				return fmt.Errorf("the %s %v is left in the tenant", kind, application["displayName"])
			}
		}
	}
	principals, err := t.deleted("servicePrincipal")
	if err != nil {
		return err
	}
	for _, principal := range principals {
		roles, err := t.list(fmt.Sprintf("/roleManagement/directory/roleAssignments?$filter=principalId eq '%v'", principal["id"]))
		if err != nil {
			return err
		}
		if len(roles) > 0 {
			return fmt.Errorf("the deleted App session %v still holds the directory roles %v", principal["displayName"], roles)
		}
	}
	return nil
}

// own filters a collection by what the test has made.
func (t Tenant) own(collection string) string {
	return collection + "?$filter=startswith(displayName,'" + t.Name() + "')"
}

// deleted lists what the test has made of the kind and is deleted by now.
func (t Tenant) deleted(kind string) ([]map[string]any, error) {
	items, err := t.list("/directory/deletedItems/microsoft.graph." + kind)
	return slices.DeleteFunc(items, func(item map[string]any) bool {
		return !strings.HasPrefix(fmt.Sprint(item["displayName"]), t.Name())
	}), err
}

// purge removes for good what the test has made, as far as the tenant lists it by now.
func (t Tenant) purge(tb testing.TB) {
	tb.Helper()
	remove := func(collection string, items []map[string]any, err error) {
		if err != nil {
			tb.Logf("what is left in the tenant cannot be listed: %v", err)
		}
		for _, item := range items {
			path := fmt.Sprintf("%s/%v", collection, item["id"])
			if status, _, err := t.do(http.MethodDelete, path, nil); err != nil || status >= http.StatusMultipleChoices {
				tb.Logf("left in the tenant: %s (%v), status %d: %v", path, item["displayName"], status, err)
			}
		}
	}
	for _, collection := range []string{"/applications", "/users", "/groups"} {
		items, err := t.list(t.own(collection))
		remove(collection, items, err)
	}
	for _, kind := range []string{"application", "servicePrincipal", "user"} {
		items, err := t.deleted(kind)
		remove("/directory/deletedItems", items, err)
	}
}
