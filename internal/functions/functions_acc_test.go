package functions_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
)

func TestMain(m *testing.M) { acctest.Main(m) }

func output(call string) string {
	return fmt.Sprintf("output \"test\" {\n  value = provider::sapio365::%s\n}\n", call)
}

// Terraform calls the functions without a provider block, and shows which argument is wrong.
func TestAccFunctions_badInput(t *testing.T) {
	t.Parallel()
	_, pair := acctest.Certificate(t, time.Hour)
	key, err := pair.PrivateKeyPEM()
	if err != nil {
		t.Fatal(err)
	}
	const id = `"8ba3c1f0-3c5d-4f0e-9a8c-2f6f0d3b7e11"`
	for name, tt := range map[string]struct{ call, parameter, says string }{
		"key":         {fmt.Sprintf("certificate_thumbprint(%q)", key), `"certificate"`, "private key"},
		"tenant":      {`admin_consent_url("contoso.com", ` + id + `)`, `"tenant_id"`, "not a tenant ID"},
		"environment": {`admin_consent_url(` + id + `, ` + id + `, "germany")`, `"environment"`, "usgovernment"},
		"second":      {`admin_consent_url(` + id + `, ` + id + `, "public", "china")`, `"environment"`, "one environment at most"},
		"profile":     {`permission_profile("readonly")`, `"name"`, `"read_only"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refusals := acctest.Refused(t, resource.TestStep{Config: output(tt.call)})
			if !strings.Contains(refusals[0], tt.says) || !strings.Contains(refusals[0], tt.parameter) {
				t.Error(refusals)
			}
		})
	}
}

// The session of a profile by its name and the one of its permissions are the same: a change from the one to the other is
// none.
func TestAccFunctions_profileIsThePermissions(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewTenant(t)
	session := func(permissions string) string {
		return tenant.Provider() + fmt.Sprintf("resource \"sapio365_app_session\" \"test\" {\n  display_name = %q\n  %s\n}\n", tenant.Name(), permissions)
	}
	granted := resource.ComposeTestCheckFunc(
		resource.TestCheckResourceAttr("sapio365_app_session.test", "missing_consents.#", "0"),
		resource.TestCheckResourceAttr("sapio365_app_session.test", "extra_consents.#", "0"),
		resource.TestCheckResourceAttr("sapio365_app_session.test", "admin_consent_granted", "true"),
	)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories, CheckDestroy: tenant.CheckDestroy,
		Steps: []resource.TestStep{
			{Config: session(`permission_profile = "read_only"`), Check: granted},
			{Config: session(`permissions = provider::sapio365::permission_profile("read_only")`), Check: granted},
		},
	})
}
