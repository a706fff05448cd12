package terraformcli_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

// group is a workspace with the example of a fleet in many states, and the customers of its groups.
func (p *partner) group(t testing.TB, name string, groups map[string][]string) workspace {
	t.Helper()
	files := map[string]string{}
	for group, tenants := range groups {
		files[group] = groupFile(tenants)
	}
	w := p.repository(t, files)
	w.Environment = append(w.Environment, "TF_VAR_group="+name)
	w.Directory = filepath.Join(w.Directory, "fleet")
	if _, err := w.Run(t.Context(), 0, "get", "-no-color"); err != nil {
		t.Fatal(err)
	}
	return w
}

// groupFile is a file with the customers of a group.
func groupFile(tenants []string) string {
	if len(tenants) == 0 {
		return "[]\n"
	}
	var lines strings.Builder
	for _, id := range tenants {
		fmt.Fprintf(&lines, "- { tenant_id: %s, name: Customer %s, tier: premium }\n", id, id[:4])
	}
	return lines.String()
}

// Groups of customers with states of their own are applied side by side, and none of them touches another's.
func TestAccGroupsOfCustomers(t *testing.T) {
	t.Parallel()
	p := newPartner(t, 4, 0)
	ids := make([]string, len(p.customers))
	for i, customer := range p.customers {
		ids[i] = customer.ID()
	}
	groups := map[string][]string{"north": ids[:2], "south": ids[2:]}
	north, south := p.group(t, "north", groups), p.group(t, "south", groups)
	for _, command := range [][]string{
		{"apply", "-auto-approve", "-input=false", "-no-color"},
		{"plan", "-detailed-exitcode", "-input=false", "-no-color"},
	} {
		if printed, failed := together(t, []workspace{north, south}, command...); failed[0] != nil || failed[1] != nil {
			t.Fatal(failed, printed)
		}
	}
	if _, err := north.Run(t.Context(), 0, "destroy", "-auto-approve", "-input=false", "-no-color"); err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{0, 0, 2, 2} {
		if got := appSessions(t, workspace{tenant: p.customers[i]}); len(got) != want {
			t.Errorf("customer %d has %d App sessions, want %d", i, len(got), want)
		}
	}
}

// A customer moves to another group with its secrets, by the script that the guide shows: no tenant is written to, and
// both groups have nothing to do. Then a group ends, which leaves nothing behind.
func TestAccGroupsOfCustomers_moveAndEnd(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the script takes a POSIX shell")
	}
	p := newPartner(t, 3, 0)
	north, south, moves := p.customers[0], p.customers[1], p.customers[2]
	fleet := inRemoteStates(t, p, map[string][]string{"north": {north.ID(), moves.ID()}, "south": {south.ID()}})
	fleet.as(t, "north", 0, "apply", "-auto-approve")
	fleet.as(t, "south", 0, "apply", "-auto-approve")
	before := secretsOf(t, fleet.states.get("north"), moves.ID())
	if len(before) != 2 {
		t.Fatalf("the customer has %d secrets, want those of two sessions", len(before))
	}
	for _, tenant := range p.customers {
		tenant.ResetRequests()
	}

	fleet.move(t, "north", "south", strings.ToUpper(moves.ID()))
	fleet.customers(t, "north", north.ID())
	fleet.customers(t, "south", south.ID(), moves.ID())
	fleet.hasMoved(t, "north", "south", moves.ID(), before)

	fleet.move(t, "south", "east", moves.ID()) // which has no state yet
	fleet.customers(t, "south", south.ID())
	fleet.customers(t, "east", moves.ID())
	fleet.hasMoved(t, "south", "east", moves.ID(), before)
	for _, tenant := range p.customers {
		wantNoWrites(t, "the move", tenant.Requests())
	}

	fleet.customers(t, "east")
	fleet.as(t, "east", 0, "apply", "-auto-approve")
	if got := appSessions(t, workspace{tenant: moves}); len(got) > 0 {
		t.Errorf("a group that has ended leaves %v", got)
	}
	if err := os.Remove(filepath.Join(fleet.Directory, "groups", "east.yaml")); err != nil {
		t.Fatal(err)
	}
	fleet.as(t, "north", 0, "plan", "-detailed-exitcode")
	if says := fleet.as(t, "east", 1, "plan"); !strings.Contains(says, "To end a group, write [] into its file and apply it") {
		t.Errorf("a group without a file is not told how to end: %s", says)
	}
}

// hasMoved fails unless the secrets are in the state of the one group alone, and nothing is left to do in either.
func (f remoteFleet) hasMoved(t *testing.T, from, to, tenantID string, secrets map[string]string) {
	t.Helper()
	for _, group := range []string{from, to} {
		if planned := f.as(t, group, 0, "plan"); strings.Contains(planned, "Plan:") || !strings.Contains(planned, "Changes to Outputs:") {
			t.Errorf("%s has more to change than its outputs: %s", group, planned)
		}
		f.as(t, group, 0, "apply", "-auto-approve")
		f.as(t, group, 0, "plan", "-detailed-exitcode")
	}
	if !maps.Equal(secretsOf(t, f.states.get(to), tenantID), secrets) {
		t.Errorf("%s has other secrets than %s had", to, from)
	}
	if left := secretsOf(t, f.states.get(from), tenantID); len(left) > 0 {
		t.Errorf("%s has %d secrets left", from, len(left))
	}
}

// remoteFleet is one directory for all groups, whose states are elsewhere.
type remoteFleet struct {
	workspace
	states *states
}

// inRemoteStates is the example with a backend that a test can have: one over HTTP, which keeps each state at its address.
func inRemoteStates(t *testing.T, p *partner, groups map[string][]string) remoteFleet {
	t.Helper()
	fleet := remoteFleet{p.group(t, "north", groups), serveStates(t)}
	root := fleet.workspace
	root.Directory = filepath.Dir(fleet.Directory)
	root.installs(t)
	fleet.write(t, "backend.tf", "terraform {\n  backend \"http\" {}\n}\n")
	return fleet
}

// as runs the CLI for the group, and returns what it printed in one line.
func (f remoteFleet) as(t *testing.T, group string, expected int, args ...string) string {
	t.Helper()
	f.Environment = append(slices.Clone(f.Environment), "TF_VAR_group="+group)
	if _, err := f.Run(t.Context(), 0, "init", "-reconfigure", "-input=false", "-no-color", "-backend-config=address="+f.states.address(group)); err != nil {
		t.Fatal(err)
	}
	out, err := f.Run(t.Context(), 0, append(args, "-input=false", "-no-color")...)
	if (err != nil) != (expected != 0) {
		t.Fatalf("%s of %s: %v", args[0], group, err)
	}
	if err != nil {
		out = err.Error()
	}
	return strings.Join(strings.Fields(strings.ReplaceAll(out, "│", "")), " ")
}

// customers writes the file of a group.
func (f remoteFleet) customers(t *testing.T, group string, tenants ...string) {
	t.Helper()
	f.write(t, filepath.Join("groups", group+".yaml"), groupFile(tenants))
}

// move runs the script of the example, which names states as its own backend does.
func (f remoteFleet) move(t *testing.T, from, to, tenant string) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(f.Directory, "move-customer.sh"))
	if err != nil {
		t.Fatal(err)
	}
	const key = "key=app-sessions/$1.tfstate"
	if strings.Count(string(content), key) != 1 {
		t.Fatalf("the script does not name the state by %s", key)
	}
	script := exec.CommandContext(t.Context(), "sh", "-s", from, to, tenant)
	script.Stdin = strings.NewReader(strings.Replace(string(content), key, "address="+f.states.address("$1"), 1))
	script.Dir, script.Env = f.Directory, append(slices.Clone(f.Environment), "TERRAFORM="+f.Path)
	if out, err := script.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// states keeps states over HTTP, by their addresses.
type states struct {
	url string
	mu  sync.Mutex
	of  map[string][]byte
}

func serveStates(t *testing.T) *states {
	t.Helper()
	s := &states{of: map[string][]byte{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

func (s *states) address(group string) string { return s.url + "/" + group }

func (s *states) get(group string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.of["/"+group]
}

// ServeHTTP does what the backend "http" asks for.
func (s *states) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	content, err := io.ReadAll(r.Body)
	switch {
	case err != nil:
		w.WriteHeader(http.StatusBadRequest)
	case r.Method == http.MethodPost:
		s.of[r.URL.Path] = content
	case s.of[r.URL.Path] == nil:
		w.WriteHeader(http.StatusNotFound)
	default:
		_, _ = w.Write(s.of[r.URL.Path]) // the CLI tells of an answer that is cut off
	}
}

// secretsOf are the key IDs and the values of the secrets of a tenant's sessions in the state, by instance.
func secretsOf(t *testing.T, content []byte, tenantID string) map[string]string {
	t.Helper()
	var state struct {
		Resources []struct {
			Instances []struct {
				Key        string `json:"index_key"`
				Attributes struct {
					KeyID string `json:"client_secret_key_id"`
					Value string `json:"client_secret_value"`
				}
			}
		}
	}
	if err := json.Unmarshal(content, &state); err != nil {
		t.Fatal(err)
	}
	secrets := map[string]string{}
	for _, resource := range state.Resources {
		for _, instance := range resource.Instances {
			if a := instance.Attributes; strings.HasPrefix(instance.Key, tenantID+"/") && a.KeyID != "" && a.Value != "" {
				secrets[instance.Key] = a.KeyID + " " + a.Value
			}
		}
	}
	return secrets
}

// What a file of customers says wrong stops its own group, which says so, and no other.
func TestAccGroupsOfCustomers_badInput(t *testing.T) {
	t.Parallel()
	p := newPartner(t, 3, 0)
	ids := make([]string, len(p.customers))
	for i, customer := range p.customers {
		ids[i] = customer.ID()
	}
	groups := map[string][]string{"north": ids[:1], "south": ids[1:]}
	entry := func(more string) string { return fmt.Sprintf("- { tenant_id: %s, name: Contoso, %s }\n", ids[1], more) }
	const misspelt = "south.yaml: Contoso has the unknown key session."
	for name, row := range map[string]struct{ group, south, says string }{
		"twice":               {"north", entry("tier: premium") + strings.ReplaceAll(entry("tier: premium"), ids[1], strings.ToUpper(ids[0])), "In more than one group: tenant " + ids[0] + " in north and south."},
		"no such group":       {"east", "[]", "There is no groups/east.yaml. There are: north, south."},
		"key":                 {"south", entry("tier: premium, session: { administration: null }"), misspelt},
		"no tenant":           {"south", "- { name: Contoso, tier: premium }", "south.yaml: Contoso has no tenant_id."},
		"empty":               {"south", "# nobody\n", "south.yaml is empty or no list of customers. [] stands for nobody."},
		"key elsewhere":       {"north", entry("tier: premium, session: { administration: null }"), ""},
		"no tenant elsewhere": {"north", "- { name: Contoso, tier: premium }", ""},
		"empty elsewhere":     {"north", "", ""},
	} {
		w := p.group(t, row.group, groups)
		w.write(t, filepath.Join("groups", "south.yaml"), row.south)
		_, err := w.Run(t.Context(), 0, "plan", "-input=false", "-no-color")
		switch {
		case row.says == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case row.says != "" && (err == nil || !strings.Contains(strings.Join(strings.Fields(strings.ReplaceAll(err.Error(), "│", "")), " "), row.says)):
			t.Errorf("%s: it does not say %q: %v", name, row.says, err)
		}
	}
}
