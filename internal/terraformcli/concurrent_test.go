package terraformcli_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// several are sessions of one run. All runs share the tenant's API service principals and the register of access roles.
func several(run string, count int) string {
	return withProvider(fmt.Sprintf(`
resource "sapio365_app_session" "test" {
  count              = %d
  display_name       = "sapio365 %s ${count.index}"
  permission_profile = "administration"

  certificate = {
    value = file("certificate.pem")
  }
  exchange_online_powershell = {}
}
`, count, run))
}

// together runs a command in all workspaces at the same time, and returns what each printed and ended with.
func together(t testing.TB, workspaces []workspace, args ...string) (printed []string, failed []error) {
	t.Helper()
	printed, failed = make([]string, len(workspaces)), make([]error, len(workspaces))
	var running sync.WaitGroup
	for i, w := range workspaces {
		running.Go(func() { printed[i], failed[i] = w.Run(t.Context(), 0, args...) })
	}
	running.Wait()
	return printed, failed
}

// Runs with states of their own, as on several machines, work in one tenant at the same time.
func TestAccConcurrentApplies(t *testing.T) {
	t.Parallel()
	const each = 4
	first := newWorkspace(t, 20*time.Millisecond)
	runs := []workspace{first, first.beside(t)}
	for i, w := range runs {
		w.write(t, "main.tf", several(fmt.Sprintf("run %d", i), each))
	}
	for _, command := range [][]string{
		{"apply", "-auto-approve", "-input=false", "-no-color"},
		{"plan", "-detailed-exitcode", "-input=false", "-no-color"},
	} {
		_, failed := together(t, runs, command...)
		for _, err := range failed {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if n := len(appSessions(t, first)); n != each*len(runs) {
		t.Errorf("there are %d App sessions", n)
	}
	if _, failed := together(t, runs, "destroy", "-auto-approve", "-input=false", "-no-color"); failed[0] != nil || failed[1] != nil {
		t.Error(failed)
	}
	if left := appSessions(t, first); len(left) > 0 {
		t.Errorf("there are left %v", left)
	}
}

// Two runs that make the same session at the same time make one. The run that comes second is told what to do, and can do
// it: import the session, or take another name.
func TestAccConcurrentAppliesOfOneSession(t *testing.T) {
	t.Parallel()
	first := newWorkspace(t, 20*time.Millisecond)
	runs := []workspace{first, first.beside(t)}
	for _, w := range runs {
		w.write(t, "main.tf", several("shared", 1))
	}
	_, failed := together(t, runs, "apply", "-auto-approve", "-input=false", "-no-color")
	if failed[0] == nil && failed[1] == nil {
		t.Error("both runs think that they have made it")
	}
	made := appSessions(t, first)
	if len(made) != 1 {
		t.Fatalf("there are %v", made)
	}
	for i, err := range failed {
		if err == nil {
			continue
		}
		if !strings.Contains(err.Error(), "import {") && !strings.Contains(err.Error(), "apply again") {
			t.Errorf("run %d is not told what to do: %v", i, err)
		}
		if _, err := runs[i].Run(t.Context(), 0, "import", "-input=false", "-no-color", "sapio365_app_session.test[0]", made[0]); err != nil {
			t.Error(err)
		}
		if _, err := runs[i].Run(t.Context(), 0, "apply", "-auto-approve", "-input=false", "-no-color"); err != nil {
			t.Error(err)
		}
	}
	if again := appSessions(t, first); len(again) != 1 || again[0] != made[0] {
		t.Errorf("there was %v, and there is %v", made, again)
	}
}

// appSessions are the client IDs of the sessions that the tests here make.
func appSessions(t testing.TB, w workspace) (clientIDs []string) {
	t.Helper()
	for _, application := range w.list(t, "/applications") {
		if strings.HasPrefix(fmt.Sprint(application["displayName"]), "sapio365 ") {
			clientIDs = append(clientIDs, fmt.Sprint(application["appId"]))
		}
	}
	return clientIDs
}
