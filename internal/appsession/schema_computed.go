package appsession

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// exampleKeyID is the key ID of a credential that does not exist.
const exampleKeyID = "`8f3c6a1d-27b9-4e50-b1d4-6a9c0e5f7d38`"

// computedAttributes are those that no configuration sets. The plan sets each of them, so none has a plan modifier.
func computedAttributes() map[string]schema.Attribute {
	labels := func(description string) schema.SetAttribute {
		return schema.SetAttribute{
			Computed: true, ElementType: types.StringType,
			MarkdownDescription: description + " " + tfkit.AboutLabels,
		}
	}
	return map[string]schema.Attribute{
		"id":                    computed("The same as `client_id`."),
		"client_id":             computed("Application (client) ID, by which the session signs in, for example " + tfkit.ExampleClientID + ". It stays the same for the life of the session."),
		"application_object_id": computed(tfkit.AboutRegistrationID + "."),
		"service_principal_id":  computed(tfkit.AboutServicePrincipalID + "."),
		"sign_in_audience": computed(fmt.Sprintf("Whose accounts may sign in. Always `%s`, accounts of this tenant only; another value, set by "+
			"somebody else, is repaired.", entra.AudienceSingleTenant)),
		"authentication": computed(fmt.Sprintf("By what the session signs in, one of `%s`, `%s`. Null after an import, until one is set.",
			bySecret, byCertificate)),
		"admin_consent_granted": schema.BoolAttribute{
			Computed: true, MarkdownDescription: "Whether every declared permission is granted for the whole tenant.",
		},
		"admin_consent_url": computed(tfkit.AboutConsentURL),
		"missing_consents":  labels("Declared permissions that are not granted."),
		"extra_consents":    labels("Granted permissions that are not declared."),
		"unmanaged_credentials": schema.Int64Attribute{
			Computed: true,
			MarkdownDescription: "Number of secrets and certificates on the registration that this resource did not make, for example `1`. They are never touched, " +
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
			MarkdownDescription: "The client secret, for example `Yk~8Q…`. It is kept in the state. Null with `sealed_to`, with a certificate, and after an import.",
		},
		"client_secret_sealed": computed("The client secret as it is encrypted to `sealed_to`: text in age's armor, for example " +
			"`-----BEGIN AGE ENCRYPTED FILE----- …`, which `age -d -i key.txt` opens. Null without `sealed_to`."),
		"rotation_due_at": computed("When the client secret is to be followed by a new one, " + tfkit.FormTime + ". The first apply from then on does it."),
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
				"key_id": computed("Key ID of the credential, for example " + exampleKeyID + "."),
				"kind":   computed(fmt.Sprintf("What it is, one of `%s`, `%s`.", bySecret, byCertificate)),
				"remove_after": computed("When its overlap is over, " + tfkit.FormTime + ". The first apply from then on removes it. Null while its successor has " +
					"not been accepted at sign-in."),
				"due": schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether the next apply removes it. A refresh decides it."},
			}},
		},
		"client_secret_key_id": computed("Key ID of the client secret, for example " + exampleKeyID + "."),
		"client_secret_expires_at": computed("When the client secret expires, " + tfkit.FormTime + ". An " +
			"expired or removed secret is replaced by the next apply."),
		"certificate_thumbprint":        computed("SHA-1 thumbprint of the certificate " + tfkit.FormSHA1 + ", as sapio365 and Windows show it."),
		"certificate_thumbprint_sha256": computed("SHA-256 thumbprint of the certificate " + tfkit.FormSHA256 + "."),
		"certificate_expires_at":        computed("When the certificate expires, " + tfkit.FormTime + "."),
	}
}
