package sessiontoken

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/signin"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

const (
	tenantID   = "aaaaaaaa-0000-4000-8000-000000000001"
	clientID   = "cccccccc-0000-4000-8000-000000000001"
	testSecret = "S3cret~that-nobody-may-see" //nolint:gosec // made up
)

// entrance is Entra ID's sign-in: it gives the answers one after the other, and the last one again and again.
type entrance struct {
	answers []error // nil: a token
	asked   []signin.SignInRequest
	ends    time.Time
}

func (e *entrance) signIn(ctx context.Context, request signin.SignInRequest) (signin.Token, error) {
	answer := e.answers[min(len(e.asked), len(e.answers)-1)]
	e.asked = append(e.asked, request)
	if answer != nil || ctx.Err() != nil {
		return signin.Token{}, errors.Join(answer, ctx.Err())
	}
	return signin.Token{Value: "the-token", ExpiresAt: e.ends, Claims: signin.Claims{Roles: []string{"User.Read.All"}}}, nil
}

func refusal(code string) error {
	return &signin.Error{Tenant: tenantID, ClientID: clientID, Kind: signin.KindSecret, Source: "client_secret", Code: code, Description: "No."}
}

// person is who the provider runs as.
type person struct {
	roles map[string]string
	err   error
	asked int
}

func (p *person) Caller(context.Context, string, ...entra.AccessRule) (entra.Caller, error) {
	p.asked++
	return entra.Caller{TenantID: tenantID, ObjectID: "the caller", AccessRoles: p.roles}, p.err
}

func providerOf(e *entrance, p *person, enforcement entra.Enforcement) *tfkit.Provider {
	cloud, _ := signin.LookupCloud("public")
	return &tfkit.Provider{
		SignInAs: e.signIn, Callers: p, Enforcement: enforcement, Clock: entra.SystemClock{}, TenantID: tenantID, Cloud: cloud,
	}
}

// open opens the ephemeral resource with what is configured.
func open(t *testing.T, provider *tfkit.Provider, configured map[string]string) (model, *ephemeral.OpenResponse) {
	t.Helper()
	ctx := t.Context()
	r := &tokenResource{}
	var described ephemeral.SchemaResponse
	r.Schema(ctx, ephemeral.SchemaRequest{}, &described)
	var given ephemeral.ConfigureResponse
	r.Configure(ctx, ephemeral.ConfigureRequest{ProviderData: provider}, &given)
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
	resp := &ephemeral.OpenResponse{Result: tfsdk.EphemeralResultData{Schema: described.Schema, Raw: raw.Copy()}}
	r.Open(ctx, ephemeral.OpenRequest{Config: tfsdk.Config{Schema: described.Schema, Raw: raw}}, resp)
	var result model
	if diags := resp.Result.Get(ctx, &result); diags.HasError() {
		t.Fatal(diags)
	}
	return result, resp
}

// bySecret is a configuration that is complete.
func bySecret() map[string]string {
	return map[string]string{"client_id": clientID, "client_secret": testSecret}
}

func said(resp *ephemeral.OpenResponse) string {
	var b strings.Builder
	for _, d := range resp.Diagnostics {
		b.WriteString(d.Severity().String() + ": " + d.Summary() + "\n" + d.Detail() + "\n")
	}
	return b.String()
}

func TestOpen(t *testing.T) {
	t.Parallel()
	e := &entrance{answers: []error{nil}, ends: time.Date(2026, 3, 1, 15, 45, 7, 999, time.FixedZone("", 7200))}
	got, resp := open(t, providerOf(e, &person{}, entra.IgnoreAccess), bySecret())
	roles, _ := tfkit.Members(got.Roles)
	if len(resp.Diagnostics) > 0 || got.AccessToken.ValueString() != "the-token" || got.ExpiresAt.ValueString() != "2026-03-01T13:45:07Z" ||
		!slices.Equal(roles, []string{"User.Read.All"}) {
		t.Errorf("got %v\n%s", got, said(resp))
	}
	if got.TenantID.ValueString() != tenantID || got.Scope.ValueString() != "https://graph.microsoft.com/.default" {
		t.Errorf("defaults: %s, %s", got.TenantID, got.Scope)
	}
	want := signin.SignInRequest{TenantID: tenantID, ClientID: clientID, Secret: testSecret, Source: "client_secret"}
	if len(e.asked) != 1 || e.asked[0] != want {
		t.Errorf("asked for %v", e.asked)
	}
}

func TestOpenElsewhere(t *testing.T) {
	t.Parallel()
	e := &entrance{answers: []error{nil}}
	config := bySecret()
	config["tenant_id"], config["scope"] = "BBBBBBBB-0000-4000-8000-000000000002", "https://outlook.office365.com/.default"
	got, resp := open(t, providerOf(e, &person{}, entra.IgnoreAccess), config)
	if resp.Diagnostics.HasError() || got.TenantID.ValueString() != config["tenant_id"] {
		t.Errorf("tenant_id = %s\n%s", got.TenantID, said(resp))
	}
	if asked := e.asked[0]; asked.TenantID != strings.ToLower(config["tenant_id"]) || asked.Scope != config["scope"] {
		t.Errorf("asked for %v", asked)
	}
}

// What a new application or credential is refused with may pass; anything else is refused at once.
func TestOpenWaits(t *testing.T) {
	t.Parallel()
	unknown, unprovisioned, secret, key := refusal("AADSTS700016"), refusal("AADSTS7000229"), refusal("AADSTS7000215"), refusal("AADSTS700027")
	for name, tt := range map[string]struct {
		answers []error
		says    string // empty: a token
		after   time.Duration
		within  time.Duration
	}{
		"new":      {answers: []error{unknown, unprovisioned, secret, nil}, after: 5 * time.Second, within: 10 * time.Second},
		"API":      {answers: []error{refusal("AADSTS500011"), nil}, within: 2 * time.Second},
		"key":      {answers: []error{key, nil}, within: 2 * time.Second},
		"wrong":    {answers: []error{secret}, says: "AADSTS7000215", after: patience, within: patience + 20*time.Second},
		"expired":  {answers: []error{refusal("AADSTS7000222")}, says: "AADSTS7000222"},
		"disabled": {answers: []error{unknown, refusal("AADSTS7000112")}, says: "AADSTS7000112", within: 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				got, resp := open(t, providerOf(&entrance{answers: tt.answers}, &person{}, entra.IgnoreAccess), bySecret())
				if took := time.Since(began); took < tt.after || took > tt.within {
					t.Errorf("it took %s", took)
				}
				text := said(resp)
				if tt.says == "" != (got.AccessToken.ValueString() == "the-token") || !strings.Contains(text, tt.says) || strings.Contains(text, testSecret) {
					t.Errorf("token %s\n%s", got.AccessToken, text)
				}
				if waited := strings.Contains(text, "takes a while"); waited != (name == "wrong") {
					t.Errorf("what is said of the wait:\n%s", text)
				}
			})
		})
	}
}

// Who may not see App sessions gets no token of one, and nothing signs in.
func TestOpenAsksTheRule(t *testing.T) {
	t.Parallel()
	holding := map[string]string{entra.RoleAccessAppSessions: "directly"}
	for name, tt := range map[string]struct {
		enforcement entra.Enforcement
		caller      person
		opens       bool
		says        string
	}{
		"holds the role":    {entra.Enforce, person{roles: holding}, true, ""},
		"lacks it":          {entra.Enforce, person{}, false, entra.RoleAccessAppSessions},
		"lacks it, warned":  {entra.WarnOfAccess, person{}, true, "so the provider goes on"},
		"lacks it, ignored": {entra.IgnoreAccess, person{}, true, ""},
		"unknown":           {entra.Enforce, person{err: errors.New("no answer")}, false, "No answer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := &entrance{answers: []error{nil}}
			_, resp := open(t, providerOf(e, &tt.caller, tt.enforcement), bySecret())
			if opened := len(e.asked) > 0; opened != tt.opens || opened == resp.Diagnostics.HasError() {
				t.Errorf("signed in: %t\n%s", opened, said(resp))
			}
			if text := said(resp); !strings.Contains(text, tt.says) || tt.says == "" && text != "" {
				t.Errorf("it says %q", text)
			}
			if ignored := tt.enforcement == entra.IgnoreAccess; ignored == (tt.caller.asked > 0) {
				t.Errorf("who calls was asked %d times", tt.caller.asked)
			}
		})
	}
}

func TestOpenWhileNotReady(t *testing.T) {
	t.Parallel()
	_, resp := open(t, tfkit.Unready([]string{"client_secret"}, tenantID), bySecret())
	if text := said(resp); !resp.Diagnostics.HasError() || !strings.Contains(text, "client_secret of its provider block") {
		t.Error(text)
	}
	_, resp = open(t, tfkit.Unready([]string{"tenant_id"}, ""), bySecret())
	if text := said(resp); !resp.Diagnostics.HasError() || !strings.Contains(text, "Tenant not known") {
		t.Error(text)
	}
}
