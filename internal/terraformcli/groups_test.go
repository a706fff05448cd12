package terraformcli_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// group is a workspace with the example of a fleet in many states, and the customers of its groups.
func (p *partner) group(t testing.TB, name string, groups map[string][]string) workspace {
	t.Helper()
	files := map[string]string{}
	for group, tenants := range groups {
		var lines strings.Builder
		for _, id := range tenants {
			fmt.Fprintf(&lines, "- { tenant_id: %s, name: Customer %s, tier: premium }\n", id, id[:4])
		}
		files[group] = lines.String()
	}
	w := p.repository(t, files)
	w.Environment = append(w.Environment, "TF_VAR_group="+name)
	w.Directory = filepath.Join(w.Directory, "fleet")
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
	twice := p.group(t, "north", map[string][]string{"north": {ids[0], ids[3]}, "south": ids[2:]})
	for says, w := range map[string]workspace{
		"In more than one group: tenant " + ids[3] + " in north and south.": twice,
		"There is no groups/east.yaml. There are: north, south.":            p.group(t, "east", groups),
	} {
		_, err := w.Run(t.Context(), 0, "plan", "-input=false", "-no-color")
		if err == nil || !strings.Contains(strings.Join(strings.Fields(err.Error()), " "), says) {
			t.Errorf("it does not say %q: %v", says, err)
		}
	}
}
