package tenant

import (
	"errors"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// A user to whom the tenant shows only its name does not learn that it is not synchronised.
func TestUserWhoSeesPartOfTheOrganization(t *testing.T) {
	t.Parallel()
	little := entra.Holder{ObjectID: "o", Name: "jane@contoso.com", User: true, Permissions: []string{"User.Read"}}
	var refused *entra.GraphError
	err := partly(little)
	if !errors.As(err, &refused) || !refused.ByUser || refused.Needs[0] != "Organization.Read.All" {
		t.Fatalf("got %v", err)
	}
	m := read(model{}, findings{TenantFacts: entra.TenantFacts{Organization: entra.Organization{DisplayName: "Contoso"}, OrganizationRefused: err}}, little, "the Azure CLI")
	if m.DisplayName.ValueString() != "Contoso" || !m.Hybrid.IsNull() {
		t.Errorf("got %+v", m)
	}
	if kind, _ := m.Caller.Attributes()["type"].(types.String); kind.ValueString() != user {
		t.Errorf("the caller is %v", m.Caller)
	}
	for _, permission := range []string{"Organization.Read.All", "Directory.AccessAsUser.All"} {
		if err := partly(entra.Holder{User: true, Permissions: []string{permission}}); err != nil {
			t.Errorf("%s: %v", permission, err)
		}
	}
}
