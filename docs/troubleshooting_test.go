package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	concatenation = regexp.MustCompile(`" \+\s+"`)
	inBackticks   = regexp.MustCompile("`([^`]+)`")
)

// sources is the Go code of the provider, with each text of it in one piece.
func sources(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	root := filepath.Join("..", "internal")
	err := fs.WalkDir(os.DirFS(root), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		content, err := os.ReadFile(filepath.Join(root, path))
		all.Write(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return concatenation.ReplaceAllString(all.String(), "")
}

// What the page on troubleshooting quotes is what the provider says.
func TestTroubleshootingQuotes(t *testing.T) {
	t.Parallel()
	page, code, quotes := pages(t)["guides/troubleshooting.md"], sources(t), 0
	for _, line := range strings.Split(page, "\n") {
		cells := strings.Split(line, " | ")
		if !strings.HasPrefix(line, "| ") || len(cells) != 2 {
			continue
		}
		for _, quote := range inBackticks.FindAllStringSubmatch(cells[0], -1) {
			quotes++
			if !strings.Contains(code, quote[1]) {
				t.Errorf("the provider never says %q", quote[1])
			}
		}
	}
	if quotes < 20 {
		t.Errorf("the page quotes %d messages only", quotes)
	}
}
