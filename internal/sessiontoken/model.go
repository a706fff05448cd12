package sessiontoken

import (
	"cmp"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/pki"
	"github.com/sapio365/terraform-provider-sapio365/internal/signin"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// input is what says who signs in, where and with what: to the ephemeral resource and to the action alike.
type input struct {
	ClientID       types.String `tfsdk:"client_id"`
	TenantID       types.String `tfsdk:"tenant_id"`
	ClientSecret   types.String `tfsdk:"client_secret"`
	PrivateKeyPEM  types.String `tfsdk:"private_key_pem"`
	CertificatePEM types.String `tfsdk:"certificate_pem"`
	Scope          types.String `tfsdk:"scope"`
}

// What the attributes are by which the App session signs in.
const (
	aboutSecret = "Value of a client secret of the App session, for example `sapio365_app_session.nightly.client_secret_value`. Either " +
		"this or `private_key_pem` with `certificate_pem`."
	aboutKey = "Private RSA key of a certificate of the App session, as PEM in PKCS#8 or PKCS#1, not encrypted, for example " +
		"`file(\"session.key\")`. Goes with `certificate_pem`; either both or `client_secret`."
	aboutCertificate = "The certificate that belongs to `private_key_pem` and is on the App session, as PEM, for example `file(\"session.pem\")`. " +
		"A chain is accepted; its certificate of the key is used to sign in. Goes with `private_key_pem`; either both or `client_secret`."
)

// model is the ephemeral resource as Terraform passes it on.
type model struct {
	input
	AccessToken types.String `tfsdk:"access_token"`
	ExpiresAt   types.String `tfsdk:"expires_at"`
	Roles       types.Set    `tfsdk:"roles"`
}

// tenant is the tenant to sign in to, in lower case; empty where that is not known.
func (i input) tenant(providerTenant string) string {
	return strings.ToLower(cmp.Or(i.TenantID.ValueString(), providerTenant))
}

// request is the sign-in that a valid configuration asks for.
func (i input) request(tenantID string) (signin.SignInRequest, error) {
	request := signin.SignInRequest{
		TenantID: tenantID, ClientID: i.ClientID.ValueString(), Scope: i.Scope.ValueString(),
		Secret: i.ClientSecret.ValueString(), Source: "client_secret",
	}
	if i.PrivateKeyPEM.IsNull() {
		return request, nil
	}
	pair, err := i.keyPair()
	request.KeyPair, request.Source = &pair, "private_key_pem and certificate_pem"
	return request, err
}

// keyPair is the key with its certificate.
func (i input) keyPair() (pki.KeyPair, error) {
	return pki.ParseKeyPair([]byte(i.PrivateKeyPEM.ValueString()+"\n"+i.CertificatePEM.ValueString()), "")
}

// settle puts the defaults in.
func (i *input) settle(tenantID, graphScope string) {
	if i.TenantID.IsNull() {
		i.TenantID = types.StringValue(tenantID)
	}
	if i.Scope.IsNull() {
		i.Scope = types.StringValue(graphScope)
	}
}

// fill takes the token over.
func (m *model) fill(token signin.Token) {
	m.AccessToken = types.StringValue(token.Value)
	m.ExpiresAt = types.StringValue(token.ExpiresAt.UTC().Truncate(time.Second).Format(time.RFC3339))
	m.Roles = tfkit.SetOf(token.Claims.Roles)
}
