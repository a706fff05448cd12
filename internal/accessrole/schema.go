package accessrole

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// limits are the times that the operations may take, waiting for replication and throttling included.
var limits = tfkit.Timeouts{Create: 15 * time.Minute, Read: 5 * time.Minute, Update: 15 * time.Minute, Delete: 10 * time.Minute}

// description introduces the resource and the data source.
const description = "sapio365's access roles in Microsoft Entra ID: one app registration of the tenant, the register, whose app roles are the " +
	"roles that sapio365 knows under \"Access & Restrictions\". Users, groups and service principals are assigned to them with " +
	"`sapio365_access_role_assignment`.\n\n" +
	"**sapio365 itself does not read this register.** It keeps its access roles in a database of its own, where they are still " +
	"assigned by hand. The register is a record: declared, reviewed and audited as code, and exportable from the tenant. This " +
	"provider's own `access_enforcement` is what reads it."

// exampleRegister is the client ID of a register that does not exist.
const exampleRegister = "`7c1b0f7e-3d5c-4a0a-9a2e-6d1c0b8f4e21`"

// What the attributes are that the resource and the data source share.
var about = struct{ id, clientID, objectID, principalID, assignmentRequired, audience, tag, roles string }{
	id:                 "The same as `client_id`.",
	clientID:           "Application (client) ID of the register, by which assignments name it, for example " + exampleRegister + ".",
	objectID:           tfkit.AboutRegistrationID + ".",
	principalID:        tfkit.AboutServicePrincipalID + ", on which the roles are assigned.",
	assignmentRequired: "Whether only those have access to the service principal who are assigned a role.",
	audience:           "Whose accounts have access.",
	tag:                fmt.Sprintf("Tag by which the register is found, always `%s`.", entra.TagAccessRoles),
	roles: fmt.Sprintf("App role IDs by the name of the role, for example `{ %q = %q }`. The names are `%s`. The IDs are the same in "+
		"every tenant. A role that is missing, disabled or changed is not among them.",
		entra.AccessRoles[0].Name, entra.AccessRoles[0].ID, strings.Join(entra.AccessRoleNames(), "`, `")),
}

// Schema describes the resource.
func (r *rolesResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	computed := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: description + "\n\nA tenant has one register at most; a second one is an error. A create that fails half-way " +
			"deletes nothing and writes no state: the next apply finds the same registration and finishes it. App roles that others " +
			"declare on the registration are left alone.",
		Attributes: map[string]schema.Attribute{
			"tenant_id": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: tfkit.AboutTenant(" that the register is in") +
					" Changing it makes a register in the other tenant and deletes this one.",
				Validators: []validator.String{tfkit.TenantID()},
			},
			"display_name": schema.StringAttribute{
				Optional: true, Computed: true, Default: stringdefault.StaticString(entra.DefaultRegisterName),
				MarkdownDescription: fmt.Sprintf("Name of the registration, 1 to %d characters, for example `Contoso access roles`. Renaming happens in place. Default `%s`.",
					tfkit.MaxDisplayName, entra.DefaultRegisterName),
			},
			"owners": schema.SetAttribute{
				Optional: true, Computed: true, ElementType: types.StringType,
				MarkdownDescription: tfkit.AboutOwners(),
				Validators:          []validator.Set{setvalidator.NoNullValues()},
			},
			"id":                    computed(about.id),
			"client_id":             computed(about.clientID + " It stays the same for the life of the register."),
			"application_object_id": computed(about.objectID),
			"service_principal_id":  computed(about.principalID),
			"assignment_required": schema.BoolAttribute{
				Computed: true, MarkdownDescription: about.assignmentRequired + " Always `true`; set otherwise by somebody else, it is repaired.",
			},
			"sign_in_audience": computed(fmt.Sprintf("%s Always `%s`, those of this tenant only; another value is repaired.",
				about.audience, entra.AudienceSingleTenant)),
			"tag": computed(about.tag + " When somebody takes it away, it comes back."),
			"roles": schema.MapAttribute{
				Computed: true, ElementType: types.StringType, MarkdownDescription: about.roles + " An apply brings it back.",
			},
		},
	}
}

// IdentitySchema describes what identifies a register in an import.
func (r *rolesResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = tfkit.RegistrationIdentitySchema()
}
