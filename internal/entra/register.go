package entra

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// DefaultRegisterName is the display name of the register of access roles when none is chosen.
const DefaultRegisterName = "sapio365 Access & Restrictions"

// RegisterName is the unique name of the register of access roles. Attempt 1 has no suffix.
func RegisterName(attempt int) string {
	const name = "sapio365-access-roles"
	if attempt == 1 {
		return name
	}
	return fmt.Sprintf("%s-%d", name, attempt)
}

// Register is what a tenant's register of access roles shall be: a registration whose app roles are the access roles,
// and to which only those have access who are assigned one.
type Register struct {
	DisplayName string
	Owners      []string // object ids; nil: not managed
}

// Kind is that of registers.
func (Register) Kind() Kind { return KindRegister }

// Changes lead from the registration to the register. App roles that are not access roles are left alone.
func (r Register) Changes(have Registration, _ string, _ time.Time) []Change {
	changes := r.applicationChanges(have)
	changes = append(changes, accessRoleChanges(have.AppRoles)...)
	changes = append(changes, servicePrincipalChanges(true, have)...)
	changes = append(changes, ownerChanges(r.Owners, have)...)
	if have.Provisioning() {
		changes = append(changes, FinishProvisioning{Kind: KindRegister, Tags: KindRegister.FinishedTags(have.Tags)})
	}
	slices.SortStableFunc(changes, func(a, b Change) int { return cmp.Compare(a.Phase(), b.Phase()) })
	return changes
}

func (r Register) applicationChanges(have Registration) []Change {
	patch := PatchApplication{
		DisplayName: differing(r.DisplayName, have.DisplayName), Audience: differing(AudienceSingleTenant, have.Audience),
	}
	if !KindRegister.marks(have.Tags) && !have.Provisioning() { // unlike a session, a register is found by its tag
		patch.Tags = append(slices.Clone(have.Tags), TagAccessRoles)
	}
	if patch.DisplayName == nil && patch.Audience == nil && patch.Tags == nil {
		return nil
	}
	return []Change{patch}
}

// accessRoleChanges bring the access roles back as they shall be. Microsoft Graph lets a role that is enabled be changed
// in no other way than by disabling it first.
func accessRoleChanges(declared []AppRole) []Change {
	var disable, write []AccessRole
	for _, role := range AccessRoles {
		i := slices.IndexFunc(declared, func(d AppRole) bool { return d.ID == role.ID })
		if i >= 0 && role.AppRole().same(declared[i]) {
			continue
		}
		if i >= 0 && declared[i].Enabled {
			disable = append(disable, role)
		}
		write = append(write, role)
	}
	var changes []Change
	if len(disable) > 0 {
		changes = append(changes, DisableAccessRoles{Roles: disable})
	}
	if len(write) > 0 {
		changes = append(changes, WriteAccessRoles{Roles: write})
	}
	return changes
}

// Arrived tells whether the service principal has taken the access roles over. Before, nobody can be assigned one.
func (Register) Arrived(have Registration) bool {
	return have.ServicePrincipal != nil && len(AccessRolesIn(have.ServicePrincipal.AppRoles)) == len(AccessRoles)
}

// ValueConflict finds the first access role that cannot be declared because somebody else's role has its value.
func (w WriteAccessRoles) ValueConflict(declared []AppRole) error {
	for _, role := range w.Roles {
		if holder, taken := role.valueHolder(declared); taken {
			return &RoleValueTakenError{Role: role, Holder: holder}
		}
	}
	return nil
}

// WasFinished judges a registration whose tags are no witness any more: its service principal has all access roles.
func (r Register) WasFinished(have Registration) bool {
	return len(AccessRolesIn(have.AppRoles)) == len(AccessRoles) && r.Arrived(have)
}

// RoleAssignment is an access role that somebody holds.
type RoleAssignment struct {
	RegisterID  string // client ID of the register
	Role        AccessRole
	PrincipalID string
	// As the tenant tells:
	ID            string
	PrincipalType string // User, Group or ServicePrincipal
	PrincipalName string
}

type (
	// DisableAccessRoles disables access roles, so that they may be changed.
	DisableAccessRoles struct{ Roles []AccessRole }
	// WriteAccessRoles declares access roles, enabled.
	WriteAccessRoles struct{ Roles []AccessRole }
)

// Phase says when the change is carried out: before what uses the roles, in the order of Changes.
func (DisableAccessRoles) Phase() Phase { return PhasePrepare }

// Phase says when the change is carried out: before what uses the roles, in the order of Changes.
func (WriteAccessRoles) Phase() Phase { return PhasePrepare }

// Describe names the roles.
func (c DisableAccessRoles) Describe() string {
	return "disable the access roles " + quotedRoles(c.Roles) + " to change them"
}

// Describe names the roles.
func (c WriteAccessRoles) Describe() string {
	return "declare the access roles " + quotedRoles(c.Roles)
}

func quotedRoles(roles []AccessRole) string {
	text := ""
	for i, role := range roles {
		if i > 0 {
			text += ", "
		}
		text += fmt.Sprintf("%q", role.Name)
	}
	return text
}
