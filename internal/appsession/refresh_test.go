package appsession

import (
	"fmt"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"
	"pgregory.net/rapid"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra/catalogue"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// customRole is a role of an API that the catalogue does not know.
var customRole = entra.Permission{API: customAPI, Kind: entra.Application, ID: "12345678-0000-4000-8000-000000000001", Name: "Orders.Read"}

var knowsCustomRole = remember(
	[]entra.PermissionRef{{API: customAPI, Kind: entra.Application, Text: "orders.read"}}, entra.Access{customRole})

func TestRefreshPermissions(t *testing.T) {
	t.Parallel()
	users, groups := graphPermission(t, entra.Application, "User.Read.All"), graphPermission(t, entra.Application, "Group.Read.All")
	mail := graphPermission(t, entra.Delegated, "Mail.Read")
	manage := entra.ExchangeManageAsApp(false)
	nameless := customRole
	nameless.Name = ""
	refs, _ := entra.ProfileRefs("read_only")
	profile, _ := resolutions(nil).split(refs)
	const msGraph = "Microsoft Graph"
	for name, tt := range map[string]struct {
		profile     types.String
		before      types.Map
		manifest    entra.Access
		implied     entra.Access
		wantProfile types.String
		want        types.Map
	}{
		"no drift keeps the spelling": {
			before:   permissionsOf(map[string]apiNames{"microsoft GRAPH": {application: []string{"user.read.all"}, delegated: []string{mail.ID}}}),
			manifest: entra.Access{users, mail},
			want:     permissionsOf(map[string]apiNames{"microsoft GRAPH": {application: []string{"user.read.all"}, delegated: []string{mail.ID}}}),
		},
		"dropped": {
			before:   permissionsOf(map[string]apiNames{msGraph: {application: []string{"User.Read.All", "Group.Read.All"}}}),
			manifest: entra.Access{users},
			want:     permissionsOf(map[string]apiNames{msGraph: {application: []string{"User.Read.All"}}}),
		},
		"dropped to nothing stays a set": {
			before: permissionsOf(map[string]apiNames{msGraph: {application: []string{"User.Read.All"}}}),
			want:   permissionsOf(map[string]apiNames{msGraph: {application: []string{}}}),
		},
		"added under the key that is there": {
			before:   permissionsOf(map[string]apiNames{catalogue.MicrosoftGraph: {application: []string{"User.Read.All"}}}),
			manifest: entra.Access{users, groups, mail},
			want: permissionsOf(map[string]apiNames{catalogue.MicrosoftGraph: {
				application: []string{"User.Read.All", "Group.Read.All"}, delegated: []string{"Mail.Read"},
			}}),
		},
		"added under a new key, by id where the name is not known": {
			before:   permissionsOf(map[string]apiNames{msGraph: {application: []string{"User.Read.All"}}}),
			manifest: entra.Access{users, nameless, manage},
			want: permissionsOf(map[string]apiNames{
				msGraph: {application: []string{"User.Read.All"}}, customAPI: {application: []string{customRole.ID}},
				"Office 365 Exchange Online": {application: []string{"Exchange.ManageAsApp"}},
			}),
		},
		"implied ones are not shown": {
			before:   permissionsOf(map[string]apiNames{msGraph: {application: []string{"User.Read.All"}}}),
			manifest: entra.Access{users, manage}, implied: entra.Access{manage},
			want: permissionsOf(map[string]apiNames{msGraph: {application: []string{"User.Read.All"}}}),
		},
		"remembered names match": {
			before:   permissionsOf(map[string]apiNames{customAPI: {application: []string{"orders.read"}}}),
			manifest: entra.Access{nameless},
			want:     permissionsOf(map[string]apiNames{customAPI: {application: []string{"orders.read"}}}),
		},
		"what cannot be resolved is kept": {
			before: permissionsOf(map[string]apiNames{customAPI: {application: []string{"Orders.Write"}}}),
			want:   permissionsOf(map[string]apiNames{customAPI: {application: []string{"Orders.Write"}}}),
		},
		"profile whole": {
			profile: str("read_only"), before: types.MapNull(tfkit.PermissionsType), manifest: profile,
			wantProfile: str("read_only"), want: types.MapNull(tfkit.PermissionsType),
		},
		"profile broken": {
			profile: str("read_only"), before: types.MapNull(tfkit.PermissionsType), manifest: profile[1:], want: types.MapNull(tfkit.PermissionsType),
		},
		"profile and more": {
			profile: str("read_only"), before: types.MapNull(tfkit.PermissionsType), manifest: append(slices.Clone(profile), mail),
			wantProfile: str("read_only"), want: permissionsOf(map[string]apiNames{msGraph: {delegated: []string{"Mail.Read"}}}),
		},
		"missing from the profile and the permissions shows in the permissions": {
			profile: str("read_only"), before: permissionsOf(map[string]apiNames{msGraph: {application: []string{"User.Read.All"}}}),
			manifest:    entra.Access(profile).MissingFrom(entra.Access{users}),
			wantProfile: str("read_only"), want: permissionsOf(map[string]apiNames{msGraph: {application: []string{}}}),
		},
		"import": {
			before: types.MapNull(tfkit.PermissionsType), manifest: entra.Access{users, mail},
			want: permissionsOf(map[string]apiNames{msGraph: {application: []string{"User.Read.All"}, delegated: []string{"Mail.Read"}}}),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			view := manifestView{manifest: tt.manifest, implied: tt.implied, resolve: knowsCustomRole.resolve}
			gotProfile, got := view.refreshPermissions(tt.profile, tt.before)
			if !gotProfile.Equal(tt.wantProfile) || !got.Equal(tt.want) {
				t.Errorf("got %s and %s, wanted %s and %s", gotProfile, got, tt.wantProfile, tt.want)
			}
		})
	}
}

// drawPermissions draws a map of permissions of published APIs, each permission by name or by id.
func drawPermissions(t *rapid.T) types.Map {
	apis := map[string]apiNames{}
	for _, name := range []string{"Microsoft Graph", "Office 365 Exchange Online", catalogue.SharePointOnline} {
		draw := func(kind entra.PermissionKind) []string {
			entries := catalogue.All(apiID(name), kind)
			if len(entries) == 0 || rapid.Bool().Draw(t, "absent") {
				return nil
			}
			return rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) string {
				entry := rapid.SampledFrom(entries).Draw(t, "entry")
				if entry.Standing != catalogue.Unconfirmed && rapid.Bool().Draw(t, "by id") {
					return entry.ID
				}
				return entry.Name
			}), 0, 8, rapid.ID[string]).Draw(t, fmt.Sprint(name, kind))
		}
		if rapid.Bool().Draw(t, name) {
			apis[name] = apiNames{application: draw(entra.Application), delegated: draw(entra.Delegated)}
		}
	}
	return permissionsOf(apis)
}

// Where the manifest holds what is declared, a refresh leaves the state as it is; where it does not, the refreshed
// state declares exactly what the manifest holds.
func TestRefreshPermissionsProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := blank()
		m.Permissions = drawPermissions(t)
		if rapid.Bool().Draw(t, "profile") {
			m.PermissionProfile = str(rapid.SampledFrom(entra.ProfileNames()).Draw(t, "name"))
		}
		declared := func(profile types.String, permissions types.Map) entra.Access {
			refs, _ := model{PermissionProfile: profile, Permissions: permissions}.declaredRefs()
			access, _ := resolutions(nil).split(refs)
			return entra.NewAccess(access...)
		}
		view := manifestView{manifest: declared(m.PermissionProfile, m.Permissions), resolve: resolutions(nil).resolve}
		profile, permissions := view.refreshPermissions(m.PermissionProfile, m.Permissions)
		if !profile.Equal(m.PermissionProfile) || !permissions.Equal(m.Permissions) {
			t.Fatalf("without drift %s became %s, and %s %s", m.Permissions, permissions, m.PermissionProfile, profile)
		}

		view.manifest = declared(types.StringNull(), drawPermissions(t))
		profile, permissions = view.refreshPermissions(types.StringNull(), m.Permissions)
		if got := declared(profile, permissions); !got.SameManifest(view.manifest) {
			t.Fatalf("the refreshed state declares %v where the manifest holds %v", got.Labels(), view.manifest.Labels())
		}
	})
}
