package terraformcli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// group is a workspace with the example of a fleet in many states, and the customers of its groups.
func (p *partner) group(t testing.TB, name string, groups map[string][]string) workspace {
	t.Helper()
	w := p.beside(t)
	w.Environment = append(w.Environment, "SAPIO365_CLIENT_ID="+p.clientID, "SAPIO365_CLIENT_SECRET="+p.secret, "TF_VAR_group="+name)
	for _, example := range []string{"fleet", filepath.Join("msp", "modules")} {
		from, to := filepath.Join("..", "..", "examples", example), filepath.Join(w.Directory, example)
		if err := os.CopyFS(to, os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
	}
	w.Directory = filepath.Join(w.Directory, "fleet")
	// Where the states are is the pipeline's matter; here they are beside the configuration.
	for _, file := range []string{"backend.tf", "groups/north.yaml", "groups/south.yaml"} {
		if err := os.Remove(filepath.Join(w.Directory, file)); err != nil {
			t.Fatal(err)
		}
	}
	for group, tenants := range groups {
		var lines strings.Builder
		for _, id := range tenants {
			fmt.Fprintf(&lines, "- { tenant_id: %s, name: Customer %s, tier: premium }\n", id, id[:4])
		}
		w.write(t, filepath.Join("groups", group+".yaml"), lines.String())
	}
	if _, err := w.Run(t.Context(), 0, "get", "-no-color"); err != nil {
		t.Fatal(err)
	}
	return w
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
