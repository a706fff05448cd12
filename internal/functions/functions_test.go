package functions

import (
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/pki"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// call runs the function as the framework does.
func call(t *testing.T, f function.Function, arguments ...attr.Value) (attr.Value, *function.FuncError) {
	t.Helper()
	var described function.DefinitionResponse
	f.Definition(t.Context(), function.DefinitionRequest{}, &described)
	result, err := described.Definition.Return.NewResultData(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	resp := &function.RunResponse{Result: result}
	f.Run(t.Context(), function.RunRequest{Arguments: function.NewArgumentsData(arguments)}, resp)
	return resp.Result.Value(), resp.Error
}

// texts are the arguments of a function that takes texts; from the one with the number, they are variadic.
func texts(variadic int, values ...string) []attr.Value {
	var arguments, rest []attr.Value
	for i, value := range values {
		if i < variadic {
			arguments = append(arguments, types.StringValue(value))
			continue
		}
		rest = append(rest, types.StringValue(value))
	}
	if len(values) < variadic {
		return arguments
	}
	kinds := make([]attr.Type, len(rest))
	for i := range kinds {
		kinds[i] = types.StringType
	}
	return append(arguments, basetypes.NewTupleValueMust(kinds, rest))
}

func refused(t *testing.T, err *function.FuncError, argument int64, says string) {
	t.Helper()
	if err == nil || err.FunctionArgument == nil || *err.FunctionArgument != argument || !strings.Contains(err.Text, says) {
		t.Errorf("got %+v, want %q about the argument %d", err, says, argument)
	}
}

func testdata(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "pki", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestCertificateThumbprint(t *testing.T) {
	t.Parallel()
	public := testdata(t, "public.pem")
	parsed, err := pki.ParsePublic(public)
	if err != nil {
		t.Fatal(err)
	}
	other, err := pki.Generate(pki.Request{CommonName: "issuer", KeyBits: 2048, Valid: 1})
	if err != nil {
		t.Fatal(err)
	}
	for name, input := range map[string]string{
		"PEM": public, "chain": public + other.Certificate.PEM(), "base64": base64.StdEncoding.EncodeToString(parsed.DER),
		"hex": hex.EncodeToString(parsed.DER), "PFX": testdata(t, "public-plain.pfx"),
	} {
		got, err := call(t, NewCertificateThumbprint(), texts(9, input)...)
		if err != nil || !got.Equal(types.StringValue(parsed.ThumbprintSHA1())) {
			t.Errorf("%s: got %s, %v", name, got, err)
		}
	}
}

func TestCertificateThumbprintRefuses(t *testing.T) {
	t.Parallel()
	pair, err := pki.Generate(pki.Request{CommonName: "x", KeyBits: 2048, Valid: 1})
	if err != nil {
		t.Fatal(err)
	}
	key, err := pair.PrivateKeyPEM()
	if err != nil {
		t.Fatal(err)
	}
	archive, err := pair.PFX("")
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct{ input, says string }{
		"private key":        {key, "private key"},
		"with certificate":   {pair.Certificate.PEM() + key, "private key"},
		"PFX with key":       {base64.StdEncoding.EncodeToString(archive), "private key"},
		"PFX with password":  {testdata(t, "public-password.pfx"), "has a password"},
		"empty":              {" \n", "empty"},
		"path":               {"session.pem", "cannot be decoded"},
		"a thumbprint alone": {"5F3C2B1A90D8E7F6A5B4C3D2E1F0A9B8C7D6E5F4", "cannot be decoded"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := call(t, NewCertificateThumbprint(), texts(9, tt.input)...)
			refused(t, err, 0, tt.says)
			if inside := strings.TrimSpace(strings.ReplaceAll(tt.input, "-----BEGIN PRIVATE KEY-----", "")); len(inside) > 20 && strings.Contains(err.Text, inside[:20]) {
				t.Errorf("it quotes the input: %s", err.Text)
			}
		})
	}
}

const (
	tenantID = "aaaaaaaa-0000-4000-8000-000000000001"
	clientID = "cccccccc-0000-4000-8000-000000000001"
)

func TestAdminConsentURL(t *testing.T) {
	t.Parallel()
	path := "/" + tenantID + "/adminconsent?client_id=" + clientID
	for _, tt := range []struct {
		environment []string
		want        string
	}{
		{nil, "https://login.microsoftonline.com" + path},
		{[]string{"public"}, "https://login.microsoftonline.com" + path},
		{[]string{"usgovernment"}, "https://login.microsoftonline.us" + path},
		{[]string{"china"}, "https://login.chinacloudapi.cn" + path},
	} {
		got, err := call(t, NewAdminConsentURL(), texts(2, append([]string{tenantID, clientID}, tt.environment...)...)...)
		if err != nil || !got.Equal(types.StringValue(tt.want)) {
			t.Errorf("%v: got %s, %v", tt.environment, got, err)
		}
	}
	for _, tt := range []struct {
		arguments []string
		about     int64
		says      string
	}{
		{[]string{"contoso.com", clientID}, 0, "not a tenant ID"},
		{[]string{tenantID, "my app"}, 1, "not a client ID"},
		{[]string{tenantID, clientID, "germany"}, 2, "public, usgovernment, dod, china"},
		{[]string{tenantID, clientID, "public", "china"}, 3, "one environment"},
	} {
		_, err := call(t, NewAdminConsentURL(), texts(2, tt.arguments...)...)
		refused(t, err, tt.about, tt.says)
	}
}

func TestPermissionProfile(t *testing.T) {
	t.Parallel()
	for _, profile := range entra.Profiles {
		got, err := call(t, NewPermissionProfile(), texts(9, profile.Name)...)
		want := types.MapValueMust(tfkit.PermissionsType, map[string]attr.Value{
			"Microsoft Graph": types.ObjectValueMust(tfkit.PermissionsType.AttrTypes, map[string]attr.Value{
				"application": tfkit.SetOf(profile.Application), "delegated": tfkit.SetOf(profile.Delegated),
			}),
		})
		if err != nil || !got.Equal(want) {
			t.Errorf("%s: got %s, %v", profile.Name, got, err)
		}
	}
	_, err := call(t, NewPermissionProfile(), texts(9, "readonly")...)
	refused(t, err, 0, `Did you mean "read_only"? Use one of: administration, read_only.`)
	_, err = call(t, NewPermissionProfile(), texts(9, "Owner")...)
	refused(t, err, 0, "Use one of: administration, read_only.")
}
