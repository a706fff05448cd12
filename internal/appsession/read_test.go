package appsession

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/signin"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

const administratorTemplate = "29232cdf-9323-42fd-ade2-1d097af3e4de"

// exchangeRegistration signs in by the certificate and is ready for Exchange Online PowerShell.
func exchangeRegistration(t *testing.T, certificate testCertificate) entra.Registration {
	t.Helper()
	registration := *finished(t)
	manage := entra.ExchangeManageAsApp(false)
	registration.Secrets = nil
	registration.Keys = []entra.Key{{KeyID: "k", SHA256: certificate.parsed.ThumbprintSHA256()}}
	registration.Manifest = entra.NewAccess(append(registration.Manifest, manage)...)
	registration.Roles = append(registration.Roles, entra.GrantedRole{AssignmentID: "a2", Resource: entra.API{ID: manage.API}, RoleID: manage.ID})
	registration.DirectoryRoles = []entra.AssignedDirectoryRole{{AssignmentID: "d1", TemplateID: administratorTemplate}}
	return registration
}

// Whatever somebody changes in the tenant shows in the state, so that the next plan can put it right.
func TestRefreshShowsDrift(t *testing.T) {
	t.Parallel()
	certificate := certificates()[0]
	groups, manage := graphPermission(t, entra.Application, "Group.Read.All"), entra.ExchangeManageAsApp(false)
	for name, tt := range map[string]struct {
		drift func(*entra.Registration)
		want  func(*model)
	}{
		"nothing":       {func(*entra.Registration) {}, func(*model) {}},
		"display name":  {func(r *entra.Registration) { r.DisplayName = "Renamed" }, func(m *model) { m.DisplayName = str("Renamed") }},
		"notes":         {func(r *entra.Registration) { r.Notes = "Changed" }, func(m *model) { m.Description = str("Changed") }},
		"audience":      {func(r *entra.Registration) { r.Audience = "AzureADMultipleOrgs" }, func(m *model) { m.SignInAudience = str("AzureADMultipleOrgs") }},
		"owner":         {func(r *entra.Registration) { r.Owners = append(r.Owners, entra.Owner{ObjectID: objectID}) }, func(m *model) { m.Owners = tfkit.SetOf([]string{objectID}) }},
		"foreign keys":  {func(r *entra.Registration) { r.Keys = append(r.Keys, entra.Key{KeyID: "x"}) }, func(m *model) { m.UnmanagedCredentials = types.Int64Value(1) }},
		"certificate":   {func(r *entra.Registration) { r.Keys = nil }, func(m *model) { m.setCertificate(types.StringNull()) }},
		"assignment":    {func(r *entra.Registration) { r.ServicePrincipal = &entra.ServicePrincipal{ObjectID: principalID} }, func(m *model) { m.AssignmentReq = types.BoolValue(false) }},
		"declared less": {func(r *entra.Registration) { r.Manifest = entra.Access{manage} }, permits(map[string]apiNames{"Microsoft Graph": {application: []string{}}})},
		"revoked": {func(r *entra.Registration) { r.Roles = r.Roles[1:] }, func(m *model) {
			m.MissingConsents, m.ConsentGranted = tfkit.SetOf([]string{"Microsoft Graph: User.Read.All (application)"}), types.BoolValue(false)
		}},
		"granted more": {func(r *entra.Registration) {
			r.Roles = append(r.Roles, entra.GrantedRole{Resource: entra.API{ID: groups.API}, RoleID: groups.ID})
		}, func(m *model) {
			m.ExtraConsents = tfkit.SetOf([]string{"Microsoft Graph: Group.Read.All (application)"})
		}},
		"directory role": {func(r *entra.Registration) { r.DirectoryRoles = nil }, func(m *model) {
			m.Exchange, m.ExchangeReady = exchangeValue(types.StringNull()), types.BoolValue(false)
		}},
		"Exchange permission not declared": {func(r *entra.Registration) { r.Manifest = r.Manifest.MissingFrom(entra.Access{manage}) },
			func(m *model) { m.Exchange = exchangeValue(types.StringNull()) }},
		"Exchange permission not granted": {func(r *entra.Registration) { r.Roles = r.Roles[:1] }, func(m *model) {
			m.ExchangeReady, m.ConsentGranted = types.BoolValue(false), types.BoolValue(false)
			m.MissingConsents = tfkit.SetOf([]string{manage.Label()})
		}},
		"service principal": {func(r *entra.Registration) { r.ServicePrincipal, r.Roles, r.DirectoryRoles = nil, nil, nil }, func(m *model) {
			m.ServicePrincipalID, m.ConsentGranted, m.ExchangeReady = types.StringNull(), types.BoolValue(false), types.BoolValue(false)
			m.Exchange = exchangeValue(types.StringNull())
			m.MissingConsents = tfkit.SetOf([]string{"Microsoft Graph: User.Read.All (application)", manage.Label()})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ready := func(m *model) { withExchange(defaultExchangeRole)(m); m.ExchangeReady = types.BoolValue(true) }
			prior := created(byTheCertificate(certificate), ready)
			want := created(byTheCertificate(certificate), ready, tt.want)
			registration := exchangeRegistration(t, certificate)
			tt.drift(&registration)
			got := refreshedFrom(t, prior, registration)
			if diff := differences(got, want); len(diff) > 0 {
				t.Errorf("%v are otherwise: %+v", diff, got)
			}
			if diff := differences(planFor(configured(withCertificate(str(certificate.pem)), withExchange(defaultExchangeRole)), &got, home).plan, got); len(diff) == 0 && !onlyShown[name] {
				t.Error("the next plan does not put it right")
			}
		})
	}
}

// onlyShown are the drifts that no plan repairs: there are none, they are not ours, or owners are not managed.
var onlyShown = map[string]bool{"nothing": true, "foreign keys": true, "owner": true}

func refreshedFrom(t *testing.T, prior model, registration entra.Registration) model {
	t.Helper()
	refs, _ := prior.declaredRefs()
	declared, _ := resolutions(nil).split(refs)
	o := observation{Registration: registration, declared: append(declared, prior.impliedAccess(false)...), cloud: publicCloud(t)}
	return prior.refreshed(o, manifestView{manifest: registration.Manifest, resolve: resolutions(nil).resolve}, now)
}

func TestImportRecognisesExchange(t *testing.T) {
	t.Parallel()
	certificate := certificates()[0]
	imported := blank()
	imported.TenantID, imported.ClientID = str(homeTenant), str(clientID)
	got := refreshedFrom(t, imported, exchangeRegistration(t, certificate))
	if !got.Exchange.Equal(exchangeValue(str(defaultExchangeRole))) || !got.ExchangeReady.ValueBool() {
		t.Errorf("exchange is %s", got.Exchange)
	}
	if !got.Permissions.Equal(configured().Permissions) {
		t.Errorf("the permissions are %s", got.Permissions)
	}
	reader := exchangeRegistration(t, certificate)
	reader.DirectoryRoles = []entra.AssignedDirectoryRole{{TemplateID: entra.ExchangeRoles[2].TemplateID}}
	if got = refreshedFrom(t, imported, reader); !got.Exchange.Equal(exchangeValue(str(entra.ExchangeRoles[2].Name))) {
		t.Errorf("with another role exchange is %s", got.Exchange)
	}
	withoutKey := exchangeRegistration(t, certificate)
	withoutKey.Keys = nil
	if got = refreshedFrom(t, imported, withoutKey); !got.Exchange.IsNull() {
		t.Errorf("without a certificate exchange is %s", got.Exchange)
	}
}

// The clouds of the US government have Exchange Online PowerShell on an API of its own.
func TestExchangePermissionOfTheCloud(t *testing.T) {
	t.Parallel()
	for _, name := range signin.CloudNames() {
		cloud, _ := signin.LookupCloud(name)
		access := configured(withExchange(defaultExchangeRole)).impliedAccess(cloud.IsUSGovernment())
		government := access[0].API == "00000007-0000-0ff1-ce00-000000000000"
		if government != (name == "usgovernment" || name == "dod") {
			t.Errorf("%s: %v", name, access)
		}
	}
}

func TestOwnersShown(t *testing.T) {
	t.Parallel()
	const a, b, caller = "aaaaaaaa-1111-4000-8000-00000000000a", "aaaaaaaa-1111-4000-8000-00000000000b", "aaaaaaaa-1111-4000-8000-00000000000c"
	owners := []entra.Owner{{ObjectID: a}, {ObjectID: b}, {ObjectID: caller, Hidden: true}}
	for name, tt := range map[string]struct{ listed, want types.Set }{
		"not listed":      {types.SetNull(types.StringType), tfkit.SetOf([]string{a, b})},
		"spelling kept":   {tfkit.SetOf([]string{"AAAAAAAA-1111-4000-8000-00000000000A"}), tfkit.SetOf([]string{b, "AAAAAAAA-1111-4000-8000-00000000000A"})},
		"hidden, listed":  {tfkit.SetOf([]string{caller}), tfkit.SetOf([]string{a, b, caller})},
		"gone, not shown": {tfkit.SetOf([]string{objectID}), tfkit.SetOf([]string{a, b})},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := tfkit.ShownOwners(tt.listed, owners); !got.Equal(tt.want) {
				t.Errorf("shown are %s", got)
			}
		})
	}
}
