package terraformcli_test

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/armor"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/conditions"
)

// anySecret is what every client secret of the emulator looks like, as those of Microsoft Entra ID do: three characters,
// "8Q~", and 34 more.
var anySecret = regexp.MustCompile(`[A-Za-z0-9_.~-]{3}8Q~[A-Za-z0-9_.~-]{34}`)

// anyToken is how an access token begins.
var anyToken = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{20,}\.eyJ[A-Za-z0-9_-]{20,}`)

// anyKey is how a private key begins, in PEM and in age's own form.
var anyKey = regexp.MustCompile(`PRIVATE KEY-----|AGE-SECRET-KEY-`)

// hunted is a workspace whose commands log all they can.
type hunted struct {
	workspace
	t       *testing.T
	printed strings.Builder
}

func newHunted(t *testing.T) *hunted {
	t.Helper()
	h := &hunted{workspace: newWorkspace(t, 0), t: t}
	h.Environment = append(h.Environment, "TF_LOG=TRACE", "TF_LOG_PATH="+filepath.Join(h.Directory, "trace.log"))
	return h
}

// command runs the CLI and keeps what it printed.
func (h *hunted) command(expected int, args ...string) {
	h.t.Helper()
	out, err := h.Run(h.t.Context(), expected, args...)
	if err != nil {
		h.t.Fatal(err)
	}
	h.printed.WriteString(out)
}

// apply saves a plan, shows it, and applies it.
func (h *hunted) apply(expected int, config string) {
	h.t.Helper()
	h.write(h.t, "main.tf", config)
	h.command(0, "plan", "-out=saved.tfplan", "-input=false", "-no-color")
	h.command(0, "show", "-no-color", "saved.tfplan")
	h.command(expected, "apply", "-input=false", "-no-color", "saved.tfplan")
}

// leaks lists where something is found that looks like a secret, but for those that may be there.
func (h *hunted) leaks(allowed map[string]func(place string) bool) []string {
	h.t.Helper()
	kept := h.contents(h.t)
	kept["what was printed"] = h.printed.String()
	if !strings.Contains(kept["trace.log"], "ApplyResourceChange") {
		h.t.Error("the log is not the most detailed one")
	}
	delete(kept, "main.tf")
	var found []string
	for place, content := range kept {
		for _, pattern := range []*regexp.Regexp{anySecret, anyToken, anyKey} {
			for _, secret := range pattern.FindAllString(content, -1) {
				if may, known := allowed[secret]; !known || !may(place) {
					found = append(found, fmt.Sprintf("%s holds %.8s…", place, secret))
				}
			}
		}
	}
	return found
}

// sessionWith is a configuration of one session.
func sessionWith(lines ...string) string {
	return `
terraform {
  required_providers {
    sapio365 = { source = "sapio365/sapio365" }
  }
}

resource "sapio365_app_session" "test" {
  display_name = "sapio365 secrets"
  permissions  = { "Microsoft Graph" = { application = ["User.Read.All"] } }
  ` + strings.Join(lines, "\n  ") + `
}
`
}

// state is what the CLI shows of the state, as it stores it.
func (h *hunted) state() string {
	h.t.Helper()
	return h.contents(h.t)["terraform.tfstate"]
}

// refused has the tenant refuse to let the application be changed, after it has made the next secret.
func (h *hunted) refused(refused bool) {
	h.t.Helper()
	var c conditions.Conditions
	if refused {
		c.Rules = []conditions.Rule{{
			Method: http.MethodPost, Path: "servicePrincipals/{}/appRoleAssignedTo", Of: conditions.BatchParts,
			Probability: 1, Answer: &conditions.Answer{Status: http.StatusForbidden, Code: "Authorization_RequestDenied"},
		}}
	}
	if err := h.tenant.SetConditions(c); err != nil {
		h.t.Fatal(err)
	}
}

// A sealed secret is in clear nowhere: not when it is made, made anew, when that fails or is killed, nor in the end.
func TestAccSealedSecretsDoNotLeak(t *testing.T) {
	t.Parallel()
	needsProcesses(t)
	h := newHunted(t)
	var identities []*age.X25519Identity
	for range 4 {
		identity, err := age.GenerateX25519Identity()
		if err != nil {
			t.Fatal(err)
		}
		identities = append(identities, identity)
	}
	sealedTo := func(n int, lines ...string) string {
		return sessionWith(append(lines, fmt.Sprintf("client_secret = { sealed_to = %q }", identities[n].Recipient()))...)
	}
	const more = `description = "changed"`
	h.apply(0, sealedTo(0))
	secrets := []string{h.opened(identities[0])}

	h.refused(true)
	h.apply(1, strings.Replace(sealedTo(1, more), `"User.Read.All"`, `"User.Read.All", "Group.Read.All"`, 1))
	secrets = append(secrets, h.opened(identities[1]))
	h.refused(false)

	h.write(t, "main.tf", sealedTo(2))
	killed := trapAt(h.provider, "addPassword")
	h.wire.set(killed)
	h.command(1, "apply", "-auto-approve", "-input=false", "-no-color")
	killed.wantSprung(t)
	h.wire.reset()
	h.apply(0, sealedTo(2))
	secrets = append(secrets, h.opened(identities[2]))
	h.command(0, "show", "-json", "-no-color")
	h.command(0, "destroy", "-auto-approve", "-input=false", "-no-color")

	for _, secret := range secrets {
		if !anySecret.MatchString(secret) {
			t.Fatalf("%.8s… does not look like a secret, so that nothing would be found", secret)
		}
	}
	for _, leak := range h.leaks(nil) {
		t.Error(leak)
	}
}

// opened reads the sealed secret of the state.
func (h *hunted) opened(identity age.Identity) string {
	h.t.Helper()
	out, err := h.Run(h.t.Context(), 0, "show", "-json", "-no-color")
	if err != nil {
		h.t.Fatal(err)
	}
	text := regexp.MustCompile(`-----BEGIN AGE ENCRYPTED FILE-----(?s:.*?)-----END AGE ENCRYPTED FILE-----`).FindString(out)
	reader, err := age.Decrypt(armor.NewReader(strings.NewReader(strings.ReplaceAll(text, `\n`, "\n"))), identity)
	if err != nil {
		h.t.Fatal(err)
	}
	secret, err := io.ReadAll(reader)
	if err != nil {
		h.t.Fatal(err)
	}
	return string(secret)
}

// A secret in clear is in the state, in the copies of it that Terraform makes, saved plans among them, and nowhere else.
func TestAccClearSecretsStayInTheState(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("another test shows it there") // paths are written otherwise
	}
	h := newHunted(t)
	allowed := map[string]func(string) bool{}
	inState := func(place string) bool {
		return strings.HasPrefix(place, "terraform.tfstate") || strings.HasPrefix(place, "saved.tfplan/")
	}
	known := func() {
		for _, secret := range anySecret.FindAllString(h.state(), -1) {
			allowed[secret] = inState
		}
	}
	h.apply(0, sessionWith(`client_secret = { valid_days = 30 }`))
	known()
	h.apply(0, sessionWith(`client_secret = { valid_days = 180, rotate_before_days = 60 }`))
	h.refused(true)
	h.apply(1, strings.Replace(sessionWith(`client_secret = { valid_days = 180, rotate_before_days = 60 }`), `"User.Read.All"`, `"User.Read.All", "Group.Read.All"`, 1))
	known()
	h.refused(false)
	h.apply(0, sessionWith(`client_secret = { valid_days = 180, rotate_before_days = 60 }`))
	known()
	h.command(0, "destroy", "-auto-approve", "-input=false", "-no-color")
	if len(allowed) != 2 {
		t.Errorf("%d secrets were made, want the first and the one that followed it", len(allowed))
	}
	for _, leak := range h.leaks(allowed) {
		t.Error(leak)
	}
}
