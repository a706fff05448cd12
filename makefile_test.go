package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	madeTarget = regexp.MustCompile("[`\"]make ([a-z][a-z-]*)[^a-z-]")
	target     = regexp.MustCompile(`(?m)^([a-z][a-z-]*):`)
)

// What pages and settings say of make is there to be made.
func TestTargetsThatAreNamed(t *testing.T) {
	t.Parallel()
	makefile, err := os.ReadFile("GNUmakefile")
	if err != nil {
		t.Fatal(err)
	}
	targets := map[string]bool{}
	for _, found := range target.FindAllSubmatch(makefile, -1) {
		targets[string(found[1])] = true
	}
	named := 0
	err = fs.WalkDir(os.DirFS("."), ".", func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains([]string{".git", ".tools", ".changes", "bin", "dist"}, file):
			return fs.SkipDir
		case entry.IsDir() || file == "CHANGELOG.md" || !slices.Contains([]string{".md", ".tmpl", ".yml"}, filepath.Ext(file)):
			return nil
		}
		content, err := os.ReadFile(file)
		for _, found := range madeTarget.FindAllSubmatch(content, -1) {
			if named++; !targets[string(found[1])] {
				t.Errorf("%s: there is no target %s", file, found[1])
			}
		}
		return err
	})
	if err != nil || named == 0 {
		t.Fatalf("%d targets are named, %v", named, err)
	}
}

// What the emulator prints goes into a file of JSON, in which the command itself has no place.
func TestEmulatorIsMadeSilently(t *testing.T) {
	t.Parallel()
	makefile, err := os.ReadFile("GNUmakefile")
	if err != nil {
		t.Fatal(err)
	}
	_, rule, found := strings.Cut(strings.ReplaceAll(string(makefile), "\r\n", "\n"), "\nemulator:")
	_, recipe, more := strings.Cut(rule, "\n\t")
	if !found || !more || !strings.HasPrefix(recipe, "@go run ./internal/cmd/emulator") {
		t.Error("make emulator prints its command beside the JSON")
	}
}
