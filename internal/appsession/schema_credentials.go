package appsession

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
)

func credentialAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"client_secret": schema.SingleNestedAttribute{
			Optional: true,
			MarkdownDescription: "Sign in with a client secret, which is the default when neither `client_secret` nor `certificate` is set. " +
				"`{}` is enough. After an import nothing is created until one of them is set. The secret is followed by a new one some time before " +
				"it expires, by any apply, and stays for an overlap after that.",
			Attributes: secretAttributes(),
		},
		"certificate": schema.SingleNestedAttribute{
			Optional: true,
			MarkdownDescription: "Sign in with a certificate whose private key stays where it is. Conflicts with `client_secret`. Changing from " +
				"one to the other happens in place, the new credential before the old one goes.",
			Attributes: certificateAttributes(),
		},
		"verify_sign_in": schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(false),
			MarkdownDescription: "Whether a new client secret must have signed in, with every consented application permission in its token, before " +
				"an apply is done. Not possible with `certificate`, whose private key the provider does not have. Default `false`.",
		},
	}
}

func secretAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"valid_days": schema.Int64Attribute{
			Optional: true, Computed: true, Default: int64default.StaticInt64(defaultValidDays),
			MarkdownDescription: fmt.Sprintf("Life of the secret in days, 1 to %d, for example `90`. A change applies to the next secret. Default `%d`.",
				maxValidDays, defaultValidDays),
		},
		"rotate_before_days": schema.Int64Attribute{
			Optional: true, Computed: true,
			MarkdownDescription: fmt.Sprintf("How many days before it expires the secret is followed by a new one, less than `valid_days`, for example `14`; `0` "+
				"waits until it has expired. The first apply from then on makes the new secret and sees it accepted at sign-in. Default `%d`, and at most "+
				"half of `valid_days`.", defaultRotateBefore),
		},
		"overlap_days": schema.Int64Attribute{
			Optional: true, Computed: true,
			MarkdownDescription: fmt.Sprintf("How many days a secret stays after it has been followed, so that whatever uses it has time to read the new "+
				"one, for example `3`; at most `rotate_before_days`. The first apply after that removes it. `0` removes it at once. Default `%d`, and at most "+
				"`rotate_before_days`.", defaultOverlap),
		},
		"sealed_to": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "Recipient to whom the secret is encrypted before it is stored: an age recipient (`age1…`) or an SSH public key " +
				"(`ssh-ed25519` or `ssh-rsa`). Then the secret is in `client_secret_sealed`, and in clear nowhere. Another recipient makes a new " +
				"secret. For example `age1pqtzyq8fs6jstj5mma4q2dpmntc5qstkav9dxflxzq4uff6fa3eqhu0w8p`. Default: not encrypted.",
		},
	}
}

func certificateAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"value": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "The public certificate as PEM (of a chain the first certificate), as DER or PFX without private key in " +
				"base64, or in hexadecimal digits; detected. The same certificate in another encoding is no change. Anything that holds " +
				"a private key is refused. Exactly one of `value` and `value_wo`. For example `file(\"session.pem\")`.",
		},
		"value_wo": schema.StringAttribute{
			Optional: true, WriteOnly: true,
			MarkdownDescription: "The certificate as in `value`, or with its private key as PEM or PFX, of which only the public certificate is used. " +
				"It is in no plan and no state, so it may come from an ephemeral resource, for example " +
				"`ephemeral.sapio365_certificate.session.certificate_pem`. Needs `value_wo_version`. Exactly one of `value` and `value_wo`.",
		},
		"value_wo_password": schema.StringAttribute{
			Optional: true, WriteOnly: true,
			MarkdownDescription: "Password of the PFX in `value_wo`, for example `var.pfx_password`. It is in no plan and no state. Default: the empty password.",
		},
		"value_wo_version": schema.Int64Attribute{
			Optional:            true,
			MarkdownDescription: "Version of `value_wo`, for example `1`. Only another version has the provider read `value_wo` again. Goes with `value_wo`: either both or none.",
		},
		"overlap_days": schema.Int64Attribute{
			Optional: true, Computed: true, Default: int64default.StaticInt64(defaultOverlap),
			MarkdownDescription: fmt.Sprintf("How many days a certificate stays after another one has followed it, 0 to %d, for example `14`. The first apply "+
				"after that removes it. `0` removes it as soon as the new one can be seen. Default `%d`.", maxOverlap, defaultOverlap),
		},
	}
}
