package accessrole_test

import (
	"fmt"
	"net/http"
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
)

// tagged makes a registration with the tag of a register, as nobody should.
func (s scene) tagged(name string) string {
	s.t.Helper()
	made := s.Graph(s.t, http.MethodPost, "/applications", map[string]any{"displayName": name, "tags": []any{"sapio365:access-roles"}})
	return fmt.Sprint(made["appId"])
}

// untag takes it away again.
func (s scene) untag(clientID string) {
	s.t.Helper()
	s.Graph(s.t, http.MethodDelete, "/applications(appId='"+clientID+"')", nil)
}

func TestAccAccessRoles_second(t *testing.T) {
	t.Parallel()
	t.Run("in one configuration", func(t *testing.T) {
		t.Parallel()
		s := newScene(t)
		second := block(`resource "sapio365_access_roles" "second"`, []string{`display_name = "Second"`})
		s.run(
			resource.TestStep{
				Config:      s.Provider() + roles() + second,
				ExpectError: regexp.MustCompile(`(?s)(of this run is creating the register|register of access roles already).*only\s+one`),
			},
			resource.TestStep{
				PreConfig: func() {
					if all := s.registers(); len(all) != 1 {
						t.Errorf("%d registers were made", len(all))
					}
				},
				Config: s.Provider(),
			},
		)
	})
	t.Run("beside one that is there", func(t *testing.T) {
		t.Parallel()
		acctest.NeedsAllApplications(t, "another caller has made the registration")
		s := newScene(t)
		other := s.tagged("Old roles")
		s.run(
			resource.TestStep{
				Config: s.Provider() + roles(),
				ExpectError: regexp.MustCompile(`(?s)"Old roles"\s+\(client ID\s+` + other + `\).*only one.*import \{\s+to = sapio365_access_roles\.NAME\s+id = "` +
					s.ID() + "/" + other + `"`),
			},
			resource.TestStep{ // and can be taken over
				Config: s.Provider() + roles(), ResourceName: rolesAddress, ImportState: true, ImportStateId: other, ImportStatePersist: true,
			},
			resource.TestStep{Config: s.Provider() + roles(), Check: resource.TestCheckResourceAttr(rolesAddress, "client_id", other)},
		)
	})
	t.Run("made by hand later", func(t *testing.T) {
		t.Parallel()
		s := newScene(t)
		var first same
		second := ""
		names := func() *regexp.Regexp {
			return regexp.MustCompile(`(?s)2 registers of access\s+roles.*client ID [0-9a-f-]{36}.*"Second",\s+client ID`)
		}
		s.run(
			resource.TestStep{Config: s.Provider() + roles(), Check: first.remember(rolesAddress, "client_id")},
			resource.TestStep{
				PreConfig: func() { second = s.tagged("Second") }, Config: s.Provider() + roles(), ExpectError: names(),
			},
			resource.TestStep{
				Config:      s.Provider() + "data \"sapio365_access_roles\" \"test\" {}\n" + roles(),
				ExpectError: names(),
			},
			resource.TestStep{
				PreConfig: func() { s.untag(second) }, Config: s.Provider() + roles(),
				Check: first.remember(rolesAddress, "client_id"),
			},
		)
	})
	t.Run("of a foreign name", func(t *testing.T) {
		t.Parallel()
		s := newScene(t)
		made := s.Graph(t, http.MethodPost, "/applications", map[string]any{"displayName": "Payroll"})
		s.Graph(t, http.MethodPatch, fmt.Sprintf("/applications/%v", made["id"]), map[string]any{"uniqueName": "sapio365-access-roles"})
		s.run(resource.TestStep{
			Config:      s.Provider() + roles(),
			ExpectError: regexp.MustCompile(`(?s)"sapio365-access-roles" belongs to\s+"Payroll".*not\s+made\s+as\s+a\s+register`),
		})
		if name := s.application(fmt.Sprint(made["appId"]))["displayName"]; name != "Payroll" {
			t.Errorf("the application's name is now %v", name)
		}
	})
}
