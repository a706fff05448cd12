package entra_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// operations are what a plan may do, each with the least permissions of an application and of a user.
var operations = map[string]struct {
	look      []entra.Right
	change    entra.Change
	app, user []string
}{
	"look at the registration":      {look: []entra.Right{entra.ReadApplications}, app: []string{"Application.Read.All"}, user: []string{"Application.Read.All"}},
	"look at delegated consent":     {look: []entra.Right{entra.ReadDelegatedGrants}, app: []string{"Directory.Read.All"}, user: []string{"Directory.Read.All"}},
	"look at directory roles":       {look: []entra.Right{entra.ReadDirectoryRoles}, app: []string{"RoleManagement.Read.Directory"}, user: []string{"RoleManagement.Read.Directory"}},
	"write the application":         {change: entra.PatchApplication{}, app: ownedBy, user: allApplications},
	"add a secret":                  {change: entra.AddSecret{}, app: ownedBy, user: allApplications},
	"add a certificate":             {change: entra.AddCertificate{}, app: ownedBy, user: allApplications},
	"remove a secret":               {change: entra.RemoveSecret{}, app: ownedBy, user: allApplications},
	"remove a certificate":          {change: entra.RemoveCertificate{}, app: ownedBy, user: allApplications},
	"create the service principal":  {change: entra.CreateServicePrincipal{}, app: ownedBy, user: allApplications},
	"write the service principal":   {change: entra.PatchServicePrincipal{}, app: ownedBy, user: allApplications},
	"finish":                        {change: entra.FinishProvisioning{}, app: ownedBy, user: allApplications},
	"remove an owner":               {change: entra.RemoveOwner{}, app: ownedBy, user: allApplications},
	"grant application permissions": {change: entra.GrantRole{}, app: assigning, user: assigning},
	"revoke them":                   {change: entra.RevokeRole{}, app: assigning[:1], user: assigning[:1]},
	"grant delegated permissions":   {change: entra.GrantScopes{}, app: delegating, user: delegating},
	"revoke those":                  {change: entra.RevokeScopes{}, app: delegating, user: delegating},
	"assign a directory role":       {change: entra.AssignDirectoryRole{}, app: assigningRoles, user: assigningRoles},
	"withdraw it":                   {change: entra.UnassignDirectoryRole{}, app: assigningRoles, user: assigningRoles},
	"add an owner":                  {change: entra.AddOwner{}, app: addingOwners, user: addingOwners},
}

var (
	ownedBy         = []string{"Application.ReadWrite.OwnedBy"}
	allApplications = []string{"Application.ReadWrite.All"}
	assigning       = []string{"AppRoleAssignment.ReadWrite.All", "Application.Read.All"}
	delegating      = []string{"DelegatedPermissionGrant.ReadWrite.All"}
	assigningRoles  = []string{"RoleManagement.ReadWrite.Directory"}
	addingOwners    = []string{"Application.ReadWrite.All", "Directory.Read.All"}
)

// entitled is a caller that holds the highest permission for everything, the narrower ones not.
var entitled = []string{
	"Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All",
	"RoleManagement.ReadWrite.Directory", "Directory.ReadWrite.All",
}

func suffices(h entra.Holder, look []entra.Right, change entra.Change) *entra.InsufficientError {
	var changes []entra.Change
	if change != nil {
		changes = append(changes, change)
	}
	var insufficient *entra.InsufficientError
	errors.As(h.Suffices(look, changes), &insufficient)
	return insufficient
}

// For each operation the least permissions are enough, and each of them is missed when it is not there and nothing higher
// is. Nobody is missed whom the Microsoft Graph permissions reference says to suffice.
func TestPermissionsOfOperations(t *testing.T) {
	t.Parallel()
	for name, operation := range operations {
		for _, user := range []bool{false, true} {
			least := operation.app
			if user {
				least = operation.user
			}
			for _, enough := range [][]string{least, entitled} {
				if e := suffices(entra.Holder{User: user, Permissions: enough}, operation.look, operation.change); e != nil {
					t.Errorf("%s, user %t: %v are not enough: %v", name, user, enough, e)
				}
			}
			for i := range least {
				without := slices.Delete(slices.Clone(least), i, i+1)
				e := suffices(entra.Holder{User: user, Permissions: append(without, "User.Read.All")}, operation.look, operation.change)
				if e == nil && slices.Contains(without, "Application.ReadWrite.All") {
					continue // it includes what was taken away
				}
				if e == nil || !slices.Equal(e.Missing(), least[i:i+1]) {
					t.Errorf("%s, user %t: without %s, %v", name, user, least[i], e)
				}
			}
			if e := suffices(entra.Holder{User: user}, operation.look, operation.change); e == nil || len(e.Missing()) != len(least) {
				t.Errorf("%s, user %t: without any permission, %v", name, user, e)
			}
		}
	}
}

// OwnedBy is what an application manages its own registrations with, and nothing that a user could have been given.
func TestOwnedBy(t *testing.T) {
	t.Parallel()
	for name, operation := range operations {
		if !slices.Equal(operation.app, ownedBy) {
			continue
		}
		if e := suffices(entra.Holder{Permissions: ownedBy}, operation.look, operation.change); e != nil {
			t.Errorf("%s: %v", name, e)
		}
		if e := suffices(entra.Holder{User: true, Permissions: ownedBy}, operation.look, operation.change); e == nil {
			t.Errorf("%s: a user's token cannot hold it", name)
		}
	}
	if e := suffices(entra.Holder{Permissions: ownedBy}, nil, entra.AddOwner{}); e == nil {
		t.Error("it does not let anybody add owners")
	}
	if e := suffices(entra.Holder{Permissions: append(slices.Clone(ownedBy), assigning[0])}, nil, entra.GrantRole{}); e == nil ||
		!slices.Equal(e.Missing(), []string{"Application.Read.All"}) {
		t.Errorf("it does not count as reading applications when permissions are granted: %v", e)
	}
}

// The Azure CLI acts with whatever its user may do, and a directory role may stand in for the permissions of an
// application: neither is known to be too little.
func TestNoFalseAlarmWhereThePermissionsAreNotAll(t *testing.T) {
	t.Parallel()
	for name, operation := range operations {
		azureCLI := entra.Holder{User: true, Permissions: []string{"Directory.AccessAsUser.All", "User.Read"}}
		administrator := entra.Holder{DirectoryRoles: []string{strings.ToUpper("62e90394-69f5-4237-9190-012177145e10")}}
		for _, holder := range []entra.Holder{azureCLI, administrator} {
			if e := suffices(holder, operation.look, operation.change); e != nil {
				t.Errorf("%s: %v", name, e)
			}
		}
		exchange := entra.Holder{DirectoryRoles: []string{"29232cdf-9323-42fd-ade2-1d097af3e4de"}}
		if e := suffices(exchange, operation.look, operation.change); e == nil {
			t.Errorf("%s: the role has nothing to do with it", name)
		}
		if e := suffices(entra.Holder{User: true, DirectoryRoles: administrator.DirectoryRoles}, operation.look, operation.change); e == nil {
			t.Errorf("%s: a user's role is of no use without a permission in the token", name)
		}
	}
}

// Changes that ask for the same are told together, and in the order of the plan.
func TestShortfallsAreToldByJob(t *testing.T) {
	t.Parallel()
	users := entra.Permission{API: "00000003-0000-0000-c000-000000000000", Kind: entra.Application, Name: "User.Read.All"}
	mail := users
	mail.Name = "Mail.Read"
	err := entra.Holder{Name: "Pipeline", Permissions: ownedBy}.Suffices(
		[]entra.Right{entra.ReadApplications, entra.ReadDelegatedGrants},
		[]entra.Change{entra.AddSecret{}, entra.GrantRole{Permission: users}, entra.GrantRole{Permission: mail}})
	var e *entra.InsufficientError
	if !errors.As(err, &e) || len(e.Shortfalls) != 2 {
		t.Fatalf("got %v", err)
	}
	granting := e.Shortfalls[1]
	want := []string{"grant Microsoft Graph: User.Read.All (application)", "grant Microsoft Graph: Mail.Read (application)"}
	if !slices.Equal(granting.Changes, want) || !slices.Equal(granting.Missing, assigning) {
		t.Errorf("got %+v", granting)
	}
	if got := err.Error(); got != `the service principal "Pipeline" lacks AppRoleAssignment.ReadWrite.All, Application.Read.All, Directory.Read.All` {
		t.Error(got)
	}
}
