package docs_test

import (
	"context"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/defaults"

	"github.com/sapio365/terraform-provider-sapio365/internal/provider"
)

// The defaults of the schemas are those that descriptions name.
func TestDescriptionsNameTheDefaults(t *testing.T) {
	t.Parallel()
	count := 0
	for _, made := range provider.New("test")().Resources(t.Context()) {
		var response resource.SchemaResponse
		made().Schema(t.Context(), resource.SchemaRequest{}, &response)
		for _, d := range defaultsIn(t.Context(), response.Schema.Attributes) {
			count++
			if !strings.Contains(d.description, "Default `"+d.value+"`") {
				t.Errorf("the default is %s: %s", d.value, d.description)
			}
		}
	}
	if count == 0 {
		t.Error("no default was found")
	}
}

type namedDefault struct{ value, description string }

func defaultsIn(ctx context.Context, attributes map[string]schema.Attribute) []namedDefault {
	var found []namedDefault
	add := func(value, description string) {
		found = append(found, namedDefault{strings.Trim(value, `"`), description})
	}
	for _, attribute := range attributes {
		switch a := attribute.(type) {
		case schema.BoolAttribute:
			if a.Default != nil {
				var response defaults.BoolResponse
				a.Default.DefaultBool(ctx, defaults.BoolRequest{}, &response)
				add(response.PlanValue.String(), a.MarkdownDescription)
			}
		case schema.Int64Attribute:
			if a.Default != nil {
				var response defaults.Int64Response
				a.Default.DefaultInt64(ctx, defaults.Int64Request{}, &response)
				add(response.PlanValue.String(), a.MarkdownDescription)
			}
		case schema.StringAttribute:
			if a.Default != nil {
				var response defaults.StringResponse
				a.Default.DefaultString(ctx, defaults.StringRequest{}, &response)
				add(response.PlanValue.String(), a.MarkdownDescription)
			}
		case schema.SingleNestedAttribute:
			found = append(found, defaultsIn(ctx, a.Attributes)...)
		case schema.MapNestedAttribute:
			found = append(found, defaultsIn(ctx, a.NestedObject.Attributes)...)
		case schema.ListNestedAttribute:
			found = append(found, defaultsIn(ctx, a.NestedObject.Attributes)...)
		}
	}
	return found
}
