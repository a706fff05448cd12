package terraformcli_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// repository is a checkout of the examples of a fleet with the groups, on a machine of its own.
func (p *partner) repository(t testing.TB, groups map[string]string) workspace {
	t.Helper()
	w := p.beside(t)
	w.Environment = append(w.Environment, "SAPIO365_CLIENT_ID="+p.clientID, "SAPIO365_CLIENT_SECRET="+p.secret)
	for _, example := range []string{"fleet", "report", filepath.Join("msp", "modules")} {
		from, to := filepath.Join("..", "..", "examples", example), filepath.Join(w.Directory, example)
		if err := os.CopyFS(to, os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
	}
	// Where the states are is the pipeline's matter; here they are beside the configuration.
	for _, file := range []string{"backend.tf", "groups/north.yaml", "groups/south.yaml"} {
		if err := os.Remove(filepath.Join(w.Directory, "fleet", file)); err != nil {
			t.Fatal(err)
		}
	}
	for group, customers := range groups {
		w.write(t, filepath.Join("fleet", "groups", group+".yaml"), customers)
	}
	return w
}

// outputs are what a step of GitHub Actions has put out.
func (w workspace) outputs(t testing.TB) map[string]string {
	t.Helper()
	content, err := os.ReadFile(w.summary() + ".outputs")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for line := range strings.Lines(string(content)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		found[name] = value
	}
	return found
}

// The pipeline of a fleet lists the groups, applies each of them, and makes one report over all, which fails before a
// credential ends. Files may be written as people write YAML, also without any customer.
func TestAccFleetPipeline(t *testing.T) {
	t.Parallel()
	needsJQ(t)
	p := newPartner(t, 3, 0)
	north := fmt.Sprintf("- { tenant_id: %s, name: Contoso, tier: standard }\n- tenant_id: %s\n  name: Fabrikam\n  tier: standard",
		p.customers[0].ID(), p.customers[1].ID()) // without an end of the last line
	groups := map[string]string{
		"north": north,
		"south": fmt.Sprintf("# the others\n- { tenant_id: %s, name: Tailspin, tier: premium, adopted: [] }\n", p.customers[2].ID()),
		"west":  "[]\n",
	}
	jobs := jobsOf(t, "github", "fleet.yml")
	list := p.repository(t, groups)
	if _, err := jobs["groups"].run(t, installed, list.Directory, list.environmentOf()); err != nil {
		t.Fatal(err)
	}
	var listed []string
	if err := json.Unmarshal([]byte(list.outputs(t)["groups"]), &listed); err != nil || !slices.Equal(listed, []string{"north", "south", "west"}) {
		t.Fatalf("the groups are %q: %v", listed, err)
	}
	for _, group := range listed {
		apply := p.repository(t, groups)
		j := jobs["apply"].with(strings.NewReplacer("${{ matrix.group }}", group))
		if _, err := j.run(t, installed, apply.Directory, apply.environmentOf()); err != nil {
			t.Error(err)
		}
	}
	for i, want := range []int{1, 1, 2} {
		if got := appSessions(t, workspace{tenant: p.customers[i]}); len(got) != want {
			t.Errorf("customer %d has %d App sessions, want %d", i, len(got), want)
		}
	}
	adopted := adoptable(t, p.customers[1])
	report := p.repository(t, groups)
	if _, err := jobs["report"].run(t, installed, report.Directory, report.environmentOf()); err != nil {
		t.Error(err)
	}
	report.write(t, filepath.Join("fleet", "groups", "north.yaml"), north+"\n  adopted: ["+adopted+"]")
	failed, err := jobs["report"].run(t, installed, report.Directory, report.environmentOf())
	if failed == nil || !strings.Contains(failed.script, "terraform show") {
		t.Errorf("a credential ends in 12 days: %v", err)
	}
	page, err := os.ReadFile(filepath.Join(report.Directory, artifact(t)))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"3 tenants", "<td>Contoso</td>", "<td>Tailspin</td>", "<td>Fabrikam</td><td>sapio365 helpdesk</td>"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("%q is not on the page", want)
		}
	}
}
