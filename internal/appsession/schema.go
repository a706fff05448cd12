package appsession

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra/catalogue"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

var limits = tfkit.Timeouts{Create: 15 * time.Minute, Read: 5 * time.Minute, Update: 15 * time.Minute, Delete: 10 * time.Minute}

// Schema describes the resource.
func (r *sessionResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := computedAttributes()
	for _, group := range []map[string]schema.Attribute{
		registrationAttributes(), permissionAttributes(), credentialAttributes(), computedCredentials(),
	} {
		for name, attribute := range group {
			attributes[name] = attribute
		}
	}
	attributes["timeouts"] = limits.Attribute(ctx)
	resp.Schema = schema.Schema{
		MarkdownDescription: "An App session: an app registration of its own in Microsoft Entra ID, its service principal, the permissions it " +
			"declares, the administrator's consent to exactly those, and one credential (a client secret or a certificate). With a " +
			"certificate it may also be made ready for Exchange Online PowerShell.\n\n" +
			"A create that fails half-way deletes nothing and writes no state: the next apply finds the same registration, finishes it, " +
			"and keeps its client ID. Credentials that others have put on the registration are never touched.",
		Attributes: attributes,
	}
}

func registrationAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"display_name": schema.StringAttribute{
			Required: true,
			MarkdownDescription: fmt.Sprintf("Name of the App session and of its registration, 1 to %d characters, for example "+
				"`sapio365 - Jane Doe`. Renaming happens in place.", tfkit.MaxDisplayName),
		},
		"tenant_id": schema.StringAttribute{
			Optional: true, Computed: true,
			MarkdownDescription: tfkit.AboutTenant(" that the App session is in") +
				" Changing it makes a new App session in the other tenant and deletes this one.",
			Validators: []validator.String{tfkit.TenantID()},
		},
		"description": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: fmt.Sprintf("Notes on the registration, at most %d characters, for example `Nightly mailbox reports`. Default: none.", maxDescription),
		},
		"unique_name": schema.StringAttribute{
			Optional: true, Computed: true,
			MarkdownDescription: fmt.Sprintf("Alternate key of the registration (Microsoft Graph's `uniqueName`), 1 to %d characters without "+
				"white space. It makes creating safe to repeat. Default: derived from the display name at creation, for example "+
				"`sapio365-jane-doe-1f0c9a4b`; a derived name does not follow later renames. It can be given once to an imported "+
				"registration that has none; any other change makes a new App session.", maxUniqueName),
		},
		"owners": schema.SetAttribute{
			Optional: true, Computed: true, ElementType: types.StringType,
			MarkdownDescription: tfkit.AboutOwners(),
			Validators:          []validator.Set{setvalidator.NoNullValues()},
		},
		"assignment_required": schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(true),
			MarkdownDescription: "Whether only assigned users and applications may sign in to the service principal. Default `true`.",
		},
	}
}

func permissionAttributes() map[string]schema.Attribute {
	names := func(kind entra.PermissionKind, meaning, example string) schema.SetAttribute {
		return schema.SetAttribute{
			Optional: true, ElementType: types.StringType,
			MarkdownDescription: fmt.Sprintf("Names or GUIDs of %s permissions, %s, for example `%s`. Default: none.", kind, meaning, example),
			Validators:          []validator.Set{setvalidator.NoNullValues()},
		}
	}
	return map[string]schema.Attribute{
		"permission_profile": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: fmt.Sprintf("A preset of Microsoft Graph permissions, one of `%s`. The presets are this provider's own, made to cover "+
				"sapio365's modules; Ytria does not publish the list that sapio365 uses. The session has these and those of `permissions`. Default: none.",
				strings.Join(entra.ProfileNames(), "` or `")),
		},
		"permissions": schema.MapNestedAttribute{
			Optional: true,
			MarkdownDescription: fmt.Sprintf("Permissions by API. A key is one of `%s`, or the application (client) ID of any other API. At most %d APIs "+
				"and %d permissions, and at least one permission together with `permission_profile` and `exchange_online_powershell`. "+
				"Default: none.",
				strings.Join(catalogue.APINames(), "`, `"), maxAPIs, maxPermissions),
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"application": names(entra.Application, "which the session has for itself", "User.Read.All"),
				"delegated":   names(entra.Delegated, "which it has on behalf of a signed-in user", "User.Read"),
			}},
			Validators: []validator.Map{mapvalidator.NoNullValues()},
		},
		"admin_consent": schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(true),
			MarkdownDescription: "Whether to grant consent for the whole tenant, to exactly the declared permissions: missing ones are granted, " +
				"others revoked. With `false` grants are left alone; an administrator gives consent at `admin_consent_url`. Default `true`.",
		},
		"exchange_online_powershell": schema.SingleNestedAttribute{
			Optional: true,
			MarkdownDescription: "Makes the session ready for Exchange Online PowerShell: declares the permission `Exchange.ManageAsApp` and " +
				"assigns a directory role. Needs `certificate`. `{}` is enough.",
			Attributes: map[string]schema.Attribute{
				"role": schema.StringAttribute{
					Optional: true, Computed: true, Default: stringdefault.StaticString(defaultExchangeRole),
					MarkdownDescription: fmt.Sprintf("Directory role to assign for the whole tenant, one of `%s`. Default `%s`.",
						strings.Join(exchangeRoleNames(), "`, `"), defaultExchangeRole),
				},
			},
		},
	}
}
