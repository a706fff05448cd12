package partner

import (
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/signin"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// China has contracts alone, and says so to whoever asks for more.
func TestSources(t *testing.T) {
	t.Parallel()
	delegated, contract := entra.DelegatedAdmin, entra.Contract
	for name, tt := range map[string]struct {
		cloud      string
		configured []string
		want       []entra.CustomerSource
		refused    bool
	}{
		"default":           {"public", nil, entra.CustomerSources, false},
		"one":               {"public", []string{"contract"}, []entra.CustomerSource{contract}, false},
		"both":              {"usgovernment", []string{"contract", "delegated_admin"}, []entra.CustomerSource{delegated, contract}, false},
		"default in China":  {"china", nil, []entra.CustomerSource{contract}, false},
		"contract in China": {"china", []string{"contract"}, []entra.CustomerSource{contract}, false},
		"both in China":     {"china", []string{"contract", "delegated_admin"}, []entra.CustomerSource{delegated, contract}, true},
	} {
		cloud, _ := signin.LookupCloud(tt.cloud)
		m := model{Sources: types.SetNull(types.StringType)}
		if tt.configured != nil {
			m.Sources = tfkit.SetOf(tt.configured)
		}
		var diags diag.Diagnostics
		if got := m.sources(cloud, &diags); !slices.Equal(got, tt.want) || diags.HasError() != tt.refused {
			t.Errorf("%s: got %v, %v", name, got, diags)
		}
	}
}
