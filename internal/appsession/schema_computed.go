package appsession

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// computedAttributes are those that no configuration sets. The plan sets each of them, so none has a plan modifier.
func computedAttributes() map[string]schema.Attribute {
	labels := func(description string) schema.SetAttribute {
		return schema.SetAttribute{
			Computed: true, ElementType: types.StringType,
			MarkdownDescription: description + " Each is written like `Microsoft Graph: User.Read.All (application)`.",
		}
	}
	return map[string]schema.Attribute{
		"id":                    computed("The same as `client_id`."),
		"client_id":             computed("Application (client) ID, by which the session signs in. It stays the same for the life of the session."),
		"application_object_id": computed("Object ID of the app registration."),
		"service_principal_id":  computed("Object ID of the service principal (enterprise application)."),
		"sign_in_audience": computed(fmt.Sprintf("Whose accounts may sign in. Always `%s`, accounts of this tenant only; another value, set by "+
			"somebody else, is repaired.", entra.AudienceSingleTenant)),
		"authentication": computed(fmt.Sprintf("By what the session signs in: `%s` or `%s`. Null after an import, until one is set.",
			bySecret, byCertificate)),
		"admin_consent_granted": schema.BoolAttribute{
			Computed: true, MarkdownDescription: "Whether every declared permission is granted for the whole tenant.",
		},
		"admin_consent_url": computed("Page on which an administrator of the tenant gives consent to the declared permissions."),
		"missing_consents":  labels("Declared permissions that are not granted."),
		"extra_consents":    labels("Granted permissions that are not declared."),
		"unmanaged_credentials": schema.Int64Attribute{
			Computed: true,
			MarkdownDescription: "Number of secrets and certificates on the registration that this resource did not make. They are never touched, " +
				"but whoever holds them can sign in as the session.",
		},
		"exchange_powershell_ready": schema.BoolAttribute{
			Computed:            true,
			MarkdownDescription: "Whether the permission for Exchange Online PowerShell is granted and the directory role assigned.",
		},
	}
}

func computed(description string) schema.StringAttribute {
	return schema.StringAttribute{Computed: true, MarkdownDescription: description}
}

// computedCredentials are those of the credential in use, and of those that retire.
func computedCredentials() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"client_secret_value": schema.StringAttribute{
			Computed: true, Sensitive: true,
			MarkdownDescription: "The client secret. It is kept in the state. Null with `sealed_to`, with a certificate, and after an import.",
		},
		"client_secret_sealed": computed("The client secret as it is encrypted to `sealed_to`: text in age's armor, which `age -d -i key.txt` " +
			"opens. Null without `sealed_to`."),
		"rotation_due_at": computed("When the client secret is to be followed by a new one, RFC 3339 in UTC. The first apply from then on does it."),
		"rotation_pending": schema.BoolAttribute{
			Computed: true,
			MarkdownDescription: "Whether the next apply makes a new client secret because that is due, or because the action " +
				"`sapio365_rotate_secret` has asked for it. True as well while that secret has been made and not been seen accepted. A refresh decides it.",
		},
		"retiring_credentials": schema.ListNestedAttribute{
			Computed: true,
			MarkdownDescription: "Credentials of this resource that another one has followed, and that stay for their overlap: one at most, but for " +
				"what a failed apply has left.",
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"key_id": computed("Key ID of the credential."),
				"kind":   computed(fmt.Sprintf("`%s` or `%s`.", bySecret, byCertificate)),
				"remove_after": computed("When its overlap is over, RFC 3339 in UTC. The first apply from then on removes it. Null while its successor has " +
					"not been accepted at sign-in."),
				"due": schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether the next apply removes it. A refresh decides it."},
			}},
		},
		"client_secret_key_id": computed("Key ID of the client secret."),
		"client_secret_expires_at": computed("When the client secret expires, RFC 3339 in UTC, for example `2027-05-01T12:00:00Z`. An " +
			"expired or removed secret is replaced by the next apply."),
		"certificate_thumbprint":        computed("SHA-1 thumbprint of the certificate in upper-case hexadecimal digits, as sapio365 and Windows show it."),
		"certificate_thumbprint_sha256": computed("SHA-256 thumbprint of the certificate in upper-case hexadecimal digits."),
		"certificate_expires_at":        computed("When the certificate expires, RFC 3339 in UTC."),
	}
}
