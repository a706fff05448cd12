package appsession

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

func TestImportID(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]struct{ tenant, refusal string }{
		clientID:                     {tenant: homeTenant},
		strings.ToUpper(clientID):    {tenant: homeTenant},
		otherTenant + "/" + clientID: {tenant: otherTenant},
		strings.ToUpper(otherTenant + "/" + clientID): {tenant: otherTenant},
		"Jane Doe":                {refusal: "TENANT_ID/CLIENT_ID"},
		"contoso.com/" + clientID: {refusal: "TENANT_ID/CLIENT_ID"},
		clientID + "/":            {refusal: "TENANT_ID/CLIENT_ID"},
		homeTenant + "/" + clientID + "/" + secretKeyID:   {refusal: "TENANT_ID/CLIENT_ID"},
		"/applications(appId='" + clientID + "')":         {refusal: "TENANT_ID/CLIENT_ID"},
		"/applications/" + objectID + "/servicePrincipal": {refusal: "TENANT_ID/CLIENT_ID"},
	} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			d := newDriver(t)
			imported, diags := d.importID(id)
			if want.refusal != "" {
				if len(diags) != 1 || !strings.Contains(texts(diags), want.refusal) || !strings.Contains(texts(diags), id) {
					t.Error(texts(diags))
				}
				return
			}
			if len(diags) > 0 {
				t.Fatal(texts(diags))
			}
			if m := d.model(imported.value); m.TenantID.ValueString() != want.tenant || m.ClientID.ValueString() != clientID || m.ID.ValueString() != clientID {
				t.Errorf("imported %+v", m)
			}
		})
	}
}

func TestImportNeedsATenant(t *testing.T) {
	t.Parallel()
	d := newDriver(t)
	d.configure(tfkit.Unready([]string{"tenant_id"}, ""))
	if _, diags := d.importID(clientID); len(diags) != 1 || !strings.Contains(texts(diags), "TENANT_ID/CLIENT_ID") {
		t.Error(texts(diags))
	}
}

// An import takes over what the tenant shows, and manages no credential.
func TestImport(t *testing.T) {
	t.Parallel()
	d := newDriver(t)
	registration := finished(t)
	mail := graphPermission(t, entra.Delegated, "Mail.Read")
	registration.Notes = "made by hand"
	registration.Manifest = entra.NewAccess(append(slices.Clone(registration.Manifest), mail)...)
	d.sessions.registration = registration
	imported, diags := d.importID(clientID)
	if len(diags) > 0 {
		t.Fatal(texts(diags))
	}
	state, diags := d.refresh(imported)
	if len(diags) > 0 || !d.sessions.ref.DirectoryRoles {
		t.Errorf("read by %+v, %s", d.sessions.ref, texts(diags))
	}
	want := created(func(m *model) {
		m.Description, m.Authentication = str("made by hand"), types.StringNull()
		m.setSecret(types.StringNull())
		m.UnmanagedCredentials = types.Int64Value(1)
		permits(map[string]apiNames{"Microsoft Graph": {application: []string{"User.Read.All"}, delegated: []string{"Mail.Read"}}})(m)
		m.AdminConsent = types.BoolValue(false) // the import grants nothing
		m.MissingConsents, m.ConsentGranted = tfkit.SetOf([]string{mail.Label()}), types.BoolValue(false)
	})
	if diff := differences(d.model(state.value), want); len(diff) > 0 {
		t.Errorf("%v are otherwise: %+v", diff, d.model(state.value))
	}
	if state.identity == nil {
		t.Error("there is no identity")
	}
}

// An import of what is not there is an error of its own, not a session that has left the state.
func TestImportOfWhatIsNotThere(t *testing.T) {
	t.Parallel()
	d := newDriver(t)
	d.sessions.err = &entra.GraphError{Kind: entra.ErrNotFound}
	imported, _ := d.importID(clientID)
	if _, diags := d.refresh(imported); len(diags) != 1 || !strings.Contains(texts(diags), "there is no app registration with the client ID "+clientID) {
		t.Error(texts(diags))
	}
}
