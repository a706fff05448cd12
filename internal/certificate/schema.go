package certificate

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"

	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// Schema describes the ephemeral resource.
func (r *certificateResource) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	text := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	secret := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Computed: true, Sensitive: true, MarkdownDescription: description}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "A new key pair for an App session: an RSA key and a certificate that it signs itself. It exists for one run of " +
			"Terraform and is kept neither in the state nor in a plan.\n\n" +
			"Every plan and every apply generates another pair. Hand it to write-only arguments, which take a value only when their version " +
			"changes, and raise all versions that take a part of the pair in the same apply.",
		Attributes: map[string]schema.Attribute{
			"common_name": schema.StringAttribute{
				Required: true,
				MarkdownDescription: fmt.Sprintf("Common name of the certificate's subject, 1 to %d characters without `CN=`, for example "+
					"`sapio365 jobs`. People see it in certificate stores.", maxCommonName),
			},
			"key_bits": schema.Int64Attribute{
				Optional: true, Computed: true,
				MarkdownDescription: fmt.Sprintf("Size of the RSA key in bits, one of `2048`, `3072` or `4096`. Larger ones take longer to make, `4096` "+
					"some seconds. Default `%d`.", defaultKeyBits),
			},
			"valid_days": schema.Int64Attribute{
				Optional: true, Computed: true,
				MarkdownDescription: fmt.Sprintf("Life of the certificate in days, 1 to %d, from its beginning five minutes ago, for example `90`. A tenant's policy "+
					"may allow less: see `max_certificate_days` of `sapio365_tenant`. Default `%d`.", maxValidDays, defaultValidDays),
			},
			"pfx_password": schema.StringAttribute{
				Optional: true, Sensitive: true,
				MarkdownDescription: "Password of `pfx_base64`; give a long random one, for example `var.pfx_password`. Default: the empty password, with which the archive is only as " +
					"safe as where it is kept.",
			},
			"private_key_pem": secret("The private key as PEM in PKCS#8, not encrypted, for example `-----BEGIN PRIVATE KEY----- …`."),
			"certificate_pem": text("The certificate as PEM, for example `-----BEGIN CERTIFICATE----- …`. It is public."),
			"pfx_base64": secret("The private key and the certificate as PKCS#12 (PFX) in base64, for example `MIIKbQIBAzCC…`, with `pfx_password`. Encrypted with AES-256-CBC " +
				"(PBES2, PBKDF2 with HMAC-SHA-256) and protected by HMAC-SHA-256, which Windows Server 2019, Windows 10 1809, OpenSSL 1.1.1, " +
				"Java 12 and later versions of these read."),
			"thumbprint":        text("SHA-1 of the certificate " + tfkit.FormSHA1 + ", as sapio365, Microsoft Entra ID and Windows show it."),
			"thumbprint_sha256": text("SHA-256 of the certificate " + tfkit.FormSHA256 + "."),
		},
	}
}
