package entra_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra/catalogue"
)

func ref(kind entra.PermissionKind, text string) entra.PermissionRef {
	return entra.PermissionRef{API: catalogue.MicrosoftGraph, Kind: kind, Text: text}
}

// Every permission of the catalogue is found again by its name and by its id.
func TestCatalogueRoundTrip(t *testing.T) {
	t.Parallel()
	count := 0
	for _, name := range catalogue.APINames() {
		api := catalogue.APIByName(name)
		for _, kind := range []entra.PermissionKind{entra.Application, entra.Delegated} {
			for _, entry := range catalogue.All(api, kind) {
				count++
				byName, ok := catalogue.ByName(api, kind, entry.Name)
				if !ok || byName != entry {
					t.Errorf("%s %s %s by name: %+v", name, kind, entry.Name, byName)
				}
				if byID, ok := catalogue.ByID(api, kind, entry.ID); !ok || byID != entry {
					t.Errorf("%s %s %s by id: %+v", name, kind, entry.Name, byID)
				}
				if !entra.IsGUID(entry.ID) {
					t.Errorf("%s %s %s has the id %q", name, kind, entry.Name, entry.ID)
				}
			}
		}
	}
	if count < 1400 {
		t.Errorf("the catalogue has %d entries only", count)
	}
}

func TestResolveOffline(t *testing.T) {
	t.Parallel()
	const userReadAll = "df021288-bdef-4463-88db-98f22de89214"
	for name, test := range map[string]struct {
		ref      entra.PermissionRef
		id, name string
		ok       bool
	}{
		"by name":           {ref(entra.Application, "User.Read.All"), userReadAll, "User.Read.All", true},
		"in other case":     {ref(entra.Application, "user.read.all"), userReadAll, "User.Read.All", true},
		"by id":             {ref(entra.Application, "DF021288-BDEF-4463-88DB-98F22DE89214"), userReadAll, "User.Read.All", true},
		"unknown name":      {ref(entra.Application, "User.Raed.All"), "", "", false},
		"of the other kind": {ref(entra.Application, "User.Read"), "", "", false},
		"a role id of an unknown API": {
			entra.PermissionRef{API: "11111111-1111-4111-8111-111111111111", Kind: entra.Application, Text: userReadAll},
			userReadAll, "", true,
		},
		"a scope id of an unknown API": {
			entra.PermissionRef{API: "11111111-1111-4111-8111-111111111111", Kind: entra.Delegated, Text: userReadAll}, "", "", false,
		},
		"an unconfirmed id": {
			entra.PermissionRef{API: catalogue.SharePointOnline, Kind: entra.Delegated, Text: "AllSites.FullControl"}, "", "", false,
		},
	} {
		p, ok := test.ref.Resolve()
		if ok != test.ok || p.ID != test.id || p.Name != test.name {
			t.Errorf("%s: %+v, %t", name, p, ok)
		}
	}
}

func TestUnknownPermissionIsExplained(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		ref       entra.PermissionRef
		otherKind bool
		nearest   string
	}{
		"typo":                    {ref(entra.Application, "User.Raed.All"), false, "User.Read.All"},
		"delegated among roles":   {ref(entra.Application, "User.Read"), true, ""},
		"role among delegated":    {ref(entra.Delegated, "Channel.ReadBasic"), false, "Channel.ReadBasic.All"},
		"nothing like it":         {ref(entra.Application, "Xyzzy"), false, ""},
		"the other case of a API": {ref(entra.Application, "reports.read.al"), false, "Reports.Read.All"},
	} {
		var unknown *entra.UnknownPermissionError
		if err := test.ref.Offline(); !errors.As(err, &unknown) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if unknown.OtherKind != test.otherKind || unknown.Nearest != test.nearest {
			t.Errorf("%s: other kind %t, nearest %q", name, unknown.OtherKind, unknown.Nearest)
		}
	}
	if err := ref(entra.Application, "User.Read.All").Offline(); err != nil {
		t.Errorf("a known permission: %v", err)
	}
}

func TestAccessIsASet(t *testing.T) {
	t.Parallel()
	a, _ := ref(entra.Application, "User.Read.All").Resolve()
	b, _ := ref(entra.Delegated, "User.Read").Resolve()
	one, two := entra.NewAccess(a, b, a), entra.NewAccess(b, a)
	if len(one) != 2 || !one.SameManifest(two) || !slices.Equal(one, two) {
		t.Errorf("%v and %v differ", one.Labels(), two.Labels())
	}
	if got := entra.NewAccess(a).MissingFrom(entra.NewAccess(b)); len(got) != 1 || got[0] != a {
		t.Errorf("missing: %v", got.Labels())
	}
	if a.Label() != "Microsoft Graph: User.Read.All (application)" {
		t.Errorf("label %q", a.Label())
	}
}

func TestRolesThatGrantNoPermissionAreNoConsent(t *testing.T) {
	t.Parallel()
	have := entra.Registration{Roles: []entra.GrantedRole{
		{AssignmentID: "1", Resource: entra.API{ID: "a"}, RoleID: "00000000-0000-0000-0000-000000000000"},
		{AssignmentID: "2", Resource: entra.API{ID: "b", Tags: []string{entra.TagAccessRoles}}, RoleID: "r"},
		{AssignmentID: "3", Resource: entra.API{ID: "c"}, RoleID: "r"},
	}}
	if granted := have.Granted(); len(granted) != 1 || granted[0].API != "c" {
		t.Errorf("granted: %v", granted.Labels())
	}
}

// The ids that Microsoft documents for Exchange Online PowerShell.
func TestExchangeManageAsApp(t *testing.T) {
	t.Parallel()
	for usGovernment, want := range map[bool]entra.Permission{
		false: {
			API: "00000002-0000-0ff1-ce00-000000000000", Kind: entra.Application,
			ID: "dc50a0fb-09a3-484d-be87-e023b12c6440", Name: "Exchange.ManageAsApp",
		},
		true: {
			API: "00000007-0000-0ff1-ce00-000000000000", Kind: entra.Application,
			ID: "455e5cd2-84e8-4751-8344-5672145dfa17", Name: "Exchange.ManageAsApp",
		},
	} {
		if got := entra.ExchangeManageAsApp(usGovernment); got != want {
			t.Errorf("US government %t: %+v", usGovernment, got)
		}
	}
}
