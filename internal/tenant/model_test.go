package tenant

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// A user to whom the tenant shows only its name does not learn that it is not synchronised.
func TestUserWhoSeesPartOfTheOrganization(t *testing.T) {
	t.Parallel()
	little := entra.Holder{ObjectID: "o", Name: "jane@contoso.com", User: true, Permissions: []string{"User.Read"}}
	facts := entra.TenantFacts{
		Organization: entra.Organization{DisplayName: "Contoso"}, OrganizationRefused: &entra.GraphError{Kind: entra.ErrForbidden},
	}
	m := read(model{}, findings{TenantFacts: facts}, little, "the Azure CLI")
	if m.DisplayName.ValueString() != "Contoso" || !m.Hybrid.IsNull() {
		t.Errorf("got %+v", m)
	}
	if kind, _ := m.Caller.Attributes()["type"].(types.String); kind.ValueString() != user {
		t.Errorf("the caller is %v", m.Caller)
	}
}
