// Package accessrole is the Terraform face of sapio365's access roles: the resource and the data source
// sapio365_access_roles, and the resource sapio365_access_role_assignment.
package accessrole

import (
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// model is the register of access roles as Terraform keeps it, in configuration, plan and state alike.
type model struct {
	TenantID    types.String `tfsdk:"tenant_id"`
	DisplayName types.String `tfsdk:"display_name"`
	Owners      types.Set    `tfsdk:"owners"`

	ID                  types.String `tfsdk:"id"`
	ClientID            types.String `tfsdk:"client_id"`
	ApplicationObjectID types.String `tfsdk:"application_object_id"`
	ServicePrincipalID  types.String `tfsdk:"service_principal_id"`
	AssignmentRequired  types.Bool   `tfsdk:"assignment_required"`
	SignInAudience      types.String `tfsdk:"sign_in_audience"`
	Tag                 types.String `tfsdk:"tag"`
	Roles               types.Map    `tfsdk:"roles"`
}

// subject is how messages name the resource.
const subject = "register of access roles"
