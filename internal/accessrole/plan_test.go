package accessrole

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

const (
	homeTenant  = "aaaaaaaa-0000-4000-8000-000000000001"
	otherTenant = "aaaaaaaa-0000-4000-8000-000000000002"
	clientID    = "cccccccc-0000-4000-8000-000000000001"
	objectID    = "bbbbbbbb-0000-4000-8000-000000000001"
	spID        = "dddddddd-0000-4000-8000-000000000001"
	ownerID     = "eeeeeeee-0000-4000-8000-000000000001"
)

func str(value string) types.String { return types.StringValue(value) }

// inPlace is a register as it shall be.
func inPlace() entra.Registration {
	have := entra.Registration{
		ClientID: clientID, ObjectID: objectID, DisplayName: "Roles", Audience: entra.AudienceSingleTenant, Tags: []string{entra.TagAccessRoles},
		ServicePrincipal: &entra.ServicePrincipal{ObjectID: spID, AssignmentRequired: true},
		Owners:           []entra.Owner{{ObjectID: ownerID, Hidden: true}},
	}
	for _, role := range entra.AccessRoles {
		have.AppRoles = append(have.AppRoles, role.AppRole())
	}
	return have
}

// configured is a configuration with the default of the display name.
func configured(tenant types.String) model {
	return model{TenantID: tenant, DisplayName: str("Roles"), Owners: types.SetNull(types.StringType)}
}

func TestPlanOfACreate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ configured, provider, want types.String }{
		"in the provider's tenant":      {types.StringNull(), str(homeTenant), str(homeTenant)},
		"in another tenant":             {str(otherTenant), str(homeTenant), str(otherTenant)},
		"in a tenant not known yet":     {types.StringUnknown(), str(homeTenant), types.StringUnknown()},
		"by a provider not known yet":   {types.StringNull(), types.StringUnknown(), types.StringUnknown()},
		"elsewhere, by such a provider": {str(otherTenant), types.StringUnknown(), str(otherTenant)},
	} {
		config := configured(c.configured)
		out := planning{config: config, proposed: config, providerTenant: c.provider}.plan()
		if !out.plan.TenantID.Equal(c.want) || len(out.replace) > 0 || out.diags.HasError() {
			t.Errorf("%s: tenant %s, %v", name, out.plan.TenantID, out.diags)
		}
		for _, id := range []types.String{out.plan.ID, out.plan.ClientID, out.plan.ApplicationObjectID, out.plan.ServicePrincipalID} {
			if !id.IsUnknown() {
				t.Errorf("%s: the id %s is known before it is made", name, id)
			}
		}
		if len(out.plan.Roles.Elements()) != len(entra.AccessRoles) || !out.plan.Owners.IsUnknown() || !out.plan.AssignmentRequired.ValueBool() {
			t.Errorf("%s: %+v", name, out.plan)
		}
		if applied := out.plan.applied(inPlace()); applied.ID != str(clientID) || applied.ServicePrincipalID != str(spID) || len(applied.Owners.Elements()) != 0 {
			t.Errorf("%s, applied: %+v", name, applied)
		}
	}
}

// state is what a refresh makes of the registration.
func state(have entra.Registration) model {
	return model{TenantID: str(homeTenant), Owners: types.SetNull(types.StringType)}.refreshed(have)
}

func TestPlanWithoutDriftIsEmpty(t *testing.T) {
	t.Parallel()
	prior := state(inPlace())
	proposed := prior
	out := planning{config: configured(types.StringNull()), proposed: proposed, prior: &prior, providerTenant: str(homeTenant)}.plan()
	if diff := differing(out.plan, prior); len(diff) > 0 || len(out.replace) > 0 {
		t.Errorf("%v change", diff)
	}
}

// differing names the attributes in which two models differ.
func differing(a, b model) []string {
	var names []string
	for name, equal := range map[string]bool{
		"tenant_id": a.TenantID.Equal(b.TenantID), "display_name": a.DisplayName.Equal(b.DisplayName), "owners": a.Owners.Equal(b.Owners),
		"id": a.ID.Equal(b.ID), "client_id": a.ClientID.Equal(b.ClientID), "application_object_id": a.ApplicationObjectID.Equal(b.ApplicationObjectID),
		"service_principal_id": a.ServicePrincipalID.Equal(b.ServicePrincipalID), "assignment_required": a.AssignmentRequired.Equal(b.AssignmentRequired),
		"sign_in_audience": a.SignInAudience.Equal(b.SignInAudience), "tag": a.Tag.Equal(b.Tag), "roles": a.Roles.Equal(b.Roles),
	} {
		if !equal {
			names = append(names, name)
		}
	}
	return names
}

// Whatever is not as it shall be shows in exactly one attribute.
func TestDriftShows(t *testing.T) {
	t.Parallel()
	for attribute, change := range map[string]func(*entra.Registration){
		"roles":               func(r *entra.Registration) { r.AppRoles = r.AppRoles[1:] },
		"tag":                 func(r *entra.Registration) { r.Tags = nil },
		"sign_in_audience":    func(r *entra.Registration) { r.Audience = "AzureADMultipleOrgs" },
		"assignment_required": func(r *entra.Registration) { r.ServicePrincipal = &entra.ServicePrincipal{ObjectID: spID} },
		"owners":              func(r *entra.Registration) { r.Owners = append(r.Owners, entra.Owner{ObjectID: objectID}) },
		"display_name":        func(r *entra.Registration) { r.DisplayName = "Else" },
	} {
		have := inPlace()
		change(&have)
		if diff := differing(state(have), state(inPlace())); len(diff) != 1 || diff[0] != attribute {
			t.Errorf("what concerns %s shows in %v", attribute, diff)
		}
	}
	unfinished := inPlace()
	unfinished.Tags = append(unfinished.Tags, entra.TagProvisioning("aa"))
	if diff := differing(state(unfinished), state(inPlace())); len(diff) > 0 {
		t.Errorf("a mark that a replica still shows is drift of %v", diff)
	}
	gone := inPlace()
	gone.ServicePrincipal = nil
	prior := state(gone)
	out := planning{config: configured(types.StringNull()), proposed: prior, prior: &prior, providerTenant: str(homeTenant)}.plan()
	if !prior.ServicePrincipalID.IsNull() || !out.plan.ServicePrincipalID.IsUnknown() || !out.plan.AssignmentRequired.ValueBool() {
		t.Errorf("without a service principal: %+v", out.plan)
	}
}

func TestOtherTenant(t *testing.T) {
	t.Parallel()
	prior := state(inPlace())
	for name, c := range map[string]struct {
		configured types.String
		provider   string
		replaces   bool
		refused    bool
	}{
		"the same":                  {str(homeTenant), homeTenant, false, false},
		"the same, in upper case":   {str(strings.ToUpper(homeTenant)), homeTenant, false, false},
		"another one":               {str(otherTenant), homeTenant, true, false},
		"the provider's, moved":     {types.StringNull(), otherTenant, false, true},
		"its own, provider moved":   {str(homeTenant), otherTenant, false, false},
		"one that is not known":     {types.StringUnknown(), homeTenant, true, false},
		"provider not known at all": {types.StringNull(), "", false, false},
	} {
		out := planning{config: configured(c.configured), proposed: prior, prior: &prior, providerTenant: tfkit.OrNull(c.provider)}.plan()
		if (len(out.replace) > 0) != c.replaces || out.diags.HasError() != c.refused {
			t.Errorf("%s: replaced %v, %v", name, out.replace, out.diags)
		}
		if !c.replaces && !out.plan.TenantID.Equal(prior.TenantID) {
			t.Errorf("%s: planned is tenant %s", name, out.plan.TenantID)
		}
	}
}
