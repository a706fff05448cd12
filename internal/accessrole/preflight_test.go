package accessrole

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// checked is a tenant that has only checks and attempts to assign, which end with the error.
type checked struct {
	entra.RoleAssignments
	err   error
	asked []entra.RoleAssignment
}

func (c *checked) Assign(_ context.Context, _ string, want entra.RoleAssignment) (entra.RoleAssignment, error) {
	return want, c.err
}

func (c *checked) Check(_ context.Context, _ string, want entra.RoleAssignment) error {
	c.asked = append(c.asked, want)
	return c.err
}

// providerAs is signed in as somebody with the permissions.
func providerAs(tenant *checked, permissions ...string) tfkit.Base {
	return tfkit.Base{Provider: &tfkit.Provider{
		RoleAssignments: tenant, Clock: entra.SystemClock{}, TenantID: homeTenant, Enforcement: entra.Enforce,
		SignIn: func(context.Context, string) (entra.Holder, error) {
			return entra.Holder{Permissions: permissions}, nil
		},
	}}
}

// planOf plans from one value of the resource to another; nil for none.
func planOf(t *testing.T, r resource.ResourceWithModifyPlan, config, prior any) diag.Diagnostics {
	t.Helper()
	var schema resource.SchemaResponse
	r.Schema(t.Context(), resource.SchemaRequest{}, &schema)
	raw := func(value any) tftypes.Value {
		state := tfsdk.State{Schema: schema.Schema, Raw: tftypes.NewValue(schema.Schema.Type().TerraformType(t.Context()), nil)}
		if value != nil {
			if diags := state.Set(t.Context(), value); diags.HasError() {
				t.Fatal(diags)
			}
		}
		return state.Raw
	}
	planned := tfsdk.Plan{Schema: schema.Schema, Raw: raw(config)}
	resp := resource.ModifyPlanResponse{Plan: planned}
	r.ModifyPlan(t.Context(), resource.ModifyPlanRequest{
		Config: tfsdk.Config{Schema: schema.Schema, Raw: planned.Raw}, Plan: planned, State: tfsdk.State{Schema: schema.Schema, Raw: raw(prior)},
	}, &resp)
	return resp.Diagnostics
}

func configuredAssignment() assignmentModel {
	m := assignment()
	m.ID, m.PrincipalType, m.PrincipalName = types.StringNull(), types.StringNull(), types.StringNull()
	return m
}

func registerState(name string) model {
	return model{
		TenantID: str(homeTenant), DisplayName: str(name), Owners: types.SetNull(types.StringType), ID: str(clientID), ClientID: str(clientID),
		ApplicationObjectID: str(objectID), ServicePrincipalID: str(spID), AssignmentRequired: types.BoolValue(true),
		SignInAudience: str(entra.AudienceSingleTenant), Tag: str(entra.TagAccessRoles), Roles: rolesValue(entra.AccessRoles),
	}
}

// A plan that the caller lacks permissions for says which, and for what; one that it has them for says nothing. Either
// stands.
func TestPreflightOfRights(t *testing.T) {
	t.Parallel()
	const read = "Application.Read.All"
	register, renamed, elsewhere := registerState("Roles"), registerState("Access roles"), registerState("Roles")
	elsewhere.TenantID = str(otherTenant)
	other := configuredAssignment()
	other.Role = str("Comments Manager")
	for name, c := range map[string]struct {
		resource      func(tfkit.Base) resource.ResourceWithModifyPlan
		config, prior any
		has           []string // permissions
		lacks         []string // of which the warning speaks; nil for no warning
	}{
		"register":       {rolesIn, register, nil, []string{read}, []string{"Application.ReadWrite.OwnedBy"}},
		"register, all":  {rolesIn, register, nil, []string{"Application.ReadWrite.OwnedBy"}, nil},
		"another tenant": {rolesIn, elsewhere, register, []string{read}, []string{"Application.ReadWrite.OwnedBy"}},
		"renamed":        {rolesIn, renamed, register, []string{"Directory.Read.All"}, []string{"Application.ReadWrite.OwnedBy"}},
		"unchanged":      {rolesIn, register, register, nil, nil},
		"destroyed":      {rolesIn, nil, register, []string{"Directory.Read.All"}, []string{"Application.ReadWrite.OwnedBy"}},
		"destroyed, all": {rolesIn, nil, register, []string{"Application.ReadWrite.All"}, nil},
		"assigned":       {assignmentIn, configuredAssignment(), nil, []string{read}, []string{"assign access roles: AppRoleAssignment.ReadWrite.All"}},
		"assigned, all":  {assignmentIn, configuredAssignment(), nil, []string{"AppRoleAssignment.ReadWrite.All", read}, nil},
		"not reassigned": {assignmentIn, assignment(), assignment(), nil, nil},
		"withdrawn":      {assignmentIn, nil, assignment(), []string{read}, []string{"withdraw access roles: AppRoleAssignment.ReadWrite.All"}},
		"reassigned":     {assignmentIn, other, assignment(), []string{read}, []string{"withdraw access roles: AppRoleAssignment.ReadWrite.All"}},
		"withdrawn, all": {assignmentIn, nil, assignment(), []string{read, "AppRoleAssignment.ReadWrite.All"}, nil},
	} {
		diags := planOf(t, c.resource(providerAs(&checked{}, c.has...)), c.config, c.prior)
		if c.lacks == nil {
			if len(diags) > 0 {
				t.Errorf("%s: %v", name, diags)
			}
			continue
		}
		if len(diags) != 1 || diags[0].Severity() != diag.SeverityWarning || diags[0].Summary() != "Permissions missing for what is planned" {
			t.Errorf("%s: %v", name, diags)
			continue
		}
		for _, permission := range c.lacks {
			if !strings.Contains(diags[0].Detail(), permission) {
				t.Errorf("%s does not speak of %s: %s", name, permission, diags[0].Detail())
			}
		}
	}
}

func rolesIn(base tfkit.Base) resource.ResourceWithModifyPlan      { return &rolesResource{base} }
func assignmentIn(base tfkit.Base) resource.ResourceWithModifyPlan { return &assignmentResource{base} }

// What the tenant has against an assignment shows in the plan, at the attribute that it is about. Something that is no
// register may become one in the same apply.
func TestPreflightOfAnAssignment(t *testing.T) {
	t.Parallel()
	stranger := &entra.NotARegisterError{ClientID: clientID, DisplayName: "A session"}
	nothing := &entra.NotARegisterError{ClientID: clientID}
	nobody := &entra.NoPrincipalError{PrincipalID: ownerID}
	outage := &entra.GraphError{Kind: entra.ErrUnavailable, Operation: "look at the principal"}
	for name, c := range map[string]struct {
		err  error
		want string // severity, attribute and a part of the detail of each
	}{
		"good":        {nil, ""},
		"no register": {stranger, `Warning access_roles_id "A session"; `},
		"nothing":     {nothing, `Error access_roles_id no registration; `},
		"nobody":      {nobody, `Error principal_id not known everywhere yet; `},
		"both":        {errors.Join(nothing, nobody), `Error access_roles_id no registration; Error principal_id not known everywhere yet; `},
		"outage":      {outage, `Error  look at the principal; `},
	} {
		tenant := &checked{err: c.err}
		diags := planOf(t, assignmentIn(providerAs(tenant, "Directory.Read.All", "AppRoleAssignment.ReadWrite.All")), configuredAssignment(), nil)
		if got := located(diags); got != c.want {
			t.Errorf("%s: %s\n%v", name, got, diags)
		}
		if len(tenant.asked) != 1 || tenant.asked[0].RegisterID != clientID || tenant.asked[0].PrincipalID != ownerID {
			t.Errorf("%s: asked about %+v", name, tenant.asked)
		}
	}
}

// located is the severity, the attribute and a part of the detail of each.
func located(diags diag.Diagnostics) string {
	got := ""
	for _, d := range diags {
		at := ""
		if located, ok := d.(diag.DiagnosticWithPath); ok {
			at = located.Path().String()
		}
		part := "?"
		for _, text := range []string{`"A session"`, "no registration", "not known everywhere yet", "look at the principal"} {
			if strings.Contains(d.Detail(), text) {
				part = text
			}
		}
		got += d.Severity().String() + " " + at + " " + part + "; "
	}
	return got
}

// What the tenant has against an assignment shows at the same attributes when it is made. What is no register by then
// will not become one.
func TestRefusalOfAnAssignment(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"no register": {&entra.NotARegisterError{ClientID: clientID, DisplayName: "A session"}, `Error access_roles_id "A session"; `},
		"nothing":     {&entra.NotARegisterError{ClientID: clientID}, `Error access_roles_id no registration; `},
		"nobody":      {&entra.NoPrincipalError{PrincipalID: ownerID}, `Error principal_id not known everywhere yet; `},
		"outage":      {&entra.GraphError{Kind: entra.ErrUnavailable, Operation: "look at the principal"}, `Error  look at the principal; `},
	} {
		base := providerAs(&checked{err: c.err})
		base.Provider.Enforcement = entra.IgnoreAccess
		r := &assignmentResource{base}
		var schema resource.SchemaResponse
		r.Schema(t.Context(), resource.SchemaRequest{}, &schema)
		plan := tfsdk.State{Schema: schema.Schema}
		if diags := plan.Set(t.Context(), configuredAssignment()); diags.HasError() {
			t.Fatal(diags)
		}
		var resp resource.CreateResponse
		r.Create(t.Context(), resource.CreateRequest{Plan: tfsdk.Plan(plan)}, &resp)
		if got := located(resp.Diagnostics); got != c.want {
			t.Errorf("%s: %s\n%v", name, got, resp.Diagnostics)
		}
	}
}

// What an apply is going to make is not looked at before.
func TestPreflightOfWhatIsNotKnown(t *testing.T) {
	t.Parallel()
	config := configuredAssignment()
	config.AccessRolesID, config.PrincipalID = types.StringUnknown(), types.StringUnknown()
	tenant := &checked{}
	planOf(t, assignmentIn(providerAs(tenant)), config, nil)
	if len(tenant.asked) != 1 || tenant.asked[0].RegisterID != "" || tenant.asked[0].PrincipalID != "" {
		t.Errorf("asked about %+v", tenant.asked)
	}
}
