package main

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestMarkdown checks the form of what is written by hand, the templates of docs/ included, and that the links of all
// pages lead somewhere.
func TestMarkdown(t *testing.T) {
	t.Parallel()
	found := 0
	err := fs.WalkDir(os.DirFS("."), ".", func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains([]string{".git", ".tools", "bin", "dist"}, file):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(strings.TrimSuffix(file, ".tmpl"), ".md"):
			return nil
		}
		found++
		page, err := readPage(file)
		if generated := strings.HasPrefix(file, "docs/"); !generated {
			for _, problem := range page.problems {
				t.Errorf("%s:%s", file, problem)
			}
		}
		if template := strings.HasPrefix(file, "templates/"); !template {
			for _, link := range page.links {
				if reason := broken(file, link); reason != "" {
					t.Errorf("%s: the link to %s is broken: %s", file, link, reason)
				}
			}
		}
		return err
	})
	if err != nil || found == 0 {
		t.Fatalf("%d pages, %v", found, err)
	}
}

// TestMarkdownRules shows each rule a page that breaks it.
func TestMarkdownRules(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ text, problem string }{
		"good":                  {"---\na: b\n---\n\n# A\n\nText.\n\n```sh\n# no heading \n\n\n```\n", ""},
		"trailing space":        {"a \n", "1: ends in a space"},
		"two blank lines":       {"a\n\n\nb\n", "3: a second blank line"},
		"heading after text":    {"a\n# B\n\nb\n", "2: no blank line before the heading"},
		"heading before text":   {"# A\nb\n", "2: no blank line after the heading"},
		"no language":           {"```\na\n```\n", "1: the code has no language"},
		"not closed":            {"```sh\na\n", "1: the code has no end"},
		"no newline at the end": {"a", "1: does not end in one newline"},
		"blank line at the end": {"a\n\n", "3: does not end in one newline"},
	} {
		page := parsePage(test.text)
		if got := strings.Join(page.problems, "; "); got != test.problem {
			t.Errorf("%s: got %q, want %q", name, got, test.problem)
		}
	}
	page := parsePage("# A `b` c, d!\n\n[a](x.md) [b](https://example.com) ![c](y.png) `[d](z)` [e](#a-b-c-d)\n")
	if want := []string{"x.md", "https://example.com", "y.png", "#a-b-c-d"}; !slices.Equal(page.links, want) || !slices.Equal(page.anchors, []string{"a-b-c-d"}) {
		t.Errorf("links %q, anchors %q", page.links, page.anchors)
	}
}

// page is what the rules look at.
type page struct {
	links    []string
	anchors  []string // of its headings, and those written out
	problems []string // each with the number of its line
}

var (
	fence   = regexp.MustCompile("^\\s*(```+|~~~+)(.*)$")
	heading = regexp.MustCompile(`^#{1,6} (.*)$`)
	code    = regexp.MustCompile("`[^`]*`")
	link    = regexp.MustCompile(`\]\(<?([^)\s>]+)`)
	id      = regexp.MustCompile(`<a id="([^"]+)">`)
	other   = regexp.MustCompile(`[^\p{L}\p{N}_ -]`)
)

func readPage(file string) (page, error) {
	content, err := os.ReadFile(file) // #nosec G304 -- found in the repository
	return parsePage(string(content)), err
}

func parsePage(text string) page {
	var p page
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	complain := func(line int, problem string) {
		p.problems = append(p.problems, fmt.Sprintf("%d: %s", line+1, problem))
	}
	opened, begin := "", 0 // the fence that code is in, and where
	if !strings.HasSuffix(text, "\n") || strings.HasSuffix(text, "\n\n") {
		complain(strings.Count(text, "\n"), "does not end in one newline")
	}
	for i, line := range lines {
		mark := fence.FindStringSubmatch(line)
		switch {
		case opened != "":
			if mark != nil && mark[1] == opened && mark[2] == "" {
				opened = ""
			}
			continue
		case mark != nil:
			if opened, begin = mark[1], i; strings.TrimSpace(mark[2]) == "" {
				complain(i, "the code has no language")
			}
			continue
		}
		if strings.TrimRight(line, " \t") != line {
			complain(i, "ends in a space")
		}
		before := ""
		if i > 0 {
			before = lines[i-1]
		}
		if line == "" && before == "" && i > 0 {
			complain(i, "a second blank line")
		}
		if line != "" && heading.MatchString(before) {
			complain(i, "no blank line after the heading")
		}
		if title := heading.FindStringSubmatch(line); title != nil {
			if before != "" {
				complain(i, "no blank line before the heading")
			}
			p.anchors = append(p.anchors, slug(title[1]))
		}
		for _, anchor := range id.FindAllStringSubmatch(line, -1) {
			p.anchors = append(p.anchors, anchor[1])
		}
		for _, target := range link.FindAllStringSubmatch(code.ReplaceAllString(line, ""), -1) {
			p.links = append(p.links, target[1])
		}
	}
	if opened != "" {
		complain(begin, "the code has no end")
	}
	return p
}

// slug is the anchor that GitHub and the registry give a heading.
func slug(title string) string {
	return strings.ReplaceAll(other.ReplaceAllString(strings.ToLower(title), ""), " ", "-")
}

// broken tells why a link of a file leads nowhere; other sites are not asked.
func broken(file, target string) string {
	if strings.Contains(target, ":") {
		return ""
	}
	to, anchor, _ := strings.Cut(target, "#")
	if to == "" {
		to = file
	} else {
		to = path.Join(path.Dir(file), to)
	}
	if _, err := os.Stat(to); err != nil {
		return "there is no " + to
	}
	if anchor == "" || !strings.HasSuffix(to, ".md") {
		return ""
	}
	if p, err := readPage(to); err != nil || !slices.Contains(p.anchors, anchor) {
		return "no such heading"
	}
	return ""
}
