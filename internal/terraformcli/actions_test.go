package terraformcli_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/go-version"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/terraformcli"
)

// needsTerraform skips what takes a later Terraform than the one at hand, or what OpenTofu does not have.
func (w workspace) needsTerraform(t testing.TB, release string) {
	t.Helper()
	found, err := terraformcli.Version(t.Context(), w.Path)
	if err != nil {
		t.Fatal(err)
	}
	if w.Name() != "terraform" || found.Core().LessThan(version.Must(version.NewVersion(release))) {
		t.Skipf("takes Terraform %s; %s is version %s", release, w.Name(), found)
	}
}

const sessionWithActions = `
action "sapio365_rotate_secret" "test" {
  config {
    client_id = sapio365_app_session.test.client_id
  }
}

action "sapio365_rotate_secret" "leaked" {
  config {
    client_id  = sapio365_app_session.test.client_id
    revoke_now = true
  }
}

action "sapio365_verify_sign_in" "test" {
  config {
    client_id     = sapio365_app_session.test.client_id
    client_secret = sapio365_app_session.test.client_secret_value
  }
}
`

// invoke invokes the action, and returns what Terraform prints.
func (w workspace) invoke(t testing.TB, name string) string {
	t.Helper()
	out, err := w.Run(t.Context(), 0, "apply", "-auto-approve", "-input=false", "-no-color", "-invoke=action."+name)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// secrets are the key ids of the client secrets of the only App session, and its tags.
func (w workspace) secrets(t testing.TB) (keys []string, tags string) {
	t.Helper()
	for _, application := range w.list(t, "/applications") {
		if all, _ := application["tags"].([]any); len(all) > 0 {
			for _, tag := range all {
				tags += fmt.Sprintf(" %v", tag)
			}
			return keyIDs(application["passwordCredentials"]), tags
		}
	}
	t.Fatal("there is no App session")
	return nil, ""
}

// The actions by the commands that people type: a secret is asked for and made, revoked and made, and signs in.
func TestAccActions(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t, 0)
	w.needsTerraform(t, "1.14.0")
	w.write(t, "main.tf", sessionWith()+sessionWithActions)
	w.run(t, "apply", "-auto-approve", "-input=false", "-no-color")
	if out := w.invoke(t, "sapio365_verify_sign_in.test"); !strings.Contains(out, "User.Read.All") {
		t.Error(out)
	}
	for _, c := range []struct {
		action string
		left   int // secrets between the action and the apply
		says   string
	}{{"test", 1, "was asked for"}, {"leaked", 0, "outage"}} {
		before, _ := w.secrets(t)
		if out := w.invoke(t, "sapio365_rotate_secret."+c.action); !strings.Contains(out, c.says) {
			t.Error(out)
		}
		if between, tags := w.secrets(t); len(between) != c.left || !strings.Contains(tags, entra.TagRotateRequested) {
			t.Errorf("%s: secrets %v, tags %s", c.action, between, tags)
		}
		if _, err := w.Run(t.Context(), 2, "plan", "-detailed-exitcode", "-input=false"); err != nil {
			t.Error(err)
		}
		w.run(t, "apply", "-auto-approve", "-input=false", "-no-color")
		after, tags := w.secrets(t)
		if strings.Contains(tags, entra.TagRotateRequested) || len(after) == 0 || strings.Join(after, " ") == strings.Join(before, " ") {
			t.Errorf("%s: secrets %v, before %v, tags %s", c.action, after, before, tags)
		}
		w.invoke(t, "sapio365_verify_sign_in.test")
	}
}
