package sessiondata

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// chosen says which credential of several is shown.
const chosen = "of the %s that ends last (of those that this provider made, or else of all)"

const (
	uniqueName = "Alternate key of the registration (Microsoft Graph's `uniqueName`), for example `sapio365-jane-doe-1f0c9a4b`."
	oneKey     = " Exactly one of `client_id`, `unique_name` and `display_name`."
	// authentication is by what a session signs in that the provider may not have made.
	authentication = "By what the session signs in, one of `" + string(entra.BySecret) + "`, `" + string(entra.ByCertificate) + "`. Where it has " +
		"both, the kind of which this provider made one, or else of which one ends last. Null without any credential."
)

func computed(description string) schema.StringAttribute {
	return schema.StringAttribute{Computed: true, MarkdownDescription: description}
}

func flag(description string) schema.BoolAttribute {
	return schema.BoolAttribute{Computed: true, MarkdownDescription: description}
}

func number(description string) schema.Int64Attribute {
	return schema.Int64Attribute{Computed: true, MarkdownDescription: description}
}

func labels(description string) schema.SetAttribute {
	return schema.SetAttribute{
		Computed: true, ElementType: types.StringType,
		MarkdownDescription: description + " " + tfkit.AboutLabels,
	}
}

// Schema describes the data source.
func (d *sessionDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := keyAttributes()
	for _, group := range []map[string]schema.Attribute{registrationAttributes(), credentialAttributes(), consentAttributes()} {
		for name, attribute := range group {
			attributes[name] = attribute
		}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "An App session as the tenant shows it: its registration, the permissions it declares and has been granted, and " +
			"until when its credentials last. It may be one of another configuration, or one that Terraform does not manage.\n\n" +
			"Set exactly one of `client_id`, `unique_name` and `display_name`. Secret values are never read: Microsoft Entra ID tells " +
			"them only once. Under the provider's `access_enforcement` the caller must hold the access role \"Access App sessions\".",
		Attributes: attributes,
	}
}

func keyAttributes() map[string]schema.Attribute {
	key := func(description string, validators ...validator.String) schema.StringAttribute {
		return schema.StringAttribute{Optional: true, Computed: true, MarkdownDescription: description, Validators: validators}
	}
	return map[string]schema.Attribute{
		"client_id": key("Application (client) ID, for example "+tfkit.ExampleClientID+", by which any registration is found, also one without the tag of App sessions."+oneKey,
			tfkit.GUID("client ID")),
		"unique_name": key(uniqueName + " Null where it has none." + oneKey),
		"display_name": key(tfkit.AboutSessionName + ". Where several registrations have it, whoever made them, it is " +
			"an error that lists them. One that is spelled exactly like this comes before those that differ in case." + oneKey),
		"tenant_id": tenantAttribute(),
	}
}

func registrationAttributes() map[string]schema.Attribute {
	names := func(kind entra.PermissionKind) schema.SetAttribute {
		return schema.SetAttribute{
			Computed: true, ElementType: types.StringType,
			MarkdownDescription: fmt.Sprintf("Names of %s permissions, for example `User.Read`; their GUIDs where no name is known. Null where there are none.", kind),
		}
	}
	return map[string]schema.Attribute{
		"id":          computed("The same as `client_id`, in lower case."),
		"description": computed("Notes on the registration, for example `Nightly mailbox reports`."),
		"owners": schema.SetAttribute{
			Computed: true, ElementType: types.StringType,
			MarkdownDescription: tfkit.AboutOwnersFound,
		},
		"permissions": schema.MapNestedAttribute{
			Computed: true,
			MarkdownDescription: "Permissions that the registration declares, by API, for example `Microsoft Graph`, in the form of the resource's " +
				"`permissions`. Those of a " +
				"profile and of Exchange Online PowerShell are among them.",
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				string(entra.Application): names(entra.Application), string(entra.Delegated): names(entra.Delegated),
			}},
		},
		"assignment_required":   flag("Whether only assigned users and applications may sign in to the service principal. Null where there is none."),
		"application_object_id": computed(tfkit.AboutRegistrationID + "."),
		"service_principal_id":  computed(tfkit.AboutServicePrincipalID + ". Null where there is none."),
		"sign_in_audience": computed(fmt.Sprintf("Whose accounts may sign in, for example `%s` for accounts of this tenant only, as in every App session "+
			"that this provider makes.", entra.AudienceSingleTenant)),
		"provisioning": flag("Whether the session is still being created, or a create of it broke. Then there is a warning as well."),
	}
}

func credentialAttributes() map[string]schema.Attribute {
	secret, certificate := fmt.Sprintf(chosen, "client secret"), fmt.Sprintf(chosen, "certificate")
	return map[string]schema.Attribute{
		"authentication":                computed(authentication),
		"client_secret_key_id":          computed("Key ID " + secret + ", for example `8f3c6a1d-27b9-4e50-b1d4-6a9c0e5f7d38`."),
		"client_secret_expires_at":      computed("When it expires, " + tfkit.FormTime + "."),
		"certificate_thumbprint":        computed("SHA-1 thumbprint " + certificate + ", " + tfkit.FormSHA1 + "."),
		"certificate_thumbprint_sha256": computed("SHA-256 thumbprint of the same certificate, " + tfkit.FormSHA256 + "."),
		"certificate_expires_at":        computed("When it expires, " + tfkit.FormTime + "."),
		"credential_count":              number("Number of secrets and certificates on the registration, for example `2`."),
		"unmanaged_credentials":         number("Number of those among them that do not carry the label of this provider, for example `1`."),
	}
}

func consentAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"admin_consent_granted": flag("Whether every declared permission is granted for the whole tenant."),
		"admin_consent_url":     computed(tfkit.AboutConsentURL),
		"missing_consents":      labels("Declared permissions that are not granted."),
		"extra_consents":        labels("Granted permissions that are not declared."),
		"exchange_powershell_ready": flag("Whether the permission for Exchange Online PowerShell is declared and granted, and a directory role " +
			"for it assigned."),
	}
}
