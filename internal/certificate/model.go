package certificate

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/pki"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// Limits and defaults.
const (
	maxCommonName    = 64 // X.520
	defaultKeyBits   = 2048
	defaultValidDays = 365
	maxValidDays     = 3650
	// backdated is how long ago the certificate begins: the clocks of those who check it may be behind.
	backdated = 5 * time.Minute
)

var keyBits = []int64{defaultKeyBits, 3072, 4096}

// model is the ephemeral resource as Terraform passes it on.
type model struct {
	CommonName       types.String `tfsdk:"common_name"`
	KeyBits          types.Int64  `tfsdk:"key_bits"`
	ValidDays        types.Int64  `tfsdk:"valid_days"`
	PFXPassword      types.String `tfsdk:"pfx_password"`
	PrivateKeyPEM    types.String `tfsdk:"private_key_pem"`
	CertificatePEM   types.String `tfsdk:"certificate_pem"`
	PFXBase64        types.String `tfsdk:"pfx_base64"`
	Thumbprint       types.String `tfsdk:"thumbprint"`
	ThumbprintSHA256 types.String `tfsdk:"thumbprint_sha256"`
}

// validate checks what is known.
func (m model) validate(diags *diag.Diagnostics) {
	if tfkit.IsSet(m.CommonName) {
		validateCommonName(m.CommonName.ValueString(), diags)
	}
	if bits := m.KeyBits.ValueInt64(); tfkit.IsSet(m.KeyBits) && !slices.Contains(keyBits, bits) {
		diags.AddAttributeError(path.Root("key_bits"), "Unusual key size", fmt.Sprintf(
			"key_bits is %d. Use 2048, 3072 or 4096.", bits))
	}
	if days := m.ValidDays.ValueInt64(); tfkit.IsSet(m.ValidDays) && (days < 1 || days > maxValidDays) {
		diags.AddAttributeError(path.Root("valid_days"), "Life out of range", fmt.Sprintf(
			"valid_days is %d. Give it 1 to %d.", days, maxValidDays))
	}
}

func validateCommonName(name string, diags *diag.Diagnostics) {
	p := path.Root("common_name")
	if length := utf8.RuneCountInString(name); length < 1 || length > maxCommonName {
		diags.AddAttributeError(p, "Common name too long or empty", fmt.Sprintf(
			"common_name has %d characters. Give it 1 to %d, without \"CN=\".", length, maxCommonName))
	}
	if strings.TrimSpace(name) != name || strings.ContainsFunc(name, unicode.IsControl) {
		diags.AddAttributeError(p, "Common name with white space or control characters", fmt.Sprintf(
			"common_name %q begins or ends with white space, or holds a line break or another control character. Remove it.", name))
	}
	if len(name) > 2 && strings.EqualFold(name[:3], "CN=") {
		diags.AddAttributeError(p, "Common name with its label", fmt.Sprintf(
			"common_name %q begins with \"CN=\", which would become part of the name. Remove it.", name))
	}
}

// settle puts the defaults in.
func (m *model) settle() {
	if m.KeyBits.IsNull() {
		m.KeyBits = types.Int64Value(defaultKeyBits)
	}
	if m.ValidDays.IsNull() {
		m.ValidDays = types.Int64Value(defaultValidDays)
	}
}

// request is the key pair to generate. The whole life is valid_days, so that a policy that allows this many accepts it.
func (m model) request(now time.Time) pki.Request {
	return pki.Request{
		CommonName: m.CommonName.ValueString(), KeyBits: int(m.KeyBits.ValueInt64()),
		NotBefore: now.Add(-backdated), Valid: time.Duration(m.ValidDays.ValueInt64()) * 24 * time.Hour,
	}
}

// fill takes the pair over in all its forms.
func (m *model) fill(pair pki.KeyPair) error {
	key, err := pair.PrivateKeyPEM()
	if err != nil {
		return err
	}
	archive, err := pair.PFX(m.PFXPassword.ValueString())
	if err != nil {
		return err
	}
	m.PrivateKeyPEM, m.CertificatePEM = types.StringValue(key), types.StringValue(pair.Certificate.PEM())
	m.PFXBase64 = types.StringValue(base64.StdEncoding.EncodeToString(archive))
	m.Thumbprint = types.StringValue(pair.Certificate.ThumbprintSHA1())
	m.ThumbprintSHA256 = types.StringValue(pair.Certificate.ThumbprintSHA256())
	return nil
}
