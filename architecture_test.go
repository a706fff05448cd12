package main_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	module       = "github.com/sapio365/terraform-provider-sapio365/"
	architecture = "ARCHITECTURE.md"
)

// architectureOf is what ARCHITECTURE.md says in its tables.
type architectureOf struct {
	layers    map[string]string   // of packages, by their directory
	arrows    map[string][]string // from layers to those that they may import
	libraries map[string][]string // the layers that may import a library, by the beginning of its path
	drawn     [][2]string         // the arrows between layers in the diagram
}

var (
	quoted     = regexp.MustCompile("`([^`]+)`")
	drawnArrow = regexp.MustCompile(`(?m)^\s*(\w+) --> (\w+)`)
	separator  = regexp.MustCompile(`, *`)
)

// rows returns the cells of the table whose first column has the heading.
func rows(page, heading string) [][]string {
	_, rest, _ := strings.Cut(page, "\n| "+heading+" |")
	var all [][]string
	for _, line := range strings.Split(rest, "\n")[1:] {
		if !strings.HasPrefix(line, "|") {
			break
		}
		if strings.HasPrefix(line, "|---") {
			continue
		}
		var cells []string
		for _, cell := range strings.Split(strings.Trim(line, "|"), "|") {
			cells = append(cells, strings.TrimSpace(cell))
		}
		all = append(all, cells)
	}
	return all
}

func items(cell string) []string {
	if cell == "" {
		return nil
	}
	return separator.Split(cell, -1)
}

func readArchitecture(t *testing.T) architectureOf {
	t.Helper()
	content, err := os.ReadFile(architecture)
	if err != nil {
		t.Fatal(err)
	}
	page := string(content)
	a := architectureOf{layers: map[string]string{}, arrows: map[string][]string{}, libraries: map[string][]string{}}
	for _, row := range rows(page, "Package") {
		directory := strings.Trim(row[0], "`")
		if a.layers[directory] != "" {
			t.Errorf("%s is listed twice", directory)
		}
		a.layers[directory] = row[1]
	}
	for _, row := range rows(page, "Layer") {
		a.arrows[row[0]] = items(row[1])
	}
	for _, row := range rows(page, "Library") {
		for _, library := range quoted.FindAllStringSubmatch(row[0], -1) {
			a.libraries[library[1]] = items(row[1])
		}
	}
	for _, arrow := range drawnArrow.FindAllStringSubmatch(page, -1) {
		a.drawn = append(a.drawn, [2]string{arrow[1], arrow[2]})
	}
	if len(a.layers) == 0 || len(a.arrows) == 0 || len(a.libraries) == 0 || len(a.drawn) == 0 {
		t.Fatalf("%s lacks one of its tables, or the diagram", architecture)
	}
	return a
}

// imports returns what the packages under internal/ import, tests aside, by their directory.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := fs.WalkDir(os.DirFS("."), "internal", func(file string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		directory := path.Dir(file)
		found[directory] = append(found[directory], []string{}...)
		for _, spec := range parsed.Imports {
			if imported := strings.Trim(spec.Path.Value, `"`); !slices.Contains(found[directory], imported) {
				found[directory] = append(found[directory], imported)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestArchitecturePackages: the page lists every package under internal/, and no other.
func TestArchitecturePackages(t *testing.T) {
	t.Parallel()
	a, there := readArchitecture(t), imports(t)
	for directory := range there {
		if _, listed := a.layers[directory]; !listed {
			t.Errorf("%s does not list the package %s", architecture, directory)
		}
	}
	for directory, layer := range a.layers {
		if _, exists := there[directory]; !exists {
			t.Errorf("%s lists %s, where there is no package", architecture, directory)
		}
		if _, known := a.arrows[layer]; !known {
			t.Errorf("the layer %q of %s has no row under \"May import\"", layer, directory)
		}
	}
}

// TestArchitectureArrows: packages import each other as the page allows; and what it allows, or draws, exists.
func TestArchitectureArrows(t *testing.T) {
	t.Parallel()
	a := readArchitecture(t)
	used := map[[2]string]bool{}
	for directory, imported := range imports(t) {
		from := a.layers[directory]
		for _, target := range imported {
			other, ours := strings.CutPrefix(target, module)
			if !ours {
				continue
			}
			to := a.layers[other]
			if used[[2]string{from, to}] = true; !slices.Contains(a.arrows[from], to) {
				t.Errorf("%s imports %s, but %s does not let %q import %q", directory, other, architecture, from, to)
			}
		}
	}
	for from, all := range a.arrows {
		for _, to := range all {
			if !used[[2]string{from, to}] {
				t.Errorf("%s lets %q import %q, but no package does", architecture, from, to)
			}
		}
	}
	for _, arrow := range a.drawn {
		if !used[arrow] {
			t.Errorf("the diagram has an arrow from %q to %q, which no import follows", arrow[0], arrow[1])
		}
	}
}

// TestArchitectureLibraries: libraries are imported by those alone whom the page allows.
func TestArchitectureLibraries(t *testing.T) {
	t.Parallel()
	a := readArchitecture(t)
	used := map[string]bool{}
	for directory, imported := range imports(t) {
		for _, target := range imported {
			for library, layers := range a.libraries {
				if !within(target, library) {
					continue
				}
				if used[library] = true; !slices.Contains(layers, a.layers[directory]) {
					t.Errorf("%s imports %s, but %s does not let %q", directory, target, architecture, a.layers[directory])
				}
			}
		}
	}
	for library, layers := range a.libraries {
		if !used[library] {
			t.Errorf("nothing imports %s, of which %s speaks", library, architecture)
		}
		for _, layer := range layers {
			if _, known := a.arrows[layer]; !known {
				t.Errorf("there is no layer %q, which may import %s", layer, library)
			}
		}
	}
}

// within tells whether the path is that of the library, or of a package of it.
func within(target, library string) bool {
	return target == library || strings.HasPrefix(target, strings.TrimSuffix(library, "/")+"/") ||
		strings.HasSuffix(library, "-") && strings.HasPrefix(target, library)
}
