package accessrole

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// Schema describes the resource.
func (r *assignmentResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	const replaces = " Changing it makes a new assignment."
	required := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Required: true, MarkdownDescription: description + replaces}
	}
	computed := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "One of sapio365's access roles, assigned to a user, a group or a service principal in the register of a tenant " +
			"(`sapio365_access_roles`).\n\n" +
			"**sapio365 itself does not read this assignment.** It keeps its access roles in a database of its own, where they are still " +
			"assigned by hand. The assignment is a record of who is to have which role: declared, reviewed and audited as code, and " +
			"exportable from the tenant. This provider's own `access_enforcement` is what reads it.",
		Attributes: map[string]schema.Attribute{
			"tenant_id": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: tfkit.AboutTenant(" that the register is in") + replaces,
				Validators:          []validator.String{tfkit.TenantID()},
			},
			"access_roles_id": required("Client ID of the register, for example `sapio365_access_roles.this.id`."),
			"role":            required(fmt.Sprintf("Name of the role, one of `%s`.", strings.Join(entra.AccessRoleNames(), "`, `"))),
			"principal_id": required("Object ID of the user, group or service principal (enterprise application) that gets the role, for " +
				"example " + tfkit.ExamplePrincipal + ". Of a group, " +
				"the direct members get it, not those of nested groups."),
			"id":                     computed("ID of the app role assignment in Microsoft Entra ID, for example `Wm5uP8yM1k6vQ2xT9rL3aB7cD0eF4gH5jK8nR1sU6wY`."),
			"principal_type":         computed("What the principal is, one of `User`, `Group` or `ServicePrincipal`."),
			"principal_display_name": computed("Display name of the principal, for example `Helpdesk`."),
		},
	}
}

// IdentitySchema describes what identifies an assignment in an import.
func (r *assignmentResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	required := func(description string) identityschema.StringAttribute {
		return identityschema.StringAttribute{RequiredForImport: true, Description: description}
	}
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"tenant_id":       identityschema.StringAttribute{OptionalForImport: true, Description: "Tenant ID; the provider's when left out."},
		"access_roles_id": required("Client ID of the register of access roles."),
		"role":            required("Name of the role."),
		"principal_id":    required("Object ID of the user, group or service principal."),
	}}
}
