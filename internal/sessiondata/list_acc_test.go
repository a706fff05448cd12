package sessiondata_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

const listType = "sapio365_app_session"

// lister asks for lists as Terraform 1.14 does, by the protocol: it takes no CLI.
type lister struct {
	acctest.Emulated
	t       *testing.T
	server  tfprotov6.ProviderServer
	schemas *tfprotov6.GetProviderSchemaResponse
}

func newLister(t *testing.T, e acctest.Emulated, as emulator.Identity, enforcement entra.Enforcement) lister {
	t.Helper()
	server, schemas := e.Protocol(t, as, enforcement)
	if schemas.ListResourceSchemas[listType] == nil {
		t.Fatal("there is no list " + listType)
	}
	return lister{e, t, server, schemas}
}

func text(value string) tftypes.Value { return tftypes.NewValue(tftypes.String, value) }

// list validates the configuration and lists. Of an invalid one it returns the diagnostics alone.
func (l lister) list(limit int64, contents bool, set map[string]tftypes.Value) []tfprotov6.ListResourceResult {
	l.t.Helper()
	lists, ok := l.server.(tfprotov6.ListResourceServer)
	if !ok {
		l.t.Fatal("the server has no lists")
	}
	config := acctest.ValuesOf(l.t, l.schemas.ListResourceSchemas[listType], set)
	validated, err := lists.ValidateListResourceConfig(l.t.Context(), &tfprotov6.ValidateListResourceConfigRequest{TypeName: listType, Config: config})
	if err != nil {
		l.t.Fatal(err)
	}
	if acctest.HasErrors(validated.Diagnostics) {
		return []tfprotov6.ListResourceResult{{Diagnostics: validated.Diagnostics}}
	}
	stream, err := lists.ListResource(l.t.Context(), &tfprotov6.ListResourceRequest{
		TypeName: listType, Config: config, Limit: limit, IncludeResource: contents,
	})
	if err != nil {
		l.t.Fatal(err)
	}
	return slices.Collect(stream.Results)
}

// names are those of the results, which must have nothing to say.
func (l lister) names(results []tfprotov6.ListResourceResult) []string {
	l.t.Helper()
	names := []string{}
	for _, r := range results {
		if len(r.Diagnostics) > 0 {
			l.t.Fatal(saidOf(r.Diagnostics))
		}
		names = append(names, r.DisplayName)
	}
	return names
}

func saidOf(diagnostics []*tfprotov6.Diagnostic) string {
	var b strings.Builder
	for _, d := range diagnostics {
		fmt.Fprintf(&b, "%s at %s: %s\n%s\n", d.Severity, d.Attribute, d.Summary, d.Detail)
	}
	return b.String()
}

// makeSession makes a registration with a secret, a service principal and, of the resource's own, the tag.
func (l lister) makeSession(name string, tags ...any) (clientID string) {
	l.t.Helper()
	made := l.Graph(l.t, http.MethodPost, "/applications", map[string]any{
		"displayName": name, "tags": append([]any{}, tags...), "notes": "Notes on " + name,
		"requiredResourceAccess": []any{map[string]any{
			"resourceAppId":  "00000003-0000-0000-c000-000000000000",
			"resourceAccess": []any{map[string]any{"id": "df021288-bdef-4463-88db-98f22de89214", "type": "Role"}},
		}},
	})
	l.Graph(l.t, http.MethodPost, "/servicePrincipals", map[string]any{"appId": made["appId"]})
	l.Graph(l.t, http.MethodPost, "/applications/"+fmt.Sprint(made["id"])+"/addPassword", map[string]any{})
	return fmt.Sprint(made["appId"])
}

func TestAccListResource(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, "its registrations are counted", emulator.TenantOptions{})
	l := newLister(t, tenant, tenant.Admin(), entra.IgnoreAccess)
	l.makeSession("Charlie", entra.TagAppSession)
	alpha := l.makeSession("Alpha", entra.TagAppSession)
	l.makeSession("Bravo", entra.TagAppSession, entra.TagProvisioning("0123456789abcdef"))
	foreign := l.makeSession("Adopted")
	for name, tt := range map[string]struct {
		limit int64
		set   map[string]tftypes.Value
		want  []string
	}{
		"all":          {0, nil, []string{"Alpha", "Bravo", "Charlie"}},
		"limit":        {2, nil, []string{"Alpha", "Bravo"}},
		"prefix":       {10, map[string]tftypes.Value{"display_name_prefix": text("bra")}, []string{"Bravo"}},
		"named":        {10, map[string]tftypes.Value{"client_ids": tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, []tftypes.Value{text(strings.ToUpper(foreign))})}, []string{"Adopted", "Alpha", "Bravo", "Charlie"}},
		"expiring":     {10, map[string]tftypes.Value{"expiring_within_days": tftypes.NewValue(tftypes.Number, 30)}, []string{}},
		"none":         {10, map[string]tftypes.Value{"display_name_prefix": text("Zulu")}, []string{}},
		"tenant_id":    {1, map[string]tftypes.Value{"tenant_id": text(strings.ToUpper(tenant.ID()))}, []string{"Alpha"}},
		"far expiring": {10, map[string]tftypes.Value{"expiring_within_days": tftypes.NewValue(tftypes.Number, 3650)}, []string{"Alpha", "Bravo", "Charlie"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := l.names(l.list(tt.limit, false, tt.set)); !slices.Equal(got, tt.want) {
				t.Errorf("got %v", got)
			}
		})
	}
	first := l.list(1, false, nil)[0]
	state, identity := l.imported(alpha)
	if first.Resource != nil || !l.same(first.Identity, identity) {
		t.Errorf("the resource is %v, the identity is not that of an import", first.Resource)
	}
	for i, result := range l.list(0, true, nil) {
		if i == 0 && (!l.sameState(result.Resource, state) || !l.same(result.Identity, identity)) {
			t.Error("the contents are not those of an import")
		}
		if result.Resource == nil || len(result.Diagnostics) > 0 {
			t.Errorf("%s: %v, %s", result.DisplayName, result.Resource, saidOf(result.Diagnostics))
		}
	}
}

// imported is what an import and the read after it lead to.
func (l lister) imported(clientID string) (*tfprotov6.DynamicValue, *tfprotov6.ResourceIdentityData) {
	l.t.Helper()
	resp, err := l.server.ImportResourceState(l.t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: listType, ID: clientID})
	if err != nil || len(resp.ImportedResources) != 1 {
		l.t.Fatal(err, saidOf(resp.Diagnostics))
	}
	imported := resp.ImportedResources[0]
	read, err := l.server.ReadResource(l.t.Context(), &tfprotov6.ReadResourceRequest{
		TypeName: listType, CurrentState: imported.State, CurrentIdentity: imported.Identity, Private: imported.Private,
	})
	if err != nil || len(read.Diagnostics) > 0 {
		l.t.Fatal(err, saidOf(read.Diagnostics))
	}
	return read.NewState, read.NewIdentity
}

func (l lister) sameState(a, b *tfprotov6.DynamicValue) bool {
	l.t.Helper()
	return l.equal(a, b, l.schemas.ResourceSchemas[listType].ValueType())
}

func (l lister) same(a, b *tfprotov6.ResourceIdentityData) bool {
	l.t.Helper()
	return l.equal(a.IdentityData, b.IdentityData, tftypes.Object{AttributeTypes: map[string]tftypes.Type{
		"tenant_id": tftypes.String, "client_id": tftypes.String,
	}})
}

func (l lister) equal(a, b *tfprotov6.DynamicValue, kind tftypes.Type) bool {
	l.t.Helper()
	if a == nil || b == nil {
		return false
	}
	left, err := a.Unmarshal(kind)
	if err != nil {
		l.t.Fatal(err)
	}
	right, err := b.Unmarshal(kind)
	if err != nil {
		l.t.Fatal(err)
	}
	diff, err := left.Diff(right)
	if err != nil {
		l.t.Fatal(err)
	}
	for _, d := range diff {
		l.t.Log(d.String())
	}
	return len(diff) == 0
}

// A thousand sessions come in two requests; the contents of what Terraform takes come in batches, and those of the rest
// not at all.
func TestAccListResource_requests(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, "requests are counted", emulator.TenantOptions{})
	l := newLister(t, tenant, tenant.Admin(), entra.IgnoreAccess)
	const count = 1000
	for i := range count {
		tenant.Graph(t, http.MethodPost, "/applications", map[string]any{
			"displayName": fmt.Sprintf("Session %04d", i), "tags": []any{entra.TagAppSession},
		})
	}
	for _, tt := range []struct {
		limit            int64
		contents         bool
		results, allowed int
	}{{0, false, count, 2}, {50, false, 50, 2}} {
		tenant.ResetRequests()
		results := l.names(l.list(tt.limit, tt.contents, nil))
		if requests := roundTrips(tenant); len(results) != tt.results || requests > tt.allowed || results[49] != "Session 0049" {
			t.Errorf("%d results took %d round trips", len(results), requests)
		}
	}
	for i := range 30 {
		l.makeSession(fmt.Sprintf("A %02d", i), entra.TagAppSession)
	}
	tenant.ResetRequests()
	results := l.names(l.list(30, true, nil))
	if requests := roundTrips(tenant); len(results) != 30 || requests > 2+30 {
		t.Errorf("%d results with contents took %d round trips", len(results), requests)
	}
	t.Logf("30 of them with contents took %d round trips", roundTrips(tenant))
	tenant.ResetRequests()
	lists, _ := l.server.(tfprotov6.ListResourceServer)
	stream, err := lists.ListResource(t.Context(), &tfprotov6.ListResourceRequest{
		TypeName: listType, Config: acctest.ValuesOf(t, l.schemas.ListResourceSchemas[listType], nil), IncludeResource: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	for range stream.Results {
		break // whoever has enough takes no more
	}
	if requests := roundTrips(tenant); requests > 2+20 {
		t.Errorf("one result took %d round trips", requests)
	}
}

// roundTrips are those to Microsoft Graph.
func roundTrips(e acctest.Emulated) (count int) {
	for _, r := range e.Requests() {
		if r.Kind == emulator.KindGraph {
			count++
		}
	}
	return count
}

// The list asks the access rule, and says what is wrong where nothing can be listed.
func TestAccListResource_refusals(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, "it has callers of its own", emulator.TenantOptions{})
	nobody := "8ba3c1f0-3c5d-4f0e-9a8c-2f6f0d3b7e11"
	ids := func(id string) tftypes.Value {
		return tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, []tftypes.Value{text(id)})
	}
	powerless, reader := tenant.Caller(t), tenant.Caller(t, "Application.Read.All")
	newLister(t, tenant, tenant.Admin(), entra.IgnoreAccess).makeSession("Reports", entra.TagAppSession)
	for name, tt := range map[string]struct {
		as          emulator.Identity
		enforcement entra.Enforcement
		set         map[string]tftypes.Value
		says        []string
	}{
		"access rule":        {tenant.Admin(), entra.Enforce, nil, []string{"ERROR", entra.RoleAccessAppSessions}},
		"permission":         {powerless, entra.IgnoreAccess, nil, []string{"ERROR", "Could not list the App sessions", "Application.Read.All"}},
		"permission to read": {reader, entra.IgnoreAccess, nil, []string{"ERROR", `Could not read the App session "Reports"`, "Directory.Read.All"}},
		"absent":             {tenant.Admin(), entra.IgnoreAccess, map[string]tftypes.Value{"client_ids": ids(nobody)}, []string{"ERROR", "client_ids", nobody}},
		"no GUID":            {tenant.Admin(), entra.IgnoreAccess, map[string]tftypes.Value{"client_ids": ids("finance")}, []string{"ERROR", "client_ids", "Not a client ID"}},
		"no prefix":          {tenant.Admin(), entra.IgnoreAccess, map[string]tftypes.Value{"display_name_prefix": text("")}, []string{"ERROR", "Nothing to look for"}},
		"domain":             {tenant.Admin(), entra.IgnoreAccess, map[string]tftypes.Value{"tenant_id": text("contoso.com")}, []string{"ERROR", "Not a tenant ID"}},
		"tenant that is not": {tenant.Admin(), entra.IgnoreAccess, map[string]tftypes.Value{"tenant_id": text(nobody)}, []string{"WARNING", nobody, "Nothing of it is listed, and the other tenants go on"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLister(t, tenant, tt.as, tt.enforcement)
			l.wantNothing(l.list(10, true, tt.set), tt.says)
		})
	}
}

// wantNothing wants diagnostics in the place of results.
func (l lister) wantNothing(results []tfprotov6.ListResourceResult, says []string) {
	l.t.Helper()
	if len(results) != 1 || results[0].Identity != nil {
		l.t.Fatalf("results %v", results)
	}
	for _, part := range says {
		if said := saidOf(results[0].Diagnostics); !strings.Contains(said, part) {
			l.t.Errorf("%s lacks %q", said, part)
		}
	}
}
