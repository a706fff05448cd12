package appsession

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// fakeSessions is a tenant in memory with at most one session. It notes what it is asked for.
type fakeSessions struct {
	mu           sync.Mutex // of the calls that come at the same time
	registration *entra.Registration
	issue        *entra.IssuedSecret // handed out by the next create or update
	err          error               // answers the next calls
	calls        []string
	want         entra.Session
	ref          entra.Ref
	rules        entra.CredentialRules
	rulesErr     error
}

func (f *fakeSessions) CredentialRules(_ context.Context, _, objectID string) (entra.CredentialRules, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, strings.TrimSpace("rules "+objectID))
	return f.rules, f.rulesErr
}

func (f *fakeSessions) result() entra.Result {
	result := entra.Result{Issued: f.issue}
	if f.registration != nil {
		result.Registration = *f.registration
	}
	return result
}

func (f *fakeSessions) Create(_ context.Context, _ string, want entra.Session, _ entra.CreateOptions) (entra.Result, error) {
	f.calls, f.want = append(f.calls, "create"), want
	return f.result(), f.err
}

func (f *fakeSessions) Read(_ context.Context, _ string, ref entra.Ref) (entra.Registration, error) {
	f.calls, f.ref = append(f.calls, "read"), ref
	if f.err != nil {
		return entra.Registration{}, f.err
	}
	return *f.registration, nil
}

func (f *fakeSessions) Update(_ context.Context, _ string, ref entra.Ref, want entra.Session) (entra.Result, error) {
	f.calls, f.ref, f.want = append(f.calls, "update"), ref, want
	return f.result(), f.err
}

func (f *fakeSessions) Delete(_ context.Context, _ string, ref entra.Ref, _ entra.DeleteOptions) error {
	f.calls, f.ref = append(f.calls, "delete"), ref
	return f.err
}

// Resolve knows customRole and nothing else.
func (f *fakeSessions) Resolve(_ context.Context, _ string, refs []entra.PermissionRef) (entra.Access, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, "resolve")
	var found entra.Access
	for _, ref := range refs {
		p, err := ref.ResolveIn(entra.API{ID: ref.API, Permissions: []entra.Permission{customRole}})
		if err != nil {
			return nil, err
		}
		found = append(found, p)
	}
	return found, nil
}

// testProvider offers the resource with ports of the test's choice.
type testProvider struct{ data *tfkit.Provider }

func (p testProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "sapio365"
}
func (p testProvider) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}
func (p testProvider) Configure(_ context.Context, _ provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	resp.ResourceData = p.data
}
func (p testProvider) DataSources(context.Context) []func() datasource.DataSource { return nil }
func (p testProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{NewResource}
}

const typeName = "sapio365_app_session"

// driver does what Terraform does between a configuration and the provider, for one resource.
type driver struct {
	t        *testing.T
	server   tfprotov6.ProviderServer
	sessions *fakeSessions
	holder   entra.Holder // whom the provider is signed in as
	data     *tfkit.Provider
	schema   schema.Schema
}

// stored is what Terraform keeps of a resource.
type stored struct {
	value    tftypes.Value // null where there is no resource
	private  []byte
	identity *tfprotov6.ResourceIdentityData
}

// testClock stands still.
type testClock struct{ entra.SystemClock }

func (testClock) Now() time.Time { return now }

func newDriver(t *testing.T) *driver {
	t.Helper()
	d := &driver{t: t, sessions: &fakeSessions{}, holder: entra.Holder{ObjectID: otherTenant, Name: "Pipeline", Permissions: []string{
		"Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All",
		"RoleManagement.ReadWrite.Directory", "Directory.Read.All",
	}}}
	d.data = &tfkit.Provider{
		Sessions: d.sessions, Permissions: d.sessions, Policies: d.sessions, Clock: testClock{}, TenantID: homeTenant, Login: tfkit.Login{ClientID: otherTenant}, Cloud: publicCloud(t),
		Enforcement: entra.IgnoreAccess,
		SignIn: func(context.Context, string) (entra.Holder, error) {
			d.sessions.calls = append(d.sessions.calls, "sign in")
			return d.holder, nil
		},
	}
	d.configure(d.data)
	var resp resource.SchemaResponse
	NewResource().Schema(t.Context(), resource.SchemaRequest{}, &resp)
	d.schema = resp.Schema
	return d
}

// configure starts the provider anew with the data.
func (d *driver) configure(data *tfkit.Provider) {
	d.t.Helper()
	d.server = providerserver.NewProtocol6(testProvider{data: data})()
	empty := tftypes.NewValue(tftypes.Object{AttributeTypes: map[string]tftypes.Type{}}, map[string]tftypes.Value{})
	config := d.dynamic(empty)
	if _, err := d.server.ConfigureProvider(d.t.Context(), &tfprotov6.ConfigureProviderRequest{Config: config}); err != nil {
		d.t.Fatal(err)
	}
}

func (d *driver) dynamic(value tftypes.Value) *tfprotov6.DynamicValue {
	d.t.Helper()
	dynamic, err := tfprotov6.NewDynamicValue(value.Type(), value)
	if err != nil {
		d.t.Fatal(err)
	}
	return &dynamic
}

func (d *driver) value(dynamic *tfprotov6.DynamicValue) tftypes.Value {
	d.t.Helper()
	if dynamic == nil {
		return d.none().value
	}
	value, err := dynamic.Unmarshal(d.kind())
	if err != nil {
		d.t.Fatal(err)
	}
	return value
}

func (d *driver) kind() tftypes.Type { return d.schema.Type().TerraformType(d.t.Context()) }

func (d *driver) none() stored { return stored{value: tftypes.NewValue(d.kind(), nil)} }

// raw turns a model into Terraform's value.
func (d *driver) raw(m model) tftypes.Value {
	d.t.Helper()
	state := tfsdk.State{Schema: d.schema}
	if diags := state.Set(d.t.Context(), m); diags.HasError() {
		d.t.Fatal(diags)
	}
	return state.Raw
}

// model turns Terraform's value into a model.
func (d *driver) model(value tftypes.Value) model {
	d.t.Helper()
	var m model
	if diags := (tfsdk.State{Schema: d.schema, Raw: value}).Get(d.t.Context(), &m); diags.HasError() {
		d.t.Fatal(diags)
	}
	return m
}

// proposed merges configuration and state as Terraform does.
func (d *driver) proposed(config, prior tftypes.Value) tftypes.Value {
	d.t.Helper()
	if prior.IsNull() {
		return config
	}
	var configured, before map[string]tftypes.Value
	if err := config.As(&configured); err != nil {
		d.t.Fatal(err)
	}
	if err := prior.As(&before); err != nil {
		d.t.Fatal(err)
	}
	for name, attribute := range d.schema.Attributes {
		if configured[name].IsNull() && attribute.IsComputed() {
			configured[name] = before[name]
		}
	}
	return tftypes.NewValue(d.kind(), configured)
}

func (d *driver) plan(config model, prior stored) (*tfprotov6.PlanResourceChangeResponse, []*tfprotov6.Diagnostic) {
	d.t.Helper()
	configured := d.raw(config)
	resp, err := d.server.PlanResourceChange(d.t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: typeName, PriorState: d.dynamic(prior.value), ProposedNewState: d.dynamic(d.proposed(configured, prior.value)),
		Config: d.dynamic(configured), PriorPrivate: prior.private, PriorIdentity: prior.identity,
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return resp, resp.Diagnostics
}

// apply plans and carries the plan out.
func (d *driver) apply(config model, prior stored) (stored, []*tfprotov6.Diagnostic) {
	d.t.Helper()
	planned, diags := d.plan(config, prior)
	if len(diags) > 0 {
		d.t.Fatalf("planning failed: %v", texts(diags))
	}
	return d.change(planned.PlannedState, d.dynamic(d.raw(config)), prior, planned.PlannedPrivate)
}

func (d *driver) change(planned, config *tfprotov6.DynamicValue, prior stored, private []byte) (stored, []*tfprotov6.Diagnostic) {
	d.t.Helper()
	resp, err := d.server.ApplyResourceChange(d.t.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: typeName, PriorState: d.dynamic(prior.value), PlannedState: planned, Config: config,
		PlannedPrivate: private, PlannedIdentity: prior.identity,
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return stored{value: d.value(resp.NewState), private: resp.Private, identity: resp.NewIdentity}, resp.Diagnostics
}

func (d *driver) destroy(prior stored) []*tfprotov6.Diagnostic {
	d.t.Helper()
	none := d.dynamic(d.none().value)
	_, diags := d.change(none, none, prior, prior.private)
	return diags
}

func (d *driver) refresh(prior stored) (stored, []*tfprotov6.Diagnostic) {
	d.t.Helper()
	resp, err := d.server.ReadResource(d.t.Context(), &tfprotov6.ReadResourceRequest{
		TypeName: typeName, CurrentState: d.dynamic(prior.value), Private: prior.private, CurrentIdentity: prior.identity,
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return stored{value: d.value(resp.NewState), private: resp.Private, identity: resp.NewIdentity}, resp.Diagnostics
}

func (d *driver) importID(id string) (stored, []*tfprotov6.Diagnostic) {
	d.t.Helper()
	resp, err := d.server.ImportResourceState(d.t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: typeName, ID: id})
	if err != nil {
		d.t.Fatal(err)
	}
	if len(resp.ImportedResources) == 0 {
		return d.none(), resp.Diagnostics
	}
	imported := resp.ImportedResources[0]
	return stored{value: d.value(imported.State), private: imported.Private, identity: imported.Identity}, resp.Diagnostics
}

// texts are the diagnostics as a user reads them.
func texts(diags []*tfprotov6.Diagnostic) string {
	var all []string
	for _, diagnostic := range diags {
		all = append(all, diagnostic.Severity.String()+" "+diagnostic.Attribute.String()+" "+diagnostic.Summary+": "+diagnostic.Detail)
	}
	return strings.Join(all, "\n")
}

func isWarning(diags []*tfprotov6.Diagnostic) bool {
	return len(diags) == 1 && diags[0].Severity == tfprotov6.DiagnosticSeverityWarning
}
