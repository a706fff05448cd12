package appsession_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"filippo.io/age/armor"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
	"github.com/sapio365/terraform-provider-sapio365/internal/signin"
)

// kept is what a test keeps of a state, to compare it with later ones.
type kept struct{ keyID, value, sealed string }

func (k *kept) keep() resource.TestCheckFunc {
	return withSession(func(found map[string]string) error {
		*k = kept{found["client_secret_key_id"], found["client_secret_value"], found["client_secret_sealed"]}
		return nil
	})
}

// A secret that is due is followed by the next one in an apply that changes nothing else, and both sign in.
func TestAccAppSession_rotation(t *testing.T) {
	t.Parallel()
	p := newProbe(t)
	var first, second kept
	provider := p.tenant.Provider()
	// The first secret ends long before the second terms would have it followed.
	due := provider + p.session(readUsers, `client_secret = { valid_days = 180, rotate_before_days = 60 }`)
	signsIn := func(k *kept) resource.TestCheckFunc {
		return withSession(func(found map[string]string) error {
			return p.tenant.SignIn(signin.SignInRequest{ClientID: found["client_id"], Secret: k.value}, hasRoles("User.Read.All"))
		})
	}
	run(t, p.tenant,
		resource.TestStep{
			Config: provider + p.session(readUsers, `client_secret = { valid_days = 30 }`),
			Check: resource.ComposeAggregateTestCheckFunc(first.keep(),
				resource.TestCheckResourceAttr(address, "client_secret.rotate_before_days", "15"),
				resource.TestCheckResourceAttr(address, "client_secret.overlap_days", "7"),
				resource.TestCheckResourceAttr(address, "rotation_pending", "false")),
		},
		resource.TestStep{Config: due, ExpectNonEmptyPlan: true},
		resource.TestStep{
			Config:           due,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectUnknownValue(address, tfjsonpath.New("client_secret_value"))}},
			Check: resource.ComposeAggregateTestCheckFunc(
				second.keep(),
				func(*terraform.State) error {
					if first.keyID == second.keyID {
						return errors.New("the secret is the same")
					}
					return nil
				},
				signsIn(&first), signsIn(&second),
				resource.TestCheckResourceAttr(address, "retiring_credentials.#", "1"),
				resource.TestCheckResourceAttrPtr(address, "retiring_credentials.0.key_id", &first.keyID),
				resource.TestCheckResourceAttr(address, "retiring_credentials.0.due", "false"),
				resource.TestMatchResourceAttr(address, "retiring_credentials.0.remove_after", regexp.MustCompile(`^20\d\d-\d\d-\d\dT`)),
				resource.TestCheckResourceAttr(address, "unmanaged_credentials", "0"),
				resource.TestCheckResourceAttr(address, "rotation_pending", "false")),
		},
		resource.TestStep{Config: due, ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}},
	)
}

// A sealed secret is nowhere in clear, opens for its recipient alone, and signs in; another recipient gets another one.
func TestAccAppSession_sealed(t *testing.T) {
	t.Parallel()
	p := newProbe(t)
	var identities []*age.X25519Identity
	for range 2 {
		identity, err := age.GenerateX25519Identity()
		if err != nil {
			t.Fatal(err)
		}
		identities = append(identities, identity)
	}
	sealed := func(n int) string {
		return p.tenant.Provider() + p.session(readUsers, fmt.Sprintf(`client_secret = { sealed_to = %q }`, identities[n].Recipient().String()))
	}
	opens := func(n int) resource.TestCheckFunc {
		return withSession(func(found map[string]string) error {
			reader, err := age.Decrypt(armor.NewReader(strings.NewReader(found["client_secret_sealed"])), identities[n])
			if err != nil {
				return err
			}
			secret, err := io.ReadAll(reader)
			if err != nil {
				return err
			}
			for name, value := range found {
				if strings.Contains(value, string(secret)) {
					return fmt.Errorf("%s holds the secret in clear", name)
				}
			}
			return p.tenant.SignIn(signin.SignInRequest{ClientID: found["client_id"], Secret: string(secret)}, hasRoles("User.Read.All"))
		})
	}
	run(t, p.tenant,
		resource.TestStep{Config: p.tenant.Provider() + p.session(readUsers)},
		resource.TestStep{Config: sealed(0), Check: resource.ComposeAggregateTestCheckFunc(opens(0), resource.TestCheckNoResourceAttr(address, "client_secret_value"))},
		resource.TestStep{Config: sealed(0), ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}},
		resource.TestStep{Config: sealed(1), Check: resource.ComposeAggregateTestCheckFunc(opens(1), resource.TestCheckResourceAttr(address, "retiring_credentials.#", "1"))},
	)
}

// A session that is verified has signed in when it is done, with what it was granted on every API.
func TestAccAppSession_verified(t *testing.T) {
	t.Parallel()
	p := newProbe(t)
	run(t, p.tenant, resource.TestStep{
		Config: p.tenant.Provider() + p.session(`verify_sign_in = true`,
			`permissions = { "Microsoft Graph" = { application = ["User.Read.All"] }, "Office 365 Exchange Online" = { application = ["Exchange.ManageAsApp"] } }`),
		Check: signsInWithSecret(p.tenant, "User.Read.All"),
	})
}

// A write-only certificate, in every form that may hold its private key, is registered and nowhere kept.
func TestAccAppSession_writeOnlyCertificate(t *testing.T) {
	t.Parallel()
	p := newProbe(t)
	text, first := acctest.Certificate(t, 200*24*time.Hour)
	_, second := acctest.Certificate(t, 300*24*time.Hour)
	pfx, err := pkcs12.Modern.Encode(second.Key, second.Certificate.X509, nil, "hunter22")
	if err != nil {
		t.Fatal(err)
	}
	config := func(lines ...string) string {
		return p.tenant.Provider() + p.session(readUsers, "certificate = {\n"+strings.Join(lines, "\n")+"\n}")
	}
	pem := fmt.Sprintf("value_wo = %q", text)
	archive := fmt.Sprintf("value_wo = %q", base64.StdEncoding.EncodeToString(pfx))
	nothingKept := withSession(func(found map[string]string) error {
		for name, value := range found {
			if strings.HasPrefix(name, "certificate.value_wo") && name != "certificate.value_wo_version" && value != "" {
				return fmt.Errorf("%s is kept", name)
			}
		}
		return nil
	})
	run(t, p.tenant,
		resource.TestStep{
			Config:      config(archive, `value_wo_password = "hunter23"`, `value_wo_version = 1`),
			ExpectError: regexp.MustCompile(`(?s)value_wo_password does not open the PFX archive`),
		},
		resource.TestStep{
			Config: config(pem, `value_wo_version = 1`),
			Check: resource.ComposeAggregateTestCheckFunc(nothingKept,
				resource.TestCheckResourceAttr(address, "certificate_thumbprint", first.Certificate.ThumbprintSHA1())),
		},
		resource.TestStep{ // the same version: it is not even looked at
			Config:           config(archive, `value_wo_password = "hunter22"`, `value_wo_version = 1`),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
		},
		resource.TestStep{
			Config: config(archive, `value_wo_password = "hunter22"`, `value_wo_version = 2`),
			Check: resource.ComposeAggregateTestCheckFunc(nothingKept,
				resource.TestCheckResourceAttr(address, "certificate_thumbprint", second.Certificate.ThumbprintSHA1()),
				resource.TestCheckResourceAttr(address, "retiring_credentials.0.kind", "certificate"),
				withSession(func(found map[string]string) error {
					for _, pair := range []signin.SignInRequest{{KeyPair: &first}, {KeyPair: &second}} {
						pair.ClientID = found["client_id"]
						if err := p.tenant.SignIn(pair, hasRoles("User.Read.All")); err != nil {
							return err
						}
					}
					return nil
				})),
		},
	)
}
