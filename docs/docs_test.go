// Package docs_test checks what the registry reads of the documentation, and what no generator keeps true.
package docs_test

import (
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest/hclcheck"
	"github.com/sapio365/terraform-provider-sapio365/internal/cmd/permissionsguide/tables"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/provider"
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

// The guide to permissions names what the operations of the provider need.
func TestPermissionTables(t *testing.T) {
	t.Parallel()
	page := pages(t)["guides/permissions.md"]
	for _, subject := range entra.Subjects {
		if !strings.Contains(page, "\n## "+subject.Type+"\n") || !strings.Contains(page, "\n\n"+tables.Of(subject)+"\n") {
			t.Errorf("guides/permissions.md lacks a heading or this table of %s:\n%s", subject.Type, tables.Of(subject))
		}
	}
}

// What the pages say about the usual cases is enough for them, and no permission of it can be left out.
func TestUsualPermissions(t *testing.T) {
	t.Parallel()
	registrations := []entra.Right{entra.ReadApplications, entra.ReadDelegatedGrants, entra.ManageApplications, entra.ReadMemberships}
	roles := append(slices.Clone(registrations), entra.AssignAppRoles, entra.RevokeAppRoles)
	scopes := append(slices.Clone(roles), entra.ManageDelegatedGrants)
	exchange := append(slices.Clone(scopes), entra.ReadDirectoryRoles, entra.AssignDirectoryRoles)
	page := pages(t)["guides/permissions.md"]
	var holds []string
	for _, row := range []struct {
		begins string
		rights []entra.Right
	}{
		{"| `admin_consent = false` |", registrations}, {"| application permissions |", roles}, {"| delegated permissions, too |", scopes},
		{"| Exchange Online PowerShell, too |", exchange},
	} {
		_, rest, found := strings.Cut(page, row.begins)
		line, _, _ := strings.Cut(rest, "\n")
		if !found {
			t.Fatalf("there is no row %s", row.begins)
		}
		for _, match := range permissionName.FindAllStringSubmatch(line, -1) {
			holds = append(holds, match[1])
		}
		if missing := missing(holds, row.rights); len(missing) > 0 {
			t.Errorf("%s %v: %v are missing", row.begins, holds, missing)
		}
		for i, permission := range holds {
			without := slices.Delete(slices.Clone(holds), i, i+1)
			if len(missing(without, row.rights)) == 0 {
				t.Errorf("%s %s is not needed", row.begins, permission)
			}
		}
	}
	index := pages(t)["index.md"]
	for _, permission := range holds[:3] {
		if !strings.Contains(index, "`"+permission+"`") {
			t.Errorf("index.md lacks %s", permission)
		}
	}
}

var permissionName = regexp.MustCompile("`([A-Za-z]+\\.[A-Za-z.]+)`")

func missing(holds []string, rights []entra.Right) []string {
	var missing []string
	for _, right := range rights {
		missing = append(missing, entra.Holder{Permissions: holds}.Missing(right)...)
	}
	return missing
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

var terraformBlock = regexp.MustCompile("(?ms)^```terraform\n(.*?)^```$")

// Configurations in the documentation have arguments that exist, and those that they need.
func TestConfigurations(t *testing.T) {
	t.Parallel()
	schemas, err := provider.Server("test")().GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for path, page := range pages(t) {
		for _, block := range terraformBlock.FindAllStringSubmatch(page, -1) {
			count[path]++
			if err := hclcheck.Check(schemas, block[1]); err != nil {
				t.Errorf("%s: %v, in\n%s", path, err, block[1])
			}
		}
	}
	for _, path := range []string{"guides/adoption.md", "guides/migrating-from-azuread.md", "resources/app_session.md", "list-resources/app_session.md"} {
		if count[path] == 0 {
			t.Errorf("%s has no configuration", path)
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
