package certificate_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
	"github.com/sapio365/terraform-provider-sapio365/internal/pki"
)

func TestMain(m *testing.M) { acctest.Main(m) }

// provider is a provider block that never signs in: making a certificate asks no tenant.
const provider = `
provider "sapio365" {
  tenant_id = "8ba3c1f0-3c5d-4f0e-9a8c-2f6f0d3b7e11"
}
`

func block(arguments ...string) string {
	return fmt.Sprintf("ephemeral \"sapio365_certificate\" \"test\" {\n%s\n}\n", strings.Join(arguments, "\n"))
}

// made is what a configuration made, as the echo has it.
func made(s *terraform.State) (map[string]string, pki.KeyPair, error) {
	echo := s.RootModule().Resources["echo.test"]
	if echo == nil {
		return nil, pki.KeyPair{}, errors.New("there is no echo")
	}
	values := map[string]string{}
	for name, value := range echo.Primary.Attributes {
		values[strings.TrimPrefix(name, "data.")] = value
	}
	pair, err := pki.ParseKeyPair([]byte(values["certificate_pem"]+values["private_key_pem"]), "")
	return values, pair, err
}

func TestAccCertificate(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		arguments []string
		password  string
		bits      string
		days      int
	}{
		"defaults": {[]string{`common_name = "sapio365 jobs"`}, "", "RSA 2048", 365},
		"everything": {[]string{
			`common_name = "sapio365 jobs"`, `key_bits = 3072`, `valid_days = 90`, `pfx_password = "correct horse"`,
		}, "correct horse", "RSA 3072", 90},
		"empty password": {[]string{`common_name = "sapio365 jobs"`, `pfx_password = ""`}, "", "RSA 2048", 365},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check := func(s *terraform.State) error {
				values, pair, err := made(s)
				if err != nil {
					return err
				}
				archive, err := base64.StdEncoding.DecodeString(values["pfx_base64"])
				if err != nil {
					return err
				}
				archived, err := pki.ParseKeyPair(archive, tt.password)
				if err != nil {
					return err
				}
				c := pair.Certificate
				age := time.Since(c.NotBefore())
				switch {
				case archived.Certificate.ThumbprintSHA1() != c.ThumbprintSHA1(), values["thumbprint"] != c.ThumbprintSHA1(),
					values["thumbprint_sha256"] != c.ThumbprintSHA256():
					return errors.New("the parts do not belong together")
				case c.KeyType() != tt.bits, c.NotAfter().Sub(c.NotBefore()) != time.Duration(tt.days)*24*time.Hour,
					c.X509.Subject.CommonName != "sapio365 jobs", age < 5*time.Minute, age > 15*time.Minute:
					return fmt.Errorf("it is %s, from %s to %s, of %s", c.KeyType(), c.NotBefore(), c.NotAfter(), c.X509.Subject)
				}
				return nil
			}
			acctest.TestOpening(t, resource.TestCase{
				ProtoV6ProviderFactories: acctest.Echoing(),
				Steps: []resource.TestStep{{
					Config: provider + block(tt.arguments...) + acctest.Echo("ephemeral.sapio365_certificate.test"), Check: check,
				}},
			})
		})
	}
}

// The function reads what was made.
func TestAccCertificate_thumbprint(t *testing.T) {
	t.Parallel()
	acctest.TestOpening(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Echoing(),
		Steps: []resource.TestStep{{
			Config: provider + block(`common_name = "sapio365 jobs"`) + acctest.Echo(
				"{ same = provider::sapio365::certificate_thumbprint(ephemeral.sapio365_certificate.test.certificate_pem) == "+
					"ephemeral.sapio365_certificate.test.thumbprint }"),
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue("echo.test", tfjsonpath.New("data").AtMapKey("same"), knownvalue.Bool(true)),
			},
		}},
	})
}

// What is wrong is said at the attribute, also where it shows only when the rest was applied.
func TestAccCertificate_badInput(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ config, attribute, says string }{
		"name":  {block(`common_name = ""`), "common_name", "Give it 1 to 64"},
		"bits":  {block(`common_name = "x"`, `key_bits = 1024`), "key_bits", "2048, 3072 or 4096"},
		"days":  {block(`common_name = "x"`, `valid_days = 4000`), "valid_days", "1 to 3650"},
		"later": {"resource \"terraform_data\" \"n\" {\n  input = 0\n}\n" + block(`common_name = "x"`, `valid_days = terraform_data.n.output`), "valid_days", "1 to 3650"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refusals := acctest.Refused(t, resource.TestStep{Config: provider + tt.config})
			if !strings.Contains(refusals[0], tt.says) || !strings.Contains(refusals[0], tt.attribute) {
				t.Error(refusals)
			}
		})
	}
}
