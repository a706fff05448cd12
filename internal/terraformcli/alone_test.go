package terraformcli_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// notAlone are the examples that go into a configuration of the reader's own.
var notAlone = []string{"adoption/alike"}

// ofReference are the examples of single types, to which the page about the provider gives the block.
var ofReference = []string{"actions", "data-sources", "ephemeral-resources", "functions", "list-resources", "resources"}

// Every example that a guide has people apply by itself starts in an empty directory: it says where the provider is from.
func TestAccExamplesAlone(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t, 0)
	w.installs(t)
	root := w.copied(t)
	for _, example := range rootsIn(t, root) {
		alone := w
		alone.Directory = filepath.Join(root, example)
		if example == "quick-start" {
			alone.write(t, "provider.tf", quickStartProvider(t))
		}
		for _, args := range [][]string{{"init", "-backend=false", "-input=false", "-no-color"}, {"validate", "-no-color"}} {
			if _, err := alone.Run(t.Context(), 0, args...); err != nil {
				t.Errorf("%s: %v", example, err)
			}
		}
	}
}

// copied is a copy of the examples.
func (w workspace) copied(t *testing.T) string {
	t.Helper()
	root := filepath.Join(w.Directory, "examples")
	if err := os.CopyFS(root, os.DirFS(filepath.Join("..", "..", "examples"))); err != nil {
		t.Fatal(err)
	}
	return root
}

// rootsIn are the examples that are applied by themselves.
func rootsIn(t *testing.T, root string) []string {
	t.Helper()
	var roots []string
	err := fs.WalkDir(os.DirFS(root), ".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (slices.Contains(ofReference, path) || slices.Contains(notAlone, path) || entry.Name() == "modules"):
			return fs.SkipDir
		case filepath.Ext(path) == ".tf" && !slices.Contains(roots, filepath.ToSlash(filepath.Dir(path))):
			roots = append(roots, filepath.ToSlash(filepath.Dir(path)))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"adoption/find", "bootstrap/pipeline", "fleet", "msp", "provider", "quick-start", "report"} {
		if !slices.Contains(roots, want) {
			t.Errorf("the example %s is not found", want)
		}
	}
	return roots
}

// quickStartProvider is the file that the guide has its readers write beside the example.
func quickStartProvider(t *testing.T) string {
	t.Helper()
	guide, err := os.ReadFile(filepath.Join("..", "..", "templates", "guides", "quick-start.md.tmpl"))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile("(?s)`provider\\.tf`:\n\n```terraform\n(.*?)```").FindStringSubmatch(strings.ReplaceAll(string(guide), "\r\n", "\n"))
	if found == nil {
		t.Fatal("the guide shows no provider.tf")
	}
	return found[1]
}
