package sessiondata

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/signin"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

const (
	ownTenant   = "aaaaaaaa-0000-4000-8000-000000000001"
	otherTenant = "bbbbbbbb-0000-4000-8000-000000000002"
	clientID    = "cccccccc-0000-4000-8000-000000000001"
)

// fake is a tenant, whoever calls, and the sign-in.
type fake struct {
	found               entra.Registration
	listed              []entra.Registration
	asked               []string // what the index was asked for
	query               entra.SessionQuery
	signIn, caller, err error
	roles               map[string]string
}

func (f *fake) FindSession(_ context.Context, tenantID string, key entra.SessionKey) (entra.Registration, error) {
	f.asked = append(f.asked, "find "+key.Describe()+" in "+tenantID)
	return f.found, f.err
}

func (f *fake) ListSessions(_ context.Context, tenantID string, query entra.SessionQuery) ([]entra.Registration, error) {
	f.asked, f.query = append(f.asked, "list "+tenantID), query
	return f.listed, f.err
}

func (f *fake) WithConsent(_ context.Context, _ string, all []entra.Registration) ([]entra.Registration, error) {
	f.asked = append(f.asked, fmt.Sprintf("consent of %d", len(all)))
	return all, nil
}

func (f *fake) Caller(context.Context, string, ...entra.AccessRule) (entra.Caller, error) {
	return entra.Caller{TenantID: ownTenant, ObjectID: "the caller", AccessRoles: f.roles}, f.caller
}

// noon is what the clock shows.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

type clock struct{}

func (clock) Now() time.Time                            { return noon }
func (clock) Wait(context.Context, time.Duration) error { return nil }

func (f *fake) provider(enforcement entra.Enforcement) *tfkit.Provider {
	cloud, _ := signin.LookupCloud("public")
	return &tfkit.Provider{
		Index: f, Callers: f, Enforcement: enforcement, Clock: clock{}, TenantID: ownTenant, Cloud: cloud,
		SignIn: func(context.Context, string) (entra.Holder, error) { return entra.Holder{}, f.signIn },
	}
}

// read reads the data source with what is configured, and returns the values that are neither null nor of a nested type.
func read(t *testing.T, d datasource.DataSourceWithConfigure, provider *tfkit.Provider, configured map[string]any) (map[string]any, tfsdk.State, diag.Diagnostics) {
	t.Helper()
	ctx := t.Context()
	var described datasource.SchemaResponse
	d.Schema(ctx, datasource.SchemaRequest{}, &described)
	var given datasource.ConfigureResponse
	d.Configure(ctx, datasource.ConfigureRequest{ProviderData: provider}, &given)
	kind, ok := described.Schema.Type().TerraformType(ctx).(tftypes.Object)
	if !ok || given.Diagnostics.HasError() {
		t.Fatal(given.Diagnostics)
	}
	values := map[string]tftypes.Value{}
	for name, attribute := range kind.AttributeTypes {
		values[name] = tftypes.NewValue(attribute, nil)
		if value, set := configured[name]; set {
			values[name] = tftypes.NewValue(attribute, value)
		}
	}
	raw := tftypes.NewValue(kind, values)
	resp := &datasource.ReadResponse{State: tfsdk.State{Schema: described.Schema, Raw: tftypes.NewValue(kind, nil)}}
	d.Read(ctx, datasource.ReadRequest{Config: tfsdk.Config{Schema: described.Schema, Raw: raw}}, resp)
	got, attributes := map[string]any{}, map[string]tftypes.Value{}
	if !resp.State.Raw.IsNull() {
		if err := resp.State.Raw.As(&attributes); err != nil {
			t.Fatal(err)
		}
	}
	for name, value := range attributes {
		var text string
		var flag bool
		switch {
		case value.IsNull():
		case value.As(&text) == nil:
			got[name] = text
		case value.As(&flag) == nil:
			got[name] = flag
		default:
			got[name] = value.String()
		}
	}
	return got, resp.State, resp.Diagnostics
}

func said(diags diag.Diagnostics) string {
	var b strings.Builder
	for _, d := range diags {
		at := ""
		if with, ok := d.(diag.DiagnosticWithPath); ok {
			at = " at " + with.Path().String()
		}
		b.WriteString(d.Severity().String() + at + ": " + d.Summary() + "\n" + d.Detail() + "\n")
	}
	return b.String()
}

func TestRead(t *testing.T) {
	t.Parallel()
	f := &fake{found: entra.Registration{
		ClientID: clientID, ObjectID: "object", DisplayName: "Finance", UniqueName: "finance", Audience: entra.AudienceSingleTenant,
		Tags: []string{entra.TagAppSession}, ServicePrincipal: &entra.ServicePrincipal{ObjectID: "principal", AssignmentRequired: true},
	}}
	written := strings.ToUpper(clientID)
	got, _, diags := read(t, &sessionDataSource{}, f.provider(entra.IgnoreAccess), map[string]any{"client_id": written})
	if len(diags) > 0 {
		t.Fatal(said(diags))
	}
	for name, want := range map[string]any{
		"client_id": written, "id": clientID, "unique_name": "finance", "display_name": "Finance", "tenant_id": ownTenant,
		"service_principal_id": "principal", "application_object_id": "object", "assignment_required": true, "provisioning": false,
		"admin_consent_granted": true, "authentication": nil, "client_secret_expires_at": nil, "exchange_powershell_ready": false,
		"admin_consent_url": "https://login.microsoftonline.com/" + ownTenant + "/adminconsent?client_id=" + clientID,
	} {
		if got[name] != want {
			t.Errorf("%s = %v, want %v", name, got[name], want)
		}
	}
	if want := "find the client ID " + clientID + " in " + ownTenant; len(f.asked) != 1 || f.asked[0] != want {
		t.Errorf("asked to %v", f.asked)
	}
}

func TestReadUnfinished(t *testing.T) {
	t.Parallel()
	f := &fake{found: entra.Registration{ClientID: clientID, DisplayName: "Half", Tags: []string{entra.TagProvisioning("0")}}}
	got, _, diags := read(t, &sessionDataSource{}, f.provider(entra.IgnoreAccess), map[string]any{"display_name": "half"})
	if text := said(diags); diags.HasError() || !strings.Contains(text, "Unfinished App session") || got["provisioning"] != true || got["display_name"] != "half" {
		t.Errorf("got %v\n%s", got, text)
	}
}

// What is the matter with the key is shown at its attribute.
func TestReadExplains(t *testing.T) {
	t.Parallel()
	candidates := []entra.Registration{{ClientID: clientID, UniqueName: "finance", Tags: []string{entra.TagAppSession}}, {ClientID: "another"}}
	for name, tt := range map[string]struct {
		key  string
		err  error
		says []string
	}{
		"none":      {"unique_name", &entra.NoSessionError{Key: entra.SessionKey{UniqueName: "x"}}, []string{"at unique_name", `the unique name "x"`, "depends_on"}},
		"several":   {"display_name", &entra.AmbiguousSessionError{DisplayName: "x", Candidates: candidates}, []string{"at display_name", clientID + `, unique name "finance"` + "\n", "another, without the tag"}},
		"forbidden": {"display_name", &entra.GraphError{Kind: entra.ErrForbidden, Operation: "read", Status: 403}, []string{"Error: Could not read the App session"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &fake{err: tt.err}
			_, state, diags := read(t, &sessionDataSource{}, f.provider(entra.IgnoreAccess), map[string]any{tt.key: "x"})
			for _, part := range tt.says {
				if text := said(diags); !strings.Contains(text, part) || !state.Raw.IsNull() {
					t.Errorf("%s lacks %q", text, part)
				}
			}
		})
	}
}

// Who may not see App sessions learns nothing of them; a tenant of its own that is out of reach stops nobody.
func TestReadAsksTheRule(t *testing.T) {
	t.Parallel()
	holding := map[string]string{entra.RoleAccessAppSessions: "directly"}
	refused := &signin.Error{Tenant: otherTenant, Kind: signin.KindSecret, Code: "AADSTS700016", Description: "No."}
	gone := &entra.GraphError{Kind: entra.ErrUnavailable, Operation: "see", Cause: errors.New("no answer")}
	for name, tt := range map[string]struct {
		tenant      string
		enforcement entra.Enforcement
		fake        fake
		asks, fails bool
		says        string
	}{
		"holds the role":              {ownTenant, entra.Enforce, fake{roles: holding}, true, false, ""},
		"lacks it":                    {ownTenant, entra.Enforce, fake{}, false, true, entra.RoleAccessAppSessions},
		"lacks it, warned":            {ownTenant, entra.WarnOfAccess, fake{}, true, false, "so the provider goes on"},
		"lacks it, ignored":           {ownTenant, entra.IgnoreAccess, fake{}, true, false, ""},
		"unknown":                     {ownTenant, entra.Enforce, fake{caller: gone}, false, true, "no answer"},
		"no token":                    {ownTenant, entra.Enforce, fake{signIn: refused}, false, true, "AADSTS700016"},
		"elsewhere":                   {otherTenant, entra.Enforce, fake{roles: holding}, true, false, ""},
		"elsewhere, lacks it":         {otherTenant, entra.Enforce, fake{}, false, true, entra.RoleAccessAppSessions},
		"elsewhere, no token":         {otherTenant, entra.Enforce, fake{signIn: refused}, false, false, "the other tenants go on"},
		"elsewhere, no answer":        {otherTenant, entra.Enforce, fake{caller: gone}, false, false, "the other tenants go on"},
		"elsewhere, no answer later":  {otherTenant, entra.Enforce, fake{roles: holding, err: gone}, true, false, "the other tenants go on"},
		"elsewhere, unknown settings": {otherTenant, entra.Enforce, fake{signIn: &tfkit.UnknownSettingsError{Attributes: []string{"client_secret"}}}, false, true, "client_secret"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, d := range []datasource.DataSourceWithConfigure{&sessionDataSource{}, &sessionsDataSource{}} {
				config := map[string]any{"tenant_id": tt.tenant}
				if _, one := d.(*sessionDataSource); one {
					config["client_id"] = clientID
				}
				f := tt.fake
				_, state, diags := read(t, d, f.provider(tt.enforcement), config)
				text := said(diags)
				if asked := len(f.asked) > 0; asked != tt.asks || diags.HasError() != tt.fails || state.Raw.IsNull() != tt.fails {
					t.Errorf("%T asked %v\n%s", d, f.asked, text)
				}
				if !strings.Contains(strings.ToLower(text), strings.ToLower(tt.says)) || tt.says == "" && text != "" {
					t.Errorf("%T says %q", d, text)
				}
			}
		})
	}
}

func TestReadWhileNotReady(t *testing.T) {
	t.Parallel()
	for _, d := range []datasource.DataSourceWithConfigure{&sessionDataSource{}, &sessionsDataSource{}} {
		config := map[string]any{}
		if _, one := d.(*sessionDataSource); one {
			config["client_id"] = clientID
		}
		_, _, diags := read(t, d, tfkit.Unready([]string{"client_secret"}, ownTenant), config)
		if text := said(diags); !diags.HasError() || !strings.Contains(text, "client_secret of its provider block") {
			t.Error(text)
		}
		_, _, diags = read(t, d, tfkit.Unready([]string{"tenant_id"}, ""), config)
		if text := said(diags); !diags.HasError() || !strings.Contains(text, "at tenant_id: Tenant not known") {
			t.Error(text)
		}
	}
}
