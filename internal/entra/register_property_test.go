package entra_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// registry is a tenant in miniature with one registration. It carries changes of app roles out as Microsoft Graph
// would, which refuses to change or remove what is enabled.
type registry struct {
	*world
}

func (r registry) carryOut(change entra.Change) {
	switch c := change.(type) {
	case entra.DisableAccessRoles:
		for _, role := range c.Roles {
			at := r.at(role)
			if at < 0 || !r.have.AppRoles[at].Enabled {
				r.t.Fatalf("%q is to be disabled and is not enabled", role.Name)
			}
			r.have.AppRoles[at].Enabled = false
		}
	case entra.WriteAccessRoles:
		for _, role := range c.Roles {
			at := r.at(role)
			switch {
			case at < 0:
				r.have.AppRoles = append(r.have.AppRoles, role.AppRole())
			case r.have.AppRoles[at].Enabled:
				r.t.Fatalf("%q is to be changed and is enabled", role.Name)
			default:
				r.have.AppRoles[at] = role.AppRole()
			}
		}
	default:
		r.world.carryOut(change)
	}
}

func (r registry) at(role entra.AccessRole) int {
	return slices.IndexFunc(r.have.AppRoles, func(declared entra.AppRole) bool { return declared.ID == role.ID })
}

func genRegister(t *rapid.T) entra.Register {
	want := entra.Register{DisplayName: rapid.SampledFrom([]string{entra.DefaultRegisterName, "Roles"}).Draw(t, "name")}
	if rapid.Bool().Draw(t, "owned") {
		want.Owners = rapid.SliceOfDistinct(rapid.SampledFrom(owners), rapid.ID[string]).Draw(t, "owners")
	}
	return want
}

// genAppRoles makes up what an application may declare: access roles, as they shall be or not, and roles of others.
func genAppRoles(t *rapid.T) []entra.AppRole {
	var declared []entra.AppRole
	for _, role := range entra.AccessRoles {
		drawn := role.AppRole()
		switch rapid.IntRange(0, 5).Draw(t, role.Name) {
		case 0:
			continue // missing
		case 1:
			drawn.Enabled = false
		case 2:
			drawn.DisplayName = "renamed"
		case 3:
			drawn.Members = []string{entra.MemberUser}
			drawn.Enabled = rapid.Bool().Draw(t, "enabled")
		}
		declared = append(declared, drawn)
	}
	for n := range rapid.IntRange(0, 3).Draw(t, "foreign") {
		declared = append(declared, entra.AppRole{
			ID: fmt.Sprintf("ffffffff-0000-4000-8000-%012d", n), Value: fmt.Sprintf("Foreign.%d", n),
			DisplayName: rapid.SampledFrom([]string{"Foreign", "General Manager"}).Draw(t, "foreign name"),
			Members:     []string{entra.MemberApplication}, Enabled: rapid.Bool().Draw(t, "foreign enabled"),
		})
	}
	if len(declared) == 0 {
		return nil
	}
	return rapid.Permutation(declared).Draw(t, "declared")
}

func genRegistry(t *rapid.T) registry {
	r := registry{&world{t: t}}
	r.have = genRegistration(t, r.world)
	r.have.Tags = rapid.SampledFrom([][]string{
		nil, {"kept"}, {entra.TagAccessRoles}, {"kept", entra.TagAccessRoles, entra.TagProvisioning(nonce)}, {entra.TagProvisioning("aa")},
	}).Draw(t, "register tags")
	r.have.AppRoles = genAppRoles(t)
	return r
}

// Carrying the changes out reaches the register, touches no role of others, and leaves nothing to do.
func TestChangesReachTheRegister(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r, want := genRegistry(t), genRegister(t)
		before := r.have
		before.AppRoles = slices.Clone(before.AppRoles)
		changes := want.Changes(r.have, nonce, now)
		for i, change := range changes {
			if i > 0 && change.Phase() < changes[i-1].Phase() {
				t.Fatalf("%q comes too late", change.Describe())
			}
			r.carryOut(change)
		}
		if again := want.Changes(r.have, nonce, now); len(again) > 0 {
			t.Fatalf("there is still to do: %s (%+v)", again[0].Describe(), again[0])
		}
		r.check(want, before)
	})
}

// check states what a register has to be without using Changes.
func (r registry) check(want entra.Register, before entra.Registration) {
	have := r.have
	if have.DisplayName != want.DisplayName || have.Audience != entra.AudienceSingleTenant || have.Notes != before.Notes ||
		!reflect.DeepEqual(have.Manifest, before.Manifest) || have.UniqueName != before.UniqueName {
		r.t.Fatalf("the application is %+v", have)
	}
	if len(entra.AccessRolesIn(have.AppRoles)) != len(entra.AccessRoles) {
		r.t.Fatalf("declared are %+v", have.AppRoles)
	}
	foreign := func(roles []entra.AppRole) []entra.AppRole {
		return slices.DeleteFunc(slices.Clone(roles), func(role entra.AppRole) bool {
			return slices.ContainsFunc(entra.AccessRoles, func(access entra.AccessRole) bool { return access.ID == role.ID })
		})
	}
	if !reflect.DeepEqual(foreign(have.AppRoles), foreign(before.AppRoles)) {
		r.t.Fatalf("the roles of others were %+v and are %+v", foreign(before.AppRoles), foreign(have.AppRoles))
	}
	if have.ServicePrincipal == nil || !have.ServicePrincipal.AssignmentRequired {
		r.t.Fatalf("the service principal is %+v", have.ServicePrincipal)
	}
	if have.Provisioning() || !slices.Contains(have.Tags, entra.TagAccessRoles) ||
		slices.Contains(before.Tags, "kept") != slices.Contains(have.Tags, "kept") {
		r.t.Fatalf("the tags were %v and are %v", before.Tags, have.Tags)
	}
	if len(have.Secrets) != len(before.Secrets) || len(have.Keys) != len(before.Keys) {
		r.t.Fatal("credentials were touched")
	}
	for _, owner := range want.Owners {
		if !slices.ContainsFunc(have.Owners, func(o entra.Owner) bool { return o.ObjectID == owner }) {
			r.t.Fatalf("the owner %s is missing", owner)
		}
	}
}

// No change can be left out, and none names a role that is as it shall be.
func TestChangesOfARegisterAreMinimal(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r, want := genRegistry(t), genRegister(t)
		changes := want.Changes(r.have, nonce, now)
		if len(changes) == 0 {
			return
		}
		for _, change := range changes {
			write, ok := change.(entra.WriteAccessRoles)
			if ok && slices.ContainsFunc(entra.AccessRolesIn(r.have.AppRoles), func(role entra.AccessRole) bool {
				return slices.Contains(write.Roles, role)
			}) {
				t.Fatalf("%q writes a role over itself", change.Describe())
			}
		}
		left := rapid.IntRange(0, len(changes)-1).Draw(t, "left out")
		if _, prepares := changes[left].(entra.DisableAccessRoles); prepares {
			return // without it the next one is refused
		}
		for i, change := range changes {
			if i != left {
				r.carryOut(change)
			}
		}
		if len(want.Changes(r.have, nonce, now)) == 0 {
			t.Fatalf("%q was not needed", changes[left].Describe())
		}
	})
}

// Nobody can be assigned a role before the service principal has all of them.
func TestRegisterHasArrived(t *testing.T) {
	t.Parallel()
	var all []entra.AppRole
	for _, role := range entra.AccessRoles {
		all = append(all, role.AppRole())
	}
	want := entra.Register{}
	for name, c := range map[string]struct {
		principal *entra.ServicePrincipal
		arrived   bool
	}{
		"no service principal": {nil, false},
		"no role":              {&entra.ServicePrincipal{}, false},
		"not all":              {&entra.ServicePrincipal{AppRoles: all[1:]}, false},
		"all":                  {&entra.ServicePrincipal{AppRoles: all}, true},
	} {
		have := entra.Registration{AppRoles: all, ServicePrincipal: c.principal}
		if want.Arrived(have) != c.arrived || want.WasFinished(have) != c.arrived {
			t.Errorf("%s: arrived %t, finished %t", name, want.Arrived(have), want.WasFinished(have))
		}
	}
	if want.WasFinished(entra.Registration{ServicePrincipal: &entra.ServicePrincipal{AppRoles: all}}) {
		t.Error("a register that declares nothing counts as finished")
	}
}

func TestValueConflict(t *testing.T) {
	t.Parallel()
	write := entra.WriteAccessRoles{Roles: entra.AccessRoles[:1]}
	ours := entra.AccessRoles[0].AppRole()
	theirs := entra.AppRole{ID: "ffffffff-0000-4000-8000-000000000001", DisplayName: "Theirs", Value: "appsessions.access"}
	if err := write.ValueConflict([]entra.AppRole{ours}); err != nil {
		t.Errorf("with itself: %v", err)
	}
	if err := write.ValueConflict([]entra.AppRole{theirs}); err == nil || err.Error() !=
		`the access role "Access App sessions" cannot be declared: the app role "Theirs" (ffffffff-0000-4000-8000-000000000001) has its value "AppSessions.Access"` {
		t.Errorf("with another: %v", err)
	}
}
