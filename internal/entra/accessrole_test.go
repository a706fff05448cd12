package entra_test

import (
	"regexp"
	"slices"
	"testing"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// The roles by which sapio365 knows them, and ids that must never change: tenants hold them.
func TestAccessRoles(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"Access App sessions":        "b3e63821-de2b-5218-8a16-30b42b6aa0c7",
		"Can elevate a session":      "d2148ff6-56d3-59e3-87af-baa0b72d4e16",
		"General Manager":            "656e32a4-e8ff-52db-aaf8-569e52df3d1e",
		"RBAC Configuration Manager": "27dd784a-1389-52df-bf3b-d076535bec35",
		"Activity Logs Manager":      "1303cc9d-b491-566d-b77e-402c51a637bb",
		"Comments Manager":           "99e5b8cb-fd5b-5a78-974c-c7f49c51976f",
		"Enforced logout":            "02248f52-a807-5b01-a53d-58ad95f9f9b0",
	}
	legal := regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.]{0,119}$`)
	values := map[string]bool{}
	for _, role := range entra.AccessRoles {
		id, known := want[role.Name]
		if !known || id != role.ID {
			t.Errorf("%q has the id %s, want %s", role.Name, role.ID, id)
		}
		if !legal.MatchString(role.Value) || values[role.Value] || role.Description == "" {
			t.Errorf("%q has the value %q and the description %q", role.Name, role.Value, role.Description)
		}
		values[role.Value] = true
	}
	if names := entra.AccessRoleNames(); len(names) != len(want) || names[0] != "Access App sessions" {
		t.Errorf("names %q", names)
	}
}

func TestAccessRoleByName(t *testing.T) {
	t.Parallel()
	if role, ok := entra.AccessRoleByName("General Manager"); !ok || role != entra.AccessRoles[2] {
		t.Errorf("found %+v", role)
	}
	for _, name := range []string{"general manager", "General manager", "", "Global Manager"} {
		if role, ok := entra.AccessRoleByName(name); ok {
			t.Errorf("%q is %+v", name, role)
		}
	}
}

// Only a role that is as it shall be in everything is in place.
func TestAccessRolesIn(t *testing.T) {
	t.Parallel()
	role := entra.AccessRoles[0]
	whole := role.AppRole()
	if found := entra.AccessRolesIn([]entra.AppRole{{ID: "other", Enabled: true}, whole}); !slices.Equal(found, []entra.AccessRole{role}) {
		t.Errorf("found %+v", found)
	}
	for name, change := range map[string]func(*entra.AppRole){
		"disabled":    func(r *entra.AppRole) { r.Enabled = false },
		"renamed":     func(r *entra.AppRole) { r.DisplayName = "Access app sessions" },
		"described":   func(r *entra.AppRole) { r.Description = "" },
		"other value": func(r *entra.AppRole) { r.Value = "Access" },
		"for users":   func(r *entra.AppRole) { r.Members = []string{entra.MemberUser} },
		"other id":    func(r *entra.AppRole) { r.ID = entra.AccessRoles[1].ID },
	} {
		part := whole
		if change(&part); len(entra.AccessRolesIn([]entra.AppRole{part})) != 0 {
			t.Errorf("%s it counts as in place", name)
		}
	}
}
