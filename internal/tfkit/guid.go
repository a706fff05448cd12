package tfkit

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/signin"
)

// SameID tells whether two GUIDs are the same one; their letters may differ in case.
func SameID(a, b string) bool { return strings.EqualFold(a, b) }

// GUID validates that a string is a GUID; what names its meaning in messages, for example "client ID".
func GUID(what string) validator.String { return guid{what: what} }

// TenantID validates that a string is the ID of a tenant. Of a domain name it tells the ID to write.
func TenantID() validator.String { return guid{what: ofTenant} }

const ofTenant = "tenant ID"

type guid struct{ what string }

func (v guid) Description(context.Context) string         { return "a GUID: the " + v.what }
func (v guid) MarkdownDescription(context.Context) string { return "a GUID: the " + v.what }

func (v guid) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	value := req.ConfigValue.ValueString()
	if entra.IsGUID(value) {
		return
	}
	remedy := "Write it as 8-4-4-4-12 hexadecimal digits, for example 8ba3c1f0-3c5d-4f0e-9a8c-2f6f0d3b7e11."
	if v.what == ofTenant && signin.IsDomain(value) {
		remedy = DomainRemedy(ctx, value)
	}
	resp.Diagnostics.AddAttributeError(req.Path, "Not a "+v.what, fmt.Sprintf("%q is not a GUID. %s", value, remedy))
}
