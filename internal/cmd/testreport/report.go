package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// event is one line of go test -json; see "go doc test2json".
type event struct {
	Action      string
	Package     string
	Test        string
	Output      string
	Elapsed     float64 // seconds
	ImportPath  string  // of a build, in build-output events
	FailedBuild string  // ImportPath of the build that a package failed with
}

// testRun is a test or subtest from its run event on.
type testRun struct {
	name        string
	output      []string
	result      string // pass, fail or skip; empty while it runs
	children    bool
	failedBelow bool
}

// packageRun is a package from its first event to its last.
type packageRun struct {
	tests  map[string]*testRun
	order  []*testRun
	output []string
}

type counts struct{ passed, failed, skipped int }

func (c counts) String() string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped", c.passed, c.failed, c.skipped)
}

// report turns events into text. Only leaves of the tree of subtests are
// counted, so that one failure is one in the totals.
type report struct {
	out      io.Writer
	packages map[string]*packageRun
	builds   map[string][]string
	skips    map[string][]string // reason to tests
	total    counts
}

func newReport(out io.Writer) *report {
	return &report{
		out:      out,
		packages: map[string]*packageRun{},
		builds:   map[string][]string{},
		skips:    map[string][]string{},
	}
}

// read handles all lines of events. What is no event is printed as it is.
func (r *report) read(lines *bufio.Reader) error {
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) == nil && e.Action != "" {
				r.handle(e)
			} else {
				r.printf("%s", line)
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (r *report) handle(e event) {
	switch {
	case e.Action == "build-output":
		r.builds[e.ImportPath] = append(r.builds[e.ImportPath], e.Output)
	case e.Package == "":
	case e.Test != "":
		r.pkg(e.Package).handle(e)
	case e.Action == "output":
		p := r.pkg(e.Package)
		p.output = append(p.output, e.Output)
	case e.Action == "pass", e.Action == "fail", e.Action == "skip":
		r.endPackage(e)
	}
}

func (r *report) pkg(name string) *packageRun {
	p := r.packages[name]
	if p == nil {
		p = &packageRun{tests: map[string]*testRun{}}
		r.packages[name] = p
	}
	return p
}

func (p *packageRun) handle(e event) {
	t := p.tests[e.Test]
	if t == nil || e.Action == "run" {
		t = &testRun{name: e.Test}
		p.tests[e.Test] = t
		p.order = append(p.order, t)
		for parent := range p.parents(e.Test) {
			parent.children = true
		}
	}
	switch e.Action {
	case "output":
		if !strings.HasPrefix(e.Output, "=== ") {
			t.output = append(t.output, e.Output)
		}
	case "pass", "fail", "skip":
		t.result = e.Action
		if e.Action == "pass" {
			t.output = nil
		}
		if e.Action == "fail" {
			for parent := range p.parents(e.Test) {
				parent.failedBelow = true
			}
		}
	}
}

// parents yields the tests that a subtest of this name belongs to.
func (p *packageRun) parents(name string) func(func(*testRun) bool) {
	return func(yield func(*testRun) bool) {
		for i := range name {
			if name[i] != '/' {
				continue
			}
			if parent := p.tests[name[:i]]; parent != nil && !yield(parent) {
				return
			}
		}
	}
}

// endPackage prints the line of a package and, when it failed, everything
// that failed in it.
func (r *report) endPackage(e event) {
	p := r.pkg(e.Package)
	delete(r.packages, e.Package)
	c := p.count()
	if e.Action == "fail" && c.failed == 0 {
		c.failed = 1 // did not build, TestMain, or os.Exit in a test
	}
	r.total.passed += c.passed
	r.total.failed += c.failed
	r.total.skipped += c.skipped
	for _, t := range p.order {
		if t.result == "skip" {
			r.skips[t.skipReason()] = append(r.skips[t.skipReason()], e.Package+"."+t.name)
		}
	}

	label, took := "ok  ", fmt.Sprintf("%.1fs", e.Elapsed)
	if strings.Contains(strings.Join(p.output, ""), "(cached)") {
		took = "cached"
	}
	if e.Action == "fail" {
		label = "FAIL"
	} else if len(p.order) == 0 {
		return
	}
	r.printf("%s  %s  %s  %s\n", label, e.Package, took, c)
	if e.Action == "fail" {
		r.printFailures(p, e.FailedBuild)
	}
}

func (p *packageRun) count() counts {
	var c counts
	for _, t := range p.order {
		switch {
		case t.result == "skip":
			c.skipped++
		case t.failed() && !t.failedBelow:
			c.failed++
		case t.result == "pass" && !t.children:
			c.passed++
		}
	}
	return c
}

// failed is true also for a test that never ended, because another one
// panicked or the package ran out of time.
func (t *testRun) failed() bool { return t.result == "fail" || t.result == "" }

func (r *report) printFailures(p *packageRun, failedBuild string) {
	for _, line := range r.builds[failedBuild] {
		r.printf("    %s", line)
	}
	for _, t := range p.order {
		if !t.failed() {
			continue
		}
		if t.result == "" {
			r.printf("    --- DID NOT FINISH: %s\n", t.name)
		}
		for _, line := range t.output {
			r.printf("    %s", line)
		}
	}
	for _, line := range p.output {
		r.printf("    %s", line)
	}
}

var sourcePosition = regexp.MustCompile(`^\s*\S+\.go:\d+: `)

// skipReason is what the test gave to t.Skip, on one line.
func (t *testRun) skipReason() string {
	var words []string
	for _, line := range t.output {
		if !strings.HasPrefix(strings.TrimSpace(line), "--- SKIP") {
			words = append(words, strings.Fields(sourcePosition.ReplaceAllString(line, ""))...)
		}
	}
	if len(words) == 0 {
		return "no reason given"
	}
	return strings.Join(words, " ")
}

// finish prints what was skipped, the time taken and the totals.
func (r *report) finish(took time.Duration) {
	if len(r.skips) > 0 {
		r.printf("\nSkipped:\n")
	}
	for _, reason := range slices.Sorted(maps.Keys(r.skips)) {
		r.printf("  %s\n", reason)
		for _, test := range slices.Sorted(slices.Values(r.skips[reason])) {
			r.printf("    %s\n", test)
		}
	}
	r.printf("\nTests took %s.\n%s\n", took.Round(time.Second/10), r.total)
}

// printf writes to the terminal; there is nowhere to report that it failed.
func (r *report) printf(format string, args ...any) {
	_, _ = fmt.Fprintf(r.out, format, args...)
}
