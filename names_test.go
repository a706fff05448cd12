package main_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// codeLink is a link to a Go file, under the name of something in it.
var codeLink = regexp.MustCompile("\\[`([A-Za-z]\\w*)`\\]\\(([^)#]+\\.go)\\)")

// TestNamesInTheCode: what the pages for contributors link to by its name is declared in that file.
func TestNamesInTheCode(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("adr/*.md")
	if err != nil {
		t.Fatal(err)
	}
	links := 0
	for _, page := range append(pages, architecture, "CONTRIBUTING.md", "SECURITY.md") {
		content, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range codeLink.FindAllStringSubmatch(string(content), -1) {
			links++
			if file := path.Join(path.Dir(page), match[2]); !declares(t, file, match[1]) {
				t.Errorf("%s: %s does not declare %s", page, file, match[1])
			}
		}
	}
	if links == 0 {
		t.Error("there is no link to any name")
	}
}

// declares tells whether the file declares a function, method, type, constant or variable of the name.
func declares(t *testing.T, file, name string) bool {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Error(err)
		return true
	}
	found := false
	for _, declaration := range parsed.Decls {
		switch d := declaration.(type) {
		case *ast.FuncDecl:
			found = found || d.Name.Name == name
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					found = found || s.Name.Name == name
				case *ast.ValueSpec:
					found = found || slices.ContainsFunc(s.Names, func(i *ast.Ident) bool { return i.Name == name })
				}
			}
		}
	}
	return found
}
