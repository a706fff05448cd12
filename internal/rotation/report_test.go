package rotation

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// tenant answers a request in its own way.
type tenant struct {
	request entra.RotationRequest
	err     error
	asked   []string
}

func (f *tenant) RequestRotation(_ context.Context, tenantID, clientID string, _ bool) (entra.RotationRequest, error) {
	f.asked = append(f.asked, tenantID+"/"+clientID)
	return f.request, f.err
}

const (
	home   = "aaaaaaaa-0000-4000-8000-000000000001"
	client = "cccccccc-0000-4000-8000-000000000001"
)

func invoke(t *testing.T, provider *tfkit.Provider, tenantID any) *action.InvokeResponse {
	t.Helper()
	a := &rotateAction{tfkit.ActionBase{Provider: provider}}
	var described action.SchemaResponse
	a.Schema(t.Context(), action.SchemaRequest{}, &described)
	kind := described.Schema.Type().TerraformType(t.Context())
	config := tfsdk.Config{Schema: described.Schema, Raw: tftypes.NewValue(kind, map[string]tftypes.Value{
		"client_id": tftypes.NewValue(tftypes.String, client), "tenant_id": tftypes.NewValue(tftypes.String, tenantID),
		"revoke_now": tftypes.NewValue(tftypes.Bool, true),
	})}
	resp := &action.InvokeResponse{SendProgress: func(action.InvokeProgressEvent) {}}
	a.Invoke(t.Context(), action.InvokeRequest{Config: config}, resp)
	return resp
}

// A revocation that broke off tells of what it has done: that is an outage, too.
func TestBrokenRevocation(t *testing.T) {
	t.Parallel()
	for _, revoked := range [][]string{nil, {"a"}} {
		f := &tenant{request: entra.RotationRequest{DisplayName: "Jobs", Ours: 2, Revoked: revoked}, err: errors.New("no answer")}
		diags := invoke(t, &tfkit.Provider{Rotations: f, Enforcement: entra.IgnoreAccess, TenantID: home}, nil).Diagnostics
		if len(diags) != 1+len(revoked) || diags.ErrorsCount() != 1 || diags.Errors()[0].Detail() != "No answer." {
			t.Errorf("%d revoked: %v", len(revoked), diags)
		}
		if len(revoked) > 0 && !strings.Contains(diags.Warnings()[0].Detail(), `"Jobs" were removed: 1`) {
			t.Errorf("it warns %v", diags.Warnings())
		}
	}
}

func TestTenantOfARequest(t *testing.T) {
	t.Parallel()
	for configured, want := range map[any]string{nil: home, "BBBBBBBB-0000-4000-8000-000000000002": "bbbbbbbb-0000-4000-8000-000000000002"} {
		f := &tenant{}
		invoke(t, &tfkit.Provider{Rotations: f, Enforcement: entra.IgnoreAccess, TenantID: home}, configured)
		if len(f.asked) != 1 || f.asked[0] != want+"/"+client {
			t.Errorf("asked %v", f.asked)
		}
	}
	diags := invoke(t, tfkit.Unready([]string{"tenant_id"}, ""), nil).Diagnostics
	if len(diags) != 1 || diags[0].Summary() != "Tenant not known" {
		t.Errorf("without a tenant: %v", diags)
	}
	diags = invoke(t, tfkit.Unready([]string{"client_secret"}, home), nil).Diagnostics
	if len(diags) != 1 || !strings.Contains(diags[0].Detail(), "cannot sign in yet") {
		t.Errorf("while not ready: %v", diags)
	}
}
