package tfkit

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

func TestGUID(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		value types.String
		says  []string
	}{
		"lower case":   {value: types.StringValue(tenantID)},
		"upper case":   {value: types.StringValue(strings.ToUpper(tenantID))},
		"null":         {value: types.StringNull()},
		"unknown":      {value: types.StringUnknown()},
		"domain name":  {types.StringValue("contoso.onmicrosoft.com"), []string{"A domain name can move", "under Overview"}},
		"in braces":    {types.StringValue("{" + tenantID + "}"), []string{"8-4-4-4-12"}},
		"empty":        {types.StringValue(""), []string{"8-4-4-4-12"}},
		"one too many": {types.StringValue(tenantID + "0"), []string{"8-4-4-4-12"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var resp validator.StringResponse
			TenantID().ValidateString(t.Context(), validator.StringRequest{Path: path.Root("tenant_id"), ConfigValue: tt.value}, &resp)
			if resp.Diagnostics.HasError() != (len(tt.says) > 0) {
				t.Fatalf("diagnostics %v", resp.Diagnostics)
			}
			for _, part := range tt.says {
				if !strings.Contains(resp.Diagnostics[0].Detail(), part) {
					t.Errorf("the message lacks %q: %v", part, resp.Diagnostics)
				}
			}
		})
	}
}

func TestDuration(t *testing.T) {
	t.Parallel()
	for value, good := range map[string]bool{"30m": true, "1h30m": true, "30": false, "soon": false, "0s": false, "-5m": false} {
		var resp validator.StringResponse
		p := path.Root("timeouts").AtName("create")
		positiveDuration{}.ValidateString(t.Context(), validator.StringRequest{Path: p, ConfigValue: types.StringValue(value)}, &resp)
		if resp.Diagnostics.HasError() == good {
			t.Errorf("%q: %v", value, resp.Diagnostics)
		}
		if !good && !strings.Contains(resp.Diagnostics[0].Detail(), "timeouts.create") {
			t.Errorf("the message does not name the attribute: %v", resp.Diagnostics)
		}
	}
}

func TestTimeoutsSayTheirDefaults(t *testing.T) {
	t.Parallel()
	attribute := Timeouts{Create: 15 * time.Minute, Read: 5 * time.Minute, Update: time.Minute, Delete: 90 * time.Second}.Attribute(t.Context())
	if attribute.GetMarkdownDescription() == "" {
		t.Error("the attribute has no description")
	}
	if got := short(90 * time.Second); got != "1m30s" {
		t.Errorf("90 seconds are %s", got)
	}
	if got := short(15 * time.Minute); got != "15m" {
		t.Errorf("15 minutes are %s", got)
	}
}

func TestWithLimit(t *testing.T) {
	t.Parallel()
	configured := func(_ context.Context, otherwise time.Duration) (time.Duration, diag.Diagnostics) {
		return 2 * otherwise, nil
	}
	ctx, cancel, limit, diags := WithLimit(t.Context(), "read", time.Hour, configured)
	defer cancel()
	deadline, bounded := ctx.Deadline()
	if !bounded || time.Until(deadline) < time.Hour || limit != (Limit{Operation: "read", Duration: 2 * time.Hour}) || len(diags) > 0 {
		t.Errorf("until %v, limit %v, diagnostics %v", deadline, limit, diags)
	}
}

func TestBaseKeepsTheProvider(t *testing.T) {
	t.Parallel()
	var base Base
	var resp resource.ConfigureResponse
	base.Configure(t.Context(), resource.ConfigureRequest{}, &resp)
	if base.Provider != nil || resp.Diagnostics.HasError() {
		t.Errorf("before the provider is configured: %v, %v", base.Provider, resp.Diagnostics)
	}
	want := &Provider{TenantID: tenantID}
	base.Configure(t.Context(), resource.ConfigureRequest{ProviderData: want}, &resp)
	if base.Provider != want || resp.Diagnostics.HasError() || !want.Ready() || want.IsForeign(strings.ToUpper(tenantID)) || !want.IsForeign(clientID) {
		t.Errorf("kept %v, %v", base.Provider, resp.Diagnostics)
	}
	base.Configure(t.Context(), resource.ConfigureRequest{ProviderData: "something else"}, &resp)
	if !resp.Diagnostics.HasError() {
		t.Error("foreign data was accepted")
	}
}

// Whatever would reach a tenant says which settings it waits for.
func TestUnready(t *testing.T) {
	t.Parallel()
	p := Unready([]string{"client_id", "client_secret"}, tenantID)
	ctx := t.Context()
	_, created := p.Sessions.Create(ctx, tenantID, entra.Session{}, entra.CreateOptions{})
	_, read := p.Sessions.Read(ctx, tenantID, entra.Ref{})
	_, updated := p.Sessions.Update(ctx, tenantID, entra.Ref{}, entra.Session{})
	_, resolved := p.Permissions.Resolve(ctx, tenantID, nil)
	_, ruled := p.Policies.CredentialRules(ctx, tenantID, "")
	_, looked := p.Tenants.Tenant(ctx, tenantID)
	_, signedIn := p.SignIn(ctx, tenantID)
	for name, err := range map[string]error{
		"create": created, "read": read, "update": updated, "resolve": resolved,
		"delete": p.Sessions.Delete(ctx, tenantID, entra.Ref{}, entra.DeleteOptions{}), "sign in": signedIn, "rules": ruled, "tenant": looked,
	} {
		var unknown *UnknownSettingsError
		if !errors.As(err, &unknown) || !strings.Contains(err.Error(), "client_id, client_secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if p.Ready() {
		t.Error("it claims to be ready")
	}
}
