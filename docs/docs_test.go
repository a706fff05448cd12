// Package docs_test checks what the registry reads of the documentation, and what no generator keeps true.
package docs_test

import (
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// pages returns the content of every page by its path.
func pages(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := fs.WalkDir(os.DirFS("."), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".md") {
			return err
		}
		content, err := os.ReadFile(path)
		found[path] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := found["index.md"]; !ok {
		t.Fatal("there is no index.md")
	}
	return found
}

// What a page's front matter is made of. This is less than YAML allows, and all of it is YAML: a key with a quoted text
// without escapes or with a literal block, each line of which has the same indentation or is empty.
var (
	entryLine = regexp.MustCompile(`^([a-z_]+): ("[^"\\]*"|\|-)$`)
	blockLine = regexp.MustCompile(`^(  \S.*)?$`)
)

// frontMatter returns the keys of a page's front matter, or the first line that is wrong.
func frontMatter(page string) (keys []string, wrong string) {
	lines := strings.Split(page, "\n")
	if lines[0] != "---" {
		return nil, lines[0]
	}
	inBlock := false
	for _, line := range lines[1:] {
		entry := entryLine.FindStringSubmatch(line)
		switch {
		case line == "---":
			return keys, ""
		case entry != nil:
			keys = append(keys, entry[1])
			inBlock = entry[2] == "|-"
		case !inBlock || !blockLine.MatchString(line):
			return nil, line
		}
	}
	return nil, "the end: the front matter is not closed"
}

func TestFrontMatter(t *testing.T) {
	t.Parallel()
	for path, page := range pages(t) {
		keys, wrong := frontMatter(page)
		if wrong != "" {
			t.Errorf("%s: the front matter is wrong at %q", path, wrong)
		}
		if slices.Sort(keys); len(slices.Compact(slices.Clone(keys))) != len(keys) {
			t.Errorf("%s: a key of the front matter is there twice: %v", path, keys)
		}
		for _, key := range []string{"page_title", "description"} {
			if !slices.Contains(keys, key) {
				t.Errorf("%s: the front matter lacks %s", path, key)
			}
		}
	}
}

// The table of permissions is written by hand. It names what the operations of the provider need at least, and no more.
func TestPermissionTable(t *testing.T) {
	t.Parallel()
	needed := map[string]bool{}
	for _, right := range []entra.Right{
		entra.ReadApplications, entra.ManageApplications, entra.ManageForeignServicePrincipals, entra.AssignAppRoles,
		entra.ReadDelegatedGrants, entra.ManageDelegatedGrants, entra.ReadDirectoryRoles, entra.AssignDirectoryRoles,
		entra.ReadOwners, entra.ManageOwners, entra.ReadAccessRoles, entra.AssignAccessRoles, entra.ReadOrganization,
	} {
		for _, permission := range right.Least() {
			needed[permission] = true
		}
	}
	_, table, found := strings.Cut(pages(t)["index.md"], "| To do | Least permission |\n|---|---|\n")
	if !found {
		t.Fatal("index.md has no table of permissions")
	}
	table, _, _ = strings.Cut(table, "\n\n")
	named := map[string]bool{}
	for row := range strings.Lines(table) {
		for _, match := range regexp.MustCompile("`([A-Za-z]+\\.[A-Za-z.]+)`").FindAllStringSubmatch(row, -1) {
			named[match[1]] = true
		}
	}
	if got, want := slices.Sorted(maps.Keys(named)), slices.Sorted(maps.Keys(needed)); !slices.Equal(got, want) {
		t.Errorf("the table names\n%q, needed are\n%q", got, want)
	}
}

// Each profile is documented as the set that it is.
func TestProfileTable(t *testing.T) {
	t.Parallel()
	page := pages(t)["resources/app_session.md"]
	for _, profile := range entra.Profiles {
		row := "| `" + profile.Name + "` | " + quoted(profile.Application) + " | " + quoted(profile.Delegated) + " |\n"
		if !strings.Contains(page, row) {
			t.Errorf("resources/app_session.md lacks the row %s", row)
		}
	}
}

// Each access role is documented as it is.
func TestAccessRoleTable(t *testing.T) {
	t.Parallel()
	page := pages(t)["resources/access_roles.md"]
	for _, role := range entra.AccessRoles {
		row := "| `" + role.Name + "` | `" + role.Value + "` | `" + role.ID + "` | " + role.Description + " |\n"
		if !strings.Contains(page, row) {
			t.Errorf("resources/access_roles.md lacks the row %s", row)
		}
	}
}

// The figures in the README are those of the guide.
func TestFigures(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(readme), "\n| command |")
	table, _, _ = strings.Cut(table, "\n\n")
	if !found || !strings.Contains(pages(t)["guides/performance.md"], table) {
		t.Errorf("guides/performance.md lacks the README's table:%s", table)
	}
}

func quoted(names []string) string { return "`" + strings.Join(names, "`, `") + "`" }
