package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// stream renders events as go test -json writes them.
func stream(t *testing.T, events ...event) string {
	t.Helper()
	var b strings.Builder
	for _, e := range events {
		line, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(line, '\n'))
	}
	return b.String()
}

func render(t *testing.T, events ...event) string {
	t.Helper()
	var out strings.Builder
	r := newReport(&out)
	if err := r.read(bufio.NewReader(strings.NewReader(stream(t, events...)))); err != nil {
		t.Fatal(err)
	}
	r.finish(1500 * time.Millisecond)
	return out.String()
}

func begin(test string) event { return event{Action: "run", Package: "p", Test: test} }

func output(test, text string) event {
	return event{Action: "output", Package: "p", Test: test, Output: text}
}

func end(action, test string) event { return event{Action: action, Package: "p", Test: test} }

func TestReport(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		events []event
		want   string
	}{
		"only leaves count": {
			events: []event{
				begin("TestA"), begin("TestA/b/c"), output("TestA/b/c", "noise\n"), end("pass", "TestA/b/c"),
				end("pass", "TestA"), {Action: "pass", Package: "p", Elapsed: 0.25},
			},
			want: "ok    p  0.2s  1 passed, 0 failed, 0 skipped\n\nTests took 1.5s.\n1 passed, 0 failed, 0 skipped\n",
		},
		"cached": {
			events: []event{begin("TestA"), end("pass", "TestA"), output("", "ok  \tp\t(cached)\n"), end("pass", "")},
			want:   "ok    p  cached  1 passed, 0 failed, 0 skipped\n\nTests took 1.5s.\n1 passed, 0 failed, 0 skipped\n",
		},
		"no test files": {
			events: []event{output("", "?   \tp\t[no test files]\n"), end("skip", "")},
			want:   "\nTests took 1.5s.\n0 passed, 0 failed, 0 skipped\n",
		},
		"skips by reason": {
			events: []event{
				begin("TestB"), output("TestB", "=== RUN   TestB\n"), output("TestB", "    b_test.go:7: no tenant:\n"),
				output("TestB", "        set X\n"), output("TestB", "--- SKIP: TestB (0.00s)\n"), end("skip", "TestB"),
				begin("TestA"), output("TestA", "    a_test.go:3: no tenant: set X\n"), end("skip", "TestA"),
				begin("TestC"), end("skip", "TestC"), end("pass", ""),
			},
			want: "ok    p  0.0s  0 passed, 0 failed, 3 skipped\n\nSkipped:\n" +
				"  no reason given\n    p.TestC\n  no tenant: set X\n    p.TestA\n    p.TestB\n" +
				"\nTests took 1.5s.\n0 passed, 0 failed, 3 skipped\n",
		},
		"failure in full, once": {
			events: []event{
				begin("TestA"), output("TestA", "=== RUN   TestA\n"), begin("TestA/b"), output("TestA/b", "b_test.go:1: wrong\n"),
				end("fail", "TestA/b"), begin("TestA/c"), end("pass", "TestA/c"), output("TestA", "--- FAIL: TestA\n"), end("fail", "TestA"),
				output("", "FAIL\tp\n"), end("fail", ""),
			},
			want: "FAIL  p  0.0s  1 passed, 1 failed, 0 skipped\n    --- FAIL: TestA\n    b_test.go:1: wrong\n    FAIL\tp\n" +
				"\nTests took 1.5s.\n1 passed, 1 failed, 0 skipped\n",
		},
		"parent fails by itself": {
			events: []event{begin("TestA"), begin("TestA/b"), end("pass", "TestA/b"), end("fail", "TestA"), end("fail", "")},
			want:   "FAIL  p  0.0s  1 passed, 1 failed, 0 skipped\n\nTests took 1.5s.\n1 passed, 1 failed, 0 skipped\n",
		},
		"never ended": {
			events: []event{begin("TestA"), output("TestA", "panic: x\n"), end("fail", "")},
			want: "FAIL  p  0.0s  0 passed, 1 failed, 0 skipped\n    --- DID NOT FINISH: TestA\n    panic: x\n" +
				"\nTests took 1.5s.\n0 passed, 1 failed, 0 skipped\n",
		},
		"does not build": {
			events: []event{
				{Action: "build-output", ImportPath: "p [p.test]", Output: "p.go:1: undefined: x\n"},
				{Action: "build-fail", ImportPath: "p [p.test]"},
				{Action: "fail", Package: "p", FailedBuild: "p [p.test]"},
			},
			want: "FAIL  p  0.0s  0 passed, 1 failed, 0 skipped\n    p.go:1: undefined: x\n" +
				"\nTests took 1.5s.\n0 passed, 1 failed, 0 skipped\n",
		},
		"run again with -count": {
			events: []event{begin("TestA"), end("pass", "TestA"), begin("TestA"), end("pass", "TestA"), end("pass", "")},
			want:   "ok    p  0.0s  2 passed, 0 failed, 0 skipped\n\nTests took 1.5s.\n2 passed, 0 failed, 0 skipped\n",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := render(t, test.events...); got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

func TestReportPassesOtherLinesOn(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := newReport(&out).read(bufio.NewReader(strings.NewReader("not an event\n{}\nlast"))); err != nil {
		t.Fatal(err)
	}
	if want := "not an event\n{}\nlast"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

func TestReportReturnsReadError(t *testing.T) {
	t.Parallel()
	want := errors.New("broken pipe")
	if err := newReport(&strings.Builder{}).read(bufio.NewReader(iotest.ErrReader(want))); !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
}
