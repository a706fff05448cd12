package provider_test

import (
	"encoding/base64"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
	"github.com/sapio365/terraform-provider-sapio365/internal/pki"
)

const anyID = "11111111-2222-3333-4444-555555555555"

// arguments is the body of a provider block.
type arguments map[string]string

// block is a provider block with the arguments. Values are text, but for true, false and references to locals.
func (a arguments) block() string {
	var b strings.Builder
	b.WriteString("provider \"sapio365\" {\n")
	for name, value := range a {
		if value != "true" && value != "false" && !strings.HasPrefix(value, "local.") {
			value = fmt.Sprintf("%q", value)
		}
		fmt.Fprintf(&b, "  %s = %s\n", name, value)
	}
	return b.String() + "}\n"
}

// with returns the arguments and the further ones; an empty value takes one away.
func (a arguments) with(further arguments) arguments {
	all := maps.Clone(a)
	maps.Copy(all, further)
	maps.DeleteFunc(all, func(_, value string) bool { return value == "" })
	return all
}

// session is a good one.
const session = `
resource "sapio365_app_session" "test" {
  display_name = "Acceptance"
  permissions  = { "Microsoft Graph" = { application = ["User.Read.All"] } }
}
`

// badSetting is a provider block that must be refused.
type badSetting struct {
	name    string
	further arguments // to good ones
	line    string    // how the line of the configuration begins that Terraform must show
	says    string    // regular expression of what the error must say
}

// Terraform repeats the lines that an error is about, so what is secret is written elsewhere in the configuration.
const (
	password      = "correct horse battery staple"
	wrongPassword = "incorrect horse battery staple"
	secret        = "a-secret-that-nobody-may-see"
	secrets       = "locals {\n  secret = \"" + secret + "\"\n  wrong = \"" + wrongPassword + "\"\n}\n"
)

// badSettings need files, which are put into the directory.
func badSettings(t *testing.T, directory string) []badSetting {
	t.Helper()
	public, pair := acctest.Certificate(t, time.Hour)
	file := func(name string, content []byte) string {
		path := filepath.Join(directory, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	pfx := archive(t, pair, password)
	absent, empty := filepath.Join(directory, "absent"), file("empty", nil)
	return []badSetting{
		{"environment", arguments{"environment": "pubic"}, "environment",
			`"pubic" \(from environment\) is not a cloud\. Use one of: public, usgovernment, dod, china`},
		{"environment_azuread", arguments{"environment": "global"}, "environment", `What the azuread provider calls "global" is "public" here`},
		{"tenant_malformed", arguments{"tenant_id": "1234"}, "tenant_id", `"1234" \(from tenant_id\) is not a GUID\. Give a GUID such as`},
		{"tenant_domain", arguments{"tenant_id": "contoso.com"}, "tenant_id",
			`"contoso\.com" \(from tenant_id\) is not a GUID\. A domain name can move to another tenant`},
		{"client_malformed", arguments{"client_id": "jane"}, "client_id", `"jane" \(from client_id\) is not a GUID\. Give a GUID such as`},
		{"client_missing", arguments{"client_id": ""}, "provider", `Signing in with client_secret needs the application .*Set client_id .* SAPIO365_CLIENT_ID, ARM_CLIENT_ID`},
		{"tenant_missing", arguments{"tenant_id": ""}, "provider", `Set tenant_id in the provider block, or .* SAPIO365_TENANT_ID, ARM_TENANT_ID`},
		{"credentials_missing", arguments{"client_secret": ""}, "provider", `Nothing is configured to sign in with\. Set one of.*` +
			`client_certificate .*client_secret .*use_oidc .*use_aks_workload_identity .*use_msi .*use_cli`},
		{"graph_path", arguments{"graph_endpoint": "https://graph.microsoft.com/v1.0"}, "graph_endpoint",
			`"https://graph\.microsoft\.com/v1\.0" \(from graph_endpoint\) is not of the form https://host or https://host:port, without a path`},
		{"login_http", arguments{"login_endpoint": "http://login.microsoftonline.com"}, "login_endpoint",
			`"http://login\.microsoftonline\.com" \(from login_endpoint\) is not of the form https://host`},
		{"secret_twice", arguments{"client_secret_file_path": empty}, "client_secret_file_path",
			`Both client_secret and client_secret_file_path are set\. Remove one`},
		{"certificate_twice", arguments{"client_certificate": public, "client_certificate_path": absent}, "client_certificate_path",
			`Both client_certificate and client_certificate_path are set\. Remove one`},
		{"secret_absent", arguments{"client_secret": "", "client_secret_file_path": absent}, "client_secret_file_path", `cannot be read: .*absent: no such file`},
		{"secret_empty", arguments{"client_secret": "", "client_secret_file_path": empty}, "client_secret_file_path", `empty \(from client_secret_file_path\) is empty`},
		{"certificate_absent", arguments{"client_certificate_path": absent}, "client_certificate_path", `cannot be read: .*absent: no such file`},
		{"certificate_public", arguments{"client_certificate": public}, "client_certificate",
			`certificate from client_certificate cannot be used: the private key is missing\. Give PEM with the certificate and its private key`},
		{"certificate_garbage", arguments{"client_certificate": "garbage!"}, "client_certificate",
			`certificate from client_certificate cannot be used: .*cannot be decoded.* Give PEM`},
		{"password_wrong", arguments{"client_certificate_path": file("wrong.pfx", pfx), "client_certificate_password": "local.wrong"},
			"client_certificate_password", `does not open\. Correct the password, which comes from client_certificate_password`},
		{"password_missing", arguments{"client_certificate": base64.StdEncoding.EncodeToString(pfx)}, "provider",
			`a password protects\. No password is set: set client_certificate_password`},
		{"oidc_without_token", arguments{"client_secret": "", "use_oidc": "true"}, "use_oidc",
			`there is no token\. Set oidc_token, oidc_token_file_path, or oidc_request_url with oidc_request_token`},
		{"authority_absent", arguments{"ca_certificate_path": absent}, "ca_certificate_path", `cannot be read: .*absent: no such file`},
		{"authority_empty", arguments{"ca_certificate_path": empty}, "ca_certificate_path", `empty \(from ca_certificate_path\) has no usable certificate`},
		{"enforcement", arguments{"access_enforcement": "strict"}, "access_enforcement", `"strict" .*is none of "enforce", "warn" and "off"`},
	}
}

// archive is the key pair as PKCS#12.
func archive(t *testing.T, pair pki.KeyPair, password string) []byte {
	t.Helper()
	pfx, err := pkcs12.Modern.Encode(pair.Key, pair.Certificate.X509, nil, password)
	if err != nil {
		t.Fatal(err)
	}
	return pfx
}

// Settings that make no sense are told before anything is planned. None of them has an endpoint to ask.
func TestAccProvider_badSettings(t *testing.T) {
	t.Parallel()
	good := arguments{
		"tenant_id": anyID, "client_id": anyID, "client_secret": "local.secret", "use_cli": "false",
		"graph_endpoint": nowhere, "login_endpoint": nowhere, "access_enforcement": "off",
	}
	for _, row := range badSettings(t, t.TempDir()) {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			refusals := acctest.Refused(t, resource.TestStep{Config: secrets + good.with(row.further).block() + session, PlanOnly: true})
			pattern := regexp.MustCompile(` \d+: ` + row.line + `\b.*` + row.says)
			if !slices.ContainsFunc(refusals, pattern.MatchString) {
				t.Errorf("no error matches %s:\n%s", pattern, strings.Join(refusals, "\n"))
			}
			for _, hidden := range []string{secret, password, wrongPassword} {
				if strings.Contains(strings.Join(refusals, "\n"), hidden) {
					t.Errorf("an error repeats %q", hidden)
				}
			}
		})
	}
}
