package terraformcli_test

import (
	"os"
	"path/filepath"
	"testing"
)

// The example of a module with tests of its own passes them, on the emulator.
func TestAccModuleTests(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t, 0)
	if err := os.CopyFS(w.Directory, os.DirFS(filepath.Join("..", "..", "examples", "testing"))); err != nil {
		t.Fatal(err)
	}
	out, err := w.Run(t.Context(), 0, "test", "-no-color")
	if err != nil {
		t.Fatal(err)
	}
	t.Log(out)
	if left := appSessions(t, w); len(left) > 0 {
		t.Errorf("there are left %v", left)
	}
}
