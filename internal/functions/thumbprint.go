// Package functions holds the functions of the provider. They compute without a tenant and without signing in.
package functions

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/sapio365/terraform-provider-sapio365/internal/pki"
)

type certificateThumbprint struct{}

// NewCertificateThumbprint makes the function certificate_thumbprint.
func NewCertificateThumbprint() function.Function { return certificateThumbprint{} }

// Metadata names the function.
func (certificateThumbprint) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "certificate_thumbprint"
}

// Definition describes the function.
func (certificateThumbprint) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Thumbprint of a certificate",
		MarkdownDescription: "Returns the SHA-1 of a certificate in upper-case hexadecimal digits without separators, as sapio365, " +
			"Microsoft Entra ID and Windows show it, for example `5F3C2B1A90D8E7F6A5B4C3D2E1F0A9B8C7D6E5F4`.",
		Parameters: []function.Parameter{function.StringParameter{
			Name: "certificate",
			MarkdownDescription: "The public certificate as PEM (of a chain the first certificate), as DER or PFX without private key and " +
				"password in base64, or in hexadecimal digits; detected. Anything that holds a private key is refused. For " +
				"example `file(\"session.pem\")`.",
		}},
		Return: function.StringReturn{},
	}
}

// Run computes the thumbprint.
func (certificateThumbprint) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var input string
	if resp.Error = req.Arguments.Get(ctx, &input); resp.Error != nil {
		return
	}
	certificate, err := pki.ParsePublic(input)
	if err != nil {
		resp.Error = function.NewArgumentFuncError(0, refusal(err))
		return
	}
	resp.Error = resp.Result.Set(ctx, certificate.ThumbprintSHA1())
}

// refusal says why a certificate is not taken. It never quotes the input.
func refusal(err error) string {
	switch {
	case errors.Is(err, pki.ErrPrivateKey):
		return "This holds a private key. Give the public certificate only, for example the file that Windows exports without the private key."
	case errors.Is(err, pki.ErrWrongPassword):
		return "This PFX has a password. Give the certificate alone, as PEM or DER."
	case errors.Is(err, pki.ErrEmpty):
		return "The certificate is empty."
	}
	return err.Error() + ". Give a public certificate as PEM, as DER or PFX in base64, or in hexadecimal digits."
}
