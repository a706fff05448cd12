package provider_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/pki"
)

// write makes a file of the test's own.
func write(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// register puts the certificate on the tenant's administrator.
func register(t *testing.T, tenant acctest.Emulated, pair pki.KeyPair) {
	t.Helper()
	tenant.Graph(t, http.MethodPatch, "/applications/"+tenant.Admin().ApplicationObjectID, map[string]any{
		"keyCredentials": []any{map[string]any{
			"type": "AsymmetricX509Cert", "usage": "Verify", "key": base64.StdEncoding.EncodeToString(pair.Certificate.DER),
		}},
	})
}

// signedIn fails unless the provider has got a token of the tenant since the last step.
func signedIn(tenant acctest.Emulated) resource.TestCheckFunc {
	return func(*terraform.State) error {
		defer tenant.ResetRequests()
		for _, request := range tenant.Requests() {
			if request.Kind == "token" && request.Status == http.StatusOK {
				return nil
			}
		}
		return fmt.Errorf("nobody signed in to tenant %s", tenant.ID())
	}
}

// Every way to give the provider a secret or a certificate, on one session that stays as it is.
func TestAccProvider_credentials(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, ownCredentials, emulator.TenantOptions{})
	public, pair := acctest.Certificate(t, time.Hour)
	register(t, tenant, pair)
	private := public + acctest.KeyPEM(t, pair)
	open, protected := archive(t, pair, ""), archive(t, pair, password)
	base := reaching(tenant, tenant.Admin())
	var steps []resource.TestStep
	for _, credential := range []arguments{
		{"client_secret_file_path": write(t, "secret", []byte(tenant.Admin().ClientSecret+"\n"))},
		{"client_certificate": private},
		{"client_certificate": base64.StdEncoding.EncodeToString(open)},
		{"client_certificate": base64.StdEncoding.EncodeToString(protected), "client_certificate_password": password},
		{"client_certificate_path": write(t, "session.pem", []byte(private))},
		{"client_certificate_path": write(t, "open.pfx", open)},
		{"client_certificate_path": write(t, "protected.pfx", protected), "client_certificate_password": password},
	} {
		credential["client_secret"] = ""
		steps = append(steps, resource.TestStep{Config: base.with(credential).block() + session, Check: signedIn(tenant)})
	}
	// A certificate goes before a secret: were the secret used, the sign-in would fail.
	steps = append(steps, resource.TestStep{
		Config: base.with(arguments{"client_certificate": private, "client_secret": "not the secret"}).block() + session,
		Check:  signedIn(tenant),
	})
	resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories, Steps: steps})
}

// The provider block may be empty. The variables that must not win would make the sign-in fail.
func TestAccProvider_environment(t *testing.T) {
	tenant := acctest.NewEmulated(t, ownCredentials, emulator.TenantOptions{})
	public, pair := acctest.Certificate(t, time.Hour)
	register(t, tenant, pair)
	certificate := write(t, "session.pem", []byte(public+acctest.KeyPEM(t, pair)))
	admin := tenant.Admin()
	const wrong = "99999999-8888-7777-6666-555555555555"
	for name, variables := range map[string]map[string]string{
		"own": {
			"SAPIO365_TENANT_ID": tenant.ID(), "SAPIO365_CLIENT_ID": admin.ClientID, "SAPIO365_CLIENT_SECRET": admin.ClientSecret,
			"ARM_TENANT_ID": wrong, "ARM_CLIENT_ID": wrong, "ARM_CLIENT_SECRET": "wrong",
			"AZURE_TENANT_ID": wrong, "AZURE_CLIENT_ID": wrong, "AZURE_CLIENT_SECRET": "wrong",
		},
		"azuread": {
			"ARM_TENANT_ID": tenant.ID(), "ARM_CLIENT_ID": admin.ClientID, "ARM_CLIENT_SECRET": admin.ClientSecret,
			"AZURE_TENANT_ID": wrong, "AZURE_CLIENT_ID": wrong, "AZURE_CLIENT_SECRET": "wrong",
		},
		"azure": {
			"AZURE_TENANT_ID": tenant.ID(), "AZURE_CLIENT_ID": admin.ClientID, "AZURE_CLIENT_SECRET": admin.ClientSecret,
		},
		"secret file": {
			"SAPIO365_TENANT_ID": tenant.ID(), "SAPIO365_CLIENT_ID": admin.ClientID,
			"SAPIO365_CLIENT_SECRET_FILE_PATH": write(t, "secret", []byte(admin.ClientSecret)), "ARM_CLIENT_SECRET": "wrong",
		},
		"certificate file": {
			"ARM_TENANT_ID": tenant.ID(), "AZURE_CLIENT_ID": admin.ClientID, "ARM_CLIENT_CERTIFICATE_PATH": certificate,
			"SAPIO365_CLIENT_SECRET": "wrong",
		},
	} {
		t.Run(name, func(t *testing.T) {
			for variable, value := range tenant.Environment() {
				t.Setenv(variable, value)
			}
			for variable, value := range variables {
				t.Setenv(variable, value)
			}
			tenant.ResetRequests()
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: acctest.Factories,
				Steps: []resource.TestStep{{
					Config: "provider \"sapio365\" {}\n" + session, Check: signedIn(tenant),
				}},
			})
		})
	}
}
