package terraformcli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
)

// A tenant whose token endpoint refuses keeps its state through refresh and plan; at the apply only what is to be done
// there fails. It makes no difference whose identity it is.
func TestAccFleet_brokenTenant(t *testing.T) {
	t.Parallel()
	for name, pick := range map[string]func(*fleet) *emulator.Tenant{
		"home application": func(f *fleet) *emulator.Tenant { return f.customers[0] },
		"own secret":       func(f *fleet) *emulator.Tenant { return f.withSecret },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t)
			broken := pick(f)
			others := slices.DeleteFunc(slices.Clone(f.listed), func(tenant *emulator.Tenant) bool { return tenant == broken })
			f.declare(t, "Session one", f.listed...)
			f.command(t, "apply", "-auto-approve")
			before := f.command(t, "state", "show", address(broken))

			f.breakSignIn(t, broken)
			f.warns(t, broken.ID(), f.command(t, "refresh"))
			if after := f.command(t, "state", "show", address(broken)); after != before {
				t.Errorf("the refresh changed the state of the broken tenant:\n%s\n%s", before, after)
			}
			f.declare(t, "Session two", f.listed...)
			f.warns(t, broken.ID(), f.command(t, "plan"))
			f.failsAlone(t, broken, "apply", "-auto-approve")
			f.expect(t, "Session two", others...)
			f.expect(t, "Session one", broken)

			f.healSignIn(t, broken)
			f.command(t, "apply", "-auto-approve")
			f.expect(t, "Session two", f.listed...)

			// It may break between the plan and the apply as well.
			f.declare(t, "Session three", f.listed...)
			f.command(t, "plan", "-out", "plan.out")
			f.breakSignIn(t, broken)
			f.failsAlone(t, broken, "apply", "plan.out")
			f.expect(t, "Session three", others...)
			f.expect(t, "Session two", broken)
			f.healSignIn(t, broken)
			f.command(t, "apply", "-auto-approve")
			f.command(t, "plan", "-detailed-exitcode")
		})
	}
}

// An entry of tenants whose file is missing, or is not what it should be, keeps nobody from working in the others.
func TestAccFleet_brokenFile(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string]struct {
		damage func(path string) error
		says   string
	}{
		"missing":  {os.Remove, "client_certificate_path) cannot be read: open identity.pem: "},
		"no value": {func(path string) error { return os.Truncate(path, 0) }, "client_certificate_path cannot be used: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t)
			f.declare(t, "Session one", f.listed...)
			f.command(t, "apply", "-auto-approve")
			before := f.command(t, "state", "show", address(f.withCertificate))
			path := filepath.Join(f.Directory, "identity.pem")
			pair, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := broken.damage(path); err != nil {
				t.Fatal(err)
			}

			f.declare(t, "Session two", f.listed...)
			planned := strings.Join(strings.Fields(strings.ReplaceAll(f.command(t, "plan"), "│", "")), " ")
			for _, says := range []string{"(tenant " + f.withCertificate.ID() + ")", broken.says} {
				if !strings.Contains(planned, says) {
					t.Errorf("the plan does not say %q:\n%s", says, planned)
				}
			}
			if strings.Contains(planned, "/adminconsent") {
				t.Errorf("the plan asks for consent, which is not what is missing:\n%s", planned)
			}
			f.failsAlone(t, f.withCertificate, "apply", "-auto-approve")
			f.expect(t, "Session two", f.customers[0], f.customers[1], f.withSecret)
			f.expect(t, "Session one", f.withCertificate)
			if after := f.command(t, "state", "show", address(f.withCertificate)); after != before {
				t.Errorf("the state of the tenant has changed:\n%s\n%s", before, after)
			}

			f.write(t, "identity.pem", string(pair))
			f.command(t, "apply", "-auto-approve")
			f.expect(t, "Session two", f.withCertificate)
		})
	}
}

func address(tenant *emulator.Tenant) string {
	return fmt.Sprintf("sapio365_app_session.customer[%q]", tenant.ID())
}

// warns fails unless the CLI warned of the tenant, and where an administrator can accept the application.
func (f *fleet) warns(t *testing.T, tenantID, out string) {
	t.Helper()
	text := strings.Join(strings.Fields(strings.ReplaceAll(out, "│", "")), " ")
	for _, want := range []string{`Warning: Could not [^()]*\(tenant ` + tenantID + `\)`, `/` + tenantID + `/adminconsent\?client_id=`} {
		if !regexp.MustCompile(want).MatchString(text) {
			t.Errorf("nothing is like %s:\n%s", want, out)
		}
	}
}

// failsAlone fails unless the command fails in the tenant, and nowhere else.
func (f *fleet) failsAlone(t *testing.T, tenant *emulator.Tenant, args ...string) {
	t.Helper()
	_, err := f.Run(t.Context(), 0, append(args, "-no-color")...)
	if err == nil {
		t.Fatalf("%v succeeded", args)
	}
	_, errors, _ := strings.Cut(err.Error(), "Error: ")
	if count := strings.Count(err.Error(), "Error: "); count != 1 || !strings.Contains(errors, tenant.ID()) {
		t.Errorf("%d errors, want one that names %s:\n%v", count, tenant.ID(), err)
	}
}
