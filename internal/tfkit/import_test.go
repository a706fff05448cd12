package tfkit

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

const (
	importTenant = "99999999-8888-7777-6666-555555555555"
	importClient = "11111111-2222-3333-4444-555555555555"
)

// imported is what an import ID leaves in the state.
func imported(t *testing.T, id string) (state RegistrationIdentity, resp *resource.ImportStateResponse) {
	t.Helper()
	described := schema.Schema{Attributes: map[string]schema.Attribute{
		"id": schema.StringAttribute{Computed: true}, "tenant_id": schema.StringAttribute{Computed: true},
		"client_id": schema.StringAttribute{Computed: true},
	}}
	identity := RegistrationIdentitySchema()
	empty := func(of tftypes.Type) tftypes.Value { return tftypes.NewValue(of, nil) }
	resp = &resource.ImportStateResponse{
		State:    tfsdk.State{Schema: described, Raw: empty(described.Type().TerraformType(t.Context()))},
		Identity: &tfsdk.ResourceIdentity{Schema: identity, Raw: empty(identity.Type().TerraformType(t.Context()))},
	}
	provider := &Provider{TenantID: importTenant}
	provider.ImportRegistration(t.Context(), "an App session", "client_id", resource.ImportStateRequest{ID: id}, resp)
	if resp.Diagnostics.HasError() {
		return state, resp
	}
	var whole struct {
		ID       types.String `tfsdk:"id"`
		TenantID types.String `tfsdk:"tenant_id"`
		ClientID types.String `tfsdk:"client_id"`
	}
	var named RegistrationIdentity
	diags := resp.State.Get(t.Context(), &whole)
	if diags.Append(resp.Identity.Get(t.Context(), &named)...); diags.HasError() {
		t.Fatal(diags)
	}
	state = RegistrationIdentity{TenantID: whole.TenantID, ClientID: whole.ClientID}
	if named != state || !whole.ID.Equal(whole.ClientID) {
		t.Errorf("%q: identity %v, id %s, state %v", id, named, whole.ID, state)
	}
	return state, resp
}

// An import ID is either refused with the form it should have, or names the very registration that was written.
func FuzzImportRegistration(f *testing.F) {
	for _, seed := range []string{
		importClient, strings.ToUpper(importClient), importTenant + "/" + importClient, "/" + importClient, importTenant + "/",
		importTenant + "/" + importClient + "/", "contoso.com/" + importClient, "/", "//", "{" + importClient + "}",
		" " + importClient, importClient + "\n", "/applications/" + importClient, "\x00", "ſ" + importClient[1:],
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, id string) {
		if id == "" {
			t.Skip("without an ID there is an identity")
		}
		state, resp := imported(t, id)
		if resp.Diagnostics.HasError() {
			first := resp.Diagnostics.Errors()[0]
			if first.Summary() != "Malformed import ID" || !strings.Contains(first.Detail(), "TENANT_ID/CLIENT_ID") {
				t.Errorf("%q: %s: %s", id, first.Summary(), first.Detail())
			}
			if entra.IsGUID(id) {
				t.Errorf("%q was refused", id)
			}
			return
		}
		tenantID, clientID := state.TenantID.ValueString(), state.ClientID.ValueString()
		if !entra.IsGUID(tenantID) || !entra.IsGUID(clientID) || tenantID != strings.ToLower(tenantID) {
			t.Errorf("%q: tenant %q, client %q", id, tenantID, clientID)
		}
		written := strings.ToLower(id)
		if written != clientID && written != "/"+clientID && written != tenantID+"/"+clientID {
			t.Errorf("%q became %s/%s", id, tenantID, clientID)
		}
		if !strings.Contains(strings.TrimPrefix(written, "/"), "/") && tenantID != importTenant {
			t.Errorf("%q: tenant %s instead of the provider's", id, tenantID)
		}
	})
}
