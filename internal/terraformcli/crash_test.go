package terraformcli_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
)

// The crash matrix kills the provider before and after every request of a command, and wants the next command to bring
// everything to the same end as if nothing had happened. One row is one kill.

// row is what came of one kill.
type row struct {
	kind, command string
	number        int
	after         bool
	request       string
	left          string // in the tenant
	next          string // command, and how it ended
	sameClient    string
	plan          string
}

func (r row) cells() []string {
	when := "before"
	if r.after {
		when = "after"
	}
	return []string{r.kind, r.command, fmt.Sprint(r.number), when, r.request, r.left, r.next, r.sameClient, r.plan}
}

// matrix collects the rows of tests that run at the same time.
type matrix struct {
	mu   sync.Mutex
	rows []row
}

func (m *matrix) add(r row) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rows = append(m.rows, r)
}

// String is the table.
func (m *matrix) String() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	kinds := map[string]int{} // in the order of their first rows would differ from run to run
	for i, k := range sessionKinds {
		kinds[k.name] = i
	}
	slices.SortFunc(m.rows, func(a, b row) int {
		key := func(r row) []int {
			after := 0
			if r.after {
				after = 1
			}
			return []int{slices.Index(commands, r.command), kinds[r.kind], r.number, after}
		}
		return slices.Compare(key(a), key(b))
	})
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	lines := [][]string{{"session", "command", "#", "killed", "request", "left in the tenant", "next", "same client ID", "plan"}}
	for _, r := range m.rows {
		lines = append(lines, r.cells())
	}
	for _, line := range lines {
		_, _ = fmt.Fprintln(table, strings.Join(line, "\t")) // a strings.Builder takes everything
	}
	_ = table.Flush()
	return b.String()
}

// fullMatrix is set for all kinds of sessions and commands; else a part of them keeps the time short.
var fullMatrix = os.Getenv("SAPIO365_CRASH_MATRIX") == "full"

// TestAccCrashMatrix kills the provider at every request.
func TestAccCrashMatrix(t *testing.T) {
	t.Parallel()
	needsAcceptance(t)
	needsProcesses(t)
	m := &matrix{}
	t.Run("kills", func(t *testing.T) {
		for _, k := range sessionKinds {
			if !fullMatrix && !k.always {
				continue
			}
			t.Run(k.name, func(t *testing.T) {
				t.Parallel()
				k.test(t, m)
			})
		}
	})
	if len(m.rows) == 0 && !t.Failed() {
		t.Error("nothing was killed")
	}
	if fullMatrix {
		fmt.Print(m)
	} else {
		t.Log("\n" + m.String())
	}
}
