package onprem

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/signin"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

const (
	homeTenant  = "aaaaaaaa-0000-4000-8000-000000000001"
	otherTenant = "aaaaaaaa-0000-4000-8000-000000000002"
	session     = "cccccccc-0000-4000-8000-00000000000c"
)

// outOfReach is a tenant that always fails in the same way. It notes what it is asked for.
type outOfReach struct {
	err   error
	calls []string
}

func (f *outOfReach) note(call string) error {
	f.calls = append(f.calls, call)
	return f.err
}

func (f *outOfReach) CheckOnPrem(context.Context, string, string, entra.OnPremTerms) error {
	return f.note("check")
}

func (f *outOfReach) CreateOnPrem(context.Context, string, string, entra.OnPrem, entra.OnPremTerms) (entra.OnPremRecord, error) {
	return entra.OnPremRecord{}, f.note("create")
}

func (f *outOfReach) UpdateOnPrem(context.Context, string, entra.OnPremRef, entra.OnPrem, entra.OnPremTerms) (entra.OnPremRecord, error) {
	return entra.OnPremRecord{}, f.note("update")
}

func (f *outOfReach) ReadOnPrem(context.Context, string, entra.OnPremRef) (entra.OnPremRecord, error) {
	return entra.OnPremRecord{}, f.note("read")
}

func (f *outOfReach) DeleteOnPrem(context.Context, string, entra.OnPremRef) error {
	return f.note("delete")
}

// driver does what Terraform does with the resource, as far as no state is written.
type driver struct {
	*onpremResource
	t      *testing.T
	tenant *outOfReach
	schema resource.SchemaResponse
	holder entra.Holder
}

func newDriver(t *testing.T, err error) *driver {
	t.Helper()
	d := &driver{t: t, tenant: &outOfReach{err: err}, holder: entra.Holder{Permissions: []string{"Application.ReadWrite.OwnedBy"}}}
	d.onpremResource = &onpremResource{tfkit.Base{Provider: &tfkit.Provider{
		OnPremises: d.tenant, SignIn: func(context.Context, string) (entra.Holder, error) { return d.holder, nil }, Clock: entra.SystemClock{},
		TenantID: homeTenant, Login: tfkit.Login{ClientID: "provider"}, Cloud: signin.Cloud{LoginEndpoint: "https://login.example"},
	}}}
	d.Schema(t.Context(), resource.SchemaRequest{}, &d.schema)
	return d
}

func (d *driver) raw(m model) tftypes.Value {
	d.t.Helper()
	state := tfsdk.State{Schema: d.schema.Schema}
	if diags := state.Set(d.t.Context(), m); diags.HasError() {
		d.t.Fatal(diags)
	}
	return state.Raw
}

func (d *driver) none() tftypes.Value {
	return tftypes.NewValue(d.schema.Schema.Type().TerraformType(d.t.Context()), nil)
}

func (d *driver) read(m model) (tftypes.Value, diag.Diagnostics) {
	d.t.Helper()
	state := tfsdk.State{Schema: d.schema.Schema, Raw: d.raw(m)}
	identity := tfkit.RegistrationIdentitySchema()
	resp := resource.ReadResponse{State: state, Identity: &tfsdk.ResourceIdentity{
		Schema: identity, Raw: tftypes.NewValue(identity.Type().TerraformType(d.t.Context()), nil),
	}}
	d.Read(d.t.Context(), resource.ReadRequest{State: state}, &resp)
	return resp.State.Raw, resp.Diagnostics
}

// plan plans the configuration, which has its defaults, on the prior state; nil for none.
func (d *driver) plan(config model, prior *model) resource.ModifyPlanResponse {
	d.t.Helper()
	state := d.none()
	if prior != nil {
		state = d.raw(*prior)
	}
	planned := tfsdk.Plan{Schema: d.schema.Schema, Raw: d.raw(config)}
	resp := resource.ModifyPlanResponse{Plan: planned}
	d.ModifyPlan(d.t.Context(), resource.ModifyPlanRequest{
		Config: tfsdk.Config{Schema: d.schema.Schema, Raw: planned.Raw}, Plan: planned,
		State: tfsdk.State{Schema: d.schema.Schema, Raw: state},
	}, &resp)
	return resp
}

// configured is a configuration in the tenant; empty for the provider's.
func configured(tenantID string) model {
	return model{
		AppSessionID: types.StringValue(session), TenantID: tfkit.OrNull(tenantID), ID: types.StringUnknown(),
		Connections: types.ListValueMust(connectionType, []attr.Value{
			connectionValue(entra.DomainConnection{Domain: "contoso.local"}),
		}),
		ConsistencyGUID: types.BoolValue(false), RequireHybrid: types.BoolValue(true), Timeouts: noTimeouts(),
	}
}

func created(tenantID string) model {
	m := configured(tenantID)
	m.ID = m.AppSessionID
	return m
}

func noTimeouts() timeouts.Value {
	operations := map[string]attr.Type{"create": types.StringType, "read": types.StringType, "update": types.StringType, "delete": types.StringType}
	return timeouts.Value{Object: types.ObjectNull(operations)}
}

func texts(diags diag.Diagnostics) string {
	var all []string
	for _, d := range diags {
		at := ""
		if located, ok := d.(diag.DiagnosticWithPath); ok {
			at = located.Path().String()
		}
		all = append(all, d.Severity().String()+" "+at+" "+d.Summary()+": "+d.Detail())
	}
	return strings.Join(all, "\n")
}

func isWarning(diags diag.Diagnostics) bool {
	return len(diags) == 1 && diags[0].Severity() == diag.SeverityWarning
}

var refused = &signin.Error{Tenant: otherTenant, Code: "AADSTS700016", Description: "not there"}

// A tenant of its own that is out of reach must not stop the others.
func TestForeignTenantOutOfReach(t *testing.T) {
	t.Parallel()
	d := newDriver(t, refused)
	state, diags := d.read(created(otherTenant))
	if !isWarning(diags) || !state.Equal(d.raw(created(otherTenant))) {
		t.Errorf("refreshed to %v, %s", state, texts(diags))
	}
	for _, part := range []string{otherTenant, "AADSTS700016", "kept as it is", "/adminconsent?client_id="} {
		if !strings.Contains(texts(diags), part) {
			t.Errorf("the message lacks %q: %s", part, texts(diags))
		}
	}
	if resp := d.plan(configured(otherTenant), nil); !isWarning(resp.Diagnostics) {
		t.Errorf("planned with %s", texts(resp.Diagnostics))
	}
}

func TestOwnTenantOutOfReachIsAnError(t *testing.T) {
	t.Parallel()
	d := newDriver(t, refused)
	if _, diags := d.read(created(homeTenant)); !diags.HasError() {
		t.Errorf("refreshed with %s", texts(diags))
	}
	if resp := d.plan(configured(""), nil); !resp.Diagnostics.HasError() {
		t.Errorf("planned with %s", texts(resp.Diagnostics))
	}
}

func TestUnknownProviderConfiguration(t *testing.T) {
	t.Parallel()
	d := newDriver(t, nil)
	d.Provider = tfkit.Unready([]string{"client_secret"}, "")
	state, diags := d.read(created(homeTenant))
	if !isWarning(diags) || !strings.Contains(texts(diags), "client_secret") || !state.Equal(d.raw(created(homeTenant))) {
		t.Errorf("refreshed to %v, %s", state, texts(diags))
	}
	resp := d.plan(configured(""), nil)
	var planned model
	resp.Diagnostics.Append(resp.Plan.Get(t.Context(), &planned)...)
	if len(resp.Diagnostics) > 0 || !planned.TenantID.IsUnknown() || planned.ID.ValueString() != session {
		t.Errorf("planned %+v, %s", planned, texts(resp.Diagnostics))
	}
}

func TestPlanWithoutChangesCallsNothing(t *testing.T) {
	t.Parallel()
	d := newDriver(t, errors.New("not to be asked"))
	prior := created(homeTenant)
	resp := d.plan(prior, &prior)
	if len(resp.Diagnostics) > 0 || len(d.tenant.calls) > 0 || !resp.Plan.Raw.Equal(d.raw(prior)) || len(resp.RequiresReplace) > 0 {
		t.Errorf("calls %v, %s", d.tenant.calls, texts(resp.Diagnostics))
	}
}

// A plan that is not known in full is not checked, and what cannot be changed in place is planned anew.
func TestPlanOfWhatReplaces(t *testing.T) {
	t.Parallel()
	d := newDriver(t, errors.New("not to be asked"))
	prior := created(homeTenant)
	for name, change := range map[string]func(*model){
		"session":         func(m *model) { m.AppSessionID = types.StringValue("cccccccc-0000-4000-8000-00000000000d") },
		"session unknown": func(m *model) { m.AppSessionID = types.StringUnknown() },
		"tenant":          func(m *model) { m.TenantID = types.StringValue(otherTenant) },
		"tenant unknown":  func(m *model) { m.TenantID = types.StringUnknown() },
	} {
		next := created(homeTenant)
		change(&next)
		if resp := d.plan(next, &prior); len(resp.RequiresReplace) != 1 || len(resp.Diagnostics) > 0 || len(d.tenant.calls) > 0 {
			t.Errorf("%s: replaces %v, calls %v, %s", name, resp.RequiresReplace, d.tenant.calls, texts(resp.Diagnostics))
		}
	}
	upper := created(strings.ToUpper(homeTenant))
	upper.AppSessionID = types.StringValue(strings.ToUpper(session))
	if resp := d.plan(upper, &prior); len(resp.RequiresReplace) > 0 || !resp.Plan.Raw.Equal(d.raw(prior)) {
		t.Errorf("another case replaces %v", resp.RequiresReplace)
	}
}

// Errors where it is certain, warnings where the apply may still succeed; each at the attribute that it is about.
func TestPreflight(t *testing.T) {
	t.Parallel()
	untagged := &entra.NotAppSessionError{ClientID: session, DisplayName: "Reporting"}
	forbidden := &entra.UnknownSynchronisationError{Cause: &entra.GraphError{
		Kind: entra.ErrForbidden, Operation: "see", Status: 403, Needs: []string{"Organization.Read.All"},
	}}
	for name, c := range map[string]struct {
		err    error
		create []string // severity and path
		update []string
	}{
		"fine":         {nil, nil, nil},
		"not hybrid":   {&entra.NotSynchronisedError{TenantID: homeTenant}, []string{"Error require_hybrid"}, []string{"Error require_hybrid"}},
		"no session":   {&entra.NoAppSessionError{ClientID: session}, []string{"Error app_session_id"}, []string{"Error app_session_id"}},
		"no tag":       {untagged, []string{"Warning app_session_id"}, nil},
		"may not look": {forbidden, []string{"Warning require_hybrid"}, []string{"Warning require_hybrid"}},
		"no answer": {&entra.UnknownSynchronisationError{Cause: &entra.GraphError{Kind: entra.ErrUnavailable, Operation: "see"}},
			[]string{"Error "}, []string{"Error "}},
		"two": {errors.Join(forbidden, untagged), []string{"Warning require_hybrid", "Warning app_session_id"}, []string{"Warning require_hybrid"}},
	} {
		prior := created(homeTenant)
		changed := created(homeTenant)
		changed.ConnectServer = types.StringValue("SYNC01")
		for kind, want := range map[*model][]string{nil: c.create, &prior: c.update} {
			resp := newDriver(t, c.err).plan(changed, kind)
			var got []string
			for _, line := range strings.Split(texts(resp.Diagnostics), "\n") {
				if severity, rest, ok := strings.Cut(line, " "); ok && (severity == "Error" || severity == "Warning") {
					at, _, _ := strings.Cut(rest, " ")
					got = append(got, severity+" "+at)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s, update %t: %q, want %q", name, kind != nil, got, want)
			}
		}
	}
}

// A plan that the caller lacks permissions for says which, and for what. It stands all the same.
func TestPreflightOfRights(t *testing.T) {
	t.Parallel()
	d := newDriver(t, nil)
	d.holder.Permissions = []string{"Application.Read.All"}
	prior, changed, same := created(homeTenant), created(homeTenant), created(homeTenant)
	changed.ConnectServer = types.StringValue("SYNC01")
	same.RequireHybrid = types.BoolValue(false)
	for name, c := range map[string]struct {
		plan  model
		prior *model
		says  []string
	}{
		"create": {prior, nil, []string{"define the directory extension sapio365_onprem_domains", "write sapio365_onprem_domains"}},
		"update": {changed, &prior, []string{"write sapio365_onprem_connect_server"}},
		"same":   {same, &prior, nil},
	} {
		resp := d.plan(c.plan, c.prior)
		if c.says == nil {
			if len(resp.Diagnostics) > 0 {
				t.Errorf("%s: %s", name, texts(resp.Diagnostics))
			}
			continue
		}
		for _, part := range append(c.says, "Application.ReadWrite.OwnedBy", "Application.Read.All") {
			if !isWarning(resp.Diagnostics) || !strings.Contains(texts(resp.Diagnostics), part) {
				t.Errorf("%s lacks %q: %s", name, part, texts(resp.Diagnostics))
			}
		}
	}
}
