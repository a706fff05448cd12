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

// manySessions is how many sessions a large tenant has.
const manySessions = 300

// adoptions is how many sessions made by hand are taken over; by default fewer, to keep the time short.
func adoptions(t testing.TB) int {
	t.Helper()
	switch os.Getenv("SAPIO365_ADOPTIONS") {
	case "":
		return 40
	case "full":
		return manySessions
	}
	number, err := strconv.Atoi(os.Getenv("SAPIO365_ADOPTIONS"))
	if err != nil {
		t.Fatal(err)
	}
	return number
}

// adoptionPhases are the commands of taking sessions over, with the round trips that each may take of a number of them.
var adoptionPhases = []struct {
	name    string
	allowed func(sessions int) int
}{
	{"find", func(sessions int) int { return 5 + sessions/19 + sessions/10 }},
	{"plan", func(sessions int) int { return 5 + sessions*3/4 }},
	{"apply", func(int) int { return 0 }},
	{"refresh", func(sessions int) int { return 2 + sessions/2 }},
}

// Sessions that people made by hand are taken over as they are, with the configuration that Terraform generates: nothing
// is written for it, nothing is left to change, and whatever is changed later leaves what others have put there.
func TestAccAdoption(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t, 0)
	w.needsGenerator(t)
	sessions := newByHand(t, w, 1).makeAll(adoptions(t))
	applications, grants := w.all(t, "/applications"), w.all(t, "/oauth2PermissionGrants")
	for i, c := range w.adopts(t, sessions) {
		phase := adoptionPhases[i]
		t.Logf("%s of %d sessions: %v", phase.name, len(sessions), c)
		if c.roundTrips > phase.allowed(len(sessions)) {
			t.Errorf("%s took %d round trips, allowed are %d", phase.name, c.roundTrips, phase.allowed(len(sessions)))
		}
	}
	if !slices.Equal(w.all(t, "/applications"), applications) || !slices.Equal(w.all(t, "/oauth2PermissionGrants"), grants) {
		t.Error("the import has changed applications or consent")
	}
	w.changesOneLater(t, sessions)
	if !slices.Equal(w.all(t, "/oauth2PermissionGrants?$filter=consentType eq 'Principal'"), usersOwn(grants)) {
		t.Error("the change has touched what users have consented to for themselves")
	}
}

// needsGenerator skips what takes configuration that the CLI generates. OpenTofu 1.11 writes the key "Microsoft Graph" of
// permissions without quotes, and refuses what it has written.
func (w workspace) needsGenerator(t testing.TB) {
	t.Helper()
	if w.Name() == "tofu" {
		t.Skip("OpenTofu generates no valid configuration for keys with a space")
	}
}

// usersOwn are the grants of single users.
func usersOwn(grants []string) []string {
	return slices.DeleteFunc(slices.Clone(grants), func(grant string) bool { return !strings.Contains(grant, `"Principal"`) })
}

// BenchmarkAdoption takes 300 sessions over at 100 ms of latency.
func BenchmarkAdoption(b *testing.B) {
	for b.Loop() {
		w := newWorkspace(b, latency)
		for i, c := range w.adopts(b, newByHand(b, w, 1).makeAll(manySessions)) {
			b.ReportMetric(c.took.Seconds(), adoptionPhases[i].name+"-s")
			b.ReportMetric(float64(c.roundTrips), adoptionPhases[i].name+"-roundtrips")
		}
	}
}

// adopts takes the sessions over, and returns what the phases cost.
func (w workspace) adopts(t testing.TB, sessions []handMade) []cost {
	t.Helper()
	find := w.writeImports(t, sessions)
	plan := w.reads(t, "plan", "-generate-config-out=generated.tf", "-out=adopt.tfplan")
	w.wantImportsOnly(t, len(sessions))
	return []cost{find, plan, w.reads(t, "apply", "adopt.tfplan"), w.reads(t, "plan", "-detailed-exitcode")}
}

// all is a collection, each member as JSON.
func (w workspace) all(t testing.TB, path string) []string {
	t.Helper()
	separator := "?"
	if strings.Contains(path, "?") {
		separator = "&"
	}
	var all []string
	for _, member := range w.list(t, path+separator+"$top=999") {
		text, err := json.Marshal(member)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(text))
	}
	slices.Sort(all)
	return all
}

// example is a configuration of the guide on taking over what is there.
func (w workspace) example(t testing.TB, name string) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "examples", "adoption", name, "main.tf"))
	if err != nil {
		t.Fatal(err)
	}
	w.write(t, "main.tf", string(content))
	if !strings.Contains(string(content), "required_providers") {
		w.write(t, "provider.tf", withProvider(""))
	}
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
	finder.write(t, "terraform.tfvars.json", fmt.Sprintf(`{"client_ids": %s}`, list))
	finder.example(t, "find")
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
	wantNoWrites(t, args[0], w.tenant.Requests())
	return c
}

// wantNoWrites fails the test where a request to Microsoft Graph, or a part of one, does more than read.
func wantNoWrites(t testing.TB, by string, requests []emulator.Request) {
	t.Helper()
	for _, r := range requests {
		if r.Kind == emulator.KindGraph && r.Method != http.MethodGet && len(r.Parts) == 0 {
			t.Errorf("%s wrote: %s %s", by, r.Method, r.Path)
		}
		wantNoWrites(t, by, r.Parts)
	}
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
}

// Sessions that are alike are imported by one block with for_each.
func TestAccAdoptionOfSessionsAlike(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t, 0)
	h := newByHand(t, w, 3)
	var ids []string
	for _, name := range []string{"Jane", "John"} {
		made := w.do(t, http.MethodPost, "/applications", map[string]any{
			"displayName": "sapio365 helpdesk - " + name, "requiredResourceAccess": []any{map[string]any{
				"resourceAppId":  "00000003-0000-0000-c000-000000000000",
				"resourceAccess": []any{map[string]any{"id": "df021288-bdef-4463-88db-98f22de89214", "type": "Role"}},
			}},
		})
		principal := h.id(http.MethodPost, "/servicePrincipals", map[string]any{"appId": made["appId"], "appRoleAssignmentRequired": true})
		h.assign(principal, "00000003-0000-0000-c000-000000000000", "df021288-bdef-4463-88db-98f22de89214")
		ids = append(ids, fmt.Sprint(made["appId"]))
	}
	w.example(t, "alike")
	w.write(t, "terraform.tfvars.json", fmt.Sprintf(`{"client_ids": [%q, %q]}`, ids[0], ids[1]))
	w.reads(t, "plan", "-out=adopt.tfplan")
	w.wantImportsOnly(t, len(ids))
	w.reads(t, "apply", "adopt.tfplan")
	w.reads(t, "plan", "-detailed-exitcode")
}
