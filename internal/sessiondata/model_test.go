package sessiondata

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra/catalogue"
)

func TestValidateKey(t *testing.T) {
	t.Parallel()
	null, unknown, set := types.StringNull(), types.StringUnknown(), types.StringValue("x")
	for name, tt := range map[string]struct {
		id, unique, display types.String
		says                string // empty: nothing
	}{
		"one":          {set, null, null, ""},
		"another":      {null, null, set, ""},
		"not known":    {null, unknown, null, ""},
		"none":         {null, null, null, "at client_id: Nothing says which"},
		"two":          {set, null, set, "at display_name: The App session is named twice\nclient_id and display_name"},
		"two, unknown": {unknown, set, null, "at unique_name: The App session is named twice"},
		"empty":        {null, types.StringValue(" "), null, "at unique_name: Nothing to look for"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var diags diag.Diagnostics
			sessionModel{ClientID: tt.id, UniqueName: tt.unique, DisplayName: tt.display}.validate(&diags)
			if text := said(diags); !strings.Contains(text, tt.says) || len(diags) != min(len(tt.says), 1) {
				t.Errorf("it says %q", text)
			}
		})
	}
}

func TestValidateList(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		model choice
		says  string // empty: nothing
	}{
		"nothing":  {choice{}, ""},
		"unknown":  {choice{DisplayNamePrefix: types.StringUnknown(), ExpiringWithinDays: types.Int64Unknown()}, ""},
		"expired":  {choice{ExpiringWithinDays: types.Int64Value(0)}, ""},
		"negative": {choice{ExpiringWithinDays: types.Int64Value(-1)}, "at expiring_within_days: "},
		"too many": {choice{ExpiringWithinDays: types.Int64Value(maxDays + 1)}, "at expiring_within_days: "},
		"prefix":   {choice{DisplayNamePrefix: types.StringValue("")}, "at display_name_prefix: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var diags diag.Diagnostics
			tt.model.validate(&diags)
			if text := said(diags); !strings.Contains(text, tt.says) || len(diags) != min(len(tt.says), 1) {
				t.Errorf("it says %q", text)
			}
		})
	}
}

// Permissions have the form of the resource: no kind that is empty, names where they are known.
func TestPermissionsOf(t *testing.T) {
	t.Parallel()
	role, _ := entra.PermissionRef{API: catalogue.MicrosoftGraph, Kind: entra.Application, Text: "User.Read.All"}.Resolve()
	got := permissionsOf(entra.Access{role, {API: clientID, Kind: entra.Delegated, ID: "an id"}}).String()
	want := `{"Microsoft Graph":{"application":["User.Read.All"],"delegated":<null>},"` + clientID + `":{"application":<null>,"delegated":["an id"]}}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// The list is chosen before consent is asked for, and consent is asked for only where it is to be told.
func TestList(t *testing.T) {
	t.Parallel()
	secret := entra.Secret{KeyID: "k", ExpiresAt: noon.AddDate(0, 0, 30)}
	role, _ := entra.PermissionRef{API: catalogue.MicrosoftGraph, Kind: entra.Application, Text: "User.Read.All"}.Resolve()
	registrations := []entra.Registration{
		{DisplayName: "B", ClientID: clientID, Secrets: []entra.Secret{secret}, Manifest: entra.Access{role}}, {DisplayName: "A", ClientID: "without"},
	}
	for name, tt := range map[string]struct {
		config map[string]any
		asks   []string
		lists  []string
		lacks  string
	}{
		"all":      {nil, []string{"list " + ownTenant}, []string{"without", clientID}, ""},
		"expiring": {map[string]any{"expiring_within_days": 30}, []string{"list " + ownTenant}, []string{clientID}, ""},
		"not yet":  {map[string]any{"expiring_within_days": 29}, []string{"list " + ownTenant}, nil, ""},
		"consent": {
			map[string]any{"expiring_within_days": 30, "include_consent": true}, []string{"list " + ownTenant, "consent of 1"}, []string{clientID},
			"Microsoft Graph: User.Read.All (application)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &fake{listed: slices.Clone(registrations)}
			_, state, diags := read(t, &sessionsDataSource{}, f.provider(entra.IgnoreAccess), tt.config)
			var got sessionsModel
			if diags.Append(state.Get(t.Context(), &got)...); len(diags) > 0 {
				t.Fatal(said(diags))
			}
			var ids []string
			lacks := ""
			for _, element := range got.Sessions.Elements() {
				object, _ := element.(types.Object)
				id, _ := object.Attributes()["client_id"].(types.String)
				importID, _ := object.Attributes()["import_id"].(types.String)
				if ids = append(ids, id.ValueString()); importID.ValueString() != ownTenant+"/"+id.ValueString() {
					t.Errorf("import_id %s", importID)
				}
				if missing, _ := object.Attributes()["missing_consents"].(types.Set); !missing.IsNull() {
					lacks = missing.String()
				}
			}
			if !slices.Equal(f.asked, tt.asks) || !slices.Equal(ids, tt.lists) || !strings.Contains(lacks, tt.lacks) || (lacks == "") != (tt.lacks == "") {
				t.Errorf("asked %v, listed %v, lacks %s", f.asked, ids, lacks)
			}
			if f.query.Manifests != (tt.lacks != "") {
				t.Errorf("asked for manifests: %t", f.query.Manifests)
			}
		})
	}
}

// Client IDs that are not there are shown at their attribute, beside what else went wrong.
func TestListExplains(t *testing.T) {
	t.Parallel()
	f := &fake{err: errors.Join(&entra.NoSessionError{Key: entra.SessionKey{ClientID: clientID}}, errors.New("something else"))}
	ids := tftypes.NewValue(tftypes.String, strings.ToUpper(clientID))
	_, _, diags := read(t, &sessionsDataSource{}, f.provider(entra.IgnoreAccess), map[string]any{"client_ids": []tftypes.Value{ids}})
	text := said(diags)
	for _, part := range []string{"at client_ids: No such app registration", clientID, "Error: Could not list the App sessions\nSomething else"} {
		if !strings.Contains(text, part) {
			t.Errorf("%s lacks %s", text, part)
		}
	}
	if !slices.Equal(f.query.ClientIDs, []string{clientID}) {
		t.Errorf("asked for %v", f.query.ClientIDs)
	}
}
