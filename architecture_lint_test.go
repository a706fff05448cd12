package main_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// lintRule is a rule of depguard: where it holds, and the beginnings of what must not be imported there.
type lintRule struct{ files, denied []string }

var (
	lintSection = regexp.MustCompile(`(?ms)^    depguard:\n      rules:\n(.*?)^\S`)
	lintName    = regexp.MustCompile(`(?m)^        \S+:\n`)
	lintFiles   = regexp.MustCompile(`(?m)^ +files: \[(.*)\]$`)
	lintDenied  = regexp.MustCompile(`(?m)^ +- \{ pkg: ([^,]+), `)
	lintPlace   = regexp.MustCompile(`^"(!?)(?:\*\*/(.*)/\*\*|(\$all|\$test))"$`)
)

func lintRules(t *testing.T) []lintRule {
	t.Helper()
	content, err := os.ReadFile(".golangci.yml")
	if err != nil {
		t.Fatal(err)
	}
	section := lintSection.FindStringSubmatch(string(content))
	if section == nil {
		t.Fatal(".golangci.yml has no rules of depguard")
	}
	var rules []lintRule
	for _, text := range lintName.Split(section[1], -1)[1:] {
		var rule lintRule
		if files := lintFiles.FindStringSubmatch(text); files != nil {
			rule.files = separator.Split(files[1], -1)
		}
		for _, denied := range lintDenied.FindAllStringSubmatch(text, -1) {
			rule.denied = append(rule.denied, denied[1])
		}
		if len(rule.files) == 0 || len(rule.denied) != strings.Count(text, "pkg:") {
			t.Fatalf("this rule of depguard cannot be read:\n%s", text)
		}
		rules = append(rules, rule)
	}
	return rules
}

// holdsIn tells whether the rule is for the code of the package, tests aside.
func (r lintRule) holdsIn(t *testing.T, directory string) bool {
	t.Helper()
	holds := false
	for _, file := range r.files {
		place := lintPlace.FindStringSubmatch(file)
		if place == nil {
			t.Fatalf("the files %s of a rule of depguard cannot be read", file)
		}
		excluded, tree, named := place[1] == "!", place[2], place[3]
		switch here := named == "$all" || tree != "" && within(directory, tree); {
		case here && excluded:
			return false
		case here:
			holds = true
		}
	}
	return holds
}

// denies tells whether the linter refuses the import in the package.
func denies(t *testing.T, rules []lintRule, directory, target string) bool {
	t.Helper()
	return slices.ContainsFunc(rules, func(r lintRule) bool {
		return r.holdsIn(t, directory) && slices.ContainsFunc(r.denied, func(d string) bool { return refuses(d, target) })
	})
}

func refuses(denied, target string) bool {
	exact, isExact := strings.CutSuffix(denied, "$")
	return target == exact || !isExact && strings.HasPrefix(target, denied)
}

// TestArchitectureLinter: depguard refuses the libraries that the page does not allow, and no others; and nothing that
// it refuses is left out on the page.
func TestArchitectureLinter(t *testing.T) {
	t.Parallel()
	a, rules := readArchitecture(t), lintRules(t)
	for directory, layer := range a.layers {
		for library, layers := range a.libraries {
			allowed, refused := slices.Contains(layers, layer), denies(t, rules, directory, library)
			if allowed == refused {
				t.Errorf("%s in %s: allowed by %s: %t, refused by depguard: %t", library, directory, architecture, allowed, refused)
			}
		}
		for other, to := range a.layers {
			if slices.Contains(a.arrows[layer], to) && denies(t, rules, directory, module+other) {
				t.Errorf("%s lets %q import %q, but depguard refuses %s in %s", architecture, layer, to, other, directory)
			}
		}
	}
	subjects := slices.Collect(maps.Keys(a.libraries))
	for directory := range a.layers {
		subjects = append(subjects, module+directory)
	}
	for _, rule := range rules {
		for _, denied := range rule.denied {
			begins := strings.Trim(denied, "$/")
			if !slices.ContainsFunc(subjects, func(s string) bool { return strings.HasPrefix(s, begins) }) {
				t.Errorf("depguard refuses %s, of which %s does not speak", denied, architecture)
			}
		}
	}
}
