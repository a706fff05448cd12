package terraformcli_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// adoptions is how many sessions made by hand are taken over; by default fewer than a partner has, to keep the time short.
func adoptions(t testing.TB) int {
	t.Helper()
	text := os.Getenv("SAPIO365_ADOPTIONS")
	if text == "" {
		return 40
	}
	number, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return number
}

// findSessions writes import blocks for the sessions that the file lists.
var findSessions = withProvider(`
data "sapio365_app_sessions" "made_by_hand" {
  client_ids      = jsondecode(file("sessions.json"))
  include_consent = true
}

output "imports" {
  value = join("\n", [for s in data.sapio365_app_sessions.made_by_hand.sessions : <<-EOT
    import {
      to = sapio365_app_session.session_${s.client_id}
      id = "${s.import_id}"
    }
  EOT
  ])
}
`)

// Sessions that people made by hand are taken over as they are, with the configuration that Terraform generates: nothing
// is written for it, nothing is left to change, and whatever is changed later leaves what others have put there.
func TestAccAdoption(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t, 0)
	h := newByHand(t, w, 1)
	sessions := make([]handMade, adoptions(t))
	for i := range sessions {
		sessions[i] = h.make(i)
	}
	before := w.applications(t)

	imports := w.writeImports(t, sessions)
	t.Logf("finding %d sessions: %v", len(sessions), imports)
	plan := w.reads(t, "plan", "-generate-config-out=generated.tf", "-out=adopt.tfplan")
	t.Logf("plan with generated configuration: %v", plan)
	w.wantImportsOnly(t, len(sessions))
	t.Logf("apply: %v", w.reads(t, "apply", "adopt.tfplan"))
	again := w.reads(t, "plan", "-detailed-exitcode")
	t.Logf("plan without changes: %v", again)
	if budget := 2 + len(sessions)/2; again.roundTrips > budget {
		t.Errorf("a plan without changes took %d round trips, allowed are %d", again.roundTrips, budget)
	}
	if after := w.applications(t); !slices.Equal(after, before) {
		t.Error("the import has changed applications")
	}
	w.changesOneLater(t, sessions)
}

// applications are all of them, as JSON.
func (w workspace) applications(t testing.TB) []string {
	t.Helper()
	var all []string
	for _, application := range w.list(t, "/applications?$top=999") {
		text, err := json.Marshal(application)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(text))
	}
	return all
}

// writeImports finds the sessions, and writes the configuration that imports them.
func (w workspace) writeImports(t testing.TB, sessions []handMade) cost {
	t.Helper()
	ids := make([]string, len(sessions))
	for i, s := range sessions {
		ids[i] = strings.ToUpper(s.clientID)
	}
	list, err := json.Marshal(ids)
	if err != nil {
		t.Fatal(err)
	}
	finder := w
	finder.Directory = filepath.Join(w.Directory, "find")
	if err := os.Mkdir(finder.Directory, 0o700); err != nil {
		t.Fatal(err)
	}
	finder.write(t, "sessions.json", string(list))
	finder.write(t, "main.tf", findSessions)
	c := finder.reads(t, "apply", "-auto-approve")
	blocks, err := finder.Run(t.Context(), 0, "output", "-raw", "imports")
	if err != nil {
		t.Fatal(err)
	}
	w.write(t, "imports.tf", blocks)
	w.write(t, "main.tf", withProvider(""))
	return c
}

// reads runs a command, and fails the test where it writes anything to the tenant.
func (w workspace) reads(t testing.TB, args ...string) cost {
	t.Helper()
	c := w.run(t, args...)
	var check func(requests []emulator.Request)
	check = func(requests []emulator.Request) {
		for _, r := range requests {
			if r.Kind == emulator.KindGraph && r.Method != http.MethodGet && len(r.Parts) == 0 {
				t.Errorf("%s wrote: %s %s", args[0], r.Method, r.Path)
			}
			check(r.Parts)
		}
	}
	check(w.tenant.Requests())
	return c
}

// wantImportsOnly looks at the plan that was written.
func (w workspace) wantImportsOnly(t testing.TB, sessions int) {
	t.Helper()
	text, err := w.Run(t.Context(), 0, "show", "-json", "adopt.tfplan")
	if err != nil {
		t.Fatal(err)
	}
	var plan struct {
		Changes []struct {
			Address string `json:"address"`
			Change  struct {
				Actions   []string       `json:"actions"`
				Importing map[string]any `json:"importing"`
				Before    map[string]any `json:"before"`
				After     map[string]any `json:"after"`
			} `json:"change"`
		} `json:"resource_changes"`
	}
	if err := json.Unmarshal([]byte(text), &plan); err != nil {
		t.Fatal(err)
	}
	imported := 0
	for _, c := range plan.Changes {
		if !slices.Equal(c.Change.Actions, []string{"no-op"}) {
			for name, value := range c.Change.After {
				if b := c.Change.Before[name]; fmt.Sprint(b) != fmt.Sprint(value) {
					t.Errorf("%s: %v: %s is %v, shall be %v", c.Address, c.Change.Actions, name, b, value)
				}
			}
		}
		if c.Change.Importing != nil {
			imported++
		}
	}
	if imported != sessions || len(plan.Changes) != sessions {
		t.Errorf("%d of %d resources are imported, %d sessions were found", imported, len(plan.Changes), sessions)
	}
}

// changesOneLater makes the first real change of a session with secrets of others.
func (w workspace) changesOneLater(t testing.TB, sessions []handMade) {
	t.Helper()
	i := slices.IndexFunc(sessions, func(s handMade) bool { return s.secrets > 0 && s.keys > 0 && !s.exchange })
	if i < 0 {
		t.Fatal("no session has secrets and certificates")
	}
	s := sessions[i]
	w.write(t, "later_override.tf", fmt.Sprintf(`
resource "sapio365_app_session" "session_%s" {
  description   = "Taken over"
  unique_name   = "taken-over"
  client_secret = {}
}
`, s.clientID))
	out, err := w.Run(t.Context(), 0, "apply", "-auto-approve")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out, "0 added, 1 changed, 0 destroyed") {
		t.Error(out)
	}
	application := w.do(t, http.MethodGet, "/applications/"+s.objectID, nil)
	secrets, _ := application["passwordCredentials"].([]any)
	keys, _ := application["keyCredentials"].([]any)
	tags, _ := application["tags"].([]any)
	if len(secrets) != s.secrets+1 || len(keys) != s.keys {
		t.Errorf("of %d secrets and %d certificates %d and %d are left", s.secrets, s.keys, len(secrets), len(keys))
	}
	if !slices.Contains(tags, any(entra.TagAppSession)) || application["uniqueName"] != "taken-over" {
		t.Errorf("the tags are %v, the unique name is %v", tags, application["uniqueName"])
	}
	w.reads(t, "plan", "-detailed-exitcode")
	if _, err := os.Stat(filepath.Join(w.Directory, "generated.tf")); err != nil {
		t.Error(err)
	}
}
